;; wasmtime 50.0.1 differs in the reason: of a handle that is of another type and is lent as well, it tells that it is
;; lent. Either way the call traps.
;; CanonicalABI.md, lift_own: trap_if(h.rt is not t.rt) comes before trap_if(h.num_lends != 0).

(component definition $D
  (component $Callee
    (type $a' (resource (rep i32)))
    (type $b' (resource (rep i32)))
    (export $a "a" (type $a'))
    (export $b "b" (type $b'))
    (core func $new (canon resource.new $a))
    (core module $M
      (import "" "new" (func $new (param i32) (result i32)))
      (func (export "make") (result i32) (call $new (i32.const 1)))
      (func (export "take") (param i32 i32)))
    (core instance $m (instantiate $M (with "" (instance (export "new" (func $new))))))
    (func (export "make") (result (own $a)) (canon lift (core func $m "make")))
    (func (export "take") (param "lent" (borrow $a)) (param "given" (own $b)) (canon lift (core func $m "take"))))
  (instance $callee (instantiate $Callee))
  (core func $make (canon lower (func $callee "make")))
  (core func $take (canon lower (func $callee "take")))
  (core module $Caller
    (import "" "make" (func $make (result i32)))
    (import "" "take" (func $take (param i32 i32)))
    (func (export "run") (local $h i32)
      (local.set $h (call $make))
      (call $take (local.get $h) (local.get $h))))
  (core instance $caller (instantiate $Caller (with "" (instance
    (export "make" (func $make)) (export "take" (func $take))))))
  (func (export "run") (canon lift (core func $caller "run"))))

(component instance $one $D)
(assert_trap (invoke "run") "wrong type") ;; wrong-resource-type at param given
