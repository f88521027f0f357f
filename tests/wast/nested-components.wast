;; Components are values of the graph: imported, passed as arguments, exported, taken out of instances, and instantiated
;; wherever they get to, any number of times. A component takes along what its outer aliases refer to.
;; Explainer.md: Instance Definitions, Alias Definitions, Import and Export Definitions.

;; passed as an argument, instantiated there twice, with different arguments
(component
  (component $Counter
    (import "step" (func $step (result u32)))
    (core func $step' (canon lower (func $step)))
    (core module $M
      (import "" "step" (func $step (result i32)))
      (global $n (mut i32) (i32.const 0))
      (func (export "next") (result i32)
        (global.set $n (i32.add (global.get $n) (call $step)))
        (global.get $n)))
    (core instance $m (instantiate $M (with "" (instance (export "step" (func $step'))))))
    (func (export "next") (result u32) (canon lift (core func $m "next"))))
  (component $Pair
    (import "counter" (component $Counter
      (import "step" (func (result u32)))
      (export "next" (func (result u32)))))
    (core module $M
      (func (export "one") (result i32) (i32.const 1))
      (func (export "ten") (result i32) (i32.const 10)))
    (core instance $m (instantiate $M))
    (func $one (result u32) (canon lift (core func $m "one")))
    (func $ten (result u32) (canon lift (core func $m "ten")))
    (instance $ones (instantiate $Counter (with "step" (func $one))))
    (instance $tens (instantiate $Counter (with "step" (func $ten))))
    (export "ones" (func $ones "next"))
    (export "tens" (func $tens "next")))
  (instance $p (instantiate $Pair (with "counter" (component $Counter))))
  (instance $q (instantiate $Pair (with "counter" (component $Counter))))
  (export "p" (instance $p))
  (export "q" (instance $q)))
(assert_return (invoke "p#ones") (u32.const 1))
(assert_return (invoke "p#ones") (u32.const 2))
(assert_return (invoke "p#tens") (u32.const 10))
(assert_return (invoke "p#tens") (u32.const 20))
(assert_return (invoke "q#ones") (u32.const 1))
(assert_return (invoke "p#ones") (u32.const 3))

;; exported by an instance, with what its outer aliases refer to: each instance of the outer one has its own
(component
  (component $Factory
    (import "base" (func $base (result u32)))
    (core module $Add
      (import "" "base" (func $base (result i32)))
      (func (export "plus") (param i32) (result i32) (i32.add (local.get 0) (call $base))))
    (component $Inner
      (import "b" (func $b (result u32)))
      (core func $b' (canon lower (func $b)))
      (alias outer 1 $Add (core module $Add'))
      (core instance $m (instantiate $Add' (with "" (instance (export "base" (func $b'))))))
      (func (export "plus") (param "v" u32) (result u32) (canon lift (core func $m "plus"))))
    (export "inner" (component $Inner))
    (instance $i (instantiate $Inner (with "b" (func $base))))
    (export "plus" (func $i "plus")))
  (core module $M
    (func (export "five") (result i32) (i32.const 5))
    (func (export "nine") (result i32) (i32.const 9)))
  (core instance $m (instantiate $M))
  (func $five (result u32) (canon lift (core func $m "five")))
  (func $nine (result u32) (canon lift (core func $m "nine")))
  (instance $f (instantiate $Factory (with "base" (func $five))))
  (alias export $f "inner" (component $Inner))
  (instance $i (instantiate $Inner (with "b" (func $nine))))
  (export "plus-five" (func $f "plus"))
  (export "plus-nine" (func $i "plus")))
(assert_return (invoke "plus-five" (u32.const 100)) (u32.const 105))
(assert_return (invoke "plus-nine" (u32.const 100)) (u32.const 109))

;; a component that takes a component that takes a component
(component
  (component $Leaf
    (core module $M (func (export "f") (result i32) (i32.const 3)))
    (core instance $m (instantiate $M))
    (func (export "f") (result u32) (canon lift (core func $m "f"))))
  (component $Outer
    (import "make" (component $Make
      (import "leaf" (component (export "f" (func (result u32)))))
      (export "g" (func (result u32)))))
    (import "leaf" (component $Leaf (export "f" (func (result u32)))))
    (instance $made (instantiate $Make (with "leaf" (component $Leaf))))
    (export "g" (func $made "g")))
  (component $Double
    (import "leaf" (component $Leaf (export "f" (func (result u32)))))
    (instance $a (instantiate $Leaf))
    (instance $b (instantiate $Leaf))
    (core func $a' (canon lower (func $a "f")))
    (core func $b' (canon lower (func $b "f")))
    (core module $M
      (import "" "a" (func $a (result i32)))
      (import "" "b" (func $b (result i32)))
      (func (export "g") (result i32) (i32.add (call $a) (call $b))))
    (core instance $m (instantiate $M (with "" (instance (export "a" (func $a')) (export "b" (func $b'))))))
    (func (export "g") (result u32) (canon lift (core func $m "g"))))
  (instance $o (instantiate $Outer (with "make" (component $Double)) (with "leaf" (component $Leaf))))
  (export "g" (func $o "g")))
(assert_return (invoke "g") (u32.const 6))

;; in instances made of parts, three deep, and given as an argument from there
(component
  (component $C
    (core module $M (func (export "f") (result i32) (i32.const 42)))
    (core instance $m (instantiate $M))
    (func (export "f") (result u32) (canon lift (core func $m "f"))))
  (instance $one (export "c" (component $C)))
  (instance $two (export "one" (instance $one)) (export "c" (component $one "c")))
  (instance $three (export "two" (instance $two)))
  (component $Use
    (import "three" (instance $three
      (export "two" (instance
        (export "one" (instance (export "c" (component (export "f" (func (result u32)))))))))))
    (alias export $three "two" (instance $two))
    (alias export $two "one" (instance $one))
    (alias export $one "c" (component $c))
    (instance $i (instantiate $c))
    (export "f" (func $i "f")))
  (instance $u (instantiate $Use (with "three" (instance $three))))
  (export "f" (func $u "f")))
(assert_return (invoke "f") (u32.const 42))
