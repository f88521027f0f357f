;; What is more than the value needs: high bits, the rest of a joined core value, slots that a case does not use. None
;; of it traps, and none of it arrives: what the callee gets is what lowering the value gives.
;; CanonicalABI.md: "Flat Lifting" (lift_flat_variant, lift_flat_unsigned, lift_flat_signed, wrap_i64_to_i32), "Flat
;; Lowering" (lower_flat_variant), Loading (convert_int_to_bool, unpack_flags_from_int).

(component definition $D
  ;; Tells the core value that it got as a payload.
  (component $Callee
    (core module $M
      (func (export "i64") (param i32 i64) (result i64) (local.get 1))
      (func (export "i32") (param i32 i32) (result i32) (local.get 1)))
    (core instance $m (instantiate $M))
    (type $abc-type (flags "a" "b" "c")) (export $abc "abc" (type $abc-type))
    (type $two-type (variant (case "small" u8) (case "large" u64))) (export $two "two-type" (type $two-type))
    (func (export "two") (param "v" $two) (result u64) (canon lift (core func $m "i64")))
    (type $signed-type (variant (case "small" s8) (case "large" u64)))
      (export $signed "signed-type" (type $signed-type))
    (func (export "signed") (param "v" $signed) (result u64) (canon lift (core func $m "i64")))
    (type $bools-type (variant (case "is" bool) (case "large" u64))) (export $bools "bools-type" (type $bools-type))
    (func (export "bools") (param "v" $bools) (result u64) (canon lift (core func $m "i64")))
    (type $single-type (variant (case "f32" f32) (case "large" u64))) (export $single "single-type" (type $single-type))
    (func (export "single") (param "v" $single) (result u64) (canon lift (core func $m "i64")))
    (type $double-type (variant (case "f64" f64) (case "u32" u32))) (export $double "double-type" (type $double-type))
    (func (export "double") (param "v" $double) (result u64) (canon lift (core func $m "i64")))
    (type $maybe-type (variant (case "none") (case "some" u64))) (export $maybe "maybe-type" (type $maybe-type))
    (func (export "maybe") (param "v" $maybe) (result u64) (canon lift (core func $m "i64")))
    (type $same-type (variant (case "f32" f32) (case "u32" u32) (case "u8" u8)))
      (export $same "same-type" (type $same-type))
    (func (export "same") (param "v" $same) (result u32) (canon lift (core func $m "i32")))
    (type $bits-type (variant (case "bits" $abc) (case "all" u32))) (export $bits "bits-type" (type $bits-type))
    (func (export "bits") (param "v" $bits) (result u32) (canon lift (core func $m "i32"))))
  (instance $callee (instantiate $Callee))

  ;; Passes on whatever it is told to, as core values.
  (core func $two (canon lower (func $callee "two")))
  (core func $signed (canon lower (func $callee "signed")))
  (core func $bools (canon lower (func $callee "bools")))
  (core func $single (canon lower (func $callee "single")))
  (core func $double (canon lower (func $callee "double")))
  (core func $maybe (canon lower (func $callee "maybe")))
  (core func $same (canon lower (func $callee "same")))
  (core func $bits (canon lower (func $callee "bits")))
  (core module $M
    (import "" "two" (func $two (param i32 i64) (result i64)))
    (import "" "signed" (func $signed (param i32 i64) (result i64)))
    (import "" "bools" (func $bools (param i32 i64) (result i64)))
    (import "" "single" (func $single (param i32 i64) (result i64)))
    (import "" "double" (func $double (param i32 i64) (result i64)))
    (import "" "maybe" (func $maybe (param i32 i64) (result i64)))
    (import "" "same" (func $same (param i32 i32) (result i32)))
    (import "" "bits" (func $bits (param i32 i32) (result i32)))
    (func (export "two") (param i32 i64) (result i64) (call $two (local.get 0) (local.get 1)))
    (func (export "signed") (param i32 i64) (result i64) (call $signed (local.get 0) (local.get 1)))
    (func (export "bools") (param i32 i64) (result i64) (call $bools (local.get 0) (local.get 1)))
    (func (export "single") (param i32 i64) (result i64) (call $single (local.get 0) (local.get 1)))
    (func (export "double") (param i32 i64) (result i64) (call $double (local.get 0) (local.get 1)))
    (func (export "maybe") (param i32 i64) (result i64) (call $maybe (local.get 0) (local.get 1)))
    (func (export "same") (param i32 i32) (result i32) (call $same (local.get 0) (local.get 1)))
    (func (export "bits") (param i32 i32) (result i32) (call $bits (local.get 0) (local.get 1))))
  (core instance $m (instantiate $M (with "" (instance
    (export "two" (func $two)) (export "signed" (func $signed)) (export "bools" (func $bools))
      (export "single" (func $single))
    (export "double" (func $double)) (export "maybe" (func $maybe)) (export "same" (func $same))
      (export "bits" (func $bits))))))
  (func (export "two") (param "case" u32) (param "payload" u64) (result u64) (canon lift (core func $m "two")))
  (func (export "signed") (param "case" u32) (param "payload" u64) (result u64) (canon lift (core func $m "signed")))
  (func (export "bools") (param "case" u32) (param "payload" u64) (result u64) (canon lift (core func $m "bools")))
  (func (export "single") (param "case" u32) (param "payload" u64) (result u64) (canon lift (core func $m "single")))
  (func (export "double") (param "case" u32) (param "payload" u64) (result u64) (canon lift (core func $m "double")))
  (func (export "maybe") (param "case" u32) (param "payload" u64) (result u64) (canon lift (core func $m "maybe")))
  (func (export "same") (param "case" u32) (param "payload" u32) (result u32) (canon lift (core func $m "same")))
  (func (export "bits") (param "case" u32) (param "payload" u32) (result u32) (canon lift (core func $m "bits"))))

