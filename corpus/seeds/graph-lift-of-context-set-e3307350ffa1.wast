;; A case that factfuzz made: case 4360 of seed 778.
;;
;; features: handle: resource.rep of own; role: callee is context.set
;; factfuzz-case: {"origin":{"seed":778,"number":4360,"versions":{},"features":["graph: lift of context.set","handle: resource.rep of own","role: callee is context.set"]}}
;; factfuzz-blueprint: {"is":"graphs","body":[["built-in",1,"context.set",null],["lift",2,[["u32"],null],1,null,null,null,null],["resource-type",3,null],["built-in",4,"resource.new",3],["built-in",5,"resource.rep",3],["module",8,{"imports":[["c0","p","c0",["func",["i32"],["i32"]]],["c1","p","c1",["func",["i32"],["i32"]]]],"functions":[{"name":"f0","number":0,"type":["func",["i32"],["i32"]],"steps":[["call","c0",[["const",4660]],""],["call","c1",[["result",0]],""]],"returns":["const",7]}],"exports":[["f0","func","f0"]]}],["parts",9,[["c0","func",4],["c1","func",5]]],["core-instance",10,8,[["p",9]]],["core-alias",11,"func",10,"f0"],["lift",12,[["u32"],"u32"],11,null,null,null,null],["export",13,"f0","func",12],["export",15,"f2","func",2]],"calls":[["f0",[["u32"],"u32"],[1]],["f2",[["u32"],null],[1]]]}

(component definition $root
  (core func $core-func1 (canon context.set i32 0))
  (func $func2 (param "p0" u32) (canon lift (core func $core-func1)))
  (type $type3 (resource (rep i32)))
  (core func $core-func4 (canon resource.new $type3))
  (core func $core-func5 (canon resource.rep $type3))
  (core module $module8
    (import "p" "c0" (func $c0 (param i32) (result i32)))
    (import "p" "c1" (func $c1 (param i32) (result i32)))
    (func $f0 (param i32) (result i32)
      (local $0s i32)
      (local $1s i32)
      (local.set $0s (call $c0 (i32.const 4660)))
      (local.set $1s (call $c1 (local.get $0s)))
      (i32.const 7))
    (export "f0" (func $f0)))
  (core instance $core9 (export "c0" (func $core-func4)) (export "c1" (func $core-func5)))
  (core instance $core10 (instantiate $module8 (with "p" (instance $core9))))
  (alias core export $core10 "f0" (core func $core-func11))
  (func $func12 (param "p0" u32) (result u32) (canon lift (core func $core-func11)))
  (export $func13 "f0" (func $func12))
  (export $func15 "f2" (func $func2)))

(component instance $run0 $root)
(assert_return (invoke "f0" (u32.const 1)) (u32.const 7))
(assert_return (invoke "f2" (u32.const 1)))
