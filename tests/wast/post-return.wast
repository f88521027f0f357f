;; post-return is called once, after the result was lifted, with the flat results as its arguments; while it runs the
;; instance may not leave. It may change what core memory holds without changing the result.
;; CanonicalABI.md: canon lift.

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
      ;; The log: two decimal digits an event, the latest last. 10: called. 20: post-return.
      (global $log (mut i64) (i64.const 0))
      (global $received (mut i32) (i32.const 0))
      (func $note (param i64)
        (global.set $log (i64.add (i64.mul (global.get $log) (i64.const 100)) (local.get 0))))
      (func (export "give") (param i32) (result i32)
        (call $note (i64.const 10))
        (local.get 0))
      (func (export "after-give") (param i32)
        (call $note (i64.const 20))
        (global.set $received (local.get 0)))
      (func (export "nothing") (call $note (i64.const 10)))
      (func (export "after-nothing") (call $note (i64.const 20)))
      (func (export "after-leaves") (call $f))
      (func (export "after-traps") unreachable)
      (func (export "log") (result i64) (global.get $log))
      (func (export "received") (result i32) (global.get $received)))
    (core instance $m (instantiate $M (with "" (instance (export "f" (func $f-core))))))
    (func (export "give") (param "v" u32) (result u8)
      (canon lift (core func $m "give") (post-return (core func $m "after-give"))))
    (func (export "nothing") (canon lift (core func $m "nothing") (post-return (core func $m "after-nothing"))))
    (func (export "leaves") (canon lift (core func $m "nothing") (post-return (core func $m "after-leaves"))))
    (func (export "traps") (canon lift (core func $m "nothing") (post-return (core func $m "after-traps"))))
    (func (export "give-char") (param "v" u32) (result char)
      (canon lift (core func $m "give") (post-return (core func $m "after-give"))))
    (func (export "log") (result u64) (canon lift (core func $m "log")))
    (func (export "received") (result u32) (canon lift (core func $m "received"))))
  (instance $callee (instantiate $Callee (with "f" (func $other "f"))))
  (core func $give (canon lower (func $callee "give")))
  (core func $nothing (canon lower (func $callee "nothing")))
  (core func $traps (canon lower (func $callee "traps")))
  (core module $Caller
    (import "" "give" (func $give (param i32) (result i32)))
    (import "" "nothing" (func $nothing))
    (import "" "traps" (func $traps))
    (func (export "get") (param i32) (result i32) (call $give (local.get 0)))
    (func (export "nothing") (call $nothing))
    (func (export "traps") (call $traps)))
  (core instance $caller (instantiate $Caller (with "" (instance
    (export "give" (func $give)) (export "nothing" (func $nothing)) (export "traps" (func $traps))))))
  (func (export "get") (param "v" u32) (result u32) (canon lift (core func $caller "get")))
  (func (export "inner-nothing") (canon lift (core func $caller "nothing")))
  (func (export "inner-traps") (canon lift (core func $caller "traps")))
  (export "give" (func $callee "give"))
  (export "give-char" (func $callee "give-char"))
  (export "nothing" (func $callee "nothing"))
  (export "leaves" (func $callee "leaves"))
  (export "traps" (func $callee "traps"))
  (export "log" (func $callee "log"))
  (export "received" (func $callee "received")))

;; for the host; post-return gets the core value, junk and all
(component instance $host $D)
(assert_return (invoke "give" (u32.const 0x1234)) (u8.const 0x34))
(assert_return (invoke "log") (u64.const 1020))
(assert_return (invoke "received") (u32.const 0x1234))
(assert_return (invoke "nothing"))
(assert_return (invoke "log") (u64.const 10201020))

;; for a component
(component instance $inner $D)
(assert_return (invoke "get" (u32.const 0x1234)) (u32.const 0x34))
(assert_return (invoke "log") (u64.const 1020))
(assert_return (invoke "received") (u32.const 0x1234))
(assert_return (invoke "inner-nothing"))
(assert_return (invoke "log") (u64.const 10201020))

;; it may not leave its instance, and its traps are traps of the call
(component instance $t1 $D)
(assert_trap (invoke "leaves") "cannot leave component instance")
(component instance $t2 $D)
(assert_trap (invoke "traps") "unreachable")
(component instance $t3 $D)
(assert_trap (invoke "inner-traps") "unreachable")
