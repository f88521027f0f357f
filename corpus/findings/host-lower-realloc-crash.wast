;; wasmtime 50.0.1 dies (SIGSEGV) while it loads this valid component. The realloc option of $Late's lower of a host function
;; is an adapter, the lower of a function of $Early's; and that lower of a host function is lifted again, for $User.
;; CanonicalABI.md: canon lower, canonopt Validation (any core function of its type may be the realloc).

(component
  (import "host-return-two" (func $two (result u32)))
  (component $Early
    (core module $M (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 16)))
    (core instance $m (instantiate $M))
    (func (export "realloc") (param "old" u32) (param "old-size" u32) (param "align" u32) (param "size" u32) (result u32)
      (canon lift (core func $m "realloc"))))
  (component $Late
    (import "two" (func $two (result u32)))
    (import "realloc" (func $realloc
      (param "old" u32) (param "old-size" u32) (param "align" u32) (param "size" u32) (result u32)))
    (core module $M (memory (export "memory") 1))
    (core instance $m (instantiate $M))
    (core func $realloc-core (canon lower (func $realloc)))
    (core func $two-core (canon lower (func $two) (memory (core memory $m "memory")) (realloc (core func $realloc-core))))
    (func (export "f") (result u32) (canon lift (core func $two-core))))
  (component $User
    (import "f" (func $f (result u32)))
    (core func $f-core (canon lower (func $f)))
    (core module $M
      (import "" "f" (func $f (result i32)))
      (func (export "g") (result i32) (call $f)))
    (core instance $m (instantiate $M (with "" (instance (export "f" (func $f-core))))))
    (func (export "g") (result u32) (canon lift (core func $m "g"))))
  (instance $early (instantiate $Early))
  (instance $late (instantiate $Late (with "two" (func $two)) (with "realloc" (func $early "realloc"))))
  (instance $user (instantiate $User (with "f" (func $late "f"))))
  (export "g" (func $user "g")))
(assert_return (invoke "g") (u32.const 2))
