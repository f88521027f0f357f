;; A case that factfuzz made: case 686 of seed 777.
;; factfuzz 0.1.0, wasmtime 50.0.1, wasm-tools 1.262.0.0, hypothesis 6.170.15
;; wasmtime's script runner cannot run this file, `factfuzz run` can: the component imports functions of the host
;; factfuzz-case: {"origin":{"seed":777,"number":686,"versions":{"factfuzz":"0.1.0","wasmtime":"50.0.1","wasm-tools":"1.262.0.0","hypothesis":"6.170.15"}},"log_prefixes":["root"],"host":[[["host0"],{"is":"echo","index":0}]]}
;; factfuzz-blueprint: {"definitions":[{"imports":[{"name":"host0","signature":[["char"],"char"]}],"items":[{"is":"guest","imports":[{"ref":["import",0,[]],"signature":[["char"],"char"]}],"functions":[{"signature":[[],"char"],"steps":[{"callee":0,"args":[{"is":"const","type":"char","image":65536}]}],"returns":{"is":"result","step":0}}],"allocator":"grows"}],"exports":[["run",["item",0,["f0"]]]]}],"host":[[["host0"],{"is":"echo","index":0}]],"calls":[["run",[]],["run",[]],["run",[]]],"hostile":[{"is":"raw-result","place":[0,0,0],"bits":55296}]}

(component definition $D0
  (core module $guest0.0
    (import "dep" "c0" (func $c0 (param i32) (result i32)))
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
      (local $r0 i32)
      (call $log (i64.const 0x100000000))
      (local.set $r0 (call $c0 (i32.const 0x10000)))
      (call $log (i64.const 0x200000000))
      (call $log (i64.extend_i32_u (local.get $r0)))
      (i32.const 0xd800)))
  (import "host0" (func $import0 (param "p0" char) (result char)))
  (core func $i0.c0 (canon lower (func $import0)))
  (core instance $i0.guest (instantiate $guest0.0 (with "dep" (instance (export "c0" (func $i0.c0))))))
  (func $i0.f0 (result char)
      (canon lift (core func $i0.guest "f0")))
  (func $i0.log-count (result u32) (canon lift (core func $i0.guest "log-count")))
  (func $i0.log-entry (param "i" u32) (result u64) (canon lift (core func $i0.guest "log-entry")))
  (func $i0.log-digest (result u64) (canon lift (core func $i0.guest "log-digest")))
  (export "run" (func $i0.f0))
  (export "root-log-count" (func $i0.log-count))
  (export "root-log-entry" (func $i0.log-entry))
  (export "root-log-digest" (func $i0.log-digest)))

(component instance $run0 $D0)
(assert_trap (invoke "run") "`char`") ;; invalid-char at result
(component instance $run1 $D0)
(assert_trap (invoke "run") "`char`") ;; invalid-char at result
(component instance $run2 $D0)
(assert_trap (invoke "run") "`char`") ;; invalid-char at result
