;; wasmtime 50.0.1 differs: a component that is given one resource type for two of its imports finds its handles to be of
;; the wrong type: `make` gives a handle of what the component calls $b, `use` takes one of $a, and both are $Maker's.
;; CanonicalABI.md: Resource State (types are compared by identity), lift_borrow and canon resource.drop
;; (trap_if(h.rt is not t.rt)).

(component definition $D
  (component $Maker
    (type $r' (resource (rep i32)))
    (export $r "r" (type $r'))
    (core func $new (canon resource.new $r))
    (core module $M
      (import "" "new" (func $new (param i32) (result i32)))
      (func (export "make") (result i32) (call $new (i32.const 42)))
      (func (export "use") (param i32) (result i32) (local.get 0)))
    (core instance $m (instantiate $M (with "" (instance (export "new" (func $new))))))
    (func (export "make") (result (own $r)) (canon lift (core func $m "make")))
    (func (export "use") (param "r" (borrow $r)) (result u32) (canon lift (core func $m "use"))))
  (instance $maker (instantiate $Maker))
  (component $Client
    (import "a" (type $a (sub resource)))
    (import "b" (type $b (sub resource)))
    (import "make" (func $make (result (own $b))))
    (import "use" (func $use (param "r" (borrow $a)) (result u32)))
    (core func $make-core (canon lower (func $make)))
    (core func $use-core (canon lower (func $use)))
    (core func $drop-core (canon resource.drop $a))
    (core module $M
      (import "" "make" (func $make (result i32)))
      (import "" "use" (func $use (param i32) (result i32)))
      (import "" "drop" (func $drop (param i32)))
      (func (export "use") (result i32) (call $use (call $make)))
      (func (export "drop") (call $drop (call $make))))
    (core instance $m (instantiate $M (with "" (instance
      (export "make" (func $make-core)) (export "use" (func $use-core)) (export "drop" (func $drop-core))))))
    (func (export "use") (result u32) (canon lift (core func $m "use")))
    (func (export "drop") (canon lift (core func $m "drop"))))
  (instance $client (instantiate $Client
    (with "a" (type $maker "r")) (with "b" (type $maker "r"))
    (with "make" (func $maker "make")) (with "use" (func $maker "use"))))
  (export "use" (func $client "use"))
  (export "drop" (func $client "drop")))

(component instance $one $D)
(assert_return (invoke "use") (u32.const 42))
(component instance $two $D)
(assert_return (invoke "drop"))
