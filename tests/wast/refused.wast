;; What is no component, and what is no valid one.
;; Binary.md; Explainer.md; CanonicalABI.md: `canonopt` Validation, canon lift, canon lower.

(assert_malformed (component binary "\00asm\0d\00\01") "unexpected end")
(assert_malformed (component binary "\00asm\0e\00\01\00") "unknown binary version")
(assert_malformed (component binary "\00bsm\0d\00\01\00") "magic header not detected")
(assert_malformed (component binary "\00asm\0d\00\01\00" "\63\00") "malformed section id")
(assert_malformed (component binary "\00asm\0d\00\01\00" "\01\08\00asm\01\00") "unexpected end")
(assert_malformed (component binary "\00asm\0d\00\01\00" "\01\7f\00asm\01\00\00\00") "unexpected end")
(assert_malformed (component binary "\00asm\0d\00\01\00" "\07\02\01\00") "invalid leading byte")
(assert_malformed (component quote "(import \"f\"") "expected `(`")
(assert_malformed (component quote "(core module") "expected `)`")
(assert_malformed (component quote "(func (canon lift))") "expected `(`")

(assert_invalid (component (export "f" (func 0))) "unknown function")
(assert_invalid (component (core instance (instantiate 0))) "unknown module")
(assert_invalid (component (instance (instantiate 0))) "unknown component")
(assert_invalid (component (import "f" (func (type 0)))) "type index out of bounds")
(assert_invalid (component (alias outer 1 0 (type))) "invalid outer alias count")
(assert_invalid (component (alias outer 0 0 (type))) "type index out of bounds")
(assert_invalid
  (component (core module $M) (core instance $m (instantiate $M)) (alias core export $m "f" (core func)))
  "has no export named")
(assert_invalid
  (component (core module $M (import "" "f" (func))) (core instance (instantiate $M)))
  "missing module instantiation argument")
(assert_invalid
  (component (component $C (import "f" (func))) (instance (instantiate $C)))
  "missing import named `f`")

;; the core function has another type than the component function flattens to
(assert_invalid
  (component
    (core module $M (func (export "f") (param i64)))
    (core instance $m (instantiate $M))
    (func (export "f") (param "v" u32) (canon lift (core func $m "f"))))
  "lowered parameter types")
(assert_invalid
  (component
    (core module $M (func (export "f") (result f32)))
    (core instance $m (instantiate $M))
    (func (export "f") (result f64) (canon lift (core func $m "f"))))
  "lowered result types")

;; 17 parameters need a realloc to be lifted, and a memory to be lowered
(assert_invalid
  (component
    (core module $M (memory (export "memory") 1) (func (export "f") (param i32)))
    (core instance $m (instantiate $M))
    (func (export "f")
      (param "a" u8) (param "b" u8) (param "c" u8) (param "d" u8) (param "e" u8) (param "f" u8) (param "g" u8)
      (param "h" u8) (param "i" u8) (param "j" u8) (param "k" u8) (param "l" u8) (param "m" u8) (param "n" u8)
      (param "o" u8) (param "p" u8) (param "q" u8)
      (canon lift (core func $m "f") (memory (core memory $m "memory")))))
  "canonical option `realloc` is required")
(assert_invalid
  (component
    (import "f" (func $f
      (param "a" u8) (param "b" u8) (param "c" u8) (param "d" u8) (param "e" u8) (param "f" u8) (param "g" u8)
      (param "h" u8) (param "i" u8) (param "j" u8) (param "k" u8) (param "l" u8) (param "m" u8) (param "n" u8)
      (param "o" u8) (param "p" u8) (param "q" u8)))
    (core func (canon lower (func $f))))
  "canonical option `memory` is required")

;; post-return takes the flat results, and belongs to lift
(assert_invalid
  (component
    (core module $M (func (export "f") (result i32) (i32.const 0)) (func (export "p")))
    (core instance $m (instantiate $M))
    (func (export "f") (result u32) (canon lift (core func $m "f") (post-return (core func $m "p")))))
  "canonical option `post-return` uses a core function with an incorrect signature")
(assert_invalid
  (component
    (core module $M (func (export "p")))
    (core instance $m (instantiate $M))
    (import "f" (func $f))
    (core func (canon lower (func $f) (post-return (core func $m "p")))))
  "canonical option `post-return` cannot be specified for lowerings")

;; names
(assert_invalid (component (import "f" (func)) (import "f" (func))) "conflicts with previous name")
(assert_invalid (component (import "F" (func)) (import "f" (func))) "conflicts with previous name")
(assert_invalid (component (import "no_kebab" (func))) "is not in kebab case")
(assert_invalid (component (import "f" (func (param "a" u8) (param "A" u8)))) "conflicts with previous parameter name")

;; a callee with other parameters than the caller wants
(assert_invalid
  (component
    (component $A
      (core module $M (func (export "f") (param i32)))
      (core instance $m (instantiate $M))
      (func (export "f") (param "v" u8) (canon lift (core func $m "f"))))
    (component $B (import "f" (func (param "v" s8))))
    (instance $a (instantiate $A))
    (instance (instantiate $B (with "f" (func $a "f")))))
  "type mismatch")
(assert_invalid
  (component
    (component $A
      (core module $M (func (export "f") (param i32)))
      (core instance $m (instantiate $M))
      (func (export "f") (param "v" u8) (canon lift (core func $m "f"))))
    (component $B (import "f" (func (param "w" u8))))
    (instance $a (instantiate $A))
    (instance (instantiate $B (with "f" (func $a "f")))))
  "type mismatch")
