;; A case that factfuzz made: case 4790 of seed 778.
;; factfuzz 0.1.0, wasmtime 50.0.1, wasm-tools 1.262.0.0, hypothesis 6.170.15
;; features: trap: uncaught-exception in start
;; factfuzz-case: {"origin":{"seed":778,"number":4790,"versions":{"factfuzz":"0.1.0","wasmtime":"50.0.1","wasm-tools":"1.262.0.0","hypothesis":"6.170.15"},"features":["graph: a core instance imports a tag","trap: uncaught-exception in start"]}}
;; factfuzz-blueprint: {"is":"graphs","body":[["module",1,{"own":[["x0",["tag"]]],"functions":[{"name":"f0","number":0,"type":["func",[],[]],"steps":[["throw","x0",["const",7],false]],"returns":["const",0]},{"name":"start","number":1,"type":["func",[],[]],"steps":[["call","f0",[],""]],"returns":["const",0]}],"exports":[["x0","tag","x0"]],"start":"start"}],["core-instance",2,1,[]],["module",4,{"imports":[["x1","i-x1","x0",["tag"]]]}],["core-instance",5,4,[["i-x1",2]]]]}

(assert_trap
(component $root
  (core module $module1
    (tag $x0 (param i32))
    (func $f0
      (throw $x0 (i32.const 7)))
    (func $start
      (call $f0))
    (export "x0" (tag $x0))
    (start $start))
  (core instance $core2 (instantiate $module1))
  (core module $module4
    (import "i-x1" "x0" (tag $x1 (param i32))))
  (core instance $core5 (instantiate $module4 (with "i-x1" (instance $core2)))))
"exception") ;; uncaught-exception
