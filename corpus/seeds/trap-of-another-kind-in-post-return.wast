;; A case that factfuzz made: case 4334 of seed 778.
;; factfuzz 0.1.0, wasmtime 50.0.1, wasm-tools 1.262.0.0, hypothesis 6.170.15
;; features: trap: of another kind in post-return
;; factfuzz-case: {"origin":{"seed":778,"number":4334,"versions":{"factfuzz":"0.1.0","wasmtime":"50.0.1","wasm-tools":"1.262.0.0","hypothesis":"6.170.15"},"features":["trap: of another kind in post-return"]},"log_prefixes":["root"]}
;; factfuzz-blueprint: {"definitions":[{"items":[{"is":"guest","functions":[{"signature":[["u32"],null],"post_return":true}]}],"exports":[["e0",["item",0,["f0"]]]]}],"calls":[["e0",[1]]],"hostile":[{"is":"fault","place":[0,0,0],"where":"post-return","kind":"out of bounds"}]}

(component definition $D0
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
    (func $f0 (export "f0") (param $p0 i32)
      (call $log (i64.const 0x100000000))
      (call $log (i64.extend_i32_u (local.get $p0))))
    (func (export "post0")
      (call $log (i64.const 0x400000000))
      (drop (i32.load8_u (i32.const -1)))))
  (core instance $i0.guest (instantiate $guest0.0))
  (func $i0.f0 (param "p0" u32)
      (canon lift (core func $i0.guest "f0") (post-return (core func $i0.guest "post0"))))
  (func $i0.log-count (result u32) (canon lift (core func $i0.guest "log-count")))
  (func $i0.log-entry (param "i" u32) (result u64) (canon lift (core func $i0.guest "log-entry")))
  (func $i0.log-digest (result u64) (canon lift (core func $i0.guest "log-digest")))
  (export "e0" (func $i0.f0))
  (export "root-log-count" (func $i0.log-count))
  (export "root-log-entry" (func $i0.log-entry))
  (export "root-log-digest" (func $i0.log-digest)))

(component instance $run0 $D0)
(assert_trap (invoke "e0" (u32.const 1)) "out of bounds memory access") ;; memory-out-of-bounds
