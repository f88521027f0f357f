"""Core module text: guests, the runtime module of a guest that imports its memory, shims and fixups."""

from __future__ import annotations

from collections.abc import Sequence

from generators.blueprint import START, Fault, Guest, Hostile, ReallocResult, Reentry, Signature
from generators.constants import Data, Full
from generators.functions import FunctionText, at_place, fault, lowered_type, type_text
from generators.helpers import Helpers
from generators.reallocs import FRESH_PAGES, THROWN, later, of_realloc, realloc_text
from generators.runtime import PAGE, has_allocator, has_early_realloc, has_realloc, memory_text, runtime_fields
from generators.stepping import DEPTH

MEMORIES = (2 * PAGE, 8 * PAGE, 64 * PAGE, 512 * PAGE)
"""Sizes of memories; a guest has the first that holds its constants."""


def core_modules(guest: Guest, hostile: Sequence[Hostile]) -> list[tuple[str, str]]:
    """The guest's modules by their role, as fields without `(module` around them. *hostile* are the choices whose place
    is in this guest."""
    modules = _with_memory(guest, hostile)
    if guest.lowering == "indirect" and guest.imports:
        modules += [("shim", shim_fields(guest)), ("fixup", fixup_fields(guest))]
    return modules


def _with_memory(guest: Guest, hostile: Sequence[Hostile]) -> list[tuple[str, str]]:
    for end in MEMORIES[:-1]:
        try:
            return _guest_modules(guest, hostile, Data(end))
        except Full:
            continue
    return _guest_modules(guest, hostile, Data(MEMORIES[-1]))


def _guest_modules(guest: Guest, hostile: Sequence[Hostile], data: Data) -> list[tuple[str, str]]:
    helpers = Helpers(guest.pointer, guest.vectors)
    functions = _functions(guest, hostile, data, helpers)
    imports = [
        f'  (import "dep" "c{i}" (func $c{i}{_lowered_text(used.signature, guest)}))\n'
        for i, used in enumerate(guest.imports)
    ]
    runtime = _runtime(guest, data, hostile, helpers.allocates)
    shared = runtime if guest.memory == "own" else _runtime_imports(guest, data, helpers.allocates)
    if any(isinstance(h, Fault) and h.kind == "throw" for h in hostile):
        shared += THROWN
    if any(isinstance(h, Reentry) for h in hostile):
        shared += "  (global $inside (mut i32) (i32.const 0))\n"
    if any(step.depth for f in guest.functions for step in f.steps):
        shared += DEPTH
    fields = "".join([*imports, shared, functions, helpers.text(), data.segments(guest.pointer)])
    return [("guest", fields)] if guest.memory == "own" else [("guest", fields), ("runtime", runtime)]


def _runtime(guest: Guest, data: Data, hostile: Sequence[Hostile], allocates: bool) -> str:
    few = any(isinstance(h, ReallocResult) and h.pointer == "fresh pages" for h in hostile)
    text = runtime_fields(guest, data, allocates, FRESH_PAGES if few else None)
    if guest.memory == "imported" and has_early_realloc(guest):
        text += THROWN * any(isinstance(h, Fault) and h.kind == "throw" for h in hostile)
        text += realloc_text(guest, _realloc_faults(guest, hostile), hostile)
    return text


def _realloc_faults(guest: Guest, hostile: Sequence[Hostile]) -> list[str]:
    mine = [h for h in hostile if isinstance(h, Fault) and of_realloc(h)]
    return [line for h in mine for line in later(h, [fault(h, guest.pointer)])]


def _runtime_imports(guest: Guest, data: Data, allocates: bool) -> str:
    p = guest.pointer
    text = f'  (import "runtime" "memory" (memory {memory_text(guest, data)}))\n'
    text += '  (import "runtime" "log" (func $log (param i64)))\n'
    if allocates or has_allocator(guest):
        text += f'  (import "runtime" "alloc" (func $alloc (param {p} {p} {p} {p}) (result {p})))\n'
    return text


def _functions(guest: Guest, hostile: Sequence[Hostile], data: Data, helpers: Helpers) -> str:
    parts = []
    if has_realloc(guest):
        writing = FunctionText(guest, data, helpers, Signature(()), (), START, hostile)
        lines = [*writing.leaving("realloc"), *_realloc_faults(guest, hostile)]
        parts.append(realloc_text(guest, lines, hostile))
    for number, f in enumerate(guest.functions):
        here, encoding = at_place(hostile, number), f.encoding or "utf8"
        writing = FunctionText(guest, data, helpers, f.signature, f.steps, number, here, encoding, f)
        parts.append(writing.function(f.returns))
        if f.post_return:
            writing = FunctionText(guest, data, helpers, f.signature, (), number, here, encoding)
            parts.append(writing.post_return())
    if guest.start:
        here = at_place(hostile, START)
        parts.append(FunctionText(guest, data, helpers, Signature(()), guest.start, START, here).start())
    return "".join(parts)


def _lowered_text(signature: Signature, guest: Guest) -> str:
    return type_text(*lowered_type(signature, guest.pointer))


def shim_fields(guest: Guest) -> str:
    """A table and one trampoline for each of the guest's imports."""
    parts = [f'  (table (export "table") {len(guest.imports)} {len(guest.imports)} funcref)\n']
    for i, used in enumerate(guest.imports):
        params = lowered_type(used.signature, guest.pointer)[0]
        args = "".join(f" (local.get {n})" for n in range(len(params)))
        core_type = _lowered_text(used.signature, guest)
        parts.append(
            f'  (func (export "c{i}"){core_type}\n    (call_indirect{core_type}{args} (i32.const {i})))\n'
        )
    return "".join(parts)


def fixup_fields(guest: Guest) -> str:
    """Fills the shim's table."""
    count = len(guest.imports)
    imports = [
        f'  (import "" "c{i}" (func $c{i}{_lowered_text(used.signature, guest)}))\n'
        for i, used in enumerate(guest.imports)
    ]
    elements = " ".join(f"$c{i}" for i in range(count))
    table = f'  (import "" "table" (table {count} {count} funcref))\n'
    return f'{"".join(imports)}{table}  (elem (i32.const 0) func {elements})\n'
