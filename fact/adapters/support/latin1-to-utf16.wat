;; Latin-1 to UTF-16     CanonicalABI.md, store_string_copy
(module
  (import "memory" "0" (memory $source @S 0))
  (import "memory" "1" (memory $destination @D 0))

  ;; 16 bytes, 8 to $low and 8 to $high
  (@define $widen ($offset $low $high)
    (local.set $v (v128.load $source offset=$offset (local.get $ptr)))
    (v128.store $destination offset=$low (local.get $out) (i16x8.extend_low_i8x16_u (local.get $v)))
    (v128.store $destination offset=$high (local.get $out) (i16x8.extend_high_i8x16_u (local.get $v))))

  (func (export "widen") (param $ptr @S) (param $bytes i32) (param $out @D)
    (local $left i32) (local $v v128)
    (local.set $left (local.get $bytes))

    (block $rest
      (loop $blocks
        (br_if $rest (i32.lt_u (local.get $left) (i32.const 64)))
        (@$widen 0 0 16)
        (@$widen 16 32 48)
        (@$widen 32 64 80)
        (@$widen 48 96 112)
        (local.set $ptr (@S.add (local.get $ptr) (@S.const 64)))
        (local.set $out (@D.add (local.get $out) (@D.const 128)))
        (local.set $left (i32.sub (local.get $left) (i32.const 64)))
        (br $blocks)))

    (block $rest
      (loop $blocks
        (br_if $rest (i32.lt_u (local.get $left) (i32.const 16)))
        (@$widen 0 0 16)
        (local.set $ptr (@S.add (local.get $ptr) (@S.const 16)))
        (local.set $out (@D.add (local.get $out) (@D.const 32)))
        (local.set $left (i32.sub (local.get $left) (i32.const 16)))
        (br $blocks)))

    (block $done
      (loop $next
        (br_if $done (i32.eqz (local.get $left)))
        (i32.store16 $destination (local.get $out) (i32.load8_u $source (local.get $ptr)))
        (local.set $ptr (@S.add (local.get $ptr) (@S.const 1)))
        (local.set $out (@D.add (local.get $out) (@D.const 2)))
        (local.set $left (i32.sub (local.get $left) (i32.const 1)))
        (br $next)))))
