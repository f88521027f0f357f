;; A case that factfuzz made: case 566 of seed 2026.
;;
;; features: role: post-return is resource.drop; trap: cannot-leave by resource.drop in post-return
;; factfuzz-case: {"origin":{"seed":2026,"number":566,"versions":{},"features":["role: post-return is resource.drop","trap: cannot-leave by resource.drop in post-return"]}}
;; factfuzz-blueprint: {"is":"graphs","body":[["built-in",3,"context.get",null],["resource-type",8,null],["built-in",11,"resource.drop",8],["lift",13,[[],"u32"],3,null,null,11,null],["export",14,"f0","func",13]],"calls":[["f0",[[],"u32"],[]]]}

(component definition $root
  (core func $core-func3 (canon context.get i32 0))
  (type $type8 (resource (rep i32)))
  (core func $core-func11 (canon resource.drop $type8))
  (func $func13 (result u32) (canon lift (core func $core-func3) (post-return $core-func11)))
  (export $func14 "f0" (func $func13)))

(component instance $run0 $root)
(assert_trap (invoke "f0") "cannot leave component instance") ;; cannot-leave
