;; An outer alias refers to a type, module or component of any enclosing component, counted outwards; in types too,
;; where the declarators of an instance or component type are a scope of their own.
;; Explainer.md: Alias Definitions.

;; five levels, and the same names on the way: what counts is the index
(component $L0
  (core module $M (func (export "f") (result i32) (i32.const 0)))
  (type $T (record (field "level" u32)))
  (component $L1
    (core module $M (func (export "f") (result i32) (i32.const 1)))
    (component $L2
      (core module $M (func (export "f") (result i32) (i32.const 2)))
      (component $L3
        (core module $M (func (export "f") (result i32) (i32.const 3)))
        (component $L4
          (alias outer $L0 $M (core module $M0))
          (alias outer $L1 $M (core module $M1))
          (alias outer $L2 $M (core module $M2))
          (alias outer $L3 $M (core module $M3))
          (core instance $m0 (instantiate $M0))
          (core instance $m1 (instantiate $M1))
          (core instance $m2 (instantiate $M2))
          (core instance $m3 (instantiate $M3))
          (func (export "f0") (result u32) (canon lift (core func $m0 "f")))
          (func (export "f1") (result u32) (canon lift (core func $m1 "f")))
          (func (export "f2") (result u32) (canon lift (core func $m2 "f")))
          (func (export "f3") (result u32) (canon lift (core func $m3 "f")))
          (alias outer 4 $T (type $t'))
          (export $t "t" (type $t'))
          (core module $Id (func (export "f") (param i32) (result i32) (local.get 0)))
          (core instance $id (instantiate $Id))
          (func (export "level") (param "r" $t) (result $t) (canon lift (core func $id "f"))))
        (instance $i (instantiate $L4))
        (export "i" (instance $i)))
      (instance $i (instantiate $L3))
      (export "i" (instance $i "i")))
    (instance $i (instantiate $L2))
    (export "i" (instance $i "i")))
  (instance $i (instantiate $L1))
  (export "i" (instance $i "i")))
(assert_return (invoke "i#f0") (u32.const 0))
(assert_return (invoke "i#f1") (u32.const 1))
(assert_return (invoke "i#f2") (u32.const 2))
(assert_return (invoke "i#f3") (u32.const 3))
(assert_return (invoke "i#level" (record.const (field "level" u32.const 9))) (record.const (field "level" u32.const 9)))

;; a component that comes out of an outer one is instantiated in the middle, with the middle's own arguments
(component
  (component $Twice
    (import "f" (func $f (param "v" u32) (result u32)))
    (core func $f' (canon lower (func $f)))
    (core module $M
      (import "" "f" (func $f (param i32) (result i32)))
      (func (export "g") (param i32) (result i32) (call $f (call $f (local.get 0)))))
    (core instance $m (instantiate $M (with "" (instance (export "f" (func $f'))))))
    (func (export "g") (param "v" u32) (result u32) (canon lift (core func $m "g"))))
  (component $Middle
    (component $Inner
      (core module $Add (func (export "f") (param i32) (result i32) (i32.add (local.get 0) (i32.const 5))))
      (core instance $add (instantiate $Add))
      (func $add' (param "v" u32) (result u32) (canon lift (core func $add "f")))
      (alias outer 2 $Twice (component $Twice'))
      (instance $once (instantiate $Twice' (with "f" (func $add'))))
      (instance $again (instantiate $Twice' (with "f" (func $once "g"))))
      (export "plus-ten" (func $once "g"))
      (export "plus-twenty" (func $again "g")))
    (instance $i (instantiate $Inner))
    (export "plus-ten" (func $i "plus-ten"))
    (export "plus-twenty" (func $i "plus-twenty")))
  (instance $m (instantiate $Middle))
  (export "plus-ten" (func $m "plus-ten"))
  (export "plus-twenty" (func $m "plus-twenty")))
(assert_return (invoke "plus-ten" (u32.const 1)) (u32.const 11))
(assert_return (invoke "plus-twenty" (u32.const 1)) (u32.const 21))

;; in types: two scopes of declarators, then two components
(component
  (type $Num u16)
  (core type $CoreSig (func (param i32) (result i32)))
  (component $User
    (type $Pair (tuple u8 u8))
    (import "deep" (instance $deep
      (export "inner" (instance
        (alias outer 2 $Pair (type $pair))
        (alias outer 3 $Num (type $num))
        (export "sum" (func (param "p" $pair) (result $num)))))
      (alias outer 1 $Pair (type $pair))
      (export "first" (func (param "p" $pair) (result u8)))))
    (import "m" (core module $M
      (alias outer 2 $CoreSig (type $sig))
      (export "f" (func (type $sig)))))
    (alias export $deep "inner" (instance $inner))
    (core func $sum (canon lower (func $inner "sum")))
    (core func $first (canon lower (func $deep "first")))
    (core instance $m (instantiate $M))
    (func (export "sum") (param "a" u8) (param "b" u8) (result u16) (canon lift (core func $sum)))
    (func (export "first") (param "a" u8) (param "b" u8) (result u8) (canon lift (core func $first)))
    (func (export "f") (param "v" u32) (result u32) (canon lift (core func $m "f"))))
  (core module $M
    (func (export "f") (param i32) (result i32) (i32.mul (local.get 0) (i32.const 3)))
    (func (export "sum") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
    (func (export "first") (param i32 i32) (result i32) (local.get 0)))
  (core instance $m (instantiate $M))
  (type $Pair (tuple u8 u8))
  (func $sum (param "p" $Pair) (result u16) (canon lift (core func $m "sum")))
  (func $first (param "p" $Pair) (result u8) (canon lift (core func $m "first")))
  (instance $inner (export "sum" (func $sum)))
  (instance $deep (export "inner" (instance $inner)) (export "first" (func $first)))
  (instance $u (instantiate $User (with "deep" (instance $deep)) (with "m" (core module $M))))
  (export "u" (instance $u)))
(assert_return (invoke "u#sum" (u8.const 200) (u8.const 100)) (u16.const 300))
(assert_return (invoke "u#first" (u8.const 200) (u8.const 100)) (u8.const 200))
(assert_return (invoke "u#f" (u32.const 7)) (u32.const 21))

;; a resource type is no pure type: it does not get inside
(assert_invalid
  (component
    (type $R (resource (rep i32)))
    (component (alias outer 1 $R (type $r))))
  "refers to resources not defined in the current component")
