"""CanonicalABI.md, "Despecialization"."""

from __future__ import annotations

from fact.abi.memo import by_identity
from fact.model.types import EnumType, List, Map, Option, Record, Result, Tuple, ValType, Variant
from fact.model.values import cases_of


@by_identity
def despecialize(t: ValType) -> ValType:
    """*t* in terms of fundamental types, at its outermost level. The same object for the same *t*."""
    match t:
        case Tuple(ts):
            return Record(tuple((str(i), element) for i, element in enumerate(ts)))
        case EnumType() | Option() | Result():
            return Variant(cases_of(t))
        case Map(k, v):
            return List(Tuple((k, v)))
        case _:
            return t
