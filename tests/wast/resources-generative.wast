;; Each instance of a component that defines a resource type has a type of its own; a component that is given two of
;; them cannot tell that they are defined by the same text, and a handle of one is none of the other.
;; Explainer.md: Type Checking (generative resource types); CanonicalABI.md: Loading (lift_own, lift_borrow), canon
;; resource.drop.

(component definition $D
  (component $Maker
    (core module $Dtor
      (global $n (mut i32) (i32.const 0))
      (func (export "dtor") (param i32) (global.set $n (i32.add (global.get $n) (local.get 0))))
      (func (export "n") (result i32) (global.get $n))
      (func (export "id") (param i32) (result i32) (local.get 0)))
    (core instance $dtor (instantiate $Dtor))
    (type $R' (resource (rep i32) (dtor (core func $dtor "dtor"))))
    (export $R "r" (type $R'))
    (core func $new (canon resource.new $R'))
    (core func $rep (canon resource.rep $R'))
    (core module $M
      (import "" "rep" (func $rep (param i32) (result i32)))
      (func (export "take") (param i32) (result i32) (call $rep (local.get 0))))
    (core instance $m (instantiate $M (with "" (instance (export "rep" (func $rep))))))
    (func (export "make") (param "v" u32) (result (own $R)) (canon lift (core func $new)))
    (func (export "take") (param "r" (own $R)) (result u32) (canon lift (core func $m "take")))
    (func (export "see") (param "r" (borrow $R)) (result u32) (canon lift (core func $dtor "id")))
    (func (export "died") (result u32) (canon lift (core func $dtor "n"))))
  (instance $a (instantiate $Maker))
  (instance $b (instantiate $Maker))

  (component $User
    (import "a" (instance $a
      (export "r" (type $r (sub resource)))
      (export "make" (func (param "v" u32) (result (own $r))))
      (export "take" (func (param "r" (own $r)) (result u32)))
      (export "see" (func (param "r" (borrow $r)) (result u32)))))
    (import "b" (instance $b
      (export "r" (type $r (sub resource)))
      (export "make" (func (param "v" u32) (result (own $r))))
      (export "take" (func (param "r" (own $r)) (result u32)))
      (export "see" (func (param "r" (borrow $r)) (result u32)))))
    (alias export $a "r" (type $ra))
    (alias export $b "r" (type $rb))
    (core func $make-a (canon lower (func $a "make")))
    (core func $make-b (canon lower (func $b "make")))
    (core func $take-a (canon lower (func $a "take")))
    (core func $take-b (canon lower (func $b "take")))
    (core func $see-a (canon lower (func $a "see")))
    (core func $see-b (canon lower (func $b "see")))
    (core func $drop-a (canon resource.drop $ra))
    (core func $drop-b (canon resource.drop $rb))
    (func (export "make-a") (param "v" u32) (result u32) (canon lift (core func $make-a)))
    (func (export "make-b") (param "v" u32) (result u32) (canon lift (core func $make-b)))
    (func (export "take-a") (param "i" u32) (result u32) (canon lift (core func $take-a)))
    (func (export "take-b") (param "i" u32) (result u32) (canon lift (core func $take-b)))
    (func (export "see-a") (param "i" u32) (result u32) (canon lift (core func $see-a)))
    (func (export "see-b") (param "i" u32) (result u32) (canon lift (core func $see-b)))
    (func (export "drop-a") (param "i" u32) (canon lift (core func $drop-a)))
    (func (export "drop-b") (param "i" u32) (canon lift (core func $drop-b))))
  (instance $different (instantiate $User (with "a" (instance $a)) (with "b" (instance $b))))
  (export "different" (instance $different))
  (export "a-died" (func $a "died"))
  (export "b-died" (func $b "died")))

(component instance $i $D)
(assert_return (invoke "different#make-a" (u32.const 1)) (u32.const 1))
(assert_return (invoke "different#make-b" (u32.const 2)) (u32.const 2))
(assert_return (invoke "different#see-a" (u32.const 1)) (u32.const 1))
(assert_return (invoke "different#see-b" (u32.const 2)) (u32.const 2))
(assert_return (invoke "different#drop-a" (u32.const 1)))
(assert_return (invoke "a-died") (u32.const 1))
(assert_return (invoke "b-died") (u32.const 0))
(assert_return (invoke "different#take-b" (u32.const 2)) (u32.const 2))
(assert_return (invoke "b-died") (u32.const 0))

(component instance $i $D)
(assert_return (invoke "different#make-a" (u32.const 1)) (u32.const 1))
(assert_trap (invoke "different#see-b" (u32.const 1)) "used with the wrong type") ;; wrong-resource-type at param r
(component instance $i $D)
(assert_return (invoke "different#make-b" (u32.const 1)) (u32.const 1))
(assert_trap (invoke "different#take-a" (u32.const 1)) "used with the wrong type") ;; wrong-resource-type at param r
(component instance $i $D)
(assert_return (invoke "different#make-b" (u32.const 1)) (u32.const 1))
(assert_trap (invoke "different#drop-a" (u32.const 1)) "used with the wrong type") ;; wrong-resource-type

;; two instances of the whole: types of the inner ones differ as well, and their handles are theirs
(component instance $i $D)
(component instance $j $D)
(assert_return (invoke $i "different#make-a" (u32.const 1)) (u32.const 1))
(assert_trap (invoke $j "different#see-a" (u32.const 1)) "unknown handle index") ;; unknown-handle at param r
(assert_return (invoke $i "different#see-a" (u32.const 1)) (u32.const 1))

;; validation knows as well
(assert_invalid
  (component
    (component $Maker (type $R (resource (rep i32))) (export "r" (type $R)))
    (component $User
      (import "a" (instance $a (export "r" (type $r (sub resource)))))
      (alias export $a "r" (type $r))
      (import "b" (instance (export "r" (type (eq $r))))))
    (instance $a (instantiate $Maker))
    (instance $b (instantiate $Maker))
    (instance (instantiate $User (with "a" (instance $a)) (with "b" (instance $b)))))
  "resource types are not the same")
