"""The runtime of a guest that carries out scripts: memory, log, realloc, destructors, and the interpreter's loop.

It is instantiated before the resource types are defined, the guest after; what the guest adds to the interpreter stands
in a table.

Memory: registers from 0x800, hooks from 0x900, 0x1000 to 0x4fff the log, from 0x5000 constants, from 0x10000 what
realloc hands out.
"""

from __future__ import annotations

from functools import lru_cache

from generators.handles_script import AT_A_TIME, REGISTERS
from generators.handles_state import DESTROYED, GOT, NOTED
from generators.layout import Pointer

STATIC_END = 0x1_0000
OPERATIONS = 64
"""At most so many ones that differ, in the scripts for the instances of one definition."""

OPS_OF_RUNTIME: dict[tuple[object, ...], int] = {
    (name,): number for number, name in enumerate(("copy", "hook", "unreachable", "throw", "divide", "overrun"))
}
HOOKS = ("destructor", "realloc", "post-return")

_LIMITS: dict[Pointer, str] = {"i32": "2", "i64": "i64 2"}

def at(address: str, p: Pointer) -> str:
    """An address, as an i32, for an instruction on a memory of either kind."""
    return address if p == "i32" else f"(i64.extend_i32_u {address})"


def narrow(address: str, p: Pointer) -> str:
    """An address that the canonical ABI gave, as an i32."""
    return address if p == "i32" else f"(i32.wrap_i64 {address})"


