;; Guests that hand over what is no value: each violation has one reason, whoever is looking, between components and at
;; the host's boundary. `factfuzz run tests/wast/hostile-values.wast` shows it engine by engine.
;; CanonicalABI.md: Loading (load, load_string_from_range, load_list_from_range, load_variant, convert_i32_to_char),
;; "Flat Lifting" (lift_flat_variant), "Lifting and Lowering Values" (lift_flat_values). The order of the checks is:
;; length, alignment, bounds, content.

(component definition $D
  (core module $Memory
    (memory (export "mem") 1)
    (data (i32.const 64) "\ff\fe\80ab\c3")             ;; no UTF-8 anywhere, then "ab" and half a letter
    (data (i32.const 80) "\ed\a0\80\c0\80\f4\90\80\80") ;; a surrogate, an overlong NUL, U+110000
    (data (i32.const 96) "a\00\00\d8")                 ;; UTF-16: a high surrogate at the end
    (data (i32.const 104) "\00\dca\00")                ;; a low surrogate alone
    (data (i32.const 112) "\61\00\00\00\00\d8\00\00")  ;; chars: 'a', a surrogate
    (data (i32.const 128) "\02\00\00\00\07\00\00\00")  ;; a discriminant of 2
    (data (i32.const 136) "\01\ff\00\00\02\00\00\00")  ;; options: one byte decides
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 4096)))

  ;; Gives whatever it is told to give.
  (component $Hostile
    (alias outer 1 $Memory (core module $Memory))
    (core instance $memory (instantiate $Memory))
    (core module $M
      (import "memory" "mem" (memory 1))
      (func (export "pair") (param i32 i32) (result i32)
        (i32.store (i32.const 0) (local.get 0)) (i32.store (i32.const 4) (local.get 1)) (i32.const 0))
      (func (export "same") (param i32) (result i32) (local.get 0)))
    (core instance $m (instantiate $M (with "memory" (instance $memory))))
    (func (export "utf8") (param "at" u32) (param "length" u32) (result string)
      (canon lift (core func $m "pair") string-encoding=utf8 (memory (core memory $memory "mem"))))
    (func (export "utf16") (param "at" u32) (param "length" u32) (result string)
      (canon lift (core func $m "pair") string-encoding=utf16 (memory (core memory $memory "mem"))))
    (func (export "numbers") (param "at" u32) (param "length" u32) (result (list u32))
      (canon lift (core func $m "pair") (memory (core memory $memory "mem"))))
    (func (export "chars") (param "at" u32) (param "length" u32) (result (list char))
      (canon lift (core func $m "pair") (memory (core memory $memory "mem"))))
    (func (export "options") (param "at" u32) (param "length" u32) (result (list (option u8)))
      (canon lift (core func $m "pair") (memory (core memory $memory "mem"))))
    (func (export "at") (param "at" u32) (result (option u32))
      (canon lift (core func $m "same") (memory (core memory $memory "mem"))))
    (func (export "flat") (param "discriminant" u32) (result (result))
      (canon lift (core func $m "same"))))
  (instance $hostile (instantiate $Hostile))

  ;; Asks for the same, and drops it.
  (core instance $memory (instantiate $Memory))
  (core func $utf8 (canon lower (func $hostile "utf8") string-encoding=utf16
    (memory (core memory $memory "mem")) (realloc (core func $memory "realloc"))))
  (core func $utf16 (canon lower (func $hostile "utf16") string-encoding=utf8
    (memory (core memory $memory "mem")) (realloc (core func $memory "realloc"))))
  (core func $numbers (canon lower (func $hostile "numbers")
    (memory (core memory $memory "mem")) (realloc (core func $memory "realloc"))))
  (core func $chars (canon lower (func $hostile "chars")
    (memory (core memory $memory "mem")) (realloc (core func $memory "realloc"))))
  (core func $options (canon lower (func $hostile "options")
    (memory (core memory $memory "mem")) (realloc (core func $memory "realloc"))))
  (core func $at (canon lower (func $hostile "at") (memory (core memory $memory "mem"))))
  (core func $flat (canon lower (func $hostile "flat")))
  (core module $M
    (import "hostile" "utf8" (func $utf8 (param i32 i32 i32)))
    (import "hostile" "utf16" (func $utf16 (param i32 i32 i32)))
    (import "hostile" "numbers" (func $numbers (param i32 i32 i32)))
    (import "hostile" "chars" (func $chars (param i32 i32 i32)))
    (import "hostile" "options" (func $options (param i32 i32 i32)))
    (import "hostile" "at" (func $at (param i32 i32)))
    (import "hostile" "flat" (func $flat (param i32) (result i32)))
    (func (export "utf8") (param i32 i32) (call $utf8 (local.get 0) (local.get 1) (i32.const 0)))
    (func (export "utf16") (param i32 i32) (call $utf16 (local.get 0) (local.get 1) (i32.const 0)))
    (func (export "numbers") (param i32 i32) (call $numbers (local.get 0) (local.get 1) (i32.const 0)))
    (func (export "chars") (param i32 i32) (call $chars (local.get 0) (local.get 1) (i32.const 0)))
    (func (export "options") (param i32 i32) (call $options (local.get 0) (local.get 1) (i32.const 0)))
    (func (export "at") (param i32) (call $at (local.get 0) (i32.const 0)))
    (func (export "flat") (param i32) (drop (call $flat (local.get 0)))))
  (core instance $m (instantiate $M (with "hostile" (instance
    (export "utf8" (func $utf8)) (export "utf16" (func $utf16)) (export "numbers" (func $numbers))
    (export "chars" (func $chars)) (export "options" (func $options)) (export "at" (func $at))
    (export "flat" (func $flat))))))
  (func (export "utf8") (param "at" u32) (param "length" u32) (canon lift (core func $m "utf8")))
  (func (export "utf16") (param "at" u32) (param "length" u32) (canon lift (core func $m "utf16")))
  (func (export "numbers") (param "at" u32) (param "length" u32) (canon lift (core func $m "numbers")))
  (func (export "chars") (param "at" u32) (param "length" u32) (canon lift (core func $m "chars")))
  (func (export "options") (param "at" u32) (param "length" u32) (canon lift (core func $m "options")))
  (func (export "at") (param "at" u32) (canon lift (core func $m "at")))
  (func (export "flat") (param "discriminant" u32) (canon lift (core func $m "flat")))
  (export "host" (instance $hostile)))

