"""The reference held to the vectors: CanonicalABI.md, from "Alignment" to "Flat Lowering"."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import cast

import pytest
from vector_form import (
    BASE,
    HOSTILE_MEMORY,
    HostileRealloc,
    Lift,
    ReallocCall,
    Vector,
    read_lines,
    read_vector,
    vectors_path,
)

from fact.abi import (
    CanonicalOptions,
    ComponentInstance,
    CoreValue,
    LiftLowerContext,
    MemInst,
    String,
    Violation,
    align_to,
    alignment,
    elem_size,
    flatten_type,
    lift_flat,
    lower_flat,
    store,
    to_host,
)
from fact.model.traps import TrapReason
from fact.model.types import CoreValType, EnumType, List, Map, Option, Prim, Record, Result, Tuple, ValType, Variant
from fact.model.values import Case, Value, cases_of, same_value

CHUNK = 250
LINES = read_lines(vectors_path())

REALLOC_REASONS = {TrapReason.REALLOC_MISALIGNED, TrapReason.REALLOC_OUT_OF_BOUNDS}


@pytest.mark.parametrize("first", range(1, len(LINES) + 1, CHUNK), ids=lambda first: f"from-line-{first}")
def test_reference_agrees_with_the_vectors(first: int) -> None:
    wrong = []
    for line, text in enumerate(LINES[first - 1 : first - 1 + CHUNK], first):
        if difference := first_difference(line, text):
            wrong.append(f"line {line}: {difference}")
    assert not wrong, f"{len(wrong)} vectors of {vectors_path()}:\n" + "\n".join(wrong[:10])


def first_difference(line: int, text: str) -> str | None:
    try:
        return next(differences(read_vector(line, text)), None)
    except Exception as error:
        return f"raised {error!r}"


def differences(v: Vector) -> Iterator[str]:
    """What the reference does otherwise than vector *v* says, in words."""
    yield from differ("alignment", alignment(v.type, v.pointer), v.align)
    yield from differ("elem_size", elem_size(v.type, v.pointer), v.size)
    yield from differ("flat types", flatten_type(v.type, v.pointer), v.flat_types)
    value = hinted(v.type, v.value, v)
    yield from lowering(v, value)
    yield from storing(v, value)
    if v.hostile_realloc is not None:
        yield from hostile(v, value, v.hostile_realloc)
    for i, lift in enumerate(v.lifts):
        yield from lifting(v, lift, f"lift {i}")


def lowering(v: Vector, value: Value) -> Iterator[str]:
    guest = Guest(v, BASE)
    flat = lower_flat(guest.cx, value, v.type)
    yield from differ("lower_flat: realloc", guest.calls, [*v.lower_flat.realloc])
    yield from differ("lower_flat: memory", guest.memory.data[BASE : guest.top].hex(), v.lower_flat.memory.hex())
    if len(flat) != len(v.lower_flat.values) or not all(map(same_value, flat, v.lower_flat.values)):
        yield from differ("lower_flat: values", flat, [*v.lower_flat.values])


def storing(v: Vector, value: Value) -> Iterator[str]:
    guest = Guest(v, v.store.at + v.size)
    store(guest.cx, value, v.type, v.store.at)
    yield from differ("store: realloc", guest.calls, [*v.store.realloc])
    yield from differ("store: memory", guest.memory.data[BASE : guest.top].hex(), v.store.memory.hex())


def hostile(v: Vector, value: Value, expected: HostileRealloc) -> Iterator[str]:
    guest = Guest(v, BASE, expected)
    trapped = None
    try:
        lower_flat(guest.cx, value, v.type)
    except Violation as violation:
        trapped = violation.reason
    yield from differ("hostile realloc: traps", trapped is not None, expected.traps)
    yield from differ("hostile realloc: calls", guest.calls, [*expected.realloc])
    if trapped is not None:
        yield from differ("hostile realloc: its fault", trapped in REALLOC_REASONS, True)


def lifting(v: Vector, expected: Lift, name: str) -> Iterator[str]:
    options = CanonicalOptions(v.to, MemInst(bytearray(expected.memory), v.pointer))
    flat = TypedIter(v.flat_types, expected.values)
    try:
        value = lift_flat(LiftLowerContext(options, ComponentInstance()), flat, v.type)
    except Violation as violation:
        if not expected.traps:
            yield f"{name}: {violation} instead of {expected.value}"
        return
    if expected.value is None:
        yield f"{name}: {value} instead of a trap"
    elif not same_value(to_host(value), expected.value):
        yield from differ(f"{name}: value", value, expected.value)
    yield from differ(f"{name}: values left over", flat.remaining(), 0)


def differ(what: str, found: object, expected: object) -> Iterator[str]:
    if found != expected:
        yield f"{what}: {found} instead of {expected}"


class TypedIter:
    """Core values that may only be taken as what they are."""

    def __init__(self, types: Sequence[CoreValType], values: Sequence[CoreValue]) -> None:
        self._left = list(zip(types, values, strict=True))

    def next(self, want: CoreValType, /) -> CoreValue:
        have, value = self._left.pop(0)
        assert have == want, f"an {have} is taken as an {want}"
        return value

    def remaining(self) -> int:
        return len(self._left)


class Guest:
    """The memory and the allocator that vectors assume, and what is called."""

    def __init__(self, v: Vector, top: int, hostile: HostileRealloc | None = None) -> None:
        self.memory = MemInst(bytearray(max(HOSTILE_MEMORY, top)), v.pointer)
        self.top = top
        self.hostile = hostile
        self.calls: list[ReallocCall] = []
        self.cx = LiftLowerContext(CanonicalOptions(v.to, self.memory, self.realloc), ComponentInstance())

    def realloc(self, args: Sequence[CoreValue]) -> list[CoreValue]:
        old, old_size, align, new_size = cast(Sequence[int], args)
        ptr = self.allocated(old, old_size, align, new_size)
        if self.hostile is not None and len(self.calls) >= self.hostile.from_call:
            ptr = ptr + 1 if self.hostile.does == "odd" else align_to(HOSTILE_MEMORY + 1, align)
        self.calls.append((old, old_size, align, new_size, ptr))
        return [ptr]

    def allocated(self, old: int, old_size: int, align: int, new_size: int) -> int:
        ptr, data = align_to(self.top, align), self.memory.data
        self.top = ptr + new_size
        data.extend(bytes(max(0, self.top - len(data))))
        kept = min(old_size, new_size)
        data[ptr : ptr + kept] = data[old : old + kept]
        return ptr


def hinted(t: ValType, value: Value, v: Vector) -> Value:
    """*value* with strings that come as the vector says."""
    match t, value:
        case Prim.STRING, str():
            return string_from(value, v)
        case List(element), tuple():
            return tuple(hinted(element, e, v) for e in value)
        case Map(key, item), tuple():
            return tuple(hinted(Tuple((key, item)), e, v) for e in value)
        case Record(fields), tuple():
            return tuple(hinted(f, e, v) for (_, f), e in zip(fields, value, strict=True))
        case Tuple(elements), tuple():
            return tuple(hinted(f, e, v) for f, e in zip(elements, value, strict=True))
        case Variant() | Option() | Result() | EnumType(), Case(label, payload):
            payload_type = dict(cases_of(t))[label]
            if payload_type is not None and payload is not None:
                return Case(label, hinted(payload_type, payload, v))
    return value


def string_from(text: str, v: Vector) -> String:
    utf16_units = len(text.encode("utf-16-le")) // 2
    match v.from_:
        case "utf8":
            return String(text, "utf8", "utf8", len(text.encode()))
        case "utf16":
            return String(text, "utf16", "utf16", utf16_units)
    if v.tagged or any(c > "\xff" for c in text):
        return String(text, v.from_, "utf16", utf16_units)
    return String(text, v.from_, "latin1", len(text))
