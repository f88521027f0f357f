"""Component-level values as Python objects.

| type | Python |
|---|---|
| bool | `bool` |
| s8 .. u64 | `int` in range |
| f32, f64 | `float`; an f32 is a float that an f32 represents exactly |
| char | `str` of one Unicode scalar value |
| string | `str` of Unicode scalar values |
| list<T>, list<T, N> | `tuple` of its elements |
| map<K, V> | `tuple` of (key, value) pairs, in order, keys may repeat |
| record, tuple | `tuple` of its fields, in order |
| variant, enum | `Case` of the label |
| option | `Case("none")`, `Case("some", value)` |
| result | `Case("ok", value or None)`, `Case("error", value or None)` |
| flags | `frozenset` of the labels that are set |
| own<R>, borrow<R> | `Handle`; only the host ever sees one |
"""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass
from typing import TypeAlias

from fact.model.types import (
    INTEGER_RANGES,
    Borrow,
    EnumType,
    Flags,
    List,
    Map,
    Option,
    Own,
    Prim,
    Record,
    Result,
    Tuple,
    ValType,
    Variant,
)


@dataclass(frozen=True, slots=True)
class Case:
    """A value of a variant, enum, option or result; *payload* is None where the case has none."""

    label: str
    payload: Value | None = None


@dataclass(frozen=True, slots=True)
class Handle:
    """A resource in the host's hands.

    Of a resource type that the host defines, *number* is the representation, an unsigned 32-bit integer of the host's
    choice. Of any other it is the number under which the host holds the resource: each instance of a root component
    counts the handles, owned or borrowed, that the host is given, from 1 on, in order. A borrowed one is valid until
    the host function that was given it returns; an owned one until the host passes it on as an owned one, or drops it.
    """

    number: int

    def __str__(self) -> str:
        return f"#{self.number}"


class BadHandle(Exception):
    """The host passes on or drops a handle that it does not hold, or not so; nothing ran."""


Value: TypeAlias = bool | int | float | str | tuple["Value", ...] | frozenset[str] | Case | Handle


def same_value(a: Value | None, b: Value | None) -> bool:
    """Whether two values of one type are equal: by bits, except that every NaN equals every NaN.

    CanonicalABI.md, "Loading": an implementation may canonicalise NaNs or pass their bits through.
    """
    if isinstance(a, float) and isinstance(b, float):
        return (math.isnan(a) and math.isnan(b)) or struct.pack("<d", a) == struct.pack("<d", b)
    if type(a) is not type(b):
        return False
    if isinstance(a, tuple) and isinstance(b, tuple):
        return len(a) == len(b) and (_same_exactly(a, b) or all(map(same_value, a, b)))
    if isinstance(a, Case) and isinstance(b, Case):
        return a.label == b.label and same_value(a.payload, b.payload)
    return a == b


def _same_exactly(a: tuple[Value, ...], b: tuple[Value, ...]) -> bool:
    """For long lists of integers or text, which `==` compares as it should."""
    kinds = {*map(type, a), *map(type, b)}
    return len(kinds) == 1 and kinds <= {int, str} and a == b


def check_value(t: ValType, v: object) -> Value:
    """*v* as a value of type *t*; `ValueError` says what would be accepted, and where in *v* it is missing."""
    match t:
        case Prim.BOOL if isinstance(v, bool):
            return v
        case Prim.F32 | Prim.F64 if isinstance(v, (int, float)) and not isinstance(v, bool):
            return to_f32(float(v)) if t is Prim.F32 else float(v)
        case Prim.CHAR if isinstance(v, str) and len(v) == 1 and not has_surrogates(v):
            return v
        case Prim.STRING if isinstance(v, str) and not has_surrogates(v):
            return v
        case Prim() if t in INTEGER_RANGES and isinstance(v, int) and not isinstance(v, bool):
            low, high = INTEGER_RANGES[t]
            if low <= v <= high:
                return v
            raise ValueError(f"{v} is out of range for {t}: {low} to {high}")
        case List(element, length) if isinstance(v, (tuple, list)):
            if length is not None and len(v) != length:
                raise ValueError(f"{len(v)} elements for {t}: exactly {length}")
            if isinstance(element, Prim) and element in INTEGER_RANGES and set(map(type, v)) == {int}:
                low, high = INTEGER_RANGES[element]
                if low <= min(v) and max(v) <= high:
                    return tuple(v)
            return tuple(_part(element, item, f"[{i}]") for i, item in enumerate(v))
        case Map(key, value) if isinstance(v, (tuple, list)):
            pair = Tuple((key, value))
            return tuple(_part(pair, item, f"[{i}]") for i, item in enumerate(v))
        case Record(fields) if isinstance(v, (tuple, list)) and len(v) == len(fields):
            return tuple(_part(f, item, f".{label}") for (label, f), item in zip(fields, v, strict=True))
        case Tuple(elements) if isinstance(v, (tuple, list)) and len(v) == len(elements):
            return tuple(_part(e, item, f".{i}") for i, (e, item) in enumerate(zip(elements, v, strict=True)))
        case Variant() | EnumType() | Option() | Result() if isinstance(v, Case):
            return _check_case(t, v)
        case Flags(labels) if isinstance(v, (frozenset, set)):
            if unknown := sorted(set(map(str, v)).difference(labels)):
                raise ValueError(f"{', '.join(unknown)}: not among the labels of {t}")
            return frozenset(map(str, v))
        case Own() | Borrow() if isinstance(v, Handle) and 0 <= v.number < 1 << 32:
            return v
    raise ValueError(f"{v!r} is not a value of type {t}")


def cases_of(t: Variant | EnumType | Option | Result) -> tuple[tuple[str, ValType | None], ...]:
    """The cases of *t* in the order of their discriminants (CanonicalABI.md, "Despecialization")."""
    match t:
        case Variant(cases):
            return cases
        case EnumType(labels):
            return tuple((label, None) for label in labels)
        case Option(payload):
            return (("none", None), ("some", payload))
        case Result(ok, error):
            return (("ok", ok), ("error", error))


def _check_case(t: Variant | EnumType | Option | Result, v: Case) -> Case:
    payloads = dict(cases_of(t))
    if v.label not in payloads:
        raise ValueError(f"{v.label} is not a case of {t}")
    payload = payloads[v.label]
    if payload is None:
        if v.payload is not None:
            raise ValueError(f"case {v.label} of {t} has no payload")
        return v
    if v.payload is None:
        raise ValueError(f"case {v.label} of {t} lacks its payload, of type {payload}")
    return Case(v.label, _part(payload, v.payload, f".{v.label}"))


def _part(t: ValType, v: object, where: str) -> Value:
    try:
        return check_value(t, v)
    except ValueError as error:
        raise ValueError(f"{where}{'' if str(error)[:1] in '.[' else ': '}{error}") from None


def has_surrogates(text: str) -> bool:
    """Whether *text* holds code points that are no Unicode scalar values."""
    try:
        text.encode("utf8")
    except UnicodeEncodeError:
        return True
    return False


def to_f32(v: float) -> float:
    """The f32 nearest to *v*, as a Python float; beyond the greatest f32, an infinity."""
    try:
        return float(struct.unpack("<f", struct.pack("<f", v))[0])
    except OverflowError:
        return math.copysign(math.inf, v)
