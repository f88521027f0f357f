;; A realloc may look at the handles of its instance with resource.rep: those that have been lowered by then are there, the
;; others are not yet.
;; CanonicalABI.md: Lifting and Lowering Context (reallocate), Lifting and Lowering Values, Storing (lower_own),
;; canon resource.rep (which has no trap_if(not inst.may_leave)).

(component definition $D
  (component $Owner
    (type $r' (resource (rep i32)))
    (export $r "r" (type $r'))
    (core func $new (canon resource.new $r))
    (core func $rep (canon resource.rep $r))
    (core module $M
      (import "" "rep" (func $rep (param i32) (result i32)))
      (memory (export "mem") 1)
      (global $look (mut i32) (i32.const 0))
      (global $end (mut i32) (i32.const 64))
      (global $seen (mut i32) (i32.const 0))
      (func (export "keep") (param i32))
      (func (export "look") (param i32) (global.set $look (local.get 0)))
      ;; representations of the handle looked at, one a call, as the digits of a number, base 100
      (func (export "realloc") (param i32 i32 i32 i32) (result i32)
        (global.set $seen (i32.add (i32.mul (global.get $seen) (i32.const 100)) (call $rep (global.get $look))))
        (global.get $end)
        (global.set $end (i32.add (global.get $end) (i32.const 64))))
      ;; with the indices of the handles in front
      (func (export "flat") (param i32 i32 i32 i32 i32 i32) (result i32)
        (i32.add (global.get $seen)
          (i32.add (i32.mul (local.get 0) (i32.const 10000000)) (i32.mul (local.get 3) (i32.const 1000000)))))
      (func (export "list") (param i32 i32) (result i32) (global.get $seen)))
    (core instance $m (instantiate $M (with "" (instance (export "rep" (func $rep))))))
    (func (export "make") (param "rep" u32) (result (own $r)) (canon lift (core func $new)))
    (func (export "keep") (param "r" (own $r)) (canon lift (core func $m "keep")))
    (func (export "look") (param "index" u32) (canon lift (core func $m "look")))
    (func (export "flat") (param "a" (own $r)) (param "s" string) (param "b" (own $r)) (param "t" string) (result u32)
      (canon lift (core func $m "flat") (memory (core memory $m "mem")) (realloc (core func $m "realloc"))))
    (func (export "list") (param "l" (list (tuple (own $r) string))) (result u32)
      (canon lift (core func $m "list") (memory (core memory $m "mem")) (realloc (core func $m "realloc")))))
  (instance $owner (instantiate $Owner))
  (alias export $owner "r" (type $r))
  (core module $Mem (memory (export "mem") 1))
  (core instance $mem (instantiate $Mem))
  (core func $make (canon lower (func $owner "make")))
  (core func $keep (canon lower (func $owner "keep")))
  (core func $flat (canon lower (func $owner "flat") (memory (core memory $mem "mem"))))
  (core func $list (canon lower (func $owner "list") (memory (core memory $mem "mem"))))
  (core module $M
    (import "" "mem" (memory 1))
    (import "" "make" (func $make (param i32) (result i32)))
    (import "" "keep" (func $keep (param i32)))
    (import "" "flat" (func $flat (param i32 i32 i32 i32 i32 i32) (result i32)))
    (import "" "list" (func $list (param i32 i32) (result i32)))
    (func (export "flat") (result i32)
      (call $flat (call $make (i32.const 11)) (i32.const 0) (i32.const 3)
                  (call $make (i32.const 12)) (i32.const 0) (i32.const 3)))
    ;; one handle that is there from the beginning, and two in the list, each with a string of three
    (func (export "list") (result i32)
      (call $keep (call $make (i32.const 10)))
      (i32.store (i32.const 16) (call $make (i32.const 11)))
      (i32.store (i32.const 24) (i32.const 3))
      (i32.store (i32.const 28) (call $make (i32.const 12)))
      (i32.store (i32.const 36) (i32.const 3))
      (call $list (i32.const 16) (i32.const 2))))
  (core instance $m (instantiate $M (with "" (instance
    (export "mem" (memory $mem "mem")) (export "make" (func $make)) (export "keep" (func $keep))
    (export "flat" (func $flat)) (export "list" (func $list))))))
  (export "look" (func $owner "look"))
  (func (export "flat") (result u32) (canon lift (core func $m "flat")))
  (func (export "list") (result u32) (canon lift (core func $m "list"))))

;; the first is there for both strings, the second for the second only
(component instance $a $D)
(assert_return (invoke "look" (u32.const 1)))
(assert_return (invoke "flat") (u32.const 12001111))
(component instance $b $D)
(assert_return (invoke "look" (u32.const 2)))
(assert_trap (invoke "flat") "unknown handle index 2") ;; unknown-handle
(component instance $c $D)
(assert_return (invoke "look" (u32.const 1)))
(assert_return (invoke "list") (u32.const 101010))
(component instance $d $D)
(assert_return (invoke "look" (u32.const 2)))
(assert_trap (invoke "list") "unknown handle index 2") ;; unknown-handle