@lru_cache
def _runtime(p: Pointer) -> str:
    return f"""\
  (memory (export "memory") {_LIMITS[p]})
  (type $op (func (param i32)))
  (table $ops (export "ops") {OPERATIONS} funcref)
  (global $count (mut i32) (i32.const 0))
  (global $digest (mut i64) (i64.const 0x9e3779b97f4a7c15))
  (global $next (mut {p}) ({p}.const 0x10000))
  (global $to (mut i32) (i32.const 0))
  (global $received (mut i32) (i32.const 0))
  (func $log (export "log") (param $entry i64)
    (i64.store offset=0x1000 {at("(i32.shl (i32.and (global.get $count) (i32.const 2047)) (i32.const 3))", p)}
      (local.get $entry))
    (global.set $count (i32.add (global.get $count) (i32.const 1)))
    (global.set $digest (i64.mul (i64.xor (i64.rotl (global.get $digest) (i64.const 5)) (local.get $entry))
      (i64.const 0x100000001b3))))
  (func (export "log-count") (result i32) (global.get $count))
  (func (export "log-entry") (param $i i32) (result i64)
    (i64.load offset=0x1000 {at("(i32.shl (i32.and (local.get $i) (i32.const 2047)) (i32.const 3))", p)}))
  (func (export "log-digest") (result i64) (global.get $digest))
  (func (export "realloc") (param $old {p}) (param $old_size {p}) (param $align {p}) (param $size {p}) (result {p})
    (local $ptr {p})
    (call $hooked (i32.const 1))
    (local.set $ptr ({p}.and ({p}.sub ({p}.add (global.get $next) (local.get $align)) ({p}.const 1))
      ({p}.sub ({p}.const 0) (local.get $align))))
    (global.set $next ({p}.add (local.get $ptr) (local.get $size)))
    (if ({p}.gt_u (global.get $next) ({p}.shl (memory.size) ({p}.const 16))) (then
      (drop (memory.grow ({p}.add ({p}.shr_u (local.get $size) ({p}.const 16)) ({p}.const 1))))))
    (local.get $ptr))
  (func (export "run") (param $at {p}) (param $count {p})
    (call $run {narrow("(local.get $at)", p)} {narrow("(local.get $count)", p)}))
  (func $run (param $at i32) (param $count i32)
    (local $end i32)
    (local.set $end (i32.add (local.get $at) (i32.shl (local.get $count) (i32.const 2))))
    (block $done (loop $more
      (br_if $done (i32.ge_u (local.get $at) (local.get $end)))
      (call_indirect (type $op) (local.get $at) (i32.load {at("(local.get $at)", p)}))
      (local.set $at (i32.add (local.get $at) (i32.shl (i32.load offset=4 {at("(local.get $at)", p)}) (i32.const 2))))
      (br $more))))
  (func $hooked (export "hooked") (param $where i32)
    (local $count i32)
    (local.set $where (i32.shl (local.get $where) (i32.const 3)))
    (local.set $count (i32.load offset=0x904 {at("(local.get $where)", p)}))
    (i32.store offset=0x904 {at("(local.get $where)", p)} (i32.const 0))
    (call $run (i32.load offset=0x900 {at("(local.get $where)", p)}) (local.get $count)))
  (func $register (param $number i32) (result {p})
    {at(f"(i32.shl (i32.and (local.get $number) (i32.const {REGISTERS - 1})) (i32.const 2))", p)})
  (func $keep (export "keep") (param $handle i32) (param $number i32)
    (call $log (i64.or (i64.const {GOT << 32:#x}) (i64.extend_i32_u (local.get $handle))))
    (i32.store offset=0x800 (call $register (local.get $number)) (local.get $handle)))
  (func $expect (export "expect") (param $to i32)
    (global.set $to (local.get $to))
    (global.set $received (i32.const 0)))
  (func $got (export "got") (param $handle i32)
    (call $keep (local.get $handle)
      (i32.add (global.get $to) (i32.and (global.get $received) (i32.const {AT_A_TIME - 1}))))
    (global.set $received (i32.add (global.get $received) (i32.const 1))))
  (func $handle (export "handle") (param $word i32) (result i32)
    (if (result i32) (i32.lt_s (local.get $word) (i32.const 0))
      (then (i32.and (local.get $word) (i32.const 0x7fffffff)))
      (else (i32.xor
        (i32.add (i32.load offset=0x800 (call $register (local.get $word)))
          (i32.extend8_s (i32.shr_u (local.get $word) (i32.const 8))))
        (i32.and (i32.shl (i32.const 1) (i32.shr_u (local.get $word) (i32.const 16))) (i32.const -2))))))
  (func $out (export "out") (param $number i32) (result i32)
    (i32.load offset=0x800 (call $register (local.get $number)))
    (i32.store offset=0x800 (call $register (local.get $number)) (i32.const 0)))
  (func $copy (param $at i32)
    (i32.store offset=0x800 (call $register (i32.load offset=8 {at("(local.get $at)", p)}))
      (call $handle (i32.load offset=12 {at("(local.get $at)", p)}))))
  (func $hook (param $at i32)
    (local $slot i32)
    (local.set $slot (i32.shl (i32.load offset=8 {at("(local.get $at)", p)}) (i32.const 3)))
    (i32.store offset=0x900 {at("(local.get $slot)", p)} (i32.add (local.get $at) (i32.const 12)))
    (i32.store offset=0x904 {at("(local.get $slot)", p)}
      (i32.sub (i32.load offset=4 {at("(local.get $at)", p)}) (i32.const 3))))
  (func $unreachable (param $at i32) unreachable)
  (tag $thrown)
  (func $throw (param $at i32) (throw $thrown))
  (func $divide (param $at i32) (drop (i32.div_u (local.get $at) (i32.const 0))))
  (func $overrun (param $at i32) (drop (i32.load ({p}.shl (memory.size) ({p}.const 16)))))
  (elem (i32.const 0) $copy $hook $unreachable $throw $divide $overrun)
"""

_DESTRUCTOR = """\
  (func (export "{name}") (param $rep i32)
    (call $log (i64.const {event:#x})) (call $log (i64.extend_i32_u (local.get $rep))) (call $hooked (i32.const 0)))
"""

_FROM_RUNTIME = {
    "ops": f"(table $ops {OPERATIONS} funcref)",
    "log": "(func $log (param i64))",
    "keep": "(func $keep (param i32 i32))",
    "got": "(func $got (param i32))",
    "expect": "(func $expect (param i32))",
    "hooked": "(func $hooked (param i32))",
    "handle": "(func $handle (param i32) (result i32))",
    "out": "(func $out (param i32) (result i32))",
}


def from_runtime(p: Pointer) -> dict[str, str]:
    """What a guest may import; all but the first two only if it calls them."""
    return {"memory": f"(memory {_LIMITS[p]})", **_FROM_RUNTIME, "run": f"(func $run (param {p} {p}))"}


def runtime_fields(types: int, notes: bool, p: Pointer) -> str:
    """The fields of the runtime module on a memory of either kind, with destructors for the types 0 to *types* - 1 of
    the component, and, if it *notes*, one for another instance."""
    destructors = [(f"destroy{t}", DESTROYED << 32 | t) for t in range(types)] + [("note", NOTED << 32)] * notes
    return _runtime(p) + "".join([_DESTRUCTOR.format(name=name, event=event) for name, event in destructors])
