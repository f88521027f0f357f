;; A module that needs a lowered import before its own memory exists gets a shim instead: a function that calls through
;; a table. A fixup module, instantiated last, writes the lowered functions into the table.
;; CanonicalABI.md: canon lower. The table may also be filled by the module itself, from imported functions.

(component definition $D
  (component $Callee
    (core module $M
      (memory (export "memory") 1)
      (func (export "sum") (param $at i32) (result i32)
        (i32.add (i32.load8_u (local.get $at)) (i32.load8_u (i32.add (local.get $at) (i32.const 16)))))
      (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 512))
      (func (export "double") (param i32) (result i32) (i32.mul (local.get 0) (i32.const 2))))
    (core instance $m (instantiate $M))
    (func (export "sum")
      (param "a" u8) (param "b" u8) (param "c" u8) (param "d" u8) (param "e" u8) (param "f" u8) (param "g" u8)
      (param "h" u8) (param "i" u8) (param "j" u8) (param "k" u8) (param "l" u8) (param "m" u8) (param "n" u8)
      (param "o" u8) (param "p" u8) (param "q" u8) (result u32)
      (canon lift (core func $m "sum") (memory (core memory $m "memory")) (realloc (core func $m "realloc"))))
    (func (export "double") (param "v" u16) (result u16) (canon lift (core func $m "double"))))
  (instance $callee (instantiate $Callee))

  (core module $Shim
    (type $t (func (param i32) (result i32)))
    (table (export "$imports") 2 2 funcref)
    (func (export "0") (type $t) (call_indirect (type $t) (local.get 0) (i32.const 0)))
    (func (export "1") (type $t) (call_indirect (type $t) (local.get 0) (i32.const 1))))
  (core instance $shim (instantiate $Shim))
  (core module $Main
    (import "callee" "sum" (func $sum (param i32) (result i32)))
    (import "callee" "double" (func $double (param i32) (result i32)))
    (memory (export "memory") 1)
    (data (i32.const 96) "\05\ff\ff\ff\ff\ff\ff\ff\ff\ff\ff\ff\ff\ff\ff\ff\25")
    (func (export "run-sum") (result i32) (call $sum (i32.const 96)))
    (func (export "run-double") (param i32) (result i32) (call $double (local.get 0))))
  (core instance $main (instantiate $Main (with "callee" (instance
    (export "sum" (func $shim "0")) (export "double" (func $shim "1"))))))
  (core func $sum (canon lower (func $callee "sum") (memory (core memory $main "memory"))))
  (core func $double (canon lower (func $callee "double")))
  (core module $Fixup
    (import "" "$imports" (table 2 2 funcref))
    (import "" "0" (func $0 (param i32) (result i32)))
    (import "" "1" (func $1 (param i32) (result i32)))
    (elem (i32.const 0) func $0 $1))
  (core instance (instantiate $Fixup (with "" (instance
    (export "$imports" (table $shim "$imports")) (export "0" (func $sum)) (export "1" (func $double))))))
  (func (export "run-sum") (result u32) (canon lift (core func $main "run-sum")))
  (func (export "run-double") (param "v" u32) (result u32) (canon lift (core func $main "run-double"))))

(component instance $i $D)
(assert_return (invoke "run-sum") (u32.const 42))
(assert_return (invoke "run-double" (u32.const 21)) (u32.const 42))
(assert_return (invoke "run-double" (u32.const 0x10008001)) (u32.const 2))

;; a shim that is called before the fixup
(assert_trap
  (component
    (core module $Shim
      (type $t (func))
      (table (export "$imports") 1 1 funcref)
      (func (export "0") (type $t) (call_indirect (type $t) (i32.const 0))))
    (core instance $shim (instantiate $Shim))
    (core module $Main (import "" "0" (func $f)) (start $f))
    (core instance (instantiate $Main (with "" (instance (export "0" (func $shim "0")))))))
  "uninitialized element")

;; a lowered function in a table of the module that imports it, called with the wrong signature and with the right one
(component definition $T
  (component $Callee
    (core module $M (func (export "f") (param i32) (result i32) (i32.add (local.get 0) (i32.const 1))))
    (core instance $m (instantiate $M))
    (func (export "f") (param "v" u8) (result u8) (canon lift (core func $m "f"))))
  (instance $callee (instantiate $Callee))
  (core func $f (canon lower (func $callee "f")))
  (core module $M
    (import "" "f" (func $f (param i32) (result i32)))
    (table 1 funcref)
    (elem (i32.const 0) func $f)
    (func (export "right") (param i32) (result i32)
      (call_indirect (param i32) (result i32) (local.get 0) (i32.const 0)))
    (func (export "wrong") (call_indirect (i32.const 0))))
  (core instance $m (instantiate $M (with "" (instance (export "f" (func $f))))))
  (func (export "right") (param "v" u8) (result u8) (canon lift (core func $m "right")))
  (func (export "wrong") (canon lift (core func $m "wrong"))))
(component instance $t $T)
(assert_return (invoke "right" (u8.const 255)) (u8.const 0))
(assert_trap (invoke "wrong") "indirect call type mismatch")
