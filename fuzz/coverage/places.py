"""Where in a call a value is, what its type and its list are called, and what core types its payloads share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, TypeAlias

from fact.abi import despecialize
from fact.model.types import (
    Borrow,
    CoreValType,
    EnumType,
    Flags,
    List,
    Map,
    Option,
    Own,
    Prim,
    Record,
    Result,
    Tuple,
    ValType,
    Variant,
)

Place: TypeAlias = Literal["flat", "flat payload", "in memory", "memory payload", "element"]
Top: TypeAlias = Literal["param", "result"]
Boundary: TypeAlias = Literal["export", "adapter", "host import"]

LENGTHS = ("no", "one", "2 to 15", "16 to 255", "256 and more")


def length_class(n: int) -> str:
    return "no" if n == 0 else "one" if n == 1 else "2 to 15" if n < 16 else "16 to 255" if n < 256 else "256 and more"


ELEMENTS = ("bytes", "scalars", "strings or lists", "compounds", "handles")


def elements(t: ValType) -> str:
    """What a list of *t* is a list of."""
    match despecialize(t):
        case Prim.BOOL | Prim.U8 | Prim.S8:
            return "bytes"
        case Prim.STRING | List(_, None):
            return "strings or lists"
        case Prim():
            return "scalars"
        case Own() | Borrow():
            return "handles"
        case _:
            return "compounds"


CONSTRUCTORS = (
    *map(str, Prim), "list", "fixed-length list", "map", "record", "tuple", "variant", "enum", "option", "result",
    "flags", "own", "borrow",
)


def constructor(t: ValType) -> str:
    match t:
        case Prim():
            return str(t)
        case List(_, None):
            return "list"
        case List():
            return "fixed-length list"
        case Map():
            return "map"
        case Record():
            return "record"
        case Tuple():
            return "tuple"
        case Variant():
            return "variant"
        case EnumType():
            return "enum"
        case Option():
            return "option"
        case Result():
            return "result"
        case Flags():
            return "flags"
        case Own():
            return "own"
        case Borrow():
            return "borrow"
    raise AssertionError(f"{t} is not linked")


def type_feature(t: ValType, top: Top, place: Place, boundary: Boundary) -> str:
    return f"type: {constructor(t)} {top} {place}, {boundary}"


# -- slots


def joined_types(payloads: Sequence[tuple[CoreValType, ...]]) -> set[str]:
    """Which core types come together in a slot."""
    found: set[str] = set()
    for i in range(max(map(len, payloads), default=0)):
        types = sorted({p[i] for p in payloads if len(p) > i})
        found.update(f"flat: {a} joined with {b}" for n, a in enumerate(types) for b in types[n + 1 :])
    return found


def joins(have: tuple[CoreValType, ...], slots: tuple[CoreValType, ...], boundary: Boundary) -> set[str]:
    """What tells the payload of a case whose flat types are *have*, in the slots of all cases."""
    found = {f"flat: {a} in a slot of {b}, {boundary}" for a, b in zip(have, slots, strict=False) if a != b}
    if len(have) < len(slots):
        found.add(f"flat: unused slots, {boundary}")
    return found
