;; Functions of the host, imported at the root and in (nested) instances, and handed on to children. The host of a
;; script offers: host-echo-u32 (u32) -> u32; host-return-two -> 2; in instance host: return-three -> 3; in its
;; instance nested: return-four -> 4.
;; CanonicalABI.md: canon lower. Explainer.md: Import and Export Definitions.

(component
  (import "host-echo-u32" (func $echo (param "v" u32) (result u32)))
  (import "host" (instance $host
    (export "return-three" (func (result u32)))
    (export "nested" (instance (export "return-four" (func (result u32)))))))
  (alias export $host "nested" (instance $nested))
  (component $Child
    (import "echo" (func $echo (param "v" u32) (result u32)))
    (import "all" (instance $all
      (export "return-three" (func (result u32)))
      (export "nested" (instance (export "return-four" (func (result u32)))))))
    (alias export $all "nested" (instance $nested))
    (core func $echo-core (canon lower (func $echo)))
    (core func $three-core (canon lower (func $all "return-three")))
    (core func $four-core (canon lower (func $nested "return-four")))
    (core module $M
      (import "" "echo" (func $echo (param i32) (result i32)))
      (import "" "three" (func $three (result i32)))
      (import "" "four" (func $four (result i32)))
      (func (export "run") (param i32) (result i32)
        (i32.add (call $echo (local.get 0)) (i32.mul (call $three) (call $four)))))
    (core instance $m (instantiate $M (with "" (instance
      (export "echo" (func $echo-core)) (export "three" (func $three-core)) (export "four" (func $four-core))))))
    (func (export "run") (param "v" u32) (result u32) (canon lift (core func $m "run"))))
  (instance $child (instantiate $Child (with "echo" (func $echo)) (with "all" (instance $host))))
  (core func $echo-core (canon lower (func $echo)))
  (core func $four-core (canon lower (func $nested "return-four")))
  (core func $run-core (canon lower (func $child "run")))
  (core module $M
    (import "" "echo" (func $echo (param i32) (result i32)))
    (import "" "four" (func $four (result i32)))
    (import "" "run" (func $run (param i32) (result i32)))
    (func (export "echo") (param i32) (result i32) (call $echo (local.get 0)))
    (func (export "four") (result i32) (call $four))
    (func (export "run") (param i32) (result i32) (call $run (call $echo (local.get 0)))))
  (core instance $m (instantiate $M (with "" (instance
    (export "echo" (func $echo-core)) (export "four" (func $four-core)) (export "run" (func $run-core))))))
  (func (export "echo") (param "v" u32) (result u32) (canon lift (core func $m "echo")))
  (func (export "four") (result u32) (canon lift (core func $m "four")))
  (func (export "run") (param "v" u32) (result u32) (canon lift (core func $m "run")))
  (export "child-run" (func $child "run")))
(assert_return (invoke "echo" (u32.const 0xffffffff)) (u32.const 0xffffffff))
(assert_return (invoke "four") (u32.const 4))
(assert_return (invoke "run" (u32.const 30)) (u32.const 42))
(assert_return (invoke "child-run" (u32.const 0xffffffff)) (u32.const 11))

;; what the host does not offer, or not in this shape
(assert_unlinkable (component (import "no-such-function" (func))) "was not found")
(assert_unlinkable (component (import "no-such-instance" (instance (export "f" (func))))) "was not found")
(assert_unlinkable (component (import "host" (instance (export "return-five" (func (result u32)))))) "was not found")
(assert_unlinkable (component (import "host-return-two" (func (result s32)))) "type mismatch")
(assert_unlinkable (component (import "host-echo-u32" (func (result u32)))) "type mismatch")
