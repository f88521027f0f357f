"""Core module text: guests, the runtime module of a guest that imports its memory, shims and fixups."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from msgspec.structs import replace

from generators.blueprint import Guest, GuestImport, Signature
from generators.constants import Data, Full
from generators.functions import FunctionText
from generators.helpers import Helpers, type_text
from generators.hostile_choices import START, Fault, Hostile, ReallocResult, Reentry
from generators.layout import lowered_type
from generators.misbehaving import at_place, fault, leaving
from generators.reallocs import FRESH_PAGES, THROWN, later, of_realloc, realloc_text
from generators.runtime import (
    PAGE,
    borrows_realloc,
    has_allocator,
    has_early_realloc,
    has_realloc,
    memory_text,
    runtime_fields,
)
from generators.seconds import has_second, is_elsewhere, second_fields, second_imports
from generators.stepping import DEPTH

MEMORIES = (2 * PAGE, 8 * PAGE, 64 * PAGE, 512 * PAGE)
"""Sizes of memories; a guest has the first that holds its constants."""

Modules: TypeAlias = list[tuple[str, str]]
"""By their role, as fields without `(module` around them."""

Tenant: TypeAlias = tuple[Guest, Sequence[Hostile]]
"""A guest that shares another one's memory, and the hostile choices whose place is in it."""


def core_modules(guest: Guest, hostile: Sequence[Hostile], sharing: Sequence[Tenant] = ()) -> list[Modules]:
    """The guest's modules, and those of the guests that share its memory. *hostile* are the choices whose place is in
    this guest."""
    everybody = [
        (guest, hostile),
        *((replace(other, memory64=guest.memory64, allocator=guest.allocator), theirs) for other, theirs in sharing),
    ]
    found = _with_memory(everybody)
    for (one, _), modules in zip(everybody, found, strict=True):
        if one.lowering == "indirect" and one.imports:
            modules += [("shim", shim_fields(one)), ("fixup", fixup_fields(one))]
    return found


def _with_memory(everybody: Sequence[Tenant]) -> list[Modules]:
    for end in MEMORIES[:-1]:
        try:
            return _in_memory(everybody, Data(end))
        except Full:
            continue
    return _in_memory(everybody, Data(MEMORIES[-1]))


def _in_memory(everybody: Sequence[Tenant], data: Data) -> list[Modules]:
    """The modules of guests that use one memory, the first one's, which has everything static in it."""
    owner, hostile = everybody[0]
    borrowed = any(borrows_realloc(other) for other, _ in everybody[1:])
    parts = [_Part.of(guest, theirs, data, borrowed and guest is owner) for guest, theirs in everybody]
    allocates = borrowed or any(p.helpers.allocates or has_allocator(p.guest) for p in parts)
    runtime = _runtime(owner, data, hostile, allocates, borrowed)
    segments = data.segments(owner.pointer)
    fields = parts[0].fields(runtime if owner.memory == "own" else _runtime_imports(owner, data, allocates), segments)
    found = [parts[0].modules(fields)]
    if owner.memory != "own":
        found[0].append(("runtime", runtime))
    for part in parts[1:]:
        found.append(part.modules(part.fields(_runtime_imports(owner, data, allocates), "")))
    return found


