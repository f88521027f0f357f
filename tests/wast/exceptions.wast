;; An exception that leaves a component's function is a trap: at the host's boundary, and in an adapter, where a handler
;; of the caller does not see it.
;; CanonicalABI.md: canon lift (call_and_trap_on_throw).

(component definition $D
  (component $A
    (core module $M
      (tag $t)
      (func (export "throw") (throw $t))
      (func (export "catch") (result i32)
        (block $caught
          (try_table (catch_all $caught) (throw $t)))
        (i32.const 1)))
    (core instance $m (instantiate $M))
    (func (export "throw") (canon lift (core func $m "throw")))
    (func (export "catch") (result u32) (canon lift (core func $m "catch"))))
  (instance $a (instantiate $A))
  (core func $throw (canon lower (func $a "throw")))
  (core module $M
    (import "" "throw" (func $throw))
    (func (export "run")
      (block $caught
        (try_table (catch_all $caught) (call $throw)))))
  (core instance $m (instantiate $M (with "" (instance (export "throw" (func $throw))))))
  (func (export "run") (canon lift (core func $m "run")))
  (export "throw" (func $a "throw"))
  (export "catch" (func $a "catch")))

(component instance $1 $D)
(assert_return (invoke "catch") (u32.const 1))
(assert_trap (invoke "throw") "thrown Wasm exception")
(component instance $2 $D)
(assert_trap (invoke "run") "uncaught exception propagated out of component")
