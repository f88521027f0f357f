"""CanonicalABI.md, "Type Predicates"."""

from __future__ import annotations

from collections.abc import Callable

from fact.abi.despecialization import despecialize
from fact.abi.memo import by_identity
from fact.model.types import Borrow, FuncType, List, Own, Record, ValType, Variant


@by_identity
def contains_handle(t: ValType) -> bool:
    return contains(t, lambda u: isinstance(u, Own | Borrow))


@by_identity
def passes_handles(ft: FuncType) -> bool:
    """Whether a parameter or the result contains a handle."""
    return any(map(contains_handle, ft.param_types)) or (ft.result is not None and contains_handle(ft.result))


def contains(t: ValType, p: Callable[[ValType], bool]) -> bool:
    match u := despecialize(t):
        case List(element, _):
            return p(u) or contains(element, p)
        case Record(fields):
            return p(u) or any(contains(f, p) for _, f in fields)
        case Variant(cases):
            return p(u) or any(c is not None and contains(c, p) for _, c in cases)
        case _:
            return p(u)
