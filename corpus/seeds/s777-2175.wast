;; A case that factfuzz made: case 2175 of seed 777.
;; factfuzz 0.1.0, wasmtime 50.0.1, wasm-tools 1.262.0.0, hypothesis 6.170.15
;; wasmtime's script runner cannot run this file, `factfuzz run` can: a function of an exported instance is called
;; factfuzz-case: {"origin":{"seed":777,"number":2175,"versions":{"factfuzz":"0.1.0","wasmtime":"50.0.1","wasm-tools":"1.262.0.0","hypothesis":"6.170.15"}},"log_prefixes":["c0"]}
;; factfuzz-blueprint: {"definitions":[{"home":1,"items":[{"is":"guest","functions":[{"signature":[[],null]}]}],"exports":[["f0",["item",0,["f0"]]]],"outer_types":[1]},{"items":[{"is":"child","definition":0},{"is":"bundle","entries":[["inner",["item",0,[]]]]}],"exports":[["i0",["item",1,[]]]],"types":[[[],null]]}],"calls":[["i0#inner#f0",[]],["i0#inner#f0",[]]]}

(component definition $D1
  (type $D1.t0 (func))
  (component $D0
    (core module $guest0.0
      (memory (export "memory") 2)
      (global $count (mut i32) (i32.const 0))
      (global $digest (mut i64) (i64.const 0x9e3779b97f4a7c15))
      (func $log (export "log") (param $entry i64)
        (i64.store offset=0x1000 (i32.shl (i32.and (global.get $count) (i32.const 2047)) (i32.const 3)) (local.get $entry))
        (global.set $count (i32.add (global.get $count) (i32.const 1)))
        (global.set $digest (i64.mul (i64.xor (i64.rotl (global.get $digest) (i64.const 5)) (local.get $entry))
          (i64.const 0x100000001b3))))
      (func (export "log-count") (result i32) (global.get $count))
      (func (export "log-entry") (param $i i32) (result i64)
        (i64.load offset=0x1000 (i32.shl (i32.and (local.get $i) (i32.const 2047)) (i32.const 3))))
      (func (export "log-digest") (result i64) (global.get $digest))
      (func $f0 (export "f0")
        (call $log (i64.const 0x100000000))))
    (alias outer $D1 $D1.t0 (type $D1.t0))
    (core instance $i0.guest (instantiate $guest0.0))
    (func $i0.f0 (type $D1.t0)
        (canon lift (core func $i0.guest "f0")))
    (func $i0.log-count (result u32) (canon lift (core func $i0.guest "log-count")))
    (func $i0.log-entry (param "i" u32) (result u64) (canon lift (core func $i0.guest "log-entry")))
    (func $i0.log-digest (result u64) (canon lift (core func $i0.guest "log-digest")))
    (export "f0" (func $i0.f0))
    (export "log-count" (func $i0.log-count))
    (export "log-entry" (func $i0.log-entry))
    (export "log-digest" (func $i0.log-digest)))
  (instance $i0 (instantiate $D0))
  (instance $i1 (export "inner" (instance $i0)))
  (export "i0" (instance $i1))
  (export "c0-log-count" (func $i0 "log-count"))
  (export "c0-log-entry" (func $i0 "log-entry"))
  (export "c0-log-digest" (func $i0 "log-digest")))

(component instance $run0 $D1)
(assert_return (invoke "i0#inner#f0"))
(assert_return (invoke "c0-log-count") (u32.const 1))
(assert_return (invoke "c0-log-entry" (u32.const 0)) (u64.const 0x100000000))
(assert_return (invoke "i0#inner#f0"))
(assert_return (invoke "c0-log-count") (u32.const 2))
(assert_return (invoke "c0-log-entry" (u32.const 1)) (u64.const 0x100000000))
