"""The zero of each type: what a host import returns when nobody says what it should."""

from __future__ import annotations

from fact.model.types import EnumType, Flags, List, Map, Option, Own, Prim, Record, Result, Tuple, ValType, Variant
from fact.model.values import Case, Handle, Value, cases_of


def zero(t: ValType) -> Value:
    """False, 0, the character U+0, nothing in a string, list, map or flags, the first case of whatever has
    cases, and for a handle to a resource of the host's the representation 0.

    `ValueError` for a type without such a value.
    """
    match t:
        case Prim.BOOL:
            return False
        case Prim.F32 | Prim.F64:
            return 0.0
        case Prim.CHAR:
            return "\0"
        case Prim.STRING:
            return ""
        case Prim():
            return 0
        case List(element, length):
            return () if length is None else (zero(element),) * length
        case Map():
            return ()
        case Record(fields):
            return tuple(zero(field) for _, field in fields)
        case Tuple(elements):
            return tuple(map(zero, elements))
        case Flags():
            return frozenset()
        case Variant() | EnumType() | Option() | Result():
            label, payload = cases_of(t)[0]
            return Case(label, None if payload is None else zero(payload))
        case Own():
            return Handle(0)
    raise ValueError(f"{t} has no zero")
