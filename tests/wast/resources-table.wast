;; Handles are indices into one table of each component instance, whatever resource type they are of. Index 0 is never
;; given out; the first is 1, then 2, ...; an index that became free is given out again before the table grows, the one
;; freed last first.
;; CanonicalABI.md: Table State, canon resource.new, canon resource.rep, canon resource.drop.

(component definition $D
  (type $A (resource (rep i32)))
  (type $B (resource (rep i32)))
  (core func $new-a (canon resource.new $A))
  (core func $new-b (canon resource.new $B))
  (core func $rep-a (canon resource.rep $A))
  (core func $rep-b (canon resource.rep $B))
  (core func $drop-a (canon resource.drop $A))
  (core func $drop-b (canon resource.drop $B))
  (core module $M
    (import "" "new-a" (func $new-a (param i32) (result i32)))
    (import "" "rep-a" (func $rep-a (param i32) (result i32)))
    (import "" "drop-a" (func $drop-a (param i32)))
    ;; makes n handles and gives back the sum of their indices
    (func (export "fill") (param $n i32) (result i32)
      (local $sum i32)
      (loop $more
        (if (local.get $n) (then
          (local.set $sum (i32.add (local.get $sum) (call $new-a (local.get $n))))
          (local.set $n (i32.sub (local.get $n) (i32.const 1)))
          (br $more))))
      (local.get $sum))
    ;; drops the handles from..to in this order, and gives back the sum of their representations
    (func (export "empty") (param $from i32) (param $to i32) (result i32)
      (local $sum i32)
      (loop $more
        (if (i32.le_u (local.get $from) (local.get $to)) (then
          (local.set $sum (i32.add (local.get $sum) (call $rep-a (local.get $from))))
          (call $drop-a (local.get $from))
          (local.set $from (i32.add (local.get $from) (i32.const 1)))
          (br $more))))
      (local.get $sum)))
  (core instance $m (instantiate $M (with "" (instance
    (export "new-a" (func $new-a)) (export "rep-a" (func $rep-a)) (export "drop-a" (func $drop-a))))))
  (func (export "new-a") (param "rep" u32) (result u32) (canon lift (core func $new-a)))
  (func (export "new-b") (param "rep" u32) (result u32) (canon lift (core func $new-b)))
  (func (export "rep-a") (param "i" u32) (result u32) (canon lift (core func $rep-a)))
  (func (export "rep-b") (param "i" u32) (result u32) (canon lift (core func $rep-b)))
  (func (export "drop-a") (param "i" u32) (canon lift (core func $drop-a)))
  (func (export "drop-b") (param "i" u32) (canon lift (core func $drop-b)))
  (func (export "fill") (param "n" u32) (result u32) (canon lift (core func $m "fill")))
  (func (export "empty") (param "from" u32) (param "to" u32) (result u32) (canon lift (core func $m "empty"))))

;; two types, one table; any representation
(component instance $one $D)
(assert_return (invoke "new-a" (u32.const 0)) (u32.const 1))
(assert_return (invoke "new-b" (u32.const 0xffffffff)) (u32.const 2))
(assert_return (invoke "new-a" (u32.const 77)) (u32.const 3))
(assert_return (invoke "rep-a" (u32.const 1)) (u32.const 0))
(assert_return (invoke "rep-b" (u32.const 2)) (u32.const 0xffffffff))
(assert_return (invoke "rep-a" (u32.const 3)) (u32.const 77))
;; freed last, used first
(assert_return (invoke "drop-a" (u32.const 1)))
(assert_return (invoke "drop-a" (u32.const 3)))
(assert_return (invoke "drop-b" (u32.const 2)))
(assert_return (invoke "new-b" (u32.const 4)) (u32.const 2))
(assert_return (invoke "new-b" (u32.const 5)) (u32.const 3))
(assert_return (invoke "new-b" (u32.const 6)) (u32.const 1))
(assert_return (invoke "new-b" (u32.const 7)) (u32.const 4))
(assert_return (invoke "rep-b" (u32.const 2)) (u32.const 4))
(assert_return (invoke "rep-b" (u32.const 1)) (u32.const 6))
(assert_return (invoke "drop-b" (u32.const 3)))
(assert_return (invoke "new-a" (u32.const 8)) (u32.const 3))
(assert_return (invoke "rep-a" (u32.const 3)) (u32.const 8))

