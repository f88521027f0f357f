;; Several instances of one component share code and nothing else. Components defined in another refer to what lies
;; outside of them by outer aliases: types, components and core modules, one level up or more.
;; Explainer.md: Instance Definitions, Alias Definitions.

(component
  (component $Counter
    (core module $M
      (global $n (mut i32) (i32.const 0))
      (func (export "add") (param i32) (result i32)
        (global.set $n (i32.add (global.get $n) (local.get 0)))
        (global.get $n)))
    (core instance $m (instantiate $M))
    (func (export "add") (param "v" s32) (result s32) (canon lift (core func $m "add"))))
  (instance $a (instantiate $Counter))
  (instance $b (instantiate $Counter))
  (component $Both
    (import "left" (func $left (param "v" s32) (result s32)))
    (import "right" (func $right (param "v" s32) (result s32)))
    (core func $left-core (canon lower (func $left)))
    (core func $right-core (canon lower (func $right)))
    (core module $M
      (import "" "left" (func $left (param i32) (result i32)))
      (import "" "right" (func $right (param i32) (result i32)))
      (func (export "minus") (param i32) (result i32)
        (i32.sub (call $left (local.get 0)) (call $right (local.get 0)))))
    (core instance $m (instantiate $M (with "" (instance
      (export "left" (func $left-core)) (export "right" (func $right-core))))))
    (func (export "minus") (param "v" s32) (result s32) (canon lift (core func $m "minus"))))
  (instance $ab (instantiate $Both (with "left" (func $a "add")) (with "right" (func $b "add"))))
  (instance $ba (instantiate $Both (with "left" (func $b "add")) (with "right" (func $a "add"))))
  (instance $aa (instantiate $Both (with "left" (func $a "add")) (with "right" (func $a "add"))))
  (export "a" (func $a "add"))
  (export "b" (func $b "add"))
  (export "a-minus-b" (func $ab "minus"))
  (export "b-minus-a" (func $ba "minus"))
  (export "a-minus-a" (func $aa "minus")))
(assert_return (invoke "a" (s32.const 5)) (s32.const 5))
(assert_return (invoke "b" (s32.const -3)) (s32.const -3))
(assert_return (invoke "a-minus-b" (s32.const 1)) (s32.const 8))
(assert_return (invoke "b-minus-a" (s32.const 1)) (s32.const -8))
(assert_return (invoke "a-minus-a" (s32.const 10)) (s32.const -10))
(assert_return (invoke "a" (s32.const 0)) (s32.const 27))

;; a component instantiated by two others, one of them twice, through outer aliases
(component
  (core module $Constant (func (export "f") (result i32) (i32.const 41)))
  (component $Leaf
    (core module $M
      (global $n (mut i32) (i32.const 0))
      (func (export "next") (result i32)
        (global.set $n (i32.add (global.get $n) (i32.const 1)))
        (global.get $n)))
    (core instance $m (instantiate $M))
    (func (export "next") (result u32) (canon lift (core func $m "next"))))
  (component $One
    (alias outer 1 $Leaf (component $Leaf1))
    (instance $leaf (instantiate $Leaf1))
    (export "next" (func $leaf "next")))
  (component $Two
    (component $Inner
      (alias outer 2 $Leaf (component $Leaf2))
      (alias outer 2 $Constant (core module $Constant2))
      (instance $leaf (instantiate $Leaf2))
      (core instance $constant (instantiate $Constant2))
      (func (export "constant") (result u8) (canon lift (core func $constant "f")))
      (export "next" (func $leaf "next")))
    (instance $inner1 (instantiate $Inner))
    (instance $inner2 (instantiate $Inner))
    (export "next1" (func $inner1 "next"))
    (export "next2" (func $inner2 "next"))
    (export "constant" (func $inner2 "constant")))
  (instance $one (instantiate $One))
  (instance $two (instantiate $Two))
  (export "one" (func $one "next"))
  (export "two1" (func $two "next1"))
  (export "two2" (func $two "next2"))
  (export "constant" (func $two "constant")))
(assert_return (invoke "one") (u32.const 1))
(assert_return (invoke "one") (u32.const 2))
(assert_return (invoke "two1") (u32.const 1))
(assert_return (invoke "two2") (u32.const 1))
(assert_return (invoke "two1") (u32.const 2))
(assert_return (invoke "one") (u32.const 3))
(assert_return (invoke "constant") (u8.const 41))

;; a type one and two levels up
(component
  (type $unary (func (param "v" u8) (result u8)))
  (component $Outer
    (component $Inner
      (alias outer 2 $unary (type $unary2))
      (core module $M (func (export "f") (param i32) (result i32) (i32.xor (local.get 0) (i32.const 0xff))))
      (core instance $m (instantiate $M))
      (func (export "not") (type $unary2) (canon lift (core func $m "f"))))
    (alias outer 1 $unary (type $unary1))
    (instance $inner (instantiate $Inner))
    (alias export $inner "not" (func $not))
    (export "not" (func $not) (func (type $unary1))))
  (instance $outer (instantiate $Outer))
  (export "not" (func $outer "not")))
(assert_return (invoke "not" (u8.const 0x0f)) (u8.const 0xf0))

;; a diamond: two components share the instance that a third one is given by both
(component
  (component $Base
    (core module $M
      (global $n (mut i32) (i32.const 0))
      (func (export "next") (result i32)
        (global.set $n (i32.add (global.get $n) (i32.const 1)))
        (global.get $n)))
    (core instance $m (instantiate $M))
    (func (export "next") (result u32) (canon lift (core func $m "next"))))
  (component $Side
    (import "base" (instance $base (export "next" (func (result u32)))))
    (core func $next (canon lower (func $base "next")))
    (core module $M
      (import "" "next" (func $next (result i32)))
      (func (export "next") (result i32) (i32.mul (call $next) (i32.const 10))))
    (core instance $m (instantiate $M (with "" (instance (export "next" (func $next))))))
    (func (export "next") (result u32) (canon lift (core func $m "next"))))
  (component $Top
    (import "left" (instance $left (export "next" (func (result u32)))))
    (import "right" (instance $right (export "next" (func (result u32)))))
    (core func $left-next (canon lower (func $left "next")))
    (core func $right-next (canon lower (func $right "next")))
    (core module $M
      (import "" "left" (func $left (result i32)))
      (import "" "right" (func $right (result i32)))
      (func (export "run") (result i32) (i32.add (i32.mul (call $left) (i32.const 1000)) (call $right))))
    (core instance $m (instantiate $M (with "" (instance
      (export "left" (func $left-next)) (export "right" (func $right-next))))))
    (func (export "run") (result u32) (canon lift (core func $m "run"))))
  (instance $base (instantiate $Base))
  (instance $left (instantiate $Side (with "base" (instance $base))))
  (instance $right (instantiate $Side (with "base" (instance $base))))
  (instance $top (instantiate $Top (with "left" (instance $left)) (with "right" (instance $right))))
  (export "run" (func $top "run")))
(assert_return (invoke "run") (u32.const 10020))
(assert_return (invoke "run") (u32.const 30040))
