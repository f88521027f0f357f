"""The resources that types mention, and the same types with the resources' new numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

from fact.model.types import Borrow, EnumType, Flags, FuncType, Own, Prim, ValType, parts, with_parts

T = TypeVar("T")
NONE: frozenset[int] = frozenset()


class Mentions:
    """Which resources a type mentions. Types are small graphs that can be huge trees: each node is looked at once, so
    the types have to outlive this."""

    def __init__(self) -> None:
        self._known: dict[int, frozenset[int]] = {}

    def of_func(self, t: FuncType) -> frozenset[int]:
        found = self._known.get(id(t))
        if found is None:
            found = NONE.union(*map(self._of, t.param_types), NONE if t.result is None else self._of(t.result))
            self._known[id(t)] = found
        return found

    def _of(self, t: ValType) -> frozenset[int]:
        match t:
            case Prim() | EnumType() | Flags():
                return NONE
            case Own(resource) | Borrow(resource):
                return frozenset((resource,))
        found = self._known.get(id(t))
        if found is None:
            found = self._known[id(t)] = NONE.union(*map(self._of, parts(t)))
        return found


class Renumbering:
    """Types with the numbers of their resources replaced, shared where they were shared."""

    def __init__(self, resources: Mapping[int, int]) -> None:
        self._resources = resources
        self._known: dict[int, ValType] = {}
        self._known_funcs: dict[int, FuncType] = {}

    def func(self, t: FuncType) -> FuncType:
        return _once(self._known_funcs, t, self._func)

    def _func(self, t: FuncType) -> FuncType:
        return FuncType(tuple((name, self._value(p)) for name, p in t.params), self._payload(t.result))

    def _payload(self, t: ValType | None) -> ValType | None:
        return None if t is None else self._value(t)

    def _value(self, t: ValType) -> ValType:
        match t:
            case Own(resource):
                return Own(self._resources[resource])
            case Borrow(resource):
                return Borrow(self._resources[resource])
            case _:
                return _once(self._known, t, self._compound)

    def _compound(self, t: ValType) -> ValType:
        return with_parts(t, self._value)


def _once(known: dict[int, T], t: T, make: Callable[[T], T]) -> T:
    found = known.get(id(t))
    if found is None:
        found = known[id(t)] = make(t)
    return found
