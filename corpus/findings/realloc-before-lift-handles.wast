;; wasmtime 50.0.1 differs: its adapters call the callee's realloc for a string before they have looked at the handle
;; that is passed after it. A handle that is none should trap before any of that. Only the reason differs.
;; CanonicalABI.md: canon lift (task.start lifts every argument, then lower_flat_values calls realloc), Table State.

;; index 7 is no handle of the caller's
(component
  (component $Callee
    (type $r' (resource (rep i32)))
    (export $r "r" (type $r'))
    (core module $M
      (memory (export "memory") 1)
      (func (export "realloc") (param i32 i32 i32 i32) (result i32) unreachable)
      (func (export "f") (param i32 i32 i32)))
    (core instance $m (instantiate $M))
    (func (export "f") (param "s" string) (param "r" (own $r))
      (canon lift (core func $m "f") (memory (core memory $m "memory")) (realloc (core func $m "realloc")))))
  (instance $callee (instantiate $Callee))
  (core module $Memory (memory (export "memory") 1) (data (i32.const 16) "a"))
  (core instance $memory (instantiate $Memory))
  (core func $f (canon lower (func $callee "f") (memory (core memory $memory "memory"))))
  (core module $Caller
    (import "" "f" (func $f (param i32 i32 i32)))
    (func (export "run") (call $f (i32.const 16) (i32.const 1) (i32.const 7))))
  (core instance $caller (instantiate $Caller (with "" (instance (export "f" (func $f))))))
  (func (export "run") (canon lift (core func $caller "run"))))
(assert_trap (invoke "run") "unknown handle index 7") ;; unknown-handle at param r
