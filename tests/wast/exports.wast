;; What a component exports may be its own, a child's, or an instance put together of both; functions of exported
;; instances are called by `instance#function`.
;; Explainer.md: Instance Definitions, Import and Export Definitions. An import exported again:
;; corpus/findings/imports-exported-again.wast.

(component
  (component $Child
    (core module $M
      (func (export "one") (result i32) (i32.const 1))
      (func (export "ten") (param i32) (result i32) (i32.mul (local.get 0) (i32.const 10))))
    (core instance $m (instantiate $M))
    (func $one (result u8) (canon lift (core func $m "one")))
    (func $ten (param "v" u32) (result u32) (canon lift (core func $m "ten")))
    (instance $both (export "one" (func $one)) (export "ten" (func $ten)))
    (export "one" (func $one))
    (export "again" (func $one))
    (export "a:b/both" (instance $both)))
  (instance $child (instantiate $Child))
  (alias export $child "a:b/both" (instance $both))
  (alias export $both "ten" (func $ten))
  (instance $mixed
    (export "ten" (func $ten))
    (export "inner" (instance $both)))
  (export "one" (func $child "one"))
  (export "again" (func $child "again"))
  (export "times-ten" (func $ten))
  (export "child" (instance $child))
  (export "mixed" (instance $mixed))
  (export "c:d/both@1.2.3" (instance $both)))

(assert_return (invoke "one") (u8.const 1))
(assert_return (invoke "again") (u8.const 1))
(assert_return (invoke "times-ten" (u32.const 7)) (u32.const 70))
(assert_return (invoke "child#one") (u8.const 1))
(assert_return (invoke "child#a:b/both#ten" (u32.const 8)) (u32.const 80))
(assert_return (invoke "mixed#ten" (u32.const 9)) (u32.const 90))
(assert_return (invoke "mixed#inner#one") (u8.const 1))
(assert_return (invoke "c:d/both@1.2.3#ten" (u32.const 4)) (u32.const 40))

;; an instance handed on: from a sibling, through a component that only passes it on
(component
  (component $Source
    (core module $M (func (export "f") (param f64) (result f64) (f64.neg (local.get 0))))
    (core instance $m (instantiate $M))
    (func (export "neg") (param "v" f64) (result f64) (canon lift (core func $m "f"))))
  (component $PassOn
    (import "in" (instance $in (export "neg" (func (param "v" f64) (result f64)))))
    (export "out" (instance $in)))
  (component $Sink
    (import "in" (instance $in (export "neg" (func (param "v" f64) (result f64)))))
    (core func $neg (canon lower (func $in "neg")))
    (core module $M
      (import "" "neg" (func $neg (param f64) (result f64)))
      (func (export "run") (param f64) (result f64) (f64.add (f64.const 1) (call $neg (local.get 0)))))
    (core instance $m (instantiate $M (with "" (instance (export "neg" (func $neg))))))
    (func (export "run") (param "v" f64) (result f64) (canon lift (core func $m "run"))))
  (instance $source (instantiate $Source))
  (instance $pass-on (instantiate $PassOn (with "in" (instance $source))))
  (alias export $pass-on "out" (instance $out))
  (instance $sink (instantiate $Sink (with "in" (instance $out))))
  (export "run" (func $sink "run")))
(assert_return (invoke "run" (f64.const 0.25)) (f64.const 0.75))

;; parameters keep their order
(component
  (core module $M (func (export "f") (param i32 i32) (result i32) (i32.sub (local.get 0) (local.get 1))))
  (core instance $m (instantiate $M))
  (func (export "minus") (param "left" s16) (param "right" s16) (result s16) (canon lift (core func $m "f"))))
(assert_return (invoke "minus" (s16.const 3) (s16.const 5)) (s16.const -2))
(assert_return (invoke "minus" (s16.const -32768) (s16.const 1)) (s16.const 32767))
