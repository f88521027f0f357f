;; UTF-16, which has been checked, to UTF-8     CanonicalABI.md, store_string_to_utf8
;;
;; A unit makes a byte at least. So with r units left a store may run over the end of what is known by r bytes: they will be
;; written again.
(module
  (import "memory" "0" (memory $source @S 0))
  (import "memory" "1" (memory $destination @D 0))

  ;; The bytes of 8 units of three bytes each, in $a: to $b the first and the second, to $a the third.
  (@define $three_bytes ()
    (local.set $b
      (v128.or
        (v128.or (i16x8.shr_u (local.get $a) (i32.const 12)) (i16x8.splat (i32.const 0x80e0)))
        (v128.and (i16x8.shl (local.get $a) (i32.const 2)) (i16x8.splat (i32.const 0x3f00)))))
    (local.set $a
      (v128.or
        (v128.and (local.get $a) (i16x8.splat (i32.const 0x3f)))
        (i16x8.splat (i32.const 0x80)))))

  ;; Gives the bytes written.
  (func (export "transcode") (param $ptr @S) (param $units i32) (param $out @D) (result i32)
    (local $a v128) (local $b v128) (local $count i32) (local $to @D)
    (if (i32.ge_u (local.get $units) (i32.const 16))
      (then (return_call $transcode (local.get $ptr) (local.get $units) (local.get $out))))

    ;; up to five characters of three bytes at once, if there is room to write some bytes behind them again
    (block $others
      (br_if $others (i32.gt_u (local.get $units) (i32.const 5)))
      (br_if $others
        (i64.gt_u
          (i64.add (i64.extend_@S_u (local.get $ptr)) (i64.const 16))
          (i64.shl (i64.extend_@S_u (memory.size $source)) (i64.const 16))))
      (br_if $others
        (i64.gt_u
          (i64.add (i64.extend_@D_u (local.get $out)) (i64.const 16))
          (i64.shl (i64.extend_@D_u (memory.size $destination)) (i64.const 16))))
      (local.set $a (v128.load $source (local.get $ptr)))
      (br_if $others
        (i32.and
          (i16x8.bitmask
            (v128.or
              (i16x8.lt_u (local.get $a) (i16x8.splat (i32.const 0x800)))
              (i16x8.lt_u (v128.xor (local.get $a) (i16x8.splat (i32.const 0xd800))) (i16x8.splat (i32.const 0x800)))))
          (i32.sub (i32.shl (i32.const 1) (local.get $units)) (i32.const 1))))
      (local.set $count (i32.mul (local.get $units) (i32.const 3)))
      (@$three_bytes)
      (v128.store $destination (local.get $out)
        (v128.bitselect
          (i8x16.shuffle 0 1 16 2 3 18 4 5 20 6 7 22 8 9 24 10 (local.get $b) (local.get $a))
          (v128.load $destination (local.get $out))
          (i8x16.lt_s
            (v128.const i8x16 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15)
            (i8x16.splat (local.get $count)))))
      (return (local.get $count)))

    (call $each
      (local.get $ptr)
      (@S.add (local.get $ptr) (@S.extend_i32_u (i32.shl (local.get $units) (i32.const 1))))
      (local.get $out))
    (local.set $to)
    (drop)
    (i32.wrap_@D (@D.sub (local.get $to) (local.get $out))))

  ;; The same for any text.
  (func $transcode (param $ptr @S) (param $units i32) (param $out @D) (result i32)
    (local $end @S) (local $first @D) (local $a v128) (local $b v128) (local $c v128) (local $v v128)
    (local $mask i32) (local $unit i32) (local $from @S) (local $to @D)
    (local.set $end (@S.add (local.get $ptr) (@S.extend_i32_u (i32.shl (local.get $units) (i32.const 1)))))
    (local.set $first (local.get $out))

    (block $rest
      (loop $next
        ;; 16 units; the last 8 cover what the first 8 store too much
        (br_if $rest (@S.lt_u (@S.sub (local.get $end) (local.get $ptr)) (@S.const 32)))
        (local.set $a (v128.load $source (local.get $ptr)))
        (local.set $b (v128.load $source offset=16 (local.get $ptr)))

        ;; ASCII
        (if (i32.eqz (v128.any_true
              (v128.and (v128.or (local.get $a) (local.get $b)) (i16x8.splat (i32.const 0xff80)))))
          (then
            (v128.store $destination (local.get $out) (i8x16.narrow_i16x8_u (local.get $a) (local.get $b)))
            (local.set $ptr (@S.add (local.get $ptr) (@S.const 32)))
            (local.set $out (@D.add (local.get $out) (@D.const 16)))
            (br $next)))

        ;; two bytes at most. If few are not ASCII, all are stored as if they were; where one is not, its two bytes are stored
        ;; over that, and the 16 from behind it as if they were: as many units follow.
        (if (i32.eqz (v128.any_true
              (v128.and (v128.or (local.get $a) (local.get $b)) (i16x8.splat (i32.const 0xf800)))))
          (then
            (local.set $v (i8x16.narrow_i16x8_u (local.get $a) (local.get $b)))
            (local.set $mask (i8x16.bitmask (local.get $v)))
            (if (i32.and
                  (i32.lt_u (i32.popcnt (local.get $mask)) (i32.const 7))
                  (@S.ge_u (@S.sub (local.get $end) (local.get $ptr)) (@S.const 64)))
              (then
                (v128.store $destination (local.get $out) (local.get $v))
                (block $no_more
                  (loop $twos
                    (br_if $no_more (i32.eqz (local.get $mask)))
                    (local.set $unit (i32.ctz (local.get $mask)))
                    (local.set $mask (i32.and (local.get $mask) (i32.sub (local.get $mask) (i32.const 1))))
                    (local.set $from (@S.add (local.get $ptr) (@S.extend_i32_u (i32.shl (local.get $unit) (i32.const 1)))))
                    (local.set $to (@D.add (local.get $out) (@D.extend_i32_u (local.get $unit))))
                    (local.set $unit (i32.load16_u $source (local.get $from)))
                    (i32.store16 $destination (local.get $to)
                      (i32.or
                        (i32.or (i32.const 0x80c0) (i32.shr_u (local.get $unit) (i32.const 6)))
                        (i32.shl (i32.and (local.get $unit) (i32.const 0x3f)) (i32.const 8))))
                    (v128.store $destination offset=2 (local.get $to)
                      (i8x16.narrow_i16x8_u
                        (v128.load $source offset=2 (local.get $from))
                        (v128.load $source offset=18 (local.get $from))))
                    (local.set $out (@D.add (local.get $out) (@D.const 1)))
                    (br $twos)))
                (local.set $ptr (@S.add (local.get $ptr) (@S.const 32)))
                (local.set $out (@D.add (local.get $out) (@D.const 16)))
                (br $next)))))

        ;; three bytes each; a surrogate xor 0xd800 is below 0x800
        (if (i16x8.all_true
              (v128.and
                (i16x8.ge_u (local.get $a) (i16x8.splat (i32.const 0x800)))
                (i16x8.ge_u (v128.xor (local.get $a) (i16x8.splat (i32.const 0xd800))) (i16x8.splat (i32.const 0x800)))))
          (then
            (@$three_bytes)
            (v128.store $destination (local.get $out)
              (i8x16.shuffle 0 1 16 2 3 18 4 5 20 6 7 22 8 9 24 10 (local.get $b) (local.get $a)))
            (v128.store64_lane $destination offset=16 0 (local.get $out)
              (i8x16.shuffle 11 26 12 13 28 14 15 30 0 0 0 0 0 0 0 0 (local.get $b) (local.get $a)))
            (local.set $ptr (@S.add (local.get $ptr) (@S.const 16)))
            (local.set $out (@D.add (local.get $out) (@D.const 24)))
            ;; 16 at a time while there are more, in front of the surrogates
            (loop $threes
              (br_if $next (@S.lt_u (@S.sub (local.get $end) (local.get $ptr)) (@S.const 32)))
              (local.set $a (v128.load $source (local.get $ptr)))
              (local.set $c (v128.load $source offset=16 (local.get $ptr)))
              (br_if $next
                (i32.eqz
                  (i8x16.all_true
                    (v128.and
                      (i16x8.lt_u
                        (i16x8.sub (local.get $a) (i16x8.splat (i32.const 0x800)))
                        (i16x8.splat (i32.const 0xd000)))
                      (i16x8.lt_u
                        (i16x8.sub (local.get $c) (i16x8.splat (i32.const 0x800)))
                        (i16x8.splat (i32.const 0xd000)))))))
              (@$three_bytes)
              (v128.store $destination (local.get $out)
                (i8x16.shuffle 0 1 16 2 3 18 4 5 20 6 7 22 8 9 24 10 (local.get $b) (local.get $a)))
              (v128.store64_lane $destination offset=16 0 (local.get $out)
                (i8x16.shuffle 11 26 12 13 28 14 15 30 0 0 0 0 0 0 0 0 (local.get $b) (local.get $a)))
              (local.set $a (local.get $c))
              (@$three_bytes)
              (v128.store $destination offset=24 (local.get $out)
                (i8x16.shuffle 0 1 16 2 3 18 4 5 20 6 7 22 8 9 24 10 (local.get $b) (local.get $a)))
              (v128.store64_lane $destination offset=40 0 (local.get $out)
                (i8x16.shuffle 11 26 12 13 28 14 15 30 0 0 0 0 0 0 0 0 (local.get $b) (local.get $a)))
              (local.set $ptr (@S.add (local.get $ptr) (@S.const 32)))
              (local.set $out (@D.add (local.get $out) (@D.const 48)))
              (br $threes))))

        ;; two bytes each: from 0x80 and below 0x800
        (if (i16x8.all_true
              (i16x8.lt_u (i16x8.sub (local.get $a) (i16x8.splat (i32.const 0x80))) (i16x8.splat (i32.const 0x780))))
          (then
            (v128.store $destination (local.get $out)
              (v128.or
                (v128.or (i16x8.shr_u (local.get $a) (i32.const 6)) (i16x8.splat (i32.const 0x80c0)))
                (v128.and (i16x8.shl (local.get $a) (i32.const 8)) (i16x8.splat (i32.const 0x3f00)))))
            (local.set $ptr (@S.add (local.get $ptr) (@S.const 16)))
            (local.set $out (@D.add (local.get $out) (@D.const 16)))
            (br $next)))

        ;; any mixture of one, two and three bytes
        (if (i16x8.all_true
              (i16x8.ge_u (v128.xor (local.get $a) (i16x8.splat (i32.const 0xd800))) (i16x8.splat (i32.const 0x800))))
          (then
            (local.set $out (call $mixture (local.get $a) (local.get $out)))
            (local.set $ptr (@S.add (local.get $ptr) (@S.const 16)))
            (br $next)))

        ;; surrogates
        (call $each (local.get $ptr) (@S.add (local.get $ptr) (@S.const 16)) (local.get $out))
        (local.set $out)
        (local.set $ptr)
        (br $next)))

    (call $each (local.get $ptr) (local.get $end) (local.get $out))
    (local.set $out)
    (drop)
    (i32.wrap_@D (@D.sub (local.get $out) (local.get $first))))

  ;; 8 units without surrogates; gives where the next byte goes. Writes up to 3 bytes more.
  (func $mixture (param $v v128) (param $out @D) (result @D)
    (local $one v128) (local $three v128) (local $low v128) (local $high v128)
    (local.set $one (i16x8.lt_u (local.get $v) (i16x8.splat (i32.const 0x80))))
    (local.set $three (i16x8.ge_u (local.get $v) (i16x8.splat (i32.const 0x800))))
    ;; lanes of the first and second byte
    (local.set $low
      (v128.bitselect
        (local.get $v)
        (v128.bitselect
          (v128.or
            (v128.or (i16x8.shr_u (local.get $v) (i32.const 12)) (i16x8.splat (i32.const 0x80e0)))
            (v128.and (i16x8.shl (local.get $v) (i32.const 2)) (i16x8.splat (i32.const 0x3f00))))
          (v128.or
            (v128.or (i16x8.shr_u (local.get $v) (i32.const 6)) (i16x8.splat (i32.const 0x80c0)))
            (v128.and (i16x8.shl (local.get $v) (i32.const 8)) (i16x8.splat (i32.const 0x3f00))))
          (local.get $three))
        (local.get $one)))
    ;; lanes of the third byte, and of the number of bytes
    (local.set $high
      (v128.or
        (v128.or (v128.and (local.get $v) (i16x8.splat (i32.const 0x3f))) (i16x8.splat (i32.const 0x80)))
        (i16x8.shl
          (i16x8.sub (i16x8.add (local.get $one) (i16x8.splat (i32.const 2))) (local.get $three))
          (i32.const 8))))
    (local.set $v
      (i8x16.shuffle 0 1 16 17 2 3 18 19 4 5 20 21 6 7 22 23 (local.get $low) (local.get $high)))
    (local.set $out (call $four (local.get $v) (local.get $out)))
    (call $four
      (i8x16.shuffle 8 9 24 25 10 11 26 27 12 13 28 29 14 15 30 31 (local.get $low) (local.get $high))
      (local.get $out)))

  ;; Four lanes of up to three bytes, their number above them.
  (func $four (param $v v128) (param $out @D) (result @D)
    (local $lane i32)
    (local.set $lane (i32x4.extract_lane 0 (local.get $v)))
    (i32.store $destination (local.get $out) (local.get $lane))
    (local.set $out (@D.add (local.get $out) (@D.extend_i32_u (i32.shr_u (local.get $lane) (i32.const 24)))))
    (local.set $lane (i32x4.extract_lane 1 (local.get $v)))
    (i32.store $destination (local.get $out) (local.get $lane))
    (local.set $out (@D.add (local.get $out) (@D.extend_i32_u (i32.shr_u (local.get $lane) (i32.const 24)))))
    (local.set $lane (i32x4.extract_lane 2 (local.get $v)))
    (i32.store $destination (local.get $out) (local.get $lane))
    (local.set $out (@D.add (local.get $out) (@D.extend_i32_u (i32.shr_u (local.get $lane) (i32.const 24)))))
    (local.set $lane (i32x4.extract_lane 3 (local.get $v)))
    (i32.store $destination (local.get $out) (local.get $lane))
    (@D.add (local.get $out) (@D.extend_i32_u (i32.shr_u (local.get $lane) (i32.const 24)))))

  ;; The characters that begin in front of $end, one at a time. Gives where the next one is, and where it goes.
  (func $each (param $ptr @S) (param $end @S) (param $out @D) (result @S @D)
    (local $unit i32)
    (block $done
      (loop $next
        (br_if $done (@S.ge_u (local.get $ptr) (local.get $end)))
        (local.set $unit (i32.load16_u $source (local.get $ptr)))
        (local.set $ptr (@S.add (local.get $ptr) (@S.const 2)))
        (if (i32.lt_u (local.get $unit) (i32.const 0x80))
          (then
            (i32.store8 $destination (local.get $out) (local.get $unit))
            (local.set $out (@D.add (local.get $out) (@D.const 1)))
            (br $next)))
        (if (i32.lt_u (local.get $unit) (i32.const 0x800))
          (then
            (i32.store16 $destination (local.get $out)
              (i32.or
                (i32.or (i32.const 0x80c0) (i32.shr_u (local.get $unit) (i32.const 6)))
                (i32.shl (i32.and (local.get $unit) (i32.const 0x3f)) (i32.const 8))))
            (local.set $out (@D.add (local.get $out) (@D.const 2)))
            (br $next)))
        (if (i32.ne (i32.and (local.get $unit) (i32.const 0xf800)) (i32.const 0xd800))
          (then
            (i32.store16 $destination (local.get $out)
              (i32.or
                (i32.or (i32.const 0x80e0) (i32.shr_u (local.get $unit) (i32.const 12)))
                (i32.and (i32.shl (local.get $unit) (i32.const 2)) (i32.const 0x3f00))))
            (i32.store8 $destination offset=2 (local.get $out)
              (i32.or (i32.const 0x80) (i32.and (local.get $unit) (i32.const 0x3f))))
            (local.set $out (@D.add (local.get $out) (@D.const 3)))
            (br $next)))
        ;; a pair: the code point is 0x10000 + (high - 0xd800) * 0x400 + low - 0xdc00
        (local.set $unit
          (i32.sub
            (i32.add (i32.shl (local.get $unit) (i32.const 10)) (i32.load16_u $source (local.get $ptr)))
            (i32.const 0x35fdc00)))
        (local.set $ptr (@S.add (local.get $ptr) (@S.const 2)))
        (i32.store $destination (local.get $out)
          (i32.or
            (i32.or
              (i32.or (i32.const 0x808080f0) (i32.shr_u (local.get $unit) (i32.const 18)))
              (i32.and (i32.shr_u (local.get $unit) (i32.const 4)) (i32.const 0x3f00)))
            (i32.or
              (i32.and (i32.shl (local.get $unit) (i32.const 10)) (i32.const 0x3f0000))
              (i32.shl (i32.and (local.get $unit) (i32.const 0x3f)) (i32.const 24)))))
        (local.set $out (@D.add (local.get $out) (@D.const 4)))
        (br $next)))
    (local.get $ptr)
    (local.get $out)))
