;; A case that factfuzz made: case 5940 of seed 778.
;; factfuzz 0.1.0, wasmtime 50.0.1, wasm-tools 1.262.0.0, hypothesis 6.170.15
;; features: call: adapter from realloc; role: realloc is an adapter; trap: cannot-leave by adapter in realloc
;; factfuzz-case: {"origin":{"seed":778,"number":5940,"versions":{"factfuzz":"0.1.0","wasmtime":"50.0.1","wasm-tools":"1.262.0.0","hypothesis":"6.170.15"},"features":["call: adapter from realloc","role: realloc is an adapter","trap: cannot-leave by adapter in realloc","type: u32 result flat, adapter"]}}
;; factfuzz-blueprint: {"is":"graphs","body":[["module",5,{"functions":[{"name":"f0","number":1,"type":["func",["i32","i32","i32","i32"],["i32"]],"returns":["const",7]}],"exports":[["f0","func","f0"]]}],["core-instance",6,5,[]],["core-alias",7,"func",6,"f0"],["lift",8,[["u32","u32","u32","u32"],"u32"],7,null,null,null,null],["lower",13,8,null,null,null],["module",14,{"own":[["m1",["memory"]]],"exports":[["m1","memory","m1"]]}],["core-instance",15,14,[]],["module",20,{"functions":[{"name":"f0","number":3,"type":["func",["i32","i32"],[]],"returns":["param",0]}],"exports":[["f0","func","f0"]]}],["core-instance",21,20,[]],["core-alias",23,"memory",15,"m1"],["core-alias",24,"func",21,"f0"],["lift",25,[["string"],null],24,23,13,null,null],["parts",27,[["p1","func",13]]],["module",28,{"imports":[["c0","i-c0","p1",["func",["i32","i32","i32","i32"],["i32"]]]],"functions":[{"name":"run","number":4,"type":["func",[],[]],"steps":[["call","c0",[["param",0],["const",1],["param",0],["const",1]],""]],"returns":["const",0]}],"exports":[["run","func","run"]]}],["core-instance",29,28,[["i-c0",27]]],["core-alias",30,"func",29,"run"],["lift",31,[[],null],30,null,null,null,null],["export",32,"f0","func",31],["export",33,"f1","func",25]],"calls":[["f0",[[],null],[]],["f1",[["string"],null],[""]]]}

(component definition $root
  (core module $module5
    (func $f0 (param i32 i32 i32 i32) (result i32)
      (i32.const 7))
    (export "f0" (func $f0)))
  (core instance $core6 (instantiate $module5))
  (alias core export $core6 "f0" (core func $core-func7))
  (func $func8 (param "p0" u32) (param "p1" u32) (param "p2" u32) (param "p3" u32) (result u32) (canon lift (core func $core-func7)))
  (core func $core-func13 (canon lower (func $func8)))
  (core module $module14
    (memory $m1 1)
    (data (memory $m1) (i32.const 0x100) "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789..")
    (data (memory $m1) (i32.const 0x180) "\00\01\00\00\04\00\00\00\10\01\00\00\00\00\00\00\20\01\00\00\0a\00\00\00\30\01\00\00\02\00\00\00\01\00\00\00\07\00\00\00\08\00\00\00\00\00\00\00")
    (export "m1" (memory $m1)))
  (core instance $core15 (instantiate $module14))
  (core module $module20
    (func $f0 (param i32 i32))
    (export "f0" (func $f0)))
  (core instance $core21 (instantiate $module20))
  (alias core export $core15 "m1" (core memory $core-memory23))
  (alias core export $core21 "f0" (core func $core-func24))
  (func $func25 (param "p0" string) (canon lift (core func $core-func24) (memory $core-memory23) (realloc $core-func13)))
  (core instance $core27 (export "p1" (func $core-func13)))
  (core module $module28
    (import "i-c0" "p1" (func $c0 (param i32 i32 i32 i32) (result i32)))
    (func $run
      (local $0s i32)
      (local.set $0s (call $c0 (i32.const 0) (i32.const 1) (i32.const 0) (i32.const 1))))
    (export "run" (func $run)))
  (core instance $core29 (instantiate $module28 (with "i-c0" (instance $core27))))
  (alias core export $core29 "run" (core func $core-func30))
  (func $func31 (canon lift (core func $core-func30)))
  (export $func32 "f0" (func $func31))
  (export $func33 "f1" (func $func25)))

(component instance $run0 $root)
(assert_return (invoke "f0"))
(assert_trap (invoke "f1" (str.const "")) "cannot leave component instance") ;; cannot-leave
