"""Laws of the reference: what holds for every scalar value, at every position."""

from __future__ import annotations

import math
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

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
    lower_flat_values,
)
from fact.model.types import INTEGER_RANGES, SCALARS, Prim, Tuple
from fact.model.values import Value, same_value

INTEGERS = sorted(INTEGER_RANGES, key=str)
WIDTHS = {t: high.bit_length() + (low < 0) for t, (low, high) in INTEGER_RANGES.items()}
BASE = 24


def values(t: Prim) -> st.SearchStrategy[Value]:
    match t:
        case Prim.BOOL:
            return st.booleans()
        case Prim.F32:
            return st.floats(width=32)
        case Prim.F64:
            return st.floats()
        case Prim.CHAR:
            return st.characters(exclude_categories=["Cs"])
    low, high = INTEGER_RANGES[t]
    return st.integers(low, high) | st.sampled_from([low, high, 0])


def typed(ts: Sequence[Prim]) -> st.SearchStrategy[list[tuple[Prim, Value]]]:
    return st.tuples(*(st.tuples(st.just(t), values(t)) for t in ts)).map(list)


VALUE_LISTS = st.lists(st.sampled_from(SCALARS), max_size=24).flatmap(typed)


def bump_allocator(args: Sequence[CoreValue]) -> list[CoreValue]:
    align = int(args[2])
    return [-(-BASE // align) * align]


def context() -> LiftLowerContext:
    options = CanonicalOptions(memory=MemInst(bytearray(512)), realloc=bump_allocator)
    return LiftLowerContext(options, ComponentInstance())


@given(VALUE_LISTS)
def test_lifting_what_was_lowered_gives_the_values_back(typed_values: list[tuple[Prim, Value]]) -> None:
    cx = context()
    ts = ValueTypes.of(tuple((f"param p{i}", t) for i, (t, _) in enumerate(typed_values)), "params", "i32")
    flat = lower_flat_values(cx, 16, [v for _, v in typed_values], ts)
    assert len(flat) == (len(typed_values) if len(typed_values) <= 16 else 1)
    lifted = lift_flat_values(cx, 16, CoreValueIter(flat), ts)
    assert all(same_value(a, b) for a, (_, b) in zip(lifted, typed_values, strict=True)), (lifted, typed_values)


@given(st.lists(st.sampled_from(SCALARS), min_size=1, max_size=30))
def test_layout_of_a_tuple(ts: list[Prim]) -> None:
    t = Tuple(tuple(ts))
    size, align = elem_size(t, "i32"), alignment(t, "i32")
    assert size % align == 0
    assert align == max(alignment(e, "i32") for e in ts)
    assert sum(elem_size(e, "i32") for e in ts) <= size < sum(elem_size(e, "i32") for e in ts) + align * (len(ts) + 1)
    assert len(flatten_type(t, "i32")) == len(ts)
    assert elem_size(Tuple((t, t)), "i32") == 2 * size


@given(st.sampled_from(INTEGERS), st.integers(0, (1 << 64) - 1))
def test_bits_past_an_integers_width_are_ignored(t: Prim, bits: int) -> None:
    core = bits if flatten_type(t, "i32") == ("i64",) else bits & 0xFFFF_FFFF
    value = lift_flat(context(), CoreValueIter([core]), t)
    low, high = INTEGER_RANGES[t]
    assert isinstance(value, int)
    assert low <= value <= high
    assert (value - core) % (1 << WIDTHS[t]) == 0


@given(st.sampled_from(INTEGERS).flatmap(lambda t: typed([t])))
def test_lowered_integers_are_extended_by_their_sign(typed_value: list[tuple[Prim, Value]]) -> None:
    ((t, value),) = typed_value
    (core,) = lower_flat(context(), value, t)
    width = 64 if flatten_type(t, "i32") == ("i64",) else 32
    assert isinstance(core, int)
    assert isinstance(value, int)
    assert 0 <= core < 1 << width
    assert (core - (1 << width) if value < 0 else core) == value


@given(st.integers(0, 0xFFFF_FFFF))
def test_every_i32_but_zero_is_true(core: int) -> None:
    assert lift_flat(context(), CoreValueIter([core]), Prim.BOOL) is (core != 0)


@given(st.integers(0, 0x120000) | st.integers(0xD7F0, 0xE010) | st.integers(0, 0xFFFF_FFFF))
def test_chars_are_the_unicode_scalar_values(core: int) -> None:
    valid = core <= 0xD7FF or 0xE000 <= core <= 0x10FFFF
    try:
        lifted = lift_flat(context(), CoreValueIter([core]), Prim.CHAR)
    except Violation:
        assert not valid
    else:
        assert valid
        assert lifted == chr(core)


@given(st.sampled_from([Prim.F32, Prim.F64]), st.floats(width=32))
def test_floats_pass_unchanged_and_nan_stays_nan(t: Prim, value: float) -> None:
    (core,) = lower_flat(context(), value, t)
    assert math.isnan(core) if math.isnan(value) else same_value(core, value)
