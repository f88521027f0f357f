;; An i32 is a char up to 0x10FFFF, surrogates excepted; every other i32 traps where it is lifted: as a parameter and
;; as a result, between components and at the host's boundary.
;; CanonicalABI.md: Loading (convert_i32_to_char).

(component definition $D
  (component $Callee
    (core module $M
      (func (export "take") (param i32) (result i32) (local.get 0))
      (func (export "give") (param i32) (result i32) (local.get 0)))
    (core instance $m (instantiate $M))
    (func (export "take") (param "v" char) (result u32) (canon lift (core func $m "take")))
    (func (export "give") (param "v" u32) (result char) (canon lift (core func $m "give"))))
  (instance $callee (instantiate $Callee))
  (core func $take (canon lower (func $callee "take")))
  (core func $give (canon lower (func $callee "give")))
  (core module $Caller
    (import "" "take" (func $take (param i32) (result i32)))
    (import "" "give" (func $give (param i32) (result i32)))
    (func (export "pass") (param i32) (result i32) (call $take (local.get 0)))
    (func (export "get") (param i32) (result i32) (call $give (local.get 0))))
  (core instance $caller (instantiate $Caller (with "" (instance
    (export "take" (func $take)) (export "give" (func $give))))))
  (func (export "pass") (param "v" u32) (result u32) (canon lift (core func $caller "pass")))
  (func (export "get") (param "v" u32) (result u32) (canon lift (core func $caller "get")))
  (export "give" (func $callee "give")))

(component instance $good $D)
(assert_return (invoke "pass" (u32.const 0)) (u32.const 0))
(assert_return (invoke "pass" (u32.const 0xd7ff)) (u32.const 0xd7ff))
(assert_return (invoke "pass" (u32.const 0xe000)) (u32.const 0xe000))
(assert_return (invoke "pass" (u32.const 0x10ffff)) (u32.const 0x10ffff))
(assert_return (invoke "get" (u32.const 0xd7ff)) (u32.const 0xd7ff))
(assert_return (invoke "get" (u32.const 0xe000)) (u32.const 0xe000))
(assert_return (invoke "get" (u32.const 0x10ffff)) (u32.const 0x10ffff))
(assert_return (invoke "give" (u32.const 0xd7ff)) (char.const "\u{d7ff}"))
(assert_return (invoke "give" (u32.const 0xe000)) (char.const "\u{e000}"))
(assert_return (invoke "give" (u32.const 0x10ffff)) (char.const "\u{10ffff}"))

;; a parameter, from component to component
(component instance $p1 $D)
(assert_trap (invoke "pass" (u32.const 0xd800)) "invalid `char` bit pattern")
(component instance $p2 $D)
(assert_trap (invoke "pass" (u32.const 0xdfff)) "invalid `char` bit pattern")
(component instance $p3 $D)
(assert_trap (invoke "pass" (u32.const 0x110000)) "invalid `char` bit pattern")
(component instance $p4 $D)
(assert_trap (invoke "pass" (u32.const 0xffffffff)) "invalid `char` bit pattern")
(component instance $p5 $D)
(assert_trap (invoke "pass" (u32.const 0x80000061)) "invalid `char` bit pattern")

;; a result, from component to component
(component instance $r1 $D)
(assert_trap (invoke "get" (u32.const 0xd800)) "invalid `char` bit pattern")
(component instance $r2 $D)
(assert_trap (invoke "get" (u32.const 0xdfff)) "invalid `char` bit pattern")
(component instance $r3 $D)
(assert_trap (invoke "get" (u32.const 0x110000)) "invalid `char` bit pattern")
(component instance $r4 $D)
(assert_trap (invoke "get" (u32.const 0xffffffff)) "invalid `char` bit pattern")

;; a result, to the host
(component instance $h1 $D)
(assert_trap (invoke "give" (u32.const 0xd800)) "converted integer out of range for `char`")
(component instance $h2 $D)
(assert_trap (invoke "give" (u32.const 0xdfff)) "converted integer out of range for `char`")
(component instance $h3 $D)
(assert_trap (invoke "give" (u32.const 0x110000)) "converted integer out of range for `char`")
(component instance $h4 $D)
(assert_trap (invoke "give" (u32.const 0xffffffff)) "converted integer out of range for `char`")
