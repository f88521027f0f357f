;; Two components: `font` makes characters and numbers out of whatever core values it is given, `app` calls it.
;;   factfuzz run tests/components/glyphs.wat --invoke 'glyph(9731)'      '☃' on every engine
;;   factfuzz run tests/components/glyphs.wat --invoke 'glyph(55296)'     a surrogate: every engine traps
(component
  (component $Font
    (core module $font
      (func (export "glyph") (param $code i32) (result i32) (local.get $code))
      ;; The result keeps its high bits: the boundary has to drop them.
      (func (export "narrow") (param $wide i32) (result i32) (i32.or (local.get $wide) (i32.const 0x7fffff00)))
      (func (export "mean") (param $a f64) (param $b f32) (result f64)
        (f64.div (f64.add (local.get $a) (f64.promote_f32 (local.get $b))) (f64.const 2))))
    (core instance $core (instantiate $font))
    (func (export "glyph") (param "code" u32) (result char) (canon lift (core func $core "glyph")))
    (func (export "narrow") (param "wide" u8) (result s8) (canon lift (core func $core "narrow")))
    (func (export "mean") (param "a" f64) (param "b" f32) (result f64) (canon lift (core func $core "mean"))))

  (component $App
    (import "font" (instance $font
      (export "glyph" (func (param "code" u32) (result char)))
      (export "narrow" (func (param "wide" u8) (result s8)))
      (export "mean" (func (param "a" f64) (param "b" f32) (result f64)))))
    (core func $glyph (canon lower (func $font "glyph")))
    (core func $narrow (canon lower (func $font "narrow")))
    (core func $mean (canon lower (func $font "mean")))
    (core module $app
      (import "font" "glyph" (func $glyph (param i32) (result i32)))
      (import "font" "narrow" (func $narrow (param i32) (result i32)))
      (import "font" "mean" (func $mean (param f64 f32) (result f64)))
      (func (export "glyph") (param $code i32) (result i32) (call $glyph (local.get $code)))
      (func (export "narrow") (param $wide i32) (result i32) (call $narrow (local.get $wide)))
      (func (export "mean") (param $a f64) (param $b f32) (result f64) (call $mean (local.get $a) (local.get $b))))
    (core instance $core (instantiate $app (with "font" (instance
      (export "glyph" (func $glyph))
      (export "narrow" (func $narrow))
      (export "mean" (func $mean))))))
    (func (export "glyph") (param "code" u32) (result char) (canon lift (core func $core "glyph")))
    (func (export "narrow") (param "wide" u32) (result s8) (canon lift (core func $core "narrow")))
    (func (export "mean") (param "a" f64) (param "b" f32) (result f64) (canon lift (core func $core "mean"))))

  (instance $font (instantiate $Font))
  (instance $app (instantiate $App (with "font" (instance $font))))
  (export "glyph" (func $app "glyph"))
  (export "narrow" (func $app "narrow"))
  (export "mean" (func $app "mean")))
