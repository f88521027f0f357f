;; UTF-8, which has been checked, to UTF-16     CanonicalABI.md, store_utf8_to_utf16
;;
;; A unit comes from three bytes at most. So with r bytes left at least r/3 units follow, and a store may run over the
;; end of what is known by as many units: it will be written again.
(module
  (import "memory" "0" (memory $source @S 0))
  (import "memory" "1" (memory $destination @D 0))

  ;; Gives the units written.
  (func (export "transcode") (param $ptr @S) (param $bytes i32) (param $out @D) (result i32)
    (local $end @S) (local $first @D) (local $v v128) (local $mask i32) (local $byte i32) (local $point i32)
    (local.set $end (@S.add (local.get $ptr) (@S.extend_i32_u (local.get $bytes))))
    (local.set $first (local.get $out))

    (block $rest
      (loop $next
        (br_if $rest (@S.lt_u (@S.sub (local.get $end) (local.get $ptr)) (@S.const 32)))
        (local.set $v (v128.load $source (local.get $ptr)))
        (local.set $mask (i8x16.bitmask (local.get $v)))

        ;; 16 bytes of ASCII
        (if (i32.eqz (local.get $mask))
          (then
            (v128.store $destination (local.get $out) (i16x8.extend_low_i8x16_u (local.get $v)))
            (v128.store $destination offset=16 (local.get $out) (i16x8.extend_high_i8x16_u (local.get $v)))
            (local.set $ptr (@S.add (local.get $ptr) (@S.const 16)))
            (local.set $out (@D.add (local.get $out) (@D.const 32)))
            (br $next)))

        ;; up to 8 in front of something else
        (if (i32.eqz (i32.and (local.get $mask) (i32.const 1)))
          (then
            (v128.store $destination (local.get $out) (i16x8.extend_low_i8x16_u (local.get $v)))
            (local.set $mask (i32.ctz (i32.or (local.get $mask) (i32.const 0x100))))
            (local.set $ptr (@S.add (local.get $ptr) (@S.extend_i32_u (local.get $mask))))
            (local.set $out (@D.add (local.get $out) (@D.extend_i32_u (i32.shl (local.get $mask) (i32.const 1)))))
            (local.set $v (v128.load $source (local.get $ptr)))))

        ;; the two-byte characters in front, of 8: bit 2i of the mask is clear where one starts
        (local.set $mask
          (i32.xor (i32.const 0x1ffff)
            (i8x16.bitmask
              (i8x16.eq
                (v128.and (local.get $v) (i16x8.splat (i32.const 0xc0e0)))
                (i16x8.splat (i32.const 0x80c0))))))
        (if (i32.eqz (i32.and (local.get $mask) (i32.const 3)))
          (then
            (v128.store $destination (local.get $out)
              (v128.or
                (i16x8.shl (v128.and (local.get $v) (i16x8.splat (i32.const 0x1f))) (i32.const 6))
                (v128.and (i16x8.shr_u (local.get $v) (i32.const 8)) (i16x8.splat (i32.const 0x3f)))))
            (local.set $mask (i32.and (i32.ctz (local.get $mask)) (i32.const -2)))
            (local.set $ptr (@S.add (local.get $ptr) (@S.extend_i32_u (local.get $mask))))
            (local.set $out (@D.add (local.get $out) (@D.extend_i32_u (local.get $mask))))
            (br $next)))

        ;; the three-byte characters in front, of 5
        (local.set $mask
          (i32.xor (i32.const 0xffff)
            (i8x16.bitmask
              (i8x16.eq
                (v128.and (local.get $v) (v128.const i8x16
                  0xf0 0xc0 0xc0 0xf0 0xc0 0xc0 0xf0 0xc0 0xc0 0xf0 0xc0 0xc0 0xf0 0xc0 0xc0 0))
                (v128.const i8x16
                  0xe0 0x80 0x80 0xe0 0x80 0x80 0xe0 0x80 0x80 0xe0 0x80 0x80 0xe0 0x80 0x80 1)))))
        (if (i32.eqz (i32.and (local.get $mask) (i32.const 7)))
          (then
            ;; lanes of the second and third byte, and of the first
            (v128.store $destination (local.get $out)
              (call $of_three
                (i8x16.swizzle (local.get $v) (v128.const i8x16 2 1 5 4 8 7 11 10 14 13 -1 -1 -1 -1 -1 -1))
                (i8x16.swizzle (local.get $v) (v128.const i8x16 0 -1 3 -1 6 -1 9 -1 12 -1 -1 -1 -1 -1 -1 -1))))
            ;; a third of the equal bytes, for 3 to 15
            (local.set $mask (i32.shr_u (i32.mul (i32.ctz (local.get $mask)) (i32.const 11)) (i32.const 5)))
            (local.set $ptr (@S.add (local.get $ptr) (@S.extend_i32_u (i32.mul (local.get $mask) (i32.const 3)))))
            (local.set $out (@D.add (local.get $out) (@D.extend_i32_u (i32.shl (local.get $mask) (i32.const 1)))))
            (br $next)))

        ;; one of four bytes, or nothing here (ASCII follows, and the loop goes on)
        (br_if $next (i32.lt_u (i8x16.extract_lane_u 0 (local.get $v)) (i32.const 0xf0)))
        (i32.store $destination (local.get $out) (call $pair (i32x4.extract_lane 0 (local.get $v))))
        (local.set $ptr (@S.add (local.get $ptr) (@S.const 4)))
        (local.set $out (@D.add (local.get $out) (@D.const 4)))
        (br $next)))

    ;; a character at a time
    (block $done
      (loop $next
        (br_if $done (@S.ge_u (local.get $ptr) (local.get $end)))
        (local.set $byte (i32.load8_u $source (local.get $ptr)))
        (if (i32.lt_u (local.get $byte) (i32.const 0x80))
          (then
            (i32.store16 $destination (local.get $out) (local.get $byte))
            (local.set $ptr (@S.add (local.get $ptr) (@S.const 1)))
            (local.set $out (@D.add (local.get $out) (@D.const 2)))
            (br $next)))
        (local.set $point (i32.and (i32.load8_u $source offset=1 (local.get $ptr)) (i32.const 0x3f)))
        (if (i32.lt_u (local.get $byte) (i32.const 0xe0))
          (then
            (i32.store16 $destination (local.get $out)
              (i32.or (i32.shl (i32.and (local.get $byte) (i32.const 0x1f)) (i32.const 6)) (local.get $point)))
            (local.set $ptr (@S.add (local.get $ptr) (@S.const 2)))
            (local.set $out (@D.add (local.get $out) (@D.const 2)))
            (br $next)))
        (if (i32.lt_u (local.get $byte) (i32.const 0xf0))
          (then
            ;; 16 bits are stored, and take from the first byte its low 4
            (i32.store16 $destination (local.get $out)
              (i32.or
                (i32.or (i32.shl (local.get $byte) (i32.const 12)) (i32.shl (local.get $point) (i32.const 6)))
                (i32.and (i32.load8_u $source offset=2 (local.get $ptr)) (i32.const 0x3f))))
            (local.set $ptr (@S.add (local.get $ptr) (@S.const 3)))
            (local.set $out (@D.add (local.get $out) (@D.const 2)))
            (br $next)))
        (i32.store $destination (local.get $out) (call $pair (i32.load $source (local.get $ptr))))
        (local.set $ptr (@S.add (local.get $ptr) (@S.const 4)))
        (local.set $out (@D.add (local.get $out) (@D.const 4)))
        (br $next)))
    (i32.shr_u (i32.wrap_@D (@D.sub (local.get $out) (local.get $first))) (i32.const 1)))

  ;; Units of three-byte characters: the second byte above the third, and the first.
  (func $of_three (param $low v128) (param $high v128) (result v128)
    (v128.or
      (i16x8.shl (local.get $high) (i32.const 12))
      (v128.or
        (v128.and (local.get $low) (i16x8.splat (i32.const 0x3f)))
        (i16x8.shr_u (v128.and (local.get $low) (i16x8.splat (i32.const 0x3f00))) (i32.const 2)))))

  ;; The two units of a four-byte character, the first of each lowest.
  (func $pair (param $bytes i32) (result i32)
    (local $point i32)
    (local.set $point
      (i32.sub
        (i32.or
          (i32.or
            (i32.shl (i32.and (local.get $bytes) (i32.const 0x07)) (i32.const 18))
            (i32.shl (i32.and (local.get $bytes) (i32.const 0x3f00)) (i32.const 4)))
          (i32.or
            (i32.and (i32.shr_u (local.get $bytes) (i32.const 10)) (i32.const 0xfc0))
            (i32.and (i32.shr_u (local.get $bytes) (i32.const 24)) (i32.const 0x3f))))
        (i32.const 0x10000)))
    (i32.or
      (i32.or (i32.const 0xd800) (i32.shr_u (local.get $point) (i32.const 10)))
      (i32.shl (i32.or (i32.const 0xdc00) (i32.and (local.get $point) (i32.const 0x3ff))) (i32.const 16)))))
