;; A resource type and three ways to hold a handle: `shop` implements `item`, `clerk` works with handles to items, and
;; the host is given handles that it can pass on or drop. The representation of an item is its price.
;;   factfuzz run tests/components/shop.wat --invoke 'buy(7)' --invoke 'quote(#1)' --invoke 'drop #1'
;;   factfuzz run tests/components/shop.wat --invoke 'buy(7)' --invoke 'muddle(#1)'     lent and given away: traps
;;   factfuzz run tests/components/shop.wat --invoke 'buy(7)' --invoke 'forget(#1)'     not dropped in time: traps
(component
  (component $Shop
    (core module $books
      (global $scrapped (mut i32) (i32.const 0))
      ;; The destructor, whoever drops an item: its price is written off.
      (func (export "scrap") (param $price i32)
        (global.set $scrapped (i32.add (global.get $scrapped) (local.get $price))))
      (func (export "scrapped") (result i32) (global.get $scrapped)))
    (core instance $books (instantiate $books))
    (type $item (resource (rep i32) (dtor (core func $books "scrap"))))
    (core func $new (canon resource.new $item))
    (core func $rep (canon resource.rep $item))
    (core func $drop (canon resource.drop $item))

    (core module $shop
      (import "item" "new" (func $new (param i32) (result i32)))
      (import "item" "rep" (func $rep (param i32) (result i32)))
      (import "item" "drop" (func $drop (param i32)))
      (func (export "make") (param $price i32) (result i32) (call $new (local.get $price)))
      ;; Who implements a resource type is lent the representation itself, not a handle.
      (func (export "price") (param $price i32) (result i32) (local.get $price))
      (func (export "exchange") (param $price i32) (param $given i32) (result i32)
        (local.set $price (i32.sub (local.get $price) (call $rep (local.get $given))))
        (call $drop (local.get $given))
        (local.get $price)))
    (core instance $shop (instantiate $shop
      (with "item" (instance (export "new" (func $new)) (export "rep" (func $rep)) (export "drop" (func $drop))))))
    (export $it "item" (type $item))
    (func (export "make") (param "price" u32) (result (own $it)) (canon lift (core func $shop "make")))
    (func (export "price") (param "it" (borrow $it)) (result u32) (canon lift (core func $shop "price")))
    (func (export "exchange") (param "wanted" (borrow $it)) (param "given" (own $it)) (result s32)
      (canon lift (core func $shop "exchange")))
    (func (export "scrapped") (result u32) (canon lift (core func $books "scrapped"))))

  (component $Clerk
    (import "shop" (instance $shop
      (export "item" (type $item (sub resource)))
      (export "make" (func (param "price" u32) (result (own $item))))
      (export "price" (func (param "it" (borrow $item)) (result u32)))
      (export "exchange" (func (param "wanted" (borrow $item)) (param "given" (own $item)) (result s32)))))
    (alias export $shop "item" (type $item))
    (core func $make (canon lower (func $shop "make")))
    (core func $price (canon lower (func $shop "price")))
    (core func $exchange (canon lower (func $shop "exchange")))
    (core func $drop (canon resource.drop $item))

    (core module $clerk
      (import "shop" "make" (func $make (param i32) (result i32)))
      (import "shop" "price" (func $price (param i32) (result i32)))
      (import "shop" "exchange" (func $exchange (param i32 i32) (result i32)))
      (import "shop" "drop" (func $drop (param i32)))
      (func (export "buy") (param $price i32) (result i32) (call $make (local.get $price)))
      ;; What is lent is lent on, and dropped before the call returns.
      (func (export "quote") (param $it i32) (result i32)
        (call $price (local.get $it))
        (call $drop (local.get $it)))
      ;; Wrong: lends an item and gives it away in the same call.
      (func (export "muddle") (param $it i32) (result i32) (call $exchange (local.get $it) (local.get $it)))
      ;; Wrong: returns without dropping what it was lent.
      (func (export "forget") (param $it i32)))
    (core instance $clerk (instantiate $clerk (with "shop" (instance
      (export "make" (func $make))
      (export "price" (func $price))
      (export "exchange" (func $exchange))
      (export "drop" (func $drop))))))
    (func (export "buy") (param "price" u32) (result (own $item)) (canon lift (core func $clerk "buy")))
    (func (export "quote") (param "it" (borrow $item)) (result u32) (canon lift (core func $clerk "quote")))
    (func (export "muddle") (param "it" (own $item)) (result s32) (canon lift (core func $clerk "muddle")))
    (func (export "forget") (param "it" (borrow $item)) (canon lift (core func $clerk "forget"))))

  (instance $shop (instantiate $Shop))
  (instance $clerk (instantiate $Clerk (with "shop" (instance $shop))))
  (alias export $shop "item" (type $made))
  (export $item "item" (type $made))
  (export "buy" (func $clerk "buy") (func (param "price" u32) (result (own $item))))
  (export "quote" (func $clerk "quote") (func (param "it" (borrow $item)) (result u32)))
  (export "muddle" (func $clerk "muddle") (func (param "it" (own $item)) (result s32)))
  (export "forget" (func $clerk "forget") (func (param "it" (borrow $item))))
  (export "scrapped" (func $shop "scrapped")))
