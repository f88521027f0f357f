;; wasmtime 50.0.1 differs: a lower of a component's own lift traps because the component can't be entered, whatever else is
;; wrong. Called from realloc it should trap first because the component may not be left.
;; CanonicalABI.md: canon lower (trap_if(not may_leave) is the first thing), Embedding (Store.lift, may_enter_from).

(component
  (component $Callee
    (core module $Own (func (export "nothing")))
    (core instance $own (instantiate $Own))
    (func $nothing (canon lift (core func $own "nothing")))
    (core func $nothing-core (canon lower (func $nothing)))
    (core module $M
      (import "" "nothing" (func $nothing))
      (memory (export "memory") 1)
      (func (export "realloc") (param i32 i32 i32 i32) (result i32) (call $nothing) (i32.const 64))
      (func (export "f") (param i32 i32)))
    (core instance $m (instantiate $M (with "" (instance (export "nothing" (func $nothing-core))))))
    (func (export "f") (param "s" string)
      (canon lift (core func $m "f") (memory (core memory $m "memory")) (realloc (core func $m "realloc")))))
  (instance $callee (instantiate $Callee))
  (core module $Memory (memory (export "memory") 1))
  (core instance $memory (instantiate $Memory))
  (core func $f (canon lower (func $callee "f") (memory (core memory $memory "memory"))))
  (core module $Caller
    (import "" "f" (func $f (param i32 i32)))
    (func (export "run") (call $f (i32.const 16) (i32.const 1))))
  (core instance $caller (instantiate $Caller (with "" (instance (export "f" (func $f))))))
  (func (export "run") (canon lift (core func $caller "run"))))
(assert_trap (invoke "run") "cannot leave component instance")
