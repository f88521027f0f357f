"""What a component may ask of the linker at most: short binaries can stand for exponentially large things.

Validators bound all of this in their own ways, but bytes that nobody has validated come here too.
"""

from __future__ import annotations

from collections.abc import Iterable

from fact.errors import Unsupported
from fact.model.types import FuncType, List, Map, Option, Record, Result, Tuple, ValType, Variant

MAX_WORK = 1_000_000
"""Definitions, declarations and their parts, each counted as often as it is instantiated."""

NEW_SCOPE, PLAN_ENTRY = 8, 3
"""What else takes about as long as so many definitions."""

MAX_TYPE_SIZE = 1_000_000
"""Types in a type, each counted wherever it occurs; as validators have it."""

MAX_TYPE_DEPTH = 100
"""Types within types; as validators have it."""


class Limits:
    """What is left of them while one component is linked."""

    __slots__ = ("_known", "_work")

    def __init__(self) -> None:
        self._work = MAX_WORK
        self._known: dict[int, tuple[ValType, int, int]] = {}

    def spend(self, work: int) -> None:
        """Raises `Unsupported` when more than `MAX_WORK` has been spent in all."""
        self._work -= work
        if self._work < 0:
            raise Unsupported(f"components worth more than {MAX_WORK} definitions once they are instantiated")

    def check(self, t: ValType | FuncType) -> None:
        """Raises `Unsupported` for a type too large or too deep, however short its definition."""
        if isinstance(t, FuncType):
            size, depth = self._of_parts(p for p in (*t.param_types, t.result) if p is not None)
        else:
            size, depth = self._measured(t)
        if size > MAX_TYPE_SIZE:
            raise Unsupported(f"types of more than {MAX_TYPE_SIZE} parts")
        if depth > MAX_TYPE_DEPTH:
            raise Unsupported(f"types nested more than {MAX_TYPE_DEPTH} deep")

    def _measured(self, t: ValType) -> tuple[int, int]:
        """Size and depth. By identity what has been measured before: types are small graphs that can be huge trees."""
        parts = _parts(t)
        if not parts:
            return 1, 1
        found = self._known.get(id(t))
        if found is None:
            self.spend(len(parts))
            size, depth = self._of_parts(parts)
            found = self._known[id(t)] = t, size + 1, depth + 1
        return found[1], found[2]

    def _of_parts(self, parts: Iterable[ValType]) -> tuple[int, int]:
        size = depth = 0
        for part in parts:
            s, d = self._measured(part)
            size += s
            depth = max(depth, d)
        return size, depth


def _parts(t: ValType) -> tuple[ValType, ...]:
    """The types that *t* is directly made of."""
    match t:
        case List(element, _) | Option(element):
            return (element,)
        case Map(key, value):
            return key, value
        case Record(fields):
            return tuple([f for _, f in fields])
        case Tuple(elements):
            return elements
        case Variant(cases):
            return tuple([c for _, c in cases if c is not None])
        case Result(ok, error):
            return tuple([c for c in (ok, error) if c is not None])
        case _:
            return ()
