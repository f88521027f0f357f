;; An owned handle leaves the table of the component that passes it, and gets an index in that of the one that receives
;; it: as a parameter, as a result, there and back. The representation stays what it was.
;; CanonicalABI.md: Loading (lift_own), Storing (lower_own), canon resource.rep.

(component definition $D
  (component $Shop
    (type $Item' (resource (rep i32)))
    (export $Item "item" (type $Item'))
    (core func $new (canon resource.new $Item'))
    (core func $rep (canon resource.rep $Item'))
    (core func $drop (canon resource.drop $Item'))
    (core module $M
      (import "" "new" (func $new (param i32) (result i32)))
      (import "" "rep" (func $rep (param i32) (result i32)))
      (import "" "drop" (func $drop (param i32)))
      (func (export "make") (param i32) (result i32) (call $new (local.get 0)))
      ;; keeps the handle, tells its index
      (func (export "keep") (param i32) (result i32) (local.get 0))
      ;; tells the representation of the first times 1000 and that of the second, and drops both
      (func (export "take-two") (param i32 i32) (result i32)
        (i32.add (i32.mul (call $rep (local.get 0)) (i32.const 1000)) (call $rep (local.get 1)))
        (call $drop (local.get 0))
        (call $drop (local.get 1)))
      (func (export "pass") (param i32) (result i32) (local.get 0))
      ;; another one instead, of the next representation
      (func (export "exchange") (param i32) (result i32)
        (local $rep i32)
        (local.set $rep (call $rep (local.get 0)))
        (call $drop (local.get 0))
        (call $new (i32.add (local.get $rep) (i32.const 1)))))
    (core instance $m (instantiate $M (with "" (instance
      (export "new" (func $new)) (export "rep" (func $rep)) (export "drop" (func $drop))))))
    (func (export "make") (param "rep" u32) (result (own $Item)) (canon lift (core func $m "make")))
    (func (export "keep") (param "item" (own $Item)) (result u32) (canon lift (core func $m "keep")))
    (func (export "take-two") (param "a" (own $Item)) (param "b" (own $Item)) (result u32)
      (canon lift (core func $m "take-two")))
    (func (export "pass") (param "item" (own $Item)) (result (own $Item)) (canon lift (core func $m "pass")))
    (func (export "exchange") (param "item" (own $Item)) (result (own $Item)) (canon lift (core func $m "exchange")))
    ;; a lift of the built-in itself: the constructor is nothing else
    (func (export "[constructor]item") (param "rep" u32) (result (own $Item)) (canon lift (core func $new)))
    (func (export "give-index") (param "i" u32) (result (own $Item)) (canon lift (core func $m "pass")))
    (func (export "rep") (param "i" u32) (result u32) (canon lift (core func $rep))))
  (instance $shop (instantiate $Shop))

  (component $User
    (import "shop" (instance $shop
      (export "item" (type $item (sub resource)))
      (export "make" (func (param "rep" u32) (result (own $item))))
      (export "keep" (func (param "item" (own $item)) (result u32)))
      (export "take-two" (func (param "a" (own $item)) (param "b" (own $item)) (result u32)))
      (export "pass" (func (param "item" (own $item)) (result (own $item))))
      (export "exchange" (func (param "item" (own $item)) (result (own $item))))
      (export "[constructor]item" (func (param "rep" u32) (result (own $item))))
      (export "give-index" (func (param "i" u32) (result (own $item))))))
    (alias export $shop "item" (type $item))
    (core func $make (canon lower (func $shop "make")))
    (core func $keep (canon lower (func $shop "keep")))
    (core func $take-two (canon lower (func $shop "take-two")))
    (core func $pass (canon lower (func $shop "pass")))
    (core func $exchange (canon lower (func $shop "exchange")))
    (core func $construct (canon lower (func $shop "[constructor]item")))
    (core func $give-index (canon lower (func $shop "give-index")))
    (core func $drop (canon resource.drop $item))
    ;; indices of the user's table are numbers to the script
    (func (export "make") (param "rep" u32) (result u32) (canon lift (core func $make)))
    (func (export "keep") (param "i" u32) (result u32) (canon lift (core func $keep)))
    (func (export "take-two") (param "i" u32) (param "j" u32) (result u32) (canon lift (core func $take-two)))
    (func (export "pass") (param "i" u32) (result u32) (canon lift (core func $pass)))
    (func (export "exchange") (param "i" u32) (result u32) (canon lift (core func $exchange)))
    (func (export "construct") (param "rep" u32) (result u32) (canon lift (core func $construct)))
    (func (export "give-index") (param "i" u32) (result u32) (canon lift (core func $give-index)))
    (func (export "drop") (param "i" u32) (canon lift (core func $drop))))
  (instance $user (instantiate $User (with "shop" (instance $shop))))
  (export "user" (instance $user))
  (export "rep" (func $shop "rep")))

(component instance $i $D)
(assert_return (invoke "user#make" (u32.const 100)) (u32.const 1))
(assert_return (invoke "user#make" (u32.const 200)) (u32.const 2))
(assert_return (invoke "user#construct" (u32.const 300)) (u32.const 3))
(assert_return (invoke "user#take-two" (u32.const 2) (u32.const 3)) (u32.const 200300))
;; parameters leave in order, so that 3 was freed last
(assert_return (invoke "user#make" (u32.const 400)) (u32.const 3))
(assert_return (invoke "user#make" (u32.const 500)) (u32.const 2))
;; kept by the shop: its table has been empty again
(assert_return (invoke "user#keep" (u32.const 1)) (u32.const 2))
(assert_return (invoke "rep" (u32.const 2)) (u32.const 100))
(assert_return (invoke "user#keep" (u32.const 3)) (u32.const 1))
(assert_return (invoke "rep" (u32.const 1)) (u32.const 400))
;; there and back: the index at home is free by the time the result arrives
(assert_return (invoke "user#pass" (u32.const 2)) (u32.const 2))
(assert_return (invoke "user#exchange" (u32.const 2)) (u32.const 2))
(assert_return (invoke "user#keep" (u32.const 2)) (u32.const 3))
(assert_return (invoke "rep" (u32.const 3)) (u32.const 501))
;; one that the shop keeps is given back
(assert_return (invoke "user#give-index" (u32.const 2)) (u32.const 2))
(assert_return (invoke "user#drop" (u32.const 2)))
(assert_return (invoke "user#make" (u32.const 600)) (u32.const 2))

;; an index that is none
(component instance $i $D)
(assert_trap (invoke "user#keep" (u32.const 0)) "unknown handle index") ;; unknown-handle at param item
(component instance $i $D)
(assert_trap (invoke "user#keep" (u32.const 9)) "unknown handle index") ;; unknown-handle at param item
(component instance $i $D)
(assert_return (invoke "user#make" (u32.const 1)) (u32.const 1))
(assert_trap (invoke "user#take-two" (u32.const 1) (u32.const 2)) "unknown handle index") ;; unknown-handle at param b
;; the same twice: the first has left when the second is lifted
(component instance $i $D)
(assert_return (invoke "user#make" (u32.const 1)) (u32.const 1))
(assert_trap (invoke "user#take-two" (u32.const 1) (u32.const 1)) "unknown handle index") ;; unknown-handle at param b
;; passed away, then used
(component instance $i $D)
(assert_return (invoke "user#make" (u32.const 1)) (u32.const 1))
(assert_return (invoke "user#keep" (u32.const 1)) (u32.const 1))
(assert_trap (invoke "user#drop" (u32.const 1)) "unknown handle index") ;; unknown-handle
;; a result that is none
(component instance $i $D)
(assert_trap (invoke "user#give-index" (u32.const 1)) "unknown handle index") ;; unknown-handle at result