;; another instance of the component has another table
(component instance $two $D)
(assert_return (invoke "new-b" (u32.const 9)) (u32.const 1))
(assert_return (invoke $one "rep-a" (u32.const 3)) (u32.const 8))

;; growth: 1 to 5000, all there, all free again, in reverse
(component instance $three $D)
(assert_return (invoke "fill" (u32.const 5000)) (u32.const 12502500))
(assert_return (invoke "rep-a" (u32.const 1)) (u32.const 5000))
(assert_return (invoke "rep-a" (u32.const 4096)) (u32.const 905))
(assert_return (invoke "rep-a" (u32.const 5000)) (u32.const 1))
(assert_return (invoke "empty" (u32.const 1) (u32.const 5000)) (u32.const 12502500))
(assert_return (invoke "new-b" (u32.const 1)) (u32.const 5000))
(assert_return (invoke "new-b" (u32.const 2)) (u32.const 4999))
(assert_return (invoke "fill" (u32.const 4998)) (u32.const 12492501))
(assert_return (invoke "new-b" (u32.const 3)) (u32.const 5001))

;; what is no handle
(component instance $i $D)
(assert_trap (invoke "rep-a" (u32.const 0)) "unknown handle index") ;; unknown-handle
(component instance $i $D)
(assert_trap (invoke "drop-a" (u32.const 0)) "unknown handle index") ;; unknown-handle
(component instance $i $D)
(assert_trap (invoke "rep-a" (u32.const 1)) "unknown handle index") ;; unknown-handle
(component instance $i $D)
(assert_trap (invoke "drop-b" (u32.const 0xffffffff)) "unknown handle index") ;; unknown-handle
(component instance $i $D)
(assert_trap (invoke "rep-b" (u32.const 0x80000000)) "unknown handle index") ;; unknown-handle
(component instance $i $D)
(assert_return (invoke "new-a" (u32.const 1)) (u32.const 1))
(assert_return (invoke "new-a" (u32.const 1)) (u32.const 2))
(assert_return (invoke "drop-a" (u32.const 1)))
(assert_trap (invoke "drop-a" (u32.const 1)) "unknown handle index") ;; unknown-handle
(component instance $i $D)
(assert_return (invoke "new-a" (u32.const 1)) (u32.const 1))
(assert_return (invoke "drop-a" (u32.const 1)))
(assert_trap (invoke "rep-a" (u32.const 1)) "unknown handle index") ;; unknown-handle
(component instance $i $D)
(assert_return (invoke "new-a" (u32.const 1)) (u32.const 1))
(assert_trap (invoke "rep-a" (u32.const 2)) "unknown handle index") ;; unknown-handle

;; a handle of another type
(component instance $i $D)
(assert_return (invoke "new-a" (u32.const 1)) (u32.const 1))
(assert_trap (invoke "rep-b" (u32.const 1)) "used with the wrong type") ;; wrong-resource-type
(component instance $i $D)
(assert_return (invoke "new-b" (u32.const 1)) (u32.const 1))
(assert_trap (invoke "drop-a" (u32.const 1)) "used with the wrong type") ;; wrong-resource-type

;; after a trap the instance is not entered again
(component instance $i $D)
(assert_return (invoke "new-a" (u32.const 1)) (u32.const 1))
(assert_trap (invoke "drop-a" (u32.const 2)) "unknown handle index") ;; unknown-handle
(assert_trap (invoke "rep-a" (u32.const 1)) "cannot enter component instance") ;; cannot-enter
