;; Latin-1 to UTF-8     CanonicalABI.md, store_string_to_utf8
(module
  (import "memory" "0" (memory $source @S 0))
  (import "memory" "1" (memory $destination @D 0))

  ;; Copies the ASCII in front, and no other byte; gives its length.
  (func (export "ascii") (param $ptr @S) (param $bytes i32) (param $out @D) (result i32)
    (local $left i32) (local $v v128) (local $byte i32)
    (local.set $left (local.get $bytes))
    (block $rest
      (loop $blocks
        (br_if $rest (i32.lt_u (local.get $left) (i32.const 16)))
        (local.set $v (v128.load $source (local.get $ptr)))
        (br_if $rest (i8x16.bitmask (local.get $v)))
        (v128.store $destination (local.get $out) (local.get $v))
        (local.set $ptr (@S.add (local.get $ptr) (@S.const 16)))
        (local.set $out (@D.add (local.get $out) (@D.const 16)))
        (local.set $left (i32.sub (local.get $left) (i32.const 16)))
        (br $blocks)))
    (block $done
      (loop $next
        (br_if $done (i32.eqz (local.get $left)))
        (local.set $byte (i32.load8_u $source (local.get $ptr)))
        (br_if $done (i32.ge_u (local.get $byte) (i32.const 0x80)))
        (i32.store8 $destination (local.get $out) (local.get $byte))
        (local.set $ptr (@S.add (local.get $ptr) (@S.const 1)))
        (local.set $out (@D.add (local.get $out) (@D.const 1)))
        (local.set $left (i32.sub (local.get $left) (i32.const 1)))
        (br $next)))
    (i32.sub (local.get $bytes) (local.get $left)))

  ;; All of it; gives the bytes written. With r bytes of the source left a store may run over the end of what is known by
  ;; r bytes: they will be written again.
  (func (export "transcode") (param $ptr @S) (param $bytes i32) (param $out @D) (result i32)
    (local $left i32) (local $first @D) (local $v v128) (local $byte i32)
    (local.set $left (local.get $bytes))
    (local.set $first (local.get $out))
    (block $rest
      (loop $blocks
        (br_if $rest (i32.lt_u (local.get $left) (i32.const 32)))
        (local.set $v (v128.load $source (local.get $ptr)))
        (if (i8x16.bitmask (local.get $v))
          (then
            (local.set $out (call $eight (i16x8.extend_low_i8x16_u (local.get $v)) (local.get $out)))
            (local.set $out (call $eight (i16x8.extend_high_i8x16_u (local.get $v)) (local.get $out))))
          (else
            (v128.store $destination (local.get $out) (local.get $v))
            (local.set $out (@D.add (local.get $out) (@D.const 16)))))
        (local.set $ptr (@S.add (local.get $ptr) (@S.const 16)))
        (local.set $left (i32.sub (local.get $left) (i32.const 16)))
        (br $blocks)))
    (block $done
      (loop $next
        (br_if $done (i32.eqz (local.get $left)))
        (local.set $byte (i32.load8_u $source (local.get $ptr)))
        (local.set $ptr (@S.add (local.get $ptr) (@S.const 1)))
        (local.set $left (i32.sub (local.get $left) (i32.const 1)))
        (if (i32.lt_u (local.get $byte) (i32.const 0x80))
          (then
            (i32.store8 $destination (local.get $out) (local.get $byte))
            (local.set $out (@D.add (local.get $out) (@D.const 1))))
          (else
            (i32.store16 $destination (local.get $out)
              (i32.or
                (i32.or (i32.const 0x80c0) (i32.shr_u (local.get $byte) (i32.const 6)))
                (i32.shl (i32.and (local.get $byte) (i32.const 0x3f)) (i32.const 8))))
            (local.set $out (@D.add (local.get $out) (@D.const 2)))))
        (br $next)))
    (i32.wrap_@D (@D.sub (local.get $out) (local.get $first))))

  ;; 8 lanes of a character each to 16 bytes at $out, the last of them rubbish where some are ASCII; gives where the text ends.
  (func $eight (param $v v128) (param $out @D) (result @D)
    (local $ascii v128) (local $count v128) (local $bytes v128)
    (local.set $ascii (i16x8.lt_u (local.get $v) (i16x8.splat (i32.const 0x80))))
    ;; two bytes a lane; where it is ASCII the upper is to be dropped
    (local.set $bytes
      (v128.bitselect
        (local.get $v)
        (v128.or
          (v128.or (i16x8.shr_u (local.get $v) (i32.const 6)) (i16x8.splat (i32.const 0x80c0)))
          (v128.and (i16x8.shl (local.get $v) (i32.const 8)) (i16x8.splat (i32.const 0x3f00))))
        (local.get $ascii)))
    ;; how far each byte has to move down: how many are dropped in lanes below; sums of 1, 2, 4, 8 lanes
    (local.set $count (v128.and (local.get $ascii) (i16x8.splat (i32.const 0x0101))))
    (local.set $count (i8x16.shuffle 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 (v128.const i64x2 0 0) (local.get $count)))
    (local.set $count (i8x16.add (local.get $count)
      (i8x16.shuffle 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 (v128.const i64x2 0 0) (local.get $count))))
    (local.set $count (i8x16.add (local.get $count)
      (i8x16.shuffle 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 (v128.const i64x2 0 0) (local.get $count))))
    (local.set $count (i8x16.add (local.get $count)
      (i8x16.shuffle 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 (v128.const i64x2 0 0) (local.get $count))))
    ;; what is dropped stays, and is written over
    (local.set $count (v128.andnot (local.get $count) (i16x8.shl (local.get $ascii) (i32.const 8))))
    (call $by_1 (local.get $bytes) (local.get $count))
    (local.set $count)
    (local.set $bytes)
    (call $by_2 (local.get $bytes) (local.get $count))
    (local.set $count)
    (local.set $bytes)
    (v128.store $destination (local.get $out)
      (v128.bitselect
        (i8x16.shuffle 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 (local.get $bytes) (v128.const i64x2 0 0))
        (local.get $bytes)
        (call $set (i8x16.shuffle 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 (local.get $count) (v128.const i64x2 0 0)) (i32.const 4))))
    (@D.add
      (local.get $out)
      (@D.extend_i32_u (i32.sub (i32.const 16) (i32.popcnt (i16x8.bitmask (local.get $ascii)))))))

  ;; What has 1 in its count moves down by 1, together with the count.
  (func $by_1 (param $bytes v128) (param $count v128) (result v128 v128)
    (local $above v128) (local $move v128)
    (local.set $above (i8x16.shuffle 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 (local.get $count) (v128.const i64x2 0 0)))
    (local.set $move (call $set (local.get $above) (i32.const 1)))
    (v128.bitselect
      (i8x16.shuffle 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 (local.get $bytes) (v128.const i64x2 0 0))
      (local.get $bytes)
      (local.get $move))
    (v128.bitselect (local.get $above) (local.get $count) (local.get $move)))

  ;; What has 2 in its count moves down by 2, together with the count.
  (func $by_2 (param $bytes v128) (param $count v128) (result v128 v128)
    (local $above v128) (local $move v128)
    (local.set $above (i8x16.shuffle 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 (local.get $count) (v128.const i64x2 0 0)))
    (local.set $move (call $set (local.get $above) (i32.const 2)))
    (v128.bitselect
      (i8x16.shuffle 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 (local.get $bytes) (v128.const i64x2 0 0))
      (local.get $bytes)
      (local.get $move))
    (v128.bitselect (local.get $above) (local.get $count) (local.get $move)))

  ;; The lanes that have $bit.
  (func $set (param $counts v128) (param $bit i32) (result v128)
    (i8x16.eq (v128.and (local.get $counts) (i8x16.splat (local.get $bit))) (i8x16.splat (local.get $bit)))))
