;; resource.new and resource.drop are ways out of a component, and trap where it may not leave: in a realloc and in a
;; post-return. resource.rep is none.
;; CanonicalABI.md: canon resource.new, canon resource.drop, canon resource.rep, canon lift.

(component definition $D
  (component $C
    (type $R (resource (rep i32)))
    (core func $new (canon resource.new $R))
    (core func $drop (canon resource.drop $R))
    (core func $rep (canon resource.rep $R))
    (core module $M
      (import "" "new" (func $new (param i32) (result i32)))
      (import "" "drop" (func $drop (param i32)))
      (import "" "rep" (func $rep (param i32) (result i32)))
      (memory (export "mem") 1)
      (global $h (mut i32) (i32.const 0))
      (global $seen (mut i32) (i32.const 0))
      (func (export "make") (param i32) (global.set $h (call $new (local.get 0))))
      (func (export "nothing"))
      (func (export "text") (param i32 i32))
      (func (export "new-after") (drop (call $new (i32.const 1))))
      (func (export "drop-after") (call $drop (global.get $h)))
      (func (export "rep-after") (global.set $seen (call $rep (global.get $h))))
      (func (export "seen") (result i32) (global.get $seen))
      (func (export "realloc-new") (param i32 i32 i32 i32) (result i32) (drop (call $new (i32.const 1))) (i32.const 64))
      (func (export "realloc-drop") (param i32 i32 i32 i32) (result i32) (call $drop (global.get $h)) (i32.const 64))
      (func (export "realloc-rep") (param i32 i32 i32 i32) (result i32)
        (global.set $seen (i32.add (call $rep (global.get $h)) (i32.const 1))) (i32.const 64)))
    (core instance $m (instantiate $M (with "" (instance
      (export "new" (func $new)) (export "drop" (func $drop)) (export "rep" (func $rep))))))
    (func (export "make") (param "v" u32) (canon lift (core func $m "make")))
    (func (export "seen") (result u32) (canon lift (core func $m "seen")))
    (func (export "new-after") (canon lift (core func $m "nothing") (post-return (core func $m "new-after"))))
    (func (export "drop-after") (canon lift (core func $m "nothing") (post-return (core func $m "drop-after"))))
    (func (export "rep-after") (canon lift (core func $m "nothing") (post-return (core func $m "rep-after"))))
    (func (export "realloc-new") (param "s" string)
      (canon lift (core func $m "text") (memory (core memory $m "mem")) (realloc (core func $m "realloc-new"))))
    (func (export "realloc-drop") (param "s" string)
      (canon lift (core func $m "text") (memory (core memory $m "mem")) (realloc (core func $m "realloc-drop"))))
    (func (export "realloc-rep") (param "s" string)
      (canon lift (core func $m "text") (memory (core memory $m "mem")) (realloc (core func $m "realloc-rep")))))
  (instance $c (instantiate $C))
  (component $User
    (import "c" (instance $c
      (export "realloc-new" (func (param "s" string)))
      (export "realloc-drop" (func (param "s" string)))
      (export "realloc-rep" (func (param "s" string)))))
    (core module $Memory (memory (export "mem") 1) (data (i32.const 0) "text"))
    (core instance $memory (instantiate $Memory))
    (core func $new (canon lower (func $c "realloc-new") (memory (core memory $memory "mem"))))
    (core func $drop (canon lower (func $c "realloc-drop") (memory (core memory $memory "mem"))))
    (core func $rep (canon lower (func $c "realloc-rep") (memory (core memory $memory "mem"))))
    (func (export "new") (param "p" u32) (param "n" u32) (canon lift (core func $new)))
    (func (export "drop") (param "p" u32) (param "n" u32) (canon lift (core func $drop)))
    (func (export "rep") (param "p" u32) (param "n" u32) (canon lift (core func $rep))))
  (instance $user (instantiate $User (with "c" (instance $c))))
  (export "c" (instance $c))
  (export "user" (instance $user)))

(component instance $i $D)
(assert_return (invoke "c#make" (u32.const 7)))
(assert_return (invoke "c#rep-after"))
(assert_return (invoke "c#seen") (u32.const 7))
(assert_return (invoke "c#realloc-rep" (str.const "text")))
(assert_return (invoke "c#seen") (u32.const 8))
(assert_return (invoke "c#rep-after"))
(assert_return (invoke "user#rep" (u32.const 0) (u32.const 4)))
(assert_return (invoke "c#seen") (u32.const 8))

(component instance $i $D)
(assert_trap (invoke "c#new-after") "cannot leave component instance") ;; cannot-leave
(component instance $i $D)
(assert_return (invoke "c#make" (u32.const 7)))
(assert_trap (invoke "c#drop-after") "cannot leave component instance") ;; cannot-leave
;; before the handle is looked at
(component instance $i $D)
(assert_trap (invoke "c#drop-after") "cannot leave component instance") ;; cannot-leave
(component instance $i $D)
(assert_trap (invoke "c#realloc-new" (str.const "text")) "cannot leave component instance") ;; cannot-leave
(component instance $i $D)
(assert_trap (invoke "c#realloc-drop" (str.const "text")) "cannot leave component instance") ;; cannot-leave
(component instance $i $D)
(assert_trap (invoke "user#new" (u32.const 0) (u32.const 4)) "cannot leave component instance") ;; cannot-leave
(component instance $i $D)
(assert_return (invoke "c#make" (u32.const 7)))
(assert_trap (invoke "user#drop" (u32.const 0) (u32.const 4)) "cannot leave component instance") ;; cannot-leave
