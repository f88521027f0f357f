;; Names of imports and exports: plain names with acronyms, numbers and annotations, and names of interfaces with a
;; namespace, a package and a version. Matching is by the whole name.
;; Explainer.md: Import and Export Definitions.

(component
  (core module $M
    (func (export "1") (result i32) (i32.const 1))
    (func (export "2") (result i32) (i32.const 2)))
  (core instance $m (instantiate $M))
  (func $one (result u8) (canon lift (core func $m "1")))
  (func $two (result u8) (canon lift (core func $m "2")))
  (component $Names
    (import "a" (func $a (result u8)))
    (import "HTTP-server2-X" (func $b (result u8)))
    (import "ns:pkg/face" (instance $c (export "f" (func (result u8)))))
    (import "ns:pkg/face@1.2.3" (instance $d (export "f" (func (result u8)))))
    (import "ns:pkg/face@1.2.4-rc.1+build.5" (instance $e (export "f" (func (result u8)))))
    (import "other-ns:pkg/other-face" (instance $f (export "g-2" (func (result u8)))))
    (export "get-a" (func $a))
    (export "B" (func $b))
    (export "my:own/face@0.1.0" (instance $c))
    (export "my:own/face@0.2.0" (instance $d))
    (export "e" (func $e "f"))
    (export "ANSWER" (func $f "g-2")))
  (instance $c (export "f" (func $one)))
  (instance $d (export "f" (func $two)))
  (instance $f (export "g-2" (func $two)) (export "f" (func $one)))
  (instance $i (instantiate $Names
    (with "ns:pkg/face@1.2.4-rc.1+build.5" (instance $f))
    (with "ns:pkg/face@1.2.3" (instance $d))
    (with "ns:pkg/face" (instance $c))
    (with "other-ns:pkg/other-face" (instance $f))
    (with "a" (func $one))
    (with "HTTP-server2-X" (func $two))))
  (export "i" (instance $i))
  (export "my:own/face@0.1.0" (instance $i "my:own/face@0.1.0"))
  (export "my:own/face@0.2.0" (instance $i "my:own/face@0.2.0"))
  (export "x" (func $i "B"))
  (export "ns:pkg/face@10.20.30" (instance $f)))
(assert_return (invoke "i#get-a") (u8.const 1))
(assert_return (invoke "i#B") (u8.const 2))
(assert_return (invoke "i#e") (u8.const 1))
(assert_return (invoke "i#ANSWER") (u8.const 2))
(assert_return (invoke "i#my:own/face@0.1.0#f") (u8.const 1))
(assert_return (invoke "my:own/face@0.1.0#f") (u8.const 1))
(assert_return (invoke "my:own/face@0.2.0#f") (u8.const 2))
(assert_return (invoke "ns:pkg/face@10.20.30#g-2") (u8.const 2))
(assert_return (invoke "x") (u8.const 2))

;; annotations: a constructor, a method and a static function of a resource type that is there
(component $annotated
  (type $R' (resource (rep i32)))
  (export $R "my-thing" (type $R'))
  (core func $new (canon resource.new $R'))
  (core module $M (func (export "f") (param i32) (result i32) (local.get 0)))
  (core instance $m (instantiate $M))
  (func (export "[constructor]my-thing") (param "v" u32) (result (own $R)) (canon lift (core func $new)))
  (func (export "[method]my-thing.get-value") (param "self" (borrow $R)) (result u32) (canon lift (core func $m "f")))
  (func (export "[static]my-thing.twice") (param "v" u32) (result u32) (canon lift (core func $m "f")))
  (func (export "get-value") (param "v" u32) (result u32) (canon lift (core func $m "f"))))
(assert_return (invoke "get-value" (u32.const 3)) (u32.const 3))
(assert_return (invoke "[static]my-thing.twice" (u32.const 4)) (u32.const 4))

;; strongly unique
(assert_invalid
  (component (import "a-b" (func)) (import "A-b" (func)))
  "conflicts with previous name")
(assert_invalid
  (component (import "ns:pkg/face@1.0.0" (instance)) (import "ns:pkg/face@1.0.0" (instance)))
  "conflicts with previous name")
;; no names
(assert_invalid (component (import "ns:pkg/face@1.0" (instance))) "is not a valid extern name")
(assert_invalid (component (import "a_b" (func))) "is not in kebab case")
