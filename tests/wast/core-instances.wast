;; Core instances put together of exports of several others, and core modules that share memories, tables and globals.
;; Explainer.md: Core Instance Definitions, Alias Definitions (core export).

(component
  (core module $Memory
    (memory (export "memory") 1)
    (global (export "base") i32 (i32.const 64)))
  (core module $Table
    (table (export "table") 2 funcref)
    (global (export "count") (mut i32) (i32.const 0)))
  (core instance $memory (instantiate $Memory))
  (core instance $table (instantiate $Table))
  (alias core export $memory "memory" (core memory $the-memory))
  (core instance $env
    (export "memory" (memory $the-memory))
    (export "base" (global $memory "base"))
    (export "table" (table $table "table"))
    (export "count" (global $table "count")))
  (core module $Writer
    (import "env" "memory" (memory 1))
    (import "env" "base" (global $base i32))
    (import "env" "count" (global $count (mut i32)))
    (import "env" "table" (table 2 funcref))
    (elem (i32.const 0) func $count-one)
    (func $count-one (result i32)
      (global.set $count (i32.add (global.get $count) (i32.const 1)))
      (global.get $count))
    (func (export "write") (param i32) (i32.store (global.get $base) (local.get 0))))
  (core module $Reader
    (import "env" "memory" (memory 1))
    (import "env" "base" (global $base i32))
    (import "env" "table" (table 2 funcref))
    (func (export "read") (result i32) (i32.load (global.get $base)))
    (func (export "count") (result i32) (call_indirect (result i32) (i32.const 0)))
    (func (export "no-entry") (result i32) (call_indirect (result i32) (i32.const 1))))
  (core instance $writer (instantiate $Writer (with "env" (instance $env))))
  (core instance $reader (instantiate $Reader (with "env" (instance $env))))
  (core instance $functions (export "put" (func $writer "write")) (export "get" (func $reader "read")))
  (func (export "write") (param "v" u32) (canon lift (core func $functions "put")))
  (func (export "read") (result u32) (canon lift (core func $functions "get")))
  (func (export "count") (result u32) (canon lift (core func $reader "count")))
  (func (export "no-entry") (result u32) (canon lift (core func $reader "no-entry"))))
(assert_return (invoke "read") (u32.const 0))
(invoke "write" (u32.const 0xdeadbeef))
(assert_return (invoke "read") (u32.const 0xdeadbeef))
(assert_return (invoke "count") (u32.const 1))
(assert_return (invoke "count") (u32.const 2))
(assert_trap (invoke "no-entry") "uninitialized element")

;; one core instance with lowered functions, memory and core functions from three places
(component
  (component $Callee
    (core module $M (func (export "f") (param i64) (result i64) (i64.add (local.get 0) (i64.const 1))))
    (core instance $m (instantiate $M))
    (func (export "f") (param "v" u64) (result u64) (canon lift (core func $m "f"))))
  (instance $callee1 (instantiate $Callee))
  (instance $callee2 (instantiate $Callee))
  (core func $f1 (canon lower (func $callee1 "f")))
  (core func $f2 (canon lower (func $callee2 "f")))
  (core module $Plain (func (export "g") (param i64) (result i64) (i64.mul (local.get 0) (i64.const 3))))
  (core instance $plain (instantiate $Plain))
  (core module $M
    (import "a" "f1" (func $f1 (param i64) (result i64)))
    (import "a" "g" (func $g (param i64) (result i64)))
    (import "b" "f2" (func $f2 (param i64) (result i64)))
    (func (export "run") (param i64) (result i64) (call $f2 (call $g (call $f1 (local.get 0)))))
    ;; an import exported again
    (export "f1" (func $f1)))
  (core instance $m (instantiate $M
    (with "a" (instance (export "f1" (func $f1)) (export "g" (func $plain "g"))))
    (with "b" (instance (export "f2" (func $f2))))))
  (core module $N
    (import "" "f1" (func $f1 (param i64) (result i64)))
    (func (export "run") (param i64) (result i64) (call $f1 (local.get 0))))
  (core instance $n (instantiate $N (with "" (instance $m))))
  (func (export "run") (param "v" u64) (result u64) (canon lift (core func $m "run")))
  (func (export "forwarded") (param "v" u64) (result u64) (canon lift (core func $n "run"))))
(assert_return (invoke "run" (u64.const 4)) (u64.const 16))
(assert_return (invoke "run" (u64.const 0xffffffffffffffff)) (u64.const 1))
(assert_return (invoke "forwarded" (u64.const 6)) (u64.const 7))
