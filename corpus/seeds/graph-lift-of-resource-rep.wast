;; factfuzz 0.1.0, wasmtime 50.0.1, wasm-tools 1.262.0.0, hypothesis 6.170.15
;; features: handle: resource.rep of an index never handed out; handle: resource.rep of index 0; role: callee is
;;   resource.rep
;; factfuzz-case: {"origin":{"versions":{"factfuzz":"0.1.0","wasmtime":"50.0.1","wasm-tools":"1.262.0.0","hypothesis":"6.170.15"},"features":["graph: lift of resource.rep","handle: resource.rep of an index never handed out","handle: resource.rep of index 0","role: callee is resource.rep"]}}
;; factfuzz-blueprint: {"is":"graphs","body":[["resource-type",8,null],["built-in",10,"resource.rep",8],["lift",12,[["u32"],"u32"],10,null,null,null,null],["export",13,"f1","func",12]],"calls":[["f1",[["u32"],"u32"],[0]],["f1",[["u32"],"u32"],[2]]]}

(component definition $root
  (type $type8 (resource (rep i32)))
  (core func $core-func10 (canon resource.rep $type8))
  (func $func12 (param "p0" u32) (result u32) (canon lift (core func $core-func10)))
  (export $func13 "f1" (func $func12)))

(component instance $run0 $root)
(assert_trap (invoke "f1" (u32.const 0)) "unknown handle index") ;; unknown-handle
(component instance $run1 $root)
(assert_trap (invoke "f1" (u32.const 2)) "unknown handle index") ;; unknown-handle
