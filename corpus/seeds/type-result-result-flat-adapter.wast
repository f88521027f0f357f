;; A case that factfuzz made: case 410 of seed 778.
;;
;; wasmtime's script runner cannot run this file, `factfuzz run` can: the component imports functions of the host
;; factfuzz-case: {"origin":{"seed":778,"number":410,"versions":{},"features":["type: result result flat, adapter"]},"host":[[["host0","f"],{"is":"echo","index":0}]]}
;; factfuzz-blueprint: {"is":"graphs","body":[["import",6,"host0",["instance",[["f",["func",[[["result",null,null]],["result",null,null]]]]]]],["alias",7,"func",6,"f"],["lower",10,7,null,null,null],["lift",15,[[["result",null,null]],["result",null,null]],10,null,null,null,null],["lower",24,15,null,null,null],["module",25,{"imports":[["c0","p","c0",["func",["i32"],["i32"]]]],"functions":[{"name":"run","number":3,"type":["func",["i32"],["i32"]],"steps":[["call","c0",[["const",0]],""]],"returns":["const",1]}],"exports":[["run","func","run"]]}],["parts",26,[["c0","func",24]]],["core-instance",27,25,[["p",26]]],["core-alias",28,"func",27,"run"],["lift",29,[["u32"],"u32"],28,null,null,null,null],["export",30,"f0","func",29]],"calls":[["f0",[["u32"],"u32"],[2]]],"host":[[["host0","f"],{"is":"echo","index":0}]]}

(component definition $root
  (import "host0" (instance $instance6 (export "f" (func (param "p0" (result)) (result (result))))))
  (alias export $instance6 "f" (func $func7))
  (core func $core-func10 (canon lower (func $func7)))
  (func $func15 (param "p0" (result)) (result (result)) (canon lift (core func $core-func10)))
  (core func $core-func24 (canon lower (func $func15)))
  (core module $module25
    (import "p" "c0" (func $c0 (param i32) (result i32)))
    (func $run (param i32) (result i32)
      (local $0s i32)
      (local.set $0s (call $c0 (i32.const 0)))
      (i32.const 1))
    (export "run" (func $run)))
  (core instance $core26 (export "c0" (func $core-func24)))
  (core instance $core27 (instantiate $module25 (with "p" (instance $core26))))
  (alias core export $core27 "run" (core func $core-func28))
  (func $func29 (param "p0" u32) (result u32) (canon lift (core func $core-func28)))
  (export $func30 "f0" (func $func29)))

(component instance $run0 $root)
(assert_return (invoke "f0" (u32.const 2)) (u32.const 1))
