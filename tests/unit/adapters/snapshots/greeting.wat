;; adapter module 0 of 1 (counted from 0)
;;   needs: root.app, root.greeter
;;   ready: after core instance 1, root.app.memory
;;   due: before core instance 2, root.app.main
(module
  (import "may_leave" "root.app" (global $root.app.may_leave (mut i32)))
  (import "may_leave" "root.greeter" (global $root.greeter.may_leave (mut i32)))
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
    (local $result.flat i32) (local $result i32)
    (block $threw
      (try_table (catch_all $threw)
        ;; -- leave root.app
        (if (i32.eqz (global.get $root.app.may_leave))
          (then (call $trap (i32.const 1 (; cannot-leave ;)) (i32.const 0 (; no site ;))) (unreachable)))
        ;; -- enter root.greeter: no test, nothing can enter it twice
        ;; -- lift param initial: char
        (if (i32.ge_u (local.get $initial) (i32.const 0xd800)) (then (call $check_char (local.get $initial) (i32.const 1 (; param initial ;)))))
        ;; -- lift param age: u8
        (local.set $age (i32.and (local.get $age) (i32.const 0xff)))
        ;; -- lift param seed: u64, as it is
        ;; -- call root.greeter.main.greet
        (local.set $result.flat (call $root.greeter.main.greet (local.get $initial) (local.get $age) (local.get $seed)))
        ;; -- lift result: s16
        (local.set $result (i32.extend16_s (local.get $result.flat)))
        ;; -- post-return
        (global.set $root.greeter.may_leave (i32.const 0))
        (call $root.greeter.main.cabi_post_greet (local.get $result.flat))
        (global.set $root.greeter.may_leave (i32.const 1))
        (return (local.get $result))))
    ;; -- the callee threw
    (call $trap (i32.const 7 (; uncaught-exception ;)) (i32.const 0 (; no site ;)))
    (unreachable))

  ;; adapter 1, many: func(x0: bool, x1: bool, x2: bool, x3: bool, x4: bool, x5: bool, x6: bool, x7: bool, x8: bool,
  ;;       x9: bool, x10: bool, x11: bool, x12: bool, x13: bool, x14: bool, last-but-one: f64, last: char)
  ;;   caller root.app: utf8, memory root.app.memory.memory
  ;;   callee root.greeter: core func root.greeter.main.many, utf8, memory root.greeter.main.memory, realloc
  ;;       root.greeter.main.cabi_realloc
  (func $many (export "adapter:1") (param $params i32)
    (local $params.out i32)
    (local $x0 i32) (local $x1 i32) (local $x2 i32) (local $x3 i32) (local $x4 i32) (local $x5 i32)
    (local $x6 i32) (local $x7 i32) (local $x8 i32) (local $x9 i32) (local $x10 i32) (local $x11 i32)
    (local $x12 i32) (local $x13 i32) (local $x14 i32) (local $last-but-one f64) (local $last i32)
    (block $threw
      (try_table (catch_all $threw)
        ;; -- leave root.app
        (if (i32.eqz (global.get $root.app.may_leave))
          (then (call $trap (i32.const 1 (; cannot-leave ;)) (i32.const 0 (; no site ;))) (unreachable)))
        ;; -- enter root.greeter: no test, nothing can enter it twice
        ;; -- lift params: 32 bytes, aligned to 8
        (if (i32.and (local.get $params) (i32.const 7))
          (then (call $trap (i32.const 3 (; pointer-misaligned ;)) (i32.const 2 (; params ;))) (unreachable)))
        (if
          (i64.gt_u
            (i64.add (i64.extend_i32_u (local.get $params)) (i64.const 32))
            (i64.shl (i64.extend_i32_u (memory.size $root.app.memory.memory)) (i64.const 16)))
          (then (call $trap (i32.const 4 (; pointer-out-of-bounds ;)) (i32.const 2 (; params ;))) (unreachable)))
        ;; -- lift param x0: bool
        (local.set $x0 (i32.ne (i32.load8_u $root.app.memory.memory offset=0 (local.get $params)) (i32.const 0)))
        ;; -- lift param x1: bool
        (local.set $x1 (i32.ne (i32.load8_u $root.app.memory.memory offset=1 (local.get $params)) (i32.const 0)))
        ;; -- lift param x2: bool
        (local.set $x2 (i32.ne (i32.load8_u $root.app.memory.memory offset=2 (local.get $params)) (i32.const 0)))
        ;; -- lift param x3: bool
        (local.set $x3 (i32.ne (i32.load8_u $root.app.memory.memory offset=3 (local.get $params)) (i32.const 0)))
        ;; -- lift param x4: bool
        (local.set $x4 (i32.ne (i32.load8_u $root.app.memory.memory offset=4 (local.get $params)) (i32.const 0)))
        ;; -- lift param x5: bool
        (local.set $x5 (i32.ne (i32.load8_u $root.app.memory.memory offset=5 (local.get $params)) (i32.const 0)))
        ;; -- lift param x6: bool
        (local.set $x6 (i32.ne (i32.load8_u $root.app.memory.memory offset=6 (local.get $params)) (i32.const 0)))
        ;; -- lift param x7: bool
        (local.set $x7 (i32.ne (i32.load8_u $root.app.memory.memory offset=7 (local.get $params)) (i32.const 0)))
        ;; -- lift param x8: bool
        (local.set $x8 (i32.ne (i32.load8_u $root.app.memory.memory offset=8 (local.get $params)) (i32.const 0)))
        ;; -- lift param x9: bool
        (local.set $x9 (i32.ne (i32.load8_u $root.app.memory.memory offset=9 (local.get $params)) (i32.const 0)))
        ;; -- lift param x10: bool
        (local.set $x10 (i32.ne (i32.load8_u $root.app.memory.memory offset=10 (local.get $params)) (i32.const 0)))
        ;; -- lift param x11: bool
        (local.set $x11 (i32.ne (i32.load8_u $root.app.memory.memory offset=11 (local.get $params)) (i32.const 0)))
        ;; -- lift param x12: bool
        (local.set $x12 (i32.ne (i32.load8_u $root.app.memory.memory offset=12 (local.get $params)) (i32.const 0)))
        ;; -- lift param x13: bool
        (local.set $x13 (i32.ne (i32.load8_u $root.app.memory.memory offset=13 (local.get $params)) (i32.const 0)))
        ;; -- lift param x14: bool
        (local.set $x14 (i32.ne (i32.load8_u $root.app.memory.memory offset=14 (local.get $params)) (i32.const 0)))
        ;; -- lift param last-but-one: f64
        (local.set $last-but-one (f64.load $root.app.memory.memory offset=16 (local.get $params)))
        ;; -- lift param last: char
        (local.set $last (i32.load $root.app.memory.memory offset=24 (local.get $params)))
        (if (i32.ge_u (local.get $last) (i32.const 0xd800)) (then (call $check_char (local.get $last) (i32.const 3 (; param last ;)))))
        ;; -- lower params: 32 bytes, aligned to 8
        (global.set $root.greeter.may_leave (i32.const 0))
        (local.set $params.out (call $root.greeter.main.cabi_realloc (i32.const 0) (i32.const 0) (i32.const 8) (i32.const 32)))
        (global.set $root.greeter.may_leave (i32.const 1))
        (if (i32.and (local.get $params.out) (i32.const 7))
          (then (call $trap (i32.const 5 (; realloc-misaligned ;)) (i32.const 2 (; params ;))) (unreachable)))
        (if
          (i64.gt_u
            (i64.add (i64.extend_i32_u (local.get $params.out)) (i64.const 32))
            (i64.shl (i64.extend_i32_u (memory.size $root.greeter.main.memory)) (i64.const 16)))
          (then (call $trap (i32.const 6 (; realloc-out-of-bounds ;)) (i32.const 2 (; params ;))) (unreachable)))
        ;; -- lower param x0: bool
        (i32.store8 $root.greeter.main.memory offset=0 (local.get $params.out) (local.get $x0))
        ;; -- lower param x1: bool
        (i32.store8 $root.greeter.main.memory offset=1 (local.get $params.out) (local.get $x1))
        ;; -- lower param x2: bool
        (i32.store8 $root.greeter.main.memory offset=2 (local.get $params.out) (local.get $x2))
        ;; -- lower param x3: bool
        (i32.store8 $root.greeter.main.memory offset=3 (local.get $params.out) (local.get $x3))
        ;; -- lower param x4: bool
        (i32.store8 $root.greeter.main.memory offset=4 (local.get $params.out) (local.get $x4))
        ;; -- lower param x5: bool
        (i32.store8 $root.greeter.main.memory offset=5 (local.get $params.out) (local.get $x5))
        ;; -- lower param x6: bool
        (i32.store8 $root.greeter.main.memory offset=6 (local.get $params.out) (local.get $x6))
        ;; -- lower param x7: bool
        (i32.store8 $root.greeter.main.memory offset=7 (local.get $params.out) (local.get $x7))
        ;; -- lower param x8: bool
        (i32.store8 $root.greeter.main.memory offset=8 (local.get $params.out) (local.get $x8))
        ;; -- lower param x9: bool
        (i32.store8 $root.greeter.main.memory offset=9 (local.get $params.out) (local.get $x9))
        ;; -- lower param x10: bool
        (i32.store8 $root.greeter.main.memory offset=10 (local.get $params.out) (local.get $x10))
        ;; -- lower param x11: bool
        (i32.store8 $root.greeter.main.memory offset=11 (local.get $params.out) (local.get $x11))
        ;; -- lower param x12: bool
        (i32.store8 $root.greeter.main.memory offset=12 (local.get $params.out) (local.get $x12))
        ;; -- lower param x13: bool
        (i32.store8 $root.greeter.main.memory offset=13 (local.get $params.out) (local.get $x13))
        ;; -- lower param x14: bool
        (i32.store8 $root.greeter.main.memory offset=14 (local.get $params.out) (local.get $x14))
        ;; -- lower param last-but-one: f64
        (f64.store $root.greeter.main.memory offset=16 (local.get $params.out) (local.get $last-but-one))
        ;; -- lower param last: char
        (i32.store $root.greeter.main.memory offset=24 (local.get $params.out) (local.get $last))
        ;; -- call root.greeter.main.many
        (call $root.greeter.main.many (local.get $params.out))
        (return)))
    ;; -- the callee threw
    (call $trap (i32.const 7 (; uncaught-exception ;)) (i32.const 0 (; no site ;)))
    (unreachable))

  ;; a char from 0xd800 on: no surrogate, and below 0x110000
  (func $check_char (param $value i32) (param $site i32)
    (if (i32.ge_u (local.get $value) (i32.const 0x110000))
      (then (call $trap (i32.const 0 (; invalid-char ;)) (local.get $site)) (unreachable)))
    (if (i32.and (i32.ge_u (local.get $value) (i32.const 0xd800)) (i32.le_u (local.get $value) (i32.const 0xdfff)))
      (then (call $trap (i32.const 0 (; invalid-char ;)) (local.get $site)) (unreachable)))))
