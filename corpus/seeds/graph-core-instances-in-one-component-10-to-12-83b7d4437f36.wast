;; factfuzz 0.1.0, wasmtime 50.0.1, wasm-tools 1.262.0.0, hypothesis 6.170.15
;; features: realloc: again, grows in place, host import result
;; wasmtime's script runner cannot run this file, `factfuzz run` can: the component imports functions of the host
;; factfuzz-case: {"origin":{"versions":{"factfuzz":"0.1.0","wasmtime":"50.0.1","wasm-tools":"1.262.0.0","hypothesis":"6.170.15"},"features":["graph: core instances in one component: 10 to 12","realloc: again, grows in place, host import result"]},"log_prefixes":["root"],"host":[[["host0"],{"is":"constant","type":"string","image":"hé😀"}]]}
;; factfuzz-blueprint: {"is":"graphs","body":[["import",1,"host0",["func",[[],"string"]]],["module",2,{"own":[["m",["memory"]]],"exports":[["m","memory","m"]]}],["core-instance",3,2,[]],["module",4,{"imports":[["log","log","log",["func",["i64"],[]]]],"functions":[{"name":"f0","number":0,"type":["func",["i32","i32","i32","i32"],["i32"]],"returns":["const",0],"allocates":true}],"exports":[["f0","func","f0"]]}],["core-instance",5,4,[["log",0]]],["core-alias",6,"memory",3,"m"],["core-alias",7,"func",5,"f0"],["lower",8,1,6,7,"latin1+utf16"],["module",10,{}],["core-instance",11,10,[]],["module",13,{}],["core-instance",14,13,[]],["module",16,{}],["core-instance",17,16,[]],["module",20,{"imports":[["c0","p","c0",["func",["i32"],[]]]],"functions":[{"name":"f0","number":6,"type":["func",["i32"],["i32"]],"returns":["const",1]},{"name":"start","number":7,"type":["func",[],[]],"steps":[["call","c0",[["const",1024]],""]],"returns":["const",0]}],"exports":[["f0","func","f0"]],"start":"start"}],["parts",21,[["c0","func",8]]],["core-instance",22,20,[["p",21]]],["core-alias",23,"func",22,"f0"],["module",25,{}],["core-instance",28,25,[]],["module",29,{}],["core-instance",30,29,[]],["module",31,{"imports":[["e1","p","e1",["func",["i32"],["i32"]]]]}],["parts",34,[["e1","func",23]]],["core-instance",35,31,[["p",34]]]],"host":[[["host0"],{"is":"constant","type":"string","image":"hé😀"}]]}

(component definition $root
  (core module $Log
    (memory 1)
    (global $count (mut i32) (i32.const 0))
    (global $digest (mut i64) (i64.const 0x9e3779b97f4a7c15))
    (func (export "log") (param i64)
      (i64.store (i32.shl (i32.and (global.get $count) (i32.const 2047)) (i32.const 3)) (local.get 0))
      (global.set $count (i32.add (global.get $count) (i32.const 1)))
      (global.set $digest (i64.mul (i64.xor (i64.rotl (global.get $digest) (i64.const 5)) (local.get 0))
        (i64.const 0x100000001b3))))
    (func (export "log-count") (result i32) (global.get $count))
    (func (export "log-entry") (param i32) (result i64)
      (i64.load (i32.shl (i32.and (local.get 0) (i32.const 2047)) (i32.const 3))))
    (func (export "log-digest") (result i64) (global.get $digest)))
  (core instance $log (instantiate $Log))
  (import "host0" (func $func1 (result string)))
  (core module $module2
    (memory $m 1)
    (data (memory $m) (i32.const 0x100) "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789..")
    (data (memory $m) (i32.const 0x180) "\00\01\00\00\04\00\00\00\10\01\00\00\00\00\00\00\20\01\00\00\0a\00\00\00\30\01\00\00\02\00\00\00\01\00\00\00\07\00\00\00\08\00\00\00\00\00\00\00")
    (export "m" (memory $m)))
  (core instance $core3 (instantiate $module2))
  (core module $module4
    (import "log" "log" (func $log (param i64)))
    (global $next (mut i32) (i32.const 0x1000))
    (func $f0 (param i32 i32 i32 i32) (result i32)
      (call $log (i64.const 0x100000000))
      (call $log (i64.extend_i32_u (local.get 0)))
      (call $log (i64.extend_i32_u (local.get 1)))
      (call $log (i64.extend_i32_u (local.get 2)))
      (call $log (i64.extend_i32_u (local.get 3)))
      (if (local.get 0) (then
        (global.set $next (i32.add (local.get 0) (local.get 3)))
        (return (local.get 0))))
      (global.set $next (i32.and (i32.sub (i32.add (global.get $next) (local.get 2)) (i32.const 1))
        (i32.sub (i32.const 0) (local.get 2))))
      (i32.and (global.get $next) (i32.const 0x7fff))
      (global.set $next (i32.add (global.get $next) (local.get 3))))
    (export "f0" (func $f0)))
  (core instance $core5 (instantiate $module4 (with "log" (instance $log))))
  (alias core export $core3 "m" (core memory $core-memory6))
  (alias core export $core5 "f0" (core func $core-func7))
  (core func $core-func8 (canon lower (func $func1) string-encoding=latin1+utf16 (memory $core-memory6) (realloc $core-func7)))
  (core module $module10)
  (core instance $core11 (instantiate $module10))
  (core module $module13)
  (core instance $core14 (instantiate $module13))
  (core module $module16)
  (core instance $core17 (instantiate $module16))
  (core module $module20
    (import "p" "c0" (func $c0 (param i32)))
    (func $f0 (param i32) (result i32)
      (i32.const 1))
    (func $start
      (call $c0 (i32.const 1024)))
    (export "f0" (func $f0))
    (start $start))
  (core instance $core21 (export "c0" (func $core-func8)))
  (core instance $core22 (instantiate $module20 (with "p" (instance $core21))))
  (alias core export $core22 "f0" (core func $core-func23))
  (core module $module25)
  (core instance $core28 (instantiate $module25))
  (core module $module29)
  (core instance $core30 (instantiate $module29))
  (core module $module31
    (import "p" "e1" (func $e1 (param i32) (result i32))))
  (core instance $core34 (export "e1" (func $core-func23)))
  (core instance $core35 (instantiate $module31 (with "p" (instance $core34))))
  (func (export "root-log-count") (result u32) (canon lift (core func $log "log-count")))
  (func (export "root-log-entry") (param "i" u32) (result u64) (canon lift (core func $log "log-entry")))
  (func (export "root-log-digest") (result u64) (canon lift (core func $log "log-digest"))))

(component instance $run0 $root)
