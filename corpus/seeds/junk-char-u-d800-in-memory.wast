;; A case that factfuzz made: case 3460 of seed 777.
;; factfuzz 0.1.0, wasmtime 50.0.1, wasm-tools 1.262.0.0, hypothesis 6.170.15
;; features: junk: char U+D800, in memory
;; wasmtime's script runner cannot run this file, `factfuzz run` can: the component imports functions of the host
;; factfuzz-case: {"origin":{"seed":777,"number":3460,"versions":{"factfuzz":"0.1.0","wasmtime":"50.0.1","wasm-tools":"1.262.0.0","hypothesis":"6.170.15"},"features":["junk: char U+D800, in memory","type: u16 result memory payload, host import"]},"log_prefixes":["root"],"host":[[["h0"],{"is":"constant","type":["variant",["char","u16"]],"image":[1,1]}]],"types":{"e0":"func() -> variant { c0(char), c1(u16) }"}}
;; factfuzz-blueprint: {"definitions":[{"imports":[{"name":"h0","signature":[[],["variant",["char","u16"]]]}],"items":[{"is":"guest","imports":[{"ref":["import",0,[]],"signature":[[],["variant",["char","u16"]]]}],"functions":[{"signature":[[],["variant",["char","u16"]]],"steps":[{"callee":0}],"returns":{"is":"result","step":0}}],"memory":"imported"}],"exports":[["e0",["item",0,["f0"]]]]}],"host":[[["h0"],{"is":"constant","type":["variant",["char","u16"]],"image":[1,1]}]],"calls":[["e0",[]]],"hostile":[{"is":"damaged","place":[0,0,0],"step":-1,"argument":0,"image":[0,97],"path":[0],"damage":"bits","number":55296}]}

(component definition $D0
  (core module $guest0.0
    (import "dep" "c0" (func $c0 (param i32)))
    (import "runtime" "memory" (memory 2))
    (import "runtime" "log" (func $log (param i64)))
    (func $f0 (export "f0") (result i32)
      (call $log (i64.const 0x100000000))
      (call $c0 (i32.const 0x5000))
      (call $log (i64.const 0x200000000))
      (call $memory.0 (i32.const 0x5000))
      (i32.const 0x5008))
    (func $memory.0 (param $at i32)
      (call $log (i64.extend_i32_u (i32.load8_u offset=0 (local.get $at))))
      (call $log (i64.extend_i32_u (i32.load8_u offset=1 (local.get $at))))
      (call $log (i64.extend_i32_u (i32.load8_u offset=2 (local.get $at))))
      (call $log (i64.extend_i32_u (i32.load8_u offset=3 (local.get $at))))
      (if (i32.eq (i32.load8_u offset=0 (local.get $at)) (i32.const 1)) (then (call $log (i64.extend_i32_u (i32.load16_u offset=4 (local.get $at))))) (else (if (i32.eq (i32.load8_u offset=0 (local.get $at)) (i32.const 0)) (then (call $log (i64.extend_i32_u (i32.load offset=4 (local.get $at)))))))))
    (data (i32.const 0x500d) "\d8"))
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
  (type $D0.v0.is (variant (case "c0" char) (case "c1" u16)))
  (import "t0" (type $D0.v0 (eq $D0.v0.is)))
  (import "h0" (func $import0 (result $D0.v0)))
  (core instance $i0.runtime (instantiate $runtime0.0))
  (core func $i0.c0 (canon lower (func $import0) (memory (core memory $i0.runtime "memory"))))
  (core instance $i0.guest (instantiate $guest0.0 (with "runtime" (instance $i0.runtime)) (with "dep" (instance (export "c0" (func $i0.c0))))))
  (func $i0.f0 (result $D0.v0)
      (canon lift (core func $i0.guest "f0") (memory (core memory $i0.runtime "memory"))))
  (func $i0.log-count (result u32) (canon lift (core func $i0.runtime "log-count")))
  (func $i0.log-entry (param "i" u32) (result u64) (canon lift (core func $i0.runtime "log-entry")))
  (func $i0.log-digest (result u64) (canon lift (core func $i0.runtime "log-digest")))
  (export "e0" (func $i0.f0) (func (result $D0.v0)))
  (export "root-log-count" (func $i0.log-count))
  (export "root-log-entry" (func $i0.log-entry))
  (export "root-log-digest" (func $i0.log-digest)))

(component instance $run0 $D0)
(assert_trap (invoke "e0") "`char`") ;; invalid-char at result.c0
