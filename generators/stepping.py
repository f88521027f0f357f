"""When and how often a step of a function is taken: by a condition, for each element of a list, to a bounded depth."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from fact.model.types import Prim
from generators.blueprint import ROUNDS, Step
from generators.layout import size
from generators.making import Held, address, encoding_of, number, odd_atom, type_of
from generators.operands import Atom, CallResult, Each
from generators.valtypes import element_of, is_scalar

if TYPE_CHECKING:
    from generators.functions import FunctionText

DEPTH = "  (global $depth (mut i32) (i32.const 0))\n"
"""How deep a guest is in steps of bounded depth."""


def taken(w: FunctionText, n: int, step: Step, write: Callable[[], None]) -> None:
    """Adds to *w*'s lines what *write* does, the call and all that belongs to it, as often as *step* says."""
    if step == Step(step.callee, step.args):
        write()
        return
    so_far, w.lines = w.lines, []
    end = ""
    if step.when is not None:
        condition = odd_atom(w, step.when)
        w.lines.append(f"(if {condition} (then")
        end = "))"
    before, w.lines = w.lines, []
    if step.over is None:
        write()
    else:
        _rounds(w, step.over, write)
    lines = w.lines
    if step.guarded:
        lines = ["(block $passed (block $caught (try_table (catch_all $caught)", *lines, "(br $passed)))",
                 "(unreachable))"]
    if step.depth:
        lines = [f"(if (i32.lt_u (global.get $depth) (i32.const {step.depth})) (then", _deeper(1), *lines, _deeper(-1),
                 "))"]
    perhaps_not = step.when is not None or step.over is not None or step.depth > 0
    w.lines = [*so_far, *(_nothing_at_first(w, n) if perhaps_not else ()), *before, *lines, end]


def _deeper(by: int) -> str:
    return f"(global.set $depth (i32.add (global.get $depth) (i32.const {by})))"


def _nothing_at_first(w: FunctionText, n: int) -> list[str]:
    """Before it is known whether step *n* is taken its result is all zeros."""
    held = w.held.get(CallResult(n))
    if held is None or held.values or not held.base.startswith(f"({w.p}.const"):
        return []
    return [f"(memory.fill {held.base} (i32.const 0) {w.address(size(held.type, w.p))})"]


def _rounds(w: FunctionText, over: Atom, write: Callable[[], None]) -> None:
    p, t = w.p, type_of(w, over)
    left = w.local("left", "i32")
    element = None if t is None else element_of(t)
    if t is not None and element is not None:
        h, encoding = w.helpers, encoding_of(w, over) or w.encoding
        base = address(w, t, over, encoding)
        at = w.local("at", p)
        count = h.as_i32(h.load_pointer(base, size(t, p) // 2))
        w.lines += [
            f"(local.set {at} {h.load_pointer(base, 0)})",
            f"(local.set {left} (select {count} (i32.const {ROUNDS}) (i32.lt_u {count} (i32.const {ROUNDS}))))",
        ]
        w.held[Each()] = Held(element, encoding, (), f"(local.get {at})")
        onward = [f"(local.set {at} ({p}.add (local.get {at}) ({p}.const {size(element, p)})))"]
    else:
        w.lines.append(f"(local.set {left} {_few(w, over)})")
        w.held[Each()] = Held(Prim.U32, "utf8", (f"(local.get {left})",))
        onward = []
    before, w.lines = w.lines, []
    write()
    del w.held[Each()]
    w.lines = [
        *before, "(block $all (loop $round", f"(br_if $all (i32.eqz (local.get {left})))", *w.lines, *onward,
        f"(local.set {left} (i32.sub (local.get {left}) (i32.const 1)))", "(br $round)))",
    ]


def _few(w: FunctionText, over: Atom) -> str:
    """A number of rounds that is less than `ROUNDS`."""
    held = w.held.get(over)
    if held is not None and is_scalar(held.type) and held.type not in (Prim.F32, Prim.F64):
        return f"(i32.and {number(w, Prim.U32, over)} (i32.const {ROUNDS - 1}))"
    return odd_atom(w, over)
