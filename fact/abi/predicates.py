"""CanonicalABI.md, "Type Predicates"."""

from __future__ import annotations

from fact.abi.despecialization import despecialize
from fact.abi.memo import by_identity
from fact.model.types import Borrow, FuncType, List, Own, Record, ValType, Variant


@by_identity
def contains_handle(t: ValType) -> bool:
    """The specification's `contains`, asked for own and borrow."""
    match despecialize(t):
        case Own() | Borrow():
            return True
        case List(element, _):
            return contains_handle(element)
        case Record(fields):
            return any(contains_handle(f) for _, f in fields)
        case Variant(cases):
            return any(c is not None and contains_handle(c) for _, c in cases)
        case _:
            return False


@by_identity
def passes_handles(ft: FuncType) -> bool:
    """Whether a parameter or the result contains a handle."""
    return any(map(contains_handle, ft.param_types)) or (ft.result is not None and contains_handle(ft.result))