@dataclass(frozen=True, slots=True)
class _Part:
    """One guest's functions, before it is known how much memory there is to be."""

    guest: Guest
    hostile: Sequence[Hostile]
    helpers: Helpers
    functions: str
    second: Data

    @classmethod
    def of(cls, guest: Guest, hostile: Sequence[Hostile], data: Data, lends: bool) -> _Part:
        """*lends*: it has a realloc, even if it needs none itself."""
        helpers, second = Helpers(guest.pointer, guest.vectors), Data(data.end)
        return cls(guest, hostile, helpers, _functions(guest, hostile, data, second, helpers, lends), second)

    def fields(self, runtime: str, segments: str) -> str:
        guest, hostile = self.guest, self.hostile
        imports = "".join(
            f'  (import "dep" "c{i}" (func $c{i}{_lowered_text(used, guest)}))\n'
            for i, used in enumerate(guest.imports)
        )
        if has_second(guest) and guest.second is not None:
            runtime += (second_imports if is_elsewhere(guest) else second_fields)(guest.second, self.second)
        if any(isinstance(h, Fault) and h.kind == "throw" for h in hostile):
            runtime += THROWN
        if any(isinstance(h, Reentry) for h in hostile):
            runtime += "  (global $inside (mut i32) (i32.const 0))\n"
        if any(step.depth for f in guest.functions for step in f.steps):
            runtime += DEPTH
        return "".join([imports, runtime, self.functions, self.helpers.text(), segments])

    def modules(self, fields: str) -> Modules:
        guest, modules = self.guest, [("guest", fields)]
        if has_second(guest) and is_elsewhere(guest) and guest.second is not None:
            modules.append(("store", second_fields(guest.second, self.second)))
        return modules


def _runtime(guest: Guest, data: Data, hostile: Sequence[Hostile], allocates: bool, lends: bool) -> str:
    few = any(isinstance(h, ReallocResult) and h.pointer == "fresh pages" for h in hostile)
    text = runtime_fields(guest, data, allocates, FRESH_PAGES if few else None)
    if guest.memory == "imported" and (lends or has_early_realloc(guest)):
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
    if allocates:
        text += f'  (import "runtime" "alloc" (func $alloc (param {p} {p} {p} {p}) (result {p})))\n'
    return text


def _functions(
    guest: Guest, hostile: Sequence[Hostile], data: Data, second: Data, helpers: Helpers, lends: bool
) -> str:
    parts = []
    if has_realloc(guest) or (lends and guest.memory == "own"):
        writing = FunctionText(guest, data, helpers, Signature(()), (), START, hostile, second=second)
        lines = [*leaving(writing, "realloc"), *_realloc_faults(guest, hostile)]
        parts.append(realloc_text(guest, lines, hostile))
    for number, f in enumerate(guest.functions):
        here, encoding = at_place(hostile, number), f.encoding or "utf8"
        writing = FunctionText(guest, data, helpers, f.signature, f.steps, number, here, encoding, f, second)
        parts.append(writing.function(f.returns))
        if f.post_return:
            writing = FunctionText(guest, data, helpers, f.signature, (), number, here, encoding, f, second)
            parts.append(writing.post_return())
    if guest.start:
        here = at_place(hostile, START)
        writing = FunctionText(guest, data, helpers, Signature(()), guest.start, START, here, second=second)
        parts.append(writing.start())
    return "".join(parts)


def _lowered_text(used: GuestImport, guest: Guest) -> str:
    return type_text(*lowered_type(used.signature, guest.pointer_of(used)))


def shim_fields(guest: Guest) -> str:
    """A table and one trampoline for each of the guest's imports."""
    parts = [f'  (table (export "table") {len(guest.imports)} {len(guest.imports)} funcref)\n']
    for i, used in enumerate(guest.imports):
        params = lowered_type(used.signature, guest.pointer_of(used))[0]
        args = "".join(f" (local.get {n})" for n in range(len(params)))
        core_type = _lowered_text(used, guest)
        parts.append(
            f'  (func (export "c{i}"){core_type}\n    (call_indirect{core_type}{args} (i32.const {i})))\n'
        )
    return "".join(parts)


def fixup_fields(guest: Guest) -> str:
    """Fills the shim's table."""
    count = len(guest.imports)
    imports = [
        f'  (import "" "c{i}" (func $c{i}{_lowered_text(used, guest)}))\n'
        for i, used in enumerate(guest.imports)
    ]
    elements = " ".join(f"$c{i}" for i in range(count))
    table = f'  (import "" "table" (table {count} {count} funcref))\n'
    return f'{"".join(imports)}{table}  (elem (i32.const 0) func {elements})\n'
