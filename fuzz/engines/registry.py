"""The engines by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from fact.model.settings import Reentrance
from fuzz.engines.base import Engine
from fuzz.engines.compiled import CompiledEngine
from fuzz.engines.isolated import isolated
from fuzz.engines.names import check_names
from fuzz.engines.native import NativeEngine
from fuzz.engines.reference import ReferenceEngine, TracedReferenceEngine

ENGINES: dict[str, Callable[[], Engine]] = {
    "reference": ReferenceEngine,
    "compiled": CompiledEngine,
    "native": NativeEngine,
}
"""In the order in which results are shown; the reference first, because expectations come from it."""

MAKERS: Mapping[Reentrance, Mapping[str, Callable[[], Engine]]] = {
    Reentrance.GUARDED: ENGINES,
    Reentrance.FREE: {
        "reference": partial(ReferenceEngine, reentrance=Reentrance.FREE),
        "compiled": partial(CompiledEngine, reentrance=Reentrance.FREE),
        "native": NativeEngine,
    },
}
"""The same by what our two are to do about reentrance; wasmtime does what it does."""


def open_engines(
    names: Sequence[str] = tuple(ENGINES), reentrance: Reentrance = Reentrance.GUARDED
) -> list[Engine]:
    """The engines of these names, in the order given; raises `UsageError` as `check_names` does."""
    check_names(names)
    return [MAKERS[reentrance][name]() for name in names]


def open_traced(
    names: Sequence[str] = tuple(ENGINES), reentrance: Reentrance = Reentrance.GUARDED
) -> list[Engine]:
    """As `open_engines`, with a reference that tells what features a component shows."""
    opened = open_engines(names, reentrance)
    return [TracedReferenceEngine(reentrance=reentrance) if e.info.name == "reference" else e for e in opened]


def open_isolated(
    names: Sequence[str] = tuple(ENGINES), reentrance: Reentrance = Reentrance.GUARDED
) -> list[Engine]:
    """As `open_engines`, each in a process of its own: a guest that never returns, or the end of an engine, is that
    engine's outcome."""
    check_names(names)
    return [isolated(MAKERS[reentrance][name]) for name in names]
