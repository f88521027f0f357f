;; A handle that a function returns has left its table by the time the post-return is called with its index.
;; CanonicalABI.md: canon lift (lift_flat_values before post_return), Loading (lift_own).
(component definition $D
  (component $C
    (type $R' (resource (rep i32)))
    (export $R "r" (type $R'))
    (core func $new (canon resource.new $R'))
    (core func $rep (canon resource.rep $R'))
    (core module $M
      (import "" "new" (func $new (param i32) (result i32)))
      (import "" "rep" (func $rep (param i32) (result i32)))
      (global $index (mut i32) (i32.const 0))
      (func (export "make") (param i32) (result i32) (call $new (local.get 0)))
      (func (export "note") (param i32) (global.set $index (local.get 0)))
      (func (export "look") (param i32) (global.set $index (call $rep (local.get 0))))
      (func (export "index") (result i32) (global.get $index)))
    (core instance $m (instantiate $M (with "" (instance (export "new" (func $new)) (export "rep" (func $rep))))))
    (func (export "note") (param "v" u32) (result (own $R))
      (canon lift (core func $m "make") (post-return (core func $m "note"))))
    (func (export "look") (param "v" u32) (result (own $R))
      (canon lift (core func $m "make") (post-return (core func $m "look"))))
    (func (export "index") (result u32) (canon lift (core func $m "index"))))
  (instance $c (instantiate $C))
  (component $U
    (import "c" (instance $c
      (export "r" (type $r (sub resource)))
      (export "note" (func (param "v" u32) (result (own $r))))
      (export "look" (func (param "v" u32) (result (own $r))))))
    (core func $note (canon lower (func $c "note")))
    (core func $look (canon lower (func $c "look")))
    (func (export "note") (param "v" u32) (result u32) (canon lift (core func $note)))
    (func (export "look") (param "v" u32) (result u32) (canon lift (core func $look))))
  (instance $u (instantiate $U (with "c" (instance $c))))
  (export "u" (instance $u))
  (export "index" (func $c "index")))
(component instance $i $D)
(assert_return (invoke "u#note" (u32.const 7)) (u32.const 1))
(assert_return (invoke "u#note" (u32.const 7)) (u32.const 2))
(assert_return (invoke "index") (u32.const 1))
(assert_trap (invoke "u#look" (u32.const 7)) "unknown handle index") ;; unknown-handle
(assert_trap (invoke "index") "cannot enter component instance") ;; cannot-enter
