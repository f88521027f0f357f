;; A case that factfuzz made: case 5823 of seed 2026.
;;
;; features: junk: in an unused slot
;; wasmtime's script runner cannot run this file, `factfuzz run` can: the component imports functions of the host
;; factfuzz-case: {"origin":{"seed":2026,"number":5823,"versions":{},"features":["junk: in an unused slot","type: u8 result flat, adapter","type: u8 result flat, host import"]},"log_prefixes":["c1"],"host":[[["host0","f0"],{"is":"constant","type":"u8","image":1}]]}
;; factfuzz-blueprint: {"definitions":[{"home":1,"imports":[{"name":"in0","signature":[[["variant",[["tuple",["f64","f32"]],"f32"]]],"u8"]}],"items":[{"is":"guest","imports":[{"ref":["import",0,[]],"signature":[[["variant",[["tuple",["f64","f32"]],"f32"]]],"u8"]}],"functions":[{"signature":[[],null],"steps":[{"callee":0,"args":[{"is":"const","type":["variant",[["tuple",["f64","f32"]],"f32"]],"image":[1,1]}]}]}]}],"exports":[["f0",["item",0,["f0"]]]]},{"imports":[{"name":"host0","members":[["f0",[[["variant",[["tuple",["f64","f32"]],"f32"]]],"u8"]]]}],"items":[{"is":"relift","ref":["import",0,["f0"]],"signature":[[["variant",[["tuple",["f64","f32"]],"f32"]]],"u8"]},{"is":"child","definition":0,"args":[["item",0,[]]]}],"exports":[["f0",["item",1,["f0"]]]]}],"host":[[["host0","f0"],{"is":"constant","type":"u8","image":1}]],"calls":[["f0",[]]],"hostile":[{"is":"spilled-padding","place":[0,0,0],"step":0}]}

(component definition $D1
  (type $D1.v0 (tuple f64 f32))
  (type $D1.v1.is (variant (case "c0" $D1.v0) (case "c1" f32)))
  (import "t1" (type $D1.v1 (eq $D1.v1.is)))
  (component $D0
    (core module $guest0.0
      (import "dep" "c0" (func $c0 (param i32 i64 f32) (result i32)))
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
        (local $r0 i32)
        (call $log (i64.const 0x100000000))
        (local.set $r0 (call $c0 (i32.const 0x1) (i64.const 0xffffffff00000001) (f32.const -nan:0x7fffff)))
        (call $log (i64.const 0x200000000))
        (call $log (i64.extend_i32_u (local.get $r0)))))
    (type $D0.v0 (tuple f64 f32))
    (type $D0.v1.is (variant (case "c0" $D0.v0) (case "c1" f32)))
    (import "t1" (type $D0.v1 (eq $D0.v1.is)))
    (import "in0" (func $import0 (param "p0" $D0.v1) (result u8)))
    (core func $i0.c0 (canon lower (func $import0)))
    (core instance $i0.guest (instantiate $guest0.0 (with "dep" (instance (export "c0" (func $i0.c0))))))
    (func $i0.f0
        (canon lift (core func $i0.guest "f0")))
    (func $i0.log-count (result u32) (canon lift (core func $i0.guest "log-count")))
    (func $i0.log-entry (param "i" u32) (result u64) (canon lift (core func $i0.guest "log-entry")))
    (func $i0.log-digest (result u64) (canon lift (core func $i0.guest "log-digest")))
    (export "f0" (func $i0.f0))
    (export "log-count" (func $i0.log-count))
    (export "log-entry" (func $i0.log-entry))
    (export "log-digest" (func $i0.log-digest)))
  (import "host0" (instance $import0 (export "f0" (func (param "p0" $D1.v1) (result u8)))))
  (core func $i0.lowered (canon lower (func $import0 "f0")))
  (func $i0 (param "p0" $D1.v1) (result u8) (canon lift (core func $i0.lowered)))
  (instance $i1 (instantiate $D0 (with "t1" (type $D1.v1)) (with "in0" (func $i0))))
  (export "f0" (func $i1 "f0"))
  (export "c1-log-count" (func $i1 "log-count"))
  (export "c1-log-entry" (func $i1 "log-entry"))
  (export "c1-log-digest" (func $i1 "log-digest")))

(component instance $run0 $D1)
(assert_return (invoke "f0"))
(assert_return (invoke "c1-log-count") (u32.const 3))
(assert_return (invoke "c1-log-entry" (u32.const 1)) (u64.const 0x200000000))
(assert_return (invoke "c1-log-entry" (u32.const 2)) (u64.const 0x1))
