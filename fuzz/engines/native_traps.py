"""What the wordings of wasmtime's traps mean.

A trap reaches Python as text whose last line tells. The same violation has other words on the host's boundary than
in a fused adapter, and an adapter does not say whose pointer it found wrong: see `same_family`.
Wordings were established by experiment on wasmtime 50.0.1.
"""

from __future__ import annotations

import re

from fact.model.traps import Trap, TrapReason

HOST_BOUNDARY: dict[str, TrapReason] = {
    "converted integer out of range for `char`": TrapReason.INVALID_CHAR,
    "pointer not aligned": TrapReason.POINTER_MISALIGNED,
    "pointer out of bounds": TrapReason.POINTER_OUT_OF_BOUNDS,
    "return pointer not aligned": TrapReason.POINTER_MISALIGNED,
    "pointer out of bounds of memory": TrapReason.POINTER_OUT_OF_BOUNDS,
    "string pointer not aligned to 2": TrapReason.POINTER_MISALIGNED,
    "string pointer/length out of bounds of memory": TrapReason.POINTER_OUT_OF_BOUNDS,
    "list pointer is not aligned": TrapReason.POINTER_MISALIGNED,
    "list pointer/length out of bounds of memory": TrapReason.POINTER_OUT_OF_BOUNDS,
    "map pointer is not aligned": TrapReason.POINTER_MISALIGNED,
    "map pointer/length out of bounds of memory": TrapReason.POINTER_OUT_OF_BOUNDS,
    "realloc return: result not aligned": TrapReason.REALLOC_MISALIGNED,
    "realloc return: beyond end of memory": TrapReason.REALLOC_OUT_OF_BOUNDS,
    "thrown Wasm exception": TrapReason.UNCAUGHT_EXCEPTION,
}
"""Lifting and lowering between the host and a component."""

HOST_BOUNDARY_BEGINNINGS: dict[str, TrapReason] = {
    "discriminant ": TrapReason.INVALID_DISCRIMINANT,
    "invalid utf-8 sequence of ": TrapReason.INVALID_UTF8,
    "incomplete utf-8 byte sequence from index ": TrapReason.INVALID_UTF8,
    "unpaired surrogate found: ": TrapReason.INVALID_UTF16,
}
"""The same, where numbers follow."""

FUSED_ADAPTER: dict[str, TrapReason] = {
    "invalid `char` bit pattern": TrapReason.INVALID_CHAR,
    "invalid variant discriminant": TrapReason.INVALID_DISCRIMINANT,
    "invalid utf8 encoding": TrapReason.INVALID_UTF8,
    "invalid utf16 encoding": TrapReason.INVALID_UTF16,
    "unaligned pointer": TrapReason.POINTER_MISALIGNED,
    "string content out-of-bounds": TrapReason.POINTER_OUT_OF_BOUNDS,
    "list content out-of-bounds": TrapReason.POINTER_OUT_OF_BOUNDS,
    "uncaught exception propagated out of component": TrapReason.UNCAUGHT_EXCEPTION,
    "cannot leave component instance": TrapReason.CANNOT_LEAVE,
    "cannot enter component instance": TrapReason.CANNOT_ENTER,
}
"""Between two components; may-leave and may-enter have the same words at the host's boundary."""

HANDLES: dict[str, TrapReason] = {
    "cannot remove owned resource while borrowed": TrapReason.HANDLE_LENT,
    "cannot lift own resource from a borrow": TrapReason.HANDLE_NOT_OWNED,
    "borrow handles still remain at the end of the call": TrapReason.BORROWS_LEFT,
}
"""The same words in built-ins, between two components, and at the host's boundary."""

HANDLE_BEGINNINGS: dict[str, TrapReason] = {
    "unknown handle index ": TrapReason.UNKNOWN_HANDLE,
    "cannot allocate another handle: ": TrapReason.HANDLE_TABLE_FULL,
}
"""The same, where numbers or particulars follow. The last is known from the library's text: a limit comes before."""

WRONG_RESOURCE_TYPE = " used with the wrong type"
"""Stands behind `handle index` and a number."""

CORE_WASM: dict[str, TrapReason] = {
    "wasm `unreachable` instruction executed": TrapReason.UNREACHABLE,
    "out of bounds memory access": TrapReason.MEMORY_OUT_OF_BOUNDS,
    "undefined element: out of bounds table access": TrapReason.TABLE_OUT_OF_BOUNDS,
    "uninitialized element": TrapReason.INDIRECT_CALL_TO_NULL,
    "indirect call type mismatch": TrapReason.BAD_SIGNATURE,
    "integer overflow": TrapReason.INTEGER_OVERFLOW,
    "integer divide by zero": TrapReason.INTEGER_DIVIDE_BY_ZERO,
    "invalid conversion to integer": TrapReason.BAD_CONVERSION_TO_INTEGER,
    "null reference": TrapReason.NULL_REFERENCE,
    "call stack exhausted": TrapReason.STACK_OVERFLOW,
    "all fuel consumed by WebAssembly": TrapReason.OUT_OF_FUEL,
}

