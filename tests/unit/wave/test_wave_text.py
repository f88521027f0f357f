"""WAVE text of scalar values and of invocations (grammar: wasm-tools, crate wasm-wave)."""

from __future__ import annotations

import math

import pytest

from fact.model.types import Borrow, FuncType, Own, Prim
from fact.model.values import Handle, Value, same_value
from fact.model.wave import WaveError, format_value, parse_invocation, parse_value, split_invocation


@pytest.mark.parametrize(("t", "text", "value"), [
    (Prim.BOOL, "true", True),
    (Prim.BOOL, " false ", False),
    (Prim.S8, "-128", -128),
    (Prim.U64, "18446744073709551615", 2**64 - 1),
    (Prim.S64, "-9223372036854775808", -(2**63)),
    (Prim.U8, "7 // seven\n", 7),
    (Prim.F64, "1e3", 1000.0),
    (Prim.F64, "-0", -0.0),
    (Prim.F64, "6.022e+23", 6.022e23),
    (Prim.F64, "-inf", -math.inf),
    (Prim.F64, "nan", math.nan),
    (Prim.F32, "0.1", 0.10000000149011612),
    (Prim.CHAR, "'a'", "a"),
    (Prim.CHAR, r"'\n'", "\n"),
    (Prim.CHAR, r"'\''", "'"),
    (Prim.CHAR, "'\"'", '"'),
    (Prim.CHAR, r"'\\'", "\\"),
    (Prim.CHAR, r"'\u{1f600}'", "\U0001f600"),
    (Prim.CHAR, "'☃'", "☃"),
    (Prim.CHAR, "' '", " "),
    (Prim.CHAR, "'/'", "/"),
    (Own(0), " #1 // the first", Handle(1)),
    (Borrow(7), "#4294967295", Handle(2**32 - 1)),
    (Borrow(0), "#0", Handle(0)),
])
def test_a_value_is_read(t: Prim, text: str, value: Value) -> None:
    assert same_value(parse_value(t, text), value)


@pytest.mark.parametrize(("t", "text", "wrong", "expected"), [
    (Prim.BOOL, "1", "`1` is not a bool", "true or false"),
    (Prim.BOOL, "", "`` is not a bool", "true or false"),
    (Prim.U8, "256", "out of range for u8", "0 to 255"),
    (Prim.U8, "-1", "out of range for u8", "0 to 255"),
    (Prim.U8, "007", "not a u8", "decimal integer"),
    (Prim.U8, "1.0", "not a u8", "decimal integer"),
    (Prim.U8, "0x1", "not a u8", "decimal integer"),
    (Prim.U8, "1_0", "not a u8", "decimal integer"),
    (Prim.U8, "٣", "not a u8", "decimal integer"),
    (Prim.S64, "9" * 6000, "out of range for s64", "-9223372036854775808 to"),
    (Prim.F32, "1e39", "out of range for f32", "inf"),
    (Prim.F64, "1e400", "out of range for f64", "inf"),
    (Prim.F64, ".5", "not an f64", "a decimal number"),
    (Prim.F64, "infinity", "not an f64", "nan, inf or -inf"),
    (Prim.F64, "-nan", "not an f64", "nan, inf or -inf"),
    (Prim.CHAR, "a", "not a char", "one character in quotes"),
    (Prim.CHAR, "''", "not a char", "one character in quotes"),
    (Prim.CHAR, "'ab'", "not a char", "one character in quotes"),
    (Prim.CHAR, "'\n'", "not a char", "one character in quotes"),
    (Prim.CHAR, r"'\x41'", r"`\x` is no escape", r"\u{...}"),
    (Prim.CHAR, r"'\u{d800}'", "not a Unicode scalar value", "0 to d7ff"),
    (Prim.CHAR, r"'\u{110000}'", "not a Unicode scalar value", "10ffff"),
    (Own(0), "1", "`1` is not an own<0>", "as in #1"),
    (Borrow(0), "#", "`#` is not a borrow<0>", "as in #1"),
    (Borrow(0), "# 1", "`#` is not a borrow<0>", "as in #1"),
    (Own(0), "#01", "`#01` is not an own<0>", "as in #1"),
    (Own(0), "#-1", "#-1 is out of range for a handle", "0 to 4294967295"),
    (Own(0), "#4294967296", "#4294967296 is out of range for a handle", "0 to 4294967295"),
])
def test_what_is_not_a_value_is_refused(t: Prim, text: str, wrong: str, expected: str) -> None:
    with pytest.raises(WaveError) as caught:
        parse_value(t, text)
    assert wrong in caught.value.message
    assert expected in caught.value.expected


