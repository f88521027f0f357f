;; Options of lifts and lowers: memory and realloc of any core instance, one function's not another's, and neither where
;; nothing lies in memory.
;; CanonicalABI.md: Canonical ABI Options; `canonopt` Validation.

(component definition $D
  (core module $Memory (memory (export "mem") 1))
  ;; A realloc for somebody else's memory; it counts its calls.
  (core module $Realloc
    (global $end (mut i32) (i32.const 1024)) (global $calls (mut i32) (i32.const 0))
    (func (export "calls") (result i32) (global.get $calls))
    (func (export "realloc") (param i32 i32 i32 i32) (result i32)
      (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
      (global.set $end (i32.and (i32.add (i32.add (global.get $end) (local.get 3)) (i32.const 15)) (i32.const -8)))
      (i32.sub (global.get $end) (i32.and (i32.add (local.get 3) (i32.const 7)) (i32.const -8)))))

  ;; Two memories, two reallocs: each function sums bytes in the one where its argument is said to be.
  (component $Callee
    (alias outer 1 $Memory (core module $Memory)) (alias outer 1 $Realloc (core module $Realloc))
    (core instance $left (instantiate $Memory)) (core instance $right (instantiate $Memory))
    (core instance $for-left (instantiate $Realloc)) (core instance $for-right (instantiate $Realloc))
    (core module $M
      (import "left" "mem" (memory $left 1)) (import "right" "mem" (memory $right 1))
      (func (export "left") (param $at i32) (param $length i32) (result i32)
        (local $sum i32)
        (loop $next
          (if (local.get $length)
            (then
              (local.set $sum (i32.add (local.get $sum) (i32.load8_u $left (local.get $at))))
              (local.set $at (i32.add (local.get $at) (i32.const 1)))
              (local.set $length (i32.sub (local.get $length) (i32.const 1)))
              (br $next))))
        (local.get $sum))
      (func (export "right") (param $at i32) (param $length i32) (result i32)
        (local $sum i32)
        (loop $next
          (if (local.get $length)
            (then
              (local.set $sum (i32.add (local.get $sum) (i32.load8_u $right (local.get $at))))
              (local.set $at (i32.add (local.get $at) (i32.const 1)))
              (local.set $length (i32.sub (local.get $length) (i32.const 1)))
              (br $next))))
        (local.get $sum))
      (func (export "flat") (param i32 i64) (result i32) (i32.add (local.get 0) (i32.wrap_i64 (local.get 1)))))
    (core instance $m (instantiate $M (with "left" (instance $left)) (with "right" (instance $right))))
    (func (export "left") (param "v" (list u8)) (result u32) (canon lift (core func $m "left")
      (memory (core memory $left "mem")) (realloc (core func $for-left "realloc"))))
    (func (export "right") (param "v" (list u8)) (result u32) (canon lift (core func $m "right")
      (memory (core memory $right "mem")) (realloc (core func $for-right "realloc"))))
    (func (export "flat") (param "v" (option u64)) (result u32) (canon lift (core func $m "flat")))
    (func (export "flat-too") (param "v" (option u64)) (result u32) (canon lift (core func $m "flat")
      string-encoding=latin1+utf16 (memory (core memory $left "mem")) (realloc (core func $for-right "realloc"))))
    (func (export "left-calls") (result u32) (canon lift (core func $for-left "calls")))
    (func (export "right-calls") (result u32) (canon lift (core func $for-right "calls"))))
  (instance $callee (instantiate $Callee))

  ;; The caller's list lies in one of two memories as well; it needs no realloc to hand it over.
  (core module $Data (memory (export "mem") 1) (data (i32.const 16) "\01\02\03\04") (data (i32.const 32) "\0a\14"))
  (core instance $one (instantiate $Data)) (core instance $other (instantiate $Memory))
  (core func $left (canon lower (func $callee "left") (memory (core memory $one "mem"))))
  (core func $right (canon lower (func $callee "right") (memory (core memory $one "mem"))))
  (core func $zeros (canon lower (func $callee "left") (memory (core memory $other "mem"))))
  (core func $flat (canon lower (func $callee "flat")))
  (core func $flat-too (canon lower (func $callee "flat-too") string-encoding=utf16))
  (core module $M
    (import "" "left" (func $left (param i32 i32) (result i32)))
    (import "" "right" (func $right (param i32 i32) (result i32)))
    (import "" "zeros" (func $zeros (param i32 i32) (result i32)))
    (import "" "flat" (func $flat (param i32 i64) (result i32)))
    (import "" "flat-too" (func $flat-too (param i32 i64) (result i32)))
    (func (export "left") (result i32) (call $left (i32.const 16) (i32.const 4)))
    (func (export "right") (result i32) (call $right (i32.const 32) (i32.const 2)))
    (func (export "zeros") (result i32) (call $zeros (i32.const 16) (i32.const 4)))
    (func (export "flat") (result i32)
      (i32.mul (call $flat (i32.const 1) (i64.const 9)) (call $flat-too (i32.const 0) (i64.const 9)))))
  (core instance $m (instantiate $M (with "" (instance
    (export "left" (func $left)) (export "right" (func $right)) (export "zeros" (func $zeros))
    (export "flat" (func $flat)) (export "flat-too" (func $flat-too))))))
  (func (export "left") (result u32) (canon lift (core func $m "left")))
  (func (export "right") (result u32) (canon lift (core func $m "right")))
  (func (export "zeros") (result u32) (canon lift (core func $m "zeros")))
  (func (export "flat") (result u32) (canon lift (core func $m "flat")))
  (export "left-calls" (func $callee "left-calls"))
  (export "right-calls" (func $callee "right-calls")))

(component instance $i0 $D)
(assert_return (invoke "left") (u32.const 10))
(assert_return (invoke "right") (u32.const 30))
(assert_return (invoke "zeros") (u32.const 0))
(assert_return (invoke "left-calls") (u32.const 2))
(assert_return (invoke "right-calls") (u32.const 1))
(assert_return (invoke "flat") (u32.const 0))
(assert_return (invoke "left-calls") (u32.const 2))
(assert_return (invoke "right-calls") (u32.const 1))
