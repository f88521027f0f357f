;; What post-return may count on: it is called once for each call, after the result was read, with the core values that
;; the function returned; what it does to the memory of the result is then nobody's business.
;; CanonicalABI.md: canon lift (post-return is called after on_resolve).

(component definition $D
  ;; A memory whose realloc gives every block a new place, from 65536 on; below that, room for results.
  (core module $Heap
    (memory (export "mem") 4)
    (global $end (mut i32) (i32.const 65536))
    (func (export "realloc") (param $old i32) (param $had i32) (param $align i32) (param $size i32) (result i32)
      (local $new i32)
      (local.set $new (i32.and (i32.add (global.get $end) (i32.sub (local.get $align) (i32.const 1)))
                               (i32.sub (i32.const 0) (local.get $align))))
      (global.set $end (i32.add (local.get $new) (local.get $size)))
      (memory.copy (local.get $new) (local.get $old)
        (select (local.get $had) (local.get $size) (i32.lt_u (local.get $had) (local.get $size))))
      (local.get $new)))

  (component $Callee
    (alias outer 1 $Heap (core module $Heap))
    (core instance $heap (instantiate $Heap))
    (core module $M
      (import "heap" "mem" (memory 1))
      (global $calls (mut i32) (i32.const 0))
      (global $last (mut i64) (i64.const 0))
      (data (i32.const 1024) "\20\04\00\00\05\00\00\00\30\04\00\00\03\00\00\00")  ;; a string and a list, or both
      (data (i32.const 1056) "hello") (data (i32.const 1072) "\01\02\03")
      (func (export "area") (result i32) (i32.const 1024))
      (func (export "list") (result i32) (i32.const 1032))
      (func (export "number") (result i64) (i64.const -2))
      ;; wipes out whatever was returned
      (func (export "wipe") (param $at i32)
        (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
        (global.set $last (i64.extend_i32_u (local.get $at)))
        (memory.fill (i32.const 1024) (i32.const 255) (i32.const 64)))
      (func (export "note") (param i64)
        (global.set $calls (i32.add (global.get $calls) (i32.const 1))) (global.set $last (local.get 0)))
      (func (export "nothing"))
      (func (export "noted") (global.set $calls (i32.add (global.get $calls) (i32.const 1))))
      (func (export "calls") (result i32) (global.get $calls))
      (func (export "last") (result i64) (global.get $last)))
    (core instance $m (instantiate $M (with "heap" (instance $heap))))
    (func (export "text") (result string) (canon lift (core func $m "area")
      (memory (core memory $heap "mem")) (post-return (core func $m "wipe"))))
    (func (export "list") (result (list u8)) (canon lift (core func $m "list")
      (memory (core memory $heap "mem")) (post-return (core func $m "wipe"))))
    (func (export "both") (result (tuple string (list u8))) (canon lift (core func $m "area")
      (memory (core memory $heap "mem")) (post-return (core func $m "wipe"))))
    (func (export "number") (result s64) (canon lift (core func $m "number") (post-return (core func $m "note"))))
    (func (export "nothing") (canon lift (core func $m "nothing") (post-return (core func $m "noted"))))
    (func (export "calls") (result u32) (canon lift (core func $m "calls")))
    (func (export "last") (result u64) (canon lift (core func $m "last"))))
  (instance $callee (instantiate $Callee))

  (core instance $heap (instantiate $Heap))
  (core func $text (canon lower (func $callee "text") string-encoding=utf16
    (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
  (core func $list (canon lower (func $callee "list") string-encoding=utf16
    (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
  (core func $both (canon lower (func $callee "both") string-encoding=utf16
    (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
  (core func $number (canon lower (func $callee "number")))
  (core func $nothing (canon lower (func $callee "nothing")))
  (core module $M
    (import "" "text" (func $text (param i32))) (import "" "list" (func $list (param i32)))
    (import "" "both" (func $both (param i32))) (import "" "number" (func $number (result i64)))
    (import "" "nothing" (func $nothing))
    (func (export "text") (result i32) (call $text (i32.const 0)) (i32.const 0))
    (func (export "list") (result i32) (call $list (i32.const 0)) (i32.const 0))
    (func (export "both") (result i32) (call $both (i32.const 0)) (i32.const 0))
    (func (export "number") (result i64) (call $number))
    (func (export "nothing") (call $nothing)))
  (core instance $m (instantiate $M (with "" (instance
    (export "text" (func $text)) (export "list" (func $list)) (export "both" (func $both))
    (export "number" (func $number)) (export "nothing" (func $nothing))))))
  (func (export "text") (result string) (canon lift (core func $m "text") string-encoding=utf16
    (memory (core memory $heap "mem"))))
  (func (export "list") (result (list u8)) (canon lift (core func $m "list") (memory (core memory $heap "mem"))))
  (func (export "both") (result (tuple string (list u8))) (canon lift (core func $m "both") string-encoding=utf16
    (memory (core memory $heap "mem"))))
  (func (export "number") (result s64) (canon lift (core func $m "number")))
  (func (export "nothing") (canon lift (core func $m "nothing")))
  (export "host" (instance $callee)))

;; between components
(component instance $a $D)
(component instance $i0 $D)
(assert_return (invoke "text") (str.const "hello"))
(assert_return (invoke "host#calls") (u32.const 1))
(assert_return (invoke "host#last") (u64.const 1024))
(component instance $b $D)
(assert_return (invoke "list") (list.const (u8.const 1) (u8.const 2) (u8.const 3)))
(assert_return (invoke "host#calls") (u32.const 1))
(assert_return (invoke "host#last") (u64.const 1032))
(component instance $c $D)
(assert_return (invoke "both") (tuple.const (str.const "hello") (list.const (u8.const 1) (u8.const 2) (u8.const 3))))
(assert_return (invoke "host#calls") (u32.const 1))
(assert_return (invoke "number") (s64.const -2))
(assert_return (invoke "number") (s64.const -2))
(assert_return (invoke "host#calls") (u32.const 3))
(assert_return (invoke "host#last") (u64.const 18446744073709551614))
(assert_return (invoke "nothing"))
(assert_return (invoke "host#calls") (u32.const 4))

;; at the host's boundary
(component instance $d $D)
(assert_return (invoke "host#text") (str.const "hello"))
(assert_return (invoke "host#calls") (u32.const 1))
(assert_return (invoke "host#last") (u64.const 1024))
(component instance $e $D)
(assert_return
  (invoke "host#both")
  (tuple.const (str.const "hello") (list.const (u8.const 1) (u8.const 2) (u8.const 3))))
(assert_return (invoke "host#calls") (u32.const 1))
(component instance $f $D)
(assert_return (invoke "host#list") (list.const (u8.const 1) (u8.const 2) (u8.const 3)))
(assert_return (invoke "host#last") (u64.const 1032))
