;; A case that factfuzz made: case 509 of seed 777.
;; factfuzz 0.1.0, wasmtime 50.0.1, wasm-tools 1.262.0.0, hypothesis 6.170.15
;; wasmtime's script runner cannot run this file, `factfuzz run` can: the component imports functions of the host
;; factfuzz-case: {"origin":{"seed":777,"number":509,"versions":{"factfuzz":"0.1.0","wasmtime":"50.0.1","wasm-tools":"1.262.0.0","hypothesis":"6.170.15"},"features":["type: enum param flat payload, host import"]},"log_prefixes":["root"],"host":[[["h0"],{"is":"constant","type":null,"image":0}]]}
;; factfuzz-blueprint: {"definitions":[{"imports":[{"name":"h0","signature":[[["result",null,["enum",1]]],null]}],"items":[{"is":"guest","imports":[{"ref":["import",0,[]],"signature":[[["result",null,["enum",1]]],null]}],"functions":[{"signature":[[],null],"steps":[{"callee":0,"args":[{"is":"const","type":["result",null,["enum",1]],"image":[1,0]}]}]}]}],"exports":[["e0",["item",0,["f0"]]]]}],"host":[[["h0"],{"is":"constant","type":null,"image":0}]],"calls":[["e0",[]]]}

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
    (func $f0 (export "f0")
      (call $log (i64.const 0x100000000))
      (call $c0 (i32.const 0x1) (i32.const 0x0))
      (call $log (i64.const 0x200000000))))
  (type $D0.v0.is (enum "c0"))
  (import "t0" (type $D0.v0 (eq $D0.v0.is)))
  (type $D0.v1 (result (error $D0.v0)))
  (import "h0" (func $import0 (param "p0" $D0.v1)))
  (core func $i0.c0 (canon lower (func $import0)))
  (core instance $i0.guest (instantiate $guest0.0 (with "dep" (instance (export "c0" (func $i0.c0))))))
  (func $i0.f0
      (canon lift (core func $i0.guest "f0")))
  (func $i0.log-count (result u32) (canon lift (core func $i0.guest "log-count")))
  (func $i0.log-entry (param "i" u32) (result u64) (canon lift (core func $i0.guest "log-entry")))
  (func $i0.log-digest (result u64) (canon lift (core func $i0.guest "log-digest")))
  (export "e0" (func $i0.f0))
  (export "root-log-count" (func $i0.log-count))
  (export "root-log-entry" (func $i0.log-entry))
  (export "root-log-digest" (func $i0.log-digest)))

(component instance $run0 $D0)
(assert_return (invoke "e0"))
(assert_return (invoke "root-log-count") (u32.const 2))
(assert_return (invoke "root-log-entry" (u32.const 0)) (u64.const 0x100000000))
(assert_return (invoke "root-log-entry" (u32.const 1)) (u64.const 0x200000000))
