;; wasmtime 50.0.1 aborts its process while it translates this valid component (a panic in its dfg.rs: no entry found for
;; key). The realloc of a lowered host function is an adapter, which is therefore due where a core instance imports the
;; host lower; it is put into one module with the adapter of `late`, whose callee is there only afterwards.
;; CanonicalABI.md: canon lower, canonopt validation (any core function of its type may be the realloc).

(component
  (import "host-return-two" (func $two (result u32)))
  (component $Early
    (core module $M (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 16)))
    (core instance $m (instantiate $M))
    (func (export "realloc") (param "old" u32) (param "old-size" u32) (param "align" u32) (param "size" u32) (result u32)
      (canon lift (core func $m "realloc"))))
  (instance $early (instantiate $Early))
  (core func $realloc (canon lower (func $early "realloc")))
  (core module $Memory (memory (export "m") 1))
  (core instance $memory (instantiate $Memory))
  (core func $two' (canon lower (func $two) (memory (core memory $memory "m")) (realloc (core func $realloc))))
  (core module $User (import "" "two" (func $two (result i32))) (func (export "f") (result i32) (call $two)))
  (core instance $user (instantiate $User (with "" (instance (export "two" (func $two'))))))
  (component $Late
    (core module $M (func (export "late") (result i32) (i32.const 3)))
    (core instance $m (instantiate $M))
    (func (export "late") (result u32) (canon lift (core func $m "late"))))
  (instance $late (instantiate $Late))
  (core func $late' (canon lower (func $late "late")))
  (core module $Last (import "" "late" (func $late (result i32))) (func (export "g") (result i32) (call $late)))
  (core instance $last (instantiate $Last (with "" (instance (export "late" (func $late'))))))
  (func (export "f") (result u32) (canon lift (core func $user "f")))
  (func (export "g") (result u32) (canon lift (core func $last "g"))))
(assert_return (invoke "f") (u32.const 2))
(assert_return (invoke "g") (u32.const 3))
