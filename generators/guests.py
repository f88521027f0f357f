"""Core module text: guests, the runtime module of a guest that imports its memory, shims and fixups."""

from __future__ import annotations

from collections.abc import Sequence

from generators.blueprint import START, Guest, Hostile, Reentry, Signature
from generators.constants import Data, Full
from generators.functions import FunctionText, at_place, faults, lowered_type, type_text
from generators.helpers import Helpers
from generators.runtime import PAGE, has_allocator, has_realloc, memory_text, realloc_text, runtime_fields

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
    helpers = Helpers(guest.pointer)
    functions = _functions(guest, hostile, data, helpers)
    imports = [
        f'  (import "dep" "c{i}" (func $c{i}{_lowered_text(used.signature, guest)}))\n'
        for i, used in enumerate(guest.imports)
    ]
    runtime = runtime_fields(guest, data, hostile)
    shared = runtime if guest.memory == "own" else _runtime_imports(guest, data)
    if any(isinstance(h, Reentry) for h in hostile):
        shared += "  (global $inside (mut i32) (i32.const 0))\n"
    fields = "".join([*imports, shared, functions, helpers.text(), data.segments(guest.pointer)])
    return [("guest", fields)] if guest.memory == "own" else [("guest", fields), ("runtime", runtime)]


def _runtime_imports(guest: Guest, data: Data) -> str:
    p = guest.pointer
    text = f'  (import "runtime" "memory" (memory {memory_text(guest, data)}))\n'
    text += '  (import "runtime" "log" (func $log (param i64)))\n'
    if has_allocator(guest):
        text += f'  (import "runtime" "alloc" (func $alloc (param {p} {p} {p} {p}) (result {p})))\n'
    return text


def _functions(guest: Guest, hostile: Sequence[Hostile], data: Data, helpers: Helpers) -> str:
    parts = []
    if has_realloc(guest):
        writing = FunctionText(guest, data, helpers, Signature(()), (), START, hostile)
        lines = [*writing.leaving("realloc"), *faults(hostile, "realloc")]
        parts.append(realloc_text(guest, lines, hostile))
    for number, f in enumerate(guest.functions):
        here, encoding = at_place(hostile, number), f.encoding or "utf8"
        writing = FunctionText(guest, data, helpers, f.signature, f.steps, number, here, encoding)
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
