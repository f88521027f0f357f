;; A component is an argument like others: whoever is given one sees its imports and exports alone, instantiates it as
;; often as it likes, each time with other modules, resource types and instances, also with what its own instances export.
;; Explainer.md: Instance Definitions, Type Definitions (componenttype, typebound), Type Checking; Alias Definitions.

;; imports of every sort, given twice; the resource types are those of two instances of one component
(component
  (component $Adder
    (import "code" (core module $Code
      (export "memory" (memory 1))
      (export "add" (func (param i32) (result i32)))))
    (import "it" (type $it (sub resource)))
    (import "maker" (instance $maker
      (alias outer 1 $it (type $it'))
      (export "r" (type $r (eq $it')))
      (export "make" (func (param "v" u32) (result (own $r))))
      (export "look" (func (param "v" (borrow $r)) (result u32)))))
    (core instance $code (instantiate $Code))
    (core func $make (canon lower (func $maker "make")))
    (core func $look (canon lower (func $maker "look")))
    (core func $drop (canon resource.drop $it))
    (core module $M
      (import "code" "add" (func $add (param i32) (result i32)))
      (import "" "make" (func $make (param i32) (result i32)))
      (import "" "look" (func $look (param i32) (result i32)))
      (import "" "drop" (func $drop (param i32)))
      (func (export "run") (result i32) (local $r i32)
        (local.set $r (call $make (call $add (i32.const 5))))
        (call $look (local.get $r))
        (call $drop (local.get $r))))
    (core instance $m (instantiate $M
      (with "code" (instance $code))
      (with "" (instance (export "make" (func $make)) (export "look" (func $look)) (export "drop" (func $drop))))))
    (func (export "run") (result u32) (canon lift (core func $m "run")))
    (func (export "unasked") (result u32) (canon lift (core func $m "run"))))
  (component $User
    (import "adder" (component $Adder
      (import "code" (core module
        (export "memory" (memory 1))
        (export "add" (func (param i32) (result i32)))))
      (import "it" (type $it (sub resource)))
      (import "maker" (instance
        (alias outer 1 $it (type $it'))
        (export "r" (type $r (eq $it')))
        (export "make" (func (param "v" u32) (result (own $r))))
        (export "look" (func (param "v" (borrow $r)) (result u32)))))
      (export "run" (func (result u32)))))
    (core module $One
      (memory (export "memory") 1)
      (func (export "add") (param i32) (result i32) (i32.add (local.get 0) (i32.const 1))))
    (core module $Two
      (memory (export "memory") 1)
      (func (export "add") (param i32) (result i32) (i32.add (local.get 0) (i32.const 2))))
    (component $Shop
      (core module $M
        (global $buried (mut i32) (i32.const 0))
        (func (export "bury") (param i32) (global.set $buried (i32.add (global.get $buried) (local.get 0))))
        (func (export "buried") (result i32) (global.get $buried))
        (func (export "same") (param i32) (result i32) (local.get 0)))
      (core instance $m (instantiate $M))
      (type $r' (resource (rep i32) (dtor (core func $m "bury"))))
      (core func $new (canon resource.new $r'))
      (export $r "r" (type $r'))
      (func (export "make") (param "v" u32) (result (own $r)) (canon lift (core func $new)))
      (func (export "look") (param "v" (borrow $r)) (result u32) (canon lift (core func $m "same")))
      (func (export "buried") (result u32) (canon lift (core func $m "buried"))))
    (instance $a (instantiate $Shop))
    (instance $b (instantiate $Shop))
    (instance $one (instantiate $Adder
      (with "code" (core module $One)) (with "it" (type $a "r")) (with "maker" (instance $a))))
    (instance $two (instantiate $Adder
      (with "code" (core module $Two)) (with "it" (type $b "r")) (with "maker" (instance $b))))
    (export "one" (func $one "run"))
    (export "two" (func $two "run"))
    (export "buried-a" (func $a "buried"))
    (export "buried-b" (func $b "buried")))
  (instance $user (instantiate $User (with "adder" (component $Adder))))
  (export "user" (instance $user)))
(assert_return (invoke "user#one") (u32.const 6))
(assert_return (invoke "user#two") (u32.const 7))
(assert_return (invoke "user#two") (u32.const 7))
(assert_return (invoke "user#buried-a") (u32.const 6))
(assert_return (invoke "user#buried-b") (u32.const 14))

;; the third is given a function of the second, and that one of the first; an argument that nobody asked for is one that
;; the declared type has
(component
  (component $Next
    (import "f" (func $f (result u32)))
    (core func $f' (canon lower (func $f)))
    (core module $M
      (import "" "f" (func $f (result i32)))
      (func (export "f") (result i32) (i32.add (i32.mul (i32.const 10) (call $f)) (i32.const 1))))
    (core instance $m (instantiate $M (with "" (instance (export "f" (func $f'))))))
    (func (export "f") (result u32) (canon lift (core func $m "f"))))
  (component $User
    (import "next" (component $Next
      (import "f" (func (result u32)))
      (import "unasked" (func))
      (export "f" (func (result u32)))))
    (import "f" (func $f (result u32)))
    (import "g" (func $g))
    (instance $a (instantiate $Next (with "f" (func $f)) (with "unasked" (func $g))))
    (instance $b (instantiate $Next (with "unasked" (func $g)) (with "f" (func $a "f"))))
    (instance $c (instantiate $Next (with "f" (func $b "f")) (with "unasked" (func $g))))
    (export "c" (instance $c)))
  (core module $M (func (export "f") (result i32) (i32.const 7)) (func (export "g")))
  (core instance $m (instantiate $M))
  (func $f (result u32) (canon lift (core func $m "f")))
  (func $g (canon lift (core func $m "g")))
  (instance $user (instantiate $User
    (with "next" (component $Next)) (with "f" (func $f)) (with "g" (func $g))))
  (alias export $user "c" (instance $c))
  (export "f" (func $c "f")))
(assert_return (invoke "f") (u32.const 7111))

;; one resource type under three names in three interfaces, two of them bound to the first
(component
  (component $Shop
    (type $r' (resource (rep i32)))
    (core func $new (canon resource.new $r'))
    (core module $M (func (export "look") (param i32) (result i32) (local.get 0)))
    (core instance $m (instantiate $M))
    (export $r "r" (type $r'))
    (export $again "again" (type $r))
    (func (export "make") (param "v" u32) (result (own $r)) (canon lift (core func $new)))
    (func (export "look") (param "v" (borrow $again)) (result u32) (canon lift (core func $m "look"))))
  (component $User
    (import "types" (instance $types (export "r" (type (sub resource)))))
    (alias export $types "r" (type $r))
    (import "one" (instance $one
      (alias outer 1 $r (type $r'))
      (export "r" (type $r (eq $r')))
      (export "make" (func (param "v" u32) (result (own $r))))))
    (import "two" (instance $two
      (alias outer 1 $r (type $r'))
      (export "r" (type $r (eq $r')))
      (export "again" (type $again (eq $r)))
      (export "look" (func (param "v" (borrow $again)) (result u32)))))
    (alias export $two "again" (type $again))
    (core func $make (canon lower (func $one "make")))
    (core func $look (canon lower (func $two "look")))
    (core func $drop (canon resource.drop $again))
    (core module $M
      (import "" "make" (func $make (param i32) (result i32)))
      (import "" "look" (func $look (param i32) (result i32)))
      (import "" "drop" (func $drop (param i32)))
      (func (export "run") (result i32) (local $r i32)
        (local.set $r (call $make (i32.const 5)))
        (call $look (local.get $r))
        (call $drop (local.get $r))))
    (core instance $m (instantiate $M
      (with "" (instance (export "make" (func $make)) (export "look" (func $look)) (export "drop" (func $drop))))))
    (func (export "run") (result u32) (canon lift (core func $m "run"))))
  (instance $shop (instantiate $Shop))
  (instance $user (instantiate $User
    (with "types" (instance $shop)) (with "one" (instance $shop)) (with "two" (instance $shop))))
  (export "run" (func $user "run")))
(assert_return (invoke "run") (u32.const 5))

;; module types that name function types from two scopes outside, in an instance type and in one inside that
(component $Root
  (core type $give (func (result i32)))
  (component $User
    (import "x" (instance $x
      (alias outer $Root $give (core type $give))
      (core type $mt (module
        (alias outer 1 $give (type $give))
        (export "f" (func (type $give)))))
      (export "m" (core module (type $mt)))
      (type $inner (instance
        (alias outer 1 $mt (core type $mt'))
        (export "m" (core module (type $mt')))))
      (export "inner" (instance (type $inner)))))
    (alias export $x "m" (core module $m))
    (alias export $x "inner" (instance $inner))
    (alias export $inner "m" (core module $n))
    (core instance $m (instantiate $m))
    (core instance $n (instantiate $n))
    (func (export "m") (result u32) (canon lift (core func $m "f")))
    (func (export "n") (result u32) (canon lift (core func $n "f"))))
  (core module $M (func (export "g")) (func (export "f") (result i32) (i32.const 11)))
  (core module $N (func (export "f") (result i32) (i32.const 12)))
  (instance $inner (export "m" (core module $N)))
  (instance $x (export "m" (core module $M)) (export "inner" (instance $inner)))
  (instance $user (instantiate $User (with "x" (instance $x))))
  (export "m" (func $user "m"))
  (export "n" (func $user "n")))
(assert_return (invoke "m") (u32.const 11))
(assert_return (invoke "n") (u32.const 12))