WORDINGS: dict[str, TrapReason] = HOST_BOUNDARY | FUSED_ADAPTER | HANDLES | CORE_WASM
"""Every wording in scope that is always the same, without the `wasm trap: ` that precedes some of them."""

BEGINNINGS: dict[str, TrapReason] = HOST_BOUNDARY_BEGINNINGS | HANDLE_BEGINNINGS

LIMITS: dict[str, str] = {
    "fuel allocated for hostcalls has been exhausted": "as much data in one call across wasmtime's host boundary",
    "store handle limit exceeded": "as many handles in one of wasmtime's stores",
}
"""Limits of wasmtime that the specification does not have and the Python package cannot lift."""

FAMILIES: tuple[frozenset[TrapReason], ...] = (
    frozenset({TrapReason.POINTER_MISALIGNED, TrapReason.REALLOC_MISALIGNED}),
    frozenset({TrapReason.POINTER_OUT_OF_BOUNDS, TrapReason.REALLOC_OUT_OF_BOUNDS, TrapReason.MEMORY_OUT_OF_BOUNDS}),
    frozenset({TrapReason.POINTER_OUT_OF_BOUNDS, TrapReason.REALLOC_OUT_OF_BOUNDS, TrapReason.STRING_TOO_LONG}),
    frozenset({TrapReason.POINTER_OUT_OF_BOUNDS, TrapReason.REALLOC_OUT_OF_BOUNDS, TrapReason.LIST_TOO_LONG}),
)
"""Reasons that wasmtime reports in the same words: `unaligned pointer`, `out of bounds memory access`, `string content
out-of-bounds`, `list content out-of-bounds`. The last two also stand for a length over wasmtime's own limits."""


def trap_from(message: str) -> Trap:
    """The trap that *message*, the whole text of a `WasmtimeError`, stands for.

    Of a family of reasons in the same words the likeliest is given. UNMAPPED when nothing maps. Where wasmtime speaks
    of a bug of its own, that line is the message: advice to its maintainers comes last.
    """
    own_bug = next((line.strip() for line in message.splitlines() if "BUG: " in line), "")
    return Trap(_reason(message), None, own_bug or message.strip())


def limit_in(message: str) -> str | None:
    """What wasmtime says it does not do, when *message* tells of one of its limits and not of a trap."""
    return next((limit for words, limit in LIMITS.items() if words in message), None)


def same_family(a: TrapReason, b: TrapReason) -> bool:
    """Whether the reasons are equal, or wasmtime may have said either in the same words."""
    return a is b or any(a in family and b in family for family in FAMILIES)


def reasons_meant_by(text: str) -> frozenset[TrapReason]:
    """The reasons that the expected text of an `assert_trap` may stand for; empty when it maps to nothing.

    Such a text is any part of an engine's message, so a short one may stand for several.
    """
    wanted = _without_prefix(text)
    if not wanted:
        return frozenset()
    known = WORDINGS | BEGINNINGS | {WRONG_RESOURCE_TYPE: TrapReason.WRONG_RESOURCE_TYPE}
    return frozenset(reason for words, reason in known.items() if wanted in words or words in wanted)


_CAUSE_NUMBER = re.compile(r"^\d+: ")
_ADAPTER_ON_TOP = re.compile(r"^ *0: +(?:0x[0-9a-f]+ - )?<unknown>!", re.MULTILINE)


def _reason(message: str) -> TrapReason:
    lines = message.strip().splitlines() or [""]
    words = _without_prefix(_CAUSE_NUMBER.sub("", lines[-1].strip()))
    reason = WORDINGS.get(words) or _by_beginning(words)
    if reason is TrapReason.MEMORY_OUT_OF_BOUNDS and _is_adapters_check(message):
        return TrapReason.POINTER_OUT_OF_BOUNDS
    return reason


def _by_beginning(words: str) -> TrapReason:
    if words.startswith("handle index ") and WRONG_RESOURCE_TYPE in words:
        return TrapReason.WRONG_RESOURCE_TYPE
    found = (reason for beginning, reason in BEGINNINGS.items() if words.startswith(beginning))
    return next(found, TrapReason.UNMAPPED)


def _without_prefix(text: str) -> str:
    return text.removeprefix("wasm trap: ")


def _is_adapters_check(message: str) -> bool:
    """An adapter compares pointers with the memory's size itself, where a load of a guest faults at an address.

    A bulk memory instruction of a guest without a name looks like an adapter's check: both are of one family.
    """
    return _ADAPTER_ON_TOP.search(message) is not None and "memory fault at wasm address" not in message
