;; wasmtime 50.0.1 differs: its adapters begin to lower before they have lifted everything. They make room for parameters
;; (all together when they spill, each string and list on its own), by calling the callee's realloc, and look at the
;; caller's area for the result first of all. What cannot be lifted should trap before any of that.
;; CanonicalABI.md: canon lift (task.start lifts every argument, then lower_flat_values calls realloc), canon lower
;; (on_start: lift_flat_values; on_resolve: the result is lifted when lower_flat_values gets it).

;; spilled parameters
(component
  (component $Callee
    (core module $M
      (memory (export "memory") 1)
      (func (export "realloc") (param i32 i32 i32 i32) (result i32) unreachable)
      (func (export "f") (param i32)))
    (core instance $m (instantiate $M))
    (func (export "f")
      (param "a" u8) (param "b" u8) (param "c" u8) (param "d" u8) (param "e" u8) (param "f" u8) (param "g" u8)
      (param "h" u8) (param "i" u8) (param "j" u8) (param "k" u8) (param "l" u8) (param "m" u8) (param "n" u8)
      (param "o" u8) (param "p" u8) (param "last" char)
      (canon lift (core func $m "f") (memory (core memory $m "memory")) (realloc (core func $m "realloc")))))
  (instance $callee (instantiate $Callee))
  (core module $Memory (memory (export "memory") 1) (data (i32.const 16) "\00\d8\00\00"))
  (core instance $memory (instantiate $Memory))
  (core func $f (canon lower (func $callee "f") (memory (core memory $memory "memory"))))
  (core module $Caller
    (import "" "f" (func $f (param i32)))
    (func (export "run") (call $f (i32.const 0))))
  (core instance $caller (instantiate $Caller (with "" (instance (export "f" (func $f))))))
  (func (export "run") (canon lift (core func $caller "run"))))

(assert_trap (invoke "run") "`char`")

;; a string
(component
  (component $Callee
    (core module $M
      (memory (export "memory") 1)
      (func (export "realloc") (param i32 i32 i32 i32) (result i32) unreachable)
      (func (export "f") (param i32 i32)))
    (core instance $m (instantiate $M))
    (func (export "f") (param "s" string)
      (canon lift (core func $m "f") (memory (core memory $m "memory")) (realloc (core func $m "realloc")))))
  (instance $callee (instantiate $Callee))
  (core module $Memory (memory (export "memory") 1) (data (i32.const 16) "a\ff"))
  (core instance $memory (instantiate $Memory))
  (core func $f (canon lower (func $callee "f") (memory (core memory $memory "memory"))))
  (core module $Caller
    (import "" "f" (func $f (param i32 i32)))
    (func (export "run") (call $f (i32.const 16) (i32.const 2))))
  (core instance $caller (instantiate $Caller (with "" (instance (export "f" (func $f))))))
  (func (export "run") (canon lift (core func $caller "run"))))
(assert_trap (invoke "run") "invalid utf8 encoding")

;; the caller's area for a result: at 2 it is not aligned
(component
  (component $Callee
    (core module $M
      (memory (export "memory") 1)
      (data (i32.const 16) "\00\d8\00\00")
      (func (export "f") (result i32) (i32.const 16)))
    (core instance $m (instantiate $M))
    (func (export "f") (result (tuple char u8)) (canon lift (core func $m "f") (memory (core memory $m "memory")))))
  (instance $callee (instantiate $Callee))
  (core module $Memory (memory (export "memory") 1))
  (core instance $memory (instantiate $Memory))
  (core func $f (canon lower (func $callee "f") (memory (core memory $memory "memory"))))
  (core module $Caller
    (import "" "f" (func $f (param i32)))
    (func (export "run") (call $f (i32.const 2))))
  (core instance $caller (instantiate $Caller (with "" (instance (export "f" (func $f))))))
  (func (export "run") (canon lift (core func $caller "run"))))
(assert_trap (invoke "run") "`char`")
