;; wasmtime 50.0.1 differs: a borrowed handle may be dropped while it is lent on, by a call back from the child that it is
;; lent to. Only how often owned handles are lent is counted.
;; CanonicalABI.md, Loading: lift_borrow (add_lender, for borrowed handles too), and canon resource.drop
;; (trap_if(h.num_lends != 0)).
;; Upstream: WebAssembly/component-model#209 once made that the rule; the text counts for borrowed handles again.

(component definition $D
  (component $Owner
    (type $r' (resource (rep i32)))
    (export $r "r" (type $r'))
    (core func $new (canon resource.new $r))
    (func (export "make") (param "rep" u32) (result (own $r)) (canon lift (core func $new))))
  (instance $owner (instantiate $Owner))
  (alias export $owner "r" (type $r))
  (component $Parent
    (import "r" (type $r (sub resource)))
    (core func $drop (canon resource.drop $r))
    (core module $M
      (import "" "drop" (func $drop (param i32)))
      (table (export "t") 1 funcref)
      (global $held (mut i32) (i32.const 0))
      (func (export "relay") (param i32)
        (global.set $held (local.get 0))
        (call_indirect (param i32) (local.get 0) (i32.const 0)))
      (func (export "drop-held") (call $drop (global.get $held))))
    (core instance $m (instantiate $M (with "" (instance (export "drop" (func $drop))))))
    (func $drop-held (canon lift (core func $m "drop-held")))
    (component $Child
      (import "r" (type $r (sub resource)))
      (import "drop-held" (func $drop-held))
      (core func $drop-held' (canon lower (func $drop-held)))
      (core func $drop (canon resource.drop $r))
      (core module $M
        (import "" "drop-held" (func $drop-held))
        (import "" "drop" (func $drop (param i32)))
        (func (export "see") (param i32) (call $drop-held) (call $drop (local.get 0))))
      (core instance $m (instantiate $M (with "" (instance
        (export "drop-held" (func $drop-held')) (export "drop" (func $drop))))))
      (func (export "see") (param "r" (borrow $r)) (canon lift (core func $m "see"))))
    (instance $child (instantiate $Child (with "r" (type $r)) (with "drop-held" (func $drop-held))))
    (core func $see (canon lower (func $child "see")))
    (core module $Fixup
      (import "" "t" (table 1 funcref))
      (import "" "see" (func $see (param i32)))
      (elem (i32.const 0) $see))
    (core instance (instantiate $Fixup (with "" (instance (export "t" (table $m "t")) (export "see" (func $see))))))
    (func (export "relay") (param "r" (borrow $r)) (canon lift (core func $m "relay"))))
  (instance $parent (instantiate $Parent (with "r" (type $r))))
  (core func $make (canon lower (func $owner "make")))
  (core func $relay (canon lower (func $parent "relay")))
  (core module $M
    (import "" "make" (func $make (param i32) (result i32)))
    (import "" "relay" (func $relay (param i32)))
    (func (export "run") (call $relay (call $make (i32.const 1)))))
  (core instance $m (instantiate $M (with "" (instance (export "make" (func $make)) (export "relay" (func $relay))))))
  (func (export "run") (canon lift (core func $m "run"))))
(component instance $a $D)
(assert_trap (invoke "run") "cannot remove owned resource while borrowed") ;; handle-lent
