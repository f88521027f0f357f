;; An instance may not call out while its realloc runs, neither to another component nor to the host.
;; CanonicalABI.md: canon lower (trap_if(not may_leave)), Lifting and Lowering Context (reallocate).

(component definition $D
  (component $Other
    (core module $M (func (export "f")))
    (core instance $m (instantiate $M))
    (func (export "f") (canon lift (core func $m "f"))))
  (instance $other (instantiate $Other))
  (component $Callee
    (import "f" (func $f))
    (core func $f-core (canon lower (func $f)))
    (core module $M
      (import "" "f" (func $f))
      (memory (export "memory") 1)
      (func (export "take") (param i32))
      (func (export "leave") (call $f))
      (func (export "realloc") (param i32 i32 i32 i32) (result i32) (call $f) (i32.const 0)))
    (core instance $m (instantiate $M (with "" (instance (export "f" (func $f-core))))))
    (func (export "take")
      (param "a" u8) (param "b" u8) (param "c" u8) (param "d" u8) (param "e" u8) (param "f" u8) (param "g" u8)
      (param "h" u8) (param "i" u8) (param "j" u8) (param "k" u8) (param "l" u8) (param "m" u8) (param "n" u8)
      (param "o" u8) (param "p" u8) (param "q" u8)
      (canon lift (core func $m "take") (memory (core memory $m "memory")) (realloc (core func $m "realloc"))))
    (func (export "leave") (canon lift (core func $m "leave"))))
  (instance $callee (instantiate $Callee (with "f" (func $other "f"))))
  (core module $Memory (memory (export "memory") 1))
  (core instance $memory (instantiate $Memory))
  (core func $take (canon lower (func $callee "take") (memory (core memory $memory "memory"))))
  (core module $Caller
    (import "" "take" (func $take (param i32)))
    (func (export "pass") (call $take (i32.const 0))))
  (core instance $caller (instantiate $Caller (with "" (instance (export "take" (func $take))))))
  (func (export "pass") (canon lift (core func $caller "pass")))
  (export "take" (func $callee "take"))
  (export "leave" (func $callee "leave")))

(component instance $good $D)
(assert_return (invoke "leave"))

;; realloc called for a component
(component instance $inner $D)
(assert_trap (invoke "pass") "cannot leave component instance")

;; realloc called for the host
(component instance $host $D)
(assert_trap (invoke "take" (u8.const 0) (u8.const 1) (u8.const 2) (u8.const 3) (u8.const 4) (u8.const 5) (u8.const 6)
  (u8.const 7) (u8.const 8) (u8.const 9) (u8.const 10) (u8.const 11) (u8.const 12) (u8.const 13) (u8.const 14)
  (u8.const 15) (u8.const 16))
  "cannot leave component instance")

;; the same, calling a function of the host
(component
  (import "host-return-two" (func $two (result u32)))
  (core func $two-core (canon lower (func $two)))
  (core module $M
    (import "" "two" (func $two (result i32)))
    (memory (export "memory") 1)
    (func (export "take") (param i32))
    (func (export "leave") (result i32) (call $two))
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (drop (call $two)) (i32.const 0)))
  (core instance $m (instantiate $M (with "" (instance (export "two" (func $two-core))))))
  (func (export "take")
    (param "a" u8) (param "b" u8) (param "c" u8) (param "d" u8) (param "e" u8) (param "f" u8) (param "g" u8)
    (param "h" u8) (param "i" u8) (param "j" u8) (param "k" u8) (param "l" u8) (param "m" u8) (param "n" u8)
    (param "o" u8) (param "p" u8) (param "q" u8)
    (canon lift (core func $m "take") (memory (core memory $m "memory")) (realloc (core func $m "realloc"))))
  (func (export "leave") (result u32) (canon lift (core func $m "leave"))))
(assert_return (invoke "leave") (u32.const 2))
(assert_trap (invoke "take" (u8.const 0) (u8.const 1) (u8.const 2) (u8.const 3) (u8.const 4) (u8.const 5) (u8.const 6)
  (u8.const 7) (u8.const 8) (u8.const 9) (u8.const 10) (u8.const 11) (u8.const 12) (u8.const 13) (u8.const 14)
  (u8.const 15) (u8.const 16))
  "cannot leave component instance")
