;; A case that factfuzz made: case 2972 of seed 778.
;;
;; wasmtime's script runner cannot run this file, `factfuzz run` can: the component imports functions of the host; a
;;   float is passed or returned at the top level, where it reads floats as core values
;; factfuzz-case: {"origin":{"seed":778,"number":2972,"versions":{},"features":["type: u64 result flat, host import","value: f64 infinity","value: u64 greatest"]},"log_prefixes":["root"],"host":[[["h0"],{"is":"constant","type":"u64","image":1}]]}
;; factfuzz-blueprint: {"definitions":[{"imports":[{"name":"h0","signature":[["u64","f64"],"u64"]}],"items":[{"is":"guest","imports":[{"ref":["import",0,[]],"signature":[["u64","f64"],"u64"]}],"functions":[{"signature":[["u64","f64"],"u64"],"steps":[{"callee":0,"args":[{"is":"param","index":0},{"is":"param","index":1}]}],"returns":{"is":"result","step":0}}]}],"exports":[["e0",["item",0,["f0"]]]]}],"host":[[["h0"],{"is":"constant","type":"u64","image":1}]],"calls":[["e0",[18446744073709551615,9218868437227405312]]]}

(component definition $D0
  (core module $guest0.0
    (import "dep" "c0" (func $c0 (param i64 f64) (result i64)))
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
    (func $f0 (export "f0") (param $p0 i64) (param $p1 f64) (result i64)
      (local $r0 i64)
      (call $log (i64.const 0x100000000))
      (call $log (local.get $p0))
      (call $log.f64 (local.get $p1))
      (local.set $r0 (call $c0 (local.get $p0) (local.get $p1)))
      (call $log (i64.const 0x200000000))
      (call $log (local.get $r0))
      (local.get $r0))
    (func $log.f64 (param $v f64)
      (call $log (select (i64.const 0x7ff8000000000000) (i64.reinterpret_f64 (local.get $v))
        (f64.ne (local.get $v) (local.get $v))))))
  (import "h0" (func $import0 (param "p0" u64) (param "p1" f64) (result u64)))
  (core func $i0.c0 (canon lower (func $import0)))
  (core instance $i0.guest (instantiate $guest0.0 (with "dep" (instance (export "c0" (func $i0.c0))))))
  (func $i0.f0 (param "p0" u64) (param "p1" f64) (result u64)
      (canon lift (core func $i0.guest "f0")))
  (func $i0.log-count (result u32) (canon lift (core func $i0.guest "log-count")))
  (func $i0.log-entry (param "i" u32) (result u64) (canon lift (core func $i0.guest "log-entry")))
  (func $i0.log-digest (result u64) (canon lift (core func $i0.guest "log-digest")))
  (export "e0" (func $i0.f0))
  (export "root-log-count" (func $i0.log-count))
  (export "root-log-entry" (func $i0.log-entry))
  (export "root-log-digest" (func $i0.log-digest)))

(component instance $run0 $D0)
(assert_return (invoke "e0" (u64.const 18446744073709551615) (f64.const inf)) (u64.const 1))
(assert_return (invoke "root-log-count") (u32.const 5))
(assert_return (invoke "root-log-entry" (u32.const 3)) (u64.const 0x200000000))
(assert_return (invoke "root-log-entry" (u32.const 4)) (u64.const 0x1))
