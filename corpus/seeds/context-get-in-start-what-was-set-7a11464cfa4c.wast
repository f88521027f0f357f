;; A case that factfuzz made: case 566 of seed 2026.
;;
;; features: context: get in start, what was set
;; factfuzz-case: {"origin":{"seed":2026,"number":566,"versions":{},"features":["context: get in start, what was set"]}}
;; factfuzz-blueprint: {"is":"graphs","body":[["built-in",2,"context.set",null],["built-in",3,"context.get",null],["module",4,{"imports":[["c0","p","c0",["func",["i32"],[]]],["c1","p","c1",["func",[],["i32"]]]],"functions":[{"name":"start","number":1,"type":["func",[],[]],"steps":[["call","c0",[["const",7]],""],["call","c1",[],""]],"returns":["const",0]}],"start":"start"}],["parts",5,[["c0","func",2],["c1","func",3]]],["core-instance",6,4,[["p",5]]]]}

(component definition $root
  (core func $core-func2 (canon context.set i32 0))
  (core func $core-func3 (canon context.get i32 0))
  (core module $module4
    (import "p" "c0" (func $c0 (param i32)))
    (import "p" "c1" (func $c1 (result i32)))
    (func $start
      (local $1s i32)
      (call $c0 (i32.const 7))
      (local.set $1s (call $c1)))
    (start $start))
  (core instance $core5 (export "c0" (func $core-func2)) (export "c1" (func $core-func3)))
  (core instance $core6 (instantiate $module4 (with "p" (instance $core5)))))

(component instance $run0 $root)
