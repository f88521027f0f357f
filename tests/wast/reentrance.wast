;; A call that comes back into a parent from one of its children stays inside the parent: it is let in.
;; CanonicalABI.md: Component Instances (may_enter_from, entering_set; the callstack host -> M1 -> C1 -> C2 -> M2).
;; Linking.md: Higher-order Shared-Nothing Linking. Calls that are not let in: corpus/findings/reentrance.wast.

(component $P
  (core module $M2
    (global $calls (mut i32) (i32.const 0))
    (func (export "back") (result i32)
      (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
      (global.get $calls)))
  (core instance $m2 (instantiate $M2))
  (func $back (result u32) (canon lift (core func $m2 "back")))
  (component $Child
    (import "f" (func $f (result u32)))
    (core func $f-core (canon lower (func $f)))
    (core module $M
      (import "" "f" (func $f (result i32)))
      (func (export "g") (result i32) (i32.add (i32.const 100) (call $f))))
    (core instance $m (instantiate $M (with "" (instance (export "f" (func $f-core))))))
    (func (export "g") (result u32) (canon lift (core func $m "g"))))
  (instance $c2 (instantiate $Child (with "f" (func $back))))
  (instance $c1 (instantiate $Child (with "f" (func $c2 "g"))))
  (core func $c1-core (canon lower (func $c1 "g")))
  (core module $M1
    (import "" "c1" (func $c1 (result i32)))
    (func (export "run") (result i32) (i32.add (i32.const 1000) (call $c1)))
    (func (export "twice") (result i32) (i32.add (call $c1) (call $c1))))
  (core instance $m1 (instantiate $M1 (with "" (instance (export "c1" (func $c1-core))))))
  (func (export "run") (result u32) (canon lift (core func $m1 "run")))
  (func (export "twice") (result u32) (canon lift (core func $m1 "twice")))
  (export "from-child" (func $c2 "g")))

(assert_return (invoke "run") (u32.const 1201))
(assert_return (invoke "run") (u32.const 1202))
(assert_return (invoke "from-child") (u32.const 103))
(assert_return (invoke "twice") (u32.const 409))

;; a grandchild calls back into the outermost of three
(component
  (core module $M (func (export "seven") (result i32) (i32.const 7)))
  (core instance $m (instantiate $M))
  (func $seven (result u32) (canon lift (core func $m "seven")))
  (component $Middle
    (import "f" (func $f (result u32)))
    (component $Innermost
      (import "f" (func $f (result u32)))
      (core func $f-core (canon lower (func $f)))
      (core module $M
        (import "" "f" (func $f (result i32)))
        (func (export "g") (result i32) (i32.add (i32.const 10) (call $f))))
      (core instance $m (instantiate $M (with "" (instance (export "f" (func $f-core))))))
      (func (export "g") (result u32) (canon lift (core func $m "g"))))
    (instance $innermost (instantiate $Innermost (with "f" (func $f))))
    (export "g" (func $innermost "g")))
  (instance $middle (instantiate $Middle (with "f" (func $seven))))
  (core func $g-core (canon lower (func $middle "g")))
  (core module $N
    (import "" "g" (func $g (result i32)))
    (func (export "run") (result i32) (i32.add (i32.const 100) (call $g))))
  (core instance $n (instantiate $N (with "" (instance (export "g" (func $g-core))))))
  (func (export "run") (result u32) (canon lift (core func $n "run")))
  (export "from-grandchild" (func $middle "g")))
(assert_return (invoke "run") (u32.const 117))
(assert_return (invoke "from-grandchild") (u32.const 17))
