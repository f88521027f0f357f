"""Pointers that a guest passes: where what they point to begins and ends.

CanonicalABI.md, "Loading" (load_string_from_range, load_list_from_range) and "Lifting and Lowering Values".
"""

from __future__ import annotations

from fact.abi import MAX_LIST_BYTE_LENGTH, ptr_size
from fact.model.types import PtrType
from fuzz.coverage.groups import Excluded, Group, named

AREAS = ("params area", "returned area", "result area")
"""Spilled parameters; what a callee returned; where a caller wants the result."""

_ANY = (
    "up to the end", "misaligned", "across the end", "at the end", "past the end", "wrapping",
    "misaligned and past the end",
)
_RANGES = ("empty at 0", "empty at the end", "empty past the end", "empty and misaligned", "longer than allowed")


def of_range(
    kind: str, begin: int, byte_length: int, align: int, size: int, pointer: PtrType, found: set[str]
) -> bool:
    """Notes a string's or list's place in a memory of *size* bytes; whether it may be read."""
    if byte_length > MAX_LIST_BYTE_LENGTH:
        found.add(f"pointer: longer than allowed, {kind}")
        return False
    if byte_length:
        return of_area(kind, begin, byte_length, align, size, pointer, found)
    if begin % align:
        found.add(f"pointer: empty and misaligned, {kind}")
        return False
    if begin > size:
        found.add(f"pointer: empty past the end, {kind}")
        return False
    if begin in (0, size):
        found.add(f"pointer: empty at {'the end' if begin else '0'}, {kind}")
    return True


def of_area(
    kind: str, begin: int, byte_length: int, align: int, size: int, pointer: PtrType, found: set[str]
) -> bool:
    """As `of_range`, of something that is not empty."""
    end = begin + byte_length
    if begin % align:
        found.add(f"pointer: misaligned{' and past the end' if end > size else ''}, {kind}")
        return False
    if end > size:
        where = "past" if begin > size else "at" if begin == size else "across"
        wraps = end > 1 << 8 * ptr_size(pointer)
        found.add(f"pointer: {'wrapping' if wraps else f'{where} the end'}, {kind}")
        return False
    if end == size:
        found.add(f"pointer: up to the end, {kind}")
    return True


POINTERS = Group(
    "pointer", "where strings, lists and areas that guests point to begin and end, in memory or not",
    named(
        "pointer",
        *(f"{what}, {kind}" for kind in ("string", "list", *AREAS) for what in _ANY),
        *(f"{what}, {kind}" for kind in ("string", "list") for what in _RANGES),
    ),
)

EXCLUDED = (
    Excluded("pointer: empty areas", "an area for parameters or results exists where there are two values or more"),
)
