;; wasmtime 50.0.1 differs: when a callee returns, it first asks for borrowed handles that are still there and then lifts
;; the result. Both are wrong here, so only the reason differs: at the host's boundary and in a fused adapter alike.
;; CanonicalABI.md: canon lift (lift_flat_values of the result, then task.return_), Tasks (return_:
;; trap_if(self.num_borrows > 0)).

(component definition $D
  (component $Owner
    (type $r' (resource (rep i32)))
    (export $r "r" (type $r'))
    (core func $new (canon resource.new $r))
    (func (export "make") (param "rep" u32) (result (own $r)) (canon lift (core func $new))))
  (instance $owner (instantiate $Owner))
  (alias export $owner "r" (type $r))
  (component $Callee
    (import "r" (type $r (sub resource)))
    (core module $M
      (func (export "char") (param i32) (result i32) (i32.const 0xd800))
      (func (export "self") (param i32) (result i32) (local.get 0)))
    (core instance $m (instantiate $M))
    (func (export "bad-char") (param "r" (borrow $r)) (result char) (canon lift (core func $m "char")))
    (func (export "not-owned") (param "r" (borrow $r)) (result (own $r)) (canon lift (core func $m "self"))))
  (instance $callee (instantiate $Callee (with "r" (type $r))))
  (core func $make (canon lower (func $owner "make")))
  (core func $bad-char (canon lower (func $callee "bad-char")))
  (core func $not-owned (canon lower (func $callee "not-owned")))
  (core module $M
    (import "" "make" (func $make (param i32) (result i32)))
    (import "" "bad-char" (func $bad-char (param i32) (result i32)))
    (import "" "not-owned" (func $not-owned (param i32) (result i32)))
    (func (export "bad-char") (result i32) (call $bad-char (call $make (i32.const 1))))
    (func (export "not-owned") (result i32) (call $not-owned (call $make (i32.const 1)))))
  (core instance $m (instantiate $M (with "" (instance
    (export "make" (func $make)) (export "bad-char" (func $bad-char)) (export "not-owned" (func $not-owned))))))
  (func (export "bad-char") (result u32) (canon lift (core func $m "bad-char")))
  (func (export "not-owned") (result u32) (canon lift (core func $m "not-owned"))))
(component instance $a $D)
(assert_trap (invoke "bad-char") "`char`") ;; invalid-char at result
(component instance $b $D)
(assert_trap (invoke "not-owned") "cannot lift own resource from a borrow") ;; handle-not-owned at result
