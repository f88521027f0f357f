;; wasmtime 50.0.1 differs: of a borrowed handle that is lent, and passed on as an owned one in the same call, it says that
;; it is not owned. The specification asks first whether it is lent. Only the reason differs.
;; CanonicalABI.md, Loading: lift_own (trap_if(h.num_lends != 0), then trap_if(not h.own)); lift_borrow (add_lender, for
;; borrowed handles too).

(component definition $D
  (component $Owner
    (type $r' (resource (rep i32)))
    (export $r "r" (type $r'))
    (core func $new (canon resource.new $r))
    (core module $M (func (export "both") (param i32 i32)))
    (core instance $m (instantiate $M))
    (func (export "make") (param "rep" u32) (result (own $r)) (canon lift (core func $new)))
    (func (export "both") (param "a" (borrow $r)) (param "b" (own $r)) (canon lift (core func $m "both"))))
  (instance $owner (instantiate $Owner))
  (alias export $owner "r" (type $r))
  (component $Middle
    (import "r" (type $r (sub resource)))
    (import "both" (func $both (param "a" (borrow $r)) (param "b" (own $r))))
    (core func $both' (canon lower (func $both)))
    (core module $M
      (import "" "both" (func $both (param i32 i32)))
      (func (export "relay") (param i32) (call $both (local.get 0) (local.get 0))))
    (core instance $m (instantiate $M (with "" (instance (export "both" (func $both'))))))
    (func (export "relay") (param "r" (borrow $r)) (canon lift (core func $m "relay"))))
  (instance $middle (instantiate $Middle (with "r" (type $r)) (with "both" (func $owner "both"))))
  (core func $make (canon lower (func $owner "make")))
  (core func $relay (canon lower (func $middle "relay")))
  (core module $M
    (import "" "make" (func $make (param i32) (result i32)))
    (import "" "relay" (func $relay (param i32)))
    (func (export "run") (call $relay (call $make (i32.const 1)))))
  (core instance $m (instantiate $M (with "" (instance (export "make" (func $make)) (export "relay" (func $relay))))))
  (func (export "run") (canon lift (core func $m "run"))))
(component instance $a $D)
(assert_trap (invoke "run") "cannot remove owned resource while borrowed") ;; handle-lent at param b
