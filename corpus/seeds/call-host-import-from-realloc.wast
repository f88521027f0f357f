;; A case that factfuzz made: case 4546 of seed 2026.
;; factfuzz 0.1.0, wasmtime 50.0.1, wasm-tools 1.262.0.0, hypothesis 6.170.15
;; features: call: host import from realloc; role: callee is resource.new; role: realloc is a host lower; trap:
;;   cannot-leave by host lower in realloc
;; wasmtime's script runner cannot run this file, `factfuzz run` can: the component imports functions of the host
;; factfuzz-case: {"origin":{"seed":2026,"number":4546,"versions":{"factfuzz":"0.1.0","wasmtime":"50.0.1","wasm-tools":"1.262.0.0","hypothesis":"6.170.15"},"features":["call: host import from realloc","graph: lift of resource.new","role: callee is resource.new","role: realloc is a host lower","trap: cannot-leave by host lower in realloc"]},"host":[[["host0"],{"is":"echo","index":0}]],"types":{"f1":"func(p0: list<u8>)"}}
;; factfuzz-blueprint: {"is":"graphs","body":[["resource-type",7,null],["built-in",8,"resource.new",7],["lift",11,[["u32"],"u32"],8,null,null,null,null],["module",17,{"functions":[{"name":"f0","number":1,"type":["func",["i32","i32"],[]],"returns":["const",408]}],"exports":[["f0","func","f0"]]}],["core-instance",18,17,[]],["module",19,{"own":[["m",["memory"]]],"exports":[["m","memory","m"]]}],["core-instance",20,19,[]],["import",21,"host0",["func",[["u32","u32","u32","u32"],"u32"]]],["lower",22,21,null,null,null],["core-alias",23,"memory",20,"m"],["core-alias",24,"func",18,"f0"],["lift",25,[[["list","u8",null]],null],24,23,22,null,null],["export",33,"f1","func",25],["export",35,"f2","func",11]],"calls":[["f1",[[["list","u8",null]],null],[[]]],["f2",[["u32"],"u32"],[1]]],"host":[[["host0"],{"is":"echo","index":0}]]}

(component definition $root
  (type $type7 (resource (rep i32)))
  (core func $core-func8 (canon resource.new $type7))
  (func $func11 (param "p0" u32) (result u32) (canon lift (core func $core-func8)))
  (core module $module17
    (func $f0 (param i32 i32))
    (export "f0" (func $f0)))
  (core instance $core18 (instantiate $module17))
  (core module $module19
    (memory $m 1)
    (data (memory $m) (i32.const 0x100) "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789..")
    (data (memory $m) (i32.const 0x180) "\00\01\00\00\04\00\00\00\10\01\00\00\00\00\00\00\20\01\00\00\0a\00\00\00\30\01\00\00\02\00\00\00\01\00\00\00\07\00\00\00\08\00\00\00\00\00\00\00")
    (export "m" (memory $m)))
  (core instance $core20 (instantiate $module19))
  (import "host0" (func $func21 (param "p0" u32) (param "p1" u32) (param "p2" u32) (param "p3" u32) (result u32)))
  (core func $core-func22 (canon lower (func $func21)))
  (alias core export $core20 "m" (core memory $core-memory23))
  (alias core export $core18 "f0" (core func $core-func24))
  (func $func25 (param "p0" (list u8)) (canon lift (core func $core-func24) (memory $core-memory23) (realloc $core-func22)))
  (export $func33 "f1" (func $func25))
  (export $func35 "f2" (func $func11)))

(component instance $run0 $root)
(assert_trap (invoke "f1" (list.const)) "cannot leave component instance") ;; cannot-leave
(component instance $run1 $root)
(assert_return (invoke "f2" (u32.const 1)) (u32.const 1))
