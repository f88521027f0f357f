;; wasmtime 50.0.1 differs: a function that the root component imports and exports again is refused, as not implemented.
;; Explainer.md: Import and Export Definitions.
;; Upstream: bytecodealliance/wasmtime#4348, which made it an error of its own kind.

(component
  (import "host-return-two" (func $two (result u32)))
  (import "host" (instance $host (export "return-three" (func (result u32)))))
  (export "two" (func $two))
  (export "three" (func $host "return-three"))
  (export "host-again" (instance $host)))
(assert_return (invoke "two") (u32.const 2))
(assert_return (invoke "three") (u32.const 3))
(assert_return (invoke "host-again#return-three") (u32.const 3))
