"""What a component may ask of the linker at most: short binaries can stand for exponentially large things.

Validators bound all of this in their own ways, but bytes that nobody has validated come here too.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from fact.errors import Unsupported
from fact.link.flattening import MAX_FLAT_PARAMS, shape
from fact.model.types import FuncType, List, Map, Prim, ValType, parts

MAX_WORK = 500_000
"""Definitions, declarations and their parts, each counted as often as it is instantiated."""

NEW_SCOPE, PLAN_ENTRY, ADAPTER = 8, 3, 20
"""What else takes about as long as so many definitions."""

MAX_INSTANCES = 10_000
"""Component instances, and core instances."""

MAX_NESTING = 128
"""Components within components; instances within instances among what the root imports, and among what it exports."""

MAX_TYPE_SIZE = 1_000_000
"""Types in a type, each counted wherever it occurs; as validators have it."""

MAX_TYPE_DEPTH = 100
"""Types within types; as validators have it."""

MAX_FLAT_SIZE = 20_000
"""Types in parameters that are passed as core values, without what lists point to: adapters have code for each."""


class _Measure(NamedTuple):
    """*size* in types, each counted wherever it occurs, *inline* those that no list is around; *depth* of nesting."""

    size: int
    inline: int
    depth: int


_LEAF = _Measure(1, 1, 1)


class Limits:
    """What is left of them while one component is linked."""

    __slots__ = ("_known", "_work")

    def __init__(self) -> None:
        self._work = MAX_WORK
        self._known: dict[int, tuple[ValType, _Measure]] = {}

    def spend(self, work: int) -> None:
        """Raises `Unsupported` when more than `MAX_WORK` has been spent in all."""
        self._work -= work
        if self._work < 0:
            raise Unsupported(f"components worth more than {MAX_WORK} definitions once they are instantiated")

    def spend_on_lower(self, t: FuncType) -> None:
        """What the code of an adapter takes, by what is passed."""
        types = t.param_types if t.result is None else (*t.param_types, t.result)
        self.spend(ADAPTER + self._of_parts(types).inline)

    def check(self, t: ValType) -> None:
        """Raises `Unsupported` for a type too large or too deep, however short its definition."""
        _check(self._measured(t))

    def check_function(self, t: FuncType) -> None:
        """As `check`, for all its parameters together, and its result."""
        params = self._of_parts(t.param_types)
        _check(params)
        if params.inline > MAX_FLAT_SIZE and sum(shape(p).flat for p in t.param_types) <= MAX_FLAT_PARAMS:
            raise Unsupported(f"parameters of more than {MAX_FLAT_SIZE} parts that are passed as core values")
        if t.result is not None:
            self.check(t.result)

    def _measured(self, t: ValType) -> _Measure:
        """By identity what has been measured before: types are small graphs that can be huge trees."""
        if isinstance(t, Prim) or not (inner := parts(t)):
            return _LEAF
        found = self._known.get(id(t))
        if found is None:
            self.spend(len(inner))
            within = self._of_parts(inner)
            pointer = isinstance(t, Map) or (isinstance(t, List) and t.length is None)
            measure = _Measure(within.size + 1, 1 if pointer else within.inline + 1, within.depth + 1)
            found = self._known[id(t)] = t, measure
        return found[1]

    def _of_parts(self, types: Iterable[ValType]) -> _Measure:
        size, inline, depth = 0, 0, 0
        for t in types:
            measure = self._measured(t)
            size += measure.size
            inline += measure.inline
            depth = max(depth, measure.depth)
        return _Measure(size, inline, depth)


def _check(measure: _Measure) -> None:
    if measure.size > MAX_TYPE_SIZE:
        raise Unsupported(f"types of more than {MAX_TYPE_SIZE} parts")
    if measure.depth > MAX_TYPE_DEPTH:
        raise Unsupported(f"types nested more than {MAX_TYPE_DEPTH} deep")
