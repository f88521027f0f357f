;; adapter module 0 of 1 (counted from 0)
;;   needs: root.app, root.greeter
;;   ready: after core instance 1, root.app.memory
;;   due: before core instance 2, root.app.main
(module
  (import "memory" "root.app.memory.memory" (memory $root.app.memory.memory 0))
  (import "memory" "root.greeter.main.memory" (memory $root.greeter.main.memory 0))
  (import "callee" "root.greeter.main.greet" (func $root.greeter.main.greet (param i32 i32 i64) (result i32)))
  (import "post-return" "root.greeter.main.cabi_post_greet" (func $root.greeter.main.cabi_post_greet (param i32)))
  (import "realloc" "root.greeter.main.cabi_realloc" (func $root.greeter.main.cabi_realloc (param i32 i32 i32 i32) (result i32)))
  (import "callee" "root.greeter.main.many" (func $root.greeter.main.many (param i32)))
  (import "trap" "trap" (func $trap (param $reason i32) (param $site i32)))

  ;; adapter 0, greet: func(initial: char, age: u8, seed: u64) -> s16
  ;;   caller root.app: utf8
  ;;   callee root.greeter: core func root.greeter.main.greet, utf8, memory root.greeter.main.memory, post-return
  ;;       root.greeter.main.cabi_post_greet
  (func $greet (export "adapter:0") (param $initial i32) (param $age i32) (param $seed i64) (result i32)
    (local $result i32)
    (block $threw
      (try_table (catch_all $threw)
        ;; -- leave root.app: no test, nothing keeps it inside
        ;; -- enter root.greeter: no test, nothing can enter it twice
        ;; -- lift param initial: char
        (if
          (i32.ge_u (i32.sub (i32.xor (local.get $initial) (i32.const 0xd800)) (i32.const 0x800)) (i32.const 0x10f800))
          (then (call $trap (i32.const 0 (; invalid-char ;)) (i32.const 1 (; param initial ;))) (unreachable)))
        ;; -- lift param age: u8, nothing to check
        ;; -- lift param seed: u64, nothing to check
        ;; -- call root.greeter.main.greet
        (local.set $result
          (call $root.greeter.main.greet (local.get $initial) (i32.and (local.get $age) (i32.const 0xff)) (local.get $seed)))
        ;; -- lift result: s16
        ;; -- post-return
        (call $root.greeter.main.cabi_post_greet (local.get $result))
        (return (i32.extend16_s (local.get $result)))))
    ;; -- a guest's function threw
    (call $trap (i32.const 12 (; uncaught-exception ;)) (i32.const 0 (; no site ;)))
    (unreachable))

  ;; adapter 1, many: func(x0: bool, x1: bool, x2: bool, x3: bool, x4: bool, x5: bool, x6: bool, x7: bool, x8: bool,
  ;;       x9: bool, x10: bool, x11: bool, x12: bool, x13: bool, x14: bool, last-but-one: f64, last: char)
  ;;   caller root.app: utf8, memory root.app.memory.memory
  ;;   callee root.greeter: core func root.greeter.main.many, utf8, memory root.greeter.main.memory, realloc
  ;;       root.greeter.main.cabi_realloc
  (func $many (export "adapter:1") (param $params i32)
    (local $params.out i32)
    (block $threw
      (try_table (catch_all $threw)
        ;; -- leave root.app: no test, nothing keeps it inside
        ;; -- enter root.greeter: no test, nothing can enter it twice
        ;; -- lift params: 32 bytes, aligned to 8
        (if (i32.and (local.get $params) (i32.const 7))
          (then (call $trap (i32.const 8 (; pointer-misaligned ;)) (i32.const 2 (; params ;))) (unreachable)))
        (if
          (i64.gt_u
            (i64.add (i64.extend_i32_u (local.get $params)) (i64.extend_i32_u (i32.const 32)))
            (i64.shl (i64.extend_i32_u (memory.size $root.app.memory.memory)) (i64.const 16)))
          (then (call $trap (i32.const 9 (; pointer-out-of-bounds ;)) (i32.const 2 (; params ;))) (unreachable)))
        ;; -- lift param last: char
        (if
          (i32.ge_u
            (i32.sub
              (i32.xor (i32.load $root.app.memory.memory offset=24 (local.get $params)) (i32.const 0xd800))
              (i32.const 0x800))
            (i32.const 0x10f800))
          (then (call $trap (i32.const 0 (; invalid-char ;)) (i32.const 3 (; param last ;))) (unreachable)))
        ;; -- lower params: 32 bytes, aligned to 8
        (local.set $params.out (call $root.greeter.main.cabi_realloc (i32.const 0) (i32.const 0) (i32.const 8) (i32.const 32)))
        (if (i32.and (local.get $params.out) (i32.const 7))
          (then (call $trap (i32.const 10 (; realloc-misaligned ;)) (i32.const 2 (; params ;))) (unreachable)))
        (if
          (i64.gt_u
            (i64.add (i64.extend_i32_u (local.get $params.out)) (i64.extend_i32_u (i32.const 32)))
            (i64.shl (i64.extend_i32_u (memory.size $root.greeter.main.memory)) (i64.const 16)))
          (then (call $trap (i32.const 11 (; realloc-out-of-bounds ;)) (i32.const 2 (; params ;))) (unreachable)))
        ;; -- param x0 to param x14
        (i64.store $root.greeter.main.memory
          (local.get $params.out)
          (i64x2.extract_lane 0
            (i8x16.min_u
              (v128.load64_zero $root.app.memory.memory (local.get $params))
              (v128.const i8x16 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1))))
        (i64.store $root.greeter.main.memory offset=7
          (local.get $params.out)
          (i64x2.extract_lane 0
            (i8x16.min_u
              (v128.load64_zero $root.app.memory.memory offset=7 (local.get $params))
              (v128.const i8x16 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1))))
        ;; -- param last-but-one to param last
        (i64.store $root.greeter.main.memory offset=16
          (local.get $params.out)
          (i64.load $root.app.memory.memory offset=16 (local.get $params)))
        (i32.store $root.greeter.main.memory offset=24
          (local.get $params.out)
          (i32.load $root.app.memory.memory offset=24 (local.get $params)))
        ;; -- call root.greeter.main.many
        (call $root.greeter.main.many (local.get $params.out))
        (return)))
    ;; -- a guest's function threw
    (call $trap (i32.const 12 (; uncaught-exception ;)) (i32.const 0 (; no site ;)))
    (unreachable)))
