;; A destructor may run in an instance that encloses the one which drops, and may itself call others.
;; CanonicalABI.md: canon resource.drop; Component Instances (entering_set).

;; a parent implements the resource, its child drops it
(component definition $D
  (component $B
    (import "r" (type $r (sub resource)))
    (core func $drop (canon resource.drop $r))
    (core module $M (import "" "drop" (func $drop (param i32))) (func
      (export "f") (param i32) (call $drop (local.get 0))))
    (core instance $m (instantiate $M (with "" (instance (export "drop" (func $drop))))))
    (func (export "f") (param "r" (own $r)) (canon lift (core func $m "f"))))
  (component $Parent
    (alias outer 1 $B (component $B'))
    (core module $Dtor
      (global $n (mut i32) (i32.const 0))
      (func (export "dtor") (param i32) (global.set $n (i32.add (global.get $n) (local.get 0))))
      (func (export "n") (result i32) (global.get $n)))
    (core instance $dtor (instantiate $Dtor))
    (type $R (resource (rep i32) (dtor (core func $dtor "dtor"))))
    (core func $new (canon resource.new $R))
    (instance $b (instantiate $B' (with "r" (type $R))))
    (core func $f (canon lower (func $b "f")))
    (core module $M
      (import "" "new" (func $new (param i32) (result i32)))
      (import "" "f" (func $f (param i32)))
      (func (export "run") (param i32) (call $f (call $new (local.get 0)))))
    (core instance $m (instantiate $M (with "" (instance (export "new" (func $new)) (export "f" (func $f))))))
    (func (export "run") (param "v" u32) (canon lift (core func $m "run")))
    (func (export "n") (result u32) (canon lift (core func $dtor "n"))))
  (instance $p (instantiate $Parent))
  (export "p" (instance $p)))
(component instance $i $D)
(assert_return (invoke "p#run" (u32.const 5)))
(assert_return (invoke "p#n") (u32.const 5))

;; the root drops one, whose destructor in A calls B
(component definition $S
  (component $A
    (import "b" (instance $b
      (export "keep" (func (param "v" u32)))))
    (core func $keep (canon lower (func $b "keep")))
    (core module $Dtor
      (import "" "keep" (func $keep (param i32)))
      (func (export "dtor") (param i32) (call $keep (local.get 0)))
      (func (export "id") (param i32) (result i32) (local.get 0)))
    (core instance $dtor (instantiate $Dtor (with "" (instance (export "keep" (func $keep))))))
    (type $R' (resource (rep i32) (dtor (core func $dtor "dtor"))))
    (export $R "r" (type $R'))
    (core func $new (canon resource.new $R'))
    (func (export "make") (param "v" u32) (result (own $R)) (canon lift (core func $new))))
  (component $B
    (core module $M
      (global $v (mut i32) (i32.const 0))
      (func (export "keep") (param i32) (global.set $v (local.get 0)))
      (func (export "v") (result i32) (global.get $v)))
    (core instance $m (instantiate $M))
    (func (export "keep") (param "v" u32) (canon lift (core func $m "keep")))
    (func (export "v") (result u32) (canon lift (core func $m "v"))))
  (instance $b (instantiate $B))
  (instance $a (instantiate $A (with "b" (instance $b))))
  (alias export $a "r" (type $r))
  (core func $drop (canon resource.drop $r))
  (core func $make (canon lower (func $a "make")))
  (func (export "make") (param "v" u32) (result u32) (canon lift (core func $make)))
  (func (export "drop") (param "v" u32) (canon lift (core func $drop)))
  (export "v" (func $b "v")))
(component instance $i $S)
(assert_return (invoke "make" (u32.const 8)) (u32.const 1))
(assert_return (invoke "drop" (u32.const 1)))
(assert_return (invoke "v") (u32.const 8))
