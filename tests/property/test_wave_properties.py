"""What `format_value` writes, `parse_value` reads back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fact.model.types import INTEGER_RANGES, FuncType, Prim
from fact.model.values import Value, same_value
from fact.model.wave import WaveError, format_value, parse_value, split_invocation

SCALAR_VALUES: dict[Prim, st.SearchStrategy[Value]] = {
    Prim.BOOL: st.booleans(),
    Prim.F32: st.floats(width=32),
    Prim.F64: st.floats(),
    Prim.CHAR: st.characters(exclude_categories=["Cs"]),
    **{t: st.integers(low, high) for t, (low, high) in INTEGER_RANGES.items()},
}
TYPED_VALUES = st.sampled_from(list(SCALAR_VALUES)).flatmap(lambda t: st.tuples(st.just(t), SCALAR_VALUES[t]))


@pytest.mark.property
@given(TYPED_VALUES)
def test_a_written_value_is_read_back(typed: tuple[Prim, Value]) -> None:
    t, value = typed
    assert same_value(parse_value(t, format_value(t, value)), value)


@pytest.mark.property
@given(st.lists(TYPED_VALUES, max_size=5))
def test_a_written_invocation_is_read_back(typed: list[tuple[Prim, Value]]) -> None:
    text = f"a:b/c@1.0.0#f({', '.join(format_value(t, v) for t, v in typed)})"
    invocation = split_invocation(text)
    values = invocation.typed(FuncType(tuple((f"p{i}", t) for i, (t, _) in enumerate(typed)), None))
    assert invocation.path == "a:b/c@1.0.0#f"
    assert len(values) == len(typed)
    assert all(same_value(read, value) for read, (_, value) in zip(values, typed, strict=True))


@pytest.mark.property
@given(st.sampled_from(list(SCALAR_VALUES)), st.text(max_size=12))
def test_any_text_is_a_value_or_a_wave_error(t: Prim, text: str) -> None:
    try:
        value = parse_value(t, text)
    except WaveError as error:
        assert error.column >= 1
    else:
        assert same_value(parse_value(t, format_value(t, value)), value)


@pytest.mark.property
@given(st.text(alphabet="f#(),'\"\\/\n 1a[]{}", max_size=20))
def test_any_text_is_an_invocation_or_a_wave_error(text: str) -> None:
    try:
        invocation = split_invocation(text)
    except WaveError as error:
        assert 1 <= error.column <= len(text) + 1
    else:
        assert all(text[a.column - 1:].startswith(a.text) for a in invocation.arguments)
