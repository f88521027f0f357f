;; Latin-1 to UTF-8     CanonicalABI.md, store_string_to_utf8
(module
  (import "memory" "0" (memory $source @S 0))
  (import "memory" "1" (memory $destination @D 0))

  ;; The two bytes of each of 8 characters past 0x7f.
  (@define $two ($v)
    (v128.or
      (v128.or (i16x8.shr_u $v (i32.const 6)) (i16x8.splat (i32.const 0x80c0)))
      (v128.and (i16x8.shl $v (i32.const 8)) (i16x8.splat (i32.const 0x3f00)))))

  ;; Copies the ASCII in front, and no other byte; gives its length. Up to 16 bytes at once, if there is room for that.
  (func (export "ascii") (param $ptr @S) (param $bytes i32) (param $out @D) (result i32)
    (local $v v128) (local $count i32)
    (block $long
      (br_if $long (i32.gt_u (local.get $bytes) (i32.const 16)))
      (br_if $long
        (i64.gt_u
          (i64.add (i64.extend_@S_u (local.get $ptr)) (i64.const 16))
          (i64.shl (i64.extend_@S_u (memory.size $source)) (i64.const 16))))
      (br_if $long
        (i64.gt_u
          (i64.add (i64.extend_@D_u (local.get $out)) (i64.const 16))
          (i64.shl (i64.extend_@D_u (memory.size $destination)) (i64.const 16))))
      (local.set $v (v128.load $source (local.get $ptr)))
      (local.set $count
        (i32.ctz
          (i32.or (i8x16.bitmask (local.get $v)) (i32.shl (i32.const 1) (local.get $bytes)))))
      (v128.store $destination (local.get $out)
        (v128.bitselect
          (local.get $v)
          (v128.load $destination (local.get $out))
          (i8x16.lt_s
            (v128.const i8x16 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15)
            (i8x16.splat (local.get $count)))))
      (return (local.get $count)))
    (return_call $ascii (local.get $ptr) (local.get $bytes) (local.get $out)))

  (func $ascii (param $ptr @S) (param $bytes i32) (param $out @D) (result i32)
    (local $left i32) (local $byte i32) (local $v v128) (local $b v128) (local $c v128) (local $d v128)
    (local.set $left (local.get $bytes))
    (block $rest
      (loop $blocks
        (br_if $rest (i32.lt_u (local.get $left) (i32.const 64)))
        (local.set $v (v128.load $source (local.get $ptr)))
        (local.set $b (v128.load $source offset=16 (local.get $ptr)))
        (local.set $c (v128.load $source offset=32 (local.get $ptr)))
        (local.set $d (v128.load $source offset=48 (local.get $ptr)))
        (br_if $rest (i8x16.bitmask
          (v128.or (v128.or (local.get $v) (local.get $b)) (v128.or (local.get $c) (local.get $d)))))
        (v128.store $destination (local.get $out) (local.get $v))
        (v128.store $destination offset=16 (local.get $out) (local.get $b))
        (v128.store $destination offset=32 (local.get $out) (local.get $c))
        (v128.store $destination offset=48 (local.get $out) (local.get $d))
        (local.set $ptr (@S.add (local.get $ptr) (@S.const 64)))
        (local.set $out (@D.add (local.get $out) (@D.const 64)))
        (local.set $left (i32.sub (local.get $left) (i32.const 64)))
        (br $blocks)))
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

  ;; All of it; gives the bytes written.
  (func (export "transcode") (param $ptr @S) (param $bytes i32) (param $out @D) (result i32)
    (local $left i32) (local $first @D) (local $byte i32)
    (if (i32.ge_u (local.get $bytes) (i32.const 32))
      (then (return_call $transcode (local.get $ptr) (local.get $bytes) (local.get $out))))
    (local.set $left (local.get $bytes))
    (local.set $first (local.get $out))
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

  ;; The same for any text.
  (func $transcode (param $ptr @S) (param $bytes i32) (param $out @D) (result i32)
    (local $left i32) (local $first @D) (local $v v128) (local $byte i32)
    (local $mask i32) (local $from @S) (local $to @D)
    (local.set $left (local.get $bytes))
    (local.set $first (local.get $out))

    ;; 16 bytes at a time are stored as if they were ASCII; where one is not, its two bytes are stored over that, and what
    ;; follows it, 16 bytes, as if they were: as many characters follow.
    (block $rest
      (loop $blocks
        (br_if $rest (i32.lt_u (local.get $left) (i32.const 32)))
        (local.set $v (v128.load $source (local.get $ptr)))
        (local.set $mask (i8x16.bitmask (local.get $v)))
        (if (i32.eq (local.get $mask) (i32.const 0xffff))
          (then
            (v128.store $destination (local.get $out) (@$two (i16x8.extend_low_i8x16_u (local.get $v))))
            (v128.store $destination offset=16 (local.get $out) (@$two (i16x8.extend_high_i8x16_u (local.get $v))))
            (local.set $out (@D.add (local.get $out) (@D.const 16))))
          (else
            (v128.store $destination (local.get $out) (local.get $v))
            (block $no_more
              (loop $twos
                (br_if $no_more (i32.eqz (local.get $mask)))
                (local.set $byte (i32.ctz (local.get $mask)))
                (local.set $mask (i32.and (local.get $mask) (i32.sub (local.get $mask) (i32.const 1))))
                (local.set $from (@S.add (local.get $ptr) (@S.extend_i32_u (local.get $byte))))
                (local.set $to (@D.add (local.get $out) (@D.extend_i32_u (local.get $byte))))
                (local.set $byte (i32.load8_u $source (local.get $from)))
                (i32.store16 $destination (local.get $to)
                  (i32.or
                    (i32.or (i32.const 0x80c0) (i32.shr_u (local.get $byte) (i32.const 6)))
                    (i32.shl (i32.and (local.get $byte) (i32.const 0x3f)) (i32.const 8))))
                (v128.store $destination offset=2 (local.get $to) (v128.load $source offset=1 (local.get $from)))
                (local.set $out (@D.add (local.get $out) (@D.const 1)))
                (br $twos)))))
        (local.set $ptr (@S.add (local.get $ptr) (@S.const 16)))
        (local.set $out (@D.add (local.get $out) (@D.const 16)))
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
    (i32.wrap_@D (@D.sub (local.get $out) (local.get $first)))))
