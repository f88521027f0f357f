;; One server, three clients made from one definition. A client's module needs the lowered function before the memory
;; that its lower names exists, so it imports a table's trampoline (shim) which a last module fills in (fixup):
;; the shape that component tooling emits.
;;   factfuzz compile tests/components/counter-star.wat -o out      one adapter module holds all three adapters
(component
  (component $Server
    (core module $server
      (global $total (mut i64) (i64.const 0))
      (func (export "add") (param $by i32) (param $up i32) (result i64)
        (global.set $total (i64.add (global.get $total)
          (i64.mul (i64.extend_i32_s (local.get $by)) (select (i64.const 1) (i64.const -1) (local.get $up)))))
        (global.get $total)))
    (core instance $core (instantiate $server))
    (func (export "add") (param "by" s16) (param "up" bool) (result s64) (canon lift (core func $core "add"))))

  (component $Client
    (import "add" (func $add (param "by" s16) (param "up" bool) (result s64)))
    (core module $shim
      (type $add (func (param i32 i32) (result i64)))
      (table (export "table") 1 1 funcref)
      (func (export "add") (type $add) (call_indirect (type $add) (local.get 0) (local.get 1) (i32.const 0))))
    (core instance $shim (instantiate $shim))
    (core module $client
      (import "server" "add" (func $add (param i32 i32) (result i64)))
      (memory (export "memory") 1)
      ;; Only the low 16 bits of the first argument are the s16, and any nonzero second one is true.
      (func (export "bump") (param $by i32) (result i64)
        (call $add (i32.or (local.get $by) (i32.const 0x50000)) (i32.const 0x100))))
    (core instance $core (instantiate $client (with "server" (instance (export "add" (func $shim "add"))))))
    (core module $fixup
      (import "" "table" (table 1 1 funcref))
      (import "" "add" (func $add (param i32 i32) (result i64)))
      (elem (i32.const 0) func $add))
    (core func $lowered (canon lower (func $add) (memory (core memory $core "memory"))))
    (core instance (instantiate $fixup (with "" (instance
      (export "table" (table $shim "table"))
      (export "add" (func $lowered))))))
    (func (export "bump") (param "by" u16) (result s64) (canon lift (core func $core "bump"))))

  (instance $server (instantiate $Server))
  (instance $red (instantiate $Client (with "add" (func $server "add"))))
  (instance $green (instantiate $Client (with "add" (func $server "add"))))
  (instance $blue (instantiate $Client (with "add" (func $server "add"))))
  (export "red" (func $red "bump"))
  (export "green" (func $green "bump"))
  (export "blue" (func $blue "bump"))
  (export "server" (instance $server)))
