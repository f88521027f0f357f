"""Laws of layout and flattening: CanonicalABI.md, "Despecialization", "Alignment", "Element Size", "Flattening"."""

from __future__ import annotations

from itertools import product

import pytest
from abi_types import ENCODINGS, POINTERS, TYPED_VALUES, TYPES, Guest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis_profiles import times

from fact.abi import align_to, alignment, elem_size, flatten_type, join, lower_flat
from fact.model.types import (
    CoreValType,
    EnumType,
    List,
    Map,
    Option,
    Prim,
    PtrType,
    Record,
    Result,
    Tuple,
    ValType,
    Variant,
)
from fact.model.values import Case, Value, cases_of

CORE: tuple[CoreValType, ...] = ("i32", "i64", "f32", "f64")
WIDTH = {"i32": 32, "f32": 32, "i64": 64, "f64": 64}
POINTER = st.sampled_from(POINTERS)
TYPE_LISTS = st.lists(TYPES, min_size=1, max_size=5)


def shape(t: ValType, pointer: PtrType) -> tuple[int, int, tuple[CoreValType, ...]]:
    return alignment(t, pointer), elem_size(t, pointer), flatten_type(t, pointer)


@times(1.5)
@given(TYPES, POINTER)
def test_alignment_is_a_power_of_two_and_divides_the_size(t: ValType, pointer: PtrType) -> None:
    align, size, flat = shape(t, pointer)
    assert align in (1, 2, 4, 8)
    assert size > 0
    assert size % align == 0
    assert flat


@times(1.5)
@given(TYPE_LISTS, POINTER)
def test_fields_fit_into_a_record_in_order_without_needless_room(ts: list[ValType], pointer: PtrType) -> None:
    t = Tuple(tuple(ts))
    assert alignment(t, pointer) == max(alignment(e, pointer) for e in ts)
    assert flatten_type(t, pointer) == sum((flatten_type(e, pointer) for e in ts), ())
    end = 0
    for n, e in enumerate(ts, 1):
        begin = align_to(end, alignment(e, pointer))
        assert begin % alignment(e, pointer) == 0
        assert begin - end < alignment(e, pointer)
        end = begin + elem_size(e, pointer)
        prefix = elem_size(Tuple(tuple(ts[:n])), pointer)
        assert end <= prefix < end + 8
    assert prefix == elem_size(t, pointer)


@times(1.5)
@given(TYPE_LISTS, TYPES, POINTER)
def test_another_field_never_makes_a_record_smaller(ts: list[ValType], t: ValType, pointer: PtrType) -> None:
    less, more = Tuple(tuple(ts)), Tuple((*ts, t))
    assert elem_size(more, pointer) >= elem_size(less, pointer)
    assert elem_size(more, pointer) >= sum(elem_size(e, pointer) for e in (*ts, t))
    assert alignment(more, pointer) >= alignment(less, pointer)


@times(1.5)
@given(TYPE_LISTS, TYPES, POINTER)
def test_another_case_never_makes_a_variant_smaller(ts: list[ValType], t: ValType, pointer: PtrType) -> None:
    less = Variant(tuple((f"c{i}", e) for i, e in enumerate(ts)))
    more = Variant((*less.cases, ("last", t)))
    assert elem_size(more, pointer) >= elem_size(less, pointer)
    assert elem_size(more, pointer) > elem_size(t, pointer)
    assert len(flatten_type(more, pointer)) == 1 + max(len(flatten_type(e, pointer)) for e in (*ts, t))


@times(1.5)
@given(TYPES, st.integers(1, 20), POINTER)
def test_a_list_of_fixed_length_is_a_tuple(t: ValType, n: int, pointer: PtrType) -> None:
    assert shape(List(t, n), pointer) == shape(Tuple((t,) * n), pointer)


@times(1.5)
@given(TYPES, TYPES, POINTER)
def test_specialized_types_are_their_expansions(t: ValType, u: ValType, pointer: PtrType) -> None:
    assert shape(Tuple((t, u)), pointer) == shape(Record((("0", t), ("1", u))), pointer)
    assert shape(Map(t, u), pointer) == shape(List(Tuple((t, u))), pointer)
    assert shape(Option(t), pointer) == shape(Variant((("none", None), ("some", t))), pointer)
    assert shape(Result(t, u), pointer) == shape(Variant((("ok", t), ("error", u))), pointer)
    assert shape(EnumType(("a", "b")), pointer) == shape(Variant((("a", None), ("b", None))), pointer)


@times(1.5)
@given(TYPES)
def test_wider_pointers_change_widths_only(t: ValType) -> None:
    align32, size32, flat32 = shape(t, "i32")
    align64, size64, flat64 = shape(t, "i64")
    assert align32 <= align64
    assert size32 <= size64
    assert len(flat32) == len(flat64)
    assert all(narrow == wide or wide == "i64" for narrow, wide in zip(flat32, flat64, strict=True))


@pytest.mark.parametrize(("a", "b", "c"), [*product(CORE, CORE, CORE)])
def test_join_is_a_least_upper_bound(a: CoreValType, b: CoreValType, c: CoreValType) -> None:
    assert join(a, a) == a
    assert join(a, b) == join(b, a)
    assert join(join(a, b), c) == join(a, join(b, c))
    assert WIDTH[join(a, b)] == max(WIDTH[a], WIDTH[b])


def is_core(value: object, t: CoreValType) -> bool:
    if t in ("f32", "f64"):
        return isinstance(value, float)
    return type(value) is int and 0 <= value < 1 << WIDTH[t]


@times(1.5)
@given(TYPED_VALUES, POINTER, st.sampled_from(ENCODINGS))
def test_lowered_values_are_of_the_flat_types(
    typed_value: tuple[ValType, Value], pointer: PtrType, encoding: str
) -> None:
    t, value = typed_value
    flat, types = lower_flat(Guest(encoding, pointer).cx, value, t), flatten_type(t, pointer)
    assert len(flat) == len(types)
    assert all(map(is_core, flat, types)), (flat, types)


@times(1.5)
@given(TYPED_VALUES.filter(lambda tv: isinstance(tv[1], Case)), POINTER)
def test_slots_that_a_case_does_not_use_are_zero(typed_value: tuple[ValType, Value], pointer: PtrType) -> None:
    t, value = typed_value
    assert isinstance(t, (Variant, EnumType, Option, Result))
    assert isinstance(value, Case)
    discriminant, *payload = lower_flat(Guest("utf8", pointer).cx, value, t)
    cases = cases_of(t)
    payload_type = cases[int(discriminant)][1]
    used = 0 if payload_type is None else len(flatten_type(payload_type, pointer))
    assert cases[int(discriminant)][0] == value.label
    assert payload[used:] == [0] * len(payload[used:])
    assert all(type(v) is int or kind in ("f32", "f64")
               for v, kind in zip(payload[:used], flatten_type(t, pointer)[1:], strict=False))


@pytest.mark.parametrize("t", [p for p in Prim if p is not Prim.STRING], ids=str)
def test_scalars_have_one_slot_as_wide_as_they_need(t: Prim) -> None:
    (flat,) = flatten_type(t, "i32")
    assert WIDTH[flat] == max(32, 8 * elem_size(t, "i32"))
