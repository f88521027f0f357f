"""Core text of reallocs: good ones, and what the hostile layer makes of them.

A hostile choice is a behaviour and after how many calls it begins; `$reallocs` counts the calls when one has to wait.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from generators.blueprint import Guest
from generators.constants import STATIC
from generators.hostile_choices import AreaKind, Fault, Hostile, Leaving, Meddling, ReallocKind, ReallocResult
from generators.layout import Pointer
from generators.observing import log
from generators.runtime import REALLOC, end_of_memory, event

FRESH_PAGES = 2
"""So many pages can a memory grow by whose realloc takes a page for each block."""

THROWN = "  (tag $hostile.thrown)\n"
"""What core code throws."""


def of_realloc(h: Hostile) -> bool:
    """Whether *h* is about a guest's realloc."""
    return isinstance(h, ReallocResult) or (isinstance(h, Leaving | Fault | Meddling) and h.where == "realloc")


def realloc_text(guest: Guest, lines: Sequence[str], hostile: Sequence[Hostile]) -> str:
    """The realloc, which logs its arguments; *lines* run before it allocates."""
    p = guest.pointer
    choices = [h for h in hostile if of_realloc(h)]
    arguments = "old", "old_size", "align", "size"
    logged = [log(p, f"(local.get ${n})") for n in arguments]
    params = " ".join(f"(param ${n} {p})" for n in arguments)
    globals_, counting = "", []
    if any(_after(h) for h in choices):
        globals_ += "  (global $reallocs (mut i32) (i32.const 0))\n"
        counting = ["(global.set $reallocs (i32.add (global.get $reallocs) (i32.const 1)))"]
    if any(isinstance(h, ReallocResult) and h.pointer == "previous" for h in choices):
        globals_ += f"  (global $previous (mut {p}) ({p}.const 0))\n"
    meddling = [h for h in choices if isinstance(h, Meddling)]
    before = [line for h in meddling for line in later(h, grown(p) if h.what == "grows" else [])]
    behind = [line for h in meddling for line in later(h, _written(h, p))]
    bad = next((h for h in choices if isinstance(h, ReallocResult)), None)
    body = "\n    ".join([f"(local $ptr {p})", event(REALLOC, 0), *logged, *counting, *lines, *before,
                          *_allocated(bad, p), *behind, "(local.get $ptr)"])
    return f'{globals_}  (func $realloc (export "realloc") {params} (result {p})\n    {body})\n'


def later(h: Hostile, lines: Iterable[str]) -> list[str]:
    """*lines*, in a realloc but for its first calls."""
    lines = list(lines)
    if not lines or not _after(h):
        return lines
    return [f"(if (i32.gt_u (global.get $reallocs) (i32.const {_after(h)})) (then", *lines, "))"]


def _after(h: Hostile) -> int:
    return h.after if isinstance(h, ReallocResult | Leaving | Fault | Meddling) else 0


# -- what it returns


def _allocated(bad: ReallocResult | None, p: Pointer) -> list[str]:
    """Sets `$ptr`."""
    good = "(local.set $ptr (call $alloc (local.get $old) (local.get $old_size) (local.get $align) (local.get $size)))"
    if bad is None:
        return [good]
    match bad.pointer:
        case "forgets":
            return [*later(bad, [f"(local.set $old_size ({p}.const 0))"]), good]
        case "fresh pages":
            fresh = later(bad, _fresh(p))
            return fresh if not bad.after else [*fresh[:-1], f") (else {good}))"]
        case "previous":
            up = f"({p}.and ({p}.sub ({p}.add (global.get $previous) (local.get $align)) ({p}.const 1)) {_mask(p)})"
            known = f"({p}.ne (global.get $previous) ({p}.const 0))"
            again = f"(if {known} (then (local.set $ptr {up})))"
            return [good, *later(bad, [again]), "(global.set $previous (local.get $ptr))"]
        case kind:
            return [good, *later(bad, [f"(local.set $ptr {_pointer(kind, p)})"])]


def _pointer(kind: ReallocKind, p: Pointer) -> str:
    match kind:
        case "static":
            return f"({p}.const {STATIC:#x})"
        case "old":
            return f"(select (local.get $old) (local.get $ptr) ({p}.ne (local.get $old_size) ({p}.const 0)))"
        case "previous" | "forgets" | "fresh pages":
            raise AssertionError(kind)
    return bad_pointer(kind, p, "(local.get $ptr)", "(local.get $size)", "(local.get $align)")


def _fresh(p: Pointer) -> list[str]:
    """A page for the block; what `memory.grow` returns when there is none left."""
    least = f"({p}.lt_u (local.get $old_size) (local.get $size))"
    return [
        f"(local.set $ptr (memory.grow ({p}.const 1)))",
        f"(if ({p}.ne (local.get $ptr) ({p}.const -1)) (then",
        f"  (local.set $ptr ({p}.shl (local.get $ptr) ({p}.const 16)))",
        f"  (memory.copy (local.get $ptr) (local.get $old) (select (local.get $old_size) (local.get $size) {least}))))",
    ]


def _mask(p: Pointer) -> str:
    return f"({p}.sub ({p}.const 0) (local.get $align))"


# -- what it does besides


def grown(p: Pointer) -> list[str]:
    return [f"(drop (memory.grow ({p}.const 1)))"]


def _written(h: Meddling, p: Pointer) -> list[str]:
    match h.what:
        case "writes before":
            return [f"(i64.store ({p}.sub (local.get $ptr) ({p}.const 8)) (i64.const -1))"]
        case "writes behind":
            return [f"(i64.store ({p}.add (local.get $ptr) (local.get $size)) (i64.const -1))"]
    return []


# -- pointers


def bad_pointer(kind: AreaKind, p: Pointer, good: str, size: str, align: str) -> str:
    """A hostile pointer in place of the *good* one to *size* bytes; all three are expressions."""
    last_fit = f"({p}.and ({p}.sub {end_of_memory(p)} {size}) ({p}.sub ({p}.const 0) {align}))"
    match kind:
        case "odd":
            return f"({p}.add {good} ({p}.const 1))"
        case "half":
            return f"({p}.add {good} ({p}.shr_u {align} ({p}.const 1)))"
        case "last fit":
            return last_fit
        case "one past":
            return f"({p}.add {last_fit} {align})"
        case "at end":
            return end_of_memory(p)
        case "past end":
            return f"({p}.add {end_of_memory(p)} ({p}.const 8))"
        case "odd end":
            return f"({p}.add {end_of_memory(p)} ({p}.const 1))"
        case "null":
            return f"({p}.const 0)"
        case "last":
            return f"({p}.sub ({p}.const 0) {align})"
        case "high" if p == "i64":
            return f"(i64.add {good} (i64.const 0x1_0000_0000))"
        case "highest" if p == "i64":
            return f"(i64.add {good} (i64.const 0x8000_0001_0000_0000))"
        case _:
            return f"({p}.const -16)"
