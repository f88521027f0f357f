;; A case that factfuzz made: case 4874 of seed 778.
;;
;; features: call: adapter from post-return
;; wasmtime's script runner cannot run this file, `factfuzz run` can: the component imports functions of the host
;; factfuzz-case: {"origin":{"seed":778,"number":4874,"versions":{},"features":["call: adapter from post-return"]},"host":[[["host0"],{"is":"echo","index":0}]]}
;; factfuzz-blueprint: {"is":"graphs","body":[["import",3,"host0",["func",[["u32"],"u32"]]],["lower",4,3,null,null,null],["module",5,{"functions":[{"name":"f0","number":0,"type":["func",["i32"],[]],"returns":["const",0]}],"exports":[["f0","func","f0"]]}],["core-instance",6,5,[]],["core-alias",7,"func",6,"f0"],["lift",8,[["u32"],null],7,null,null,null,null],["lower",13,8,null,null,null],["lift",14,[["u32"],"u32"],4,null,null,13,null],["export",15,"f0","func",14]],"calls":[["f0",[["u32"],"u32"],[0]]],"host":[[["host0"],{"is":"echo","index":0}]]}

(component definition $root
  (import "host0" (func $func3 (param "p0" u32) (result u32)))
  (core func $core-func4 (canon lower (func $func3)))
  (core module $module5
    (func $f0 (param i32))
    (export "f0" (func $f0)))
  (core instance $core6 (instantiate $module5))
  (alias core export $core6 "f0" (core func $core-func7))
  (func $func8 (param "p0" u32) (canon lift (core func $core-func7)))
  (core func $core-func13 (canon lower (func $func8)))
  (func $func14 (param "p0" u32) (result u32) (canon lift (core func $core-func4) (post-return $core-func13)))
  (export $func15 "f0" (func $func14)))

(component instance $run0 $root)
(assert_trap (invoke "f0" (u32.const 0)) "cannot leave component instance") ;; cannot-leave
