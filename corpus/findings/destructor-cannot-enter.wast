;; A destructor is a call into the instance that implements the resource, and traps if that instance is running already:
;; A calls its parent, which drops a resource of A's, or has B drop it.
;; CanonicalABI.md: canon resource.drop (Store.lift); Component Instances (may_enter_from).

(component definition $D
  (core module $Shim
    (table (export "t") 2 funcref)
    (type $f (func))
    (func (export "0") (call_indirect (type $f) (i32.const 0)))
    (func (export "1") (call_indirect (type $f) (i32.const 1))))
  (core instance $shim (instantiate $Shim))
  (func $drop-it (canon lift (core func $shim "0")))
  (func $give-it (canon lift (core func $shim "1")))
  (component $A
    (import "drop-it" (func $drop-it))
    (import "give-it" (func $give-it))
    (core func $drop-it' (canon lower (func $drop-it)))
    (core func $give-it' (canon lower (func $give-it)))
    (core module $M
      (import "" "drop-it" (func $drop-it))
      (import "" "give-it" (func $give-it))
      (global $n (mut i32) (i32.const 0))
      (func (export "dtor") (param i32) (global.set $n (i32.add (global.get $n) (local.get 0))))
      (func (export "drop-it") (call $drop-it))
      (func (export "give-it") (call $give-it))
      (func (export "n") (result i32) (global.get $n)))
    (core instance $m (instantiate $M (with "" (instance
      (export "drop-it" (func $drop-it')) (export "give-it" (func $give-it'))))))
    (type $R' (resource (rep i32) (dtor (core func $m "dtor"))))
    (export $R "r" (type $R'))
    (core func $new (canon resource.new $R'))
    (func (export "make") (param "v" u32) (result (own $R)) (canon lift (core func $new)))
    (func (export "drop-it") (canon lift (core func $m "drop-it")))
    (func (export "give-it") (canon lift (core func $m "give-it")))
    (func (export "n") (result u32) (canon lift (core func $m "n"))))
  (instance $a (instantiate $A (with "drop-it" (func $drop-it)) (with "give-it" (func $give-it))))
  (alias export $a "r" (type $r))
  (component $B
    (import "r" (type $r (sub resource)))
    (core func $drop (canon resource.drop $r))
    (core module $M (import "" "drop" (func $drop (param i32))) (func (export "f") (param i32) (call $drop (local.get 0))))
    (core instance $m (instantiate $M (with "" (instance (export "drop" (func $drop))))))
    (func (export "take") (param "r" (own $r)) (canon lift (core func $m "f"))))
  (instance $b (instantiate $B (with "r" (type $r))))
  (core func $make (canon lower (func $a "make")))
  (core func $take (canon lower (func $b "take")))
  (core func $drop (canon resource.drop $r))
  (core module $Fixup
    (import "" "t" (table 2 funcref))
    (import "" "make" (func $make (param i32) (result i32)))
    (import "" "take" (func $take (param i32)))
    (import "" "drop" (func $drop (param i32)))
    (global $h (mut i32) (i32.const 0))
    (func $drop-it (call $drop (global.get $h)))
    (func $give-it (call $take (global.get $h)))
    (elem (i32.const 0) func $drop-it $give-it)
    (func (export "make") (param i32) (global.set $h (call $make (local.get 0))))
    (func (export "drop-it") (call $drop-it))
    (func (export "give-it") (call $give-it)))
  (core instance $fixup (instantiate $Fixup (with "" (instance
    (export "t" (table $shim "t")) (export "make" (func $make)) (export "take" (func $take)) (export "drop" (func $drop))))))
  (func (export "make") (param "v" u32) (canon lift (core func $fixup "make")))
  (func (export "drop-it") (canon lift (core func $fixup "drop-it")))
  (func (export "give-it") (canon lift (core func $fixup "give-it")))
  (export "a" (instance $a)))

;; nobody is in A
(component instance $i $D)
(assert_return (invoke "make" (u32.const 5)))
(assert_return (invoke "drop-it"))
(assert_return (invoke "make" (u32.const 6)))
(assert_return (invoke "give-it"))
(assert_return (invoke "a#n") (u32.const 11))
;; A is running
(component instance $i $D)
(assert_return (invoke "make" (u32.const 5)))
(assert_trap (invoke "a#drop-it") "cannot enter component instance") ;; cannot-enter
(component instance $i $D)
(assert_return (invoke "make" (u32.const 5)))
(assert_trap (invoke "a#give-it") "cannot enter component instance") ;; cannot-enter
