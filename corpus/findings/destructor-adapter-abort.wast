;; wasmtime 50.0.1 aborts its process while it translates this valid component (a panic in its dfg.rs: no entry found
;; for key). The destructor of a resource type is a lowered function of a sibling, so that its adapter is due where the
;; type is defined; it is put into one module with the adapter of `make`, whose callee is there only later.
;; Binary.md: Type Definitions (a destructor is any core function). CanonicalABI.md: Resource State.

(component
  (component $Logger
    (core module $M
      (global $sum (mut i32) (i32.const 0))
      (func (export "add") (param i32) (global.set $sum (i32.add (global.get $sum) (local.get 0))))
      (func (export "sum") (result i32) (global.get $sum)))
    (core instance $m (instantiate $M))
    (func (export "add") (param "x" u32) (canon lift (core func $m "add")))
    (func (export "sum") (result u32) (canon lift (core func $m "sum"))))
  (instance $logger (instantiate $Logger))
  (component $Owner
    (import "add" (func $add (param "x" u32)))
    (core func $add' (canon lower (func $add)))
    (type $r' (resource (rep i32) (dtor (core func $add'))))
    (export $r "r" (type $r'))
    (core func $new (canon resource.new $r))
    (core module $M
      (import "" "new" (func $new (param i32) (result i32)))
      (func (export "make") (param i32) (result i32) (call $new (local.get 0))))
    (core instance $m (instantiate $M (with "" (instance (export "new" (func $new))))))
    (func (export "make") (param "rep" u32) (result (own $r)) (canon lift (core func $m "make"))))
  (instance $owner (instantiate $Owner (with "add" (func $logger "add"))))
  (alias export $owner "r" (type $r))
  (core func $make (canon lower (func $owner "make")))
  (core func $drop (canon resource.drop $r))
  (core module $M
    (import "" "make" (func $make (param i32) (result i32)))
    (import "" "drop" (func $drop (param i32)))
    (func (export "run") (call $drop (call $make (i32.const 42)))))
  (core instance $m (instantiate $M (with "" (instance (export "make" (func $make)) (export "drop" (func $drop))))))
  (func (export "run") (canon lift (core func $m "run")))
  (export "sum" (func $logger "sum")))
(assert_return (invoke "run"))
(assert_return (invoke "sum") (u32.const 42))
