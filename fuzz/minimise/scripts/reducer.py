"""The order in which a script is made smaller."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

from fuzz.minimise.scripts.passes_bodies import constant_bodies, less_code, trapping_bodies
from fuzz.minimise.scripts.passes_definitions import (
    fewer_core_fields,
    fewer_definitions,
    fewer_exports,
    without_unused,
)
from fuzz.minimise.scripts.passes_inline import fewer_components, fewer_instances, fewer_stand_ins
from fuzz.minimise.scripts.passes_names import shorter_names
from fuzz.minimise.scripts.passes_parts import fewer_parts, plainer_options
from fuzz.minimise.scripts.passes_script import fewer_directives, plain_directives, plainer_values, without_names
from fuzz.minimise.scripts.passes_text import less_text
from fuzz.minimise.scripts.passes_types import simpler_types
from fuzz.minimise.scripts.search import OutOfTime, Search, WentBack

Pass = Callable[[Search], None]

PASSES: tuple[tuple[str, Pass], ...] = (
    ("fewer directives", fewer_directives),
    ("plain directives", plain_directives),
    ("what nobody refers to", without_unused),
    ("functions that trap", trapping_bodies),
    ("what nobody refers to", without_unused),
    ("fewer definitions", fewer_definitions),
    ("fewer core fields", fewer_core_fields),
    ("fewer exports", fewer_exports),
    ("what nobody refers to", without_unused),
    ("fewer components", fewer_components),
    ("what stands for another", fewer_stand_ins),
    ("fewer instances", fewer_instances),
    ("what nobody refers to", without_unused),
    ("functions that return zeros", constant_bodies),
    ("simpler types", simpler_types),
    ("plainer options", plainer_options),
    ("less code", less_code),
    ("plainer values", plainer_values),
    ("fewer parts", fewer_parts),
    ("less text", less_text),
    ("fewer names", without_names),
)
"""The boldest first; all again until nothing helps."""

STUMBLES = (LookupError, ValueError, TypeError, AttributeError, AssertionError, RecursionError)
"""What a pass raises on a form that it does not know: a mistake of ours, for which what is reached is not lost."""

LAST: tuple[tuple[str, Pass], ...] = (("shorter names", shorter_names),)
"""Once, in the end: nothing of it makes room for another pass."""


def reduce_script(search: Search) -> bool:
    """Whether it came to an end by itself: nothing that is known here makes the best any smaller."""
    try:
        while _makes_smaller(search):
            pass
        with contextlib.suppress(WentBack):
            _each(LAST, search)
    except OutOfTime:
        return False
    return True


def _makes_smaller(search: Search) -> bool:
    """Whether all passes once are of any use, or have to begin anew."""
    before = search.size
    try:
        _each(PASSES, search)
    except WentBack:
        return True
    return search.size != before


def _each(passes: tuple[tuple[str, Pass], ...], search: Search) -> None:
    for name, change in passes:
        search.doing = name
        try:
            change(search)
        except STUMBLES as error:
            search.stumbled[name] = f"{type(error).__name__}: {error}"
