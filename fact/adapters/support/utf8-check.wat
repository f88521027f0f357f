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

  ;; The same where no byte is past df, in either: a continuation is where a lead byte is in front, and ASCII is in one byte.
  (@define $unpaired ($before $bytes)
    (v128.or
      (v128.xor
        (i8x16.lt_s $bytes (i8x16.splat (i32.const 0xc0)))
        (i8x16.ge_u
          (i8x16.shuffle 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 $before $bytes)
          (i8x16.splat (i32.const 0xc0))))
      (i8x16.eq (v128.and $bytes (i8x16.splat (i32.const 0xfe))) (i8x16.splat (i32.const 0xc0)))))

  ;; All ones where 16 bytes from the first, second or third byte of a character on are of three, with leads e1..ec.
  (@define $three_from_first ($bytes)
    (i8x16.le_u
      (i8x16.sub $bytes
        (v128.const i8x16 0xe1 0x80 0x80 0xe1 0x80 0x80 0xe1 0x80 0x80 0xe1 0x80 0x80 0xe1 0x80 0x80 0xe1))
      (v128.const i8x16 0x0b 0x3f 0x3f 0x0b 0x3f 0x3f 0x0b 0x3f 0x3f 0x0b 0x3f 0x3f 0x0b 0x3f 0x3f 0x0b)))
  (@define $three_from_second ($bytes)
    (i8x16.le_u
      (i8x16.sub $bytes
        (v128.const i8x16 0x80 0x80 0xe1 0x80 0x80 0xe1 0x80 0x80 0xe1 0x80 0x80 0xe1 0x80 0x80 0xe1 0x80))
      (v128.const i8x16 0x3f 0x3f 0x0b 0x3f 0x3f 0x0b 0x3f 0x3f 0x0b 0x3f 0x3f 0x0b 0x3f 0x3f 0x0b 0x3f)))
  (@define $three_from_third ($bytes)
    (i8x16.le_u
      (i8x16.sub $bytes
        (v128.const i8x16 0x80 0xe1 0x80 0x80 0xe1 0x80 0x80 0xe1 0x80 0x80 0xe1 0x80 0x80 0xe1 0x80 0x80))
      (v128.const i8x16 0x3f 0x0b 0x3f 0x3f 0x0b 0x3f 0x3f 0x0b 0x3f 0x3f 0x0b 0x3f 0x3f 0x0b 0x3f 0x3f)))

  ;; Nonzero where a character begins in the last three bytes that does not end in them.
  (@define $unfinished ($bytes)
    (i8x16.sub_sat_u
      $bytes
      (v128.const i8x16 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 0xef 0xdf 0xbf)))

  ;; The last $count bytes, at $from, zeros behind them: a lane past the 15th is zero. 16 bytes are read that end there.
  (@define $last ($from $count)
    (i8x16.swizzle
      (v128.load $source (@S.sub (@S.add $from (@S.extend_i32_u $count)) (@S.const 16)))
      (i8x16.sub
        (v128.const i8x16 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31)
        (i8x16.splat $count))))

  (func (export "valid") (param $ptr @S) (param $bytes i32) (result i32)
    (local $a v128) (local $previous v128)

    ;; up to 15 bytes, zeros behind them: out of the 16 from the first on or, where the memory ends before that, of its last 16
    (if (i32.lt_u (local.get $bytes) (i32.const 16))
      (then
        (if (i32.eqz (local.get $bytes)) (then (return (i32.const 1))))
        (if (i64.le_u
              (i64.add (i64.extend_@S_u (local.get $ptr)) (i64.const 16))
              (i64.shl (i64.extend_@S_u (memory.size $source)) (i64.const 16)))
          (then
            (local.set $a
              (v128.and
                (v128.load $source (local.get $ptr))
                (i8x16.lt_s
                  (v128.const i8x16 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15)
                  (i8x16.splat (local.get $bytes))))))
          (else
            (local.set $a (@$last (local.get $ptr) (local.get $bytes)))))
        (return (i32.eqz (v128.any_true (@$broken (v128.const i64x2 0 0) (local.get $a)))))))
    (return_call $valid (local.get $ptr) (local.get $bytes)))

  ;; The same for 16 bytes and more.
  (func $valid (param $ptr @S) (param $bytes i32) (result i32)
    (local $left i32) (local $before v128) (local $wrong v128) (local $previous v128)
    (local $a v128) (local $b v128) (local $c v128) (local $d v128) (local $greatest v128)
    (local.set $left (local.get $bytes))

    ;; 64 bytes at a time; ASCII only asks whether something before it was left unfinished
    (block $rest
      (loop $blocks
        (br_if $rest (i32.lt_u (local.get $left) (i32.const 64)))
        ;; characters of three bytes, 16 at a time
        (if (i32.ge_u (i32.load8_u $source (local.get $ptr)) (i32.const 0xe1))
          (then
            (local.set $wrong (v128.or (local.get $wrong) (@$unfinished (local.get $before))))
            (local.set $before (v128.const i64x2 0 0))
            (block $others
              (loop $threes
                (br_if $others
                  (i32.eqz
                    (i8x16.all_true
                      (v128.and
                        (v128.and
                          (@$three_from_first (v128.load $source (local.get $ptr)))
                          (@$three_from_second (v128.load $source offset=16 (local.get $ptr))))
                        (@$three_from_third (v128.load $source offset=32 (local.get $ptr)))))))
                (local.set $ptr (@S.add (local.get $ptr) (@S.const 48)))
                (local.set $left (i32.sub (local.get $left) (i32.const 48)))
                (br_if $threes (i32.ge_u (local.get $left) (i32.const 48)))))
            (br_if $rest (i32.lt_u (local.get $left) (i32.const 64)))))
        (local.set $a (v128.load $source (local.get $ptr)))
        (local.set $b (v128.load $source offset=16 (local.get $ptr)))
        (local.set $c (v128.load $source offset=32 (local.get $ptr)))
        (local.set $d (v128.load $source offset=48 (local.get $ptr)))
        (local.set $ptr (@S.add (local.get $ptr) (@S.const 64)))
        (local.set $left (i32.sub (local.get $left) (i32.const 64)))
        (local.set $greatest
          (i8x16.max_u
            (i8x16.max_u (local.get $a) (local.get $b))
            (i8x16.max_u (local.get $c) (local.get $d))))
        (if (i8x16.bitmask (local.get $greatest))
          (then
            (if (i32.eqz (v128.any_true
                  (i8x16.ge_u
                    (i8x16.max_u (local.get $greatest) (local.get $before))
                    (i8x16.splat (i32.const 0xe0)))))
              (then
                (local.set $wrong (v128.or (local.get $wrong)
                  (v128.or
                    (v128.or
                      (@$unpaired (local.get $before) (local.get $a))
                      (@$unpaired (local.get $a) (local.get $b)))
                    (v128.or
                      (@$unpaired (local.get $b) (local.get $c))
                      (@$unpaired (local.get $c) (local.get $d))))))
                (local.set $before (local.get $d))
                (br $blocks)))
            (local.set $wrong (v128.or (local.get $wrong)
              (v128.or
                (v128.or
                  (@$broken (local.get $before) (local.get $a))
                  (@$broken (local.get $a) (local.get $b)))
                (v128.or
                  (@$broken (local.get $b) (local.get $c))
                  (@$broken (local.get $c) (local.get $d))))))
            (local.set $before (local.get $d))
            (br $blocks)))
        (local.set $wrong (v128.or (local.get $wrong) (@$unfinished (local.get $before))))
        (local.set $before (v128.const i64x2 0 0))
        ;; more ASCII, 128 bytes at a time
        (loop $ascii
          (br_if $blocks (i32.lt_u (local.get $left) (i32.const 128)))
          (br_if $blocks
            (i8x16.bitmask
              (v128.or
                (v128.or
                  (v128.or (v128.load $source (local.get $ptr)) (v128.load $source offset=16 (local.get $ptr)))
                  (v128.or (v128.load $source offset=32 (local.get $ptr)) (v128.load $source offset=48 (local.get $ptr))))
                (v128.or
                  (v128.or (v128.load $source offset=64 (local.get $ptr)) (v128.load $source offset=80 (local.get $ptr)))
                  (v128.or (v128.load $source offset=96 (local.get $ptr)) (v128.load $source offset=112 (local.get $ptr)))))))
          (local.set $ptr (@S.add (local.get $ptr) (@S.const 128)))
          (local.set $left (i32.sub (local.get $left) (i32.const 128)))
          (br $ascii))))

    ;; 16 bytes at a time; at the end the last 0 to 15, zeros behind them: what is unfinished before a zero is wrong
    (block $end
      (loop $blocks
        (if (i32.ge_u (local.get $left) (i32.const 16))
          (then
            (local.set $a (v128.load $source (local.get $ptr))))
          (else
            (local.set $a (@$last (local.get $ptr) (local.get $left)))))
        (if (i8x16.bitmask (local.get $a))
          (then
            (local.set $wrong (v128.or (local.get $wrong) (@$broken (local.get $before) (local.get $a)))))
          (else
            (local.set $wrong (v128.or (local.get $wrong) (@$unfinished (local.get $before))))))
        (br_if $end (i32.lt_u (local.get $left) (i32.const 16)))
        (local.set $before (local.get $a))
        (local.set $ptr (@S.add (local.get $ptr) (@S.const 16)))
        (local.set $left (i32.sub (local.get $left) (i32.const 16)))
        (br $blocks)))
    (i32.eqz (v128.any_true (local.get $wrong)))))
