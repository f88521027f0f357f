"""Scalar values that are edges of their type."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator

from fact.model.types import INTEGER_RANGES, Prim
from fact.model.values import Value
from fuzz.coverage.groups import Group, named

_CHARS = {
    "\0": "NUL", "\x7f": "U+7F", "\x80": "U+80", "\xff": "U+FF", "\u0100": "U+100", "\ud7ff": "U+D7FF",
    "\ue000": "U+E000", "\ufffd": "U+FFFD", "\uffff": "U+FFFF", "\U00010000": "U+10000", "\U0010ffff": "U+10FFFF",
}
_FLOATS = ("NaN", "infinity", "-infinity", "-0", "subnormal", "greatest")
_GREATEST = {Prim.F32: (2.0 - 2.0**-23) * 2.0**127, Prim.F64: math.ldexp(2.0 - 2.0**-52, 1023)}
_NORMAL = {Prim.F32: 2.0**-126, Prim.F64: 2.0**-1022}

EDGES: dict[Prim, dict[Value, str]] = {
    Prim.BOOL: {False: "value: bool false", True: "value: bool true"},
    Prim.CHAR: {c: f"value: char {name}" for c, name in _CHARS.items()},
    **{
        t: {least: f"value: {t} least", greatest: f"value: {t} greatest", **({-1: f"value: {t} -1"} if least else {})}
        for t, (least, greatest) in INTEGER_RANGES.items()
    },
}


def edges(t: Prim, values: Iterable[Value]) -> Iterator[str]:
    """The features of scalars of type *t*."""
    if t is Prim.F32 or t is Prim.F64:
        for v in values:
            assert isinstance(v, float)
            if (found := _float(t, v)) is not None:
                yield f"value: {t} {found}"
        return
    known = EDGES[t]
    for v in values:
        if v in known:
            yield known[v]


def _float(t: Prim, v: float) -> str | None:
    if v != v:
        return "NaN"
    if v == 0:
        return "-0" if math.copysign(1, v) < 0 else None
    magnitude = abs(v)
    if magnitude == math.inf:
        return "infinity" if v > 0 else "-infinity"
    if magnitude < _NORMAL[t]:
        return "subnormal"
    return "greatest" if magnitude == _GREATEST[t] else None


VALUES = Group(
    "value", "scalars and flags at the edges of their type, anywhere",
    (
        *(feature for of_type in EDGES.values() for feature in of_type.values()),
        *named("value", *(f"{t} {fact}" for t in (Prim.F32, Prim.F64) for fact in _FLOATS),
               "flags, all set", "flags, none set"),
    ),
)
