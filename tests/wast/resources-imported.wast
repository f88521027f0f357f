;; A component imports a resource type without knowing whose it is: it may hold, lend, pass and drop handles of it, and
;; nothing else. Whoever re-exports it, under another name or from an instance inside, the type stays the same; a
;; component in between has a table of its own that the handles pass through.
;; Explainer.md: Type Checking; CanonicalABI.md: Loading (lift_own, lift_borrow), Storing (lower_own, lower_borrow).

(component definition $D
  (component $Source
    (core module $Dtor
      (global $n (mut i32) (i32.const 0))
      (func (export "dtor") (param i32) (global.set $n (i32.add (global.get $n) (local.get 0))))
      (func (export "n") (result i32) (global.get $n))
      (func (export "id") (param i32) (result i32) (local.get 0)))
    (core instance $dtor (instantiate $Dtor))
    (type $R' (resource (rep i32) (dtor (core func $dtor "dtor"))))
    (export $R "r" (type $R'))
    (core func $new (canon resource.new $R'))
    (func (export "make") (param "v" u32) (result (own $R)) (canon lift (core func $new)))
    (func (export "see") (param "r" (borrow $R)) (result u32) (canon lift (core func $dtor "id")))
    (func (export "died") (result u32) (canon lift (core func $dtor "n"))))
  (instance $source (instantiate $Source))

  ;; exports what it imports, as it is, under other names
  (component $Window
    (import "source" (instance $source
      (export "r" (type $r (sub resource)))
      (export "make" (func (param "v" u32) (result (own $r))))))
    (alias export $source "r" (type $r))
    (alias export $source "make" (func $make))
    (export $thing "thing" (type $r))
    (export "produce" (func $make) (func (param "v" u32) (result (own $thing)))))
  (instance $window (instantiate $Window (with "source" (instance $source))))

  ;; handles pass through its table
  (component $Middle
    (import "r" (type $r (sub resource)))
    (import "make" (func $make (param "v" u32) (result (own $r))))
    (import "see" (func $see (param "r" (borrow $r)) (result u32)))
    (core func $make' (canon lower (func $make)))
    (core func $see' (canon lower (func $see)))
    (core func $drop (canon resource.drop $r))
    (core module $M
      (import "" "make" (func $make (param i32) (result i32)))
      (import "" "see" (func $see (param i32) (result i32)))
      (import "" "drop" (func $drop (param i32)))
      (global $first (mut i32) (i32.const 0))
      ;; keeps one and gives another
      (func (export "make") (param i32) (result i32)
        (global.set $first (call $make (local.get 0)))
        (call $make (i32.add (local.get 0) (i32.const 1))))
      ;; the index that the borrow has here, times 1000, and what is seen through it
      (func (export "see") (param i32) (result i32)
        (i32.add (i32.mul (local.get 0) (i32.const 1000)) (call $see (local.get 0)))
        (call $drop (local.get 0)))
      (func (export "see-first") (result i32) (call $see (global.get $first)))
      (func (export "pass") (param i32) (result i32) (local.get 0))
      (func (export "drop") (param i32) (call $drop (local.get 0))))
    (core instance $m (instantiate $M (with "" (instance
      (export "make" (func $make')) (export "see" (func $see')) (export "drop" (func $drop))))))
    (export $r-too "r" (type $r))
    (func (export "make") (param "v" u32) (result (own $r-too)) (canon lift (core func $m "make")))
    (func (export "see") (param "r" (borrow $r-too)) (result u32) (canon lift (core func $m "see")))
    (func (export "pass") (param "r" (own $r-too)) (result (own $r-too)) (canon lift (core func $m "pass")))
    (func (export "drop") (param "r" (own $r-too)) (canon lift (core func $m "drop")))
    (func (export "see-first") (result u32) (canon lift (core func $m "see-first"))))
  (alias export $window "thing" (type $thing))
  (instance $middle (instantiate $Middle
    (with "r" (type $thing)) (with "make" (func $window "produce")) (with "see" (func $source "see"))))

  (component $User
    (import "thing" (type $thing (sub resource)))
    (import "make" (func $make (param "v" u32) (result (own $thing))))
    (import "middle" (instance $middle
      (export "r" (type $r (eq $thing)))
      (export "make" (func (param "v" u32) (result (own $r))))
      (export "see" (func (param "r" (borrow $r)) (result u32)))
      (export "pass" (func (param "r" (own $r)) (result (own $r))))
      (export "drop" (func (param "r" (own $r))))))
    (core func $make' (canon lower (func $make)))
    (core func $middle-make (canon lower (func $middle "make")))
    (core func $see (canon lower (func $middle "see")))
    (core func $pass (canon lower (func $middle "pass")))
    (core func $drop (canon lower (func $middle "drop")))
    (func (export "make") (param "v" u32) (result u32) (canon lift (core func $make')))
    (func (export "middle-make") (param "v" u32) (result u32) (canon lift (core func $middle-make)))
    (func (export "see") (param "i" u32) (result u32) (canon lift (core func $see)))
    (func (export "pass") (param "i" u32) (result u32) (canon lift (core func $pass)))
    (func (export "drop") (param "i" u32) (canon lift (core func $drop))))
  (instance $user (instantiate $User
    (with "thing" (type $thing)) (with "make" (func $window "produce")) (with "middle" (instance $middle))))
  (export "user" (instance $user))
  (export "see-first" (func $middle "see-first"))
  (export "died" (func $source "died")))

(component instance $i $D)
(assert_return (invoke "user#make" (u32.const 7)) (u32.const 1))
(assert_return (invoke "user#see" (u32.const 1)) (u32.const 1007))
;; the middle keeps one as its 1, so that borrows are its 2 from now on
(assert_return (invoke "user#middle-make" (u32.const 20)) (u32.const 2))
(assert_return (invoke "see-first") (u32.const 20))
(assert_return (invoke "user#see" (u32.const 2)) (u32.const 2021))
(assert_return (invoke "user#see" (u32.const 1)) (u32.const 2007))
(assert_return (invoke "user#pass" (u32.const 1)) (u32.const 1))
(assert_return (invoke "user#see" (u32.const 1)) (u32.const 2007))
(assert_return (invoke "died") (u32.const 0))
(assert_return (invoke "user#drop" (u32.const 2)))
(assert_return (invoke "died") (u32.const 21))
(assert_return (invoke "user#drop" (u32.const 1)))
(assert_return (invoke "died") (u32.const 28))
(assert_trap (invoke "user#drop" (u32.const 1)) "unknown handle index") ;; unknown-handle at param r

;; only who defines a resource type has it made and looks inside
(assert_invalid
  (component (import "r" (type $r (sub resource))) (core func (canon resource.new $r)))
  "not a local resource")
(assert_invalid
  (component (import "r" (type $r (sub resource))) (core func (canon resource.rep $r)))
  "not a local resource")
