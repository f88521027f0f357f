"""Laws of joined slots: the payload of a variant, whichever case it is, as core values that all cases share.

CanonicalABI.md, "Flattening" (flatten_variant, join), "Flat Lifting" (lift_flat_variant), "Flat Lowering"
(lower_flat_variant).
"""

from __future__ import annotations

import struct

from abi_types import ENCODINGS, POINTERS, TYPES, Guest, label_all, values
from hypothesis import given
from hypothesis import strategies as st
from hypothesis_profiles import times

from fact.abi import CoreValue, CoreValueIter, flatten_type, lift_flat, lower_flat, to_host
from fact.model.types import CoreValType, PtrType, ValType, Variant
from fact.model.values import Case, Value, same_value

VARIANTS = st.lists(TYPES, min_size=2, max_size=4).map(lambda ts: Variant(label_all(ts)))
POINTER = st.sampled_from(POINTERS)
ENCODING = st.sampled_from(ENCODINGS)
WIDTH = {"i32": 32, "f32": 32, "i64": 64, "f64": 64}


@st.composite
def payloads(draw: st.DrawFn) -> tuple[Variant, Case, ValType]:
    """A variant type, a value of it, and the type of that value's payload."""
    t = draw(VARIANTS)
    label, payload = draw(st.sampled_from(t.cases))
    assert payload is not None
    return t, Case(label, draw(values(payload))), payload


def joined(kinds: set[CoreValType]) -> CoreValType:
    """What can hold the bits of each of *kinds*."""
    if len(kinds) == 1:
        return next(iter(kinds))
    return "i64" if any(WIDTH[kind] == 64 for kind in kinds) else "i32"


def bits(value: CoreValue, kind: CoreValType) -> int:
    if kind in ("f32", "f64"):
        return int.from_bytes(struct.pack("<f" if kind == "f32" else "<d", value), "little")
    return int(value)


@times(1.5)
@given(VARIANTS, POINTER)
def test_a_slot_can_hold_the_bits_of_every_case(t: Variant, pointer: PtrType) -> None:
    discriminant, *slots = flatten_type(t, pointer)
    flats = [flatten_type(payload, pointer) for _, payload in t.cases if payload is not None]
    assert discriminant == "i32"
    assert slots == [joined({f[i] for f in flats if i < len(f)}) for i in range(max(map(len, flats)))]


@times(1.5)
@given(payloads(), POINTER, ENCODING)
def test_a_payload_has_the_bits_that_it_has_alone(
    made: tuple[Variant, Case, ValType], pointer: PtrType, encoding: str
) -> None:
    t, value, payload = made
    assert value.payload is not None
    _, *kinds = flatten_type(t, pointer)
    _, *slots = lower_flat(Guest(encoding, pointer).cx, value, t)
    alone = lower_flat(Guest(encoding, pointer).cx, value.payload, payload)
    expected = [bits(v, kind) for v, kind in zip(alone, flatten_type(payload, pointer), strict=True)]
    assert [bits(v, kind) for v, kind in zip(slots, kinds, strict=True)] == expected + [0] * (len(kinds) - len(alone))


@times(1.5)
@given(payloads(), POINTER, ENCODING, st.data())
def test_bits_that_a_case_does_not_use_are_ignored(
    made: tuple[Variant, Case, ValType], pointer: PtrType, encoding: str, draw: st.DataObject
) -> None:
    """Of slots behind the payload's all bits, of slots that are wider than the payload's the upper half."""
    t, value, payload = made
    guest = Guest(encoding, pointer)
    discriminant, *slots = lower_flat(guest.cx, value, t)
    own = flatten_type(payload, pointer)
    _, *kinds = flatten_type(t, pointer)
    dirty: list[CoreValue] = [discriminant]
    for i, (slot, kind) in enumerate(zip(slots, kinds, strict=True)):
        used = WIDTH[own[i]] if i < len(own) else 0
        dirty.append(slot if used == WIDTH[kind] else with_junk(draw, slot, kind, used))
    assert same_value(to_host(lift_flat(guest.cx, CoreValueIter(dirty), t)), value)


def with_junk(draw: st.DataObject, slot: CoreValue, kind: CoreValType, used: int) -> CoreValue:
    """*slot* with other bits from bit number *used* on."""
    if kind in ("f32", "f64"):
        return draw.draw(st.floats(width=32))
    return int(slot) | draw.draw(st.integers(0, (1 << (WIDTH[kind] - used)) - 1)) << used


@times(0.5)
@given(payloads(), POINTER)
def test_lifting_takes_as_many_core_values_as_there_are(
    made: tuple[Variant, Case, ValType], pointer: PtrType
) -> None:
    """Of whichever case it is: what follows in the row of parameters is not touched."""
    t, value, _ = made
    guest = Guest("utf8", pointer)
    rest: list[CoreValue] = [1, 2, 3]
    row = CoreValueIter([*lower_flat(guest.cx, value, t), *rest])
    lifted: Value = to_host(lift_flat(guest.cx, row, t))
    assert same_value(lifted, value)
    assert [row.next("i32") for _ in rest] == rest
