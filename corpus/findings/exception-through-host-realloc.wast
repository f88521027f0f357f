;; wasmtime 50.0.1 differs: an exception that a realloc throws while the result of a host function is lowered passes the host and
;; reaches the component's own handler, which here is `unreachable`. The specification traps where it leaves the realloc. In
;; fused adapters wasmtime does trap.
;; CanonicalABI.md: Lifting and Lowering Context (reallocate is a canon lift of the realloc), canon lift (call_and_trap_on_throw).
;; Upstream: bytecodealliance/wasmtime#13613, which made exceptions trap in fused adapters.
;; A case that factfuzz made: case 11894 of seed 601.
;; factfuzz 0.1.0, wasmtime 50.0.1, wasm-tools 1.262.0.0, hypothesis 6.170.15
;; run with --reentrance free
;; features: call: 1 deep; call: 2 deep; call: host import from callee; call: realloc ends by an exception; call:
;;   the host calls a function of the root; memory: i32, host import; role: callee is core code; role: realloc is
;;   core code; string: host to utf8, copied; string: host to utf8, empty; trap: uncaught-exception in realloc
;; disagreement: call 0, e0()
;;   reference, compiled  trapped: uncaught-exception
;;   native               trapped: unreachable (wasm trap: wasm `unreachable` instruction executed)
;; wasmtime's script runner cannot run this file, `factfuzz run` can: the component imports functions of the host
;; factfuzz-case: {"origin":{"seed":601,"number":11894,"versions":{"factfuzz":"0.1.0","wasmtime":"50.0.1","wasm-tools":"1.262.0.0","hypothesis":"6.170.15"},"features":["call: 1 deep","call: 2 deep","call: host import from callee","call: realloc ends by an exception","call: the host calls a function of the root","flat: 0 params, export","flat: 0 params, host import","flat: 0 results, export","flat: 2 results, host import","graph: a core instance imports a func","graph: a core instance imports a table","graph: adapter modules: 0","graph: component instances: 1","graph: core instances in one component: 3","graph: exported function of the root","graph: host import function","graph: lowered functions put into a table","graph: nested 0 deep","memory: i32, host import","role: callee is core code","role: realloc is core code","string: host to utf8, copied","string: host to utf8, empty","trap: uncaught-exception in realloc","type: string result in memory, host import"],"verdict":["disagreement: call 0, e0()","  reference, compiled  trapped: uncaught-exception","  native               trapped: unreachable (wasm trap: wasm `unreachable` instruction executed)"],"reentrance":"free"},"log_prefixes":["root"],"host":[[["h0"],{"is":"constant","type":"string","image":""}]]}
;; factfuzz-blueprint: {"definitions":[{"imports":[{"name":"h0","signature":[[],"string"]}],"items":[{"is":"guest","imports":[{"ref":["import",0,[]],"signature":[[],"string"]}],"functions":[{"signature":[[],null],"steps":[{"callee":0,"guarded":true}]}],"lowering":"indirect"}],"exports":[["e0",["item",0,["f0"]]]]}],"host":[[["h0"],{"is":"constant","type":"string","image":""}]],"calls":[["e0",[]]],"hostile":[{"is":"fault","place":[0,0,-1],"where":"realloc","kind":"throw"}]}

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
    (global $next (mut i32) (i32.const 0x5010))
    (global $limit (mut i32) (i32.const 0x1e000))
    (func $alloc (export "alloc") (param $old i32) (param $old_size i32) (param $align i32) (param $size i32) (result i32)
      (local $ptr i32)
      (local.set $ptr (i32.and (i32.sub (i32.add (global.get $next) (local.get $align)) (i32.const 1))
        (i32.sub (i32.const 0) (local.get $align))))
      (if (i32.gt_u (i32.add (local.get $ptr) (local.get $size)) (global.get $limit)) (then
        (local.set $ptr (i32.shl (memory.size) (i32.const 16)))
        (drop (memory.grow (i32.add (i32.shr_u (local.get $size) (i32.const 16)) (i32.const 1))))
        (global.set $limit (i32.shl (memory.size) (i32.const 16)))))
      (global.set $next (i32.add (local.get $ptr) (local.get $size)))
      (memory.copy (local.get $ptr) (local.get $old)
        (select (local.get $old_size) (local.get $size) (i32.lt_u (local.get $old_size) (local.get $size))))
      (local.get $ptr))
    (tag $hostile.thrown)
    (func $realloc (export "realloc") (param $old i32) (param $old_size i32) (param $align i32) (param $size i32) (result i32)
      (local $ptr i32)
      (call $log (i64.const 0x300000000))
      (call $log (i64.extend_i32_u (local.get $old)))
      (call $log (i64.extend_i32_u (local.get $old_size)))
      (call $log (i64.extend_i32_u (local.get $align)))
      (call $log (i64.extend_i32_u (local.get $size)))
      (throw $hostile.thrown)
      (local.set $ptr (call $alloc (local.get $old) (local.get $old_size) (local.get $align) (local.get $size)))
      (local.get $ptr))
    (func $f0 (export "f0")
      (call $log (i64.const 0x100000000))
      (block $passed (block $caught (try_table (catch_all $caught)
      (call $c0 (i32.const 0x5000))
      (call $log (i64.const 0x200000000))
      (call $string.0 (i32.load offset=0 (i32.const 0x5000)) (i32.load offset=4 (i32.const 0x5000)))
      (br $passed)))
      (unreachable)))
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
    (func $string.0 (param $at i32) (param $units i32)
      (call $log (i64.extend_i32_u (local.get $units)))
      (call $log.bytes (local.get $at) (local.get $units))))
  (core module $shim0.0
    (table (export "table") 1 1 funcref)
    (func (export "c0") (param i32)
      (call_indirect (param i32) (local.get 0) (i32.const 0))))
  (core module $fixup0.0
    (import "" "c0" (func $c0 (param i32)))
    (import "" "table" (table 1 1 funcref))
    (elem (i32.const 0) func $c0))
  (import "h0" (func $import0 (result string)))
  (core instance $i0.shim (instantiate $shim0.0))
  (core instance $i0.guest (instantiate $guest0.0 (with "dep" (instance $i0.shim))))
  (func $i0.f0
      (canon lift (core func $i0.guest "f0")))
  (func $i0.log-count (result u32) (canon lift (core func $i0.guest "log-count")))
  (func $i0.log-entry (param "i" u32) (result u64) (canon lift (core func $i0.guest "log-entry")))
  (func $i0.log-digest (result u64) (canon lift (core func $i0.guest "log-digest")))
  (core func $i0.c0 (canon lower (func $import0) (memory (core memory $i0.guest "memory")) (realloc (core func $i0.guest "realloc"))))
  (core instance $i0.fixup (instantiate $fixup0.0 (with "" (instance (export "c0" (func $i0.c0)) (export "table" (table $i0.shim "table"))))))
  (export "e0" (func $i0.f0))
  (export "root-log-count" (func $i0.log-count))
  (export "root-log-entry" (func $i0.log-entry))
  (export "root-log-digest" (func $i0.log-digest)))

(component instance $run0 $D0)
(assert_trap (invoke "e0") "exception") ;; uncaught-exception
