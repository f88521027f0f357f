;; Strings between components whose memories hold them in different encodings, all nine pairs, and through the host's
;; boundary in each encoding: what arrives is the same text, in the encoding of the one it arrives at.
;; CanonicalABI.md: Loading (load_string_from_range), Storing (store_string_into_range and the store_* it chooses from),
;; "Flat Lifting", "Flat Lowering". A `latin1+utf16` string whose length has its top bit set is UTF-16: a tagged one.

(component definition $D
  (core module $Heap
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

  ;; The callee is the same whatever the encoding: it returns a string as it got it; the length that it got, tag and
  ;; all; any string that its memory may hold; and the sum of the bytes, so that nobody returns what was never encoded.
  (core module $Echo
    (import "heap" "mem" (memory 1))
    (data (i32.const 64) "caf\e9")                       ;; Latin-1
    (data (i32.const 72) "c\00a\00f\00\e9\00\ac\20")     ;; UTF-16, the last one past U+FF
    (data (i32.const 88) "\3d\d8\00\de")                 ;; UTF-16, U+1F600
    (func (export "echo") (param i32 i32) (result i32)
      (i32.store (i32.const 16) (local.get 0)) (i32.store (i32.const 20) (local.get 1)) (i32.const 16))
    (func (export "length") (param i32 i32) (result i32) (local.get 1))
    (func (export "sum") (param $at i32) (param $length i32) (param $bytes i32) (result i32)
      (local $end i32) (local $sum i32)
      (local.set $end (i32.add (local.get $at) (local.get $bytes)))
      (loop $next
        (if (i32.lt_u (local.get $at) (local.get $end))
          (then
            (local.set $sum (i32.add (local.get $sum) (i32.load8_u (local.get $at))))
            (local.set $at (i32.add (local.get $at) (i32.const 1)))
            (br $next))))
      (local.get $sum)))

  (component $utf8
    (alias outer 1 $Heap (core module $Heap)) (alias outer 1 $Echo (core module $Echo))
    (core instance $heap (instantiate $Heap))
    (core instance $m (instantiate $Echo (with "heap" (instance $heap))))
    (func (export "echo") (param "v" string) (result string) (canon lift (core func $m "echo") string-encoding=utf8
      (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
    (func (export "length") (param "v" string) (result u32) (canon lift (core func $m "length") string-encoding=utf8
      (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
    (func (export "sum") (param "v" string) (param "bytes" u32) (result u32)
      (canon lift (core func $m "sum") string-encoding=utf8
        (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
    (func (export "give") (param "at" u32) (param "length" u32) (result string)
      (canon lift (core func $m "echo") string-encoding=utf8 (memory (core memory $heap "mem")))))
  (component $utf16
    (alias outer 1 $Heap (core module $Heap)) (alias outer 1 $Echo (core module $Echo))
    (core instance $heap (instantiate $Heap))
    (core instance $m (instantiate $Echo (with "heap" (instance $heap))))
    (func (export "echo") (param "v" string) (result string) (canon lift (core func $m "echo") string-encoding=utf16
      (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
    (func (export "length") (param "v" string) (result u32) (canon lift (core func $m "length") string-encoding=utf16
      (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
    (func (export "sum") (param "v" string) (param "bytes" u32) (result u32)
      (canon lift (core func $m "sum") string-encoding=utf16
        (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
    (func (export "give") (param "at" u32) (param "length" u32) (result string)
      (canon lift (core func $m "echo") string-encoding=utf16 (memory (core memory $heap "mem")))))
  (component $latin1
    (alias outer 1 $Heap (core module $Heap)) (alias outer 1 $Echo (core module $Echo))
    (core instance $heap (instantiate $Heap))
    (core instance $m (instantiate $Echo (with "heap" (instance $heap))))
    (func (export "echo") (param "v" string) (result string) (canon lift (core func $m "echo")
      string-encoding=latin1+utf16
      (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
    (func (export "length") (param "v" string) (result u32) (canon lift (core func $m "length")
      string-encoding=latin1+utf16
      (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
    (func (export "sum") (param "v" string) (param "bytes" u32) (result u32)
      (canon lift (core func $m "sum") string-encoding=latin1+utf16
        (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
    (func (export "give") (param "at" u32) (param "length" u32) (result string)
      (canon lift (core func $m "echo") string-encoding=latin1+utf16 (memory (core memory $heap "mem")))))

  ;; The caller, once for each pair: what it gets it passes on.
  (core module $Forward
    (import "heap" "mem" (memory 1))
    (import "callee" "echo" (func $echo (param i32 i32 i32)))
    (import "callee" "length" (func $length (param i32 i32) (result i32)))
    (import "callee" "sum" (func $sum (param i32 i32 i32) (result i32)))
    (import "callee" "give" (func $give (param i32 i32 i32)))
    (func (export "echo") (param i32 i32) (result i32)
      (call $echo (local.get 0) (local.get 1) (i32.const 32)) (i32.const 32))
    (func (export "length") (param i32 i32) (result i32) (call $length (local.get 0) (local.get 1)))
    (func (export "sum") (param i32 i32 i32) (result i32) (call $sum (local.get 0) (local.get 1) (local.get 2)))
    (func (export "give") (param i32 i32) (result i32)
      (call $give (local.get 0) (local.get 1) (i32.const 32)) (i32.const 32)))

  (component $from-utf8
    (import "callee" (instance $callee
      (export "echo" (func (param "v" string) (result string)))
      (export "length" (func (param "v" string) (result u32)))
      (export "sum" (func (param "v" string) (param "bytes" u32) (result u32)))
      (export "give" (func (param "at" u32) (param "length" u32) (result string)))))
    (alias outer 1 $Heap (core module $Heap)) (alias outer 1 $Forward (core module $Forward))
    (core instance $heap (instantiate $Heap))
    (core func $echo (canon lower (func $callee "echo") string-encoding=utf8
      (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
    (core func $length (canon lower (func $callee "length") string-encoding=utf8 (memory (core memory $heap "mem"))))
    (core func $sum (canon lower (func $callee "sum") string-encoding=utf8 (memory (core memory $heap "mem"))))
    (core func $give (canon lower (func $callee "give") string-encoding=utf8
      (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
    (core instance $m (instantiate $Forward (with "heap" (instance $heap)) (with "callee" (instance
      (export "echo" (func $echo)) (export "length" (func $length)) (export "sum" (func $sum))
      (export "give" (func $give))))))
    (func (export "echo") (param "v" string) (result string) (canon lift (core func $m "echo") string-encoding=utf8
      (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
    (func (export "length") (param "v" string) (result u32) (canon lift (core func $m "length") string-encoding=utf8
      (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
    (func (export "sum") (param "v" string) (param "bytes" u32) (result u32)
      (canon lift (core func $m "sum") string-encoding=utf8
        (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
    (func (export "give") (param "at" u32) (param "length" u32) (result string)
      (canon lift (core func $m "give") string-encoding=utf8 (memory (core memory $heap "mem")))))
  (component $from-utf16
    (import "callee" (instance $callee
      (export "echo" (func (param "v" string) (result string)))
      (export "length" (func (param "v" string) (result u32)))
      (export "sum" (func (param "v" string) (param "bytes" u32) (result u32)))
      (export "give" (func (param "at" u32) (param "length" u32) (result string)))))
    (alias outer 1 $Heap (core module $Heap)) (alias outer 1 $Forward (core module $Forward))
    (core instance $heap (instantiate $Heap))
    (core func $echo (canon lower (func $callee "echo") string-encoding=utf16
      (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
    (core func $length (canon lower (func $callee "length") string-encoding=utf16 (memory (core memory $heap "mem"))))
    (core func $sum (canon lower (func $callee "sum") string-encoding=utf16 (memory (core memory $heap "mem"))))
    (core func $give (canon lower (func $callee "give") string-encoding=utf16
      (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
    (core instance $m (instantiate $Forward (with "heap" (instance $heap)) (with "callee" (instance
      (export "echo" (func $echo)) (export "length" (func $length)) (export "sum" (func $sum))
      (export "give" (func $give))))))
    (func (export "echo") (param "v" string) (result string) (canon lift (core func $m "echo") string-encoding=utf16
      (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
    (func (export "length") (param "v" string) (result u32) (canon lift (core func $m "length") string-encoding=utf16
      (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
    (func (export "sum") (param "v" string) (param "bytes" u32) (result u32)
      (canon lift (core func $m "sum") string-encoding=utf16
        (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
    (func (export "give") (param "at" u32) (param "length" u32) (result string)
      (canon lift (core func $m "give") string-encoding=utf16 (memory (core memory $heap "mem")))))
  (component $from-latin1
    (import "callee" (instance $callee
      (export "echo" (func (param "v" string) (result string)))
      (export "length" (func (param "v" string) (result u32)))
      (export "sum" (func (param "v" string) (param "bytes" u32) (result u32)))
      (export "give" (func (param "at" u32) (param "length" u32) (result string)))))
    (alias outer 1 $Heap (core module $Heap)) (alias outer 1 $Forward (core module $Forward))
    (core instance $heap (instantiate $Heap))
    (core func $echo (canon lower (func $callee "echo") string-encoding=latin1+utf16
      (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
    (core func $length (canon lower (func $callee "length") string-encoding=latin1+utf16
      (memory (core memory $heap "mem"))))
    (core func $sum (canon lower (func $callee "sum") string-encoding=latin1+utf16 (memory (core memory $heap "mem"))))
    (core func $give (canon lower (func $callee "give") string-encoding=latin1+utf16
      (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
    (core instance $m (instantiate $Forward (with "heap" (instance $heap)) (with "callee" (instance
      (export "echo" (func $echo)) (export "length" (func $length)) (export "sum" (func $sum))
      (export "give" (func $give))))))
    (func (export "echo") (param "v" string) (result string) (canon lift (core func $m "echo")
      string-encoding=latin1+utf16
      (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
    (func (export "length") (param "v" string) (result u32) (canon lift (core func $m "length")
      string-encoding=latin1+utf16
      (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
    (func (export "sum") (param "v" string) (param "bytes" u32) (result u32)
      (canon lift (core func $m "sum") string-encoding=latin1+utf16
        (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
    (func (export "give") (param "at" u32) (param "length" u32) (result string)
      (canon lift (core func $m "give") string-encoding=latin1+utf16 (memory (core memory $heap "mem")))))

  (instance $utf8 (instantiate $utf8))
  (instance $utf16 (instantiate $utf16))
  (instance $latin1 (instantiate $latin1))
  (instance $utf8-utf8 (instantiate $from-utf8 (with "callee" (instance $utf8))))
  (instance $utf8-utf16 (instantiate $from-utf8 (with "callee" (instance $utf16))))
  (instance $utf8-latin1 (instantiate $from-utf8 (with "callee" (instance $latin1))))
  (instance $utf16-utf8 (instantiate $from-utf16 (with "callee" (instance $utf8))))
  (instance $utf16-utf16 (instantiate $from-utf16 (with "callee" (instance $utf16))))
  (instance $utf16-latin1 (instantiate $from-utf16 (with "callee" (instance $latin1))))
  (instance $latin1-utf8 (instantiate $from-latin1 (with "callee" (instance $utf8))))
  (instance $latin1-utf16 (instantiate $from-latin1 (with "callee" (instance $utf16))))
  (instance $latin1-latin1 (instantiate $from-latin1 (with "callee" (instance $latin1))))
  (export "utf8-utf8" (instance $utf8-utf8))
  (export "utf8-utf16" (instance $utf8-utf16))
  (export "utf8-latin1" (instance $utf8-latin1))
  (export "utf16-utf8" (instance $utf16-utf8))
  (export "utf16-utf16" (instance $utf16-utf16))
  (export "utf16-latin1" (instance $utf16-latin1))
  (export "latin1-utf8" (instance $latin1-utf8))
  (export "latin1-utf16" (instance $latin1-utf16))
  (export "latin1-latin1" (instance $latin1-latin1)))

;; utf8 to utf8
(component instance $i0 $D)
(assert_return (invoke "utf8-utf8#echo" (str.const "")) (str.const ""))
(assert_return (invoke "utf8-utf8#echo" (str.const "a")) (str.const "a"))
(assert_return (invoke "utf8-utf8#echo" (str.const "\u{e9}")) (str.const "\u{e9}"))
(assert_return (invoke "utf8-utf8#echo" (str.const "\u{20ac}")) (str.const "\u{20ac}"))
(assert_return (invoke "utf8-utf8#echo" (str.const "\u{1f600}")) (str.const "\u{1f600}"))
(assert_return
  (invoke "utf8-utf8#echo" (str.const "The quick brown fox jumps over the lazy dog, 37 times or more."))
  (str.const "The quick brown fox jumps over the lazy dog, 37 times or more."))
(assert_return
  (invoke "utf8-utf8#echo" (str.const "na\u{ef}ve caf\u{e9} \u{fc}ber alles, \u{e7}a d\u{e9}j\u{e0} vu \u{df}"))
  (str.const "na\u{ef}ve caf\u{e9} \u{fc}ber alles, \u{e7}a d\u{e9}j\u{e0} vu \u{df}"))
(assert_return
  (invoke "utf8-utf8#echo" (str.const
    "The quick brown fox jumps over the lazy dog, 37 times or more.\u{e9}\u{20ac}\u{1f600}"))
  (str.const "The quick brown fox jumps over the lazy dog, 37 times or more.\u{e9}\u{20ac}\u{1f600}"))
(assert_return
  (invoke "utf8-utf8#echo" (str.const
    "\u{0}\u{1}\u{7f}\u{80}\u{ff}\u{100}\u{7ff}\u{800}\u{d7ff}\u{e000}\u{ffff}\u{10000}\u{10ffff}"))
  (str.const "\u{0}\u{1}\u{7f}\u{80}\u{ff}\u{100}\u{7ff}\u{800}\u{d7ff}\u{e000}\u{ffff}\u{10000}\u{10ffff}"))
(assert_return (invoke "utf8-utf8#length" (str.const "")) (u32.const 0))
(assert_return (invoke "utf8-utf8#length" (str.const "a")) (u32.const 1))
(assert_return
  (invoke "utf8-utf8#length" (str.const "na\u{ef}ve caf\u{e9} \u{fc}ber alles, \u{e7}a d\u{e9}j\u{e0} vu \u{df}"))
  (u32.const 42))
(assert_return
  (invoke "utf8-utf8#length" (str.const
    "The quick brown fox jumps over the lazy dog, 37 times or more.\u{e9}\u{20ac}\u{1f600}"))
  (u32.const 71))
(assert_return
  (invoke "utf8-utf8#sum" (str.const
    "The quick brown fox jumps over the lazy dog, 37 times or more.\u{e9}\u{20ac}\u{1f600}") (u32.const 71))
  (u32.const 7158))

;; utf8 to utf16
(assert_return (invoke "utf8-utf16#echo" (str.const "")) (str.const ""))
(assert_return (invoke "utf8-utf16#echo" (str.const "a")) (str.const "a"))
(assert_return (invoke "utf8-utf16#echo" (str.const "\u{e9}")) (str.const "\u{e9}"))
(assert_return (invoke "utf8-utf16#echo" (str.const "\u{20ac}")) (str.const "\u{20ac}"))
(assert_return (invoke "utf8-utf16#echo" (str.const "\u{1f600}")) (str.const "\u{1f600}"))
(assert_return
  (invoke "utf8-utf16#echo" (str.const "The quick brown fox jumps over the lazy dog, 37 times or more."))
  (str.const "The quick brown fox jumps over the lazy dog, 37 times or more."))
(assert_return
  (invoke "utf8-utf16#echo" (str.const "na\u{ef}ve caf\u{e9} \u{fc}ber alles, \u{e7}a d\u{e9}j\u{e0} vu \u{df}"))
  (str.const "na\u{ef}ve caf\u{e9} \u{fc}ber alles, \u{e7}a d\u{e9}j\u{e0} vu \u{df}"))
(assert_return
  (invoke "utf8-utf16#echo" (str.const
    "The quick brown fox jumps over the lazy dog, 37 times or more.\u{e9}\u{20ac}\u{1f600}"))
  (str.const "The quick brown fox jumps over the lazy dog, 37 times or more.\u{e9}\u{20ac}\u{1f600}"))
(assert_return
  (invoke "utf8-utf16#echo" (str.const
    "\u{0}\u{1}\u{7f}\u{80}\u{ff}\u{100}\u{7ff}\u{800}\u{d7ff}\u{e000}\u{ffff}\u{10000}\u{10ffff}"))
  (str.const "\u{0}\u{1}\u{7f}\u{80}\u{ff}\u{100}\u{7ff}\u{800}\u{d7ff}\u{e000}\u{ffff}\u{10000}\u{10ffff}"))
(assert_return (invoke "utf8-utf16#length" (str.const "")) (u32.const 0))
(assert_return (invoke "utf8-utf16#length" (str.const "a")) (u32.const 1))
(assert_return
  (invoke "utf8-utf16#length" (str.const "na\u{ef}ve caf\u{e9} \u{fc}ber alles, \u{e7}a d\u{e9}j\u{e0} vu \u{df}"))
  (u32.const 35))
(assert_return
  (invoke "utf8-utf16#length" (str.const
    "The quick brown fox jumps over the lazy dog, 37 times or more.\u{e9}\u{20ac}\u{1f600}"))
  (u32.const 66))
(assert_return
  (invoke "utf8-utf16#sum" (str.const
    "The quick brown fox jumps over the lazy dog, 37 times or more.\u{e9}\u{20ac}\u{1f600}") (u32.const 132))
  (u32.const 6523))

;; utf8 to latin1+utf16
(assert_return (invoke "utf8-latin1#echo" (str.const "")) (str.const ""))
(assert_return (invoke "utf8-latin1#echo" (str.const "a")) (str.const "a"))
(assert_return (invoke "utf8-latin1#echo" (str.const "\u{e9}")) (str.const "\u{e9}"))
(assert_return (invoke "utf8-latin1#echo" (str.const "\u{20ac}")) (str.const "\u{20ac}"))
(assert_return (invoke "utf8-latin1#echo" (str.const "\u{1f600}")) (str.const "\u{1f600}"))
(assert_return
  (invoke "utf8-latin1#echo" (str.const "The quick brown fox jumps over the lazy dog, 37 times or more."))
  (str.const "The quick brown fox jumps over the lazy dog, 37 times or more."))
(assert_return
  (invoke "utf8-latin1#echo" (str.const "na\u{ef}ve caf\u{e9} \u{fc}ber alles, \u{e7}a d\u{e9}j\u{e0} vu \u{df}"))
  (str.const "na\u{ef}ve caf\u{e9} \u{fc}ber alles, \u{e7}a d\u{e9}j\u{e0} vu \u{df}"))
(assert_return
  (invoke "utf8-latin1#echo" (str.const
    "The quick brown fox jumps over the lazy dog, 37 times or more.\u{e9}\u{20ac}\u{1f600}"))
  (str.const "The quick brown fox jumps over the lazy dog, 37 times or more.\u{e9}\u{20ac}\u{1f600}"))
(assert_return
  (invoke "utf8-latin1#echo" (str.const
    "\u{0}\u{1}\u{7f}\u{80}\u{ff}\u{100}\u{7ff}\u{800}\u{d7ff}\u{e000}\u{ffff}\u{10000}\u{10ffff}"))
  (str.const "\u{0}\u{1}\u{7f}\u{80}\u{ff}\u{100}\u{7ff}\u{800}\u{d7ff}\u{e000}\u{ffff}\u{10000}\u{10ffff}"))
(assert_return (invoke "utf8-latin1#length" (str.const "")) (u32.const 0))
(assert_return (invoke "utf8-latin1#length" (str.const "a")) (u32.const 1))
(assert_return
  (invoke "utf8-latin1#length" (str.const "na\u{ef}ve caf\u{e9} \u{fc}ber alles, \u{e7}a d\u{e9}j\u{e0} vu \u{df}"))
  (u32.const 35))
(assert_return
  (invoke "utf8-latin1#length" (str.const
    "The quick brown fox jumps over the lazy dog, 37 times or more.\u{e9}\u{20ac}\u{1f600}"))
  (u32.const 0x80000042))
(assert_return
  (invoke "utf8-latin1#sum" (str.const
    "The quick brown fox jumps over the lazy dog, 37 times or more.\u{e9}\u{20ac}\u{1f600}") (u32.const 132))
  (u32.const 6523))

;; utf16 to utf8
(assert_return (invoke "utf16-utf8#echo" (str.const "")) (str.const ""))
(assert_return (invoke "utf16-utf8#echo" (str.const "a")) (str.const "a"))
(assert_return (invoke "utf16-utf8#echo" (str.const "\u{e9}")) (str.const "\u{e9}"))
(assert_return (invoke "utf16-utf8#echo" (str.const "\u{20ac}")) (str.const "\u{20ac}"))
(assert_return (invoke "utf16-utf8#echo" (str.const "\u{1f600}")) (str.const "\u{1f600}"))
(assert_return
  (invoke "utf16-utf8#echo" (str.const "The quick brown fox jumps over the lazy dog, 37 times or more."))
  (str.const "The quick brown fox jumps over the lazy dog, 37 times or more."))
(assert_return
  (invoke "utf16-utf8#echo" (str.const "na\u{ef}ve caf\u{e9} \u{fc}ber alles, \u{e7}a d\u{e9}j\u{e0} vu \u{df}"))
  (str.const "na\u{ef}ve caf\u{e9} \u{fc}ber alles, \u{e7}a d\u{e9}j\u{e0} vu \u{df}"))
(assert_return
  (invoke "utf16-utf8#echo" (str.const
    "The quick brown fox jumps over the lazy dog, 37 times or more.\u{e9}\u{20ac}\u{1f600}"))
  (str.const "The quick brown fox jumps over the lazy dog, 37 times or more.\u{e9}\u{20ac}\u{1f600}"))
(assert_return
  (invoke "utf16-utf8#echo" (str.const
    "\u{0}\u{1}\u{7f}\u{80}\u{ff}\u{100}\u{7ff}\u{800}\u{d7ff}\u{e000}\u{ffff}\u{10000}\u{10ffff}"))
  (str.const "\u{0}\u{1}\u{7f}\u{80}\u{ff}\u{100}\u{7ff}\u{800}\u{d7ff}\u{e000}\u{ffff}\u{10000}\u{10ffff}"))
(assert_return (invoke "utf16-utf8#length" (str.const "")) (u32.const 0))
(assert_return (invoke "utf16-utf8#length" (str.const "a")) (u32.const 1))
(assert_return
  (invoke "utf16-utf8#length" (str.const "na\u{ef}ve caf\u{e9} \u{fc}ber alles, \u{e7}a d\u{e9}j\u{e0} vu \u{df}"))
  (u32.const 42))
(assert_return
  (invoke "utf16-utf8#length" (str.const
    "The quick brown fox jumps over the lazy dog, 37 times or more.\u{e9}\u{20ac}\u{1f600}"))
  (u32.const 71))
(assert_return
  (invoke "utf16-utf8#sum" (str.const
    "The quick brown fox jumps over the lazy dog, 37 times or more.\u{e9}\u{20ac}\u{1f600}") (u32.const 71))
  (u32.const 7158))

;; utf16 to utf16
(assert_return (invoke "utf16-utf16#echo" (str.const "")) (str.const ""))
(assert_return (invoke "utf16-utf16#echo" (str.const "a")) (str.const "a"))
(assert_return (invoke "utf16-utf16#echo" (str.const "\u{e9}")) (str.const "\u{e9}"))
(assert_return (invoke "utf16-utf16#echo" (str.const "\u{20ac}")) (str.const "\u{20ac}"))
(assert_return (invoke "utf16-utf16#echo" (str.const "\u{1f600}")) (str.const "\u{1f600}"))
(assert_return
  (invoke "utf16-utf16#echo" (str.const "The quick brown fox jumps over the lazy dog, 37 times or more."))
  (str.const "The quick brown fox jumps over the lazy dog, 37 times or more."))
(assert_return
  (invoke "utf16-utf16#echo" (str.const "na\u{ef}ve caf\u{e9} \u{fc}ber alles, \u{e7}a d\u{e9}j\u{e0} vu \u{df}"))
  (str.const "na\u{ef}ve caf\u{e9} \u{fc}ber alles, \u{e7}a d\u{e9}j\u{e0} vu \u{df}"))
(assert_return
  (invoke "utf16-utf16#echo" (str.const
    "The quick brown fox jumps over the lazy dog, 37 times or more.\u{e9}\u{20ac}\u{1f600}"))
  (str.const "The quick brown fox jumps over the lazy dog, 37 times or more.\u{e9}\u{20ac}\u{1f600}"))
(assert_return
  (invoke "utf16-utf16#echo" (str.const
    "\u{0}\u{1}\u{7f}\u{80}\u{ff}\u{100}\u{7ff}\u{800}\u{d7ff}\u{e000}\u{ffff}\u{10000}\u{10ffff}"))
  (str.const "\u{0}\u{1}\u{7f}\u{80}\u{ff}\u{100}\u{7ff}\u{800}\u{d7ff}\u{e000}\u{ffff}\u{10000}\u{10ffff}"))
(assert_return (invoke "utf16-utf16#length" (str.const "")) (u32.const 0))
(assert_return (invoke "utf16-utf16#length" (str.const "a")) (u32.const 1))
(assert_return
  (invoke "utf16-utf16#length" (str.const "na\u{ef}ve caf\u{e9} \u{fc}ber alles, \u{e7}a d\u{e9}j\u{e0} vu \u{df}"))
  (u32.const 35))
(assert_return
  (invoke "utf16-utf16#length" (str.const
    "The quick brown fox jumps over the lazy dog, 37 times or more.\u{e9}\u{20ac}\u{1f600}"))
  (u32.const 66))
(assert_return
  (invoke "utf16-utf16#sum" (str.const
    "The quick brown fox jumps over the lazy dog, 37 times or more.\u{e9}\u{20ac}\u{1f600}") (u32.const 132))
  (u32.const 6523))

;; utf16 to latin1+utf16
(assert_return (invoke "utf16-latin1#echo" (str.const "")) (str.const ""))
(assert_return (invoke "utf16-latin1#echo" (str.const "a")) (str.const "a"))
(assert_return (invoke "utf16-latin1#echo" (str.const "\u{e9}")) (str.const "\u{e9}"))
(assert_return (invoke "utf16-latin1#echo" (str.const "\u{20ac}")) (str.const "\u{20ac}"))
(assert_return (invoke "utf16-latin1#echo" (str.const "\u{1f600}")) (str.const "\u{1f600}"))
(assert_return
  (invoke "utf16-latin1#echo" (str.const "The quick brown fox jumps over the lazy dog, 37 times or more."))
  (str.const "The quick brown fox jumps over the lazy dog, 37 times or more."))
(assert_return
  (invoke "utf16-latin1#echo" (str.const "na\u{ef}ve caf\u{e9} \u{fc}ber alles, \u{e7}a d\u{e9}j\u{e0} vu \u{df}"))
  (str.const "na\u{ef}ve caf\u{e9} \u{fc}ber alles, \u{e7}a d\u{e9}j\u{e0} vu \u{df}"))
(assert_return
  (invoke "utf16-latin1#echo" (str.const
    "The quick brown fox jumps over the lazy dog, 37 times or more.\u{e9}\u{20ac}\u{1f600}"))
  (str.const "The quick brown fox jumps over the lazy dog, 37 times or more.\u{e9}\u{20ac}\u{1f600}"))
(assert_return
  (invoke "utf16-latin1#echo" (str.const
    "\u{0}\u{1}\u{7f}\u{80}\u{ff}\u{100}\u{7ff}\u{800}\u{d7ff}\u{e000}\u{ffff}\u{10000}\u{10ffff}"))
  (str.const "\u{0}\u{1}\u{7f}\u{80}\u{ff}\u{100}\u{7ff}\u{800}\u{d7ff}\u{e000}\u{ffff}\u{10000}\u{10ffff}"))
(assert_return (invoke "utf16-latin1#length" (str.const "")) (u32.const 0))
(assert_return (invoke "utf16-latin1#length" (str.const "a")) (u32.const 1))
(assert_return
  (invoke "utf16-latin1#length" (str.const "na\u{ef}ve caf\u{e9} \u{fc}ber alles, \u{e7}a d\u{e9}j\u{e0} vu \u{df}"))
  (u32.const 35))
(assert_return
  (invoke "utf16-latin1#length" (str.const
    "The quick brown fox jumps over the lazy dog, 37 times or more.\u{e9}\u{20ac}\u{1f600}"))
  (u32.const 0x80000042))
(assert_return
  (invoke "utf16-latin1#sum" (str.const
    "The quick brown fox jumps over the lazy dog, 37 times or more.\u{e9}\u{20ac}\u{1f600}") (u32.const 132))
  (u32.const 6523))

;; latin1+utf16 to utf8
(assert_return (invoke "latin1-utf8#echo" (str.const "")) (str.const ""))
(assert_return (invoke "latin1-utf8#echo" (str.const "a")) (str.const "a"))
(assert_return (invoke "latin1-utf8#echo" (str.const "\u{e9}")) (str.const "\u{e9}"))
(assert_return (invoke "latin1-utf8#echo" (str.const "\u{20ac}")) (str.const "\u{20ac}"))
(assert_return (invoke "latin1-utf8#echo" (str.const "\u{1f600}")) (str.const "\u{1f600}"))
(assert_return
  (invoke "latin1-utf8#echo" (str.const "The quick brown fox jumps over the lazy dog, 37 times or more."))
  (str.const "The quick brown fox jumps over the lazy dog, 37 times or more."))
(assert_return
  (invoke "latin1-utf8#echo" (str.const "na\u{ef}ve caf\u{e9} \u{fc}ber alles, \u{e7}a d\u{e9}j\u{e0} vu \u{df}"))
  (str.const "na\u{ef}ve caf\u{e9} \u{fc}ber alles, \u{e7}a d\u{e9}j\u{e0} vu \u{df}"))
(assert_return
  (invoke "latin1-utf8#echo" (str.const
    "The quick brown fox jumps over the lazy dog, 37 times or more.\u{e9}\u{20ac}\u{1f600}"))
  (str.const "The quick brown fox jumps over the lazy dog, 37 times or more.\u{e9}\u{20ac}\u{1f600}"))
(assert_return
  (invoke "latin1-utf8#echo" (str.const
    "\u{0}\u{1}\u{7f}\u{80}\u{ff}\u{100}\u{7ff}\u{800}\u{d7ff}\u{e000}\u{ffff}\u{10000}\u{10ffff}"))
  (str.const "\u{0}\u{1}\u{7f}\u{80}\u{ff}\u{100}\u{7ff}\u{800}\u{d7ff}\u{e000}\u{ffff}\u{10000}\u{10ffff}"))
(assert_return (invoke "latin1-utf8#length" (str.const "")) (u32.const 0))
(assert_return (invoke "latin1-utf8#length" (str.const "a")) (u32.const 1))
(assert_return
  (invoke "latin1-utf8#length" (str.const "na\u{ef}ve caf\u{e9} \u{fc}ber alles, \u{e7}a d\u{e9}j\u{e0} vu \u{df}"))
  (u32.const 42))
(assert_return
  (invoke "latin1-utf8#length" (str.const
    "The quick brown fox jumps over the lazy dog, 37 times or more.\u{e9}\u{20ac}\u{1f600}"))
  (u32.const 71))
(assert_return
  (invoke "latin1-utf8#sum" (str.const
    "The quick brown fox jumps over the lazy dog, 37 times or more.\u{e9}\u{20ac}\u{1f600}") (u32.const 71))
  (u32.const 7158))

;; latin1+utf16 to utf16
(assert_return (invoke "latin1-utf16#echo" (str.const "")) (str.const ""))
(assert_return (invoke "latin1-utf16#echo" (str.const "a")) (str.const "a"))
(assert_return (invoke "latin1-utf16#echo" (str.const "\u{e9}")) (str.const "\u{e9}"))
(assert_return (invoke "latin1-utf16#echo" (str.const "\u{20ac}")) (str.const "\u{20ac}"))
(assert_return (invoke "latin1-utf16#echo" (str.const "\u{1f600}")) (str.const "\u{1f600}"))
(assert_return
  (invoke "latin1-utf16#echo" (str.const "The quick brown fox jumps over the lazy dog, 37 times or more."))
  (str.const "The quick brown fox jumps over the lazy dog, 37 times or more."))
(assert_return
  (invoke "latin1-utf16#echo" (str.const "na\u{ef}ve caf\u{e9} \u{fc}ber alles, \u{e7}a d\u{e9}j\u{e0} vu \u{df}"))
  (str.const "na\u{ef}ve caf\u{e9} \u{fc}ber alles, \u{e7}a d\u{e9}j\u{e0} vu \u{df}"))
(assert_return
  (invoke "latin1-utf16#echo" (str.const
    "The quick brown fox jumps over the lazy dog, 37 times or more.\u{e9}\u{20ac}\u{1f600}"))
  (str.const "The quick brown fox jumps over the lazy dog, 37 times or more.\u{e9}\u{20ac}\u{1f600}"))
(assert_return
  (invoke "latin1-utf16#echo" (str.const
    "\u{0}\u{1}\u{7f}\u{80}\u{ff}\u{100}\u{7ff}\u{800}\u{d7ff}\u{e000}\u{ffff}\u{10000}\u{10ffff}"))
  (str.const "\u{0}\u{1}\u{7f}\u{80}\u{ff}\u{100}\u{7ff}\u{800}\u{d7ff}\u{e000}\u{ffff}\u{10000}\u{10ffff}"))
(assert_return (invoke "latin1-utf16#length" (str.const "")) (u32.const 0))
(assert_return (invoke "latin1-utf16#length" (str.const "a")) (u32.const 1))
(assert_return
  (invoke "latin1-utf16#length" (str.const "na\u{ef}ve caf\u{e9} \u{fc}ber alles, \u{e7}a d\u{e9}j\u{e0} vu \u{df}"))
  (u32.const 35))
(assert_return
  (invoke "latin1-utf16#length" (str.const
    "The quick brown fox jumps over the lazy dog, 37 times or more.\u{e9}\u{20ac}\u{1f600}"))
  (u32.const 66))
(assert_return
  (invoke "latin1-utf16#sum" (str.const
    "The quick brown fox jumps over the lazy dog, 37 times or more.\u{e9}\u{20ac}\u{1f600}") (u32.const 132))
  (u32.const 6523))

;; latin1+utf16 to latin1+utf16
(assert_return (invoke "latin1-latin1#echo" (str.const "")) (str.const ""))
(assert_return (invoke "latin1-latin1#echo" (str.const "a")) (str.const "a"))
(assert_return (invoke "latin1-latin1#echo" (str.const "\u{e9}")) (str.const "\u{e9}"))
(assert_return (invoke "latin1-latin1#echo" (str.const "\u{20ac}")) (str.const "\u{20ac}"))
(assert_return (invoke "latin1-latin1#echo" (str.const "\u{1f600}")) (str.const "\u{1f600}"))
(assert_return
  (invoke "latin1-latin1#echo" (str.const "The quick brown fox jumps over the lazy dog, 37 times or more."))
  (str.const "The quick brown fox jumps over the lazy dog, 37 times or more."))
(assert_return
  (invoke "latin1-latin1#echo" (str.const "na\u{ef}ve caf\u{e9} \u{fc}ber alles, \u{e7}a d\u{e9}j\u{e0} vu \u{df}"))
  (str.const "na\u{ef}ve caf\u{e9} \u{fc}ber alles, \u{e7}a d\u{e9}j\u{e0} vu \u{df}"))
(assert_return
  (invoke "latin1-latin1#echo" (str.const
    "The quick brown fox jumps over the lazy dog, 37 times or more.\u{e9}\u{20ac}\u{1f600}"))
  (str.const "The quick brown fox jumps over the lazy dog, 37 times or more.\u{e9}\u{20ac}\u{1f600}"))
(assert_return
  (invoke "latin1-latin1#echo" (str.const
    "\u{0}\u{1}\u{7f}\u{80}\u{ff}\u{100}\u{7ff}\u{800}\u{d7ff}\u{e000}\u{ffff}\u{10000}\u{10ffff}"))
  (str.const "\u{0}\u{1}\u{7f}\u{80}\u{ff}\u{100}\u{7ff}\u{800}\u{d7ff}\u{e000}\u{ffff}\u{10000}\u{10ffff}"))
(assert_return (invoke "latin1-latin1#length" (str.const "")) (u32.const 0))
(assert_return (invoke "latin1-latin1#length" (str.const "a")) (u32.const 1))
(assert_return
  (invoke "latin1-latin1#length" (str.const "na\u{ef}ve caf\u{e9} \u{fc}ber alles, \u{e7}a d\u{e9}j\u{e0} vu \u{df}"))
  (u32.const 35))
(assert_return
  (invoke "latin1-latin1#length" (str.const
    "The quick brown fox jumps over the lazy dog, 37 times or more.\u{e9}\u{20ac}\u{1f600}"))
  (u32.const 0x80000042))
(assert_return
  (invoke "latin1-latin1#sum" (str.const
    "The quick brown fox jumps over the lazy dog, 37 times or more.\u{e9}\u{20ac}\u{1f600}") (u32.const 132))
  (u32.const 6523))

;; Strings that are there already. A tagged one may hold nothing past U+FF: such text comes to a latin1+utf16 memory as
;; Latin-1 all the same. An odd address is no place even for Latin-1.
(assert_return (invoke "utf8-latin1#give" (u32.const 64) (u32.const 4)) (str.const "caf\u{e9}"))
(assert_return (invoke "utf8-latin1#give" (u32.const 72) (u32.const 0x80000004)) (str.const "caf\u{e9}"))
(assert_return (invoke "utf8-latin1#give" (u32.const 72) (u32.const 0x80000005)) (str.const "caf\u{e9}\u{20ac}"))
(assert_return (invoke "utf8-latin1#give" (u32.const 88) (u32.const 0x80000002)) (str.const "\u{1f600}"))
(assert_return (invoke "utf8-latin1#give" (u32.const 64) (u32.const 0x80000000)) (str.const ""))
(assert_return (invoke "utf8-utf16#give" (u32.const 72) (u32.const 4)) (str.const "caf\u{e9}"))
(assert_return (invoke "utf8-utf8#give" (u32.const 65) (u32.const 2)) (str.const "af"))
(assert_return (invoke "utf16-latin1#give" (u32.const 64) (u32.const 4)) (str.const "caf\u{e9}"))
(assert_return (invoke "utf16-latin1#give" (u32.const 72) (u32.const 0x80000004)) (str.const "caf\u{e9}"))
(assert_return (invoke "utf16-latin1#give" (u32.const 72) (u32.const 0x80000005)) (str.const "caf\u{e9}\u{20ac}"))
(assert_return (invoke "utf16-latin1#give" (u32.const 88) (u32.const 0x80000002)) (str.const "\u{1f600}"))
(assert_return (invoke "utf16-latin1#give" (u32.const 64) (u32.const 0x80000000)) (str.const ""))
(assert_return (invoke "utf16-utf16#give" (u32.const 72) (u32.const 4)) (str.const "caf\u{e9}"))
(assert_return (invoke "utf16-utf8#give" (u32.const 65) (u32.const 2)) (str.const "af"))
(assert_return (invoke "latin1-latin1#give" (u32.const 64) (u32.const 4)) (str.const "caf\u{e9}"))
(assert_return (invoke "latin1-latin1#give" (u32.const 72) (u32.const 0x80000004)) (str.const "caf\u{e9}"))
(assert_return (invoke "latin1-latin1#give" (u32.const 72) (u32.const 0x80000005)) (str.const "caf\u{e9}\u{20ac}"))
(assert_return (invoke "latin1-latin1#give" (u32.const 88) (u32.const 0x80000002)) (str.const "\u{1f600}"))
(assert_return (invoke "latin1-latin1#give" (u32.const 64) (u32.const 0x80000000)) (str.const ""))
(assert_return (invoke "latin1-utf16#give" (u32.const 72) (u32.const 4)) (str.const "caf\u{e9}"))
(assert_return (invoke "latin1-utf8#give" (u32.const 65) (u32.const 2)) (str.const "af"))

(assert_trap (invoke "utf8-latin1#give" (u32.const 65) (u32.const 2))
  "unaligned pointer") ;; pointer-misaligned at result
(component instance $i1 $D)
(assert_trap (invoke "utf8-latin1#give" (u32.const 72) (u32.const 0x84000001))
  "string content out-of-bounds") ;; pointer-out-of-bounds at result
(component instance $i2 $D)
(assert_trap (invoke "utf8-latin1#give" (u32.const 88) (u32.const 0x80000001))
  "invalid utf16 encoding") ;; invalid-utf16 at result
(component instance $i3 $D)
(assert_trap (invoke "utf8-latin1#give" (u32.const 90) (u32.const 0x80000001))
  "invalid utf16 encoding") ;; invalid-utf16 at result
(component instance $i4 $D)
(assert_trap (invoke "utf8-utf16#give" (u32.const 88) (u32.const 1))
  "invalid utf16 encoding") ;; invalid-utf16 at result
(component instance $i5 $D)
(assert_trap (invoke "utf8-utf8#give" (u32.const 67) (u32.const 1)) "invalid utf8 encoding") ;; invalid-utf8 at result
(component instance $i6 $D)
(assert_trap (invoke "utf16-latin1#give" (u32.const 65) (u32.const 2))
  "unaligned pointer") ;; pointer-misaligned at result
(component instance $i7 $D)
(assert_trap (invoke "utf16-latin1#give" (u32.const 72) (u32.const 0x84000001))
  "string content out-of-bounds") ;; pointer-out-of-bounds at result
(component instance $i8 $D)
(assert_trap (invoke "utf16-latin1#give" (u32.const 88) (u32.const 0x80000001))
  "invalid utf16 encoding") ;; invalid-utf16 at result
(component instance $i9 $D)
(assert_trap (invoke "utf16-latin1#give" (u32.const 90) (u32.const 0x80000001))
  "invalid utf16 encoding") ;; invalid-utf16 at result
(component instance $i10 $D)
(assert_trap (invoke "utf16-utf16#give" (u32.const 88) (u32.const 1))
  "invalid utf16 encoding") ;; invalid-utf16 at result
(component instance $i11 $D)
(assert_trap (invoke "utf16-utf8#give" (u32.const 67) (u32.const 1)) "invalid utf8 encoding") ;; invalid-utf8 at result
(component instance $i12 $D)
(assert_trap (invoke "latin1-latin1#give" (u32.const 65) (u32.const 2))
  "unaligned pointer") ;; pointer-misaligned at result
(component instance $i13 $D)
(assert_trap (invoke "latin1-latin1#give" (u32.const 72) (u32.const 0x84000001))
  "string content out-of-bounds") ;; pointer-out-of-bounds at result
(component instance $i14 $D)
(assert_trap (invoke "latin1-latin1#give" (u32.const 88) (u32.const 0x80000001))
  "invalid utf16 encoding") ;; invalid-utf16 at result
(component instance $i15 $D)
(assert_trap (invoke "latin1-latin1#give" (u32.const 90) (u32.const 0x80000001))
  "invalid utf16 encoding") ;; invalid-utf16 at result
(component instance $i16 $D)
(assert_trap (invoke "latin1-utf16#give" (u32.const 88) (u32.const 1))
  "invalid utf16 encoding") ;; invalid-utf16 at result
(component instance $i17 $D)
(assert_trap (invoke "latin1-utf8#give" (u32.const 67) (u32.const 1)) "invalid utf8 encoding") ;; invalid-utf8 at result
