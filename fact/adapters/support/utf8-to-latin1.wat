;; UTF-8, which has been checked, to Latin-1, as far as that goes
;;   CanonicalABI.md, store_string_to_latin1_or_utf16, up to the first realloc
(module
  (import "memory" "0" (memory $source @S 0))
  (import "memory" "1" (memory $destination @D 0))

  ;; Gives the length of the text in front of the first character past 0xff, in bytes of UTF-8 and in bytes of Latin-1: so
  ;; many are written, and no other.
  (func (export "transcode") (param $ptr @S) (param $bytes i32) (param $out @D) (result i32 i32)
    (local $begin @S) (local $end @S) (local $first @D) (local $byte i32)
    (local $v v128) (local $tails v128) (local $count v128)
    (local.set $begin (local.get $ptr))
    (local.set $end (@S.add (local.get $ptr) (@S.extend_i32_u (local.get $bytes))))
    (local.set $first (local.get $out))

    ;; 16 bytes at a time, and a look at the next one
    (block $rest
      (loop $blocks
        (br_if $rest (@S.lt_u (@S.sub (local.get $end) (local.get $ptr)) (@S.const 17)))
        (local.set $v (v128.load $source (local.get $ptr)))
        (if (i32.eqz (i8x16.bitmask (local.get $v)))
          (then
            (v128.store $destination (local.get $out) (local.get $v))
            (local.set $ptr (@S.add (local.get $ptr) (@S.const 16)))
            (local.set $out (@D.add (local.get $out) (@D.const 16)))
            (br $blocks)))
        ;; lead bytes from c4 on are of characters past 0xff
        (br_if $rest (v128.any_true (i8x16.ge_u (local.get $v) (i8x16.splat (i32.const 0xc4)))))

        ;; second bytes, as signed numbers the lowest, are dropped: how far the others have to move down for them
        (local.set $tails (i8x16.lt_s (local.get $v) (i8x16.splat (i32.const 0xc0))))
        (local.set $count (i8x16.neg (local.get $tails)))
        (local.set $count (i8x16.add (local.get $count)
          (i8x16.shuffle 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 (v128.const i64x2 0 0) (local.get $count))))
        (local.set $count (i8x16.add (local.get $count)
          (i8x16.shuffle 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 (v128.const i64x2 0 0) (local.get $count))))
        (local.set $count (i8x16.add (local.get $count)
          (i8x16.shuffle 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 (v128.const i64x2 0 0) (local.get $count))))
        (local.set $count (i8x16.add (local.get $count)
          (i8x16.shuffle 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 (v128.const i64x2 0 0) (local.get $count))))
        (local.set $count (v128.andnot (local.get $count) (local.get $tails)))

        ;; a lead byte, c2 or c3, becomes its character: the byte that follows, and 0x40 for c3
        (local.set $v
          (v128.bitselect
            (v128.or
              (v128.load $source offset=1 (local.get $ptr))
              (i16x8.shl (v128.and (local.get $v) (i8x16.splat (i32.const 1))) (i32.const 6)))
            (local.get $v)
            (i8x16.ge_u (local.get $v) (i8x16.splat (i32.const 0xc0)))))
        (call $by_1 (local.get $v) (local.get $count))
        (local.set $count)
        (local.set $v)
        (call $by_2 (local.get $v) (local.get $count))
        (local.set $count)
        (local.set $v)
        (call $by_4 (local.get $v) (local.get $count))
        (local.set $count)
        (local.set $v)
        (call $by_8 (local.get $v) (local.get $count))
        (drop)
        (local.set $v)

        ;; what is there already is stored again behind it
        (local.set $byte (i32.sub (i32.const 16) (i32.popcnt (i8x16.bitmask (local.get $tails)))))
        (v128.store $destination (local.get $out)
          (v128.bitselect
            (local.get $v)
            (v128.load $destination (local.get $out))
            (i8x16.lt_s
              (v128.const i8x16 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15)
              (i8x16.splat (local.get $byte)))))
        (local.set $ptr (@S.add (local.get $ptr) (@S.const 16)))
        (local.set $out (@D.add (local.get $out) (@D.extend_i32_u (local.get $byte))))
        (br $blocks)))

    ;; a character at a time; the second byte of the first may have been dealt with above
    (block $done
      (loop $next
        (br_if $done (@S.ge_u (local.get $ptr) (local.get $end)))
        (local.set $byte (i32.load8_u $source (local.get $ptr)))
        (if (i32.eq (i32.and (local.get $byte) (i32.const 0xc0)) (i32.const 0x80))
          (then
            (local.set $ptr (@S.add (local.get $ptr) (@S.const 1)))
            (br $next)))
        (br_if $done (i32.ge_u (local.get $byte) (i32.const 0xc4)))
        (local.set $ptr (@S.add (local.get $ptr) (@S.const 1)))
        (if (i32.ge_u (local.get $byte) (i32.const 0x80))
          (then
            (local.set $byte
              (i32.or
                (i32.shl (i32.and (local.get $byte) (i32.const 1)) (i32.const 6))
                (i32.load8_u $source (local.get $ptr))))
            (local.set $ptr (@S.add (local.get $ptr) (@S.const 1)))))
        (i32.store8 $destination (local.get $out) (local.get $byte))
        (local.set $out (@D.add (local.get $out) (@D.const 1)))
        (br $next)))
    (i32.wrap_@S (@S.sub (local.get $ptr) (local.get $begin)))
    (i32.wrap_@D (@D.sub (local.get $out) (local.get $first))))

  ;; What has 1 in its count moves down by 1, together with the count.
  (func $by_1 (param $bytes v128) (param $count v128) (result v128 v128)
    (local $above v128) (local $move v128)
    (local.set $above (i8x16.shuffle 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 (local.get $count) (v128.const i64x2 0 0)))
    (local.set $move
      (i8x16.eq
        (v128.and (local.get $above) (i8x16.splat (i32.const 1)))
        (i8x16.splat (i32.const 1))))
    (v128.bitselect
      (i8x16.shuffle 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 (local.get $bytes) (v128.const i64x2 0 0))
      (local.get $bytes)
      (local.get $move))
    (v128.bitselect (local.get $above) (local.get $count) (local.get $move)))

  ;; What has 2 in its count moves down by 2, together with the count.
  (func $by_2 (param $bytes v128) (param $count v128) (result v128 v128)
    (local $above v128) (local $move v128)
    (local.set $above (i8x16.shuffle 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 (local.get $count) (v128.const i64x2 0 0)))
    (local.set $move
      (i8x16.eq
        (v128.and (local.get $above) (i8x16.splat (i32.const 2)))
        (i8x16.splat (i32.const 2))))
    (v128.bitselect
      (i8x16.shuffle 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 (local.get $bytes) (v128.const i64x2 0 0))
      (local.get $bytes)
      (local.get $move))
    (v128.bitselect (local.get $above) (local.get $count) (local.get $move)))

  ;; What has 4 in its count moves down by 4, together with the count.
  (func $by_4 (param $bytes v128) (param $count v128) (result v128 v128)
    (local $above v128) (local $move v128)
    (local.set $above (i8x16.shuffle 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 (local.get $count) (v128.const i64x2 0 0)))
    (local.set $move
      (i8x16.eq
        (v128.and (local.get $above) (i8x16.splat (i32.const 4)))
        (i8x16.splat (i32.const 4))))
    (v128.bitselect
      (i8x16.shuffle 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 (local.get $bytes) (v128.const i64x2 0 0))
      (local.get $bytes)
      (local.get $move))
    (v128.bitselect (local.get $above) (local.get $count) (local.get $move)))

  ;; What has 8 in its count moves down by 8, together with the count.
  (func $by_8 (param $bytes v128) (param $count v128) (result v128 v128)
    (local $above v128) (local $move v128)
    (local.set $above (i8x16.shuffle 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 (local.get $count) (v128.const i64x2 0 0)))
    (local.set $move
      (i8x16.eq
        (v128.and (local.get $above) (i8x16.splat (i32.const 8)))
        (i8x16.splat (i32.const 8))))
    (v128.bitselect
      (i8x16.shuffle 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 (local.get $bytes) (v128.const i64x2 0 0))
      (local.get $bytes)
      (local.get $move))
    (v128.bitselect (local.get $above) (local.get $count) (local.get $move))))
