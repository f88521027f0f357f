;; A borrowed handle is valid until the call that it was passed to returns, and must be dropped by then; meanwhile the
;; handle that it was lent from cannot be dropped or passed away. To the component that implements the resource a borrow
;; is the representation itself.
;; CanonicalABI.md: Loading (lift_borrow), Storing (lower_borrow), Subtask State, Tasks (return_), canon resource.drop.

(component definition $D
  (component $Shop
    (type $Item' (resource (rep i32)))
    (export $Item "item" (type $Item'))
    (core func $new (canon resource.new $Item'))
    (core func $drop (canon resource.drop $Item'))
    (core module $M
      (func (export "see") (param i32) (result i32) (local.get 0))
      (func (export "see-two") (param i32 i32) (result i32)
        (i32.add (i32.mul (local.get 0) (i32.const 1000)) (local.get 1)))
      (func (export "mixed") (param i32 i32) (result i32)
        (i32.add (i32.mul (local.get 0) (i32.const 1000)) (local.get 1))))
    (core instance $m (instantiate $M))
    (func (export "[constructor]item") (param "rep" u32) (result (own $Item)) (canon lift (core func $new)))
    (func (export "[method]item.see") (param "self" (borrow $Item)) (result u32) (canon lift (core func $m "see")))
    (func (export "see-two") (param "a" (borrow $Item)) (param "b" (borrow $Item)) (result u32)
      (canon lift (core func $m "see-two")))
    ;; tells the representation, and the index of the owned one
    (func (export "lent-and-given") (param "a" (borrow $Item)) (param "b" (own $Item)) (result u32)
      (canon lift (core func $m "mixed")))
    (func (export "given-and-lent") (param "a" (own $Item)) (param "b" (borrow $Item)) (result u32)
      (canon lift (core func $m "mixed"))))
  (instance $shop (instantiate $Shop))

  ;; gets borrows of items that it does not implement
  (component $Friend
    (import "shop" (instance $shop
      (export "item" (type $item (sub resource)))
      (export "[method]item.see" (func (param "self" (borrow $item)) (result u32)))
      (export "see-two" (func (param "a" (borrow $item)) (param "b" (borrow $item)) (result u32)))
      (export "given-and-lent" (func (param "a" (own $item)) (param "b" (borrow $item)) (result u32)))))
    (alias export $shop "item" (type $item))
    (core func $see (canon lower (func $shop "[method]item.see")))
    (core func $see-two (canon lower (func $shop "see-two")))
    (core func $give (canon lower (func $shop "given-and-lent")))
    (core func $drop (canon resource.drop $item))
    (core module $M
      (import "" "see" (func $see (param i32) (result i32)))
      (import "" "see-two" (func $see-two (param i32 i32) (result i32)))
      (import "" "give" (func $give (param i32 i32) (result i32)))
      (import "" "drop" (func $drop (param i32)))
      (global $kept (mut i32) (i32.const 0))
      ;; its index, and it is dropped
      (func (export "index") (param i32) (result i32) (call $drop (local.get 0)) (local.get 0))
      ;; lends on what it borrowed
      (func (export "look") (param i32) (result i32)
        (local $rep i32)
        (local.set $rep (call $see (local.get 0)))
        (call $drop (local.get 0))
        (local.get $rep))
      (func (export "look-twice") (param i32) (result i32)
        (local $rep i32)
        (local.set $rep (call $see-two (local.get 0) (local.get 0)))
        (call $drop (local.get 0))
        (local.get $rep))
      (func (export "two-indices") (param i32 i32) (result i32)
        (call $drop (local.get 0))
        (call $drop (local.get 1))
        (i32.add (i32.mul (local.get 0) (i32.const 1000)) (local.get 1)))
      (func (export "forget") (param i32))
      (func (export "forget-one") (param i32 i32) (call $drop (local.get 1)))
      (func (export "drop-twice") (param i32) (call $drop (local.get 0)) (call $drop (local.get 0)))
      (func (export "give-away") (param i32) (drop (call $give (local.get 0) (local.get 0))))
      (func (export "keep") (param i32) (global.set $kept (local.get 0)) (call $drop (local.get 0)))
      (func (export "use-kept") (result i32) (call $see (global.get $kept)))
      (func (export "drop-kept") (call $drop (global.get $kept))))
    (core instance $m (instantiate $M (with "" (instance
      (export "see" (func $see)) (export "see-two" (func $see-two)) (export "give" (func $give))
      (export "drop" (func $drop))))))
    (export $item-too "item" (type $item))
    (func (export "index") (param "item" (borrow $item-too)) (result u32) (canon lift (core func $m "index")))
    (func (export "look") (param "item" (borrow $item-too)) (result u32) (canon lift (core func $m "look")))
    (func (export "look-twice") (param "item" (borrow $item-too)) (result u32) (canon lift (core func $m "look-twice")))
    (func (export "two-indices") (param "a" (borrow $item-too)) (param "b" (borrow $item-too)) (result u32)
      (canon lift (core func $m "two-indices")))
    (func (export "forget") (param "item" (borrow $item-too)) (canon lift (core func $m "forget")))
    (func (export "forget-one") (param "a" (borrow $item-too)) (param "b" (borrow $item-too))
      (canon lift (core func $m "forget-one")))
    (func (export "drop-twice") (param "item" (borrow $item-too)) (canon lift (core func $m "drop-twice")))
    (func (export "give-away") (param "item" (borrow $item-too)) (canon lift (core func $m "give-away")))
    (func (export "keep") (param "item" (borrow $item-too)) (canon lift (core func $m "keep")))
    (func (export "use-kept") (result u32) (canon lift (core func $m "use-kept")))
    (func (export "drop-kept") (canon lift (core func $m "drop-kept"))))
  (instance $friend (instantiate $Friend (with "shop" (instance $shop))))

  (component $User
    (import "shop" (instance $shop
      (export "item" (type $item (sub resource)))
      (export "[constructor]item" (func (param "rep" u32) (result (own $item))))
      (export "[method]item.see" (func (param "self" (borrow $item)) (result u32)))
      (export "see-two" (func (param "a" (borrow $item)) (param "b" (borrow $item)) (result u32)))
      (export "lent-and-given" (func (param "a" (borrow $item)) (param "b" (own $item)) (result u32)))
      (export "given-and-lent" (func (param "a" (own $item)) (param "b" (borrow $item)) (result u32)))))
    (alias export $shop "item" (type $item))
    (import "friend" (instance $friend
      (export "item" (type $item' (eq $item)))
      (export "index" (func (param "item" (borrow $item')) (result u32)))
      (export "look" (func (param "item" (borrow $item')) (result u32)))
      (export "look-twice" (func (param "item" (borrow $item')) (result u32)))
      (export "two-indices" (func (param "a" (borrow $item')) (param "b" (borrow $item')) (result u32)))
      (export "forget" (func (param "item" (borrow $item'))))
      (export "forget-one" (func (param "a" (borrow $item')) (param "b" (borrow $item'))))
      (export "drop-twice" (func (param "item" (borrow $item'))))
      (export "give-away" (func (param "item" (borrow $item'))))
      (export "keep" (func (param "item" (borrow $item'))))))
    (core func $construct (canon lower (func $shop "[constructor]item")))
    (core func $see (canon lower (func $shop "[method]item.see")))
    (core func $see-two (canon lower (func $shop "see-two")))
    (core func $lent-and-given (canon lower (func $shop "lent-and-given")))
    (core func $given-and-lent (canon lower (func $shop "given-and-lent")))
    (core func $index (canon lower (func $friend "index")))
    (core func $look (canon lower (func $friend "look")))
    (core func $look-twice (canon lower (func $friend "look-twice")))
    (core func $two-indices (canon lower (func $friend "two-indices")))
    (core func $forget (canon lower (func $friend "forget")))
    (core func $forget-one (canon lower (func $friend "forget-one")))
    (core func $drop-twice (canon lower (func $friend "drop-twice")))
    (core func $give-away (canon lower (func $friend "give-away")))
    (core func $keep (canon lower (func $friend "keep")))
    (core func $drop (canon resource.drop $item))
    (func (export "make") (param "rep" u32) (result u32) (canon lift (core func $construct)))
    (func (export "drop") (param "i" u32) (canon lift (core func $drop)))
    (func (export "see") (param "i" u32) (result u32) (canon lift (core func $see)))
    (func (export "see-two") (param "i" u32) (param "j" u32) (result u32) (canon lift (core func $see-two)))
    (func (export "lent-and-given") (param "i" u32) (param "j" u32) (result u32) (canon lift
      (core func $lent-and-given)))
    (func (export "given-and-lent") (param "i" u32) (param "j" u32) (result u32) (canon lift
      (core func $given-and-lent)))
    (func (export "index") (param "i" u32) (result u32) (canon lift (core func $index)))
    (func (export "look") (param "i" u32) (result u32) (canon lift (core func $look)))
    (func (export "look-twice") (param "i" u32) (result u32) (canon lift (core func $look-twice)))
    (func (export "two-indices") (param "i" u32) (param "j" u32) (result u32) (canon lift (core func $two-indices)))
    (func (export "forget") (param "i" u32) (canon lift (core func $forget)))
    (func (export "forget-one") (param "i" u32) (param "j" u32) (canon lift (core func $forget-one)))
    (func (export "drop-twice") (param "i" u32) (canon lift (core func $drop-twice)))
    (func (export "give-away") (param "i" u32) (canon lift (core func $give-away)))
    (func (export "keep") (param "i" u32) (canon lift (core func $keep))))
  (instance $user (instantiate $User (with "shop" (instance $shop)) (with "friend" (instance $friend))))
  (export "user" (instance $user))
  (export "use-kept" (func $friend "use-kept"))
  (export "drop-kept" (func $friend "drop-kept")))

(component instance $i $D)
(assert_return (invoke "user#make" (u32.const 7)) (u32.const 1))
(assert_return (invoke "user#make" (u32.const 8)) (u32.const 2))
;; the implementer gets the representation, and has nothing to drop
(assert_return (invoke "user#see" (u32.const 1)) (u32.const 7))
(assert_return (invoke "user#see-two" (u32.const 2) (u32.const 1)) (u32.const 8007))
(assert_return (invoke "user#see-two" (u32.const 2) (u32.const 2)) (u32.const 8008))
;; anybody else gets an index of its own table, in order of the parameters, and another for the same item again
(assert_return (invoke "user#index" (u32.const 2)) (u32.const 1))
(assert_return (invoke "user#index" (u32.const 1)) (u32.const 1))
(assert_return (invoke "user#two-indices" (u32.const 1) (u32.const 2)) (u32.const 1002))
(assert_return (invoke "user#two-indices" (u32.const 1) (u32.const 1)) (u32.const 2001))
(assert_return (invoke "user#look" (u32.const 2)) (u32.const 8))
(assert_return (invoke "user#look-twice" (u32.const 2)) (u32.const 8008))
;; lent and given in one call, two different ones
(assert_return (invoke "user#lent-and-given" (u32.const 1) (u32.const 2)) (u32.const 7001))
(assert_return (invoke "user#make" (u32.const 9)) (u32.const 2))
(assert_return (invoke "user#given-and-lent" (u32.const 2) (u32.const 1)) (u32.const 2007))
;; no longer lent once the call is over
(assert_return (invoke "user#drop" (u32.const 1)))

;; lent and given, the same: lent first, it cannot go; gone first, it cannot be lent
(component instance $i $D)
(assert_return (invoke "user#make" (u32.const 7)) (u32.const 1))
(assert_trap (invoke "user#lent-and-given" (u32.const 1) (u32.const 1))
  "cannot remove owned resource while borrowed") ;; handle-lent at param b
(component instance $i $D)
(assert_return (invoke "user#make" (u32.const 7)) (u32.const 1))
(assert_trap (invoke "user#given-and-lent" (u32.const 1) (u32.const 1))
  "unknown handle index") ;; unknown-handle at param b

;; what is left at the end of a call
(component instance $i $D)
(assert_return (invoke "user#make" (u32.const 7)) (u32.const 1))
(assert_trap (invoke "user#forget" (u32.const 1)) "borrow handles still remain at the end of the call") ;; borrows-left
(component instance $i $D)
(assert_return (invoke "user#make" (u32.const 7)) (u32.const 1))
(assert_trap (invoke "user#forget-one" (u32.const 1) (u32.const 1))
  "borrow handles still remain at the end of the call") ;; borrows-left
(component instance $i $D)
(assert_return (invoke "user#make" (u32.const 7)) (u32.const 1))
(assert_trap (invoke "user#drop-twice" (u32.const 1)) "unknown handle index") ;; unknown-handle

;; a borrow cannot be given away
(component instance $i $D)
(assert_return (invoke "user#make" (u32.const 7)) (u32.const 1))
(assert_trap (invoke "user#give-away" (u32.const 1))
  "cannot lift own resource from a borrow") ;; handle-not-owned at param a

;; a borrow after its call
(component instance $i $D)
(assert_return (invoke "user#make" (u32.const 7)) (u32.const 1))
(assert_return (invoke "user#keep" (u32.const 1)))
(assert_trap (invoke "use-kept") "unknown handle index") ;; unknown-handle at param self
(component instance $i $D)
(assert_return (invoke "user#make" (u32.const 7)) (u32.const 1))
(assert_return (invoke "user#keep" (u32.const 1)))
(assert_trap (invoke "drop-kept") "unknown handle index") ;; unknown-handle

;; borrows of what is none
(component instance $i $D)
(assert_trap (invoke "user#see" (u32.const 0)) "unknown handle index") ;; unknown-handle at param self
(component instance $i $D)
(assert_return (invoke "user#make" (u32.const 7)) (u32.const 1))
(assert_trap (invoke "user#see-two" (u32.const 1) (u32.const 2)) "unknown handle index") ;; unknown-handle at param b
