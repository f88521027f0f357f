"""A guest's second memory: the module that has it, and calls whose arguments and results lie there.

What is passed is made in the first memory, carried over to the second one, and what comes back is carried over to the
first: so everything else goes on in the first one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from generators.blueprint import Guest, GuestImport, Step
from generators.building import Memory, Way, built
from generators.constants import Data
from generators.copying import load
from generators.helpers import Helpers
from generators.layout import Pointer, alignment, area, lower_needs_realloc, size, spills, spills_result
from generators.making import Held, address
from generators.operands import CallResult
from generators.runtime import PAGE
from generators.valtypes import Type, has_pointers

if TYPE_CHECKING:
    from generators.functions import FunctionText

_FIELDS = """\
  (memory $second (export "memory2") {type}{pages})
  (global $next2 (mut {p}) ({p}.const {top:#x}))
  (global $seen (mut i64) (i64.const 0))
  (global $aligns (mut i64) (i64.const 0))
  (func $alloc2 (export "alloc2") (param $old {p}) (param $old_size {p}) (param $align {p}) (param $size {p})\
 (result {p})
    (local $ptr {p})
    (local.set $ptr ({p}.and ({p}.sub ({p}.add (global.get $next2) (local.get $align)) ({p}.const 1))
      ({p}.sub ({p}.const 0) (local.get $align))))
    (if ({p}.gt_u ({p}.add (local.get $ptr) (local.get $size)) {end}) (then
      (local.set $ptr {end})
      (drop (memory.grow $second ({p}.add ({p}.shr_u (local.get $size) ({p}.const 16)) ({p}.const 1))))))
    (global.set $next2 ({p}.add (local.get $ptr) (local.get $size)))
    (memory.copy $second $second (local.get $ptr) (local.get $old)
      (select (local.get $old_size) (local.get $size) ({p}.lt_u (local.get $old_size) (local.get $size))))
    (local.get $ptr))
  (func $note2 (param $n i64)
    (global.set $seen (i64.add (i64.mul (global.get $seen) (i64.const 31)) (local.get $n))))
  (func (export "realloc2") (param $old {p}) (param $old_size {p}) (param $align {p}) (param $size {p}) (result {p})
    {notes}
    (global.set $aligns (i64.or (i64.shl (global.get $aligns) (i64.const 4)) {align}))
    (call $alloc2 (local.get $old) (local.get $old_size) (local.get $align) (local.get $size)))
  (func $seen2 (export "seen2") (result i64) (global.get $seen))
  (func $aligns2 (export "aligns2") (result i64) (global.get $aligns))
"""


def second_fields(p: Pointer, data: Data) -> str:
    """The second memory, its allocator and realloc, and what tells how the realloc was called: `$aligns2`, a hex
    digit for the alignment of each of the last calls, and `$seen2`, made of all other arguments."""
    wide = {n: f"(i64.extend_i32_u (local.get ${n}))" if p == "i32" else f"(local.get ${n})"
            for n in ("old", "old_size", "size", "align")}
    notes = "\n    ".join(f"(call $note2 {wide[n]})" for n in ("old", "old_size", "size"))
    return _FIELDS.format(
        type="i64 " if p == "i64" else "", pages=data.end // PAGE, p=p, top=data.top(), notes=notes,
        align=wide["align"],
        end=f"({p}.shl (memory.size $second) ({p}.const 16))",
    )


def second_imports(p: Pointer, data: Data) -> str:
    """Of a guest whose second memory is another module's."""
    return (f'  (import "store" "memory2" (memory $second {"i64 " if p == "i64" else ""}{data.end // PAGE}))\n'
            f'  (import "store" "alloc2" (func $alloc2 (param {p} {p} {p} {p}) (result {p})))\n'
            '  (import "store" "seen2" (func $seen2 (result i64)))\n'
            '  (import "store" "aligns2" (func $aligns2 (result i64)))\n')


def has_second(guest: Guest) -> bool:
    """Whether anything is lowered with the guest's second memory."""
    return any(map(guest.uses_second, guest.imports))


def is_elsewhere(guest: Guest) -> bool:
    """Whether another module has the second memory: the first one comes before it among a module's memories."""
    return guest.memory != "own"


def call(w: FunctionText, n: int, step: Step, used: GuestImport) -> tuple[str, list[str]]:
    """The call of step *n* by the second memory, and the lines that come after it: what its realloc saw, and the result
    carried over."""
    signature, p = used.signature, w.guest.pointer_of(used)
    args, after = _spilled(w, step, used) if spills(signature) else _flat(w, n, step, used), []
    if lower_needs_realloc(signature):
        after += ["(call $log (call $aligns2))", "(call $log (call $seen2))"]
    t, encoding = signature.result, used.encoding or "utf8"
    if t is not None and spills_result(signature):
        there = _reserved(w, t, p)
        here = w.address(w.data.reserve(size(t, w.p), alignment(t, w.p)))
        back = Way(Memory("$second", p, "$alloc2"), Memory("", w.p))
        args.append(there)
        after.append(f"(call {built(w.helpers, t, encoding, back)} {here} {there})")
        w.held[CallResult(n)] = Held(t, encoding, (), here)
    return f"(call $c{step.callee}{''.join(' ' + a for a in args)})", after


def _over(w: FunctionText, used: GuestImport) -> Way:
    return Way(Memory("", w.p), Memory("$second", w.guest.pointer_of(used), "$alloc2"))


def _reserved(w: FunctionText, t: Type, p: Pointer) -> str:
    return f"({p}.const {w.second.reserve(size(t, p), alignment(t, p)):#x})"


def _spilled(w: FunctionText, step: Step, used: GuestImport) -> list[str]:
    p, encoding, params = w.guest.pointer_of(used), used.encoding or "utf8", used.signature.params
    offsets, count, align = area(params, p)
    base = w.second.reserve(count, align)
    for t, operand, offset in zip(params, step.args, offsets, strict=True):
        source = address(w, t, operand, encoding)
        carry = built(w.helpers, t, encoding, _over(w, used))
        w.lines.append(f"(call {carry} ({p}.const {base + offset:#x}) {source})")
    return [f"({p}.const {base:#x})"]


def _flat(w: FunctionText, n: int, step: Step, used: GuestImport) -> list[str]:
    p, encoding = w.guest.pointer_of(used), used.encoding or "utf8"
    theirs, args = Helpers(p, memory=" $second"), []
    for i, (t, operand) in enumerate(zip(used.signature.params, step.args, strict=True)):
        if not has_pointers(t):
            args += w.flat(t, operand, encoding, n, i)
            continue
        source, there = address(w, t, operand, encoding), _reserved(w, t, p)
        w.lines.append(f"(call {built(w.helpers, t, encoding, _over(w, used))} {there} {source})")
        args += load(theirs, t, there)
    return args
