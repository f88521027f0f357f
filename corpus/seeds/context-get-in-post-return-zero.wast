;; A case that factfuzz made: case 42 of seed 778.
;; factfuzz 0.1.0, wasmtime 50.0.1, wasm-tools 1.262.0.0, hypothesis 6.170.15
;; features: context: get in post-return, zero; context: get in start, zero
;; factfuzz-case: {"origin":{"seed":778,"number":42,"versions":{"factfuzz":"0.1.0","wasmtime":"50.0.1","wasm-tools":"1.262.0.0","hypothesis":"6.170.15"},"features":["context: get in post-return, zero","context: get in start, zero"]}}
;; factfuzz-blueprint: {"is":"graphs","body":[["built-in",3,"context.get",null],["module",7,{"imports":[["c0","p","c0",["func",[],["i32"]]]],"functions":[{"name":"f0","number":1,"type":["func",["i32"],[]],"steps":[["call","c0",[],""]],"returns":["const",0]},{"name":"start","number":2,"type":["func",[],[]],"steps":[["call","f0",[["const",4660]],""]],"returns":["const",0]}],"exports":[["f0","func","f0"]],"start":"start"}],["parts",8,[["c0","func",3]]],["core-instance",9,7,[["p",8]]],["core-alias",10,"func",9,"f0"],["lift",12,[[],"u32"],3,null,null,10,null],["export",13,"f1","func",12]],"calls":[["f1",[[],"u32"],[]]]}

(component definition $root
  (core func $core-func3 (canon context.get i32 0))
  (core module $module7
    (import "p" "c0" (func $c0 (result i32)))
    (func $f0 (param i32)
      (local $0s i32)
      (local.set $0s (call $c0)))
    (func $start
      (call $f0 (i32.const 4660)))
    (export "f0" (func $f0))
    (start $start))
  (core instance $core8 (export "c0" (func $core-func3)))
  (core instance $core9 (instantiate $module7 (with "p" (instance $core8))))
  (alias core export $core9 "f0" (core func $core-func10))
  (func $func12 (result u32) (canon lift (core func $core-func3) (post-return $core-func10)))
  (export $func13 "f1" (func $func12)))

(component instance $run0 $root)
(assert_return (invoke "f1") (u32.const 0))
