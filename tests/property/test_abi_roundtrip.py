"""What is lowered and lifted again is the same value, in any encoding and memory, flat or stored.

CanonicalABI.md, "Loading", "Storing", "Flat Lifting", "Flat Lowering", "Lifting and Lowering Values".
"""

from __future__ import annotations

from itertools import product

import pytest
from abi_types import ENCODINGS, POINTERS, TEXT, TYPED_VALUES, Guest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis_profiles import times

from fact.abi import (
    CoreValueIter,
    ValueTypes,
    align_to,
    alignment,
    elem_size,
    lift_flat,
    lift_flat_values,
    load,
    lower_flat,
    lower_flat_values,
    store,
    to_host,
)
from fact.model.types import Prim, PtrType, ValType
from fact.model.values import Value, same_value

MEMORIES = [*product(ENCODINGS, POINTERS)]
SPILLING, FLAT = 0, 1 << 30
"""How many flat values are allowed, so that none or all stay flat."""


def through(guest: Guest, t: ValType, value: Value, max_flat: int) -> Value:
    ts = ValueTypes.of((("param p", t),), "params", guest.memory.ptr_type)
    flat = lower_flat_values(guest.cx, max_flat, [value], ts)
    (lifted,) = lift_flat_values(guest.cx, max_flat, CoreValueIter(flat), ts)
    return lifted


@times(1.5)
@given(TYPED_VALUES, st.lists(st.sampled_from(MEMORIES), min_size=1, max_size=3), st.sampled_from([SPILLING, FLAT]))
def test_values_pass_through_any_memories(
    typed_value: tuple[ValType, Value], memories: list[tuple[str, PtrType]], max_flat: int
) -> None:
    t, value = typed_value
    passed = value
    for encoding, pointer in memories:
        passed = through(Guest(encoding, pointer), t, passed, max_flat)
    assert same_value(to_host(passed), value), (passed, value)


@pytest.mark.parametrize(("source", "destination"), [*product(MEMORIES, MEMORIES)], ids=lambda m: f"{m[0]}-{m[1]}")
@times(0.25)
@given(TEXT)
def test_strings_pass_between_all_pairs_of_memories(
    source: tuple[str, PtrType], destination: tuple[str, PtrType], text: str
) -> None:
    lifted = through(Guest(*source), Prim.STRING, text, FLAT)
    assert to_host(through(Guest(*destination), Prim.STRING, lifted, FLAT)) == text


@times(1.5)
@given(TEXT, st.sampled_from(MEMORIES), st.sampled_from(MEMORIES))
def test_every_block_of_a_string_is_used_to_its_end(
    text: str, source: tuple[str, PtrType], destination: tuple[str, PtrType]
) -> None:
    lifted = through(Guest(*source), Prim.STRING, text, FLAT)
    guest = Guest(*destination)
    ptr, units = lower_flat(guest.cx, lifted, Prim.STRING)
    *_, (_, _, _, size, result) = guest.calls
    tag = 1 << (31 if guest.memory.ptr_type == "i32" else 63)
    latin1 = destination[0] == "latin1+utf16" and not int(units) & tag
    codec = "latin-1" if latin1 else {"utf8": "utf-8"}.get(destination[0], "utf-16-le")
    assert ptr == result
    assert bytes(guest.memory.data[result : result + size]) == text.encode(codec)


@times(1.5)
@given(TYPED_VALUES, st.sampled_from(MEMORIES))
def test_stored_and_flat_values_are_the_same_value(
    typed_value: tuple[ValType, Value], memory: tuple[str, PtrType]
) -> None:
    t, value = typed_value
    flat_guest, stored_guest = Guest(*memory), Guest(*memory, size=align_to(elem_size(t, memory[1]), 8) + 8)
    flat = lower_flat(flat_guest.cx, value, t)
    store(stored_guest.cx, value, t, 8)
    lifted = to_host(lift_flat(flat_guest.cx, CoreValueIter(flat), t))
    assert same_value(lifted, to_host(load(stored_guest.cx, 8, t)))
    assert same_value(lifted, value)
    assert [c[:4] for c in flat_guest.calls if not c[0]] == [c[:4] for c in stored_guest.calls if not c[0]]


@times(1.5)
@given(TYPED_VALUES, st.sampled_from(POINTERS), st.integers(0, 3))
def test_storing_keeps_to_the_values_own_bytes(
    typed_value: tuple[ValType, Value], pointer: PtrType, slot: int
) -> None:
    t, value = typed_value
    size, area = elem_size(t, pointer), 8 + 4 * elem_size(t, pointer)
    guest = Guest("utf8", pointer, area)
    guest.memory.data[:] = b"\xaa" * area
    at = align_to(8, alignment(t, pointer)) + slot * size
    store(guest.cx, value, t, at)
    outside = guest.memory.data[:at] + guest.memory.data[at + size : area]
    assert outside == b"\xaa" * len(outside)


@times(1.5)
@given(TYPED_VALUES, st.sampled_from(MEMORIES), st.binary(min_size=1, max_size=40))
def test_what_is_stored_loads_again_whatever_the_padding_holds(
    typed_value: tuple[ValType, Value], memory: tuple[str, PtrType], junk: bytes
) -> None:
    """Padding is what storing leaves as it was: between fields, behind them, and what a payload does not use."""
    t, value = typed_value
    size = elem_size(t, memory[1])
    areas = []
    for before in (b"\x00", b"\xff"):
        guest = Guest(*memory, size=8 + align_to(size, 8))
        guest.memory.data[8 : 8 + size] = before * size
        store(guest.cx, value, t, 8)
        areas.append(bytes(guest.memory.data[8 : 8 + size]))
    padding = [i for i, (a, b) in enumerate(zip(*areas, strict=True)) if a != b]
    for i in padding:
        guest.memory.data[8 + i] = junk[i % len(junk)]
    assert all({a[i] for a in areas} == {0x00, 0xFF} for i in padding), "a byte is left alone, or written whole"
    assert same_value(to_host(load(guest.cx, 8, t)), value)
