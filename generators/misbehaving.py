"""Core text of what a guest's function does although it should not: it fails, it calls out of where it may not, and its
post-return does more than free memory.

The reallocs' part is in `generators.reallocs`; wrong values are where the values are (`generators.constants`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from generators.hostile_choices import START, Fault, Hostile, Leaving, Meddling
from generators.layout import Pointer, alignment, area, core_params, lowered_type, size, spills, spills_result
from generators.reallocs import grown, later, of_realloc

if TYPE_CHECKING:
    from generators.functions import FunctionText

_FAULTS = {
    "unreachable": "(unreachable)",
    "divide by zero": "(drop (i32.div_u (i32.const 1) (i32.const 0)))",
    "throw": "(throw $hostile.thrown)",
    "out of bounds": "(drop (i32.load8_u ({p}.const -1)))",
}


def at_place(hostile: Sequence[Hostile], function: int) -> list[Hostile]:
    """The choices for one function (or `START`); those for the guest's realloc are for none."""
    return [h for h in hostile if h.place.function == function and not (function == START and of_realloc(h))]


def faults(here: Sequence[Hostile], where: str, p: Pointer) -> list[str]:
    return [fault(h, p) for h in here if isinstance(h, Fault) and h.where == where]


def fault(h: Fault, p: Pointer) -> str:
    return _FAULTS[h.kind].format(p=p)


def leaving(w: FunctionText, where: str) -> list[str]:
    """Calls of imports from a post-return or a realloc."""
    return [line for h in w.here if isinstance(h, Leaving) and h.where == where
            for line in later(h, _call_with_zeros(w, h.callee))]


def meddling(w: FunctionText) -> list[str]:
    """What the function's post-return does besides."""
    return [line for h in w.here if isinstance(h, Meddling) for line in _meddling(w, h)]


def _meddling(w: FunctionText, h: Meddling) -> list[str]:
    p, result = w.p, w.signature.result
    match h.what:
        case "grows":
            return grown(p)
        case "calls realloc":
            zero = f"({p}.const 0)"
            return [f"(drop (call $realloc {zero} {zero} ({p}.const 1) ({p}.const 16)))"]
        case "writes over the result" if result is not None and spills_result(w.signature):
            return [f"(memory.fill (local.get $result) (i32.const 0xff) {w.address(size(result, p))})"]
    return []


def _call_with_zeros(w: FunctionText, callee: int) -> list[str]:
    used = w.guest.imports[callee]
    signature, p = used.signature, w.guest.pointer_of(used)
    data = w.second if w.guest.uses_second(used) else w.data
    _, count, align = area(signature.params, p)
    args = [f"({p}.const {data.reserve(count, align):#x})"] if spills(signature) else [
        f"({t}.const 0)" for t in core_params(signature, p)
    ]
    if signature.result is not None and spills_result(signature):
        at = data.reserve(size(signature.result, p), alignment(signature.result, p))
        args.append(f"({p}.const {at:#x})")
    call = f"(call $c{callee}{''.join(' ' + a for a in args)})"
    return [f"(drop {call})" if lowered_type(signature, p)[1] else call]
