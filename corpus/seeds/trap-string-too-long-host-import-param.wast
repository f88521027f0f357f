;; A case that factfuzz made: case 3440 of seed 778.
;; factfuzz 0.1.0, wasmtime 50.0.1, wasm-tools 1.262.0.0, hypothesis 6.170.15
;; features: trap: string-too-long, host import param
;; wasmtime's script runner cannot run this file, `factfuzz run` can: the component imports functions of the host
;; factfuzz-case: {"origin":{"seed":778,"number":3440,"versions":{"factfuzz":"0.1.0","wasmtime":"50.0.1","wasm-tools":"1.262.0.0","hypothesis":"6.170.15"},"features":["trap: string-too-long, host import param"]},"log_prefixes":["root"],"host":[[["h0"],{"is":"constant","type":null,"image":0}]]}
;; factfuzz-blueprint: {"definitions":[{"imports":[{"name":"h0","signature":[["string"],null]}],"items":[{"is":"guest","imports":[{"ref":["import",0,[]],"signature":[["string"],null]}],"functions":[{"signature":[[],null],"steps":[{"callee":0,"args":[{"is":"const","type":"string","image":""}]}]}],"memory":"imported"}],"exports":[["e0",["item",0,["f0"]]]]}],"host":[[["h0"],{"is":"constant","type":null,"image":0}]],"calls":[["e0",[]]],"hostile":[{"is":"damaged","place":[0,0,0],"step":0,"argument":0,"image":"","path":[],"damage":"both","number":268435456,"pointer":"wrapping"}]}

(component definition $D0
  (core module $guest0.0
    (import "dep" "c0" (func $c0 (param i32 i32)))
    (import "runtime" "memory" (memory 2))
    (import "runtime" "log" (func $log (param i64)))
    (func $f0 (export "f0")
      (call $log (i64.const 0x100000000))
      (call $c0 (i32.const -0x10) (i32.const 0x10000000))
      (call $log (i64.const 0x200000000))))
  (core module $runtime0.0
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
    (func (export "log-digest") (result i64) (global.get $digest)))
  (import "h0" (func $import0 (param "p0" string)))
  (core instance $i0.runtime (instantiate $runtime0.0))
  (core func $i0.c0 (canon lower (func $import0) (memory (core memory $i0.runtime "memory"))))
  (core instance $i0.guest (instantiate $guest0.0 (with "runtime" (instance $i0.runtime)) (with "dep" (instance (export "c0" (func $i0.c0))))))
  (func $i0.f0
      (canon lift (core func $i0.guest "f0")))
  (func $i0.log-count (result u32) (canon lift (core func $i0.runtime "log-count")))
  (func $i0.log-entry (param "i" u32) (result u64) (canon lift (core func $i0.runtime "log-entry")))
  (func $i0.log-digest (result u64) (canon lift (core func $i0.runtime "log-digest")))
  (export "e0" (func $i0.f0))
  (export "root-log-count" (func $i0.log-count))
  (export "root-log-entry" (func $i0.log-entry))
  (export "root-log-digest" (func $i0.log-digest)))

(component instance $run0 $D0)
(assert_trap (invoke "e0") "string") ;; string-too-long at param p0
