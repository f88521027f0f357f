"""Core text that every guest has: its memory, its log and its allocator.

What a guest observes goes into its log as 64-bit entries: an event (its kind in the upper half, its function and step
in the lower) followed by the values that belong to it. An i32 is extended without a sign, a float given by its bits,
every NaN by one pattern since engines may change NaNs. The digest depends on the order of all entries; the entries kept
are the last 2048.

Memory: 0x1000 to 0x4fff the log, from 0x5000 constants and areas for values that go through memory, then what realloc
hands out. The last 8 KiB that the memory has at first are for hostile pointers; when the allocator comes to them, it
goes on in fresh pages.
"""

from __future__ import annotations

from generators.blueprint import Guest
from generators.constants import RESERVE, Data
from generators.layout import Pointer, lower_needs_realloc, takes_pointers

CALL, RESULT, REALLOC, POST_RETURN, STARTED = 1, 2, 3, 4, 5
"""Kinds of events."""

PAGE = 0x1_0000

_LOG = """\
  (global $count (mut i32) (i32.const 0))
  (global $digest (mut i64) (i64.const 0x9e3779b97f4a7c15))
  (func $log (export "log") (param $entry i64)
    (i64.store offset=0x1000 {slot_of_count} (local.get $entry))
    (global.set $count (i32.add (global.get $count) (i32.const 1)))
    (global.set $digest (i64.mul (i64.xor (i64.rotl (global.get $digest) (i64.const 5)) (local.get $entry))
      (i64.const 0x100000001b3))))
  (func (export "log-count") (result i32) (global.get $count))
  (func (export "log-entry") (param $i i32) (result i64)
    (i64.load offset=0x1000 {slot_of_i}))
  (func (export "log-digest") (result i64) (global.get $digest))
"""

_ALLOC = """\
  (global $next (mut {p}) ({p}.const {top:#x}))
  (global $limit (mut {p}) ({p}.const {limit:#x}))
  (func $alloc (export "alloc") (param $old {p}) (param $old_size {p}) (param $align {p}) (param $size {p}) (result {p})
    (local $ptr {p})
{first}    (local.set $ptr ({p}.and ({p}.sub ({p}.add (global.get $next) (local.get $align)) ({p}.const 1))
      ({p}.sub ({p}.const 0) (local.get $align))))
    (if ({p}.gt_u ({p}.add (local.get $ptr) (local.get $size)) (global.get $limit)) (then
      (local.set $ptr {end})
      (drop (memory.grow ({p}.add ({p}.shr_u (local.get $size) ({p}.const 16)) ({p}.const 1))))
      (global.set $limit {end})))
    (global.set $next ({p}.add (local.get $ptr) (local.get $size)))
    (memory.copy (local.get $ptr) (local.get $old)
      (select (local.get $old_size) (local.get $size) ({p}.lt_u (local.get $old_size) (local.get $size))))
    (local.get $ptr))
"""

_FIRST = {
    "moves": "",
    "in place": "    (if ({p}.lt_u (local.get $size) (local.get $old_size)) (then (return (local.get $old))))\n",
    "grows": "    (drop (memory.grow ({p}.const 1)))\n",
}


def memory_text(guest: Guest, data: Data) -> str:
    """What follows `(memory ...`: the type of addresses and the pages."""
    return f"{'i64 ' if guest.memory64 else ''}{data.end // PAGE}"


def runtime_fields(guest: Guest, data: Data, allocates: bool, most_growth: int | None = None) -> str:
    """The memory, the log and, if the guest *allocates* itself or has a realloc, the allocator: fields of the guest's
    module or of one before it.

    *most_growth*: the pages that the memory can grow by; None: as many as there are."""
    p = guest.pointer
    most = f" {data.end // PAGE + most_growth}" if most_growth is not None else ""
    text = f'  (memory (export "memory") {memory_text(guest, data)}{most})\n'
    text += _LOG.format(slot_of_count=_slot(p, "(global.get $count)"), slot_of_i=_slot(p, "(local.get $i)"))
    if allocates or has_allocator(guest):
        text += _ALLOC.format(p=p, top=data.top(), limit=data.end - RESERVE, end=end_of_memory(p),
                              first=_FIRST[guest.allocator].format(p=p))
    return text


def _slot(p: Pointer, index: str) -> str:
    slot = f"(i32.shl (i32.and {index} (i32.const 2047)) (i32.const 3))"
    return slot if p == "i32" else f"(i64.extend_i32_u {slot})"


def has_realloc(guest: Guest) -> bool:
    """Whether the guest's own module has a realloc: for lifts, and for lowers that come after the module's instance."""
    late = guest.lowering == "indirect" and any(lower_needs_realloc(i.signature) for i in guest.imports)
    return late or any(f.options or takes_pointers(f.signature) for f in guest.functions)


def has_early_realloc(guest: Guest) -> bool:
    """Whether lowers before the guest's instance need a realloc."""
    return guest.lowering == "direct" and any(lower_needs_realloc(i.signature) for i in guest.imports)


def borrows_realloc(guest: Guest) -> bool:
    """Whether the guest's lifts, or lowers before its instance, use the realloc of the guest whose memory it shares."""
    of_lifts = guest.realloc == "lender's" and has_realloc(guest)
    return guest.memory == "shared" and (of_lifts or has_early_realloc(guest))


def has_allocator(guest: Guest) -> bool:
    return has_realloc(guest) or has_early_realloc(guest)


def event(kind: int, detail: int) -> str:
    return f"(call $log (i64.const {kind << 32 | detail:#x}))"


def end_of_memory(p: Pointer) -> str:
    return f"({p}.shl (memory.size) ({p}.const 16))"
