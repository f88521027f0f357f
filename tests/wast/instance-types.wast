;; What an import asks for is a type: instance, component and module types, with types inside that are given by bounds.
;; What is given may have more exports, in another order; a type with a bound `eq` is what it says, one that is a `sub
;; resource` is whatever is given. Nested types declare scopes of their own.
;; Explainer.md: Type Definitions (instancetype, componenttype, typebound), Type Checking.

;; more than is asked for, in another order, nested
(component
  (core module $M
    (func (export "one") (result i32) (i32.const 1))
    (func (export "two") (result i32) (i32.const 2))
    (func (export "three") (result i32) (i32.const 3)))
  (core instance $m (instantiate $M))
  (func $one (result u8) (canon lift (core func $m "one")))
  (func $two (result u8) (canon lift (core func $m "two")))
  (func $three (result u8) (canon lift (core func $m "three")))
  (component $Given
    (import "one" (func $one (result u8)))
    (import "two" (func $two (result u8)))
    (import "three" (func $three (result u8)))
    (instance $inner (export "unasked" (func $three)) (export "two" (func $two)))
    (export "three" (func $three))
    (export "inner" (instance $inner))
    (export "unasked" (func $one))
    (export "one" (func $one)))
  (instance $given (instantiate $Given (with "three" (func $three)) (with "one" (func $one)) (with "two" (func $two))))
  (component $User
    (import "i" (instance $i
      (export "one" (func (result u8)))
      (export "inner" (instance (export "two" (func (result u8)))))))
    (export "same" (instance $i))
    (alias export $i "inner" (instance $inner))
    (export "two" (func $inner "two")))
  (instance $u (instantiate $User (with "i" (instance $given))))
  (export "two" (func $u "two"))
  (alias export $u "same" (instance $same))
  (export "one" (func $same "one")))
(assert_return (invoke "one") (u8.const 1))
(assert_return (invoke "two") (u8.const 2))

;; types of values by bounds: what is imported is equal to what is exported
(component
  (component $Types
    (type $point' (record (field "x" s16) (field "y" s16)))
    (export $point "point" (type $point'))
    (type $line' (record (field "from" $point) (field "to" $point)))
    (export $line "line" (type $line'))
    (core module $M (func (export "f") (param i32 i32 i32 i32) (result i32)
      (i32.add (i32.sub (local.get 2) (local.get 0)) (i32.sub (local.get 3) (local.get 1)))))
    (core instance $m (instantiate $M))
    (func (export "length") (param "l" $line) (result s32) (canon lift (core func $m "f"))))
  (instance $types (instantiate $Types))
  (component $User
    (import "types" (instance $types
      (type $point' (record (field "x" s16) (field "y" s16)))
      (export "point" (type $point (eq $point')))
      (type $line' (record (field "from" $point) (field "to" $point)))
      (export "line" (type $line (eq $line')))
      (export "length" (func (param "l" $line) (result s32)))))
    (alias export $types "line" (type $line))
    (import "line-too" (type $line-too (eq $line)))
    (import "length-too" (func $length-too (param "l" $line-too) (result s32)))
    (core func $length (canon lower (func $types "length")))
    (core func $length-too' (canon lower (func $length-too)))
    (core module $M
      (import "" "a" (func $a (param i32 i32 i32 i32) (result i32)))
      (import "" "b" (func $b (param i32 i32 i32 i32) (result i32)))
      (func (export "f") (result i32)
        (i32.add (i32.mul (call $a (i32.const -1) (i32.const 2) (i32.const 5) (i32.const 7)) (i32.const 100))
                 (call $b (i32.const 0) (i32.const 0) (i32.const 65535) (i32.const 3)))))
    (core instance $m (instantiate $M (with "" (instance (export "a" (func $length)) (export "b"
      (func $length-too'))))))
    (func (export "f") (result s32) (canon lift (core func $m "f"))))
  (alias export $types "line" (type $line))
  (instance $u (instantiate $User
    (with "types" (instance $types)) (with "line-too" (type $line)) (with "length-too" (func $types "length"))))
  (export "f" (func $u "f")))
(assert_return (invoke "f") (s32.const 1102))

;; a resource type and what is said with it: through an instance type in an instance type, and a component type
(component
  (component $Source
    (type $R' (resource (rep i32)))
    (export $R "r" (type $R'))
    (core func $new (canon resource.new $R'))
    (core module $M (func (export "f") (param i32) (result i32) (local.get 0)))
    (core instance $m (instantiate $M))
    (func (export "make") (param "v" u32) (result (own $R)) (canon lift (core func $new)))
    (func (export "see") (param "r" (borrow $R)) (result u32) (canon lift (core func $m "f"))))
  ;; makes a source itself, of whatever component it is given
  (component $User
    (import "source" (component $Source
      (export "r" (type $r (sub resource)))
      (export "make" (func (param "v" u32) (result (own $r))))
      (export "see" (func (param "r" (borrow $r)) (result u32)))))
    (instance $s (instantiate $Source))
    (component $Wrapped
      (import "outer" (instance $outer
        (export "inner" (instance $inner
          (export "r" (type $r (sub resource)))
          (export "make" (func (param "v" u32) (result (own $r))))))
        (alias export $inner "r" (type $r))
        (export "r-too" (type $r-too (eq $r)))
        (export "see" (func (param "r" (borrow $r-too)) (result u32)))))
      (alias export $outer "inner" (instance $inner))
      (core func $make (canon lower (func $inner "make")))
      (core func $see (canon lower (func $outer "see")))
      (core module $M
        (import "" "make" (func $make (param i32) (result i32)))
        (import "" "see" (func $see (param i32) (result i32)))
        (func (export "f") (param i32) (result i32) (call $see (call $make (local.get 0)))))
      (core instance $m (instantiate $M (with "" (instance (export "make" (func $make)) (export "see" (func $see))))))
      (func (export "f") (param "v" u32) (result u32) (canon lift (core func $m "f"))))
    (instance $inner (export "r" (type $s "r")) (export "make" (func $s "make")))
    (instance $outer
      (export "inner" (instance $inner)) (export "r-too" (type $s "r")) (export "see" (func $s "see")))
    (instance $w (instantiate $Wrapped (with "outer" (instance $outer))))
    (export "f" (func $w "f")))
  (instance $u (instantiate $User (with "source" (component $Source))))
  (export "f" (func $u "f")))
(assert_return (invoke "f" (u32.const 123)) (u32.const 123))

;; what is given must be all that is asked for
(assert_invalid
  (component
    (component $User (import "i" (instance (export "f" (func)) (export "g" (func)))))
    (component $Given (import "f" (func $f)) (export "f" (func $f)))
    (import "f" (func $f))
    (instance $given (instantiate $Given (with "f" (func $f))))
    (instance (instantiate $User (with "i" (instance $given)))))
  "missing expected export `g`")
(assert_invalid
  (component
    (type $a u8)
    (component $User (type $t u16) (import "t" (type (eq $t))))
    (instance (instantiate $User (with "t" (type $a)))))
  "type mismatch for import `t`")
(assert_invalid
  (component
    (type $a u8)
    (component $User (import "t" (type (sub resource))))
    (instance (instantiate $User (with "t" (type $a)))))
  "expected resource, found defined type")
