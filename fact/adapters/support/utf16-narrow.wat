;; UTF-16 to one byte a unit, as far as that goes
;;   CanonicalABI.md, store_string_to_utf8 and store_string_to_latin1_or_utf16, up to the first realloc of each
(module
  (import "memory" "0" (memory $source @S 0))
  (import "memory" "1" (memory $destination @D 0))

  ;; Up to 8 units at once, if there is room to write some bytes behind them again: returns.
  (@define $short ($most)
    (block $long
      (br_if $long (i32.gt_u (local.get $units) (i32.const 8)))
      (br_if $long
        (i64.gt_u
          (i64.add (i64.extend_@S_u (local.get $ptr)) (i64.const 16))
          (i64.shl (i64.extend_@S_u (memory.size $source)) (i64.const 16))))
      (br_if $long
        (i64.gt_u
          (i64.add (i64.extend_@D_u (local.get $out)) (i64.const 8))
          (i64.shl (i64.extend_@D_u (memory.size $destination)) (i64.const 16))))
      (local.set $v (v128.load $source (local.get $ptr)))
      (local.set $count
        (i32.ctz
          (i32.or
            (i16x8.bitmask (i16x8.gt_u (local.get $v) (i16x8.splat (i32.const $most))))
            (i32.shl (i32.const 1) (local.get $units)))))
      (v128.store64_lane $destination 0 (local.get $out)
        (v128.bitselect
          (i8x16.narrow_i16x8_u (local.get $v) (local.get $v))
          (v128.load64_zero $destination (local.get $out))
          (i8x16.lt_s
            (v128.const i8x16 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15)
            (i8x16.splat (local.get $count)))))
      (return (local.get $count))))

  ;; Gives the units in front of the first past 0x7f: so many bytes are written, and no other.
  (func (export "ascii") (param $ptr @S) (param $units i32) (param $out @D) (result i32)
    (local $v v128) (local $count i32)
    (@$short 0x7f)
    (return_call $below (local.get $ptr) (local.get $units) (local.get $out) (i32.const 0xff80)))

  ;; The same for 0xff.
  (func (export "latin1") (param $ptr @S) (param $units i32) (param $out @D) (result i32)
    (local $v v128) (local $count i32)
    (@$short 0xff)
    (return_call $below (local.get $ptr) (local.get $units) (local.get $out) (i32.const 0xff00)))

  ;; $high: the bits that a unit may not have.
  (func $below (param $ptr @S) (param $units i32) (param $out @D) (param $high i32) (result i32)
    (local $left i32) (local $unit i32) (local $never v128) (local $a v128) (local $b v128) (local $c v128) (local $d v128)
    (local $e v128) (local $f v128) (local $g v128) (local $h v128)
    (local.set $left (local.get $units))
    (local.set $never (i16x8.splat (local.get $high)))

    ;; 64 units at a time
    (block $rest
      (loop $blocks
        (br_if $rest (i32.lt_u (local.get $left) (i32.const 64)))
        (local.set $a (v128.load $source (local.get $ptr)))
        (local.set $b (v128.load $source offset=16 (local.get $ptr)))
        (local.set $c (v128.load $source offset=32 (local.get $ptr)))
        (local.set $d (v128.load $source offset=48 (local.get $ptr)))
        (local.set $e (v128.load $source offset=64 (local.get $ptr)))
        (local.set $f (v128.load $source offset=80 (local.get $ptr)))
        (local.set $g (v128.load $source offset=96 (local.get $ptr)))
        (local.set $h (v128.load $source offset=112 (local.get $ptr)))
        (br_if $rest
          (v128.any_true
            (v128.and
              (v128.or
                (v128.or (v128.or (local.get $a) (local.get $b)) (v128.or (local.get $c) (local.get $d)))
                (v128.or (v128.or (local.get $e) (local.get $f)) (v128.or (local.get $g) (local.get $h))))
              (local.get $never))))
        (v128.store $destination (local.get $out) (i8x16.narrow_i16x8_u (local.get $a) (local.get $b)))
        (v128.store $destination offset=16 (local.get $out) (i8x16.narrow_i16x8_u (local.get $c) (local.get $d)))
        (v128.store $destination offset=32 (local.get $out) (i8x16.narrow_i16x8_u (local.get $e) (local.get $f)))
        (v128.store $destination offset=48 (local.get $out) (i8x16.narrow_i16x8_u (local.get $g) (local.get $h)))
        (local.set $ptr (@S.add (local.get $ptr) (@S.const 128)))
        (local.set $out (@D.add (local.get $out) (@D.const 64)))
        (local.set $left (i32.sub (local.get $left) (i32.const 64)))
        (br $blocks)))

    ;; 32 units at a time
    (block $rest
      (loop $blocks
        (br_if $rest (i32.lt_u (local.get $left) (i32.const 32)))
        (local.set $a (v128.load $source (local.get $ptr)))
        (local.set $b (v128.load $source offset=16 (local.get $ptr)))
        (local.set $c (v128.load $source offset=32 (local.get $ptr)))
        (local.set $d (v128.load $source offset=48 (local.get $ptr)))
        (br_if $rest
          (v128.any_true
            (v128.and
              (v128.or (v128.or (local.get $a) (local.get $b)) (v128.or (local.get $c) (local.get $d)))
              (local.get $never))))
        (v128.store $destination (local.get $out) (i8x16.narrow_i16x8_u (local.get $a) (local.get $b)))
        (v128.store $destination offset=16 (local.get $out) (i8x16.narrow_i16x8_u (local.get $c) (local.get $d)))
        (local.set $ptr (@S.add (local.get $ptr) (@S.const 64)))
        (local.set $out (@D.add (local.get $out) (@D.const 32)))
        (local.set $left (i32.sub (local.get $left) (i32.const 32)))
        (br $blocks)))

    ;; 16 units at a time
    (block $rest
      (loop $blocks
        (br_if $rest (i32.lt_u (local.get $left) (i32.const 16)))
        (local.set $a (v128.load $source (local.get $ptr)))
        (local.set $b (v128.load $source offset=16 (local.get $ptr)))
        (br_if $rest
          (v128.any_true (v128.and (v128.or (local.get $a) (local.get $b)) (local.get $never))))
        (v128.store $destination (local.get $out) (i8x16.narrow_i16x8_u (local.get $a) (local.get $b)))
        (local.set $ptr (@S.add (local.get $ptr) (@S.const 32)))
        (local.set $out (@D.add (local.get $out) (@D.const 16)))
        (local.set $left (i32.sub (local.get $left) (i32.const 16)))
        (br $blocks)))

    ;; one at a time
    (block $done
      (loop $next
        (br_if $done (i32.eqz (local.get $left)))
        (local.set $unit (i32.load16_u $source (local.get $ptr)))
        (br_if $done (i32.and (local.get $unit) (local.get $high)))
        (i32.store8 $destination (local.get $out) (local.get $unit))
        (local.set $ptr (@S.add (local.get $ptr) (@S.const 2)))
        (local.set $out (@D.add (local.get $out) (@D.const 1)))
        (local.set $left (i32.sub (local.get $left) (i32.const 1)))
        (br $next)))
    (i32.sub (local.get $units) (local.get $left))))
