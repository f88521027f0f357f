;; A case that factfuzz made: case 2085 of seed 777.
;; factfuzz 0.1.0, wasmtime 50.0.1, wasm-tools 1.262.0.0, hypothesis 6.170.15
;; features: pointer: wrapping, returned area
;; To validate it: wasm-tools wast --features=cm64,cm-fixed-length-lists,cm-map,cm-nested-names,cm-canon-names,cm-threading
;; wasmtime's script runner cannot run this file, `factfuzz run` can: the component imports functions of the host
;; factfuzz-case: {"origin":{"seed":777,"number":2085,"versions":{"factfuzz":"0.1.0","wasmtime":"50.0.1","wasm-tools":"1.262.0.0","hypothesis":"6.170.15"},"features":["layout: 32 labels","pointer: wrapping, returned area","type: fixed-length list result in memory, host import","type: flags param in memory, host import"]},"log_prefixes":["root"],"host":[[["h0"],{"is":"echo","index":0}]],"types":{"e0":"func() -> list<flags { b0, b1, b2, b3, b4, b5, b6, b7, b8, b9, b10, b11, b12, b13, b14, b15, b16, b17, b18, b19, b20, b21, b22, b23, b24, b25, b26, b27, b28, b29, b30, b31 }, 17>"}}
;; factfuzz-blueprint: {"definitions":[{"imports":[{"name":"h0","signature":[[["list",["flags",32],17]],["list",["flags",32],17]]}],"items":[{"is":"guest","imports":[{"ref":["import",0,[]],"signature":[[["list",["flags",32],17]],["list",["flags",32],17]]}],"functions":[{"signature":[[],["list",["flags",32],17]],"steps":[{"callee":0,"args":[{"is":"const","type":["list",["flags",32],17],"image":[0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0]}]}],"returns":{"is":"result","step":0}}],"lowering":"indirect"}],"exports":[["e0",["item",0,["f0"]]]]}],"host":[[["h0"],{"is":"echo","index":0}]],"calls":[["e0",[]]],"hostile":[{"is":"result-pointer","place":[0,0,0],"step":-1,"pointer":"last"}]}

(component definition $D0
  (core module $guest0.0
    (import "dep" "c0" (func $c0 (param i32 i32)))
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
      (call $c0 (i32.const 0x5000) (i32.const 0x5044))
      (call $log (i64.const 0x200000000))
      (call $memory.0 (i32.const 0x5044))
      (memory.copy (i32.const 0x5088) (i32.const 0x5044) (i32.const 0x44))
      (i32.sub (i32.const 0) (i32.const 0x4)))
    (func $log.bytes (param $at i32) (param $count i32)
      (block $done (loop $more
        (br_if $done (i32.lt_u (local.get $count) (i32.const 8)))
        (call $log (i64.load (local.get $at)))
        (local.set $at (i32.add (local.get $at) (i32.const 8)))
        (local.set $count (i32.sub (local.get $count) (i32.const 8)))
        (br $more)))
      (block $done (loop $more
        (br_if $done (i32.eqz (local.get $count)))
        (call $log (i64.load8_u (local.get $at)))
        (local.set $at (i32.add (local.get $at) (i32.const 1)))
        (local.set $count (i32.sub (local.get $count) (i32.const 1)))
        (br $more))))
    (func $list.1 (param $at i32) (param $count i32)
      (call $log (i64.extend_i32_u (local.get $count)))
      (call $log.bytes (local.get $at) (i32.mul (local.get $count) (i32.const 4))))
    (func $memory.0 (param $at i32)
      (call $list.1 (local.get $at) (i32.const 17))))
  (core module $shim0.0
    (table (export "table") 1 1 funcref)
    (func (export "c0") (param i32 i32)
      (call_indirect (param i32 i32) (local.get 0) (local.get 1) (i32.const 0))))
  (core module $fixup0.0
    (import "" "c0" (func $c0 (param i32 i32)))
    (import "" "table" (table 1 1 funcref))
    (elem (i32.const 0) func $c0))
  (type $D0.v0.is (flags "b0" "b1" "b2" "b3" "b4" "b5" "b6" "b7" "b8" "b9" "b10" "b11" "b12" "b13" "b14" "b15" "b16" "b17" "b18" "b19" "b20" "b21" "b22" "b23" "b24" "b25" "b26" "b27" "b28" "b29" "b30" "b31"))
  (import "t0" (type $D0.v0 (eq $D0.v0.is)))
  (type $D0.v1 (list $D0.v0 17))
  (import "h0" (func $import0 (param "p0" $D0.v1) (result $D0.v1)))
  (core instance $i0.shim (instantiate $shim0.0))
  (core instance $i0.guest (instantiate $guest0.0 (with "dep" (instance $i0.shim))))
  (func $i0.f0 (result $D0.v1)
      (canon lift (core func $i0.guest "f0") (memory (core memory $i0.guest "memory"))))
  (func $i0.log-count (result u32) (canon lift (core func $i0.guest "log-count")))
  (func $i0.log-entry (param "i" u32) (result u64) (canon lift (core func $i0.guest "log-entry")))
  (func $i0.log-digest (result u64) (canon lift (core func $i0.guest "log-digest")))
  (core func $i0.c0 (canon lower (func $import0) (memory (core memory $i0.guest "memory"))))
  (core instance $i0.fixup (instantiate $fixup0.0 (with "" (instance (export "c0" (func $i0.c0)) (export "table" (table $i0.shim "table"))))))
  (export "e0" (func $i0.f0) (func (result $D0.v1)))
  (export "root-log-count" (func $i0.log-count))
  (export "root-log-entry" (func $i0.log-entry))
  (export "root-log-digest" (func $i0.log-digest)))

(component instance $run0 $D0)
(assert_trap (invoke "e0") "bounds") ;; pointer-out-of-bounds at result
