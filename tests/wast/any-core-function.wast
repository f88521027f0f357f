;; Wherever a core function is accepted any kind of core function may stand: a built-in or an adapter as a destructor,
;; in a table, lifted, as a post-return, re-exported by a core instance, imported by a module with a start function.
;; Explainer.md: Canonical Definitions; CanonicalABI.md: canonopt validation, canon lift, canon resource.drop.

;; destructors: of $Outer the drop of $Inner, of $Inner an adapter; the representation of an outer one is an inner
;; handle
(component definition $D
  (component $Grave
    (core module $M
      (global $sum (mut i32) (i32.const 0))
      (func (export "bury") (param i32)
        (global.set $sum (i32.add (i32.mul (global.get $sum) (i32.const 10)) (local.get 0))))
      (func (export "sum") (result i32) (global.get $sum)))
    (core instance $m (instantiate $M))
    (func (export "bury") (param "v" u32) (canon lift (core func $m "bury")))
    (func (export "sum") (result u32) (canon lift (core func $m "sum"))))
  (instance $grave (instantiate $Grave))
  (component $Shop
    (import "bury" (func $bury (param "v" u32)))
    (core func $bury' (canon lower (func $bury)))
    (type $Inner (resource (rep i32) (dtor (core func $bury'))))
    (core func $new-inner (canon resource.new $Inner))
    (core func $drop-inner (canon resource.drop $Inner))
    (core func $rep-inner (canon resource.rep $Inner))
    (type $Outer (resource (rep i32) (dtor (core func $drop-inner))))
    (core func $new-outer (canon resource.new $Outer))
    (core func $drop-outer (canon resource.drop $Outer))
    (core func $rep-outer (canon resource.rep $Outer))
    ;; in a table, and through a core instance made of parts
    (core instance $parts
      (export "0" (func $new-inner)) (export "1" (func $rep-inner)) (export "2" (func $drop-inner))
      (export "3" (func $bury')) (export "4" (func $new-outer)) (export "5" (func $rep-outer)))
    (core module $M
      (import "" "0" (func $f0 (param i32) (result i32)))
      (import "" "1" (func $f1 (param i32) (result i32)))
      (import "" "2" (func $f2 (param i32)))
      (import "" "3" (func $f3 (param i32)))
      (import "" "4" (func $f4 (param i32) (result i32)))
      (import "" "5" (func $f5 (param i32) (result i32)))
      (type $map (func (param i32) (result i32)))
      (type $take (func (param i32)))
      (table $t 8 funcref)
      (elem (table $t) (i32.const 1) func $f0 $f1 $f2 $f3 $f4 $f5)
      (global $first (mut i32) (i32.const 0))
      (func $start (global.set $first (call_indirect $t (type $map) (i32.const 7) (i32.const 1))))
      (start $start)
      (func (export "first") (result i32) (global.get $first))
      (func (export "map") (param $i i32) (param $v i32) (result i32)
        (call_indirect $t (type $map) (local.get $v) (local.get $i)))
      (func (export "take") (param $i i32) (param $v i32)
        (call_indirect $t (type $take) (local.get $v) (local.get $i))))
    (core instance $m (instantiate $M (with "" (instance $parts))))
    (func (export "first") (result u32) (canon lift (core func $m "first")))
    (func (export "map") (param "i" u32) (param "v" u32) (result u32) (canon lift (core func $m "map")))
    (func (export "take") (param "i" u32) (param "v" u32) (canon lift (core func $m "take")))
    ;; lifted, from the definition and from the parts
    (func (export "new-outer") (param "v" u32) (result u32) (canon lift (core func $new-outer)))
    (func (export "drop-outer") (param "v" u32) (canon lift (core func $drop-outer)))
    (func (export "rep-inner") (param "v" u32) (result u32) (canon lift (core func $parts "1"))))
  (instance $shop (instantiate $Shop (with "bury" (func $grave "bury"))))
  (export "shop" (instance $shop))
  (export "sum" (func $grave "sum")))

(component instance $i $D)
(assert_return (invoke "shop#first") (u32.const 1))
(assert_return (invoke "shop#rep-inner" (u32.const 1)) (u32.const 7))
(assert_return (invoke "shop#map" (u32.const 1) (u32.const 8)) (u32.const 2))
(assert_return (invoke "shop#map" (u32.const 2) (u32.const 2)) (u32.const 8))
(assert_return (invoke "shop#new-outer" (u32.const 2)) (u32.const 3))
(assert_return (invoke "shop#map" (u32.const 6) (u32.const 3)) (u32.const 2))
;; drops the outer, whose destructor drops the inner, whose destructor is another component's
(assert_return (invoke "shop#drop-outer" (u32.const 3)))
(assert_return (invoke "sum") (u32.const 8))
(assert_return (invoke "shop#take" (u32.const 3) (u32.const 1)))
(assert_return (invoke "sum") (u32.const 87))
(assert_return (invoke "shop#take" (u32.const 4) (u32.const 5)))
(assert_return (invoke "sum") (u32.const 875))
;; freed: 3, then 2 by the destructor, then 1
(assert_return (invoke "shop#map" (u32.const 5) (u32.const 9)) (u32.const 1))
(assert_return (invoke "shop#map" (u32.const 1) (u32.const 9)) (u32.const 2))
(assert_return (invoke "shop#map" (u32.const 1) (u32.const 9)) (u32.const 3))
;; the inner handle of an outer one is none: the destructor traps, in the middle of the drop
(assert_trap (invoke "shop#drop-outer" (u32.const 1)) "unknown handle index") ;; unknown-handle

(component instance $i $D)
(assert_trap (invoke "shop#take" (u32.const 1) (u32.const 1)) "indirect call type mismatch") ;; bad-signature
