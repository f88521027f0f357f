;; A core start function runs while its component is being instantiated and may already call what was instantiated
;; before it: a sibling, a child, the parent, the host.
;; Explainer.md: Instance Definitions. CanonicalABI.md: canon lower.

(component $S
  (component $Counter
    (core module $M
      (global $n (mut i32) (i32.const 0))
      (func (export "next") (result i32)
        (global.set $n (i32.add (global.get $n) (i32.const 1)))
        (global.get $n)))
    (core instance $m (instantiate $M))
    (func (export "next") (result u32) (canon lift (core func $m "next"))))
  ;; Remembers what the start function was told.
  (component $Starter
    (import "next" (func $next (result u32)))
    (core func $next-core (canon lower (func $next)))
    (core module $M
      (import "" "next" (func $next (result i32)))
      (global $got (mut i32) (i32.const 0))
      (func $start (global.set $got (call $next)))
      (start $start)
      (func (export "got") (result i32) (global.get $got)))
    (core instance $m (instantiate $M (with "" (instance (export "next" (func $next-core))))))
    (func (export "got") (result u32) (canon lift (core func $m "got"))))
  (instance $counter (instantiate $Counter))
  (instance $first (instantiate $Starter (with "next" (func $counter "next"))))
  (instance $second (instantiate $Starter (with "next" (func $counter "next"))))
  ;; the parent's own start function calls a child
  (core func $next-core (canon lower (func $counter "next")))
  (core module $M
    (import "" "next" (func $next (result i32)))
    (global $got (mut i32) (i32.const 0))
    (func $start (global.set $got (call $next)))
    (start $start)
    (func (export "got") (result i32) (global.get $got)))
  (core instance $m (instantiate $M (with "" (instance (export "next" (func $next-core))))))
  ;; a child's start function calls the parent
  (func $got (result u32) (canon lift (core func $m "got")))
  (instance $fourth (instantiate $Starter (with "next" (func $got))))
  (export "first" (func $first "got"))
  (export "second" (func $second "got"))
  (export "third" (func $got))
  (export "fourth" (func $fourth "got"))
  (export "next" (func $counter "next")))
(assert_return (invoke "first") (u32.const 1))
(assert_return (invoke "second") (u32.const 2))
(assert_return (invoke "third") (u32.const 3))
(assert_return (invoke "fourth") (u32.const 3))
(assert_return (invoke "next") (u32.const 4))

;; the host, from a start function
(component
  (import "host-return-two" (func $two (result u32)))
  (core func $two-core (canon lower (func $two)))
  (core module $M
    (import "" "two" (func $two (result i32)))
    (global $got (mut i32) (i32.const 0))
    (func $start (global.set $got (call $two)))
    (start $start)
    (func (export "got") (result i32) (global.get $got)))
  (core instance $m (instantiate $M (with "" (instance (export "two" (func $two-core))))))
  (func (export "got") (result u32) (canon lift (core func $m "got"))))
(assert_return (invoke "got") (u32.const 2))

;; a trap in a start function is a trap of the instantiation
(assert_trap
  (component
    (core module $M (func $start unreachable) (start $start))
    (core instance (instantiate $M)))
  "unreachable")
(assert_trap
  (component
    (component $A
      (core module $M (func (export "f") (result i32) (i32.const 0xd800)))
      (core instance $m (instantiate $M))
      (func (export "f") (result char) (canon lift (core func $m "f"))))
    (instance $a (instantiate $A))
    (core func $f (canon lower (func $a "f")))
    (core module $M (import "" "f" (func $f (result i32))) (func $start (drop (call $f))) (start $start))
    (core instance (instantiate $M (with "" (instance (export "f" (func $f)))))))
  "invalid `char` bit pattern")
(assert_trap
  (component
    (core module $M (memory 1) (data (i32.const 65536) "x"))
    (core instance (instantiate $M)))
  "out of bounds memory access")
(assert_trap
  (component
    (core module $M (table 1 funcref) (elem (i32.const 1) func $f) (func $f))
    (core instance (instantiate $M)))
  "out of bounds table access")
