;; Latin-1 to UTF-16 in place     CanonicalABI.md, store_string_to_latin1_or_utf16
(module
  (import "memory" "0" (memory $memory @S 0))

  ;; The $bytes bytes at $ptr become as many units at $ptr: from the last to the first, for they move up.
  (func (export "inflate") (param $ptr @S) (param $bytes i32)
    (local $from @S) (local $to @S) (local $v v128)
    (local.set $from (@S.add (local.get $ptr) (@S.extend_i32_u (local.get $bytes))))
    (local.set $to (@S.add (local.get $from) (@S.extend_i32_u (local.get $bytes))))

    (block $rest
      (loop $blocks
        (br_if $rest (@S.lt_u (@S.sub (local.get $from) (local.get $ptr)) (@S.const 16)))
        (local.set $from (@S.sub (local.get $from) (@S.const 16)))
        (local.set $to (@S.sub (local.get $to) (@S.const 32)))
        (local.set $v (v128.load $memory (local.get $from)))
        (v128.store $memory (local.get $to) (i16x8.extend_low_i8x16_u (local.get $v)))
        (v128.store $memory offset=16 (local.get $to) (i16x8.extend_high_i8x16_u (local.get $v)))
        (br $blocks)))

    (block $done
      (loop $next
        (br_if $done (@S.eq (local.get $from) (local.get $ptr)))
        (local.set $from (@S.sub (local.get $from) (@S.const 1)))
        (local.set $to (@S.sub (local.get $to) (@S.const 2)))
        (i32.store16 $memory (local.get $to) (i32.load8_u $memory (local.get $from)))
        (br $next)))))
