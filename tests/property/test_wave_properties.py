"""What text forms write, they read back: WAVE, types in words, constants of scripts."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from hypothesis_profiles import times
from typed_values import TYPED_VALUES, TYPES

from fact.model.type_text import TypeTextError, parse_func_type, parse_type
from fact.model.types import FuncType, ValType
from fact.model.values import Value, same_value
from fact.model.wave import WaveError, format_value, parse_value, show_value, split_invocation
from fuzz.constants import constant, depth, expectation, read_typed
from fuzz.sexpr import forms


@times(0.8)
@given(TYPED_VALUES)
def test_a_written_value_is_read_back(typed: tuple[ValType, Value]) -> None:
    t, value = typed
    assert same_value(parse_value(t, format_value(t, value)), value)


@times(0.8)
@given(TYPED_VALUES)
def test_space_and_comments_between_tokens_do_not_matter(typed: tuple[ValType, Value]) -> None:
    t, value = typed
    text = format_value(t, value)
    if not set("\"'") & set(text):
        for mark in "()[]{}:,":
            text = text.replace(mark, f" // {mark}'\"\n\t{mark}\r\n")
        assert same_value(parse_value(t, text), value)


@times(0.8)
@given(st.lists(TYPED_VALUES, max_size=3))
def test_a_written_invocation_is_read_back(typed: list[tuple[ValType, Value]]) -> None:
    text = f"a:b/c@1.0.0#f({', '.join(format_value(t, v) for t, v in typed)})"
    invocation = split_invocation(text)
    values = invocation.typed(FuncType(tuple((f"p{i}", t) for i, (t, _) in enumerate(typed)), None))
    assert invocation.path == "a:b/c@1.0.0#f"
    assert len(values) == len(typed)
    assert all(same_value(read, value) for read, (_, value) in zip(values, typed, strict=True))


@times(0.8)
@given(TYPES, st.text(max_size=12) | st.text(alphabet="[](){}:,\"'%\\/ 1.-aokn\n", max_size=24))
def test_any_text_is_a_value_or_a_wave_error(t: ValType, text: str) -> None:
    try:
        value = parse_value(t, text)
    except WaveError as error:
        assert 1 <= error.column <= len(text) + 1
    else:
        assert same_value(parse_value(t, format_value(t, value)), value)


@times(0.8)
@given(TYPED_VALUES, st.integers(0, 200), st.sampled_from(["", "x", "(", ",", '"', "[", "}", "//"]))
def test_damaged_text_is_a_value_or_a_wave_error(typed: tuple[ValType, Value], at: int, put: str) -> None:
    t, value = typed
    text = format_value(t, value)
    damaged = text[: at % (len(text) + 1)] + put + text[at % (len(text) + 1) + 1 :]
    try:
        read = parse_value(t, damaged)
    except WaveError as error:
        assert 1 <= error.column <= len(damaged) + 1
        assert len(str(error)) < 500
    else:
        assert same_value(parse_value(t, format_value(t, read)), read)


@times(0.8)
@given(st.text(alphabet="f#(),'\"\\/\n 1a[]{}", max_size=20))
def test_any_text_is_an_invocation_or_a_wave_error(text: str) -> None:
    try:
        invocation = split_invocation(text)
    except WaveError as error:
        assert 1 <= error.column <= len(text) + 1
    else:
        assert all(text[a.column - 1:].startswith(a.text) for a in invocation.arguments)


@times(0.8)
@given(TYPED_VALUES, st.integers(0, 60))
def test_values_for_people_are_short_or_whole(typed: tuple[ValType, Value], limit: int) -> None:
    t, value = typed
    shown, whole = show_value(t, value, limit), format_value(t, value)
    assert shown == whole or "…" in shown
    assert (shown == whole) >= (len(whole) <= limit)


@times(0.8)
@given(TYPES)
def test_a_type_in_words_is_read_back(t: ValType) -> None:
    assert parse_type(str(t)) == t
    function = FuncType((("a", t), ("b-c", t)), t)
    assert parse_func_type(str(function)) == function


@times(0.8)
@given(st.text(alphabet="<>{}(),:-> alistu8recod_1", max_size=24))
def test_any_text_is_a_type_or_an_error(text: str) -> None:
    try:
        t = parse_type(text)
    except TypeTextError:
        pass
    else:
        assert parse_type(str(t)) == t


@times(0.8)
@given(TYPED_VALUES)
def test_a_constant_is_read_back(typed: tuple[ValType, Value]) -> None:
    t, value = typed
    for text in (constant(t, value), expectation(t, value)):
        (form,) = forms(text)
        assert same_value(read_typed(t, form.nodes()), value)
    assert depth(value) >= 1
