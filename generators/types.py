"""Which types a case uses, and strategies for function types made of them.

The functions here draw from inside a composite strategy: their first argument is its `draw`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

from hypothesis import strategies as st

from fact.model.types import Prim
from generators.axes import EVERYTHING, Axes
from generators.blueprint import Signature
from generators.drawing import pick, seldom, several
from generators.forms import Making, of_form, possible
from generators.layout import flat, spills
from generators.mill import EVERY_TASTE, Taste
from generators.valtypes import (
    FORMS,
    EnumOf,
    FlagsOf,
    Form,
    Kind,
    ListOf,
    MapOf,
    OptionOf,
    RecordOf,
    ResultOf,
    TupleOf,
    Type,
    VariantOf,
    kind_of,
    walk,
)
from generators.values import taste_of

SCALAR_TYPES: tuple[Prim, ...] = (
    Prim.U32, Prim.BOOL, Prim.U8, Prim.S8, Prim.CHAR, Prim.U16, Prim.S16, Prim.S32, Prim.U64, Prim.S64, Prim.F32,
    Prim.F64,
)
"""The simplest first."""

NARROW: frozenset[Type] = frozenset({Prim.BOOL, Prim.CHAR, Prim.U8, Prim.S8, Prim.U16, Prim.S16})
"""Scalars for which the core value can hold what no value of the type stands for."""

TYPE_DEPTH = 3
"""Constructors within each other, at most, but for `generators.forms`."""

MOST_FLAT = 100
"""A type that flattens to more core values than this is made of simpler parts instead."""

ENUM_SIZES = (2, 3, 1, 5)
FLAGS_SIZES = (2, 1, 3, 7, 8, 9, 15, 16, 17, 31, 32)
"""Validation wants at least one label, as it wants a field, a case or an element of whatever has those."""
FIXED_LENGTHS = (2, 1, 3, 4, 16, 17, 2, 1, 3, 4, 33, 100)
LONG = (16, 17, 15)
"""Fields of long records and tuples."""


_Part: TypeAlias = Callable[[], Type]
"""Draws a type to be part of another."""


@dataclass(frozen=True, slots=True)
class Palette:
    """The types of one case. *spilled*: parameters may go through memory. *taste*: what values are made of. *axes*:
    what the batch does without."""

    scalars: tuple[Prim, ...]
    aggregates: tuple[Type, ...]
    spilled: bool
    taste: Taste = EVERY_TASTE
    axes: Axes = EVERYTHING

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """Those that are in its types."""
        return _kinds_in(self.aggregates)


@lru_cache(maxsize=64)
def _kinds_in(types: tuple[Type, ...]) -> tuple[Kind, ...]:
    found = dict.fromkeys(kind_of(part) for t in types for part in walk(t))
    return tuple(kind for kind in found if kind is not None)


def palette(
    draw: st.DrawFn, scalars: tuple[Prim, ...], kinds: tuple[Kind, ...], *, spilled: bool, axes: Axes = EVERYTHING
) -> Palette:
    """All of *scalars*, and in two cases of three a few types made by some of *kinds*; half of these have a form of
    `generators.forms`."""
    taste = taste_of(axes)
    if not kinds or not pick(draw, range(3)):
        return Palette(scalars, (), spilled, taste, axes)
    forms = axes.among("form", FORMS)
    if "fixed-length list" in kinds and len(kinds) > 1:
        others = tuple(kind for kind in kinds if kind != "fixed-length list")
        kinds = (*others, *("fixed-length list",) * 4) if seldom(draw, 6) else others
        forms += tuple(form for form in forms if form == "in line") * 3
    maker = _Maker(draw, scalars, kinds, possible(forms, kinds))
    aggregates = several(draw, maker.aggregate, least=1, most=4, more=(2, 2, 1))
    if "string" in kinds and pick(draw, (False, True)):
        aggregates.append(Prim.STRING)
    return Palette(scalars, tuple(dict.fromkeys(aggregates)), spilled, taste, axes)


def any_type(draw: st.DrawFn, scalars: tuple[Prim, ...], kinds: tuple[Kind, ...]) -> Type:
    """One of *scalars*, or what some of *kinds* make of them."""
    forms = possible(tuple(form for form in FORMS if form != "in line" or "fixed-length list" in kinds), kinds)
    maker = _Maker(draw, scalars, kinds, forms)
    return maker.part(0) if kinds else maker.scalar()


@dataclass(frozen=True, slots=True)
class _Maker:
    draw: st.DrawFn
    scalars: tuple[Prim, ...]
    kinds: tuple[Kind, ...]
    forms: tuple[Form, ...]

    def scalar(self) -> Type:
        return pick(self.draw, self.scalars)

    def aggregate(self) -> Type:
        if self.forms and seldom(self.draw, 2):
            return self.of_form(1)
        return self.made(pick(self.draw, self.kinds), 1)

    def part(self, depth: int) -> Type:
        """A type that is part of another, which is at *depth*."""
        if depth >= TYPE_DEPTH or not pick(self.draw, (0, 0, 0, 1, 1)):
            return self.scalar()
        if self.forms and seldom(self.draw, 10):
            return self.of_form(depth + 1)
        return self.made(pick(self.draw, self.kinds), depth + 1)

    def made(self, kind: Kind, depth: int) -> Type:
        """A type of *kind*."""
        t = _of_kind(self.draw, kind, lambda: self.part(depth), self.scalars)
        return t if is_small(t) else _of_kind(self.draw, kind, lambda: self.scalars[0], self.scalars)

    def of_form(self, depth: int) -> Type:
        form = pick(self.draw, self.forms)
        t = of_form(form, Making(self.draw, self.scalars, self.kinds, lambda: self.part(depth)))
        if is_small(t):
            return t
        return of_form(form, Making(self.draw, self.scalars, self.kinds, lambda: self.scalars[0]))


def is_small(t: Type) -> bool:
    return len(flat(t, "i32")) <= MOST_FLAT


def _of_kind(draw: st.DrawFn, kind: Kind, part: _Part, scalars: tuple[Prim, ...]) -> Type:
    match kind:
        case "string":
            return Prim.STRING
        case "list":
            return ListOf(part())
        case "fixed-length list":
            return ListOf(part(), pick(draw, FIXED_LENGTHS))
        case "map":
            return MapOf(pick(draw, (Prim.STRING, *(t for t in scalars if t not in (Prim.F32, Prim.F64)))), part())
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
    return tuple(several(draw, lambda: _perhaps(draw, part), least=1, most=4, more=(3, 3, 1)))


def _perhaps(draw: st.DrawFn, part: _Part) -> Type | None:
    return None if seldom(draw, 3) else part()


# -- function types

_AS_DRAWN = (0,) * 9


def signature(draw: st.DrawFn, types: Palette) -> Signature:
    """Mostly a few parameters; sometimes they flatten to 15 core values and more."""
    pattern = several(draw, lambda: value_type(draw, types), least=0, most=5, more=(2,))
    flat_length = pick(draw, (*_AS_DRAWN, 17, 16, 18, 15, 20) if types.spilled else (*_AS_DRAWN, 16))
    params = _exactly(pattern, flat_length, types.scalars) if pattern and flat_length else tuple(pattern)
    while not types.spilled and spills(Signature(params)):
        params = params[:-1]
    return Signature(params, _result(draw, types))


def _exactly(pattern: list[Type], flat_length: int, scalars: tuple[Prim, ...]) -> tuple[Type, ...]:
    """The types of *pattern* over and over, then scalars, so that they flatten to *flat_length* core values; if the
    first alone flattens to more, it and no other."""
    params: list[Type] = []
    left = flat_length
    while left > 0:
        t = pattern[len(params) % len(pattern)]
        count = len(flat(t, "i32"))
        if params and count > left:
            t, count = scalars[len(params) % len(scalars)], 1
        params.append(t)
        left -= count
    return tuple(params)


def value_type(draw: st.DrawFn, types: Palette) -> Type:
    return pick(draw, types.aggregates if types.aggregates and not seldom(draw, 3) else types.scalars)


def _result(draw: st.DrawFn, types: Palette) -> Type | None:
    return None if seldom(draw, 6) else value_type(draw, types)

