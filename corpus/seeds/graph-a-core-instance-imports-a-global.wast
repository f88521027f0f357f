;; A case that factfuzz made: case 2667 of seed 2026.
;; factfuzz 0.1.0, wasmtime 50.0.1, wasm-tools 1.262.0.0, hypothesis 6.170.15
;; features: handle: resource.drop of an index never handed out; handle: resource.drop of index 0; role: callee is
;;   resource.drop
;; factfuzz-case: {"origin":{"seed":2026,"number":2667,"versions":{"factfuzz":"0.1.0","wasmtime":"50.0.1","wasm-tools":"1.262.0.0","hypothesis":"6.170.15"},"features":["graph: a core instance imports a global","graph: lift of resource.drop","handle: resource.drop of an index never handed out","handle: resource.drop of index 0","role: callee is resource.drop"]}}
;; factfuzz-blueprint: {"is":"graphs","body":[["resource-type",10,null],["built-in",13,"resource.drop",10],["lift",14,[["u32"],null],13,null,null,null,null],["module",15,{"own":[["g1",["global","i64"]]],"exports":[["g1","global","g1"]]}],["core-instance",16,15,[]],["module",19,{"imports":[["g1","p","g1",["global","i64"]]]}],["core-alias",20,"global",16,"g1"],["parts",21,[["g1","global",20]]],["core-instance",22,19,[["p",21]]],["export",25,"f0","func",14]],"calls":[["f0",[["u32"],null],[0]],["f0",[["u32"],null],[1]]]}

(component definition $root
  (type $type10 (resource (rep i32)))
  (core func $core-func13 (canon resource.drop $type10))
  (func $func14 (param "p0" u32) (canon lift (core func $core-func13)))
  (core module $module15
    (global $g1 (mut i64) (i64.const 0))
    (export "g1" (global $g1)))
  (core instance $core16 (instantiate $module15))
  (core module $module19
    (import "p" "g1" (global $g1 (mut i64))))
  (alias core export $core16 "g1" (core global $core-global20))
  (core instance $core21 (export "g1" (global $core-global20)))
  (core instance $core22 (instantiate $module19 (with "p" (instance $core21))))
  (export $func25 "f0" (func $func14)))

(component instance $run0 $root)
(assert_trap (invoke "f0" (u32.const 0)) "unknown handle index") ;; unknown-handle
(component instance $run1 $root)
(assert_trap (invoke "f0" (u32.const 1)) "unknown handle index") ;; unknown-handle
