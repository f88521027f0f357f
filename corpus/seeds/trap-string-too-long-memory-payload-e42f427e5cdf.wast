;; A case that factfuzz made: case 1388 of seed 777.
;;
;; features: trap: string-too-long, memory payload
;; factfuzz-case: {"origin":{"seed":777,"number":1388,"versions":{},"features":["trap: string-too-long, memory payload"]},"log_prefixes":["root"],"types":{"e0":"func() -> variant { c0(string) }"}}
;; factfuzz-blueprint: {"definitions":[{"items":[{"is":"guest","functions":[{"signature":[[],["variant",["string"]]],"returns":{"is":"const","type":["variant",["string"]],"image":[0,""]}}]}],"exports":[["e0",["item",0,["f0"]]]]}],"calls":[["e0",[]]],"hostile":[{"is":"damaged","place":[0,0,0],"step":-1,"argument":0,"image":[0,""],"path":[0],"damage":"tag"}]}

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
    (func $f0 (export "f0") (result i32)
      (call $log (i64.const 0x100000000))
      (i32.const 0x5000))
    (data (i32.const 0x5004) "\0cP\00\00\00\00\00\80"))
  (type $D0.v0.is (variant (case "c0" string)))
  (export $D0.v0 "t0" (type $D0.v0.is))
  (core instance $i0.guest (instantiate $guest0.0))
  (func $i0.f0 (result $D0.v0)
      (canon lift (core func $i0.guest "f0") (memory (core memory $i0.guest "memory"))))
  (func $i0.log-count (result u32) (canon lift (core func $i0.guest "log-count")))
  (func $i0.log-entry (param "i" u32) (result u64) (canon lift (core func $i0.guest "log-entry")))
  (func $i0.log-digest (result u64) (canon lift (core func $i0.guest "log-digest")))
  (export "e0" (func $i0.f0) (func (result $D0.v0)))
  (export "root-log-count" (func $i0.log-count))
  (export "root-log-entry" (func $i0.log-entry))
  (export "root-log-digest" (func $i0.log-digest)))

(component instance $run0 $D0)
(assert_trap (invoke "e0") "string") ;; string-too-long at result.c0
