;; After a trap an instance cannot be entered any more, through none of its exports; other instances of the same
;; component are not concerned.
;; CanonicalABI.md: Embedding (Store.lift: enter_from is not followed by leave_to).

(component definition $D
  (component $A
    (core module $M
      (func (export "trap") unreachable)
      (func (export "fine") (result i32) (i32.const 1)))
    (core instance $m (instantiate $M))
    (func (export "trap") (canon lift (core func $m "trap")))
    (func (export "fine") (result u32) (canon lift (core func $m "fine"))))
  (instance $a (instantiate $A))
  (core func $trap (canon lower (func $a "trap")))
  (core module $M
    (import "" "trap" (func $trap))
    (func (export "trap") (call $trap))
    (func (export "fine") (result i32) (i32.const 2)))
  (core instance $m (instantiate $M (with "" (instance (export "trap" (func $trap))))))
  (func (export "trap") (canon lift (core func $m "trap")))
  (func (export "fine") (result u32) (canon lift (core func $m "fine")))
  (export "a-trap" (func $a "trap"))
  (export "a-fine" (func $a "fine")))

(component instance $one $D)
(component instance $two $D)
(assert_return (invoke $one "fine") (u32.const 2))
(assert_return (invoke $one "a-fine") (u32.const 1))
(assert_trap (invoke $one "trap") "unreachable")
(assert_trap (invoke $one "trap") "cannot enter component instance")
(assert_trap (invoke $one "fine") "cannot enter component instance")
(assert_trap (invoke $one "a-fine") "cannot enter component instance")
(assert_return (invoke $two "fine") (u32.const 2))

;; a trap of a child that the host called itself shuts the parent too: the host entered both
(component instance $three $D)
(assert_trap (invoke $three "a-trap") "unreachable")
(assert_trap (invoke $three "a-fine") "cannot enter component instance")
(assert_trap (invoke $three "fine") "cannot enter component instance")
