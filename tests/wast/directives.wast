;; What a script can hold: definitions and instances with and without names, core modules beside components, instances
;; registered as providers of imports.

(component definition $D
  (core module $M
    (global $n (mut i32) (i32.const 0))
    (func (export "next") (result i32)
      (global.set $n (i32.add (global.get $n) (i32.const 1)))
      (global.get $n)))
  (core instance $m (instantiate $M))
  (func (export "next") (result u32) (canon lift (core func $m "next"))))
(component instance $a $D)
(component instance $b $D)
(assert_return (invoke $a "next") (u32.const 1))
(assert_return (invoke $a "next") (u32.const 2))
(assert_return (invoke $b "next") (u32.const 1))
(assert_return (invoke "next") (u32.const 2))

;; a name given again means the later one
(component instance $a $D)
(assert_return (invoke $a "next") (u32.const 1))

;; definitions are defined and no more: this one would trap
(component definition (core module $M (func $f unreachable) (start $f)) (core instance (instantiate $M)))
(assert_return (invoke $b "next") (u32.const 3))

;; given as text, and as bytes
(component quote
  "(core module $M (func (export \"f\") (result i32) (i32.const 5)))"
  "(core instance $m (instantiate $M))"
  "(func (export \"f\") (result s8) (canon lift (core func $m \"f\")))")
(assert_return (invoke "f") (s8.const 5))
(component binary "\00asm\0d\00\01\00")

;; an empty component, and one with definitions only
(component)
(component (core module) (component (core module (func unreachable))))

;; a registered component instance gives other components their imports
(component $source
  (core module $M (func (export "f") (param i32) (result i32) (i32.sub (i32.const 0) (local.get 0))))
  (core instance $m (instantiate $M))
  (func (export "negate") (param "v" s32) (result s32) (canon lift (core func $m "f"))))
(register "arithmetic" $source)
(component
  (import "arithmetic" (instance $arithmetic (export "negate" (func (param "v" s32) (result s32)))))
  (core func $negate (canon lower (func $arithmetic "negate")))
  (core module $M
    (import "" "negate" (func $negate (param i32) (result i32)))
    (func (export "f") (param i32) (result i32) (i32.add (i32.const 1) (call $negate (local.get 0)))))
  (core instance $m (instantiate $M (with "" (instance (export "negate" (func $negate))))))
  (func (export "complement") (param "v" s32) (result s32) (canon lift (core func $m "f"))))
(assert_return (invoke "complement" (s32.const 41)) (s32.const -40))
(assert_return (invoke $source "negate" (s32.const 41)) (s32.const -41))

;; core modules
(module $core
  (global (export "g") (mut i64) (i64.const -1))
  (global (export "pi") f32 (f32.const 3.25))
  (func (export "add") (param i32 i64) (result i64) (i64.add (i64.extend_i32_s (local.get 0)) (local.get 1)))
  (func (export "set") (param i64) (global.set 0 (local.get 0)))
  (func (export "nan") (result f64) (f64.const nan))
  (func (export "both") (result i32 f32) (i32.const -7) (f32.const 0.5))
  (func (export "trap") unreachable))
(assert_return (invoke "add" (i32.const -2) (i64.const 0x100000000)) (i64.const 0xfffffffe))
(assert_return (get $core "g") (i64.const -1))
(assert_return (get "pi") (f32.const 3.25))
(invoke "set" (i64.const 9))
(assert_return (get "g") (i64.const 9))
(assert_return (invoke "nan") (f64.const nan:canonical))
(assert_return (invoke "both") (i32.const -7) (f32.const 0.5))
(assert_trap (invoke "trap") "unreachable")
(register "core" $core)
(module
  (import "core" "add" (func $add (param i32 i64) (result i64)))
  (func (export "run") (result i64) (call $add (i32.const 1) (i64.const 2))))
(assert_return (invoke "run") (i64.const 3))
(module definition $CD (func (export "f") (result i32) (i32.const 1)))
(module instance $c1 $CD)
(assert_return (invoke $c1 "f") (i32.const 1))
(assert_unlinkable (module (import "core" "no-such" (func))) "unknown import")
(assert_unlinkable (module (import "core" "add" (func))) "incompatible import type")
(assert_trap (module (func $f unreachable) (start $f)) "unreachable")
(assert_invalid (module (func (result i32))) "type mismatch")
(assert_malformed (module quote "(func") "expected `)`")

;; components are where they were
(assert_return (invoke $b "next") (u32.const 4))
