;; Memories with 64-bit addresses on either side, and on both: pointers and lengths take 8 bytes in them, and are i64
;; among the core values. wasmtime 50's Python package has no switch for them, so that `native` refuses this page, and
;; tests/unit/wast/test_wast_pages.py sees to it that it does.
;; CanonicalABI.md: Canonical ABI Options (ptr_type), Alignment, "Element Size", Flattening (flatten_functype).

(component definition $D
  (core module $Heap32
    (memory (export "mem") 1)
    (global $end (mut i32) (i32.const 4096))
    (func (export "realloc") (param $old i32) (param $had i32) (param $align i32) (param $size i32) (result i32)
      (local $new i32)
      (local.set $new (i32.and (i32.add (global.get $end) (i32.sub (local.get $align) (i32.const 1)))
                               (i32.sub (i32.const 0) (local.get $align))))
      (global.set $end (i32.add (local.get $new) (local.get $size)))
      (memory.copy (local.get $new) (local.get $old)
        (select (local.get $had) (local.get $size) (i32.lt_u (local.get $had) (local.get $size))))
      (local.get $new)))
  (core module $Heap64
    (memory (export "mem") i64 1)
    (global $end (mut i64) (i64.const 4096))
    (func (export "realloc") (param $old i64) (param $had i64) (param $align i64) (param $size i64) (result i64)
      (local $new i64)
      (local.set $new (i64.and (i64.add (global.get $end) (i64.sub (local.get $align) (i64.const 1)))
                               (i64.sub (i64.const 0) (local.get $align))))
      (global.set $end (i64.add (local.get $new) (local.get $size)))
      (memory.copy (local.get $new) (local.get $old)
        (select (local.get $had) (local.get $size) (i64.lt_u (local.get $had) (local.get $size))))
      (local.get $new)))
  ;; What it gets it gives back; addresses and lengths are i32.
  (core module $Echo32
    (import "heap" "mem" (memory 1))
    (func (export "pair") (param i32 i32) (result i32)
      (i32.store (i32.const 0) (local.get 0)) (i32.store (i32.const 4) (local.get 1)) (i32.const 0))
    (func (export "option") (param i32 i32 i32) (result i32)
      (i32.store8 (i32.const 0) (local.get 0))
      (i32.store (i32.const 4) (local.get 1)) (i32.store (i32.const 8) (local.get 2)) (i32.const 0))
    (func (export "length") (param i32 i32) (result i64) (i64.extend_i32_u (local.get 1)))
    (func (export "area") (param i32) (result i32) (local.get 0))
    (func (export "give") (param i64 i64) (result i32)
      (i32.store (i32.const 0) (i32.wrap_i64 (local.get 0)))
      (i32.store (i32.const 4) (i32.wrap_i64 (local.get 1))) (i32.const 0)))
  (core module $Forward32
    (import "heap" "mem" (memory 1))
    (import "callee" "text" (func $text (param i32 i32 i32))) (import "callee" "list" (func $list (param i32 i32 i32)))
    (import "callee" "people" (func $people (param i32 i32 i32)))
    (import "callee" "option" (func $option (param i32 i32 i32 i32)))
    (import "callee" "length" (func $length (param i32 i32) (result i64)))
    (import "callee" "area" (func $area (param i32 i32)))
    (import "callee" "give" (func $give (param i64 i64 i32)))
    (func (export "text") (param i32 i32) (result i32)
      (call $text (local.get 0) (local.get 1) (i32.const 32)) (i32.const 32))
    (func (export "list") (param i32 i32) (result i32)
      (call $list (local.get 0) (local.get 1) (i32.const 32)) (i32.const 32))
    (func (export "people") (param i32 i32) (result i32)
      (call $people (local.get 0) (local.get 1) (i32.const 32)) (i32.const 32))
    (func (export "option") (param i32 i32 i32) (result i32)
      (call $option (local.get 0) (local.get 1) (local.get 2) (i32.const 32)) (i32.const 32))
    (func (export "length") (param i32 i32) (result i64) (call $length (local.get 0) (local.get 1)))
    (func (export "area") (param i32) (result i32) (call $area (local.get 0) (i32.const 256)) (i32.const 256))
    (func (export "give") (param i64 i64) (result i32)
      (call $give (local.get 0) (local.get 1) (i32.const 32)) (i32.const 32)))
  ;; What it gets it gives back; addresses and lengths are i64.
  (core module $Echo64
    (import "heap" "mem" (memory i64 1))
    (func (export "pair") (param i64 i64) (result i64)
      (i64.store (i64.const 0) (local.get 0)) (i64.store (i64.const 8) (local.get 1)) (i64.const 0))
    (func (export "option") (param i32 i64 i64) (result i64)
      (i32.store8 (i64.const 0) (local.get 0))
      (i64.store (i64.const 8) (local.get 1)) (i64.store (i64.const 16) (local.get 2)) (i64.const 0))
    (func (export "length") (param i64 i64) (result i64) (local.get 1))
    (func (export "area") (param i64) (result i64) (local.get 0))
    (func (export "give") (param i64 i64) (result i64)
      (i64.store (i64.const 0) (local.get 0))
      (i64.store (i64.const 8) (local.get 1)) (i64.const 0)))
  (core module $Forward64
    (import "heap" "mem" (memory i64 1))
    (import "callee" "text" (func $text (param i64 i64 i64))) (import "callee" "list" (func $list (param i64 i64 i64)))
    (import "callee" "people" (func $people (param i64 i64 i64)))
    (import "callee" "option" (func $option (param i32 i64 i64 i64)))
    (import "callee" "length" (func $length (param i64 i64) (result i64)))
    (import "callee" "area" (func $area (param i64 i64)))
    (import "callee" "give" (func $give (param i64 i64 i64)))
    (func (export "text") (param i64 i64) (result i64)
      (call $text (local.get 0) (local.get 1) (i64.const 32)) (i64.const 32))
    (func (export "list") (param i64 i64) (result i64)
      (call $list (local.get 0) (local.get 1) (i64.const 32)) (i64.const 32))
    (func (export "people") (param i64 i64) (result i64)
      (call $people (local.get 0) (local.get 1) (i64.const 32)) (i64.const 32))
    (func (export "option") (param i32 i64 i64) (result i64)
      (call $option (local.get 0) (local.get 1) (local.get 2) (i64.const 32)) (i64.const 32))
    (func (export "length") (param i64 i64) (result i64) (call $length (local.get 0) (local.get 1)))
    (func (export "area") (param i64) (result i64) (call $area (local.get 0) (i64.const 256)) (i64.const 256))
    (func (export "give") (param i64 i64) (result i64)
      (call $give (local.get 0) (local.get 1) (i64.const 32)) (i64.const 32)))

  (component $callee32
    (alias outer 1 $Heap32 (core module $Heap)) (alias outer 1 $Echo32 (core module $Echo))
    (core instance $heap (instantiate $Heap))
    (core instance $m (instantiate $Echo (with "heap" (instance $heap))))
    (func (export "text") (param "v" string) (result string)
      (canon lift (core func $m "pair") string-encoding=utf8
        (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
    (func (export "list") (param "v" (list u32)) (result (list u32))
      (canon lift (core func $m "pair") string-encoding=utf8
        (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
    (func (export "people") (param "v" (list (tuple string u8))) (result (list (tuple string u8)))
      (canon lift (core func $m "pair") string-encoding=utf8
        (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
    (func (export "option") (param "v" (option (list u8))) (result (option (list u8)))
      (canon lift (core func $m "option") string-encoding=utf8
        (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
    (func (export "length") (param "v" string) (result u64)
      (canon lift (core func $m "length") string-encoding=utf8
        (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
    (func (export "area") (param "v" (tuple string string string string string string string string u8))
      (result (tuple string string string string string string string string u8))
      (canon lift (core func $m "area") string-encoding=utf8
        (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
    (func (export "give") (param "at" u64) (param "length" u64) (result (list u16))
      (canon lift (core func $m "give") string-encoding=utf8
        (memory (core memory $heap "mem")) (realloc (core func $heap "realloc")))))

  (component $callee64
    (alias outer 1 $Heap64 (core module $Heap)) (alias outer 1 $Echo64 (core module $Echo))
    (core instance $heap (instantiate $Heap))
    (core instance $m (instantiate $Echo (with "heap" (instance $heap))))
    (func (export "text") (param "v" string) (result string)
      (canon lift (core func $m "pair") string-encoding=latin1+utf16
        (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
    (func (export "list") (param "v" (list u32)) (result (list u32))
      (canon lift (core func $m "pair") string-encoding=latin1+utf16
        (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
    (func (export "people") (param "v" (list (tuple string u8))) (result (list (tuple string u8)))
      (canon lift (core func $m "pair") string-encoding=latin1+utf16
        (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
    (func (export "option") (param "v" (option (list u8))) (result (option (list u8)))
      (canon lift (core func $m "option") string-encoding=latin1+utf16
        (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
    (func (export "length") (param "v" string) (result u64)
      (canon lift (core func $m "length") string-encoding=latin1+utf16
        (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
    (func (export "area") (param "v" (tuple string string string string string string string string u8))
      (result (tuple string string string string string string string string u8))
      (canon lift (core func $m "area") string-encoding=latin1+utf16
        (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
    (func (export "give") (param "at" u64) (param "length" u64) (result (list u16))
      (canon lift (core func $m "give") string-encoding=latin1+utf16
        (memory (core memory $heap "mem")) (realloc (core func $heap "realloc")))))

  (component $caller32
    (import "callee" (instance $callee
      (export "text" (func (param "v" string) (result string)))
      (export "list" (func (param "v" (list u32)) (result (list u32))))
      (export "people" (func (param "v" (list (tuple string u8))) (result (list (tuple string u8)))))
      (export "option" (func (param "v" (option (list u8))) (result (option (list u8)))))
      (export "length" (func (param "v" string) (result u64)))
      (export "area" (func (param "v" (tuple string string string string string string string string u8))
        (result (tuple string string string string string string string string u8))))
      (export "give" (func (param "at" u64) (param "length" u64) (result (list u16))))))
    (alias outer 1 $Heap32 (core module $Heap)) (alias outer 1 $Forward32 (core module $Forward))
    (core instance $heap (instantiate $Heap))
    (core func $text (canon lower (func $callee "text") string-encoding=utf16
      (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
    (core func $list (canon lower (func $callee "list") string-encoding=utf16
      (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
    (core func $people (canon lower (func $callee "people") string-encoding=utf16
      (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
    (core func $option (canon lower (func $callee "option") string-encoding=utf16
      (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
    (core func $length (canon lower (func $callee "length") string-encoding=utf16
      (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
    (core func $area (canon lower (func $callee "area") string-encoding=utf16
      (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
    (core func $give (canon lower (func $callee "give") string-encoding=utf16
      (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
    (core instance $m (instantiate $Forward (with "heap" (instance $heap)) (with "callee" (instance
      (export "text" (func $text)) (export "list" (func $list)) (export "people" (func $people))
        (export "option" (func $option))
      (export "length" (func $length)) (export "area" (func $area)) (export "give" (func $give))))))
    (func (export "text") (param "v" string) (result string)
      (canon lift (core func $m "text") string-encoding=utf16
        (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
    (func (export "list") (param "v" (list u32)) (result (list u32))
      (canon lift (core func $m "list") string-encoding=utf16
        (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
    (func (export "people") (param "v" (list (tuple string u8))) (result (list (tuple string u8)))
      (canon lift (core func $m "people") string-encoding=utf16
        (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
    (func (export "option") (param "v" (option (list u8))) (result (option (list u8)))
      (canon lift (core func $m "option") string-encoding=utf16
        (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
    (func (export "length") (param "v" string) (result u64)
      (canon lift (core func $m "length") string-encoding=utf16
        (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
    (func (export "area") (param "v" (tuple string string string string string string string string u8))
      (result (tuple string string string string string string string string u8))
      (canon lift (core func $m "area") string-encoding=utf16
        (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
    (func (export "give") (param "at" u64) (param "length" u64) (result (list u16))
      (canon lift (core func $m "give") string-encoding=utf16
        (memory (core memory $heap "mem")) (realloc (core func $heap "realloc")))))

  (component $caller64
    (import "callee" (instance $callee
      (export "text" (func (param "v" string) (result string)))
      (export "list" (func (param "v" (list u32)) (result (list u32))))
      (export "people" (func (param "v" (list (tuple string u8))) (result (list (tuple string u8)))))
      (export "option" (func (param "v" (option (list u8))) (result (option (list u8)))))
      (export "length" (func (param "v" string) (result u64)))
      (export "area" (func (param "v" (tuple string string string string string string string string u8))
        (result (tuple string string string string string string string string u8))))
      (export "give" (func (param "at" u64) (param "length" u64) (result (list u16))))))
    (alias outer 1 $Heap64 (core module $Heap)) (alias outer 1 $Forward64 (core module $Forward))
    (core instance $heap (instantiate $Heap))
    (core func $text (canon lower (func $callee "text") string-encoding=utf8
      (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
    (core func $list (canon lower (func $callee "list") string-encoding=utf8
      (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
    (core func $people (canon lower (func $callee "people") string-encoding=utf8
      (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
    (core func $option (canon lower (func $callee "option") string-encoding=utf8
      (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
    (core func $length (canon lower (func $callee "length") string-encoding=utf8
      (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
    (core func $area (canon lower (func $callee "area") string-encoding=utf8
      (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
    (core func $give (canon lower (func $callee "give") string-encoding=utf8
      (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
    (core instance $m (instantiate $Forward (with "heap" (instance $heap)) (with "callee" (instance
      (export "text" (func $text)) (export "list" (func $list)) (export "people" (func $people))
        (export "option" (func $option))
      (export "length" (func $length)) (export "area" (func $area)) (export "give" (func $give))))))
    (func (export "text") (param "v" string) (result string)
      (canon lift (core func $m "text") string-encoding=utf8
        (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
    (func (export "list") (param "v" (list u32)) (result (list u32))
      (canon lift (core func $m "list") string-encoding=utf8
        (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
    (func (export "people") (param "v" (list (tuple string u8))) (result (list (tuple string u8)))
      (canon lift (core func $m "people") string-encoding=utf8
        (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
    (func (export "option") (param "v" (option (list u8))) (result (option (list u8)))
      (canon lift (core func $m "option") string-encoding=utf8
        (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
    (func (export "length") (param "v" string) (result u64)
      (canon lift (core func $m "length") string-encoding=utf8
        (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
    (func (export "area") (param "v" (tuple string string string string string string string string u8))
      (result (tuple string string string string string string string string u8))
      (canon lift (core func $m "area") string-encoding=utf8
        (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
    (func (export "give") (param "at" u64) (param "length" u64) (result (list u16))
      (canon lift (core func $m "give") string-encoding=utf8
        (memory (core memory $heap "mem")) (realloc (core func $heap "realloc")))))

  (instance $callee32 (instantiate $callee32))
  (instance $callee64 (instantiate $callee64))
  (instance $from-32-to-32 (instantiate $caller32 (with "callee" (instance $callee32))))
  (export "from-32-to-32" (instance $from-32-to-32))
  (instance $from-32-to-64 (instantiate $caller32 (with "callee" (instance $callee64))))
  (export "from-32-to-64" (instance $from-32-to-64))
  (instance $from-64-to-32 (instantiate $caller64 (with "callee" (instance $callee32))))
  (export "from-64-to-32" (instance $from-64-to-32))
  (instance $from-64-to-64 (instantiate $caller64 (with "callee" (instance $callee64))))
  (export "from-64-to-64" (instance $from-64-to-64)))

;; 32-bit caller, 32-bit callee
(component instance $i0 $D)
(assert_return (invoke "from-32-to-32#text" (str.const "")) (str.const ""))
(assert_return (invoke "from-32-to-32#text" (str.const "caf\u{e9} \u{1f600}")) (str.const "caf\u{e9} \u{1f600}"))
(assert_return (invoke "from-32-to-32#text" (str.const "plain")) (str.const "plain"))
(assert_return (invoke "from-32-to-32#list" (list.const)) (list.const))
(assert_return
  (invoke "from-32-to-32#list" (list.const (u32.const 1) (u32.const 4294967295)))
  (list.const (u32.const 1) (u32.const 4294967295)))
(assert_return
  (invoke "from-32-to-32#people" (list.const (tuple.const (str.const "a") (u8.const 1))
    (tuple.const (str.const "") (u8.const 255))))
  (list.const (tuple.const (str.const "a") (u8.const 1)) (tuple.const (str.const "") (u8.const 255))))
(assert_return (invoke "from-32-to-32#option" (option.none)) (option.none))
(assert_return
  (invoke "from-32-to-32#option" (option.some (list.const (u8.const 1) (u8.const 2))))
  (option.some (list.const (u8.const 1) (u8.const 2))))
(assert_return
  (invoke "from-32-to-32#area" (tuple.const (str.const "a") (str.const "") (str.const "caf\u{e9}")
    (str.const "\u{20ac}") (str.const "e") (str.const "\u{1f600}") (str.const "g") (str.const "h") (u8.const 255)))
  (tuple.const (str.const "a") (str.const "") (str.const "caf\u{e9}") (str.const "\u{20ac}") (str.const "e")
    (str.const "\u{1f600}") (str.const "g") (str.const "h") (u8.const 255)))
(assert_return (invoke "from-32-to-32#length" (str.const "\u{1f600}")) (u64.const 4))
(assert_return (invoke "from-32-to-32#give" (u64.const 65536) (u64.const 0)) (list.const))
(assert_trap (invoke "from-32-to-32#give" (u64.const 1) (u64.const 0))
  "unaligned pointer") ;; pointer-misaligned at result
(component instance $i1 $D)
(assert_trap (invoke "from-32-to-32#give" (u64.const 65536) (u64.const 1))
  "list content out-of-bounds") ;; pointer-out-of-bounds at result
(component instance $i2 $D)
(assert_trap (invoke "from-32-to-32#give" (u64.const 0) (u64.const 0x8000000))
  "list content out-of-bounds") ;; list-too-long at result

;; 32-bit caller, 64-bit callee
(component instance $i3 $D)
(assert_return (invoke "from-32-to-64#text" (str.const "")) (str.const ""))
(assert_return (invoke "from-32-to-64#text" (str.const "caf\u{e9} \u{1f600}")) (str.const "caf\u{e9} \u{1f600}"))
(assert_return (invoke "from-32-to-64#text" (str.const "plain")) (str.const "plain"))
(assert_return (invoke "from-32-to-64#list" (list.const)) (list.const))
(assert_return
  (invoke "from-32-to-64#list" (list.const (u32.const 1) (u32.const 4294967295)))
  (list.const (u32.const 1) (u32.const 4294967295)))
(assert_return
  (invoke "from-32-to-64#people" (list.const (tuple.const (str.const "a") (u8.const 1))
    (tuple.const (str.const "") (u8.const 255))))
  (list.const (tuple.const (str.const "a") (u8.const 1)) (tuple.const (str.const "") (u8.const 255))))
(assert_return (invoke "from-32-to-64#option" (option.none)) (option.none))
(assert_return
  (invoke "from-32-to-64#option" (option.some (list.const (u8.const 1) (u8.const 2))))
  (option.some (list.const (u8.const 1) (u8.const 2))))
(assert_return
  (invoke "from-32-to-64#area" (tuple.const (str.const "a") (str.const "") (str.const "caf\u{e9}")
    (str.const "\u{20ac}") (str.const "e") (str.const "\u{1f600}") (str.const "g") (str.const "h") (u8.const 255)))
  (tuple.const (str.const "a") (str.const "") (str.const "caf\u{e9}") (str.const "\u{20ac}") (str.const "e")
    (str.const "\u{1f600}") (str.const "g") (str.const "h") (u8.const 255)))
(assert_return (invoke "from-32-to-64#length" (str.const "\u{1f600}")) (u64.const 9223372036854775810))
(assert_return (invoke "from-32-to-64#give" (u64.const 65536) (u64.const 0)) (list.const))
(assert_trap (invoke "from-32-to-64#give" (u64.const 1) (u64.const 0))
  "unaligned pointer") ;; pointer-misaligned at result
(component instance $i4 $D)
(assert_trap (invoke "from-32-to-64#give" (u64.const 65536) (u64.const 1))
  "list content out-of-bounds") ;; pointer-out-of-bounds at result
(component instance $i5 $D)
(assert_trap (invoke "from-32-to-64#give" (u64.const 0x100000000) (u64.const 0))
  "list content out-of-bounds") ;; pointer-out-of-bounds at result
(component instance $i6 $D)
(assert_trap (invoke "from-32-to-64#give" (u64.const 0xfffffffffffffffe) (u64.const 1))
  "list content out-of-bounds") ;; pointer-out-of-bounds at result
(component instance $i7 $D)
(assert_trap (invoke "from-32-to-64#give" (u64.const 0) (u64.const 0x8000000000000000))
  "list content out-of-bounds") ;; list-too-long at result
(component instance $i8 $D)
(assert_trap (invoke "from-32-to-64#give" (u64.const 0) (u64.const 0x8000000))
  "list content out-of-bounds") ;; list-too-long at result

;; 64-bit caller, 32-bit callee
(component instance $i9 $D)
(assert_return (invoke "from-64-to-32#text" (str.const "")) (str.const ""))
(assert_return (invoke "from-64-to-32#text" (str.const "caf\u{e9} \u{1f600}")) (str.const "caf\u{e9} \u{1f600}"))
(assert_return (invoke "from-64-to-32#text" (str.const "plain")) (str.const "plain"))
(assert_return (invoke "from-64-to-32#list" (list.const)) (list.const))
(assert_return
  (invoke "from-64-to-32#list" (list.const (u32.const 1) (u32.const 4294967295)))
  (list.const (u32.const 1) (u32.const 4294967295)))
(assert_return
  (invoke "from-64-to-32#people" (list.const (tuple.const (str.const "a") (u8.const 1))
    (tuple.const (str.const "") (u8.const 255))))
  (list.const (tuple.const (str.const "a") (u8.const 1)) (tuple.const (str.const "") (u8.const 255))))
(assert_return (invoke "from-64-to-32#option" (option.none)) (option.none))
(assert_return
  (invoke "from-64-to-32#option" (option.some (list.const (u8.const 1) (u8.const 2))))
  (option.some (list.const (u8.const 1) (u8.const 2))))
(assert_return
  (invoke "from-64-to-32#area" (tuple.const (str.const "a") (str.const "") (str.const "caf\u{e9}")
    (str.const "\u{20ac}") (str.const "e") (str.const "\u{1f600}") (str.const "g") (str.const "h") (u8.const 255)))
  (tuple.const (str.const "a") (str.const "") (str.const "caf\u{e9}") (str.const "\u{20ac}") (str.const "e")
    (str.const "\u{1f600}") (str.const "g") (str.const "h") (u8.const 255)))
(assert_return (invoke "from-64-to-32#length" (str.const "\u{1f600}")) (u64.const 4))
(assert_return (invoke "from-64-to-32#give" (u64.const 65536) (u64.const 0)) (list.const))
(assert_trap (invoke "from-64-to-32#give" (u64.const 1) (u64.const 0))
  "unaligned pointer") ;; pointer-misaligned at result
(component instance $i10 $D)
(assert_trap (invoke "from-64-to-32#give" (u64.const 65536) (u64.const 1))
  "list content out-of-bounds") ;; pointer-out-of-bounds at result
(component instance $i11 $D)
(assert_trap (invoke "from-64-to-32#give" (u64.const 0) (u64.const 0x8000000))
  "list content out-of-bounds") ;; list-too-long at result

;; 64-bit caller, 64-bit callee
(component instance $i12 $D)
(assert_return (invoke "from-64-to-64#text" (str.const "")) (str.const ""))
(assert_return (invoke "from-64-to-64#text" (str.const "caf\u{e9} \u{1f600}")) (str.const "caf\u{e9} \u{1f600}"))
(assert_return (invoke "from-64-to-64#text" (str.const "plain")) (str.const "plain"))
(assert_return (invoke "from-64-to-64#list" (list.const)) (list.const))
(assert_return
  (invoke "from-64-to-64#list" (list.const (u32.const 1) (u32.const 4294967295)))
  (list.const (u32.const 1) (u32.const 4294967295)))
(assert_return
  (invoke "from-64-to-64#people" (list.const (tuple.const (str.const "a") (u8.const 1))
    (tuple.const (str.const "") (u8.const 255))))
  (list.const (tuple.const (str.const "a") (u8.const 1)) (tuple.const (str.const "") (u8.const 255))))
(assert_return (invoke "from-64-to-64#option" (option.none)) (option.none))
(assert_return
  (invoke "from-64-to-64#option" (option.some (list.const (u8.const 1) (u8.const 2))))
  (option.some (list.const (u8.const 1) (u8.const 2))))
(assert_return
  (invoke "from-64-to-64#area" (tuple.const (str.const "a") (str.const "") (str.const "caf\u{e9}")
    (str.const "\u{20ac}") (str.const "e") (str.const "\u{1f600}") (str.const "g") (str.const "h") (u8.const 255)))
  (tuple.const (str.const "a") (str.const "") (str.const "caf\u{e9}") (str.const "\u{20ac}") (str.const "e")
    (str.const "\u{1f600}") (str.const "g") (str.const "h") (u8.const 255)))
(assert_return (invoke "from-64-to-64#length" (str.const "\u{1f600}")) (u64.const 9223372036854775810))
(assert_return (invoke "from-64-to-64#give" (u64.const 65536) (u64.const 0)) (list.const))
(assert_trap (invoke "from-64-to-64#give" (u64.const 1) (u64.const 0))
  "unaligned pointer") ;; pointer-misaligned at result
(component instance $i13 $D)
(assert_trap (invoke "from-64-to-64#give" (u64.const 65536) (u64.const 1))
  "list content out-of-bounds") ;; pointer-out-of-bounds at result
(component instance $i14 $D)
(assert_trap (invoke "from-64-to-64#give" (u64.const 0x100000000) (u64.const 0))
  "list content out-of-bounds") ;; pointer-out-of-bounds at result
(component instance $i15 $D)
(assert_trap (invoke "from-64-to-64#give" (u64.const 0xfffffffffffffffe) (u64.const 1))
  "list content out-of-bounds") ;; pointer-out-of-bounds at result
(component instance $i16 $D)
(assert_trap (invoke "from-64-to-64#give" (u64.const 0) (u64.const 0x8000000000000000))
  "list content out-of-bounds") ;; list-too-long at result
(component instance $i17 $D)
(assert_trap (invoke "from-64-to-64#give" (u64.const 0) (u64.const 0x8000000))
  "list content out-of-bounds") ;; list-too-long at result