@pytest.mark.parametrize(("t", "value", "text"), [
    (Prim.F32, 0.10000000149011612, "0.1"),
    (Prim.F64, 1e-7, "1e-7"),
    (Prim.F64, 1.0, "1.0"),
    (Prim.F64, -0.0, "-0.0"),
    (Prim.F64, math.nan, "nan"),
    (Prim.F32, -math.inf, "-inf"),
    (Prim.CHAR, "'", r"'\''"),
    (Prim.CHAR, '"', "'\"'"),
    (Prim.CHAR, "\0", r"'\u{0}'"),
    (Prim.CHAR, "\U0010ffff", r"'\u{10ffff}'"),
    (Prim.BOOL, True, "true"),
])
def test_a_value_is_written(t: Prim, value: Value, text: str) -> None:
    assert format_value(t, value) == text


def test_only_values_of_the_type_are_written() -> None:
    with pytest.raises(WaveError, match="not a value of type u8"):
        format_value(Prim.U8, "a")


@pytest.mark.parametrize(("text", "path", "arguments"), [
    ("f()", "f", []),
    (" f ( ) ", "f", []),
    ("a:b/c@1.2.3-rc.1#[method]x.y(1, 2)", "a:b/c@1.2.3-rc.1#[method]x.y", [("1", 30), ("2", 33)]),
    (r"f(',', ')', '\'', '(')", "f", [("','", 3), ("')'", 8), (r"'\''", 13), ("'('", 19)]),
    ("f(1,)", "f", [("1", 3)]),
    ("f( 1 // one, not two\n , 2)", "f", [("1", 4), ("2", 25)]),
    ('f([1, 2], {a: "}"}, (3, 4))', "f", [("[1, 2]", 3), ('{a: "}"}', 11), ("(3, 4)", 21)]),
])
def test_an_invocation_is_split(text: str, path: str, arguments: list[tuple[str, int]]) -> None:
    invocation = split_invocation(text)
    assert invocation.path == path
    assert [(a.text, a.column) for a in invocation.arguments] == arguments


@pytest.mark.parametrize(("text", "wrong", "column"), [
    ("f", "no argument list", 2),
    ("", "no argument list", 1),
    ("(1)", "not the name of a function", 1),
    ("f g(1)", "not the name of a function", 1),
    ("f(1", "unfinished argument list", 4),
    ("f('a)", "unfinished quotation", 3),
    (r"f('\')", "unfinished quotation", 3),
    ("f(1) 2", "after the argument list", 6),
    ("f(1,,2)", "an empty argument", 5),
    ("f([1)", "unexpected `)`", 5),
])
def test_what_is_not_an_invocation_is_refused(text: str, wrong: str, column: int) -> None:
    with pytest.raises(WaveError) as caught:
        split_invocation(text)
    assert wrong in caught.value.message
    assert caught.value.column == column


def test_an_invocation_is_typed() -> None:
    f = FuncType((("a", Prim.U8), ("b", Prim.CHAR)), None)
    assert parse_invocation("f(1, 'x')", {"f": f}.__getitem__) == ("f", (1, "x"))


def test_errors_in_arguments_count_columns_from_the_start_of_the_invocation() -> None:
    f = FuncType((("a", Prim.U8), ("b", Prim.U8)), None)
    with pytest.raises(WaveError, match=r"300 is out of range for u8 \(column 6\)"):
        split_invocation("f(1, 300)").typed(f)


@pytest.mark.parametrize("text", ["f()", "f(1)", "f(1, 2, 3)"])
def test_the_number_of_arguments_is_checked(text: str) -> None:
    f = FuncType((("a", Prim.U8), ("b", Prim.U8)), Prim.U8)
    with pytest.raises(WaveError, match=r"expected 2: f: func\(a: u8, b: u8\) -> u8"):
        split_invocation(text).typed(f)
