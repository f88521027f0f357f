;; Arguments that are no values, and where in the argument it is that they are not: the comment behind each trap has the
;; reason and the path, which our engines tell. Then pointers to areas: for more parameters than are passed in core
;; values, and for a result that is not one core value.
;; CanonicalABI.md: "Flat Lifting", Loading, "Lifting and Lowering Values" (lift_flat_values).

(component definition $D
  (component $Callee
    (core module $M
      (memory (export "mem") 1)
      (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024))
      (func (export "two") (param i32 i32)) (func (export "three") (param i32 i32 i32))
        (func (export "area") (param i32))
      (func (export "give") (result i32) (i32.const 64)))
    (core instance $heap (instantiate $M))
    (type $person-type (record (field "name" string) (field "initial" char)))
    (export $person "person" (type $person-type))
    (type $shape-type (variant (case "dot") (case "label" string) (case "size" u8)))
    (export $shape "shape-type" (type $shape-type))
    (func (export "text") (param "v" string) (canon lift (core func $heap "two")
      (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
    (func (export "people") (param "v" (list $person)) (canon lift (core func $heap "two")
      (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
    (func (export "shape") (param "v" $shape) (canon lift (core func $heap "three")
      (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
    (func (export "option") (param "v" (option string)) (canon lift (core func $heap "three")
      (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
    (func (export "result") (param "v" (result string (error char))) (canon lift (core func $heap "three")
      (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
    (func (export "pair") (param "v" (tuple u8 string)) (canon lift (core func $heap "three")
      (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
    (func (export "map") (param "v" (map string char)) (canon lift (core func $heap "two")
      (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
    (func (export "numbers") (param "v" (list u64)) (canon lift (core func $heap "two")
      (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
    (func (export "empties") (param "v" (list (list u16))) (canon lift (core func $heap "two")
      (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
    (func (export "area")
      (param "v" (tuple u32 u32 u32 u32 u32 u32 u32 u32)) (param "w" (tuple u32 u32 u32 u32 u32 u32 u32 u32))
      (param "x" u64)
      (canon lift (core func $heap "area") (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
    (func (export "give") (result (tuple u8 u64)) (canon lift (core func $heap "give")
      (memory (core memory $heap "mem")))))
  (instance $callee (instantiate $Callee))

  (core module $Memory
    (memory (export "mem") 1)
    (data (i32.const 64) "\ff\fe\80ab")                        ;; no text; "ab" at 67
    ;; people, or pairs of a map: ("ab", 'a'), (no text, 'a'), ("ab", a surrogate)
    (data (i32.const 128) "\43\00\00\00\02\00\00\00a\00\00\00")
    (data (i32.const 140) "\40\00\00\00\01\00\00\00a\00\00\00")
    (data (i32.const 152) "\43\00\00\00\02\00\00\00\00\d8\00\00")
    ;; lists: an empty one at 2, one at 3
    (data (i32.const 192) "\02\00\00\00\00\00\00\00\03\00\00\00\00\00\00\00"))
  (core instance $memory (instantiate $Memory))
  (core func $text (canon lower (func $callee "text") (memory (core memory $memory "mem"))))
  (core func $people (canon lower (func $callee "people") (memory (core memory $memory "mem"))))
  (core func $shape (canon lower (func $callee "shape") (memory (core memory $memory "mem"))))
  (core func $option (canon lower (func $callee "option") (memory (core memory $memory "mem"))))
  (core func $result (canon lower (func $callee "result") (memory (core memory $memory "mem"))))
  (core func $pair (canon lower (func $callee "pair") (memory (core memory $memory "mem"))))
  (core func $map (canon lower (func $callee "map") (memory (core memory $memory "mem"))))
  (core func $numbers (canon lower (func $callee "numbers") (memory (core memory $memory "mem"))))
  (core func $empties (canon lower (func $callee "empties") (memory (core memory $memory "mem"))))
  (core func $area (canon lower (func $callee "area") (memory (core memory $memory "mem"))))
  (core func $give (canon lower (func $callee "give") (memory (core memory $memory "mem"))))
  (core module $M
    (import "" "text" (func $text (param i32 i32)))
    (import "" "people" (func $people (param i32 i32)))
    (import "" "shape" (func $shape (param i32 i32 i32)))
    (import "" "option" (func $option (param i32 i32 i32)))
    (import "" "result" (func $result (param i32 i32 i32)))
    (import "" "pair" (func $pair (param i32 i32 i32)))
    (import "" "map" (func $map (param i32 i32)))
    (import "" "numbers" (func $numbers (param i32 i32)))
    (import "" "empties" (func $empties (param i32 i32)))
    (import "" "area" (func $area (param i32))) (import "" "give" (func $give (param i32)))
    (func (export "text") (param i32 i32) (call $text (local.get 0) (local.get 1)))
    (func (export "people") (param i32 i32) (call $people (local.get 0) (local.get 1)))
    (func (export "shape") (param i32 i32 i32) (call $shape (local.get 0) (local.get 1) (local.get 2)))
    (func (export "option") (param i32 i32 i32) (call $option (local.get 0) (local.get 1) (local.get 2)))
    (func (export "result") (param i32 i32 i32) (call $result (local.get 0) (local.get 1) (local.get 2)))
    (func (export "pair") (param i32 i32 i32) (call $pair (local.get 0) (local.get 1) (local.get 2)))
    (func (export "map") (param i32 i32) (call $map (local.get 0) (local.get 1)))
    (func (export "numbers") (param i32 i32) (call $numbers (local.get 0) (local.get 1)))
    (func (export "empties") (param i32 i32) (call $empties (local.get 0) (local.get 1)))
    (func (export "area") (param i32) (call $area (local.get 0)))
    (func (export "give") (param i32) (call $give (local.get 0))))
  (core instance $m (instantiate $M (with "" (instance
    (export "text" (func $text)) (export "people" (func $people)) (export "shape" (func $shape))
    (export "option" (func $option)) (export "result" (func $result)) (export "pair" (func $pair))
    (export "map" (func $map)) (export "numbers" (func $numbers)) (export "empties" (func $empties))
    (export "area" (func $area)) (export "give" (func $give))))))
  (func (export "text") (param "a" u32) (param "b" u32) (canon lift (core func $m "text")))
  (func (export "people") (param "a" u32) (param "b" u32) (canon lift (core func $m "people")))
  (func (export "shape") (param "a" u32) (param "b" u32) (param "c" u32) (canon lift (core func $m "shape")))
  (func (export "option") (param "a" u32) (param "b" u32) (param "c" u32) (canon lift (core func $m "option")))
  (func (export "result") (param "a" u32) (param "b" u32) (param "c" u32) (canon lift (core func $m "result")))
  (func (export "pair") (param "a" u32) (param "b" u32) (param "c" u32) (canon lift (core func $m "pair")))
  (func (export "map") (param "a" u32) (param "b" u32) (canon lift (core func $m "map")))
  (func (export "numbers") (param "a" u32) (param "b" u32) (canon lift (core func $m "numbers")))
  (func (export "empties") (param "a" u32) (param "b" u32) (canon lift (core func $m "empties")))
  (func (export "area") (param "at" u32) (canon lift (core func $m "area")))
  (func (export "give") (param "at" u32) (canon lift (core func $m "give"))))

;; nothing is wrong
(component instance $i0 $D)
(assert_return (invoke "text" (u32.const 67) (u32.const 2)))
(assert_return (invoke "people" (u32.const 128) (u32.const 1)))
(assert_return (invoke "shape" (u32.const 0) (u32.const 0xffffffff) (u32.const 0xffffffff)))
(assert_return (invoke "shape" (u32.const 2) (u32.const 0xffffff07) (u32.const 1)))
(assert_return (invoke "option" (u32.const 0) (u32.const 1) (u32.const 0xffffffff)))
(assert_return (invoke "result" (u32.const 0) (u32.const 67) (u32.const 2)))
(assert_return (invoke "result" (u32.const 1) (u32.const 0x61) (u32.const 0xffffffff)))
(assert_return (invoke "pair" (u32.const 0x107) (u32.const 67) (u32.const 2)))
(assert_return (invoke "map" (u32.const 128) (u32.const 1)))
(assert_return (invoke "numbers" (u32.const 8) (u32.const 2)))
(assert_return (invoke "empties" (u32.const 192) (u32.const 1)))
(assert_return (invoke "area" (u32.const 65464)))
(assert_return (invoke "give" (u32.const 65520)))

;; text that is none
(assert_trap (invoke "text" (u32.const 64) (u32.const 1)) "invalid utf8 encoding") ;; invalid-utf8 at param v
(component instance $i1 $D)
(assert_trap (invoke "people" (u32.const 128) (u32.const 2)) "invalid utf8 encoding") ;; invalid-utf8 at param v[].name
(component instance $i2 $D)
(assert_trap (invoke "shape" (u32.const 1) (u32.const 64) (u32.const 1))
  "invalid utf8 encoding") ;; invalid-utf8 at param v.label
(component instance $i3 $D)
(assert_trap (invoke "option" (u32.const 1) (u32.const 64) (u32.const 1))
  "invalid utf8 encoding") ;; invalid-utf8 at param v.some
(component instance $i4 $D)
(assert_trap (invoke "result" (u32.const 0) (u32.const 64) (u32.const 1))
  "invalid utf8 encoding") ;; invalid-utf8 at param v.ok
(component instance $i5 $D)
(assert_trap (invoke "pair" (u32.const 1) (u32.const 64) (u32.const 1))
  "invalid utf8 encoding") ;; invalid-utf8 at param v.1
(component instance $i6 $D)
(assert_trap (invoke "map" (u32.const 128) (u32.const 2)) "invalid utf8 encoding") ;; invalid-utf8 at param v[].0

;; chars that are none
(component instance $i7 $D)
(assert_trap (invoke "people" (u32.const 152) (u32.const 1))
  "invalid `char` bit pattern") ;; invalid-char at param v[].initial
(component instance $i8 $D)
(assert_trap (invoke "map" (u32.const 152) (u32.const 1)) "invalid `char` bit pattern") ;; invalid-char at param v[].1
(component instance $i9 $D)
(assert_trap (invoke "result" (u32.const 1) (u32.const 0xd800) (u32.const 0))
  "invalid `char` bit pattern") ;; invalid-char at param v.error

;; cases that are none
(component instance $i10 $D)
(assert_trap (invoke "shape" (u32.const 3) (u32.const 0) (u32.const 0))
  "invalid variant discriminant") ;; invalid-discriminant at param v
(component instance $i11 $D)
(assert_trap (invoke "option" (u32.const 2) (u32.const 67) (u32.const 2))
  "invalid variant discriminant") ;; invalid-discriminant at param v
(component instance $i12 $D)
(assert_trap (invoke "result" (u32.const 0x100) (u32.const 67) (u32.const 2))
  "invalid variant discriminant") ;; invalid-discriminant at param v

;; pointers that are not aligned, and those to nothing as well
(component instance $i13 $D)
(assert_trap (invoke "people" (u32.const 130) (u32.const 1)) "unaligned pointer") ;; pointer-misaligned at param v
(component instance $i14 $D)
(assert_trap (invoke "numbers" (u32.const 4) (u32.const 1)) "unaligned pointer") ;; pointer-misaligned at param v
(component instance $i15 $D)
(assert_trap (invoke "numbers" (u32.const 4) (u32.const 0)) "unaligned pointer") ;; pointer-misaligned at param v
(component instance $i16 $D)
(assert_trap (invoke "empties" (u32.const 192) (u32.const 2)) "unaligned pointer") ;; pointer-misaligned at param v[]

;; pointers past the end of the memory
(component instance $i17 $D)
(assert_trap (invoke "text" (u32.const 65535) (u32.const 2))
  "string content out-of-bounds") ;; pointer-out-of-bounds at param v
(component instance $i18 $D)
(assert_trap (invoke "text" (u32.const 0xffffffff) (u32.const 0xffffff))
  "string content out-of-bounds") ;; pointer-out-of-bounds at param v
(component instance $i19 $D)
(assert_trap (invoke "pair" (u32.const 1) (u32.const 65536) (u32.const 1))
  "string content out-of-bounds") ;; pointer-out-of-bounds at param v.1
(component instance $i20 $D)
(assert_trap (invoke "numbers" (u32.const 65536) (u32.const 1))
  "list content out-of-bounds") ;; pointer-out-of-bounds at param v
(component instance $i21 $D)
(assert_trap (invoke "numbers" (u32.const 0xfffffff8) (u32.const 1))
  "list content out-of-bounds") ;; pointer-out-of-bounds at param v
(component instance $i22 $D)
(assert_trap (invoke "map" (u32.const 65532) (u32.const 1))
  "list content out-of-bounds") ;; pointer-out-of-bounds at param v

;; lengths: 2^28-1 bytes are not too long for a list or a string, only for this memory
(component instance $i23 $D)
(assert_trap (invoke "text" (u32.const 0) (u32.const 0x0fffffff))
  "string content out-of-bounds") ;; pointer-out-of-bounds at param v
(component instance $i24 $D)
(assert_trap (invoke "text" (u32.const 0) (u32.const 0x10000000))
  "string content out-of-bounds") ;; string-too-long at param v
(component instance $i25 $D)
(assert_trap (invoke "text" (u32.const 0) (u32.const 0xffffffff))
  "string content out-of-bounds") ;; string-too-long at param v
(component instance $i26 $D)
(assert_trap (invoke "numbers" (u32.const 0) (u32.const 0x01ffffff))
  "list content out-of-bounds") ;; pointer-out-of-bounds at param v
(component instance $i27 $D)
(assert_trap (invoke "numbers" (u32.const 0) (u32.const 0x02000000))
  "list content out-of-bounds") ;; list-too-long at param v
(component instance $i28 $D)
(assert_trap (invoke "numbers" (u32.const 0) (u32.const 0x20000000))
  "list content out-of-bounds") ;; list-too-long at param v
(component instance $i29 $D)
(assert_trap (invoke "people" (u32.const 0) (u32.const 0x01555555))
  "list content out-of-bounds") ;; pointer-out-of-bounds at param v
(component instance $i30 $D)
(assert_trap (invoke "people" (u32.const 0) (u32.const 0x01555556))
  "list content out-of-bounds") ;; list-too-long at param v

;; the area of parameters, and the one for a result
(component instance $i31 $D)
(assert_trap (invoke "area" (u32.const 4)) "unaligned pointer") ;; pointer-misaligned at params
(component instance $i32 $D)
(assert_trap (invoke "area" (u32.const 65472)) "out of bounds memory access") ;; pointer-out-of-bounds at params
(component instance $i33 $D)
(assert_trap (invoke "area" (u32.const 0xfffffff8)) "out of bounds memory access") ;; pointer-out-of-bounds at params
(component instance $i34 $D)
(assert_trap (invoke "give" (u32.const 4)) "unaligned pointer") ;; pointer-misaligned at result
(component instance $i35 $D)
(assert_trap (invoke "give" (u32.const 65528)) "out of bounds memory access") ;; pointer-out-of-bounds at result
