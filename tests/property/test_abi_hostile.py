"""Whatever a guest hands over, lifting gives a value of the type or traps; whatever realloc returns is checked.

CanonicalABI.md, "Loading", "Storing", "Lifting and Lowering Values".
"""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from abi_types import ENCODINGS, POINTERS, TYPED_VALUES, TYPES, Guest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis_profiles import times

from fact.abi import (
    CanonicalOptions,
    ComponentInstance,
    CoreValue,
    CoreValueIter,
    LiftLowerContext,
    MemInst,
    ValueTypes,
    Violation,
    alignment,
    elem_size,
    flatten_type,
    lift_flat,
    lift_flat_values,
    lower_flat,
    to_host,
)
from fact.model.traps import Trap, TrapReason
from fact.model.types import EnumType, List, Map, Option, PtrType, Record, Result, Tuple, ValType, Variant
from fact.model.values import Value, cases_of, check_value, same_value

LIFTING = {
    TrapReason.INVALID_CHAR, TrapReason.INVALID_DISCRIMINANT, TrapReason.INVALID_UTF8, TrapReason.INVALID_UTF16,
    TrapReason.STRING_TOO_LONG, TrapReason.LIST_TOO_LONG, TrapReason.POINTER_MISALIGNED,
    TrapReason.POINTER_OUT_OF_BOUNDS,
}
CORE_VALUES: dict[str, st.SearchStrategy[CoreValue]] = {
    "i32": st.integers(0, 40) | st.integers(0, (1 << 32) - 1),
    "i64": st.integers(0, 40) | st.integers(0, (1 << 64) - 1),
    "f32": st.floats(width=32),
    "f64": st.floats(),
}
MEMORY = st.binary(max_size=96) | st.lists(st.sampled_from([0, 1, 2, 8, 16, 0xFF]), min_size=16, max_size=96).map(bytes)


def guest_with(data: bytes, encoding: str, pointer: PtrType) -> LiftLowerContext:
    return LiftLowerContext(CanonicalOptions(encoding, MemInst(bytearray(data), pointer)), ComponentInstance())


@times(3)
@given(TYPES, MEMORY, st.sampled_from(ENCODINGS), st.sampled_from(POINTERS), st.data())
def test_any_flat_values_and_memory_are_lifted_or_trap(
    t: ValType, data: bytes, encoding: str, pointer: PtrType, draw: st.DataObject
) -> None:
    flat = [draw.draw(CORE_VALUES[kind]) for kind in flatten_type(t, pointer)]
    try:
        value = lift_flat(guest_with(data, encoding, pointer), CoreValueIter(flat), t)
    except Violation as violation:
        assert violation.reason in LIFTING
    else:
        assert same_value(check_value(t, to_host(value)), to_host(value))


@times(3)
@given(TYPES, MEMORY, st.sampled_from(ENCODINGS), st.sampled_from(POINTERS))
def test_any_memory_is_loaded_or_traps_at_a_site_of_the_type(
    t: ValType, data: bytes, encoding: str, pointer: PtrType
) -> None:
    area = data.ljust(elem_size(t, pointer), b"\1")
    ts = ValueTypes.of((("result", t),), "result", pointer)
    try:
        (value,) = lift_flat_values(guest_with(area, encoding, pointer), 0, CoreValueIter([0]), ts)
    except Trap as trap:
        assert trap.reason in LIFTING
        assert trap.site in sites(t, "result")
    else:
        assert same_value(check_value(t, to_host(value)), to_host(value))


def sites(t: ValType | None, site: str) -> set[str]:
    """The sites of *t* and of all parts of it, where *t* is at *site*: the grammar of `Trap`."""
    match t:
        case List(element):
            return {site} | sites(element, f"{site}[]")
        case Map(key, value):
            return {site} | sites(key, f"{site}[].0") | sites(value, f"{site}[].1")
        case Record(fields):
            return {site}.union(*(sites(f, f"{site}.{label}") for label, f in fields))
        case Tuple(elements):
            return {site}.union(*(sites(e, f"{site}.{i}") for i, e in enumerate(elements)))
        case Variant() | EnumType() | Option() | Result():
            return {site}.union(*(sites(payload, f"{site}.{label}") for label, payload in cases_of(t)))
    return {site}


@times(1.5)
@given(TYPED_VALUES, st.sampled_from(ENCODINGS), st.sampled_from(POINTERS), st.data())
def test_a_bad_result_of_realloc_traps_at_once(
    typed_value: tuple[ValType, Value], encoding: str, pointer: PtrType, draw: st.DataObject
) -> None:
    t, value = typed_value
    well = Guest(encoding, pointer, 64)
    lower_flat(well.cx, value, t)
    if not well.calls:
        return
    bad = draw.draw(st.integers(0, len(well.calls) - 1))
    odd = draw.draw(st.booleans()) and well.calls[bad][2] > 1
    hostile = Guest(encoding, pointer, 64)

    def realloc(args: Sequence[CoreValue]) -> list[CoreValue]:
        (ptr,) = hostile.realloc(args)
        if len(hostile.calls) <= bad:
            return [ptr]
        return [int(ptr) + 1 if odd else -(-(len(hostile.memory) + 1) // 8) * 8]

    cx = LiftLowerContext(CanonicalOptions(encoding, hostile.memory, realloc), ComponentInstance())
    with pytest.raises(Violation) as violation:
        lower_flat(cx, value, t)
    reason = violation.value.reason
    assert reason is (TrapReason.REALLOC_MISALIGNED if odd else TrapReason.REALLOC_OUT_OF_BOUNDS)
    assert hostile.calls == well.calls[: bad + 1]


@times(1.5)
@given(TYPES, st.sampled_from(POINTERS), st.integers(0, 64), st.integers(0, 64))
def test_spilled_areas_are_checked_before_anything_is_read(
    t: ValType, pointer: PtrType, ptr: int, length: int
) -> None:
    ts = ValueTypes.of((("param p", t),), "params", pointer)
    cx = guest_with(bytes(length), "utf8", pointer)
    expected = None
    if ptr % alignment(t, pointer):
        expected = TrapReason.POINTER_MISALIGNED
    elif ptr + elem_size(t, pointer) > length:
        expected = TrapReason.POINTER_OUT_OF_BOUNDS
    try:
        lift_flat_values(cx, 0, CoreValueIter([ptr]), ts)
    except Trap as trap:
        assert (trap.reason, trap.site) == (expected, "params")
    else:
        assert expected is None


@times(1.5)
@given(TYPED_VALUES, st.sampled_from(ENCODINGS))
def test_loading_twice_gives_the_same_and_changes_nothing(typed_value: tuple[ValType, Value], encoding: str) -> None:
    t, value = typed_value
    guest = Guest(encoding)
    flat = lower_flat(guest.cx, value, t)
    before = bytes(guest.memory.data)
    first, second = (lift_flat(guest.cx, CoreValueIter(flat), t) for _ in range(2))
    assert same_value(to_host(first), to_host(second))
    assert bytes(guest.memory.data) == before
