;; UTF-8, which has been checked, to UTF-16     CanonicalABI.md, store_utf8_to_utf16
;;
;; A unit comes from three bytes at most. So with r bytes left at least r/3 units follow, and a store may run over the
;; end of what is known by as many units: it will be written again.
(module
  (import "memory" "0" (memory $source @S 0))
  (import "memory" "1" (memory $destination @D 0))

  ;; 16 bytes of ASCII as units.
  (@define $widen ($low $high $bytes)
    (v128.store $destination offset=$low (local.get $out) (i16x8.extend_low_i8x16_u $bytes))
    (v128.store $destination offset=$high (local.get $out) (i16x8.extend_high_i8x16_u $bytes)))

  ;; A bit for each of the first 15 bytes that is what it would be, were they 5 characters of three bytes.
  (@define $threes ($bytes)
    (i8x16.bitmask
      (i8x16.eq
        (v128.and $bytes (v128.const i8x16 0xf0 0xc0 0xc0 0xf0 0xc0 0xc0 0xf0 0xc0 0xc0 0xf0 0xc0 0xc0 0xf0 0xc0 0xc0 0))
        (v128.const i8x16 0xe0 0x80 0x80 0xe0 0x80 0x80 0xe0 0x80 0x80 0xe0 0x80 0x80 0xe0 0x80 0x80 1))))

  ;; The units of 5 such characters: lanes of first bytes, lanes of second above third bytes, put together.
  (@define $of_three ($bytes)
    (v128.or
      (i16x8.shl
        (i8x16.swizzle $bytes (v128.const i8x16 0 -1 3 -1 6 -1 9 -1 12 -1 -1 -1 -1 -1 -1 -1))
        (i32.const 12))
      (v128.or
        (v128.and
          (local.tee $low (i8x16.swizzle $bytes (v128.const i8x16 2 1 5 4 8 7 11 10 14 13 -1 -1 -1 -1 -1 -1)))
          (i16x8.splat (i32.const 0x3f)))
        (i16x8.shr_u (v128.and (local.get $low) (i16x8.splat (i32.const 0x3f00))) (i32.const 2)))))

  ;; For each set of the lanes 0 to 7, as a number, these lanes in order, a byte each; zeros behind them.
  (memory $kept 1)
  (data (memory $kept) (i32.const 0)
    "\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\01\00\00\00\00\00\00\00\00\01\00\00\00\00\00\00"
    "\02\00\00\00\00\00\00\00\00\02\00\00\00\00\00\00\01\02\00\00\00\00\00\00\00\01\02\00\00\00\00\00"
    "\03\00\00\00\00\00\00\00\00\03\00\00\00\00\00\00\01\03\00\00\00\00\00\00\00\01\03\00\00\00\00\00"
    "\02\03\00\00\00\00\00\00\00\02\03\00\00\00\00\00\01\02\03\00\00\00\00\00\00\01\02\03\00\00\00\00"
    "\04\00\00\00\00\00\00\00\00\04\00\00\00\00\00\00\01\04\00\00\00\00\00\00\00\01\04\00\00\00\00\00"
    "\02\04\00\00\00\00\00\00\00\02\04\00\00\00\00\00\01\02\04\00\00\00\00\00\00\01\02\04\00\00\00\00"
    "\03\04\00\00\00\00\00\00\00\03\04\00\00\00\00\00\01\03\04\00\00\00\00\00\00\01\03\04\00\00\00\00"
    "\02\03\04\00\00\00\00\00\00\02\03\04\00\00\00\00\01\02\03\04\00\00\00\00\00\01\02\03\04\00\00\00"
    "\05\00\00\00\00\00\00\00\00\05\00\00\00\00\00\00\01\05\00\00\00\00\00\00\00\01\05\00\00\00\00\00"
    "\02\05\00\00\00\00\00\00\00\02\05\00\00\00\00\00\01\02\05\00\00\00\00\00\00\01\02\05\00\00\00\00"
    "\03\05\00\00\00\00\00\00\00\03\05\00\00\00\00\00\01\03\05\00\00\00\00\00\00\01\03\05\00\00\00\00"
    "\02\03\05\00\00\00\00\00\00\02\03\05\00\00\00\00\01\02\03\05\00\00\00\00\00\01\02\03\05\00\00\00"
    "\04\05\00\00\00\00\00\00\00\04\05\00\00\00\00\00\01\04\05\00\00\00\00\00\00\01\04\05\00\00\00\00"
    "\02\04\05\00\00\00\00\00\00\02\04\05\00\00\00\00\01\02\04\05\00\00\00\00\00\01\02\04\05\00\00\00"
    "\03\04\05\00\00\00\00\00\00\03\04\05\00\00\00\00\01\03\04\05\00\00\00\00\00\01\03\04\05\00\00\00"
    "\02\03\04\05\00\00\00\00\00\02\03\04\05\00\00\00\01\02\03\04\05\00\00\00\00\01\02\03\04\05\00\00"
    "\06\00\00\00\00\00\00\00\00\06\00\00\00\00\00\00\01\06\00\00\00\00\00\00\00\01\06\00\00\00\00\00"
    "\02\06\00\00\00\00\00\00\00\02\06\00\00\00\00\00\01\02\06\00\00\00\00\00\00\01\02\06\00\00\00\00"
    "\03\06\00\00\00\00\00\00\00\03\06\00\00\00\00\00\01\03\06\00\00\00\00\00\00\01\03\06\00\00\00\00"
    "\02\03\06\00\00\00\00\00\00\02\03\06\00\00\00\00\01\02\03\06\00\00\00\00\00\01\02\03\06\00\00\00"
    "\04\06\00\00\00\00\00\00\00\04\06\00\00\00\00\00\01\04\06\00\00\00\00\00\00\01\04\06\00\00\00\00"
    "\02\04\06\00\00\00\00\00\00\02\04\06\00\00\00\00\01\02\04\06\00\00\00\00\00\01\02\04\06\00\00\00"
    "\03\04\06\00\00\00\00\00\00\03\04\06\00\00\00\00\01\03\04\06\00\00\00\00\00\01\03\04\06\00\00\00"
    "\02\03\04\06\00\00\00\00\00\02\03\04\06\00\00\00\01\02\03\04\06\00\00\00\00\01\02\03\04\06\00\00"
    "\05\06\00\00\00\00\00\00\00\05\06\00\00\00\00\00\01\05\06\00\00\00\00\00\00\01\05\06\00\00\00\00"
    "\02\05\06\00\00\00\00\00\00\02\05\06\00\00\00\00\01\02\05\06\00\00\00\00\00\01\02\05\06\00\00\00"
    "\03\05\06\00\00\00\00\00\00\03\05\06\00\00\00\00\01\03\05\06\00\00\00\00\00\01\03\05\06\00\00\00"
    "\02\03\05\06\00\00\00\00\00\02\03\05\06\00\00\00\01\02\03\05\06\00\00\00\00\01\02\03\05\06\00\00"
    "\04\05\06\00\00\00\00\00\00\04\05\06\00\00\00\00\01\04\05\06\00\00\00\00\00\01\04\05\06\00\00\00"
    "\02\04\05\06\00\00\00\00\00\02\04\05\06\00\00\00\01\02\04\05\06\00\00\00\00\01\02\04\05\06\00\00"
    "\03\04\05\06\00\00\00\00\00\03\04\05\06\00\00\00\01\03\04\05\06\00\00\00\00\01\03\04\05\06\00\00"
    "\02\03\04\05\06\00\00\00\00\02\03\04\05\06\00\00\01\02\03\04\05\06\00\00\00\01\02\03\04\05\06\00"
    "\07\00\00\00\00\00\00\00\00\07\00\00\00\00\00\00\01\07\00\00\00\00\00\00\00\01\07\00\00\00\00\00"
    "\02\07\00\00\00\00\00\00\00\02\07\00\00\00\00\00\01\02\07\00\00\00\00\00\00\01\02\07\00\00\00\00"
    "\03\07\00\00\00\00\00\00\00\03\07\00\00\00\00\00\01\03\07\00\00\00\00\00\00\01\03\07\00\00\00\00"
    "\02\03\07\00\00\00\00\00\00\02\03\07\00\00\00\00\01\02\03\07\00\00\00\00\00\01\02\03\07\00\00\00"
    "\04\07\00\00\00\00\00\00\00\04\07\00\00\00\00\00\01\04\07\00\00\00\00\00\00\01\04\07\00\00\00\00"
    "\02\04\07\00\00\00\00\00\00\02\04\07\00\00\00\00\01\02\04\07\00\00\00\00\00\01\02\04\07\00\00\00"
    "\03\04\07\00\00\00\00\00\00\03\04\07\00\00\00\00\01\03\04\07\00\00\00\00\00\01\03\04\07\00\00\00"
    "\02\03\04\07\00\00\00\00\00\02\03\04\07\00\00\00\01\02\03\04\07\00\00\00\00\01\02\03\04\07\00\00"
    "\05\07\00\00\00\00\00\00\00\05\07\00\00\00\00\00\01\05\07\00\00\00\00\00\00\01\05\07\00\00\00\00"
    "\02\05\07\00\00\00\00\00\00\02\05\07\00\00\00\00\01\02\05\07\00\00\00\00\00\01\02\05\07\00\00\00"
    "\03\05\07\00\00\00\00\00\00\03\05\07\00\00\00\00\01\03\05\07\00\00\00\00\00\01\03\05\07\00\00\00"
    "\02\03\05\07\00\00\00\00\00\02\03\05\07\00\00\00\01\02\03\05\07\00\00\00\00\01\02\03\05\07\00\00"
    "\04\05\07\00\00\00\00\00\00\04\05\07\00\00\00\00\01\04\05\07\00\00\00\00\00\01\04\05\07\00\00\00"
    "\02\04\05\07\00\00\00\00\00\02\04\05\07\00\00\00\01\02\04\05\07\00\00\00\00\01\02\04\05\07\00\00"
    "\03\04\05\07\00\00\00\00\00\03\04\05\07\00\00\00\01\03\04\05\07\00\00\00\00\01\03\04\05\07\00\00"
    "\02\03\04\05\07\00\00\00\00\02\03\04\05\07\00\00\01\02\03\04\05\07\00\00\00\01\02\03\04\05\07\00"
    "\06\07\00\00\00\00\00\00\00\06\07\00\00\00\00\00\01\06\07\00\00\00\00\00\00\01\06\07\00\00\00\00"
    "\02\06\07\00\00\00\00\00\00\02\06\07\00\00\00\00\01\02\06\07\00\00\00\00\00\01\02\06\07\00\00\00"
    "\03\06\07\00\00\00\00\00\00\03\06\07\00\00\00\00\01\03\06\07\00\00\00\00\00\01\03\06\07\00\00\00"
    "\02\03\06\07\00\00\00\00\00\02\03\06\07\00\00\00\01\02\03\06\07\00\00\00\00\01\02\03\06\07\00\00"
    "\04\06\07\00\00\00\00\00\00\04\06\07\00\00\00\00\01\04\06\07\00\00\00\00\00\01\04\06\07\00\00\00"
    "\02\04\06\07\00\00\00\00\00\02\04\06\07\00\00\00\01\02\04\06\07\00\00\00\00\01\02\04\06\07\00\00"
    "\03\04\06\07\00\00\00\00\00\03\04\06\07\00\00\00\01\03\04\06\07\00\00\00\00\01\03\04\06\07\00\00"
    "\02\03\04\06\07\00\00\00\00\02\03\04\06\07\00\00\01\02\03\04\06\07\00\00\00\01\02\03\04\06\07\00"
    "\05\06\07\00\00\00\00\00\00\05\06\07\00\00\00\00\01\05\06\07\00\00\00\00\00\01\05\06\07\00\00\00"
    "\02\05\06\07\00\00\00\00\00\02\05\06\07\00\00\00\01\02\05\06\07\00\00\00\00\01\02\05\06\07\00\00"
    "\03\05\06\07\00\00\00\00\00\03\05\06\07\00\00\00\01\03\05\06\07\00\00\00\00\01\03\05\06\07\00\00"
    "\02\03\05\06\07\00\00\00\00\02\03\05\06\07\00\00\01\02\03\05\06\07\00\00\00\01\02\03\05\06\07\00"
    "\04\05\06\07\00\00\00\00\00\04\05\06\07\00\00\00\01\04\05\06\07\00\00\00\00\01\04\05\06\07\00\00"
    "\02\04\05\06\07\00\00\00\00\02\04\05\06\07\00\00\01\02\04\05\06\07\00\00\00\01\02\04\05\06\07\00"
    "\03\04\05\06\07\00\00\00\00\03\04\05\06\07\00\00\01\03\04\05\06\07\00\00\00\01\03\04\05\06\07\00"
    "\02\03\04\05\06\07\00\00\00\02\03\04\05\06\07\00\01\02\03\04\05\06\07\00\00\01\02\03\04\05\06\07")

  ;; What each of 8 bytes would be as the lead byte of a character of up to three, $first and $second behind it: units.
  (@define $units ($lead $first $second)
    (v128.bitselect
      (v128.or
        (v128.or (i16x8.shl $lead (i32.const 12)) (i16x8.shl $first (i32.const 6)))
        $second)
      (v128.bitselect
        $lead
        (v128.or
          (i16x8.shl (v128.and $lead (i16x8.splat (i32.const 0x1f))) (i32.const 6))
          $first)
        (i16x8.lt_u $lead (i16x8.splat (i32.const 0x80))))
      (i16x8.gt_u $lead (i16x8.splat (i32.const 0xdf)))))

  ;; The same of up to two bytes.
  (@define $units_of_two ($lead $second)
    (v128.bitselect
      $lead
      (v128.or (i16x8.shl (v128.and $lead (i16x8.splat (i32.const 0x1f))) (i32.const 6)) $second)
      (i16x8.lt_s $lead (i16x8.splat (i32.const 0x80)))))

  ;; Of 8 units those of the set $lanes, in front.
  (@define $only ($units $lanes)
    (i8x16.swizzle
      $units
      (i16x8.add
        (i16x8.mul
          (v128.load8x8_u $kept (i32.shl $lanes (i32.const 3)))
          (i16x8.splat (i32.const 0x0202)))
        (i16x8.splat (i32.const 0x0100)))))

  ;; Stores the first $count of 8 units at $to, and what is there again behind them.
  (@define $store_first ($to $units $count)
    (v128.store $destination $to
      (v128.bitselect
        $units
        (v128.load $destination $to)
        (i16x8.lt_s (v128.const i16x8 0 1 2 3 4 5 6 7) (i16x8.splat $count)))))

  ;; Gives the units written.
  (func (export "transcode") (param $ptr @S) (param $bytes i32) (param $out @D) (result i32)
    (local $v v128) (local $b v128) (local $c v128) (local $d v128) (local $mask i32) (local $low i32) (local $high i32)

    ;; up to 16 bytes at once, if no character has more than three and there is room to write some units again
    (block $long
      (br_if $long (i32.gt_u (i32.sub (local.get $bytes) (i32.const 1)) (i32.const 15)))
      (br_if $long
        (i64.gt_u
          (i64.add (i64.extend_@S_u (local.get $ptr)) (i64.const 16))
          (i64.shl (i64.extend_@S_u (memory.size $source)) (i64.const 16))))
      (br_if $long
        (i64.gt_u
          (i64.add (i64.extend_@D_u (local.get $out)) (i64.const 32))
          (i64.shl (i64.extend_@D_u (memory.size $destination)) (i64.const 16))))
      (local.set $v (v128.load $source (local.get $ptr)))
      (local.set $mask (i32.sub (i32.shl (i32.const 1) (local.get $bytes)) (i32.const 1)))
      (br_if $long
        (i32.and
          (local.get $mask)
          (i8x16.bitmask (i8x16.ge_u (local.get $v) (i8x16.splat (i32.const 0xf0))))))
      ;; $mask: where characters begin; $b and $c: the low six bits of the byte behind each, and of the next
      (local.set $mask
        (i32.and
          (local.get $mask)
          (i8x16.bitmask (i8x16.ge_s (local.get $v) (i8x16.splat (i32.const 0xc0))))))
      (local.set $b
        (v128.and
          (i8x16.shuffle 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 15 (local.get $v) (local.get $v))
          (i8x16.splat (i32.const 0x3f))))
      (local.set $c
        (i8x16.shuffle 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 15 (local.get $b) (local.get $b)))
      (local.set $low (i32.popcnt (i32.and (local.get $mask) (i32.const 0xff))))
      (local.set $d (i16x8.extend_low_i8x16_u (local.get $v)))
      (@$store_first
        (local.get $out)
        (@$only
          (@$units
            (local.get $d)
            (i16x8.extend_low_i8x16_u (local.get $b))
            (i16x8.extend_low_i8x16_u (local.get $c)))
          (i32.and (local.get $mask) (i32.const 0xff)))
        (local.get $low))
      (local.set $mask (i32.shr_u (local.get $mask) (i32.const 8)))
      (if (i32.eqz (local.get $mask)) (then (return (local.get $low))))
      (local.set $out (@D.add (local.get $out) (@D.extend_i32_u (i32.shl (local.get $low) (i32.const 1)))))
      (local.set $high (i32.popcnt (local.get $mask)))
      (local.set $d (i16x8.extend_high_i8x16_u (local.get $v)))
      (@$store_first
        (local.get $out)
        (@$only
          (@$units
            (local.get $d)
            (i16x8.extend_high_i8x16_u (local.get $b))
            (i16x8.extend_high_i8x16_u (local.get $c)))
          (local.get $mask))
        (local.get $high))
      (return (i32.add (local.get $low) (local.get $high))))
    (return_call $transcode (local.get $ptr) (local.get $bytes) (local.get $out)))

  ;; The same for any text.
  (func $transcode (param $ptr @S) (param $bytes i32) (param $out @D) (result i32)
    (local $end @S) (local $first @D) (local $v v128) (local $mask i32) (local $byte i32) (local $point i32)
    (local $b v128) (local $c v128) (local $d v128) (local $low v128)
   
    (local.set $end (@S.add (local.get $ptr) (@S.extend_i32_u (local.get $bytes))))
    (local.set $first (local.get $out))

    (block $rest
      (loop $next
        (br_if $rest (@S.le_u (@S.sub (local.get $end) (local.get $ptr)) (@S.const 16)))
        (local.set $v (v128.load $source (local.get $ptr)))
        (local.set $mask (i8x16.bitmask (local.get $v)))

        ;; 16 bytes of ASCII, and 64 at a time while there are more
        (if (i32.eqz (local.get $mask))
          (then
            (@$widen 0 16 (local.get $v))
            (local.set $ptr (@S.add (local.get $ptr) (@S.const 16)))
            (local.set $out (@D.add (local.get $out) (@D.const 32)))
            (loop $ascii
              (br_if $next (@S.lt_u (@S.sub (local.get $end) (local.get $ptr)) (@S.const 64)))
              (local.set $v (v128.load $source (local.get $ptr)))
              (local.set $b (v128.load $source offset=16 (local.get $ptr)))
              (local.set $c (v128.load $source offset=32 (local.get $ptr)))
              (local.set $d (v128.load $source offset=48 (local.get $ptr)))
              (br_if $next (i8x16.bitmask
                (v128.or (v128.or (local.get $v) (local.get $b)) (v128.or (local.get $c) (local.get $d)))))
              (@$widen 0 16 (local.get $v))
              (@$widen 32 48 (local.get $b))
              (@$widen 64 80 (local.get $c))
              (@$widen 96 112 (local.get $d))
              (local.set $ptr (@S.add (local.get $ptr) (@S.const 64)))
              (local.set $out (@D.add (local.get $out) (@D.const 128)))
              (br $ascii))))

        (br_if $rest (@S.lt_u (@S.sub (local.get $end) (local.get $ptr)) (@S.const 32)))

        ;; three bytes each: 5 characters, and 10 at a time while there are more
        (if (i32.eq (@$threes (local.get $v)) (i32.const 0x7fff))
          (then
            (v128.store $destination (local.get $out) (@$of_three (local.get $v)))
            (local.set $ptr (@S.add (local.get $ptr) (@S.const 15)))
            (local.set $out (@D.add (local.get $out) (@D.const 10)))
            (loop $threes
              (br_if $next (@S.lt_u (@S.sub (local.get $end) (local.get $ptr)) (@S.const 48)))
              (local.set $v (v128.load $source (local.get $ptr)))
              (local.set $b (v128.load $source offset=15 (local.get $ptr)))
              (br_if $next
                (i32.ne (i32.and (@$threes (local.get $v)) (@$threes (local.get $b))) (i32.const 0x7fff)))
              (v128.store $destination (local.get $out) (@$of_three (local.get $v)))
              (v128.store $destination offset=10 (local.get $out) (@$of_three (local.get $b)))
              (local.set $ptr (@S.add (local.get $ptr) (@S.const 30)))
              (local.set $out (@D.add (local.get $out) (@D.const 20)))
              (br $threes))))

        ;; Some of two bytes in ASCII: what each of 16 bytes is, if a character begins there, and of these those where one does.
        ;; A block may begin with the second byte of a character of the one before: it is left out.
        (if (i32.and
              (@S.ge_u (@S.sub (local.get $end) (local.get $ptr)) (@S.const 65))
              (i32.eqz (v128.any_true (i8x16.ge_u (local.get $v) (i8x16.splat (i32.const 0xe0))))))
          (then
            (loop $twos
              ;; $mask: where characters begin
              (local.set $mask (i8x16.bitmask (i8x16.ge_s (local.get $v) (i8x16.splat (i32.const 0xc0)))))
              (local.set $b
                (v128.and (v128.load $source offset=1 (local.get $ptr)) (i8x16.splat (i32.const 0x3f))))
              (local.set $c (i16x8.extend_low_i8x16_u (local.get $v)))
              (v128.store $destination (local.get $out)
                (@$only
                  (@$units_of_two (local.get $c) (i16x8.extend_low_i8x16_u (local.get $b)))
                  (i32.and (local.get $mask) (i32.const 0xff))))
              (local.set $out
                (@D.add
                  (local.get $out)
                  (@D.extend_i32_u
                    (i32.shl (i32.popcnt (i32.and (local.get $mask) (i32.const 0xff))) (i32.const 1)))))
              (local.set $mask (i32.shr_u (local.get $mask) (i32.const 8)))
              (local.set $c (i16x8.extend_high_i8x16_u (local.get $v)))
              (v128.store $destination (local.get $out)
                (@$only
                  (@$units_of_two (local.get $c) (i16x8.extend_high_i8x16_u (local.get $b)))
                  (local.get $mask)))
              (local.set $out
                (@D.add (local.get $out) (@D.extend_i32_u (i32.shl (i32.popcnt (local.get $mask)) (i32.const 1)))))
              (local.set $ptr (@S.add (local.get $ptr) (@S.const 16)))
              ;; on, with ASCII as well, as long as there is something else in 64 bytes
              (br_if $next (@S.lt_u (@S.sub (local.get $end) (local.get $ptr)) (@S.const 65)))
              (local.set $v (v128.load $source (local.get $ptr)))
              (br_if $next (v128.any_true (i8x16.ge_u (local.get $v) (i8x16.splat (i32.const 0xe0)))))
              (br_if $twos (i8x16.bitmask
                (v128.or
                  (v128.or (local.get $v) (v128.load $source offset=16 (local.get $ptr)))
                  (v128.or
                    (v128.load $source offset=32 (local.get $ptr))
                    (v128.load $source offset=48 (local.get $ptr)))))))
            (br $next)))
        (if (i32.lt_s (i8x16.extract_lane_s 0 (local.get $v)) (i32.const -64))
          (then
            (local.set $ptr (@S.add (local.get $ptr) (@S.const 1)))
            (br $next)))

        ;; any mixture, character by character or some of a kind: first up to 8 of ASCII
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

        ;; the three-byte characters in front, of 5; a third of the equal bytes, for 3 to 15
        (local.set $mask (i32.xor (i32.const 0xffff) (@$threes (local.get $v))))
        (if (i32.eqz (i32.and (local.get $mask) (i32.const 7)))
          (then
            (v128.store $destination (local.get $out) (@$of_three (local.get $v)))
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

    ;; the last 16 bytes, if they are ASCII
    (if (i32.and
          (@S.le_u (@S.sub (local.get $end) (local.get $ptr)) (@S.const 16))
          (i32.ge_u (local.get $bytes) (i32.const 16)))
      (then
        (local.set $v (v128.load $source (@S.sub (local.get $end) (@S.const 16))))
        (if (i32.eqz (i8x16.bitmask (local.get $v)))
          (then
            (local.set $mask (i32.wrap_@S (@S.sub (local.get $end) (local.get $ptr))))
            (local.set $out
              (@D.sub
                (@D.add (local.get $out) (@D.extend_i32_u (i32.shl (local.get $mask) (i32.const 1))))
                (@D.const 32)))
            (@$widen 0 16 (local.get $v))
            (return
              (i32.add
                (i32.shr_u (i32.wrap_@D (@D.sub (local.get $out) (local.get $first))) (i32.const 1))
                (i32.const 16)))))))

    ;; a character at a time
    (block $done
      (br_if $done (@S.ge_u (local.get $ptr) (local.get $end)))
      (if (i32.lt_s (i32.load8_s $source (local.get $ptr)) (i32.const -64))
        (then (local.set $ptr (@S.add (local.get $ptr) (@S.const 1)))))
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
