;; wasmtime 50.0.1 aborts its process while it translates this valid component (a panic in its dfg.rs: no entry found for
;; key). The destructor is a lower of another component's function, so that it is due where the resource type is defined;
;; another lower is due later, and its lift's core function does not exist yet at the definition.
;; Explainer.md: Canonical Definitions, Type Definitions (dtor). CanonicalABI.md: canon resource.drop.

(component
  (component $Grave
    (core module $M
      (global $last (mut i32) (i32.const 0))
      (func (export "bury") (param i32) (global.set $last (local.get 0)))
      (func (export "last") (result i32) (global.get $last)))
    (core instance $m (instantiate $M))
    (func (export "bury") (param "v" u32) (canon lift (core func $m "bury")))
    (func (export "last") (result u32) (canon lift (core func $m "last"))))
  (component $Shop
    (import "bury" (func $bury (param "v" u32)))
    (core func $bury-core (canon lower (func $bury)))
    (type $item (resource (rep i32) (dtor (core func $bury-core))))
    (core func $new (canon resource.new $item))
    (core func $drop (canon resource.drop $item))
    (core module $M
      (import "" "new" (func $new (param i32) (result i32)))
      (import "" "drop" (func $drop (param i32)))
      (func (export "sell") (param i32) (call $drop (call $new (local.get 0)))))
    (core instance $m (instantiate $M (with "" (instance (export "new" (func $new)) (export "drop" (func $drop))))))
    (func (export "sell") (param "v" u32) (canon lift (core func $m "sell"))))
  (component $User
    (import "sell" (func $sell (param "v" u32)))
    (core func $sell-core (canon lower (func $sell)))
    (core module $M
      (import "" "sell" (func $sell (param i32)))
      (func (export "run") (call $sell (i32.const 42))))
    (core instance $m (instantiate $M (with "" (instance (export "sell" (func $sell-core))))))
    (func (export "run") (canon lift (core func $m "run"))))
  (instance $grave (instantiate $Grave))
  (instance $shop (instantiate $Shop (with "bury" (func $grave "bury"))))
  (instance $user (instantiate $User (with "sell" (func $shop "sell"))))
  (export "run" (func $user "run"))
  (export "last" (func $grave "last")))
(assert_return (invoke "run"))
(assert_return (invoke "last") (u32.const 42))
