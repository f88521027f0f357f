;; The guest of world `customer`, whose strings are utf16.
(module
  (import "factfuzz:shop/goods@0.3.0" "[constructor]item" (func $make (param i32 i32 i32) (result i32)))
  (import "factfuzz:shop/goods@0.3.0" "[method]item.price" (func $price (param i32) (result i32)))
  (import "factfuzz:shop/goods@0.3.0" "[static]item.bundle" (func $bundle (param i32 i32) (result i32)))
  (import "factfuzz:shop/goods@0.3.0" "alive" (func $alive (result i32)))
  (import "factfuzz:shop/goods@0.3.0" "[resource-drop]item" (func $drop (param i32)))
  (import "factfuzz:shop/till@0.3.0" "pay" (func $pay (param i32 i32 i32)))
  (import "factfuzz:shop/till@0.3.0" "look" (func $look (param i32 i32)))
  (import "$root" "gift" (func $gift (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 32) "n\00\e9\00=\d8\00\de")
  (global $free (mut i32) (i32.const 1024))
  (func (export "cabi_realloc") (param $old i32) (param $had i32) (param i32) (param $size i32) (result i32)
    (global.set $free (i32.and (i32.add (global.get $free) (i32.const 7)) (i32.const -8)))
    (memory.copy (global.get $free) (local.get $old) (local.get $had))
    (global.get $free)
    (global.set $free (i32.add (global.get $free) (local.get $size))))
  ;; Ten thousand for each item that is still there, and what an item, or all of them, cost. With no items asked for:
  ;; two gifts bundled.
  (func (export "run") (param $n i32) (result i32) (local $i i32) (local $value i32)
    (if (i32.eqz (local.get $n)) (then
      (i32.store (i32.const 128) (call $gift))
      (i32.store (i32.const 132) (call $gift))
      (i32.store (i32.const 4) (call $bundle (i32.const 128) (i32.const 2)))
      (local.set $value (call $keep)))
    (else
      (loop $next
        (i32.store (i32.add (i32.const 128) (i32.mul (i32.const 4) (local.get $i)))
          (call $make (i32.const 32) (i32.const 4) (local.tee $i (i32.add (local.get $i) (i32.const 1)))))
        (br_if $next (i32.lt_u (local.get $i) (local.get $n))))
      (call $pay (i32.const 128) (local.get $n) (i32.const 0))
      (if (i32.load8_u (i32.const 0))
        (then (local.set $value (call $keep)))
        (else (local.set $value (i32.load (i32.const 4)))))))
    (i32.add (local.get $value) (i32.mul (i32.const 10000) (call $alive))))
  ;; Looks at the item at 4, drops it, returns a thousand and its price.
  (func $keep (result i32) (local $item i32)
    (local.set $item (i32.load (i32.const 4)))
    (call $look (local.get $item) (i32.const 16))
    (i32.add (i32.const 1000) (call $price (local.get $item)))
    (call $drop (local.get $item)))
  (func (export "seen") (result i32) (i32.const 16)))
