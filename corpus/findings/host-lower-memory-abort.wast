;; wasmtime 50.0.1 aborts its process while it translates this valid component (a panic in its dfg.rs: no entry found for
;; key). The two functions that are lowered are due at different steps; what the second one is made of, a host lower with
;; a memory, does not exist yet at the first.
;; Explainer.md: Canonical Definitions. CanonicalABI.md: canon lift (any core function may be lifted), canon lower.

(component
  (import "host-return-two" (func $two (result u32)))
  (component $Early
    (core module $M (func (export "f") (result i32) (i32.const 1)))
    (core instance $m (instantiate $M))
    (func (export "f") (result u32) (canon lift (core func $m "f"))))
  (component $Late
    (import "two" (func $two (result u32)))
    (core module $M (memory (export "memory") 1))
    (core instance $m (instantiate $M))
    (core func $two-core (canon lower (func $two) (memory (core memory $m "memory"))))
    (func (export "f") (result u32) (canon lift (core func $two-core))))
  (component $User
    (import "f" (func $f (result u32)))
    (core func $f-core (canon lower (func $f)))
    (core module $M
      (import "" "f" (func $f (result i32)))
      (func (export "g") (result i32) (call $f)))
    (core instance $m (instantiate $M (with "" (instance (export "f" (func $f-core))))))
    (func (export "g") (result u32) (canon lift (core func $m "g"))))
  (instance $early (instantiate $Early))
  (instance $first (instantiate $User (with "f" (func $early "f"))))
  (instance $late (instantiate $Late (with "two" (func $two))))
  (instance $second (instantiate $User (with "f" (func $late "f"))))
  (export "first" (func $first "g"))
  (export "second" (func $second "g")))
(assert_return (invoke "first") (u32.const 1))
(assert_return (invoke "second") (u32.const 2))
