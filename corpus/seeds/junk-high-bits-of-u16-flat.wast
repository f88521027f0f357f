;; A case that factfuzz made: case 1094 of seed 778.
;; factfuzz 0.1.0, wasmtime 50.0.1, wasm-tools 1.262.0.0, hypothesis 6.170.15
;; features: junk: high bits of u16, flat
;; To validate it: wasm-tools wast --features=cm64,cm-fixed-length-lists,cm-map,cm-nested-names,cm-canon-names,cm-threading
;; wasmtime's script runner cannot run this file, `factfuzz run` can: a map or a fixed-length list is passed or
;;   returned, for which scripts have no constants
;; factfuzz-case: {"origin":{"seed":778,"number":1094,"versions":{"factfuzz":"0.1.0","wasmtime":"50.0.1","wasm-tools":"1.262.0.0","hypothesis":"6.170.15"},"features":["junk: high bits of u16, flat","type: fixed-length list result flat, adapter"]},"log_prefixes":["root"],"types":{"e0":"func() -> list<u16, 1>"}}
;; factfuzz-blueprint: {"definitions":[{"items":[{"is":"guest","imports":[{"ref":["item",0,["f0"]],"signature":[[],["list","u16",1]]}],"functions":[{"signature":[[],["list","u16",1]],"returns":{"is":"const","type":["list","u16",1],"image":[1]}},{"signature":[[],["list","u16",1]],"steps":[{"callee":0}],"returns":{"is":"result","step":0}}],"lowering":"indirect"}],"exports":[["e0",["item",0,["f1"]]]]}],"calls":[["e0",[]]],"hostile":[{"is":"damaged","place":[0,0,0],"step":-1,"argument":0,"image":[0],"path":[0],"damage":"bits","number":65536}]}

(component definition $D0
  (core module $guest0.0
    (import "dep" "c0" (func $c0 (result i32)))
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
    (func $f0 (export "f0") (result i32)
      (call $log (i64.const 0x100000000))
      (i32.const 0x10000))
    (func $f1 (export "f1") (result i32)
      (local $r0.0 i32)
      (call $log (i64.const 0x100000001))
      (local.set $r0.0 (call $c0))
      (call $log (i64.const 0x200000100))
      (call $flat.0 (local.get $r0.0))
      (local.get $r0.0))
    (func $flat.0 (param $0 i32)
      (call $log (i64.extend_i32_u (local.get $0)))))
  (core module $shim0.0
    (table (export "table") 1 1 funcref)
    (func (export "c0") (result i32)
      (call_indirect (result i32) (i32.const 0))))
  (core module $fixup0.0
    (import "" "c0" (func $c0 (result i32)))
    (import "" "table" (table 1 1 funcref))
    (elem (i32.const 0) func $c0))
  (type $D0.v0 (list u16 1))
  (core instance $i0.shim (instantiate $shim0.0))
  (core instance $i0.guest (instantiate $guest0.0 (with "dep" (instance $i0.shim))))
  (func $i0.f0 (result $D0.v0)
      (canon lift (core func $i0.guest "f0")))
  (func $i0.f1 (result $D0.v0)
      (canon lift (core func $i0.guest "f1")))
  (func $i0.log-count (result u32) (canon lift (core func $i0.guest "log-count")))
  (func $i0.log-entry (param "i" u32) (result u64) (canon lift (core func $i0.guest "log-entry")))
  (func $i0.log-digest (result u64) (canon lift (core func $i0.guest "log-digest")))
  (core func $i0.c0 (canon lower (func $i0.f0)))
  (core instance $i0.fixup (instantiate $fixup0.0 (with "" (instance (export "c0" (func $i0.c0)) (export "table" (table $i0.shim "table"))))))
  (export "e0" (func $i0.f1))
  (export "root-log-count" (func $i0.log-count))
  (export "root-log-entry" (func $i0.log-entry))
  (export "root-log-digest" (func $i0.log-digest)))

(component instance $run0 $D0)
(assert_return (invoke "e0") (list.const (u16.const 0)))
(assert_return (invoke "root-log-count") (u32.const 4))
(assert_return (invoke "root-log-entry" (u32.const 0)) (u64.const 0x100000001))
(assert_return (invoke "root-log-entry" (u32.const 1)) (u64.const 0x100000000))
(assert_return (invoke "root-log-entry" (u32.const 2)) (u64.const 0x200000100))
(assert_return (invoke "root-log-entry" (u32.const 3)) (u64.const 0x0))
