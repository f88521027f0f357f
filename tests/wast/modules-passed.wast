;; Core modules are passed like components: imported by a module type that may ask for less than the module exports and
;; offer more than it imports, exported, taken out of instances, instantiated with what is there.
;; Explainer.md: Core Type Definitions (moduletype), Core Instance Definitions, Type Checking.

(component
  (component $Library
    (core module $Memory
      (memory (export "mem") 1)
      (global (export "base") i32 (i32.const 64))
      (global $end (mut i32) (i32.const 1024))
      (table (export "unused") 2 funcref)
      (func (export "alloc") (param i32) (result i32)
        (global.get $end)
        (global.set $end (i32.add (global.get $end) (local.get 0)))))
    (core module $Code
      (import "env" "mem" (memory 1))
      (import "env" "base" (global $base i32))
      (import "env" "alloc" (func $alloc (param i32) (result i32)))
      (func (export "poke") (param i32)
        (i32.store (global.get $base) (local.get 0)))
      (func (export "peek") (result i32) (i32.load (global.get $base)))
      (func (export "alloc-twice") (param i32) (result i32)
        (drop (call $alloc (local.get 0)))
        (call $alloc (local.get 0))))
    (export "memory" (core module $Memory))
    (export "code" (core module $Code)))
  (instance $library (instantiate $Library))

  (component $User
    ;; fewer exports than the memory module has, more imports than the code has, in another order
    (import "memory" (core module $Memory
      (export "alloc" (func (param i32) (result i32)))
      (export "base" (global i32))
      (export "mem" (memory 1))))
    (import "code" (core module $Code
      (import "env" "alloc" (func (param i32) (result i32)))
      (import "env" "unused" (func))
      (import "env" "mem" (memory 1))
      (import "env" "base" (global i32))
      (export "peek" (func (result i32)))
      (export "poke" (func (param i32)))
      (export "alloc-twice" (func (param i32) (result i32)))))
    (core module $Nothing (func (export "f")))
    (core instance $nothing (instantiate $Nothing))
    (core instance $memory (instantiate $Memory))
    (core instance $env
      (export "alloc" (func $memory "alloc")) (export "base" (global $memory "base"))
        (export "mem" (memory $memory "mem"))
      (export "unused" (func $nothing "f")))
    (core instance $code (instantiate $Code (with "env" (instance $env))))
    (func (export "poke") (param "v" u32) (canon lift (core func $code "poke")))
    (func (export "peek") (result u32) (canon lift (core func $code "peek")))
    (func (export "alloc-twice") (param "v" u32) (result u32) (canon lift (core func $code "alloc-twice"))))
  (instance $a (instantiate $User
    (with "memory" (core module $library "memory")) (with "code" (core module $library "code"))))
  (instance $b (instantiate $User
    (with "memory" (core module $library "memory")) (with "code" (core module $library "code"))))
  (export "a" (instance $a))
  (export "b" (instance $b)))
(assert_return (invoke "a#poke" (u32.const 77)))
(assert_return (invoke "a#peek") (u32.const 77))
(assert_return (invoke "b#peek") (u32.const 0))
(assert_return (invoke "a#alloc-twice" (u32.const 16)) (u32.const 1040))
(assert_return (invoke "a#alloc-twice" (u32.const 16)) (u32.const 1072))
(assert_return (invoke "b#alloc-twice" (u32.const 8)) (u32.const 1032))

;; the same import, different modules; a start function runs in each instance
(component
  (component $Run
    (import "m" (core module $M
      (import "" "log" (func (param i32)))
      (export "id" (func (result i32)))))
    (core module $Log
      (global $sum (mut i32) (i32.const 0))
      (func (export "log") (param i32)
        (global.set $sum (i32.add (i32.mul (global.get $sum) (i32.const 10)) (local.get 0))))
      (func (export "sum") (result i32) (global.get $sum)))
    (core instance $log (instantiate $Log))
    (core instance $one (instantiate $M (with "" (instance $log))))
    (core instance $two (instantiate $M (with "" (instance $log))))
    (func (export "id") (result u32) (canon lift (core func $two "id")))
    (func (export "sum") (result u32) (canon lift (core func $log "sum"))))
  (core module $A
    (import "" "log" (func $log (param i32)))
    (func $start (call $log (i32.const 3)))
    (start $start)
    (func (export "id") (result i32) (i32.const 1)))
  (core module $B
    (func (export "id") (result i32) (i32.const 2))
    (func (export "more")))
  (instance $a (instantiate $Run (with "m" (core module $A))))
  (instance $b (instantiate $Run (with "m" (core module $B))))
  (export "a" (instance $a))
  (export "b" (instance $b)))
(assert_return (invoke "a#id") (u32.const 1))
(assert_return (invoke "a#sum") (u32.const 33))
(assert_return (invoke "b#id") (u32.const 2))
(assert_return (invoke "b#sum") (u32.const 0))

;; modules between the instances of a script
(component $provider
  (core module $M
    (import "" "in" (func $in (result i32)))
    (func (export "twice") (result i32) (i32.mul (call $in) (i32.const 2))))
  (export "m" (core module $M))
  (instance $inner (export "m" (core module $M)))
  (export "inner" (instance $inner)))
(component
  (import "provider" (instance $provider
    (export "m" (core module (import "" "in" (func (result i32))) (export "twice" (func (result i32)))))
    (export "inner" (instance
      (export "m" (core module (import "" "in" (func (result i32))) (export "twice" (func (result i32)))))))))
  (alias export $provider "m" (core module $M))
  (alias export $provider "inner" (instance $inner))
  (alias export $inner "m" (core module $Inner))
  (core module $In (func (export "in") (result i32) (i32.const 4)))
  (core instance $in (instantiate $In))
  (core instance $m (instantiate $M (with "" (instance $in))))
  (core instance $n (instantiate $Inner (with "" (instance (export "in" (func $m "twice"))))))
  (func (export "four-times") (result u32) (canon lift (core func $n "twice"))))
(assert_return (invoke "four-times") (u32.const 16))
(assert_unlinkable
  (component (import "provider" (instance (export "m" (core module
    (import "" "in" (func (result i32))) (export "thrice" (func (result i32))))))))
  "module export `thrice` not defined")
(assert_unlinkable
  (component (import "provider" (instance (export "m" (core module (export "twice" (func (result i32))))))))
  "module import `::in` not defined")
(assert_unlinkable
  (component (import "provider" (instance (export "m" (core module
    (import "" "in" (func (result i32))) (export "twice" (func (result i64))))))))
  "export `twice` has the wrong type")
(assert_unlinkable
  (component (import "provider" (instance (export "m" (func)))))
  "expected func found module")
