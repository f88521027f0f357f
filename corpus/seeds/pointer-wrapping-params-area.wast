;; A case that factfuzz made: case 3069 of seed 777.
;; factfuzz 0.1.0, wasmtime 50.0.1, wasm-tools 1.262.0.0, hypothesis 6.170.15
;; features: pointer: wrapping, params area
;; wasmtime's script runner cannot run this file, `factfuzz run` can: the component imports functions of the host
;; factfuzz-case: {"origin":{"seed":777,"number":3069,"versions":{"factfuzz":"0.1.0","wasmtime":"50.0.1","wasm-tools":"1.262.0.0","hypothesis":"6.170.15"},"features":["pointer: wrapping, params area"]},"log_prefixes":["root"],"host":[[["h0"],{"is":"constant","type":null,"image":0}]]}
;; factfuzz-blueprint: {"definitions":[{"imports":[{"name":"h0","signature":[[["result","string",null],"u32","u32","u32","u32","u32","u32","u32","u32","u32","u32","u32","u32","u32","u8"],null]}],"items":[{"is":"guest","imports":[{"ref":["import",0,[]],"signature":[[["result","string",null],"u32","u32","u32","u32","u32","u32","u32","u32","u32","u32","u32","u32","u32","u8"],null]}],"functions":[{"signature":[[],null],"steps":[{"callee":0,"args":[{"is":"const","type":["result","string",null],"image":[0,""]},{"is":"const","type":"u32","image":1},{"is":"const","type":"u32","image":1},{"is":"const","type":"u32","image":1},{"is":"const","type":"u32","image":1},{"is":"const","type":"u32","image":1},{"is":"const","type":"u32","image":1},{"is":"const","type":"u32","image":1},{"is":"const","type":"u32","image":1},{"is":"const","type":"u32","image":1},{"is":"const","type":"u32","image":1},{"is":"const","type":"u32","image":1},{"is":"const","type":"u32","image":1},{"is":"const","type":"u32","image":1},{"is":"const","type":"u8","image":1}]}]}],"lowering":"indirect"}],"exports":[["e0",["item",0,["f0"]]]]}],"host":[[["h0"],{"is":"constant","type":null,"image":0}]],"calls":[["e0",[]]],"hostile":[{"is":"spilled-pointer","place":[0,0,0],"step":0,"pointer":"wrapping"}]}

(component definition $D0
  (core module $guest0.0
    (import "dep" "c0" (func $c0 (param i32)))
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
      (call $log (i64.const 0x100000000))
      (i32.store (i32.const 0x500c) (i32.const 1))
      (i32.store (i32.const 0x5010) (i32.const 1))
      (i32.store (i32.const 0x5014) (i32.const 1))
      (i32.store (i32.const 0x5018) (i32.const 1))
      (i32.store (i32.const 0x501c) (i32.const 1))
      (i32.store (i32.const 0x5020) (i32.const 1))
      (i32.store (i32.const 0x5024) (i32.const 1))
      (i32.store (i32.const 0x5028) (i32.const 1))
      (i32.store (i32.const 0x502c) (i32.const 1))
      (i32.store (i32.const 0x5030) (i32.const 1))
      (i32.store (i32.const 0x5034) (i32.const 1))
      (i32.store (i32.const 0x5038) (i32.const 1))
      (i32.store (i32.const 0x503c) (i32.const 1))
      (i32.store8 (i32.const 0x5040) (i32.const 1))
      (call $c0 (i32.const -16))
      (call $log (i64.const 0x200000000)))
    (data (i32.const 0x5004) "DP"))
  (core module $shim0.0
    (table (export "table") 1 1 funcref)
    (func (export "c0") (param i32)
      (call_indirect (param i32) (local.get 0) (i32.const 0))))
  (core module $fixup0.0
    (import "" "c0" (func $c0 (param i32)))
    (import "" "table" (table 1 1 funcref))
    (elem (i32.const 0) func $c0))
  (type $D0.v0 (result string))
  (import "h0" (func $import0 (param "p0" $D0.v0) (param "p1" u32) (param "p2" u32) (param "p3" u32) (param "p4" u32) (param "p5" u32) (param "p6" u32) (param "p7" u32) (param "p8" u32) (param "p9" u32) (param "p10" u32) (param "p11" u32) (param "p12" u32) (param "p13" u32) (param "p14" u8)))
  (core instance $i0.shim (instantiate $shim0.0))
  (core instance $i0.guest (instantiate $guest0.0 (with "dep" (instance $i0.shim))))
  (func $i0.f0
      (canon lift (core func $i0.guest "f0")))
  (func $i0.log-count (result u32) (canon lift (core func $i0.guest "log-count")))
  (func $i0.log-entry (param "i" u32) (result u64) (canon lift (core func $i0.guest "log-entry")))
  (func $i0.log-digest (result u64) (canon lift (core func $i0.guest "log-digest")))
  (core func $i0.c0 (canon lower (func $import0) (memory (core memory $i0.guest "memory"))))
  (core instance $i0.fixup (instantiate $fixup0.0 (with "" (instance (export "c0" (func $i0.c0)) (export "table" (table $i0.shim "table"))))))
  (export "e0" (func $i0.f0))
  (export "root-log-count" (func $i0.log-count))
  (export "root-log-entry" (func $i0.log-entry))
  (export "root-log-digest" (func $i0.log-digest)))

(component instance $run0 $D0)
(assert_trap (invoke "e0") "bounds") ;; pointer-out-of-bounds at params
