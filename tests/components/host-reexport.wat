;; A host import that the root exports again. wasmtime 50 does not implement this: `native` says so, the others run it.
;;   factfuzz run tests/components/host-reexport.wat --host 'now=90061' --invoke 'now()'
(component
  (import "now" (func $now (result u64)))
  (export "now" (func $now)))