;; a u8, an s8, a bool in an i64
(component instance $i0 $D)
(assert_return (invoke "two" (u32.const 0) (u64.const 0xffffffffffffffff)) (u64.const 255))
(assert_return (invoke "two" (u32.const 0) (u64.const 0x123456789abcde07)) (u64.const 7))
(assert_return (invoke "two" (u32.const 1) (u64.const 0xffffffffffffffff)) (u64.const 0xffffffffffffffff))
(assert_return (invoke "signed" (u32.const 0) (u64.const 0xabcdef0123456780)) (u64.const 0xffffff80))
(assert_return (invoke "signed" (u32.const 0) (u64.const 0xffffff7f)) (u64.const 0x7f))
(assert_return (invoke "bools" (u32.const 0) (u64.const 0x100000000)) (u64.const 0))
(assert_return (invoke "bools" (u32.const 0) (u64.const 0x8000000000000002)) (u64.const 1))

;; an f32 in an i64, an f64 beside a u32
(assert_return (invoke "single" (u32.const 0) (u64.const 0xdeadbeef3fc00000)) (u64.const 0x3fc00000))
(assert_return (invoke "double" (u32.const 0) (u64.const 0x3ff8000000000000)) (u64.const 0x3ff8000000000000))
(assert_return (invoke "double" (u32.const 1) (u64.const 0xffffffff00000001)) (u64.const 1))

;; a case without payload
(assert_return (invoke "maybe" (u32.const 0) (u64.const 0xffffffffffffffff)) (u64.const 0))
(assert_return (invoke "maybe" (u32.const 1) (u64.const 0xffffffffffffffff)) (u64.const 0xffffffffffffffff))

;; in an i32, where nothing has to be widened
(assert_return (invoke "same" (u32.const 0) (u32.const 0xbfc00000)) (u32.const 0xbfc00000))
(assert_return (invoke "same" (u32.const 1) (u32.const 0xffffffff)) (u32.const 0xffffffff))
(assert_return (invoke "same" (u32.const 2) (u32.const 0xffffff01)) (u32.const 1))
(assert_return (invoke "bits" (u32.const 0) (u32.const 0xfffffffd)) (u32.const 5))
(assert_return (invoke "bits" (u32.const 1) (u32.const 0xfffffffd)) (u32.const 0xfffffffd))
