;; A case that factfuzz made: case 2792 of seed 777.
;; factfuzz 0.1.0, wasmtime 50.0.1, wasm-tools 1.262.0.0, hypothesis 6.170.15
;; features: role: destructor is context.set
;; factfuzz-case: {"origin":{"seed":777,"number":2792,"versions":{"factfuzz":"0.1.0","wasmtime":"50.0.1","wasm-tools":"1.262.0.0","hypothesis":"6.170.15"},"features":["role: destructor is context.set"]}}
;; factfuzz-blueprint: {"is":"graphs","body":[["built-in",1,"context.set",null],["resource-type",2,1],["built-in",3,"resource.new",2],["built-in",5,"resource.drop",2],["module",6,{"imports":[["c0","p","c0",["func",["i32"],["i32"]]],["c2","p","c2",["func",["i32"],[]]]],"functions":[{"name":"run","number":0,"type":["func",["i32"],["i32"]],"steps":[["call","c0",[["param",0]],""],["call","c2",[["result",0]],""]],"returns":["const",0]}],"exports":[["run","func","run"]]}],["parts",7,[["c0","func",3],["c2","func",5]]],["core-instance",8,6,[["p",7]]],["core-alias",9,"func",8,"run"],["lift",10,[["u32"],"u32"],9,null,null,null,null],["export",23,"f1","func",10]],"calls":[["f1",[["u32"],"u32"],[1]]]}

(component definition $root
  (core func $core-func1 (canon context.set i32 0))
  (type $type2 (resource (rep i32) (dtor (core func $core-func1))))
  (core func $core-func3 (canon resource.new $type2))
  (core func $core-func5 (canon resource.drop $type2))
  (core module $module6
    (import "p" "c0" (func $c0 (param i32) (result i32)))
    (import "p" "c2" (func $c2 (param i32)))
    (func $run (param i32) (result i32)
      (local $0s i32)
      (local.set $0s (call $c0 (local.get 0)))
      (call $c2 (local.get $0s))
      (i32.const 0))
    (export "run" (func $run)))
  (core instance $core7 (export "c0" (func $core-func3)) (export "c2" (func $core-func5)))
  (core instance $core8 (instantiate $module6 (with "p" (instance $core7))))
  (alias core export $core8 "run" (core func $core-func9))
  (func $func10 (param "p0" u32) (result u32) (canon lift (core func $core-func9)))
  (export $func23 "f1" (func $func10)))

(component instance $run0 $root)
(assert_return (invoke "f1" (u32.const 1)) (u32.const 0))
