"""Which types a case uses, and strategies for function types made of them.

The functions here draw from inside a composite strategy: their first argument is its `draw`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from hypothesis import strategies as st

from fact.model.types import Prim
from generators.blueprint import Signature
from generators.drawing import pick, seldom, several
from generators.layout import flat, spills
from generators.valtypes import (
    EnumOf,
    FlagsOf,
    Kind,
    ListOf,
    MapOf,
    OptionOf,
    RecordOf,
    ResultOf,
    TupleOf,
    Type,
    VariantOf,
)

SCALAR_TYPES: tuple[Prim, ...] = (
    Prim.U32, Prim.BOOL, Prim.U8, Prim.S8, Prim.CHAR, Prim.U16, Prim.S16, Prim.S32, Prim.U64, Prim.S64, Prim.F32,
    Prim.F64,
)
"""The simplest first."""

NARROW: frozenset[Type] = frozenset({Prim.BOOL, Prim.CHAR, Prim.U8, Prim.S8, Prim.U16, Prim.S16})
"""Scalars for which the core value can hold what no value of the type stands for."""

KEY_TYPES: tuple[Prim, ...] = (Prim.STRING, *(t for t in SCALAR_TYPES if t not in (Prim.F32, Prim.F64)))

TYPE_DEPTH = 3
"""Constructors within each other, at most."""

MOST_FLAT = 100
"""A type that flattens to more core values than this is made of simpler parts instead."""

_JOINED = (Prim.F32, Prim.U32, Prim.F64, Prim.S64, Prim.S8)
"""Payloads whose core values differ, and hence have to share slots."""

ENUM_SIZES = (2, 3, 1, 5, 2, 3, 1, 5, 2, 3, 1, 5, 255, 256, 257)
FLAGS_SIZES = (2, 1, 3, 7, 8, 9, 15, 16, 17, 31, 32)
FIXED_LENGTHS = (2, 1, 3, 4, 16, 17, 2, 1, 3, 4, 33, 100)
LONG = (16, 17, 15)
"""Fields of long records and tuples."""


_Part: TypeAlias = Callable[[], Type]
"""Draws a type to be part of another."""


@dataclass(frozen=True, slots=True)
class Palette:
    """The types of one case. *spilled*: parameters may go through memory."""

    scalars: tuple[Prim, ...]
    aggregates: tuple[Type, ...]
    spilled: bool


def palette(draw: st.DrawFn, scalars: tuple[Prim, ...], kinds: tuple[Kind, ...], *, spilled: bool) -> Palette:
    """All of *scalars*, and in two cases of three a few types made by some of *kinds*."""
    if not kinds or not pick(draw, range(3)):
        return Palette(scalars, (), spilled)
    if "fixed-length list" in kinds and len(kinds) > 1:
        others = tuple(kind for kind in kinds if kind != "fixed-length list")
        kinds = (*others, *("fixed-length list",) * 4) if seldom(draw, 6) else others
    aggregates = several(draw, lambda: _made(draw, pick(draw, kinds), scalars, kinds, 1),
                         least=1, most=4, more=(2, 2, 1))
    if "string" in kinds and pick(draw, (False, True)):
        aggregates.append(Prim.STRING)
    return Palette(scalars, tuple(dict.fromkeys(aggregates)), spilled)


def _made(draw: st.DrawFn, kind: Kind, scalars: tuple[Prim, ...], kinds: tuple[Kind, ...], depth: int) -> Type:
    """A type of *kind*."""

    def part() -> Type:
        if depth >= TYPE_DEPTH or not pick(draw, (0, 0, 0, 1, 1)):
            return pick(draw, scalars)
        return _made(draw, pick(draw, kinds), scalars, kinds, depth + 1)

    if kind in ("variant", "result") and seldom(draw, 3):
        joined = tuple(t for t in _JOINED if t in scalars) or scalars
        return _of_kind(draw, kind, lambda: pick(draw, joined), scalars)
    t = _of_kind(draw, kind, part, scalars)
    if len(flat(t, "i32")) <= MOST_FLAT:
        return t
    return _of_kind(draw, kind, lambda: scalars[0], scalars)


def _of_kind(draw: st.DrawFn, kind: Kind, part: _Part, scalars: tuple[Prim, ...]) -> Type:
    match kind:
        case "string":
            return Prim.STRING
        case "list":
            return ListOf(part())
        case "fixed-length list":
            return ListOf(part(), pick(draw, FIXED_LENGTHS))
        case "map":
            keys = tuple(t for t in scalars if t in KEY_TYPES)
            return MapOf(pick(draw, (Prim.STRING, *keys)), part())
        case "record":
            return RecordOf(_parts(draw, part))
        case "tuple":
            return TupleOf(_parts(draw, part))
        case "variant":
            return VariantOf(_cases(draw, part))
        case "enum":
            return EnumOf(pick(draw, ENUM_SIZES))
        case "option":
            return OptionOf(part())
        case "result":
            return ResultOf(_perhaps(draw, part), _perhaps(draw, part))
        case "flags":
            return FlagsOf(pick(draw, FLAGS_SIZES))


def _parts(draw: st.DrawFn, part: _Part) -> tuple[Type, ...]:
    made = several(draw, part, least=1, most=4, more=(3, 2, 1))
    length = pick(draw, LONG) if seldom(draw, 10) else len(made)
    return tuple(made[i % len(made)] for i in range(length))


def _cases(draw: st.DrawFn, part: _Part) -> tuple[Type | None, ...]:
    made = several(draw, lambda: _perhaps(draw, part), least=1, most=4, more=(3, 3, 1))
    length = pick(draw, (256, 257)) if seldom(draw, 25) else len(made)
    return (*made, *(None,) * (length - len(made)))


def _perhaps(draw: st.DrawFn, part: _Part) -> Type | None:
    return None if seldom(draw, 3) else part()


# -- function types

_AS_DRAWN = (0,) * 9


def signature(draw: st.DrawFn, types: Palette) -> Signature:
    """Mostly a few parameters; sometimes they flatten to 15 core values and more."""
    pattern = several(draw, lambda: value_type(draw, types), least=0, most=5, more=(2,))
    flat_length = pick(draw, (*_AS_DRAWN, 17, 16, 18, 15, 20) if types.spilled else (*_AS_DRAWN, 16))
    params = _repeated(pattern, flat_length) if pattern and flat_length else tuple(pattern)
    while not types.spilled and spills(Signature(params)):
        params = params[:-1]
    return Signature(params, _result(draw, types))


def _repeated(pattern: list[Type], flat_length: int) -> tuple[Type, ...]:
    """The types of *pattern* over and over until they flatten to *flat_length* core values or more."""
    params: list[Type] = []
    total = 0
    while total < flat_length:
        t = pattern[len(params) % len(pattern)]
        params.append(t)
        total += len(flat(t, "i32"))
    return tuple(params)


def value_type(draw: st.DrawFn, types: Palette) -> Type:
    return pick(draw, types.aggregates if types.aggregates and not seldom(draw, 3) else types.scalars)


def _result(draw: st.DrawFn, types: Palette) -> Type | None:
    return None if seldom(draw, 6) else value_type(draw, types)

