;; Is this UTF-16?     CanonicalABI.md, load_string_from_range, encoding utf-16-le
;;
;; It is where every high surrogate (d800..dbff) is followed by a low one (dc00..dfff), and every low one follows a high one.
(module
  (import "memory" "0" (memory $source @S 0))

  ;; 8 units, surrogates as the numbers below 0x800
  (@define $flipped ($offset)
    (v128.xor (v128.load $source offset=$offset (local.get $ptr)) (i16x8.splat (i32.const 0xd800))))

  (@define $units ($offset) (v128.load $source offset=$offset (local.get $ptr)))

  (func (export "valid") (param $ptr @S) (param $units i32) (result i32)
    (local $left i32) (local $highs i32) (local $lows i32) (local $open i32)
    (local $a v128) (local $b v128)
    (local.set $left (local.get $units))
    ;; $open: the last unit was a high surrogate

    (block $rest
      (loop $blocks
        ;; 64 units at a time while there are no surrogates
        (block $surrogates
          (br_if $surrogates (i32.lt_u (local.get $left) (i32.const 64)))
          (br_if $surrogates (local.get $open))
          (loop $plain
            (block $none
              ;; all in front of the surrogates
              (br_if $none
                (i32.eqz
                  (v128.any_true
                    (i16x8.ge_u
                      (i16x8.max_u
                        (i16x8.max_u (i16x8.max_u (@$units 0) (@$units 16)) (i16x8.max_u (@$units 32) (@$units 48)))
                        (i16x8.max_u (i16x8.max_u (@$units 64) (@$units 80)) (i16x8.max_u (@$units 96) (@$units 112))))
                      (i16x8.splat (i32.const 0xd800))))))
              (br_if $surrogates
                (v128.any_true
                  (i16x8.lt_u
                    (i16x8.min_u
                      (i16x8.min_u
                        (i16x8.min_u (@$flipped 0) (@$flipped 16))
                        (i16x8.min_u (@$flipped 32) (@$flipped 48)))
                      (i16x8.min_u
                        (i16x8.min_u (@$flipped 64) (@$flipped 80))
                        (i16x8.min_u (@$flipped 96) (@$flipped 112))))
                    (i16x8.splat (i32.const 0x800))))))
            (local.set $ptr (@S.add (local.get $ptr) (@S.const 128)))
            (local.set $left (i32.sub (local.get $left) (i32.const 64)))
            (br_if $plain (i32.ge_u (local.get $left) (i32.const 64)))))

        ;; 16 units at a time: one bit a unit, highs moved up by one must be the lows
        (br_if $rest (i32.lt_u (local.get $left) (i32.const 16)))
        (local.set $a (v128.and (v128.load $source (local.get $ptr)) (i16x8.splat (i32.const 0xfc00))))
        (local.set $b (v128.and (v128.load $source offset=16 (local.get $ptr)) (i16x8.splat (i32.const 0xfc00))))
        (local.set $highs
          (i8x16.bitmask (i8x16.narrow_i16x8_s
            (i16x8.eq (local.get $a) (i16x8.splat (i32.const 0xd800)))
            (i16x8.eq (local.get $b) (i16x8.splat (i32.const 0xd800))))))
        (local.set $lows
          (i8x16.bitmask (i8x16.narrow_i16x8_s
            (i16x8.eq (local.get $a) (i16x8.splat (i32.const 0xdc00)))
            (i16x8.eq (local.get $b) (i16x8.splat (i32.const 0xdc00))))))
        (local.set $highs (i32.or (i32.shl (local.get $highs) (i32.const 1)) (local.get $open)))
        (if (i32.ne (i32.and (local.get $highs) (i32.const 0xffff)) (local.get $lows)) (then (return (i32.const 0))))
        (local.set $open (i32.shr_u (local.get $highs) (i32.const 16)))
        (local.set $ptr (@S.add (local.get $ptr) (@S.const 32)))
        (local.set $left (i32.sub (local.get $left) (i32.const 16)))
        (br $blocks)))

    ;; one unit at a time; 0 is neither, 2 a high surrogate, 3 a low one
    (block $end
      (loop $units
        (br_if $end (i32.eqz (local.get $left)))
        (local.set $lows (i32.shr_u (i32.load16_u $source (local.get $ptr)) (i32.const 10)))
        (if (i32.ne (local.get $open) (i32.eq (local.get $lows) (i32.const 0x37))) (then (return (i32.const 0))))
        (local.set $open (i32.eq (local.get $lows) (i32.const 0x36)))
        (local.set $ptr (@S.add (local.get $ptr) (@S.const 2)))
        (local.set $left (i32.sub (local.get $left) (i32.const 1)))
        (br $units)))
    (i32.eqz (local.get $open))))
