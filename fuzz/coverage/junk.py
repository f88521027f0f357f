"""Bits that a guest may pass though no value has them: some are ignored, some trap.

CanonicalABI.md, "Loading" and "Flat Lifting".
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from typing import Literal, TypeAlias, cast

from fact.abi import CoreValue
from fact.model.types import CoreValType, Prim
from fuzz.coverage.groups import Excluded, Group, named

Where: TypeAlias = Literal["flat", "in memory"]

WHERE: tuple[Where, ...] = ("flat", "in memory")


class Stop(Exception):
    """Lifting goes no further: it traps here."""


_CHARS = {0xD800: "U+D800", 0xDFFF: "U+DFFF", 0x110000: "0x110000", 0xFFFFFFFF: "of all ones"}
_DISCRIMINANTS = ("of as many as there are cases", "one more than that", "greatest", "wrong otherwise")
_CANONICAL = {Prim.F32: (0x7F800000, 0x7FFFFFFF, 0x7FC00000), Prim.F64: (0x7FF << 52, (1 << 63) - 1, 0x7FF8 << 48)}
"""Bits of infinity, all bits but the sign, bits of the canonical NaN."""


def boolean(bits: CoreValue, where: Where, found: set[str]) -> None:
    if bits not in (0, 1):
        found.add(f"junk: bool past 1, {where}")


def char(bits: CoreValue, where: Where, found: set[str]) -> None:
    i = cast(int, bits)
    if i >= 0x110000 or 0xD800 <= i <= 0xDFFF:
        found.add(f"junk: char {_CHARS.get(i, 'surrogate' if i < 0x110000 else 'past the last')}, {where}")
        raise Stop


def _narrow(prim: Prim, width: int, signed: bool) -> Callable[[CoreValue, Where, set[str]], None]:
    feature = f"junk: high bits of {prim}, flat"
    shift, fine = (width - 1, (0, (1 << 33 - width) - 1)) if signed else (width, (0,))

    def look(bits: CoreValue, _where: Where, found: set[str]) -> None:
        if cast(int, bits) >> shift not in fine:
            found.add(feature)

    return look


def _nan(prim: Prim) -> Callable[[CoreValue, Where, set[str]], None]:
    infinity, magnitude, canonical = _CANONICAL[prim]

    def look(value: CoreValue, where: Where, found: set[str]) -> None:
        if isinstance(value, float):
            if value == value:
                return
            value = as_bits(value, "f32" if prim is Prim.F32 else "f64")
        if value & magnitude > infinity and value != canonical:
            found.add(f"junk: NaN that is not the canonical {prim}, {where}")

    return look


LOOKS: dict[Prim, Callable[[CoreValue, Where, set[str]], None]] = {
    Prim.BOOL: boolean,
    Prim.CHAR: char,
    Prim.S8: _narrow(Prim.S8, 8, True), Prim.U8: _narrow(Prim.U8, 8, False),
    Prim.S16: _narrow(Prim.S16, 16, True), Prim.U16: _narrow(Prim.U16, 16, False),
    Prim.F32: _nan(Prim.F32), Prim.F64: _nan(Prim.F64),
}
"""What to look at in the raw form of a scalar: unsigned bits, or a flat float. Raises `Stop` where lifting traps."""

IN_MEMORY = frozenset({Prim.BOOL, Prim.CHAR, Prim.F32, Prim.F64})
"""Scalars whose bytes in memory can be junk."""


def discriminant(case: int, cases: int, end: int, where: Where, found: set[str]) -> None:
    """*end* is what the discriminant is below, whatever it is. Raises `Stop` when it is wrong."""
    if case < cases:
        return
    what = _DISCRIMINANTS[0 if case == cases else 1 if case == cases + 1 else 2 if case == end - 1 else 3]
    found.add(f"junk: discriminant {what}, {where}")
    raise Stop


def flags(bits: int, labels: int, where: Where, found: set[str]) -> None:
    if bits >> labels:
        found.add(f"junk: bits past the last flag, {where}")


# -- the slots of a variant's payload


def slots(
    values: Sequence[CoreValue], types: Sequence[CoreValType], slot_types: Sequence[CoreValType], found: set[str]
) -> None:
    """What the slots hold beside the payload of flat *types*."""
    for i, slot in enumerate(slot_types):
        if i >= len(types):
            if as_bits(values[i], slot):
                found.add("junk: in an unused slot")
        elif slot == "i64" and types[i] in ("i32", "f32") and cast(int, values[i]) >> 32:
            found.add(f"junk: high bits of an i64 that holds an {types[i]}")


def decoded(
    values: Sequence[CoreValue], types: Sequence[CoreValType], slot_types: Sequence[CoreValType]
) -> list[CoreValue]:
    """The payload of flat *types* in slots of *slot_types*; of floats in slots of integers the bits."""
    return [
        cast(int, v) & 0xFFFFFFFF if slot == "i64" and t in ("i32", "f32") else v
        for v, t, slot in zip(values, types, slot_types, strict=False)
    ]


def as_bits(value: CoreValue, t: CoreValType) -> int:
    if t == "f32":
        return int.from_bytes(struct.pack("<f", value), "little")
    return int.from_bytes(struct.pack("<d", value), "little") if t == "f64" else cast(int, value)


JUNK = Group(
    "junk", "bits that no value has, in core values and in memory as they are lifted",
    named(
        "junk",
        *(f"bool past 1, {where}" for where in WHERE),
        *(f"high bits of {prim}, flat" for prim in (Prim.S8, Prim.U8, Prim.S16, Prim.U16)),
        *(f"char {what}, {where}" for what in (*_CHARS.values(), "surrogate", "past the last") for where in WHERE),
        *(f"NaN that is not the canonical {prim}, {where}" for prim in (Prim.F32, Prim.F64) for where in WHERE),
        *(f"discriminant {what}, {where}" for what in _DISCRIMINANTS for where in WHERE),
        *(f"bits past the last flag, {where}" for where in WHERE),
        "in an unused slot", *(f"high bits of an i64 that holds an {t}" for t in ("i32", "f32")),
    ),
)

EXCLUDED = (
    Excluded("junk: high bits of s8 .. u16 in memory", "there they have as many bits as they need"),
)
