;; wasmtime 50.0.1 differs: from a post-return that an adapter calls, a component may leave. The same post-return called
;; for the host traps (tests/wast/post-return.wast).
;; CanonicalABI.md: canon lift (may_leave is false while post-return runs), canon lower (trap_if(not may_leave)).

(component definition $D
  (component $Other
    (core module $M (func (export "f")))
    (core instance $m (instantiate $M))
    (func (export "f") (canon lift (core func $m "f"))))
  (instance $other (instantiate $Other))
  (component $Callee
    (import "f" (func $f))
    (core func $f-core (canon lower (func $f)))
    (core module $M
      (import "" "f" (func $f))
      (func (export "g"))
      (func (export "after-g") (call $f)))
    (core instance $m (instantiate $M (with "" (instance (export "f" (func $f-core))))))
    (func (export "g") (canon lift (core func $m "g") (post-return (core func $m "after-g")))))
  (instance $callee (instantiate $Callee (with "f" (func $other "f"))))
  (core func $g (canon lower (func $callee "g")))
  (core module $Caller
    (import "" "g" (func $g))
    (func (export "run") (call $g)))
  (core instance $caller (instantiate $Caller (with "" (instance (export "g" (func $g))))))
  (func (export "run") (canon lift (core func $caller "run"))))

(component instance $i $D)
(assert_trap (invoke "run") "cannot leave component instance")

;; the same with a function of the host
(component
  (import "host-return-two" (func $two (result u32)))
  (component $Callee
    (import "two" (func $two (result u32)))
    (core func $two-core (canon lower (func $two)))
    (core module $M
      (import "" "two" (func $two (result i32)))
      (func (export "g"))
      (func (export "after-g") (drop (call $two))))
    (core instance $m (instantiate $M (with "" (instance (export "two" (func $two-core))))))
    (func (export "g") (canon lift (core func $m "g") (post-return (core func $m "after-g")))))
  (instance $callee (instantiate $Callee (with "two" (func $two))))
  (core func $g (canon lower (func $callee "g")))
  (core module $Caller
    (import "" "g" (func $g))
    (func (export "run") (call $g)))
  (core instance $caller (instantiate $Caller (with "" (instance (export "g" (func $g))))))
  (func (export "run") (canon lift (core func $caller "run"))))
(assert_trap (invoke "run") "cannot leave component instance")
