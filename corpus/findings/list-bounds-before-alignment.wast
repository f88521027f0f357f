;; wasmtime 50.0.1 differs: lifting a list for the host, it looks at bounds before alignment. Its adapters have it the other
;; way round, as the specification has.
;; CanonicalABI.md: Loading (load_list_from_range: trap_if for alignment, then for the memory's end).

(component
  (core module $M
    (memory (export "memory") 1)
    (data (i32.const 16) "\01\00\01\00\01\00\00\00")
    (func (export "f") (result i32) (i32.const 16)))
  (core instance $m (instantiate $M))
  (func (export "f") (result (list u32)) (canon lift (core func $m "f") (memory (core memory $m "memory")))))
(assert_trap (invoke "f") "unaligned pointer")
