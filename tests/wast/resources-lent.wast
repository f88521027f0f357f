;; While a handle is lent it cannot be dropped: a child that was lent one calls its parent, which drops what it lent.
;; CanonicalABI.md: canon resource.drop, trap_if(h.num_lends != 0); Component Instances (entering_set).
(component definition $D
  (component $Source
    (type $R' (resource (rep i32)))
    (export $R "r" (type $R'))
    (core func $new (canon resource.new $R'))
    (func (export "make") (param "v" u32) (result (own $R)) (canon lift (core func $new))))
  (instance $source (instantiate $Source))
  (alias export $source "r" (type $r))
  (core func $make (canon lower (func $source "make")))
  (core func $drop (canon resource.drop $r))
  (core module $Parent
    (import "" "make" (func $make (param i32) (result i32)))
    (import "" "drop" (func $drop (param i32)))
    (global $h (export "h") (mut i32) (i32.const 0))
    (func (export "back") (call $drop (global.get $h)))
    (func (export "make") (result i32) (global.set $h (call $make (i32.const 3))) (global.get $h)))
  (core instance $parent (instantiate $Parent (with "" (instance (export "make" (func $make)) (export "drop"
    (func $drop))))))
  (func $back (canon lift (core func $parent "back")))
  (component $Child
    (import "r" (type $r (sub resource)))
    (import "back" (func $back))
    (core func $back' (canon lower (func $back)))
    (core func $drop (canon resource.drop $r))
    (core module $M
      (import "" "back" (func $back))
      (import "" "drop" (func $drop (param i32)))
      (func (export "f") (param i32) (call $back) (call $drop (local.get 0)))
      (func (export "g") (param i32) (call $drop (local.get 0)) (call $back)))
    (core instance $m (instantiate $M (with "" (instance (export "back" (func $back')) (export "drop" (func $drop))))))
    (func (export "f") (param "r" (borrow $r)) (canon lift (core func $m "f")))
    (func (export "g") (param "r" (borrow $r)) (canon lift (core func $m "g"))))
  (instance $child (instantiate $Child (with "r" (type $r)) (with "back" (func $back))))
  (core func $f (canon lower (func $child "f")))
  (core func $g (canon lower (func $child "g")))
  (core module $Run
    (import "" "make" (func $make (result i32)))
    (import "" "f" (func $f (param i32)))
    (import "" "g" (func $g (param i32)))
    (func (export "f") (call $f (call $make)))
    (func (export "g") (call $g (call $make))))
  (core instance $run (instantiate $Run (with "" (instance
    (export "make" (func $parent "make")) (export "f" (func $f)) (export "g" (func $g))))))
  (func (export "f") (canon lift (core func $run "f")))
  (func (export "g") (canon lift (core func $run "g"))))
(component instance $i $D)
(assert_trap (invoke "f") "cannot remove owned resource while borrowed") ;; handle-lent
;; the borrow was dropped, but the call is not over
(component instance $i $D)
(assert_trap (invoke "g") "cannot remove owned resource while borrowed") ;; handle-lent
