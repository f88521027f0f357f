;; A host import at the root, passed down to a child.
;;   factfuzz run tests/components/clock.wat --host 'now=90061' --invoke 'hours()'
(component
  (import "now" (func $now (result u64)))
  (component $Watch
    (import "now" (func $now (result u64)))
    (core func $lowered (canon lower (func $now)))
    (core module $watch
      (import "" "now" (func $now (result i64)))
      (func (export "hours") (result i32)
        (i32.wrap_i64 (i64.div_u (call $now) (i64.const 3600)))))
    (core instance $core (instantiate $watch (with "" (instance (export "now" (func $lowered))))))
    (func (export "hours") (result u8) (canon lift (core func $core "hours"))))
  (instance $watch (instantiate $Watch (with "now" (func $now))))
  (export "hours" (func $watch "hours")))
