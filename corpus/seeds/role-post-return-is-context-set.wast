;; A case that factfuzz made: case 346 of seed 777.
;; factfuzz 0.1.0, wasmtime 50.0.1, wasm-tools 1.262.0.0, hypothesis 6.170.15
;; features: role: post-return is context.set
;; factfuzz-case: {"origin":{"seed":777,"number":346,"versions":{"factfuzz":"0.1.0","wasmtime":"50.0.1","wasm-tools":"1.262.0.0","hypothesis":"6.170.15"},"features":["role: post-return is context.set"]}}
;; factfuzz-blueprint: {"is":"graphs","body":[["module",1,{"functions":[{"name":"f0","number":0,"type":["func",[],["i32"]],"returns":["const",7]}],"exports":[["f0","func","f0"]]}],["core-instance",2,1,[]],["built-in",3,"context.set",null],["core-alias",4,"func",2,"f0"],["lift",5,[[],"u32"],4,null,null,3,null],["export",6,"f0","func",5]],"calls":[["f0",[[],"u32"],[]]]}

(component definition $root
  (core module $module1
    (func $f0 (result i32)
      (i32.const 7))
    (export "f0" (func $f0)))
  (core instance $core2 (instantiate $module1))
  (core func $core-func3 (canon context.set i32 0))
  (alias core export $core2 "f0" (core func $core-func4))
  (func $func5 (result u32) (canon lift (core func $core-func4) (post-return $core-func3)))
  (export $func6 "f0" (func $func5)))

(component instance $run0 $root)
(assert_return (invoke "f0") (u32.const 7))
