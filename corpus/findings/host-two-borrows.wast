;; wasmtime 50.0.1 ends a call of a host function with two borrowed parameters with "BUG: deferred host scope has no call
;; context" when the host function is defined dynamically, as its C API and its Python package do. One is fine.
;; CanonicalABI.md: Loading (lift_borrow), canon lower (the callee is the host).

(component
  (import "host" (instance $host
    (export "resource1" (type $r (sub resource)))
    (export "[constructor]resource1" (func (param "r" u32) (result (own $r))))
    (export "[method]resource1.take-borrow" (func (param "self" (borrow $r)) (param "b" (borrow $r))))))
  (core func $new (canon lower (func $host "[constructor]resource1")))
  (core func $take (canon lower (func $host "[method]resource1.take-borrow")))
  (core module $M
    (import "" "new" (func $new (param i32) (result i32))) (import "" "take" (func $take (param i32 i32)))
    (func (export "run") (call $take (call $new (i32.const 1)) (call $new (i32.const 2)))))
  (core instance $m (instantiate $M (with "" (instance (export "new" (func $new)) (export "take" (func $take))))))
  (func (export "run") (canon lift (core func $m "run"))))
(assert_return (invoke "run"))
