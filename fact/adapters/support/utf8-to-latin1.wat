;; UTF-8, which has been checked, to Latin-1, as far as that goes
;;   CanonicalABI.md, store_string_to_latin1_or_utf16, up to the first realloc
(module
  (import "memory" "0" (memory $source @S 0))
  (import "memory" "1" (memory $destination @D 0))

  ;; Gives the length of the text in front of the first character past 0xff, in bytes of UTF-8 and in bytes of Latin-1: so
  ;; many are written, and no other.
  (func (export "transcode") (param $ptr @S) (param $bytes i32) (param $out @D) (result i32 i32)
    (local $begin @S) (local $end @S) (local $first @D) (local $byte i32)
    (if (i32.ge_u (local.get $bytes) (i32.const 48))
      (then (return_call $transcode (local.get $ptr) (local.get $bytes) (local.get $out))))
    (local.set $begin (local.get $ptr))
    (local.set $end (@S.add (local.get $ptr) (@S.extend_i32_u (local.get $bytes))))
    (local.set $first (local.get $out))
    ;; a character at a time
    (block $done
      (loop $next
        (br_if $done (@S.ge_u (local.get $ptr) (local.get $end)))
        (local.set $byte (i32.load8_u $source (local.get $ptr)))
        (if (i32.lt_u (local.get $byte) (i32.const 0x80))
          (then
            (i32.store8 $destination (local.get $out) (local.get $byte))
            (local.set $ptr (@S.add (local.get $ptr) (@S.const 1)))
            (local.set $out (@D.add (local.get $out) (@D.const 1)))
            (br $next)))
        (br_if $done (i32.ge_u (local.get $byte) (i32.const 0xc4)))
        (local.set $ptr (@S.add (local.get $ptr) (@S.const 1)))
        (i32.store8 $destination (local.get $out)
          (i32.or
            (i32.shl (local.get $byte) (i32.const 6))
            (i32.and (i32.load8_u $source (local.get $ptr)) (i32.const 0x3f))))
        (local.set $ptr (@S.add (local.get $ptr) (@S.const 1)))
        (local.set $out (@D.add (local.get $out) (@D.const 1)))
        (br $next)))
    (i32.wrap_@S (@S.sub (local.get $ptr) (local.get $begin)))
    (i32.wrap_@D (@D.sub (local.get $out) (local.get $first))))

  ;; The same for any text.
  (func $transcode (param $ptr @S) (param $bytes i32) (param $out @D) (result i32 i32)
    (local $begin @S) (local $end @S) (local $narrow @S) (local $first @D) (local $byte i32)
    (local $mask i32) (local $seconds i32) (local $from @S) (local $to @D) (local $at @D)
    (local $v v128) (local $b v128) (local $c v128) (local $d v128)
    (local.set $begin (local.get $ptr))
    (local.set $end (@S.add (local.get $ptr) (@S.extend_i32_u (local.get $bytes))))
    (local.set $first (local.get $out))

    ;; ASCII in front, 64 bytes at a time
    (block $rest
      (loop $ascii
        (br_if $rest (@S.lt_u (@S.sub (local.get $end) (local.get $ptr)) (@S.const 64)))
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
        (br $ascii)))

    ;; up to where, in steps of 64 and 16, no character is past 0xff: lead bytes from c4 on are of those
    (local.set $narrow (local.get $ptr))
    (block $wide
      (loop $more
        (br_if $wide (@S.lt_u (@S.sub (local.get $end) (local.get $narrow)) (@S.const 64)))
        (br_if $wide
          (v128.any_true
            (i8x16.ge_u
              (i8x16.max_u
                (i8x16.max_u
                  (v128.load $source (local.get $narrow))
                  (v128.load $source offset=16 (local.get $narrow)))
                (i8x16.max_u
                  (v128.load $source offset=32 (local.get $narrow))
                  (v128.load $source offset=48 (local.get $narrow))))
              (i8x16.splat (i32.const 0xc4)))))
        (local.set $narrow (@S.add (local.get $narrow) (@S.const 64)))
        (br $more)))
    (block $wide
      (loop $more
        (br_if $wide (@S.lt_u (@S.sub (local.get $end) (local.get $narrow)) (@S.const 16)))
        (br_if $wide
          (v128.any_true (i8x16.ge_u (v128.load $source (local.get $narrow)) (i8x16.splat (i32.const 0xc4)))))
        (local.set $narrow (@S.add (local.get $narrow) (@S.const 16)))
        (br $more)))

    ;; so far 16 bytes at a time are stored as if they were ASCII; where a character of two begins, it is stored over that, and
    ;; 16 bytes from behind it as if they were: so many characters are in the 31 bytes that follow, at least.
    ;; The block may begin with the second byte of a character of the one before: it is left out.
    (block $rest
      (loop $blocks
        (br_if $rest (@S.lt_u (@S.sub (local.get $narrow) (local.get $ptr)) (@S.const 48)))
        (local.set $v (v128.load $source (local.get $ptr)))
        (local.set $mask (i8x16.bitmask (local.get $v)))
        (local.set $seconds (i8x16.bitmask (i8x16.lt_s (local.get $v) (i8x16.splat (i32.const 0xc0)))))
        ;; $mask: where a character of two bytes begins. $at: where the block's first byte goes, if ASCII
        (local.set $mask (i32.xor (local.get $mask) (local.get $seconds)))
        (local.set $byte (i32.and (local.get $seconds) (i32.const 1)))
        (v128.store $destination (local.get $out)
          (v128.load $source (@S.add (local.get $ptr) (@S.extend_i32_u (local.get $byte)))))
        (local.set $at (@D.sub (local.get $out) (@D.extend_i32_u (local.get $byte))))
        (block $no_more
          (loop $twos
            (br_if $no_more (i32.eqz (local.get $mask)))
            (local.set $byte (i32.ctz (local.get $mask)))
            (local.set $mask (i32.and (local.get $mask) (i32.sub (local.get $mask) (i32.const 1))))
            (local.set $from (@S.add (local.get $ptr) (@S.extend_i32_u (local.get $byte))))
            (local.set $to (@D.add (local.get $at) (@D.extend_i32_u (local.get $byte))))
            (i32.store8 $destination (local.get $to)
              (i32.or
                (i32.shl (i32.load8_u $source (local.get $from)) (i32.const 6))
                (i32.and (i32.load8_u $source offset=1 (local.get $from)) (i32.const 0x3f))))
            (v128.store $destination offset=1 (local.get $to) (v128.load $source offset=2 (local.get $from)))
            (local.set $at (@D.sub (local.get $at) (@D.const 1)))
            (br $twos)))
        (local.set $ptr (@S.add (local.get $ptr) (@S.const 16)))
        (local.set $out
          (@D.add
            (local.get $out)
            (@D.extend_i32_u (i32.sub (i32.const 16) (i32.popcnt (local.get $seconds))))))
        (br $blocks)))

    ;; a character at a time; the second byte of the first may have been dealt with above, and is skipped
    (block $done
      (loop $next
        (br_if $done (@S.ge_u (local.get $ptr) (local.get $end)))
        (local.set $byte (i32.load8_u $source (local.get $ptr)))
        (if (i32.lt_u (local.get $byte) (i32.const 0x80))
          (then
            (i32.store8 $destination (local.get $out) (local.get $byte))
            (local.set $ptr (@S.add (local.get $ptr) (@S.const 1)))
            (local.set $out (@D.add (local.get $out) (@D.const 1)))
            (br $next)))
        (br_if $done (i32.ge_u (local.get $byte) (i32.const 0xc4)))
        (local.set $ptr (@S.add (local.get $ptr) (@S.const 1)))
        (br_if $next (i32.lt_u (local.get $byte) (i32.const 0xc0)))
        (i32.store8 $destination (local.get $out)
          (i32.or
            (i32.shl (local.get $byte) (i32.const 6))
            (i32.and (i32.load8_u $source (local.get $ptr)) (i32.const 0x3f))))
        (local.set $ptr (@S.add (local.get $ptr) (@S.const 1)))
        (local.set $out (@D.add (local.get $out) (@D.const 1)))
        (br $next)))
    (i32.wrap_@S (@S.sub (local.get $ptr) (local.get $begin)))
    (i32.wrap_@D (@D.sub (local.get $out) (local.get $first)))))
