;; A realloc that returns what it may not: an address that is not aligned, or a block that is not all in memory, from
;; its first call or a later one. Each result is looked at, against the memory as it is then.
;; CanonicalABI.md: Storing (store_string_into_range and the functions it chooses from, store_list_into_range),
;; "Lifting and Lowering Values" (lower_flat_values). A result in the caller's memory goes the same way.

(component definition $D
  ;; Gives good blocks, until it is to give *bad* instead; grows the memory first if told to.
  (core module $Heap
    (memory (export "mem") 1 4)
    (global $end (mut i32) (i32.const 4096))
    (global $good (mut i32) (i32.const -1))
    (global $bad (mut i32) (i32.const 0))
    (global $grow (mut i32) (i32.const 0))
    (data (i32.const 64) "Stra\c3\9fe \f0\9f\98\80 \e2\82\ac")                ;; 16 bytes of UTF-8
    (data (i32.const 96) "S\00t\00r\00a\00\df\00e\00 \00=\d8\00\de \00\ac\20")  ;; 11 units of UTF-16
    (data (i32.const 128) "\01\00\00\00\02\00\00\00\03\00\00\00")
    (func (export "plan") (param $good i32) (param $bad i32) (param $grow i32)
      (global.set $good (local.get $good)) (global.set $bad (local.get $bad)) (global.set $grow (local.get $grow)))
    (func (export "realloc") (param $old i32) (param $had i32) (param $align i32) (param $size i32) (result i32)
      (local $new i32)
      (drop (memory.grow (global.get $grow)))
      (if (i32.eqz (global.get $good)) (then (return (global.get $bad))))
      (global.set $good (i32.sub (global.get $good) (i32.const 1)))
      (local.set $new (i32.and (i32.add (global.get $end) (i32.sub (local.get $align) (i32.const 1)))
                               (i32.sub (i32.const 0) (local.get $align))))
      (global.set $end (i32.add (local.get $new) (local.get $size)))
      (memory.copy (local.get $new) (local.get $old)
        (select (local.get $had) (local.get $size) (i32.lt_u (local.get $had) (local.get $size))))
      (local.get $new)))

  (component $Callee
    (alias outer 1 $Heap (core module $Heap))
    (core instance $heap (instantiate $Heap))
    (core module $M
      (import "heap" "mem" (memory 1))
      (func (export "pair") (param i32 i32))
      (func (export "area") (param i32))
      (func (export "give") (result i32)
        (i32.store (i32.const 0) (i32.const 128)) (i32.store (i32.const 4) (i32.const 3)) (i32.const 0)))
    (core instance $m (instantiate $M (with "heap" (instance $heap))))
    (func (export "plan") (param "good" s32) (param "bad" u32) (param "grow" u32)
      (canon lift (core func $heap "plan")))
    (func (export "utf8") (param "v" string) (canon lift (core func $m "pair") string-encoding=utf8
      (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
    (func (export "utf16") (param "v" string) (canon lift (core func $m "pair") string-encoding=utf16
      (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
    (func (export "latin1") (param "v" string) (canon lift (core func $m "pair") string-encoding=latin1+utf16
      (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
    (func (export "list") (param "v" (list u32)) (canon lift (core func $m "pair")
      (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
    (func (export "lists") (param "v" (list (list u32))) (canon lift (core func $m "pair")
      (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
    (func (export "area")
      (param "a" (tuple u32 u32 u32 u32 u32 u32 u32 u32)) (param "b" (tuple u32 u32 u32 u32 u32 u32 u32 u32))
      (param "c" u64)
      (canon lift (core func $m "area") (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
    (func (export "give") (result (list u32)) (canon lift (core func $m "give") (memory (core memory $heap "mem")))))
  (instance $callee (instantiate $Callee))
  (export "plan" (func $callee "plan"))

  (core instance $heap (instantiate $Heap))
  (func (export "plan-result") (param "good" s32) (param "bad" u32) (param "grow" u32)
    (canon lift (core func $heap "plan")))
  (core func $utf8-utf8 (canon lower (func $callee "utf8") string-encoding=utf8 (memory (core memory $heap "mem"))))
  (core func $utf8-utf16 (canon lower (func $callee "utf16") string-encoding=utf8 (memory (core memory $heap "mem"))))
  (core func $utf8-latin1 (canon lower (func $callee "latin1") string-encoding=utf8 (memory (core memory $heap "mem"))))
  (core func $utf16-utf8 (canon lower (func $callee "utf8") string-encoding=utf16 (memory (core memory $heap "mem"))))
  (core func $utf16-utf16 (canon lower (func $callee "utf16") string-encoding=utf16 (memory (core memory $heap "mem"))))
  (core func $utf16-latin1 (canon lower (func $callee "latin1") string-encoding=utf16
    (memory (core memory $heap "mem"))))
  (core func $list (canon lower (func $callee "list") (memory (core memory $heap "mem"))))
  (core func $lists (canon lower (func $callee "lists") (memory (core memory $heap "mem"))))
  (core func $area (canon lower (func $callee "area") (memory (core memory $heap "mem"))))
  (core func $give (canon lower (func $callee "give")
    (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
  (core module $M
    (import "heap" "mem" (memory 1))
    (import "" "utf8-utf8" (func $utf8-utf8 (param i32 i32)))
    (import "" "utf8-utf16" (func $utf8-utf16 (param i32 i32)))
    (import "" "utf8-latin1" (func $utf8-latin1 (param i32 i32)))
    (import "" "utf16-utf8" (func $utf16-utf8 (param i32 i32)))
    (import "" "utf16-utf16" (func $utf16-utf16 (param i32 i32)))
    (import "" "utf16-latin1" (func $utf16-latin1 (param i32 i32)))
    (import "" "list" (func $list (param i32 i32)))
    (import "" "lists" (func $lists (param i32 i32)))
    (import "" "area" (func $area (param i32)))
    (import "" "give" (func $give (param i32)))
    (func (export "utf8-utf8") (param i32) (call $utf8-utf8 (i32.const 64) (local.get 0)))
    (func (export "utf8-utf16") (param i32) (call $utf8-utf16 (i32.const 64) (local.get 0)))
    (func (export "utf8-latin1") (param i32) (call $utf8-latin1 (i32.const 64) (local.get 0)))
    (func (export "utf16-utf8") (param i32) (call $utf16-utf8 (i32.const 96) (local.get 0)))
    (func (export "utf16-utf16") (param i32) (call $utf16-utf16 (i32.const 96) (local.get 0)))
    (func (export "utf16-latin1") (param i32) (call $utf16-latin1 (i32.const 96) (local.get 0)))
    (func (export "list") (call $list (i32.const 128) (i32.const 3)))
    (func (export "lists")
      (i64.store (i32.const 256) (i64.const 0x0000000300000080))
        (i64.store (i32.const 264) (i64.const 0x0000000200000080))
      (call $lists (i32.const 256) (i32.const 2)))
    (func (export "area") (call $area (i32.const 256)))
    (func (export "give") (call $give (i32.const 256))))
  (core instance $m (instantiate $M (with "heap" (instance $heap)) (with "" (instance
    (export "utf8-utf8" (func $utf8-utf8)) (export "utf8-utf16" (func $utf8-utf16))
    (export "utf8-latin1" (func $utf8-latin1)) (export "utf16-utf8" (func $utf16-utf8))
    (export "utf16-utf16" (func $utf16-utf16)) (export "utf16-latin1" (func $utf16-latin1))
    (export "list" (func $list)) (export "lists" (func $lists)) (export "area" (func $area))
      (export "give" (func $give))))))
  (func (export "utf8-utf8") (param "units" u32) (canon lift (core func $m "utf8-utf8")))
  (func (export "utf8-utf16") (param "units" u32) (canon lift (core func $m "utf8-utf16")))
  (func (export "utf8-latin1") (param "units" u32) (canon lift (core func $m "utf8-latin1")))
  (func (export "utf16-utf8") (param "units" u32) (canon lift (core func $m "utf16-utf8")))
  (func (export "utf16-utf16") (param "units" u32) (canon lift (core func $m "utf16-utf16")))
  (func (export "utf16-latin1") (param "units" u32) (canon lift (core func $m "utf16-latin1")))
  (func (export "list") (canon lift (core func $m "list")))
  (func (export "lists") (canon lift (core func $m "lists")))
  (func (export "area") (canon lift (core func $m "area")))
  (func (export "give") (canon lift (core func $m "give"))))

;; all is well: growing the memory is no harm, the last block may end where the memory ends
(component instance $i0 $D)
(assert_return (invoke "plan" (s32.const -1) (u32.const 0) (u32.const 0)))
(assert_return (invoke "utf8-utf8" (u32.const 16)))
(assert_return (invoke "utf8-utf16" (u32.const 16)))
(assert_return (invoke "utf8-latin1" (u32.const 16)))
(assert_return (invoke "utf16-utf8" (u32.const 11)))
(assert_return (invoke "utf16-utf16" (u32.const 11)))
(assert_return (invoke "utf16-latin1" (u32.const 11)))
(assert_return (invoke "list"))
(assert_return (invoke "lists"))
(assert_return (invoke "area"))
(assert_return (invoke "give"))
(assert_return (invoke "plan" (s32.const 0) (u32.const 131060) (u32.const 1)))
(assert_return (invoke "list"))
(assert_return (invoke "plan" (s32.const 0) (u32.const 131056) (u32.const 1)))
(assert_return (invoke "list"))

;; the block for a string
(component instance $i1 $D)
(assert_return (invoke "plan" (s32.const 0) (u32.const 65521) (u32.const 0)))
(assert_trap (invoke "utf8-utf8" (u32.const 16)) "string content out-of-bounds") ;; realloc-out-of-bounds at param v
(component instance $i2 $D)
(assert_return (invoke "plan" (s32.const 0) (u32.const 4097) (u32.const 0)))
(assert_trap (invoke "utf8-utf16" (u32.const 16)) "unaligned pointer") ;; realloc-misaligned at param v
(component instance $i3 $D)
(assert_return (invoke "plan" (s32.const 0) (u32.const 65506) (u32.const 0)))
(assert_trap (invoke "utf8-utf16" (u32.const 16)) "string content out-of-bounds") ;; realloc-out-of-bounds at param v
(component instance $i4 $D)
(assert_return (invoke "plan" (s32.const 0) (u32.const 4097) (u32.const 0)))
(assert_trap (invoke "utf8-latin1" (u32.const 16)) "unaligned pointer") ;; realloc-misaligned at param v
(component instance $i5 $D)
(assert_return (invoke "plan" (s32.const 0) (u32.const 65522) (u32.const 0)))
(assert_trap (invoke "utf8-latin1" (u32.const 16)) "string content out-of-bounds") ;; realloc-out-of-bounds at param v
(component instance $i6 $D)
(assert_return (invoke "plan" (s32.const 0) (u32.const 65526) (u32.const 0)))
(assert_trap (invoke "utf16-utf8" (u32.const 11)) "string content out-of-bounds") ;; realloc-out-of-bounds at param v
(component instance $i7 $D)
(assert_return (invoke "plan" (s32.const 0) (u32.const 4097) (u32.const 0)))
(assert_trap (invoke "utf16-utf16" (u32.const 11)) "unaligned pointer") ;; realloc-misaligned at param v
(component instance $i8 $D)
(assert_return (invoke "plan" (s32.const 0) (u32.const 65516) (u32.const 0)))
(assert_trap (invoke "utf16-utf16" (u32.const 11)) "string content out-of-bounds") ;; realloc-out-of-bounds at param v
(component instance $i9 $D)
(assert_return (invoke "plan" (s32.const 0) (u32.const 4097) (u32.const 0)))
(assert_trap (invoke "utf16-latin1" (u32.const 11)) "unaligned pointer") ;; realloc-misaligned at param v
(component instance $i10 $D)
(assert_return (invoke "plan" (s32.const 0) (u32.const 65526) (u32.const 0)))
(assert_trap (invoke "utf16-latin1" (u32.const 11)) "string content out-of-bounds") ;; realloc-out-of-bounds at param v

;; an empty one needs its place too
(component instance $i11 $D)
(assert_return (invoke "plan" (s32.const 0) (u32.const 65537) (u32.const 0)))
(assert_trap (invoke "utf8-utf8" (u32.const 0)) "string content out-of-bounds") ;; realloc-out-of-bounds at param v
(component instance $i12 $D)
(assert_return (invoke "plan" (s32.const 0) (u32.const 1) (u32.const 0)))
(assert_trap (invoke "utf8-utf16" (u32.const 0)) "unaligned pointer") ;; realloc-misaligned at param v
(component instance $i13 $D)
(assert_return (invoke "plan" (s32.const 0) (u32.const 65536) (u32.const 0)))
(assert_return (invoke "utf8-utf8" (u32.const 0)))

;; the second block: for the rest of what did not fit, or to give back what is not needed
(assert_return (invoke "plan" (s32.const 1) (u32.const 4097) (u32.const 0)))
(assert_trap (invoke "utf8-utf16" (u32.const 16)) "unaligned pointer") ;; realloc-misaligned at param v
(component instance $i14 $D)
(assert_return (invoke "plan" (s32.const 1) (u32.const 65534) (u32.const 0)))
(assert_trap (invoke "utf8-utf16" (u32.const 16)) "string content out-of-bounds") ;; realloc-out-of-bounds at param v
(component instance $i15 $D)
(assert_return (invoke "plan" (s32.const 1) (u32.const 4097) (u32.const 0)))
(assert_trap (invoke "utf8-latin1" (u32.const 16)) "unaligned pointer") ;; realloc-misaligned at param v
(component instance $i16 $D)
(assert_return (invoke "plan" (s32.const 1) (u32.const 65534) (u32.const 0)))
(assert_trap (invoke "utf8-latin1" (u32.const 16)) "string content out-of-bounds") ;; realloc-out-of-bounds at param v
(component instance $i17 $D)
(assert_return (invoke "plan" (s32.const 1) (u32.const 65534) (u32.const 0)))
(assert_trap (invoke "utf16-utf8" (u32.const 11)) "string content out-of-bounds") ;; realloc-out-of-bounds at param v
(component instance $i18 $D)
(assert_return (invoke "plan" (s32.const 1) (u32.const 4097) (u32.const 0)))
(assert_trap (invoke "utf16-latin1" (u32.const 11)) "unaligned pointer") ;; realloc-misaligned at param v
(component instance $i19 $D)
(assert_return (invoke "plan" (s32.const 1) (u32.const 65534) (u32.const 0)))
(assert_trap (invoke "utf16-latin1" (u32.const 11)) "string content out-of-bounds") ;; realloc-out-of-bounds at param v

;; the blocks for lists, outside and inside
(component instance $i20 $D)
(assert_return (invoke "plan" (s32.const 0) (u32.const 4098) (u32.const 0)))
(assert_trap (invoke "list") "unaligned pointer") ;; realloc-misaligned at param v
(component instance $i21 $D)
(assert_return (invoke "plan" (s32.const 0) (u32.const 65528) (u32.const 0)))
(assert_trap (invoke "list") "list content out-of-bounds") ;; realloc-out-of-bounds at param v
(component instance $i22 $D)
(assert_return (invoke "plan" (s32.const 1) (u32.const 4097) (u32.const 0)))
(assert_trap (invoke "lists") "unaligned pointer") ;; realloc-misaligned at param v[]
(component instance $i23 $D)
(assert_return (invoke "plan" (s32.const 1) (u32.const 65528) (u32.const 0)))
(assert_trap (invoke "lists") "list content out-of-bounds") ;; realloc-out-of-bounds at param v[]
(component instance $i24 $D)
(assert_return (invoke "plan" (s32.const 2) (u32.const 65532) (u32.const 0)))
(assert_trap (invoke "lists") "list content out-of-bounds") ;; realloc-out-of-bounds at param v[]

;; the area for all parameters
(component instance $i25 $D)
(assert_return (invoke "plan" (s32.const 0) (u32.const 4100) (u32.const 0)))
(assert_trap (invoke "area") "unaligned pointer") ;; realloc-misaligned at params
(component instance $i26 $D)
(assert_return (invoke "plan" (s32.const 0) (u32.const 65504) (u32.const 0)))
(assert_trap (invoke "area") "out of bounds memory access") ;; realloc-out-of-bounds at params

;; the caller's own, for a result
(component instance $i27 $D)
(assert_return (invoke "plan-result" (s32.const 0) (u32.const 4098) (u32.const 0)))
(assert_trap (invoke "give") "unaligned pointer") ;; realloc-misaligned at result
(component instance $i28 $D)
(assert_return (invoke "plan-result" (s32.const 0) (u32.const 65528) (u32.const 0)))
(assert_trap (invoke "give") "list content out-of-bounds") ;; realloc-out-of-bounds at result
