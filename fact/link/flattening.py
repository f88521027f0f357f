"""What a type asks of its canonical definitions: how many flat values it is, and whether it holds pointers.

CanonicalABI.md, "Flattening": the numbers only, which decide what options a lift or a lower makes use of.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import assert_never

from fact.model.types import (
    Borrow,
    EnumType,
    Flags,
    FuncType,
    List,
    Map,
    Option,
    Own,
    Prim,
    Record,
    Result,
    Tuple,
    TypeIndex,
    ValType,
    Variant,
)

MAX_FLAT_PARAMS = 16
MAX_FLAT_RESULTS = 1


@dataclass(frozen=True, slots=True)
class Shape:
    """*flat* core values; *pointers* when some of them, or some of what they point to, are strings or lists."""

    flat: int
    pointers: bool


@dataclass(frozen=True, slots=True)
class MemoryUse:
    """Whether parameters, and whether the result, go through memory; *result_allocates* when the caller's realloc is
    called for what the result points to."""

    params: bool
    result: bool
    result_allocates: bool


def memory_use(t: FuncType) -> MemoryUse:
    known: dict[int, Shape] = {}
    params = _in_a_row(_shape(p, known) for p in t.param_types)
    result = _in_a_row(() if t.result is None else (_shape(t.result, known),))
    return MemoryUse(
        params.pointers or params.flat > MAX_FLAT_PARAMS,
        result.pointers or result.flat > MAX_FLAT_RESULTS,
        result.pointers,
    )


def shape(t: ValType) -> Shape:
    """A handle is one value, and points to nothing: it is an index."""
    return _shape(t, {})


def _shape(t: ValType, known: dict[int, Shape]) -> Shape:
    """*known* holds by identity what has been seen: types are small graphs that can be huge trees."""
    if isinstance(t, Prim):
        return _POINTER if t is Prim.STRING else _SCALAR
    found = known.get(id(t))
    if found is None:
        found = known[id(t)] = _shape_of_parts(t, known)
    return found


_SCALAR = Shape(1, False)
_POINTER = Shape(2, True)


def _shape_of_parts(t: ValType, known: dict[int, Shape]) -> Shape:
    match t:
        case EnumType() | Flags() | Own() | Borrow():
            return _SCALAR
        case List(_, None) | Map():
            return _POINTER
        case List(element, length):
            assert length is not None
            one = _shape(element, known)
            return Shape(one.flat * length, one.pointers)
        case Record(fields):
            return _in_a_row(_shape(f, known) for _, f in fields)
        case Tuple(elements):
            return _in_a_row(_shape(e, known) for e in elements)
        case Variant(cases):
            return _one_of(_shape(c, known) for _, c in cases if c is not None)
        case Option(payload):
            return _one_of((_shape(payload, known),))
        case Result(ok, error):
            return _one_of(_shape(c, known) for c in (ok, error) if c is not None)
        case Prim() | TypeIndex():
            raise AssertionError(f"{t} has no parts")
        case _:
            assert_never(t)


def _in_a_row(shapes: Iterable[Shape]) -> Shape:
    flat, pointers = 0, False
    for one in shapes:
        flat += one.flat
        pointers |= one.pointers
    return Shape(flat, pointers)


def _one_of(shapes: Iterable[Shape]) -> Shape:
    """The discriminant, and as many values as the longest case has."""
    flat, pointers = 0, False
    for one in shapes:
        flat = max(flat, one.flat)
        pointers |= one.pointers
    return Shape(1 + flat, pointers)
