;; wasmtime 50.0.1 differs: in a post-return that an adapter calls, resource.new and resource.drop do not trap.
;; CanonicalABI.md: canon lift (may_leave is false while post-return runs), canon resource.new, canon resource.drop
;; (trap_if(not inst.may_leave)).

(component definition $D
  (component $Callee
    (type $r (resource (rep i32)))
    (core func $new (canon resource.new $r))
    (core func $drop (canon resource.drop $r))
    (core module $M
      (import "" "new" (func $new (param i32) (result i32)))
      (import "" "drop" (func $drop (param i32)))
      (global $made (mut i32) (i32.const 0))
      (func (export "f"))
      (func (export "after-f") (drop (call $new (i32.const 1))))
      (func (export "g") (global.set $made (call $new (i32.const 1))))
      (func (export "after-g") (call $drop (global.get $made))))
    (core instance $m (instantiate $M (with "" (instance (export "new" (func $new)) (export "drop" (func $drop))))))
    (func (export "f") (canon lift (core func $m "f") (post-return (core func $m "after-f"))))
    (func (export "g") (canon lift (core func $m "g") (post-return (core func $m "after-g")))))
  (instance $callee (instantiate $Callee))
  (core func $f (canon lower (func $callee "f")))
  (core func $g (canon lower (func $callee "g")))
  (core module $Caller
    (import "" "f" (func $f))
    (import "" "g" (func $g))
    (func (export "f") (call $f))
    (func (export "g") (call $g)))
  (core instance $caller (instantiate $Caller (with "" (instance (export "f" (func $f)) (export "g" (func $g))))))
  (func (export "new") (canon lift (core func $caller "f")))
  (func (export "drop") (canon lift (core func $caller "g"))))

(component instance $one $D)
(assert_trap (invoke "new") "cannot leave component instance")
(component instance $two $D)
(assert_trap (invoke "drop") "cannot leave component instance")
