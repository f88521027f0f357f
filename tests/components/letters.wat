;; Two components that hand each other strings and lists: `scribe` keeps text as UTF-16, `app` as UTF-8, and `app` passes
;; every call on to `scribe`. Between them, text is transcoded and lists are copied by an adapter.
;;   factfuzz run tests/components/letters.wat --invoke 'spell("né😀")'        ['n', 'é', '😀']
;;   factfuzz run tests/components/letters.wat --invoke 'join(["né", "😀"])'    "né😀"
;;   factfuzz compile tests/components/letters.wat -o out                     out/adapter-0.wat
(component
  ;; A memory that only grows: realloc gives every block a new place. Both components instantiate one of their own.
  (core module $Heap
    (memory (export "memory") 1)
    (global $end (mut i32) (i32.const 1024))
    (func (export "realloc")
      (param $old i32) (param $old-size i32) (param $align i32) (param $size i32) (result i32)
      (local $new i32)
      (local.set $new
        (i32.and (i32.add (global.get $end) (i32.sub (local.get $align) (i32.const 1)))
                 (i32.sub (i32.const 0) (local.get $align))))
      (global.set $end (i32.add (local.get $new) (local.get $size)))
      (if (i32.gt_u (global.get $end) (i32.mul (memory.size) (i32.const 65536)))
        (then
          (if (i32.eq (i32.const -1)
                (memory.grow (i32.add (i32.shr_u (local.get $size) (i32.const 16)) (i32.const 1))))
            (then unreachable))))
      (memory.copy (local.get $new) (local.get $old)
        (select (local.get $old-size) (local.get $size) (i32.lt_u (local.get $old-size) (local.get $size))))
      (local.get $new)))

  (component $Scribe
    (alias outer 1 $Heap (core module $Heap))
    (core instance $heap (instantiate $Heap))
    (core module $scribe
      (import "heap" "memory" (memory 1))
      (import "heap" "realloc" (func $realloc (param i32 i32 i32 i32) (result i32)))

      ;; Pointer and length of the result, at address 0.
      (func $pair (param $pointer i32) (param $length i32) (result i32)
        (i32.store (i32.const 0) (local.get $pointer))
        (i32.store (i32.const 4) (local.get $length))
        (i32.const 0))

      ;; One char for each code point: a surrogate pair becomes one.
      (func (export "spell") (param $word i32) (param $units i32) (result i32)
        (local $chars i32) (local $end i32) (local $to i32) (local $unit i32)
        (local.set $chars
          (call $realloc (i32.const 0) (i32.const 0) (i32.const 4) (i32.shl (local.get $units) (i32.const 2))))
        (local.set $to (local.get $chars))
        (local.set $end (i32.add (local.get $word) (i32.shl (local.get $units) (i32.const 1))))
        (block $done
          (loop $next
            (br_if $done (i32.ge_u (local.get $word) (local.get $end)))
            (local.set $unit (i32.load16_u (local.get $word)))
            (local.set $word (i32.add (local.get $word) (i32.const 2)))
            (if (i32.eq (i32.and (local.get $unit) (i32.const 0xfc00)) (i32.const 0xd800))
              (then
                ;; 0x10000 + (high - 0xd800) * 1024 + (low - 0xdc00)
                (local.set $unit
                  (i32.sub (i32.add (i32.shl (local.get $unit) (i32.const 10)) (i32.load16_u (local.get $word)))
                           (i32.const 0x35fdc00)))
                (local.set $word (i32.add (local.get $word) (i32.const 2)))))
            (i32.store (local.get $to) (local.get $unit))
            (local.set $to (i32.add (local.get $to) (i32.const 4)))
            (br $next)))
        (call $pair (local.get $chars)
          (i32.shr_u (i32.sub (local.get $to) (local.get $chars)) (i32.const 2))))

      ;; The words behind each other, with a separator after each but the last if there is one.
      (func (export "join") (param $words i32) (param $count i32) (param $some i32) (param $between i32) (result i32)
        (local $text i32) (local $to i32) (local $i i32) (local $units i32)
        (loop $measure
          (if (i32.lt_u (local.get $i) (local.get $count))
            (then
              (local.set $units
                (i32.add (i32.add (local.get $units) (i32.const 2))
                  (i32.load offset=4 (i32.add (local.get $words) (i32.shl (local.get $i) (i32.const 3))))))
              (local.set $i (i32.add (local.get $i) (i32.const 1)))
              (br $measure))))
        (local.set $text
          (call $realloc (i32.const 0) (i32.const 0) (i32.const 2) (i32.shl (local.get $units) (i32.const 1))))
        (local.set $to (local.get $text))
        (local.set $i (i32.const 0))
        (loop $copy
          (if (i32.lt_u (local.get $i) (local.get $count))
            (then
              (local.set $units (i32.shl (i32.load offset=4 (local.get $words)) (i32.const 1)))
              (memory.copy (local.get $to) (i32.load (local.get $words)) (local.get $units))
              (local.set $to (i32.add (local.get $to) (local.get $units)))
              (local.set $words (i32.add (local.get $words) (i32.const 8)))
              (local.set $i (i32.add (local.get $i) (i32.const 1)))
              (if (i32.and (local.get $some) (i32.lt_u (local.get $i) (local.get $count)))
                (then (local.set $to (call $put (local.get $to) (local.get $between)))))
              (br $copy))))
        (call $pair (local.get $text)
          (i32.shr_u (i32.sub (local.get $to) (local.get $text)) (i32.const 1))))

      ;; Writes one char; returns the address behind it.
      (func $put (param $to i32) (param $char i32) (result i32)
        (if (i32.lt_u (local.get $char) (i32.const 0x10000))
          (then
            (i32.store16 (local.get $to) (local.get $char))
            (return (i32.add (local.get $to) (i32.const 2)))))
        (local.set $char (i32.sub (local.get $char) (i32.const 0x10000)))
        (i32.store16 (local.get $to)
          (i32.or (i32.const 0xd800) (i32.shr_u (local.get $char) (i32.const 10))))
        (i32.store16 offset=2 (local.get $to)
          (i32.or (i32.const 0xdc00) (i32.and (local.get $char) (i32.const 0x3ff))))
        (i32.add (local.get $to) (i32.const 4))))
    (core instance $core (instantiate $scribe (with "heap" (instance $heap))))
    (func (export "spell") (param "word" string) (result (list char))
      (canon lift (core func $core "spell") string-encoding=utf16
        (memory (core memory $heap "memory")) (realloc (core func $heap "realloc"))))
    (func (export "join") (param "words" (list string)) (param "between" (option char)) (result string)
      (canon lift (core func $core "join") string-encoding=utf16
        (memory (core memory $heap "memory")) (realloc (core func $heap "realloc")))))

  (component $App
    (import "scribe" (instance $scribe
      (export "spell" (func (param "word" string) (result (list char))))
      (export "join" (func (param "words" (list string)) (param "between" (option char)) (result string)))))
    (alias outer 1 $Heap (core module $Heap))
    (core instance $heap (instantiate $Heap))
    (core func $spell (canon lower (func $scribe "spell") string-encoding=utf8
      (memory (core memory $heap "memory")) (realloc (core func $heap "realloc"))))
    (core func $join (canon lower (func $scribe "join") string-encoding=utf8
      (memory (core memory $heap "memory")) (realloc (core func $heap "realloc"))))
    (core module $app
      (import "scribe" "spell" (func $spell (param i32 i32 i32)))
      (import "scribe" "join" (func $join (param i32 i32 i32 i32 i32)))
      ;; What scribe returns goes to address 0, and from there to whoever called.
      (func (export "spell") (param $word i32) (param $bytes i32) (result i32)
        (call $spell (local.get $word) (local.get $bytes) (i32.const 0))
        (i32.const 0))
      (func (export "join") (param $words i32) (param $count i32) (param $some i32) (param $between i32) (result i32)
        (call $join (local.get $words) (local.get $count) (local.get $some) (local.get $between) (i32.const 0))
        (i32.const 0)))
    (core instance $core (instantiate $app (with "scribe" (instance
      (export "spell" (func $spell))
      (export "join" (func $join))))))
    (func (export "spell") (param "word" string) (result (list char))
      (canon lift (core func $core "spell") string-encoding=utf8
        (memory (core memory $heap "memory")) (realloc (core func $heap "realloc"))))
    (func (export "join") (param "words" (list string)) (param "between" (option char)) (result string)
      (canon lift (core func $core "join") string-encoding=utf8
        (memory (core memory $heap "memory")) (realloc (core func $heap "realloc")))))

  (instance $scribe (instantiate $Scribe))
  (instance $app (instantiate $App (with "scribe" (instance $scribe))))
  (export "spell" (func $app "spell"))
  (export "join" (func $app "join")))
