;; Types as deep as validation lets them be: a hundred levels, of which a function, a value and its innermost scalar are
;; three. Options, results and tuples lie in line, lists one behind the other.
;; CanonicalABI.md: Flattening, Loading, Storing, "Flat Lifting", "Flat Lowering".

(component definition $D
  ;; A memory whose realloc gives every block a new place, from 65536 on; below that, room for results.
  (core module $Heap
    (memory (export "mem") 4)
    (global $end (mut i32) (i32.const 65536))
    (func (export "realloc") (param $old i32) (param $had i32) (param $align i32) (param $size i32) (result i32)
      (local $new i32)
      (local.set $new (i32.and (i32.add (global.get $end) (i32.sub (local.get $align) (i32.const 1)))
                               (i32.sub (i32.const 0) (local.get $align))))
      (global.set $end (i32.add (local.get $new) (local.get $size)))
      (memory.copy (local.get $new) (local.get $old)
        (select (local.get $had) (local.get $size) (i32.lt_u (local.get $had) (local.get $size))))
      (local.get $new)))

  ;; What it gets it gives back.
  (component $Callee
    (type $o1 (option u8)) (type $o2 (option $o1)) (type $o3 (option $o2)) (type $o4 (option $o3))
    (type $o5 (option $o4)) (type $o6 (option $o5)) (type $o7 (option $o6)) (type $o8 (option $o7))
    (type $o9 (option $o8)) (type $o10 (option $o9)) (type $o11 (option $o10)) (type $o12 (option $o11))
    (type $o13 (option $o12)) (type $o14 (option $o13)) (type $o15 (option $o14)) (type $o16 (option $o15))
    (type $o17 (option $o16)) (type $o18 (option $o17)) (type $o19 (option $o18)) (type $o20 (option $o19))
    (type $o21 (option $o20)) (type $o22 (option $o21)) (type $o23 (option $o22)) (type $o24 (option $o23))
    (type $o25 (option $o24)) (type $o26 (option $o25)) (type $o27 (option $o26)) (type $o28 (option $o27))
    (type $o29 (option $o28)) (type $o30 (option $o29)) (type $o31 (option $o30)) (type $o32 (option $o31))
    (type $o33 (option $o32)) (type $o34 (option $o33)) (type $o35 (option $o34)) (type $o36 (option $o35))
    (type $o37 (option $o36)) (type $o38 (option $o37)) (type $o39 (option $o38)) (type $o40 (option $o39))
    (type $o41 (option $o40)) (type $o42 (option $o41)) (type $o43 (option $o42)) (type $o44 (option $o43))
    (type $o45 (option $o44)) (type $o46 (option $o45)) (type $o47 (option $o46)) (type $o48 (option $o47))
    (type $o49 (option $o48)) (type $o50 (option $o49)) (type $o51 (option $o50)) (type $o52 (option $o51))
    (type $o53 (option $o52)) (type $o54 (option $o53)) (type $o55 (option $o54)) (type $o56 (option $o55))
    (type $o57 (option $o56)) (type $o58 (option $o57)) (type $o59 (option $o58)) (type $o60 (option $o59))
    (type $o61 (option $o60)) (type $o62 (option $o61)) (type $o63 (option $o62)) (type $o64 (option $o63))
    (type $o65 (option $o64)) (type $o66 (option $o65)) (type $o67 (option $o66)) (type $o68 (option $o67))
    (type $o69 (option $o68)) (type $o70 (option $o69)) (type $o71 (option $o70)) (type $o72 (option $o71))
    (type $o73 (option $o72)) (type $o74 (option $o73)) (type $o75 (option $o74)) (type $o76 (option $o75))
    (type $o77 (option $o76)) (type $o78 (option $o77)) (type $o79 (option $o78)) (type $o80 (option $o79))
    (type $o81 (option $o80)) (type $o82 (option $o81)) (type $o83 (option $o82)) (type $o84 (option $o83))
    (type $o85 (option $o84)) (type $o86 (option $o85)) (type $o87 (option $o86)) (type $o88 (option $o87))
    (type $o89 (option $o88)) (type $o90 (option $o89)) (type $o91 (option $o90)) (type $o92 (option $o91))
    (type $o93 (option $o92)) (type $o94 (option $o93)) (type $o95 (option $o94)) (type $o96 (option $o95))
    (type $o97 (option $o96))
    (type $l1 (list u8)) (type $l2 (list $l1)) (type $l3 (list $l2)) (type $l4 (list $l3)) (type $l5 (list $l4))
    (type $l6 (list $l5)) (type $l7 (list $l6)) (type $l8 (list $l7)) (type $l9 (list $l8)) (type $l10 (list $l9))
    (type $l11 (list $l10)) (type $l12 (list $l11)) (type $l13 (list $l12)) (type $l14 (list $l13))
    (type $l15 (list $l14)) (type $l16 (list $l15)) (type $l17 (list $l16)) (type $l18 (list $l17))
    (type $l19 (list $l18)) (type $l20 (list $l19)) (type $l21 (list $l20)) (type $l22 (list $l21))
    (type $l23 (list $l22)) (type $l24 (list $l23)) (type $l25 (list $l24)) (type $l26 (list $l25))
    (type $l27 (list $l26)) (type $l28 (list $l27)) (type $l29 (list $l28)) (type $l30 (list $l29))
    (type $l31 (list $l30)) (type $l32 (list $l31)) (type $l33 (list $l32)) (type $l34 (list $l33))
    (type $l35 (list $l34)) (type $l36 (list $l35)) (type $l37 (list $l36)) (type $l38 (list $l37))
    (type $l39 (list $l38)) (type $l40 (list $l39)) (type $l41 (list $l40)) (type $l42 (list $l41))
    (type $l43 (list $l42)) (type $l44 (list $l43)) (type $l45 (list $l44)) (type $l46 (list $l45))
    (type $l47 (list $l46)) (type $l48 (list $l47)) (type $l49 (list $l48)) (type $l50 (list $l49))
    (type $l51 (list $l50)) (type $l52 (list $l51)) (type $l53 (list $l52)) (type $l54 (list $l53))
    (type $l55 (list $l54)) (type $l56 (list $l55)) (type $l57 (list $l56)) (type $l58 (list $l57))
    (type $l59 (list $l58)) (type $l60 (list $l59)) (type $l61 (list $l60)) (type $l62 (list $l61))
    (type $l63 (list $l62)) (type $l64 (list $l63)) (type $l65 (list $l64)) (type $l66 (list $l65))
    (type $l67 (list $l66)) (type $l68 (list $l67)) (type $l69 (list $l68)) (type $l70 (list $l69))
    (type $l71 (list $l70)) (type $l72 (list $l71)) (type $l73 (list $l72)) (type $l74 (list $l73))
    (type $l75 (list $l74)) (type $l76 (list $l75)) (type $l77 (list $l76)) (type $l78 (list $l77))
    (type $l79 (list $l78)) (type $l80 (list $l79)) (type $l81 (list $l80)) (type $l82 (list $l81))
    (type $l83 (list $l82)) (type $l84 (list $l83)) (type $l85 (list $l84)) (type $l86 (list $l85))
    (type $l87 (list $l86)) (type $l88 (list $l87)) (type $l89 (list $l88)) (type $l90 (list $l89))
    (type $l91 (list $l90)) (type $l92 (list $l91)) (type $l93 (list $l92)) (type $l94 (list $l93))
    (type $l95 (list $l94)) (type $l96 (list $l95)) (type $l97 (list $l96))
    (type $t1 (tuple u8)) (type $t2 (tuple $t1)) (type $t3 (tuple $t2)) (type $t4 (tuple $t3)) (type $t5 (tuple $t4))
    (type $t6 (tuple $t5)) (type $t7 (tuple $t6)) (type $t8 (tuple $t7)) (type $t9 (tuple $t8))
    (type $t10 (tuple $t9)) (type $t11 (tuple $t10)) (type $t12 (tuple $t11)) (type $t13 (tuple $t12))
    (type $t14 (tuple $t13)) (type $t15 (tuple $t14)) (type $t16 (tuple $t15)) (type $t17 (tuple $t16))
    (type $t18 (tuple $t17)) (type $t19 (tuple $t18)) (type $t20 (tuple $t19)) (type $t21 (tuple $t20))
    (type $t22 (tuple $t21)) (type $t23 (tuple $t22)) (type $t24 (tuple $t23)) (type $t25 (tuple $t24))
    (type $t26 (tuple $t25)) (type $t27 (tuple $t26)) (type $t28 (tuple $t27)) (type $t29 (tuple $t28))
    (type $t30 (tuple $t29)) (type $t31 (tuple $t30)) (type $t32 (tuple $t31)) (type $t33 (tuple $t32))
    (type $t34 (tuple $t33)) (type $t35 (tuple $t34)) (type $t36 (tuple $t35)) (type $t37 (tuple $t36))
    (type $t38 (tuple $t37)) (type $t39 (tuple $t38)) (type $t40 (tuple $t39)) (type $t41 (tuple $t40))
    (type $t42 (tuple $t41)) (type $t43 (tuple $t42)) (type $t44 (tuple $t43)) (type $t45 (tuple $t44))
    (type $t46 (tuple $t45)) (type $t47 (tuple $t46)) (type $t48 (tuple $t47)) (type $t49 (tuple $t48))
    (type $t50 (tuple $t49)) (type $t51 (tuple $t50)) (type $t52 (tuple $t51)) (type $t53 (tuple $t52))
    (type $t54 (tuple $t53)) (type $t55 (tuple $t54)) (type $t56 (tuple $t55)) (type $t57 (tuple $t56))
    (type $t58 (tuple $t57)) (type $t59 (tuple $t58)) (type $t60 (tuple $t59)) (type $t61 (tuple $t60))
    (type $t62 (tuple $t61)) (type $t63 (tuple $t62)) (type $t64 (tuple $t63)) (type $t65 (tuple $t64))
    (type $t66 (tuple $t65)) (type $t67 (tuple $t66)) (type $t68 (tuple $t67)) (type $t69 (tuple $t68))
    (type $t70 (tuple $t69)) (type $t71 (tuple $t70)) (type $t72 (tuple $t71)) (type $t73 (tuple $t72))
    (type $t74 (tuple $t73)) (type $t75 (tuple $t74)) (type $t76 (tuple $t75)) (type $t77 (tuple $t76))
    (type $t78 (tuple $t77)) (type $t79 (tuple $t78)) (type $t80 (tuple $t79)) (type $t81 (tuple $t80))
    (type $t82 (tuple $t81)) (type $t83 (tuple $t82)) (type $t84 (tuple $t83)) (type $t85 (tuple $t84))
    (type $t86 (tuple $t85)) (type $t87 (tuple $t86)) (type $t88 (tuple $t87)) (type $t89 (tuple $t88))
    (type $t90 (tuple $t89)) (type $t91 (tuple $t90)) (type $t92 (tuple $t91)) (type $t93 (tuple $t92))
    (type $t94 (tuple $t93)) (type $t95 (tuple $t94)) (type $t96 (tuple $t95)) (type $t97 (tuple $t96))
    (type $r1 (result char)) (type $r2 (result $r1)) (type $r3 (result $r2)) (type $r4 (result $r3))
    (type $r5 (result $r4)) (type $r6 (result $r5)) (type $r7 (result $r6)) (type $r8 (result $r7))
    (type $r9 (result $r8)) (type $r10 (result $r9)) (type $r11 (result $r10)) (type $r12 (result $r11))
    (type $r13 (result $r12)) (type $r14 (result $r13)) (type $r15 (result $r14)) (type $r16 (result $r15))
    (type $r17 (result $r16)) (type $r18 (result $r17)) (type $r19 (result $r18)) (type $r20 (result $r19))
    (type $r21 (result $r20)) (type $r22 (result $r21)) (type $r23 (result $r22)) (type $r24 (result $r23))
    (type $r25 (result $r24)) (type $r26 (result $r25)) (type $r27 (result $r26)) (type $r28 (result $r27))
    (type $r29 (result $r28)) (type $r30 (result $r29)) (type $r31 (result $r30)) (type $r32 (result $r31))
    (type $r33 (result $r32)) (type $r34 (result $r33)) (type $r35 (result $r34)) (type $r36 (result $r35))
    (type $r37 (result $r36)) (type $r38 (result $r37)) (type $r39 (result $r38)) (type $r40 (result $r39))
    (type $r41 (result $r40)) (type $r42 (result $r41)) (type $r43 (result $r42)) (type $r44 (result $r43))
    (type $r45 (result $r44)) (type $r46 (result $r45)) (type $r47 (result $r46)) (type $r48 (result $r47))
    (type $r49 (result $r48)) (type $r50 (result $r49)) (type $r51 (result $r50)) (type $r52 (result $r51))
    (type $r53 (result $r52)) (type $r54 (result $r53)) (type $r55 (result $r54)) (type $r56 (result $r55))
    (type $r57 (result $r56)) (type $r58 (result $r57)) (type $r59 (result $r58)) (type $r60 (result $r59))
    (type $r61 (result $r60)) (type $r62 (result $r61)) (type $r63 (result $r62)) (type $r64 (result $r63))
    (type $r65 (result $r64)) (type $r66 (result $r65)) (type $r67 (result $r66)) (type $r68 (result $r67))
    (type $r69 (result $r68)) (type $r70 (result $r69)) (type $r71 (result $r70)) (type $r72 (result $r71))
    (type $r73 (result $r72)) (type $r74 (result $r73)) (type $r75 (result $r74)) (type $r76 (result $r75))
    (type $r77 (result $r76)) (type $r78 (result $r77)) (type $r79 (result $r78)) (type $r80 (result $r79))
    (type $r81 (result $r80)) (type $r82 (result $r81)) (type $r83 (result $r82)) (type $r84 (result $r83))
    (type $r85 (result $r84)) (type $r86 (result $r85)) (type $r87 (result $r86)) (type $r88 (result $r87))
    (type $r89 (result $r88)) (type $r90 (result $r89)) (type $r91 (result $r90)) (type $r92 (result $r91))
    (type $r93 (result $r92)) (type $r94 (result $r93)) (type $r95 (result $r94)) (type $r96 (result $r95))
    (type $r97 (result $r96))
    (alias outer 1 $Heap (core module $Heap))
    (core instance $heap (instantiate $Heap))
    (core module $M
      (import "heap" "mem" (memory 1))
      (func (export "list") (param i32 i32) (result i32)
        (i32.store (i32.const 0) (local.get 0)) (i32.store (i32.const 4) (local.get 1)) (i32.const 0))
      (func (export "spilled") (param i32) (result i32) (local.get 0))
      (func (export "i32") (param i32) (result i32) (local.get 0)))
    (core instance $m (instantiate $M (with "heap" (instance $heap))))
    (func (export "options") (param "v" $o97) (result $o97) (canon lift (core func $m "spilled")
      (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
    (func (export "results") (param "v" $r97) (result $r97) (canon lift (core func $m "spilled")
      (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
    (func (export "lists") (param "v" $l97) (result $l97) (canon lift (core func $m "list")
      (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
    (func (export "tuples") (param "v" $t97) (result $t97) (canon lift (core func $m "i32"))))
  (instance $callee (instantiate $Callee))

  (core instance $heap (instantiate $Heap))
  (type $o1 (option u8)) (type $o2 (option $o1)) (type $o3 (option $o2)) (type $o4 (option $o3))
  (type $o5 (option $o4)) (type $o6 (option $o5)) (type $o7 (option $o6)) (type $o8 (option $o7))
  (type $o9 (option $o8)) (type $o10 (option $o9)) (type $o11 (option $o10)) (type $o12 (option $o11))
  (type $o13 (option $o12)) (type $o14 (option $o13)) (type $o15 (option $o14)) (type $o16 (option $o15))
  (type $o17 (option $o16)) (type $o18 (option $o17)) (type $o19 (option $o18)) (type $o20 (option $o19))
  (type $o21 (option $o20)) (type $o22 (option $o21)) (type $o23 (option $o22)) (type $o24 (option $o23))
  (type $o25 (option $o24)) (type $o26 (option $o25)) (type $o27 (option $o26)) (type $o28 (option $o27))
  (type $o29 (option $o28)) (type $o30 (option $o29)) (type $o31 (option $o30)) (type $o32 (option $o31))
  (type $o33 (option $o32)) (type $o34 (option $o33)) (type $o35 (option $o34)) (type $o36 (option $o35))
  (type $o37 (option $o36)) (type $o38 (option $o37)) (type $o39 (option $o38)) (type $o40 (option $o39))
  (type $o41 (option $o40)) (type $o42 (option $o41)) (type $o43 (option $o42)) (type $o44 (option $o43))
  (type $o45 (option $o44)) (type $o46 (option $o45)) (type $o47 (option $o46)) (type $o48 (option $o47))
  (type $o49 (option $o48)) (type $o50 (option $o49)) (type $o51 (option $o50)) (type $o52 (option $o51))
  (type $o53 (option $o52)) (type $o54 (option $o53)) (type $o55 (option $o54)) (type $o56 (option $o55))
  (type $o57 (option $o56)) (type $o58 (option $o57)) (type $o59 (option $o58)) (type $o60 (option $o59))
  (type $o61 (option $o60)) (type $o62 (option $o61)) (type $o63 (option $o62)) (type $o64 (option $o63))
  (type $o65 (option $o64)) (type $o66 (option $o65)) (type $o67 (option $o66)) (type $o68 (option $o67))
  (type $o69 (option $o68)) (type $o70 (option $o69)) (type $o71 (option $o70)) (type $o72 (option $o71))
  (type $o73 (option $o72)) (type $o74 (option $o73)) (type $o75 (option $o74)) (type $o76 (option $o75))
  (type $o77 (option $o76)) (type $o78 (option $o77)) (type $o79 (option $o78)) (type $o80 (option $o79))
  (type $o81 (option $o80)) (type $o82 (option $o81)) (type $o83 (option $o82)) (type $o84 (option $o83))
  (type $o85 (option $o84)) (type $o86 (option $o85)) (type $o87 (option $o86)) (type $o88 (option $o87))
  (type $o89 (option $o88)) (type $o90 (option $o89)) (type $o91 (option $o90)) (type $o92 (option $o91))
  (type $o93 (option $o92)) (type $o94 (option $o93)) (type $o95 (option $o94)) (type $o96 (option $o95))
  (type $o97 (option $o96))
  (type $l1 (list u8)) (type $l2 (list $l1)) (type $l3 (list $l2)) (type $l4 (list $l3)) (type $l5 (list $l4))
  (type $l6 (list $l5)) (type $l7 (list $l6)) (type $l8 (list $l7)) (type $l9 (list $l8)) (type $l10 (list $l9))
  (type $l11 (list $l10)) (type $l12 (list $l11)) (type $l13 (list $l12)) (type $l14 (list $l13))
  (type $l15 (list $l14)) (type $l16 (list $l15)) (type $l17 (list $l16)) (type $l18 (list $l17))
  (type $l19 (list $l18)) (type $l20 (list $l19)) (type $l21 (list $l20)) (type $l22 (list $l21))
  (type $l23 (list $l22)) (type $l24 (list $l23)) (type $l25 (list $l24)) (type $l26 (list $l25))
  (type $l27 (list $l26)) (type $l28 (list $l27)) (type $l29 (list $l28)) (type $l30 (list $l29))
  (type $l31 (list $l30)) (type $l32 (list $l31)) (type $l33 (list $l32)) (type $l34 (list $l33))
  (type $l35 (list $l34)) (type $l36 (list $l35)) (type $l37 (list $l36)) (type $l38 (list $l37))
  (type $l39 (list $l38)) (type $l40 (list $l39)) (type $l41 (list $l40)) (type $l42 (list $l41))
  (type $l43 (list $l42)) (type $l44 (list $l43)) (type $l45 (list $l44)) (type $l46 (list $l45))
  (type $l47 (list $l46)) (type $l48 (list $l47)) (type $l49 (list $l48)) (type $l50 (list $l49))
  (type $l51 (list $l50)) (type $l52 (list $l51)) (type $l53 (list $l52)) (type $l54 (list $l53))
  (type $l55 (list $l54)) (type $l56 (list $l55)) (type $l57 (list $l56)) (type $l58 (list $l57))
  (type $l59 (list $l58)) (type $l60 (list $l59)) (type $l61 (list $l60)) (type $l62 (list $l61))
  (type $l63 (list $l62)) (type $l64 (list $l63)) (type $l65 (list $l64)) (type $l66 (list $l65))
  (type $l67 (list $l66)) (type $l68 (list $l67)) (type $l69 (list $l68)) (type $l70 (list $l69))
  (type $l71 (list $l70)) (type $l72 (list $l71)) (type $l73 (list $l72)) (type $l74 (list $l73))
  (type $l75 (list $l74)) (type $l76 (list $l75)) (type $l77 (list $l76)) (type $l78 (list $l77))
  (type $l79 (list $l78)) (type $l80 (list $l79)) (type $l81 (list $l80)) (type $l82 (list $l81))
  (type $l83 (list $l82)) (type $l84 (list $l83)) (type $l85 (list $l84)) (type $l86 (list $l85))
  (type $l87 (list $l86)) (type $l88 (list $l87)) (type $l89 (list $l88)) (type $l90 (list $l89))
  (type $l91 (list $l90)) (type $l92 (list $l91)) (type $l93 (list $l92)) (type $l94 (list $l93))
  (type $l95 (list $l94)) (type $l96 (list $l95)) (type $l97 (list $l96))
  (type $t1 (tuple u8)) (type $t2 (tuple $t1)) (type $t3 (tuple $t2)) (type $t4 (tuple $t3)) (type $t5 (tuple $t4))
  (type $t6 (tuple $t5)) (type $t7 (tuple $t6)) (type $t8 (tuple $t7)) (type $t9 (tuple $t8)) (type $t10 (tuple $t9))
  (type $t11 (tuple $t10)) (type $t12 (tuple $t11)) (type $t13 (tuple $t12)) (type $t14 (tuple $t13))
  (type $t15 (tuple $t14)) (type $t16 (tuple $t15)) (type $t17 (tuple $t16)) (type $t18 (tuple $t17))
  (type $t19 (tuple $t18)) (type $t20 (tuple $t19)) (type $t21 (tuple $t20)) (type $t22 (tuple $t21))
  (type $t23 (tuple $t22)) (type $t24 (tuple $t23)) (type $t25 (tuple $t24)) (type $t26 (tuple $t25))
  (type $t27 (tuple $t26)) (type $t28 (tuple $t27)) (type $t29 (tuple $t28)) (type $t30 (tuple $t29))
  (type $t31 (tuple $t30)) (type $t32 (tuple $t31)) (type $t33 (tuple $t32)) (type $t34 (tuple $t33))
  (type $t35 (tuple $t34)) (type $t36 (tuple $t35)) (type $t37 (tuple $t36)) (type $t38 (tuple $t37))
  (type $t39 (tuple $t38)) (type $t40 (tuple $t39)) (type $t41 (tuple $t40)) (type $t42 (tuple $t41))
  (type $t43 (tuple $t42)) (type $t44 (tuple $t43)) (type $t45 (tuple $t44)) (type $t46 (tuple $t45))
  (type $t47 (tuple $t46)) (type $t48 (tuple $t47)) (type $t49 (tuple $t48)) (type $t50 (tuple $t49))
  (type $t51 (tuple $t50)) (type $t52 (tuple $t51)) (type $t53 (tuple $t52)) (type $t54 (tuple $t53))
  (type $t55 (tuple $t54)) (type $t56 (tuple $t55)) (type $t57 (tuple $t56)) (type $t58 (tuple $t57))
  (type $t59 (tuple $t58)) (type $t60 (tuple $t59)) (type $t61 (tuple $t60)) (type $t62 (tuple $t61))
  (type $t63 (tuple $t62)) (type $t64 (tuple $t63)) (type $t65 (tuple $t64)) (type $t66 (tuple $t65))
  (type $t67 (tuple $t66)) (type $t68 (tuple $t67)) (type $t69 (tuple $t68)) (type $t70 (tuple $t69))
  (type $t71 (tuple $t70)) (type $t72 (tuple $t71)) (type $t73 (tuple $t72)) (type $t74 (tuple $t73))
  (type $t75 (tuple $t74)) (type $t76 (tuple $t75)) (type $t77 (tuple $t76)) (type $t78 (tuple $t77))
  (type $t79 (tuple $t78)) (type $t80 (tuple $t79)) (type $t81 (tuple $t80)) (type $t82 (tuple $t81))
  (type $t83 (tuple $t82)) (type $t84 (tuple $t83)) (type $t85 (tuple $t84)) (type $t86 (tuple $t85))
  (type $t87 (tuple $t86)) (type $t88 (tuple $t87)) (type $t89 (tuple $t88)) (type $t90 (tuple $t89))
  (type $t91 (tuple $t90)) (type $t92 (tuple $t91)) (type $t93 (tuple $t92)) (type $t94 (tuple $t93))
  (type $t95 (tuple $t94)) (type $t96 (tuple $t95)) (type $t97 (tuple $t96))
  (type $r1 (result char)) (type $r2 (result $r1)) (type $r3 (result $r2)) (type $r4 (result $r3))
  (type $r5 (result $r4)) (type $r6 (result $r5)) (type $r7 (result $r6)) (type $r8 (result $r7))
  (type $r9 (result $r8)) (type $r10 (result $r9)) (type $r11 (result $r10)) (type $r12 (result $r11))
  (type $r13 (result $r12)) (type $r14 (result $r13)) (type $r15 (result $r14)) (type $r16 (result $r15))
  (type $r17 (result $r16)) (type $r18 (result $r17)) (type $r19 (result $r18)) (type $r20 (result $r19))
  (type $r21 (result $r20)) (type $r22 (result $r21)) (type $r23 (result $r22)) (type $r24 (result $r23))
  (type $r25 (result $r24)) (type $r26 (result $r25)) (type $r27 (result $r26)) (type $r28 (result $r27))
  (type $r29 (result $r28)) (type $r30 (result $r29)) (type $r31 (result $r30)) (type $r32 (result $r31))
  (type $r33 (result $r32)) (type $r34 (result $r33)) (type $r35 (result $r34)) (type $r36 (result $r35))
  (type $r37 (result $r36)) (type $r38 (result $r37)) (type $r39 (result $r38)) (type $r40 (result $r39))
  (type $r41 (result $r40)) (type $r42 (result $r41)) (type $r43 (result $r42)) (type $r44 (result $r43))
  (type $r45 (result $r44)) (type $r46 (result $r45)) (type $r47 (result $r46)) (type $r48 (result $r47))
  (type $r49 (result $r48)) (type $r50 (result $r49)) (type $r51 (result $r50)) (type $r52 (result $r51))
  (type $r53 (result $r52)) (type $r54 (result $r53)) (type $r55 (result $r54)) (type $r56 (result $r55))
  (type $r57 (result $r56)) (type $r58 (result $r57)) (type $r59 (result $r58)) (type $r60 (result $r59))
  (type $r61 (result $r60)) (type $r62 (result $r61)) (type $r63 (result $r62)) (type $r64 (result $r63))
  (type $r65 (result $r64)) (type $r66 (result $r65)) (type $r67 (result $r66)) (type $r68 (result $r67))
  (type $r69 (result $r68)) (type $r70 (result $r69)) (type $r71 (result $r70)) (type $r72 (result $r71))
  (type $r73 (result $r72)) (type $r74 (result $r73)) (type $r75 (result $r74)) (type $r76 (result $r75))
  (type $r77 (result $r76)) (type $r78 (result $r77)) (type $r79 (result $r78)) (type $r80 (result $r79))
  (type $r81 (result $r80)) (type $r82 (result $r81)) (type $r83 (result $r82)) (type $r84 (result $r83))
  (type $r85 (result $r84)) (type $r86 (result $r85)) (type $r87 (result $r86)) (type $r88 (result $r87))
  (type $r89 (result $r88)) (type $r90 (result $r89)) (type $r91 (result $r90)) (type $r92 (result $r91))
  (type $r93 (result $r92)) (type $r94 (result $r93)) (type $r95 (result $r94)) (type $r96 (result $r95))
  (type $r97 (result $r96))
  (core func $options (canon lower (func $callee "options")
    (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
  (core func $results (canon lower (func $callee "results")
    (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
  (core func $lists (canon lower (func $callee "lists")
    (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
  (core func $tuples (canon lower (func $callee "tuples")))
  (core module $M
    (import "heap" "mem" (memory 1))
    (import "" "options" (func $options (param i32 i32))) (import "" "results" (func $results (param i32 i32)))
    (import "" "lists" (func $lists (param i32 i32 i32))) (import "" "tuples" (func $tuples (param i32) (result i32)))
    (func (export "options") (param i32) (result i32) (call $options (local.get 0) (i32.const 0)) (i32.const 0))
    (func (export "results") (param i32) (result i32) (call $results (local.get 0) (i32.const 0)) (i32.const 0))
    (func (export "lists") (param i32 i32) (result i32)
      (call $lists (local.get 0) (local.get 1) (i32.const 0)) (i32.const 0))
    (func (export "tuples") (param i32) (result i32) (call $tuples (local.get 0)))
    ;; a discriminant of 1 in so many of 97 bytes, then a u8 of 77: how many bytes before the first zero come back
    (func (export "some") (param $bytes i32) (result i32)
      (local $i i32)
      (memory.fill (i32.const 1024) (i32.const 0) (i32.const 98))
      (memory.fill (i32.const 1024) (i32.const 1) (local.get $bytes))
      (i32.store8 (i32.const 1121) (i32.const 77))
      (call $options (i32.const 1024) (i32.const 2048))
      (loop $count
        (if (i32.load8_u offset=2048 (local.get $i))
          (then (local.set $i (i32.add (local.get $i) (i32.const 1))) (br $count))))
      (local.get $i))
    ;; lists of one list, 97 of them, the innermost of as many bytes: its length, from the other side
    (func (export "innermost") (param $bytes i32) (result i32)
      (local $at i32)
      (local.set $at (i32.const 1024))
      (loop $next
        (i32.store (local.get $at) (i32.add (local.get $at) (i32.const 8)))
        (i32.store offset=4 (local.get $at) (i32.const 1))
        (local.set $at (i32.add (local.get $at) (i32.const 8)))
        (br_if $next (i32.lt_u (local.get $at) (i32.const 1792))))
      (i32.store (local.get $at) (i32.const 4096))
      (i32.store offset=4 (local.get $at) (local.get $bytes))
      (call $lists (i32.load (i32.const 1024)) (i32.load (i32.const 1028)) (i32.const 2048))
      (local.set $at (i32.const 2048))
      (loop $down
        (if (i32.ne (i32.load offset=4 (local.get $at)) (local.get $bytes))
          (then (local.set $at (i32.load (local.get $at))) (br $down))))
      (i32.load offset=4 (local.get $at))))
  (core instance $m (instantiate $M (with "heap" (instance $heap)) (with "" (instance
    (export "options" (func $options)) (export "results" (func $results)) (export "lists" (func $lists))
    (export "tuples" (func $tuples))))))
  (func (export "options") (param "v" $o97) (result $o97) (canon lift (core func $m "options")
    (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
  (func (export "results") (param "v" $r97) (result $r97) (canon lift (core func $m "results")
    (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
  (func (export "lists") (param "v" $l97) (result $l97) (canon lift (core func $m "lists")
    (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
  ;; a tuple of a tuple of ... a u8 is flat, so that its core function is a u8's too
  (func (export "tuples") (param "v" u8) (result u8) (canon lift (core func $m "tuples")))
  (func (export "some") (param "bytes" u32) (result u32) (canon lift (core func $m "some")))
  (func (export "innermost") (param "bytes" u32) (result u32) (canon lift (core func $m "innermost"))))

(component instance $i0 $D)
(assert_return (invoke "options" (option.none)) (option.none))
(assert_return (invoke "options" (option.some (option.none))) (option.some (option.none)))
(assert_return
  (invoke "options" (option.some (option.some (option.some (option.some (option.some (option.some (option.some
    (option.some (option.some (option.some (option.some (option.some (option.some (option.some (option.some (option.some
    (option.some (option.some (option.some (option.some (option.some (option.some (option.some (option.some (option.some
    (option.some (option.some (option.some (option.some (option.some (option.some (option.some (option.some (option.some
    (option.some (option.some (option.some (option.some (option.some (option.some (option.some (option.some (option.some
    (option.some (option.some (option.some (option.some (option.some (option.some (option.some
    (option.none))))))))))))))))))))))))))))))))))))))))))))))))))))
  (option.some (option.some (option.some (option.some (option.some (option.some (option.some (option.some (option.some
    (option.some (option.some (option.some (option.some (option.some (option.some (option.some (option.some (option.some
    (option.some (option.some (option.some (option.some (option.some (option.some (option.some (option.some (option.some
    (option.some (option.some (option.some (option.some (option.some (option.some (option.some (option.some (option.some
    (option.some (option.some (option.some (option.some (option.some (option.some (option.some (option.some (option.some
    (option.some (option.some (option.some (option.some (option.some
    (option.none))))))))))))))))))))))))))))))))))))))))))))))))))))
(assert_return
  (invoke "options" (option.some (option.some (option.some (option.some (option.some (option.some (option.some
    (option.some (option.some (option.some (option.some (option.some (option.some (option.some (option.some (option.some
    (option.some (option.some (option.some (option.some (option.some (option.some (option.some (option.some (option.some
    (option.some (option.some (option.some (option.some (option.some (option.some (option.some (option.some (option.some
    (option.some (option.some (option.some (option.some (option.some (option.some (option.some (option.some (option.some
    (option.some (option.some (option.some (option.some (option.some (option.some (option.some (option.some (option.some
    (option.some (option.some (option.some (option.some (option.some (option.some (option.some (option.some (option.some
    (option.some (option.some (option.some (option.some (option.some (option.some (option.some (option.some (option.some
    (option.some (option.some (option.some (option.some (option.some (option.some (option.some (option.some (option.some
    (option.some (option.some (option.some (option.some (option.some (option.some (option.some (option.some (option.some
    (option.some (option.some (option.some (option.some (option.some (option.some (option.some (option.some
    (option.none))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))) )))))))))
  (option.some (option.some (option.some (option.some (option.some (option.some (option.some (option.some (option.some
    (option.some (option.some (option.some (option.some (option.some (option.some (option.some (option.some (option.some
    (option.some (option.some (option.some (option.some (option.some (option.some (option.some (option.some (option.some
    (option.some (option.some (option.some (option.some (option.some (option.some (option.some (option.some (option.some
    (option.some (option.some (option.some (option.some (option.some (option.some (option.some (option.some (option.some
    (option.some (option.some (option.some (option.some (option.some (option.some (option.some (option.some (option.some
    (option.some (option.some (option.some (option.some (option.some (option.some (option.some (option.some (option.some
    (option.some (option.some (option.some (option.some (option.some (option.some (option.some (option.some (option.some
    (option.some (option.some (option.some (option.some (option.some (option.some (option.some (option.some (option.some
    (option.some (option.some (option.some (option.some (option.some (option.some (option.some (option.some (option.some
    (option.some (option.some (option.some (option.some (option.some (option.some
    (option.none))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))) )))))))))
(assert_return (invoke "results" (result.err)) (result.err))
(assert_return (invoke "results" (result.ok (result.err))) (result.ok (result.err)))
(assert_return
  (invoke "results" (result.ok (result.ok (result.ok (result.ok (result.ok (result.ok (result.ok (result.ok (result.ok
    (result.ok (result.ok (result.ok (result.ok (result.ok (result.ok (result.ok (result.ok (result.ok (result.ok
    (result.ok (result.ok (result.ok (result.ok (result.ok (result.ok (result.ok (result.ok (result.ok (result.ok
    (result.ok (result.ok (result.ok (result.ok (result.ok (result.ok (result.ok (result.ok (result.ok (result.ok
    (result.ok (result.ok (result.ok (result.ok (result.ok (result.ok (result.ok (result.ok (result.ok (result.ok
    (result.ok (result.ok (result.ok (result.ok (result.ok (result.ok (result.ok (result.ok (result.ok (result.ok
    (result.ok (result.ok (result.ok (result.ok (result.ok (result.ok (result.ok (result.ok (result.ok (result.ok
    (result.ok (result.ok (result.ok (result.ok (result.ok (result.ok (result.ok (result.ok (result.ok (result.ok
    (result.ok (result.ok (result.ok (result.ok (result.ok (result.ok (result.ok (result.ok (result.ok (result.ok
    (result.ok (result.ok (result.ok (result.ok (result.ok (result.ok (result.ok
    (result.err)))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))) ))))))))
  (result.ok (result.ok (result.ok (result.ok (result.ok (result.ok (result.ok (result.ok (result.ok (result.ok
    (result.ok (result.ok (result.ok (result.ok (result.ok (result.ok (result.ok (result.ok (result.ok (result.ok
    (result.ok (result.ok (result.ok (result.ok (result.ok (result.ok (result.ok (result.ok (result.ok (result.ok
    (result.ok (result.ok (result.ok (result.ok (result.ok (result.ok (result.ok (result.ok (result.ok (result.ok
    (result.ok (result.ok (result.ok (result.ok (result.ok (result.ok (result.ok (result.ok (result.ok (result.ok
    (result.ok (result.ok (result.ok (result.ok (result.ok (result.ok (result.ok (result.ok (result.ok (result.ok
    (result.ok (result.ok (result.ok (result.ok (result.ok (result.ok (result.ok (result.ok (result.ok (result.ok
    (result.ok (result.ok (result.ok (result.ok (result.ok (result.ok (result.ok (result.ok (result.ok (result.ok
    (result.ok (result.ok (result.ok (result.ok (result.ok (result.ok (result.ok (result.ok (result.ok (result.ok
    (result.ok (result.ok (result.ok (result.ok (result.ok (result.ok
    (result.err)))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))) ))))))))
(assert_return (invoke "lists" (list.const)) (list.const))
(assert_return (invoke "lists" (list.const (list.const))) (list.const (list.const)))
(assert_return
  (invoke "lists" (list.const (list.const (list.const (list.const (list.const (list.const (list.const (list.const
    (list.const (list.const (list.const (list.const (list.const (list.const (list.const (list.const (list.const
    (list.const (list.const (list.const (list.const (list.const (list.const (list.const (list.const (list.const
    (list.const (list.const (list.const (list.const (list.const (list.const (list.const (list.const (list.const
    (list.const (list.const (list.const (list.const (list.const (list.const (list.const (list.const (list.const
    (list.const (list.const (list.const (list.const (list.const (list.const (list.const (list.const (list.const
    (list.const (list.const (list.const (list.const (list.const (list.const (list.const (list.const (list.const
    (list.const (list.const (list.const (list.const (list.const (list.const (list.const (list.const (list.const
    (list.const (list.const (list.const (list.const (list.const (list.const (list.const (list.const (list.const
    (list.const (list.const (list.const (list.const (list.const (list.const (list.const (list.const (list.const
    (list.const (list.const (list.const (list.const (list.const (list.const (list.const
    (list.const)))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))) ))))))))
  (list.const (list.const (list.const (list.const (list.const (list.const (list.const (list.const (list.const
    (list.const (list.const (list.const (list.const (list.const (list.const (list.const (list.const (list.const
    (list.const (list.const (list.const (list.const (list.const (list.const (list.const (list.const (list.const
    (list.const (list.const (list.const (list.const (list.const (list.const (list.const (list.const (list.const
    (list.const (list.const (list.const (list.const (list.const (list.const (list.const (list.const (list.const
    (list.const (list.const (list.const (list.const (list.const (list.const (list.const (list.const (list.const
    (list.const (list.const (list.const (list.const (list.const (list.const (list.const (list.const (list.const
    (list.const (list.const (list.const (list.const (list.const (list.const (list.const (list.const (list.const
    (list.const (list.const (list.const (list.const (list.const (list.const (list.const (list.const (list.const
    (list.const (list.const (list.const (list.const (list.const (list.const (list.const (list.const (list.const
    (list.const (list.const (list.const (list.const (list.const (list.const
    (list.const)))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))) ))))))))
(assert_return (invoke "tuples" (u8.const 0)) (u8.const 0))
(assert_return (invoke "tuples" (u8.const 255)) (u8.const 255))
(assert_return (invoke "some" (u32.const 0)) (u32.const 0))
(assert_return (invoke "some" (u32.const 1)) (u32.const 1))
(assert_return (invoke "some" (u32.const 96)) (u32.const 96))
(assert_return (invoke "some" (u32.const 97)) (u32.const 98))
(assert_return (invoke "innermost" (u32.const 0)) (u32.const 0))
(assert_return (invoke "innermost" (u32.const 5)) (u32.const 5))
