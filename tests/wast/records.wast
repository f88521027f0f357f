;; Records and tuples: field by field when they are flat, in one piece of memory when they do not fit in 16 core values
;; or are elements; padding wherever an alignment asks for it.
;; CanonicalABI.md: Alignment (alignment_record), "Element Size" (elem_size_record), Flattening (flatten_record),
;; Loading (load_record), Storing (store_record), "Flat Lifting" (lift_flat_record).

(component definition $D
  ;; A memory whose realloc gives every block a new place, from 65536 on; below that, room for results.
  (core module $Heap
    (memory (export "mem") 4)
    (global $end (mut i32) (i32.const 65536))
    (func (export "realloc") (param $old i32) (param $had i32) (param $align i32) (param $size i32) (result i32)
      (local $new i32)
      (local.set $new (i32.and (i32.add (global.get $end) (i32.sub (local.get $align) (i32.const 1)))
                               (i32.sub (i32.const 0) (local.get $align))))
      (global.set $end (i32.add (local.get $new) (local.get $size)))
      (memory.copy (local.get $new) (local.get $old)
        (select (local.get $had) (local.get $size) (i32.lt_u (local.get $had) (local.get $size))))
      (local.get $new)))

  ;; What it gets it gives back.
  (component $Callee
    (alias outer 1 $Heap (core module $Heap))
    (core instance $heap (instantiate $Heap))
    (core module $M
      (import "heap" "mem" (memory 1))
      (func (export "i32") (param i32) (result i32) (local.get 0))
      (func (export "small") (param i32 i32 f64) (result i32)
        (i32.store8 (i32.const 0) (local.get 0)) (i32.store (i32.const 4) (local.get 1))
        (f64.store (i32.const 8) (local.get 2)) (i32.const 0))
      (func (export "person") (param i32 i32 i32 i32) (result i32)
        (i32.store (i32.const 0) (local.get 0)) (i32.store (i32.const 4) (local.get 1))
        (i32.store8 (i32.const 8) (local.get 2)) (i32.store16 (i32.const 10) (local.get 3)) (i32.const 0))
      (func (export "sixteen") (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32) (result i32)
        (i32.store8 (i32.const 0) (local.get 0)) (i32.store8 (i32.const 1) (local.get 1))
        (i32.store8 (i32.const 2) (local.get 2)) (i32.store8 (i32.const 3) (local.get 3))
        (i32.store8 (i32.const 4) (local.get 4)) (i32.store8 (i32.const 5) (local.get 5))
        (i32.store8 (i32.const 6) (local.get 6)) (i32.store8 (i32.const 7) (local.get 7))
        (i32.store8 (i32.const 8) (local.get 8)) (i32.store8 (i32.const 9) (local.get 9))
        (i32.store8 (i32.const 10) (local.get 10)) (i32.store8 (i32.const 11) (local.get 11))
        (i32.store8 (i32.const 12) (local.get 12)) (i32.store8 (i32.const 13) (local.get 13))
        (i32.store8 (i32.const 14) (local.get 14)) (i32.store8 (i32.const 15) (local.get 15)) (i32.const 0))
      (func (export "spilled") (param i32) (result i32) (local.get 0))
      (func (export "list") (param i32 i32) (result i32)
        (i32.store (i32.const 0) (local.get 0)) (i32.store (i32.const 4) (local.get 1)) (i32.const 0)))
    (core instance $m (instantiate $M (with "heap" (instance $heap))))
    (type $single-type (record (field "only" s8)))
    (export $single "single-type" (type $single-type))
    (type $pair-type (record (field "a" u8) (field "b" u32) (field "c" f64)))
    (export $pair "pair-type" (type $pair-type))
    (type $person-type (record (field "name" string) (field "young" bool) (field "born" u16)))
    (export $person "person-type" (type $person-type))
    (type $sixteen-bytes-type (record
      (field "f0" u8) (field "f1" u8) (field "f2" u8) (field "f3" u8) (field "f4" u8) (field "f5" u8) (field "f6" u8)
        (field "f7" u8)
      (field "f8" u8) (field "f9" u8) (field "f10" u8) (field "f11" u8) (field "f12" u8) (field "f13" u8) (field "f14"
        u8) (field "f15" u8)))
    (export $sixteen-bytes "sixteen-bytes-type" (type $sixteen-bytes-type))
    (type $seventeen-bytes-type (record
      (field "f0" u8) (field "f1" u8) (field "f2" u8) (field "f3" u8) (field "f4" u8) (field "f5" u8) (field "f6" u8)
        (field "f7" u8)
      (field "f8" u8) (field "f9" u8) (field "f10" u8) (field "f11" u8) (field "f12" u8) (field "f13" u8) (field "f14"
        u8) (field "f15" u8) (field "f16" u8)))
    (export $seventeen-bytes "seventeen-bytes-type" (type $seventeen-bytes-type))
    (type $mixed-type (record
      (field "a" u8) (field "b" u64) (field "c" u16) (field "d" f32) (field "e" char) (field "f" string) (field "g"
        bool)
      (field "h" s64) (field "i" (list u8)) (field "j" (tuple u8 u32)) (field "k" (option string)) (field "l" s16)))
    (export $mixed "mixed-type" (type $mixed-type))
    (type $inside-type (record (field "p" $person) (field "q" (list $person)) (field "r" (tuple $pair $pair)) (field "s"
      u8)
      (field "t" $person)))
    (export $inside "inside-type" (type $inside-type))
    (func (export "one") (param "v" $single) (result $single) (canon lift (core func $m "i32")
      (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
    (func (export "small") (param "v" $pair) (result $pair) (canon lift (core func $m "small")
      (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
    (func (export "person") (param "v" $person) (result $person) (canon lift (core func $m "person")
      (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
    (func (export "sixteen") (param "v" $sixteen-bytes) (result $sixteen-bytes) (canon lift (core func $m "sixteen")
      (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
    (func (export "seventeen") (param "v" $seventeen-bytes) (result $seventeen-bytes)
      (canon lift (core func $m "spilled") (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
    (func (export "mixed") (param "v" $mixed) (result $mixed) (canon lift (core func $m "spilled")
      (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
    (func (export "people") (param "v" (list $person)) (result (list $person)) (canon lift (core func $m "list")
      (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
    (func (export "pairs") (param "v" (list $pair)) (result (list $pair)) (canon lift (core func $m "list")
      (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
    (func (export "tuple") (param "v" (tuple u8 u32 f64)) (result (tuple u8 u32 f64)) (canon lift (core func $m "small")
      (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
    (func (export "tuples") (param "v" (list (tuple s8 (tuple u16 u8) bool))) (result (list (tuple s8 (tuple u16 u8)
      bool)))
      (canon lift (core func $m "list") (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
    (func (export "inside") (param "v" $inside) (result $inside) (canon lift (core func $m "spilled")
      (memory (core memory $heap "mem")) (realloc (core func $heap "realloc")))))
  (instance $callee (instantiate $Callee))

  ;; What it gets it passes on, and what comes back it gives back.
  (core instance $heap (instantiate $Heap))
  (core module $i32
    (import "heap" "mem" (memory 1)) (import "" "f" (func $f (param i32) (result i32)))
    (func (export "f") (param i32) (result i32) (call $f (local.get 0))))
  (core module $small
    (import "heap" "mem" (memory 1)) (import "" "f" (func $f (param i32 i32 f64 i32)))
    (func (export "f") (param i32 i32 f64) (result i32)
      (call $f (local.get 0) (local.get 1) (local.get 2) (i32.const 0)) (i32.const 0)))
  (core module $person
    (import "heap" "mem" (memory 1)) (import "" "f" (func $f (param i32 i32 i32 i32 i32)))
    (func (export "f") (param i32 i32 i32 i32) (result i32)
      (call $f (local.get 0) (local.get 1) (local.get 2) (local.get 3) (i32.const 0)) (i32.const 0)))
  (core module $sixteen
    (import "heap" "mem" (memory 1)) (import "" "f" (func $f (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32
      i32 i32 i32 i32)))
    (func (export "f") (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32) (result i32)
      (call $f (local.get 0) (local.get 1) (local.get 2) (local.get 3) (local.get 4) (local.get 5) (local.get 6)
        (local.get 7) (local.get 8) (local.get 9) (local.get 10) (local.get 11) (local.get 12) (local.get 13) (local.get
        14) (local.get 15) (i32.const 0)) (i32.const 0)))
  (core module $spilled
    (import "heap" "mem" (memory 1)) (import "" "f" (func $f (param i32 i32)))
    (func (export "f") (param i32) (result i32) (call $f (local.get 0) (i32.const 0)) (i32.const 0)))
  (core module $list
    (import "heap" "mem" (memory 1)) (import "" "f" (func $f (param i32 i32 i32)))
    (func (export "f") (param i32 i32) (result i32)
      (call $f (local.get 0) (local.get 1) (i32.const 0)) (i32.const 0)))
  (alias export $callee "single-type" (type $single-type))
  (export $single "single-type" (type $single-type))
  (alias export $callee "pair-type" (type $pair-type))
  (export $pair "pair-type" (type $pair-type))
  (alias export $callee "person-type" (type $person-type))
  (export $person "person-type" (type $person-type))
  (alias export $callee "sixteen-bytes-type" (type $sixteen-bytes-type))
  (export $sixteen-bytes "sixteen-bytes-type" (type $sixteen-bytes-type))
  (alias export $callee "seventeen-bytes-type" (type $seventeen-bytes-type))
  (export $seventeen-bytes "seventeen-bytes-type" (type $seventeen-bytes-type))
  (alias export $callee "mixed-type" (type $mixed-type))
  (export $mixed "mixed-type" (type $mixed-type))
  (type $inside-type (record (field "p" $person) (field "q" (list $person)) (field "r" (tuple $pair $pair)) (field "s"
    u8)
    (field "t" $person)))
  (export $inside "inside-type" (type $inside-type))
  (core func $one (canon lower (func $callee "one")
    (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
  (core instance $one (instantiate $i32 (with "heap" (instance $heap)) (with "" (instance (export "f" (func $one))))))
  (func (export "one") (param "v" $single) (result $single) (canon lift (core func $one "f")
    (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
  (core func $small (canon lower (func $callee "small")
    (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
  (core instance $small (instantiate $small (with "heap" (instance $heap))
    (with "" (instance (export "f" (func $small))))))
  (func (export "small") (param "v" $pair) (result $pair) (canon lift (core func $small "f")
    (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
  (core func $person (canon lower (func $callee "person")
    (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
  (core instance $person (instantiate $person (with "heap" (instance $heap))
    (with "" (instance (export "f" (func $person))))))
  (func (export "person") (param "v" $person) (result $person) (canon lift (core func $person "f")
    (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
  (core func $sixteen (canon lower (func $callee "sixteen")
    (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
  (core instance $sixteen (instantiate $sixteen (with "heap" (instance $heap))
    (with "" (instance (export "f" (func $sixteen))))))
  (func (export "sixteen") (param "v" $sixteen-bytes) (result $sixteen-bytes) (canon lift (core func $sixteen "f")
    (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
  (core func $seventeen (canon lower (func $callee "seventeen")
    (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
  (core instance $seventeen (instantiate $spilled (with "heap" (instance $heap))
    (with "" (instance (export "f" (func $seventeen))))))
  (func (export "seventeen") (param "v" $seventeen-bytes) (result $seventeen-bytes)
    (canon lift (core func $seventeen "f") (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
  (core func $mixed (canon lower (func $callee "mixed")
    (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
  (core instance $mixed (instantiate $spilled (with "heap" (instance $heap))
    (with "" (instance (export "f" (func $mixed))))))
  (func (export "mixed") (param "v" $mixed) (result $mixed) (canon lift (core func $mixed "f")
    (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
  (core func $people (canon lower (func $callee "people")
    (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
  (core instance $people (instantiate $list (with "heap" (instance $heap))
    (with "" (instance (export "f" (func $people))))))
  (func (export "people") (param "v" (list $person)) (result (list $person)) (canon lift (core func $people "f")
    (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
  (core func $pairs (canon lower (func $callee "pairs")
    (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
  (core instance $pairs (instantiate $list (with "heap" (instance $heap))
    (with "" (instance (export "f" (func $pairs))))))
  (func (export "pairs") (param "v" (list $pair)) (result (list $pair)) (canon lift (core func $pairs "f")
    (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
  (core func $tuple (canon lower (func $callee "tuple")
    (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
  (core instance $tuple (instantiate $small (with "heap" (instance $heap))
    (with "" (instance (export "f" (func $tuple))))))
  (func (export "tuple") (param "v" (tuple u8 u32 f64)) (result (tuple u8 u32 f64)) (canon lift (core func $tuple "f")
    (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
  (core func $tuples (canon lower (func $callee "tuples")
    (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
  (core instance $tuples (instantiate $list (with "heap" (instance $heap))
    (with "" (instance (export "f" (func $tuples))))))
  (func (export "tuples") (param "v" (list (tuple s8 (tuple u16 u8) bool))) (result (list (tuple s8 (tuple u16 u8)
    bool)))
    (canon lift (core func $tuples "f") (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
  (core func $inside (canon lower (func $callee "inside")
    (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
  (core instance $inside (instantiate $spilled (with "heap" (instance $heap))
    (with "" (instance (export "f" (func $inside))))))
  (func (export "inside") (param "v" $inside) (result $inside) (canon lift (core func $inside "f")
    (memory (core memory $heap "mem")) (realloc (core func $heap "realloc")))))

(component instance $i0 $D)
(assert_return (invoke "one" (record.const (field "only" s8.const -128))) (record.const (field "only" s8.const -128)))
(assert_return
  (invoke "small" (record.const (field "a" u8.const 255) (field "b" u32.const 4294967295) (field "c" f64.const -inf)))
  (record.const (field "a" u8.const 255) (field "b" u32.const 4294967295) (field "c" f64.const -inf)))
(assert_return
  (invoke "small" (record.const (field "a" u8.const 0) (field "b" u32.const 0) (field "c" f64.const 0)))
  (record.const (field "a" u8.const 0) (field "b" u32.const 0) (field "c" f64.const 0)))
(assert_return
  (invoke "person" (record.const (field "name" str.const "Jos\u{e9}") (field "young" bool.const false) (field "born"
    u16.const 1980)))
  (record.const (field "name" str.const "Jos\u{e9}") (field "young" bool.const false) (field "born" u16.const 1980)))
(assert_return
  (invoke "person" (record.const (field "name" str.const "") (field "young" bool.const true) (field "born"
    u16.const 0)))
  (record.const (field "name" str.const "") (field "young" bool.const true) (field "born" u16.const 0)))
(assert_return
  (invoke "sixteen" (record.const (field "f0" u8.const 200) (field "f1" u8.const 237) (field "f2" u8.const 18)
    (field "f3" u8.const 55) (field "f4" u8.const 92) (field "f5" u8.const 129) (field "f6" u8.const 166) (field "f7"
    u8.const 203) (field "f8" u8.const 240) (field "f9" u8.const 21) (field "f10" u8.const 58) (field "f11" u8.const 95)
    (field "f12" u8.const 132) (field "f13" u8.const 169) (field "f14" u8.const 206) (field "f15" u8.const 243)))
  (record.const (field "f0" u8.const 200) (field "f1" u8.const 237) (field "f2" u8.const 18) (field "f3" u8.const 55)
    (field "f4" u8.const 92) (field "f5" u8.const 129) (field "f6" u8.const 166) (field "f7" u8.const 203) (field "f8"
    u8.const 240) (field "f9" u8.const 21) (field "f10" u8.const 58) (field "f11" u8.const 95) (field "f12"
    u8.const 132) (field "f13" u8.const 169) (field "f14" u8.const 206) (field "f15" u8.const 243)))
(assert_return
  (invoke "seventeen" (record.const (field "f0" u8.const 200) (field "f1" u8.const 237) (field "f2" u8.const 18)
    (field "f3" u8.const 55) (field "f4" u8.const 92) (field "f5" u8.const 129) (field "f6" u8.const 166) (field "f7"
    u8.const 203) (field "f8" u8.const 240) (field "f9" u8.const 21) (field "f10" u8.const 58) (field "f11" u8.const 95)
    (field "f12" u8.const 132) (field "f13" u8.const 169) (field "f14" u8.const 206) (field "f15" u8.const 243)
    (field "f16" u8.const 24)))
  (record.const (field "f0" u8.const 200) (field "f1" u8.const 237) (field "f2" u8.const 18) (field "f3" u8.const 55)
    (field "f4" u8.const 92) (field "f5" u8.const 129) (field "f6" u8.const 166) (field "f7" u8.const 203) (field "f8"
    u8.const 240) (field "f9" u8.const 21) (field "f10" u8.const 58) (field "f11" u8.const 95) (field "f12"
    u8.const 132) (field "f13" u8.const 169) (field "f14" u8.const 206) (field "f15" u8.const 243) (field "f16"
    u8.const 24)))
(assert_return
  (invoke "mixed" (record.const (field "a" u8.const 255) (field "b" u64.const 18446744073709551615) (field "c"
    u16.const 65535) (field "d" f32.const -1.5) (field "e" char.const "\u{1f600}") (field "f" str.const "f\u{fc}r")
    (field "g" bool.const true) (field "h" s64.const -1) (field "i" list.const (u8.const 1) (u8.const 2)) (field "j"
    tuple.const (u8.const 7) (u32.const 4294967295)) (field "k" option.some (str.const "k")) (field "l"
    s16.const -32768)))
  (record.const (field "a" u8.const 255) (field "b" u64.const 18446744073709551615) (field "c" u16.const 65535)
    (field "d" f32.const -1.5) (field "e" char.const "\u{1f600}") (field "f" str.const "f\u{fc}r") (field "g"
    bool.const true) (field "h" s64.const -1) (field "i" list.const (u8.const 1) (u8.const 2)) (field "j" tuple.const
    (u8.const 7) (u32.const 4294967295)) (field "k" option.some (str.const "k")) (field "l" s16.const -32768)))
(assert_return
  (invoke "people" (list.const (record.const (field "name" str.const "a") (field "young" bool.const true) (field "born"
    u16.const 1)) (record.const (field "name" str.const "b") (field "young" bool.const false) (field "born"
    u16.const 2))))
  (list.const (record.const (field "name" str.const "a") (field "young" bool.const true) (field "born" u16.const 1))
    (record.const (field "name" str.const "b") (field "young" bool.const false) (field "born" u16.const 2))))
(assert_return (invoke "people" (list.const)) (list.const))
(assert_return
  (invoke "pairs" (list.const (record.const (field "a" u8.const 1) (field "b" u32.const 2) (field "c"
    f64.const 0x1.8p+0)) (record.const (field "a" u8.const 3) (field "b" u32.const 4) (field "c" f64.const inf))))
  (list.const (record.const (field "a" u8.const 1) (field "b" u32.const 2) (field "c" f64.const 0x1.8p+0)) (record.const
    (field "a" u8.const 3) (field "b" u32.const 4) (field "c" f64.const inf))))
(assert_return
  (invoke "tuple" (tuple.const (u8.const 1) (u32.const 2) (f64.const 0.5)))
  (tuple.const (u8.const 1) (u32.const 2) (f64.const 0.5)))
(assert_return
  (invoke "tuples" (list.const (tuple.const (s8.const -1) (tuple.const (u16.const 2) (u8.const 3)) (bool.const true))
    (tuple.const (s8.const 4) (tuple.const (u16.const 5) (u8.const 6)) (bool.const false))))
  (list.const (tuple.const (s8.const -1) (tuple.const (u16.const 2) (u8.const 3)) (bool.const true)) (tuple.const
    (s8.const 4) (tuple.const (u16.const 5) (u8.const 6)) (bool.const false))))
(assert_return
  (invoke "inside" (record.const (field "p" record.const (field "name" str.const "p") (field "young" bool.const true)
    (field "born" u16.const 1)) (field "q" list.const (record.const (field "name" str.const "q") (field "young"
    bool.const false) (field "born" u16.const 65535)) (record.const (field "name" str.const "") (field "young"
    bool.const true) (field "born" u16.const 0))) (field "r" tuple.const (record.const (field "a" u8.const 1) (field "b"
    u32.const 2) (field "c" f64.const 3)) (record.const (field "a" u8.const 4) (field "b" u32.const 5) (field "c"
    f64.const -0))) (field "s" u8.const 9) (field "t" record.const (field "name" str.const "t") (field "young"
    bool.const true) (field "born" u16.const 2000))))
  (record.const (field "p" record.const (field "name" str.const "p") (field "young" bool.const true) (field "born"
    u16.const 1)) (field "q" list.const (record.const (field "name" str.const "q") (field "young" bool.const false)
    (field "born" u16.const 65535)) (record.const (field "name" str.const "") (field "young" bool.const true)
    (field "born" u16.const 0))) (field "r" tuple.const (record.const (field "a" u8.const 1) (field "b" u32.const 2)
    (field "c" f64.const 3)) (record.const (field "a" u8.const 4) (field "b" u32.const 5) (field "c" f64.const -0)))
    (field "s" u8.const 9) (field "t" record.const (field "name" str.const "t") (field "young" bool.const true)
    (field "born" u16.const 2000))))
