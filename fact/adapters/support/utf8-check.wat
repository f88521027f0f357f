;; Is this UTF-8?     CanonicalABI.md, load_string_from_range, encoding utf-8
;;
;; Every rule of UTF-8 but one looks at two neighbouring bytes. Three tables give, for the high half and the low half of the
;; first byte and for the high half of the second, the set of rules that this half can break; what is in all three is broken:
;;
;;   0x01 a lead byte, then no continuation        0x10 a surrogate: ed a0..bf
;;   0x02 ASCII, then a continuation               0x20 two bytes for ASCII: c0, c1
;;   0x04 three bytes for less: e0 80..9f          0x40 four bytes for less: f0 80..8f; or f5..ff 80..8f
;;   0x08 past 10ffff: f4 90..bf, f5..ff 90..bf    0x80 two continuations in a row
;;
;; Two continuations in a row are right where two bytes before stands a lead byte of three or three bytes before one of
;; four, and must be there: that is the other rule.
(module
  (import "memory" "0" (memory $source @S 0))

  ;; The broken rules for each of 16 bytes, given the 16 bytes before them.
  (@define $broken ($before $bytes)
    (v128.xor
      (v128.and
        (v128.and
          (i8x16.swizzle
            (v128.const i8x16 0x02 0x02 0x02 0x02 0x02 0x02 0x02 0x02 0x80 0x80 0x80 0x80 0x21 0x01 0x15 0x49)
            (i8x16.shr_u
              (local.tee $previous
                (i8x16.shuffle 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 $before $bytes))
              (i32.const 4)))
          (i8x16.swizzle
            (v128.const i8x16 0xe7 0xa3 0x83 0x83 0x8b 0xcb 0xcb 0xcb 0xcb 0xcb 0xcb 0xcb 0xcb 0xdb 0xcb 0xcb)
            (v128.and (local.get $previous) (i8x16.splat (i32.const 0x0f)))))
        (i8x16.swizzle
          (v128.const i8x16 0x01 0x01 0x01 0x01 0x01 0x01 0x01 0x01 0xe6 0xae 0xba 0xba 0x01 0x01 0x01 0x01)
          (i8x16.shr_u $bytes (i32.const 4))))
      ;; 0x80 where a second or third continuation is due: the lead byte has reached e0 two bytes before, or f0 three before
      (v128.and
        (i8x16.splat (i32.const 0x80))
        (v128.or
          (i8x16.sub_sat_u
            (i8x16.shuffle 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 $before $bytes)
            (i8x16.splat (i32.const 0x60)))
          (i8x16.sub_sat_u
            (i8x16.shuffle 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 $before $bytes)
            (i8x16.splat (i32.const 0x70)))))))

  ;; Nonzero where a character begins in the last three bytes that does not end in them.
  (@define $unfinished ($bytes)
    (i8x16.sub_sat_u
      $bytes
      (v128.const i8x16 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 0xef 0xdf 0xbf)))

  (func (export "valid") (param $ptr @S) (param $bytes i32) (result i32)
    (local $left i32) (local $before v128) (local $wrong v128) (local $previous v128) (local $word i64)
    (local $a v128) (local $b v128) (local $c v128) (local $d v128)
    (local.set $left (local.get $bytes))

    ;; 64 bytes at a time; ASCII only asks whether something before it was left unfinished
    (block $rest
      (loop $blocks
        (br_if $rest (i32.lt_u (local.get $left) (i32.const 64)))
        (local.set $a (v128.load $source (local.get $ptr)))
        (local.set $b (v128.load $source offset=16 (local.get $ptr)))
        (local.set $c (v128.load $source offset=32 (local.get $ptr)))
        (local.set $d (v128.load $source offset=48 (local.get $ptr)))
        (if (i8x16.bitmask
              (v128.or (v128.or (local.get $a) (local.get $b)) (v128.or (local.get $c) (local.get $d))))
          (then
            (local.set $wrong (v128.or (local.get $wrong)
              (v128.or
                (v128.or
                  (@$broken (local.get $before) (local.get $a))
                  (@$broken (local.get $a) (local.get $b)))
                (v128.or
                  (@$broken (local.get $b) (local.get $c))
                  (@$broken (local.get $c) (local.get $d)))))))
          (else
            (local.set $wrong (v128.or (local.get $wrong) (@$unfinished (local.get $before))))))
        (local.set $before (local.get $d))
        (local.set $ptr (@S.add (local.get $ptr) (@S.const 64)))
        (local.set $left (i32.sub (local.get $left) (i32.const 64)))
        (br $blocks)))

    ;; 16 bytes at a time
    (block $rest
      (loop $blocks
        (br_if $rest (i32.lt_u (local.get $left) (i32.const 16)))
        (local.set $a (v128.load $source (local.get $ptr)))
        (local.set $wrong (v128.or (local.get $wrong) (@$broken (local.get $before) (local.get $a))))
        (local.set $before (local.get $a))
        (local.set $ptr (@S.add (local.get $ptr) (@S.const 16)))
        (local.set $left (i32.sub (local.get $left) (i32.const 16)))
        (br $blocks)))

    ;; the last 0 to 15 bytes, zeros behind them: at least one, so that what is unfinished shows
    (if (i32.ge_u (local.get $bytes) (i32.const 16))
      (then
        ;; from the last 16 bytes of the string; a lane past the 15th is zero
        (local.set $a (i8x16.swizzle
          (v128.load $source (@S.sub (@S.add (local.get $ptr) (@S.extend_i32_u (local.get $left))) (@S.const 16)))
          (i8x16.sub
            (v128.const i8x16 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31)
            (i8x16.splat (local.get $left))))))
      (else
        (local.set $a (call $short (local.get $ptr) (local.get $left)))))
    (i32.eqz (v128.any_true (v128.or (local.get $wrong) (@$broken (local.get $before) (local.get $a))))))

  ;; Up to 15 bytes, zeros behind them, from words that overlap.
  (func $short (param $ptr @S) (param $bytes i32) (result v128)
    (local $last @S)
    (if (i32.eqz (local.get $bytes)) (then (return (v128.const i64x2 0 0))))
    (local.set $last (@S.add (local.get $ptr) (@S.extend_i32_u (local.get $bytes))))
    (if (i32.ge_u (local.get $bytes) (i32.const 8))
      (then
        (return (i64x2.replace_lane 1
          (v128.load64_zero $source (local.get $ptr))
          ;; shifted by 64 when there are 8
          (i64.shr_u
            (i64.shr_u
              (i64.load $source (@S.sub (local.get $last) (@S.const 8)))
              (i64.extend_i32_u (i32.shl (i32.sub (i32.const 15) (local.get $bytes)) (i32.const 3))))
            (i64.const 8))))))
    (if (i32.ge_u (local.get $bytes) (i32.const 4))
      (then
        (return (i64x2.replace_lane 0 (v128.const i64x2 0 0)
          (i64.or
            (i64.load32_u $source (local.get $ptr))
            (i64.shl
              (i64.load32_u $source (@S.sub (local.get $last) (@S.const 4)))
              (i64.extend_i32_u (i32.shl (i32.sub (local.get $bytes) (i32.const 4)) (i32.const 3)))))))))
    ;; the first, the middle and the last of 1, 2 or 3
    (i32x4.replace_lane 0 (v128.const i64x2 0 0)
      (i32.or
        (i32.load8_u $source (local.get $ptr))
        (i32.or
          (i32.shl
            (i32.load8_u $source
              (@S.add (local.get $ptr) (@S.extend_i32_u (i32.shr_u (local.get $bytes) (i32.const 1)))))
            (i32.shl (i32.shr_u (local.get $bytes) (i32.const 1)) (i32.const 3)))
          (i32.shl
            (i32.load8_u $source (@S.sub (local.get $last) (@S.const 1)))
            (i32.shl (i32.sub (local.get $bytes) (i32.const 1)) (i32.const 3))))))))
