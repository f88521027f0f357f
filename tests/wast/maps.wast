;; Maps: in the ABI lists of pairs, in order, whose keys may repeat. There is no constant for a map; a list of tuples
;; stands for one.
;; CanonicalABI.md: Despecialization (map), Loading (load_list), Storing (store_list).

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
      (func (export "list") (param i32 i32) (result i32)
        (i32.store (i32.const 0) (local.get 0)) (i32.store (i32.const 4) (local.get 1)) (i32.const 0))
      (func (export "text") (param i32 i32 i32) (result i32)
        (i32.store8 (i32.const 0) (local.get 0)) (i32.store (i32.const 4) (local.get 1))
        (i32.store (i32.const 8) (local.get 2)) (i32.const 0)))
    (core instance $m (instantiate $M (with "heap" (instance $heap))))
    (func (export "map") (param "v" (map string u32)) (result (map string u32)) (canon lift (core func $m "list")
      (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
    (func (export "chars") (param "v" (map char (list u8))) (result (map char (list u8)))
      (canon lift (core func $m "list") (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
    (func (export "maps") (param "v" (list (map u8 (map bool string)))) (result (list (map u8 (map bool string))))
      (canon lift (core func $m "list") (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
    (func (export "option") (param "v" (option (map u64 u8))) (result (option (map u64 u8)))
      (canon lift (core func $m "text") (memory (core memory $heap "mem")) (realloc (core func $heap "realloc")))))
  (instance $callee (instantiate $Callee))

  ;; What it gets it passes on, and what comes back it gives back.
  (core instance $heap (instantiate $Heap))
  (core module $list
    (import "heap" "mem" (memory 1)) (import "" "f" (func $f (param i32 i32 i32)))
    (func (export "f") (param i32 i32) (result i32)
      (call $f (local.get 0) (local.get 1) (i32.const 0)) (i32.const 0)))
  (core module $text
    (import "heap" "mem" (memory 1)) (import "" "f" (func $f (param i32 i32 i32 i32)))
    (func (export "f") (param i32 i32 i32) (result i32)
      (call $f (local.get 0) (local.get 1) (local.get 2) (i32.const 0)) (i32.const 0)))
  (core func $map (canon lower (func $callee "map")
    (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
  (core instance $map (instantiate $list (with "heap" (instance $heap)) (with "" (instance (export "f" (func $map))))))
  (func (export "map") (param "v" (map string u32)) (result (map string u32)) (canon lift (core func $map "f")
    (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
  (core func $chars (canon lower (func $callee "chars")
    (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
  (core instance $chars (instantiate $list (with "heap" (instance $heap))
    (with "" (instance (export "f" (func $chars))))))
  (func (export "chars") (param "v" (map char (list u8))) (result (map char (list u8)))
    (canon lift (core func $chars "f") (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
  (core func $maps (canon lower (func $callee "maps")
    (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
  (core instance $maps (instantiate $list (with "heap" (instance $heap))
    (with "" (instance (export "f" (func $maps))))))
  (func (export "maps") (param "v" (list (map u8 (map bool string)))) (result (list (map u8 (map bool string))))
    (canon lift (core func $maps "f") (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
  (core func $option (canon lower (func $callee "option")
    (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
  (core instance $option (instantiate $text (with "heap" (instance $heap))
    (with "" (instance (export "f" (func $option))))))
  (func (export "option") (param "v" (option (map u64 u8))) (result (option (map u64 u8)))
    (canon lift (core func $option "f") (memory (core memory $heap "mem")) (realloc (core func $heap "realloc")))))

(component instance $i0 $D)
(assert_return (invoke "map" (list.const)) (list.const))
(assert_return
  (invoke "map" (list.const (tuple.const (str.const "a") (u32.const 1)) (tuple.const (str.const "b") (u32.const 2))
    (tuple.const (str.const "a") (u32.const 3))))
  (list.const (tuple.const (str.const "a") (u32.const 1)) (tuple.const (str.const "b") (u32.const 2))
    (tuple.const (str.const "a") (u32.const 3))))
(assert_return
  (invoke "chars" (list.const (tuple.const (char.const "x") (list.const (u8.const 1) (u8.const 2)))
    (tuple.const (char.const "y") (list.const))))
  (list.const (tuple.const (char.const "x") (list.const (u8.const 1) (u8.const 2)))
    (tuple.const (char.const "y") (list.const))))
(assert_return
  (invoke "maps" (list.const (list.const) (list.const (tuple.const (u8.const 1)
    (list.const (tuple.const (bool.const true) (str.const "yes")))))))
  (list.const (list.const) (list.const (tuple.const (u8.const 1)
    (list.const (tuple.const (bool.const true) (str.const "yes")))))))
(assert_return (invoke "option" (option.none)) (option.none))
(assert_return (invoke "option" (option.some (list.const))) (option.some (list.const)))
(assert_return
  (invoke "option" (option.some (list.const (tuple.const (u64.const 1) (u8.const 2)))))
  (option.some (list.const (tuple.const (u64.const 1) (u8.const 2)))))
