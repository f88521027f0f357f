"""A strategy for what definitions do with the names of value types (`generators.typetext`)."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import strategies as st
from msgspec.structs import replace

from generators.axes import Axes
from generators.blueprint import NAMINGS, Definition, Naming
from generators.codetext import passes_code
from generators.drawing import pick, seldom

_NO_CHANGE: tuple[Naming, ...] = ()


def named(draw: st.DrawFn, definitions: Sequence[Definition], axes: Axes) -> tuple[Definition, ...]:
    """*definitions*, in one case of three with names of types handled in other ways: by each in ways of its own, unless
    components are passed on, whose imports have to keep their labels."""
    if not seldom(draw, 3):
        return tuple(definitions)
    options = axes.among("naming", NAMINGS)
    if any(map(passes_code, definitions)):
        ways = _several(draw, tuple(n for n in options if n != "members"))
        return tuple(replace(d, naming=ways) for d in definitions)
    return tuple(replace(d, naming=_several(draw, options)) for d in definitions)


def _several(draw: st.DrawFn, options: tuple[Naming, ...]) -> tuple[Naming, ...]:
    first = pick(draw, (*((n,) for n in options), _NO_CHANGE))
    second = (pick(draw, options),) if first and seldom(draw, 2) else _NO_CHANGE
    return tuple(n for n in NAMINGS if n in first + second)