;; a discriminant
(component instance $i0 $D)
(assert_return (invoke "flat" (u32.const 0)))
(assert_return (invoke "flat" (u32.const 1)))
(assert_trap (invoke "flat" (u32.const 2)) "invalid variant discriminant") ;; invalid-discriminant at result
(component instance $i1 $D)
(assert_trap (invoke "flat" (u32.const 0x100)) "invalid variant discriminant") ;; invalid-discriminant at result
(component instance $i2 $D)
(assert_trap (invoke "flat" (u32.const 0xffffffff)) "invalid variant discriminant") ;; invalid-discriminant at result
(component instance $i3 $D)
(assert_trap (invoke "at" (u32.const 128)) "invalid variant discriminant") ;; invalid-discriminant at result
(component instance $i4 $D)
(assert_return (invoke "at" (u32.const 136)))
(assert_return (invoke "options" (u32.const 136) (u32.const 1)))
(assert_trap (invoke "options" (u32.const 137) (u32.const 1))
  "invalid variant discriminant") ;; invalid-discriminant at result[]
(component instance $i5 $D)
(assert_trap (invoke "host#flat" (u32.const 2)) "discriminant 2 out of range [0..2)") ;; invalid-discriminant at result
(component instance $i6 $D)
(assert_trap (invoke "host#at" (u32.const 128)) "discriminant 2 out of range [0..2)") ;; invalid-discriminant at result
(component instance $i7 $D)
(assert_trap (invoke "host#options" (u32.const 137) (u32.const 1))
  "discriminant 255 out of range [0..2)") ;; invalid-discriminant at result[]

;; a char
(component instance $i8 $D)
(assert_return (invoke "chars" (u32.const 112) (u32.const 1)))
(assert_trap (invoke "chars" (u32.const 112) (u32.const 2)) "invalid `char` bit pattern") ;; invalid-char at result[]
(component instance $i9 $D)
(assert_trap (invoke "host#chars" (u32.const 112) (u32.const 2))
  "converted integer out of range for `char`") ;; invalid-char at result[]

;; UTF-8: no text at all, text that ends in the middle of a letter, a surrogate, an overlong form, past U+10FFFF
(component instance $i10 $D)
(assert_return (invoke "utf8" (u32.const 67) (u32.const 2)))
(assert_trap (invoke "utf8" (u32.const 64) (u32.const 1)) "invalid utf8 encoding") ;; invalid-utf8 at result
(component instance $i11 $D)
(assert_trap (invoke "utf8" (u32.const 67) (u32.const 3)) "invalid utf8 encoding") ;; invalid-utf8 at result
(component instance $i12 $D)
(assert_trap (invoke "utf8" (u32.const 80) (u32.const 3)) "invalid utf8 encoding") ;; invalid-utf8 at result
(component instance $i13 $D)
(assert_trap (invoke "utf8" (u32.const 83) (u32.const 2)) "invalid utf8 encoding") ;; invalid-utf8 at result
(component instance $i14 $D)
(assert_trap (invoke "utf8" (u32.const 85) (u32.const 4)) "invalid utf8 encoding") ;; invalid-utf8 at result
(component instance $i15 $D)
(assert_trap (invoke "host#utf8" (u32.const 64) (u32.const 1))
  "invalid utf-8 sequence of 1 bytes from index 0") ;; invalid-utf8 at result
(component instance $i16 $D)
(assert_trap (invoke "host#utf8" (u32.const 67) (u32.const 3))
  "incomplete utf-8 byte sequence from index 2") ;; invalid-utf8 at result

