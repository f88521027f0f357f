;; A case that factfuzz made: case 667 of seed 777.
;; factfuzz 0.1.0, wasmtime 50.0.1, wasm-tools 1.262.0.0, hypothesis 6.170.15
;; features: call: host import from post-return; role: post-return is a host lower; trap: cannot-leave by host lower
;;   in post-return
;; wasmtime's script runner cannot run this file, `factfuzz run` can: the component imports functions of the host
;; factfuzz-case: {"origin":{"seed":777,"number":667,"versions":{"factfuzz":"0.1.0","wasmtime":"50.0.1","wasm-tools":"1.262.0.0","hypothesis":"6.170.15"},"features":["call: host import from post-return","role: post-return is a host lower","trap: cannot-leave by host lower in post-return","value: u32 greatest"]},"host":[[["host0"],{"is":"constant","type":null,"image":0}]]}
;; factfuzz-blueprint: {"is":"graphs","body":[["module",2,{"functions":[{"name":"f0","number":0,"type":["func",["i32"],["i32"]],"returns":["const",0]}],"exports":[["f0","func","f0"]]}],["core-instance",3,2,[]],["import",4,"host0",["func",[["u32"],null]]],["lower",5,4,null,null,null],["core-alias",6,"func",3,"f0"],["lift",7,[["u32"],"u32"],6,null,null,5,null],["export",8,"f0","func",7]],"calls":[["f0",[["u32"],"u32"],[4294967295]]],"host":[[["host0"],{"is":"constant","type":null,"image":0}]]}

(component definition $root
  (core module $module2
    (func $f0 (param i32) (result i32)
      (i32.const 0))
    (export "f0" (func $f0)))
  (core instance $core3 (instantiate $module2))
  (import "host0" (func $func4 (param "p0" u32)))
  (core func $core-func5 (canon lower (func $func4)))
  (alias core export $core3 "f0" (core func $core-func6))
  (func $func7 (param "p0" u32) (result u32) (canon lift (core func $core-func6) (post-return $core-func5)))
  (export $func8 "f0" (func $func7)))

(component instance $run0 $root)
(assert_trap (invoke "f0" (u32.const 4294967295)) "cannot leave component instance") ;; cannot-leave
