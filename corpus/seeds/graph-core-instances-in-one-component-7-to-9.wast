;; A case that factfuzz made: case 276 of seed 778.
;;
;; factfuzz-case: {"origin":{"seed":778,"number":276,"versions":{},"features":["graph: core instances in one component: 7 to 9"]},"log_prefixes":["root"]}
;; factfuzz-blueprint: {"is":"graphs","body":[["module",1,{"imports":[["log","log","log",["func",["i64"],[]]]],"functions":[{"name":"f0","number":0,"type":["func",[],[]],"returns":["const",0]}],"exports":[["f0","func","f0"]]}],["core-instance",2,1,[["log",0]]],["core-instance",3,1,[["log",0]]],["core-instance",4,1,[["log",0]]],["module",5,{}],["core-instance",8,5,[]],["module",9,{"imports":[["c1","i-c1","f0",["func",[],[]]]]}],["core-alias",10,"func",3,"f0"],["parts",11,[["c0","func",10]]],["core-instance",12,9,[["i-c1",4]]],["module",13,{"imports":[["c0","i-c0","c0",["func",[],[]]]]}],["core-instance",14,13,[["i-c0",11]]]]}

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
  (core module $module1
    (import "log" "log" (func $log (param i64)))
    (func $f0
      (call $log (i64.const 0x100000000)))
    (export "f0" (func $f0)))
  (core instance $core2 (instantiate $module1 (with "log" (instance $log))))
  (core instance $core3 (instantiate $module1 (with "log" (instance $log))))
  (core instance $core4 (instantiate $module1 (with "log" (instance $log))))
  (core module $module5)
  (core instance $core8 (instantiate $module5))
  (core module $module9
    (import "i-c1" "f0" (func $c1)))
  (alias core export $core3 "f0" (core func $core-func10))
  (core instance $core11 (export "c0" (func $core-func10)))
  (core instance $core12 (instantiate $module9 (with "i-c1" (instance $core4))))
  (core module $module13
    (import "i-c0" "c0" (func $c0)))
  (core instance $core14 (instantiate $module13 (with "i-c0" (instance $core11))))
  (func (export "root-log-count") (result u32) (canon lift (core func $log "log-count")))
  (func (export "root-log-entry") (param "i" u32) (result u64) (canon lift (core func $log "log-entry")))
  (func (export "root-log-digest") (result u64) (canon lift (core func $log "log-digest"))))

(component instance $run0 $root)