;; UTF-16: surrogates alone
(component instance $i17 $D)
(assert_return (invoke "utf16" (u32.const 96) (u32.const 1)))
(assert_trap (invoke "utf16" (u32.const 96) (u32.const 2)) "invalid utf16 encoding") ;; invalid-utf16 at result
(component instance $i18 $D)
(assert_trap (invoke "utf16" (u32.const 104) (u32.const 2)) "invalid utf16 encoding") ;; invalid-utf16 at result
(component instance $i19 $D)
(assert_trap (invoke "host#utf16" (u32.const 96) (u32.const 2))
  "unpaired surrogate found: d800") ;; invalid-utf16 at result
(component instance $i20 $D)
(assert_trap (invoke "host#utf16" (u32.const 104) (u32.const 2))
  "unpaired surrogate found: dc00") ;; invalid-utf16 at result

;; a pointer that is not aligned, even to nothing
(component instance $i21 $D)
(assert_return (invoke "utf8" (u32.const 1) (u32.const 0)))
(assert_trap (invoke "utf16" (u32.const 97) (u32.const 1)) "unaligned pointer") ;; pointer-misaligned at result
(component instance $i22 $D)
(assert_trap (invoke "utf16" (u32.const 97) (u32.const 0)) "unaligned pointer") ;; pointer-misaligned at result
(component instance $i23 $D)
(assert_trap (invoke "numbers" (u32.const 66) (u32.const 1)) "unaligned pointer") ;; pointer-misaligned at result
(component instance $i24 $D)
(assert_trap (invoke "numbers" (u32.const 1) (u32.const 0)) "unaligned pointer") ;; pointer-misaligned at result
(component instance $i25 $D)
(assert_trap (invoke "at" (u32.const 130)) "unaligned pointer") ;; pointer-misaligned at result
(component instance $i26 $D)
(assert_trap (invoke "host#utf16" (u32.const 97) (u32.const 1))
  "string pointer not aligned to 2") ;; pointer-misaligned at result
(component instance $i27 $D)
(assert_trap (invoke "host#numbers" (u32.const 66) (u32.const 1))
  "list pointer is not aligned") ;; pointer-misaligned at result
(component instance $i28 $D)
(assert_trap (invoke "host#at" (u32.const 130)) "pointer not aligned") ;; pointer-misaligned at result

;; a pointer past the end of the memory, which is legal for nothing at the very end
(component instance $i29 $D)
(assert_return (invoke "utf8" (u32.const 65536) (u32.const 0)))
(assert_return (invoke "numbers" (u32.const 65532) (u32.const 1)))
(assert_return (invoke "numbers" (u32.const 65536) (u32.const 0)))
(assert_trap (invoke "utf8" (u32.const 65537) (u32.const 0))
  "string content out-of-bounds") ;; pointer-out-of-bounds at result
(component instance $i30 $D)
(assert_trap (invoke "utf8" (u32.const 65535) (u32.const 2))
  "string content out-of-bounds") ;; pointer-out-of-bounds at result
(component instance $i31 $D)
(assert_trap (invoke "utf8" (u32.const 0xffffffff) (u32.const 2))
  "string content out-of-bounds") ;; pointer-out-of-bounds at result
(component instance $i32 $D)
(assert_trap (invoke "numbers" (u32.const 65532) (u32.const 2))
  "list content out-of-bounds") ;; pointer-out-of-bounds at result
(component instance $i33 $D)
(assert_trap (invoke "numbers" (u32.const 65540) (u32.const 0))
  "list content out-of-bounds") ;; pointer-out-of-bounds at result
(component instance $i34 $D)
(assert_trap (invoke "at" (u32.const 65532)) "out of bounds memory access") ;; pointer-out-of-bounds at result
(component instance $i35 $D)
(assert_trap (invoke "host#utf8" (u32.const 65535) (u32.const 2))
  "string pointer/length out of bounds of memory") ;; pointer-out-of-bounds at result
(component instance $i36 $D)
(assert_trap (invoke "host#numbers" (u32.const 65532) (u32.const 2))
  "list pointer/length out of bounds of memory") ;; pointer-out-of-bounds at result
(component instance $i37 $D)
(assert_trap (invoke "host#at" (u32.const 65532)) "pointer out of bounds of memory") ;; pointer-out-of-bounds at result

;; more than 2^28-1 bytes, whatever the memory holds
(component instance $i38 $D)
(assert_trap (invoke "utf8" (u32.const 0) (u32.const 0x10000000))
  "string content out-of-bounds") ;; string-too-long at result
(component instance $i39 $D)
(assert_trap (invoke "numbers" (u32.const 0) (u32.const 0x4000000))
  "list content out-of-bounds") ;; list-too-long at result
(component instance $i40 $D)
(assert_trap (invoke "host#numbers" (u32.const 0) (u32.const 0x4000000))
  "list pointer/length out of bounds of memory") ;; list-too-long at result
(component instance $i41 $D)
(assert_trap (invoke "utf8" (u32.const 0) (u32.const 0x0fffffff))
  "string content out-of-bounds") ;; pointer-out-of-bounds at result
(component instance $i42 $D)
(assert_trap (invoke "numbers" (u32.const 0) (u32.const 0x3ffffff))
  "list content out-of-bounds") ;; pointer-out-of-bounds at result
