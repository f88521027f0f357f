;; Lifting goes in order: what is wrong first traps, a handle or a value.
;; CanonicalABI.md: Lifting and Lowering Values (lift_flat_values).
(component definition $D
  (component $C
    (type $R' (resource (rep i32)))
    (export $R "r" (type $R'))
    (core func $new (canon resource.new $R'))
    (core module $M (memory (export "mem") 1)
      (func (export "realloc") (param i32 i32 i32 i32) (result i32) unreachable)
      (func (export "f") (param i32 i32))
      (func (export "g") (param i32 i32 i32)))
    (core instance $m (instantiate $M))
    (func (export "make") (param "v" u32) (result (own $R)) (canon lift (core func $new)))
    (func (export "rc") (param "r" (own $R)) (param "c" char) (canon lift (core func $m "f")))
    (func (export "cr") (param "c" char) (param "r" (borrow $R)) (canon lift (core func $m "f")))
    (func (export "rs") (param "r" (own $R)) (param "s" string)
      (canon lift (core func $m "g") (memory (core memory $m "mem")) (realloc (core func $m "realloc"))))
    (func (export "sr") (param "s" string) (param "r" (own $R))
      (canon lift (core func $m "g") (memory (core memory $m "mem")) (realloc (core func $m "realloc")))))
  (instance $c (instantiate $C))
  (component $U
    (import "c" (instance $c
      (export "r" (type $r (sub resource)))
      (export "make" (func (param "v" u32) (result (own $r))))
      (export "rc" (func (param "r" (own $r)) (param "c" char)))
      (export "cr" (func (param "c" char) (param "r" (borrow $r))))
      (export "rs" (func (param "r" (own $r)) (param "s" string)))
      (export "sr" (func (param "s" string) (param "r" (own $r))))))
    (core module $Mem (memory (export "mem") 1) (data (i32.const 0) "ok\ff"))
    (core instance $mem (instantiate $Mem))
    (core func $make (canon lower (func $c "make")))
    (core func $rc (canon lower (func $c "rc")))
    (core func $cr (canon lower (func $c "cr")))
    (core func $rs (canon lower (func $c "rs") (memory (core memory $mem "mem"))))
    (core func $sr (canon lower (func $c "sr") (memory (core memory $mem "mem"))))
    (func (export "make") (param "v" u32) (result u32) (canon lift (core func $make)))
    (func (export "rc") (param "a" u32) (param "b" u32) (canon lift (core func $rc)))
    (func (export "cr") (param "a" u32) (param "b" u32) (canon lift (core func $cr)))
    (func (export "rs") (param "a" u32) (param "b" u32) (param "c" u32) (canon lift (core func $rs)))
    (func (export "sr") (param "a" u32) (param "b" u32) (param "c" u32) (canon lift (core func $sr))))
  (instance $u (instantiate $U (with "c" (instance $c))))
  (export "u" (instance $u)))
(component instance $i $D)
(assert_trap (invoke "u#rc" (u32.const 1) (u32.const 0xd800)) "unknown handle index") ;; unknown-handle at param r
(component instance $i $D)
(assert_trap (invoke "u#cr" (u32.const 0xd800) (u32.const 1)) "invalid `char` bit pattern") ;; invalid-char at param c
(component instance $i $D)
(assert_return (invoke "u#make" (u32.const 1)) (u32.const 1))
(assert_trap (invoke "u#rc" (u32.const 1) (u32.const 0xd800)) "invalid `char` bit pattern") ;; invalid-char at param c
(component instance $i $D)
(assert_trap (invoke "u#rs" (u32.const 1) (u32.const 0xfffff) (u32.const 1))
  "unknown handle index") ;; unknown-handle at param r
(component instance $i $D)
(assert_trap (invoke "u#sr" (u32.const 0xfffff) (u32.const 1) (u32.const 1))
  "string content out-of-bounds") ;; pointer-out-of-bounds at param s
