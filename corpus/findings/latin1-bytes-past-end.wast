;; wasmtime 50.0.1 differs: where UTF-8 becomes Latin-1, its transcoder may write a byte more than the string has, into the
;; block that the realloc made for it. Nothing is overrun, but a guest that looks at the rest of its block sees it: here the
;; byte after the string, which no one has written to. It takes two bytes of UTF-8 that end a vector of 16.
;; CanonicalABI.md: Storing (store_string_to_latin1_or_utf16 stores each character at ptr + dst_byte_length, nothing else).

(component definition $D
  (component $Callee
    (core module $M
      (memory (export "memory") 1)
      ;; What becomes smaller stays where it is.
      (func (export "realloc") (param $old i32) (param i32 i32 i32) (result i32)
        (select (local.get $old) (i32.const 64) (local.get $old)))
      (func (export "after") (param $at i32) (param $length i32) (result i32)
        (i32.load8_u (i32.add (local.get $at) (local.get $length)))))
    (core instance $m (instantiate $M))
    (func (export "after") (param "s" string) (result u8)
      (canon lift (core func $m "after") string-encoding=latin1+utf16
        (memory (core memory $m "memory")) (realloc (core func $m "realloc")))))
  (instance $callee (instantiate $Callee))
  (core module $Memory (memory (export "memory") 1) (data (i32.const 16) "abcdefghijklmn\c2\80"))
  (core instance $memory (instantiate $Memory))
  (core func $after (canon lower (func $callee "after") (memory (core memory $memory "memory"))))
  (core module $Caller
    (import "" "after" (func $after (param i32 i32) (result i32)))
    (func (export "run") (result i32) (call $after (i32.const 16) (i32.const 16))))
  (core instance $caller (instantiate $Caller (with "" (instance (export "after" (func $after))))))
  (func (export "run") (result u8) (canon lift (core func $caller "run"))))

(component instance $d $D)
(assert_return (invoke "run") (u8.const 0))
