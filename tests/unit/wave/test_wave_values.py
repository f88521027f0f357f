"""WAVE text of aggregates (grammar: wasm-tools, crate wasm-wave)."""

from __future__ import annotations

import math
import time

import pytest

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
    ValType,
    Variant,
)
from fact.model.values import Case, Handle, Value, same_value
from fact.model.wave import WaveError, format_value, parse_value, show_value, split_invocation

U8, STRING, CHAR, BOOL = Prim.U8, Prim.STRING, Prim.CHAR, Prim.BOOL
PERSON = Record((("name", STRING), ("age", U8)))
LOOSE = Record((("a", Option(U8)), ("b", Option(STRING))))
COLOUR = EnumType(("red", "dark-blue", "ok", "true"))
SHAPE = Variant((("point", None), ("circle", Prim.F32), ("err", STRING), ("none", None)))
PERMS = Flags(("read", "write", "exec", "none"))
OK, ERR = Result(U8, STRING), Result(None, None)


@pytest.mark.parametrize(("t", "text", "value"), [
    (STRING, '""', ""),
    (STRING, r'''"it's \"\u{1f600}\"\t\n"''', "it's \"😀\"\t\n"),
    (STRING, '"// no comment"', "// no comment"),
    (STRING, '"""\nA single line\n"""', "A single line"),
    (STRING, '"""\n    two\n      lines\n  """', "  two\n    lines"),
    (STRING, '"""\r\na\\r\r\n\r\n"b" ""\\"\r\n"""', 'a\r\n\n"b" """'),
    (STRING, '"""\n\n"""', ""),
    (STRING, '"""\n\n\n"""', "\n"),
    (List(U8), "[]", ()),
    (List(U8), "[ 1 ,2,\t3 , ]", (1, 2, 3)),
    (List(U8), "[1, // one\n 2]", (1, 2)),
    (List(BOOL), "[true,false]", (True, False)),
    (List(Prim.F64), "[1e3, -inf, nan, 0.5]", (1000.0, -math.inf, math.nan, 0.5)),
    (List(Prim.F32), "[0.1]", (0.10000000149011612,)),
    (List(CHAR), "['a', ',', ']']", ("a", ",", "]")),
    (List(List(STRING)), '[[], ["a", "]"]]', ((), ("a", "]"))),
    (List(U8, 3), "[1, 2, 3]", (1, 2, 3)),
    (Map(STRING, U8), '[("a", 1), ("a", 2)]', (("a", 1), ("a", 2))),
    (Tuple((U8, BOOL)), "(1, true,)", (1, True)),
    (Tuple((U8,)), "( 1 )", (1,)),
    (PERSON, '{name: "x", age: 3}', ("x", 3)),
    (PERSON, '{ %age : 3 , name:"x" , }', ("x", 3)),
    (LOOSE, "{:}", (Case("none"), Case("none"))),
    (LOOSE, "{ : }", (Case("none"), Case("none"))),
    (LOOSE, '{b: "x"}', (Case("none"), Case("some", "x"))),
    (COLOUR, "dark-blue", Case("dark-blue")),
    (COLOUR, "%red", Case("red")),
    (COLOUR, "%ok", Case("ok")),
    (COLOUR, "%true", Case("true")),
    (SHAPE, "point", Case("point")),
    (SHAPE, "circle ( 1.5 )", Case("circle", 1.5)),
    (SHAPE, '%err("x")', Case("err", "x")),
    (Option(U8), "none", Case("none")),
    (Option(U8), "some(5)", Case("some", 5)),
    (Option(U8), "5", Case("some", 5)),
    (Option(List(U8)), "[5]", Case("some", (5,))),
    (Option(SHAPE), "none", Case("none")),
    (Option(SHAPE), "%none", Case("some", Case("none"))),
    (Option(Option(U8)), "some(5)", Case("some", Case("some", 5))),
    (Option(Option(U8)), "some(none)", Case("some", Case("none"))),
    (OK, "ok(5)", Case("ok", 5)),
    (OK, "5", Case("ok", 5)),
    (OK, 'err("bad")', Case("error", "bad")),
    (ERR, "ok", Case("ok")),
    (ERR, "err", Case("error")),
    (PERMS, "{}", frozenset()),
    (PERMS, "{write, %read,}", frozenset({"read", "write"})),
    (PERMS, "{none}", frozenset({"none"})),
])
def test_a_value_is_read_and_written(t: ValType, text: str, value: Value) -> None:
    assert same_value(parse_value(t, text), value)
    assert same_value(parse_value(t, format_value(t, value)), value)


@pytest.mark.parametrize(("t", "value", "text"), [
    (STRING, "a'\"\\\n\0é", '"a\'\\"\\\\\\n\\u{0}é"'),
    (List(U8), (1, 2), "[1, 2]"),
    (List(Prim.F32, 1), (0.10000000149011612,), "[0.1]"),
    (Map(STRING, U8), (("a", 1),), '[("a", 1)]'),
    (LOOSE, (Case("none"), Case("some", "x")), '{a: none, b: some("x")}'),
    (SHAPE, Case("err", "x"), '%err("x")'),
    (COLOUR, Case("true"), "%true"),
    (OK, Case("error", "x"), 'err("x")'),
    (Option(Option(U8)), Case("some", Case("none")), "some(none)"),
    (PERMS, frozenset({"none", "read"}), "{read, none}"),
    (Tuple((U8,)), (1,), "(1)"),
])
def test_how_a_value_is_written(t: ValType, value: Value, text: str) -> None:
    assert format_value(t, value) == text


@pytest.mark.parametrize(("t", "text", "wrong", "column", "expected"), [
    (STRING, "abc", "`abc` is not a string", 1, "double quotes"),
    (STRING, '"a', "unfinished quotation", 1, 'a closing "'),
    (STRING, '"a\nb"', "a line break in a string", 3, "several lines"),
    (STRING, r'"ab\x"', r"`\x` is no escape", 4, r"\u{...}"),
    (STRING, r'"\u{dfff}"', "not a Unicode scalar value", 2, "e000"),
    (STRING, '"a" "b"', '`"b"` after the value', 5, "the end"),
    (STRING, '"""x"""', "on a line with text", 1, "lines of its own"),
    (STRING, '""""""', "on a line with text", 1, "lines of its own"),
    (STRING, '"""\nx"""', "on a line with text", 1, "lines of its own"),
    (STRING, '"""\n x\ny\n """', "further left", 8, "1 spaces"),
    (STRING, '"""\nab\\q\n"""', r"`\q` is no escape", 7, r"\u{...}"),
    (STRING, '"""\nx', "unfinished quotation", 1, "three double quotes"),
    (List(U8), "1", "`1` is not a list<u8>", 1, "[1, ...]"),
    (List(U8), "[1, 256]", "256 is out of range for u8", 5, "0 to 255"),
    (List(U8), f"[{'9' * 9999}]", "out of range for u8", 2, "0 to 255"),
    (List(U8), "[1 2]", "`2` where `]` is missing", 4, "`,` or `]`"),
    (List(U8), "[1,,2]", "`,` is not a u8", 4, "0 to 255"),
    (List(U8), "[1", "the text ends where `]` is missing", 3, "`,` or `]`"),
    (List(Prim.F64), "[1e999]", "out of range for f64", 2, "inf"),
    (List(U8, 2), " [1]", "1 elements for list<u8, 2>", 2, "exactly 2"),
    (Tuple((U8, U8)), "(1)", "1 elements for tuple<u8, u8>", 1, "exactly 2"),
    (Tuple((U8, U8)), "(1, 2, 3)", "more than 2 elements", 8, "`)`"),
    (Tuple((U8, BOOL)), "[1, true]", "`[` is not a tuple<u8, bool>", 1, "(1, true)"),
    (PERSON, '{name: "x"}', "field age is missing", 1, "age: 1"),
    (PERSON, '{name: "x", agee: 3}', "`agee` is not a field", 13, "name or age"),
    (PERSON, '{name: "x", name: "y"}', "field name is given twice", 13, "age"),
    (PERSON, '{name: "x", age: "y"}', '`"y"` is not a u8', 18, "0 to 255"),
    (PERSON, "{name}", "`}` where `:` is missing", 6, 'name: "text"'),
    (PERSON, "{}", "a record without fields", 2, '{name: "text", age: 1}'),
    (PERSON, "{:", "the text ends where `}` is missing", 3, "no field follows"),
    (PERSON, "{:}", "field name is missing", 1, 'name: "text"'),
    (COLOUR, "blue", "`blue` is not an enum", 1, "red, dark-blue, %ok or %true"),
    (COLOUR, "ok", "`ok` is a keyword", 1, "%ok"),
    (COLOUR, "red(1)", "a payload for red, which has none", 4, "red alone"),
    (SHAPE, "circle", "the text ends where `(` is missing", 7, "circle(1.5)"),
    (SHAPE, "circle(1, 2)", "`,` where `)` is missing", 9, "`)`"),
    (Option(Option(U8)), "5", "is not an option<option<u8>>", 1, "none or some(none)"),
    (Option(U8), "none(1)", "a payload for none", 5, "none alone"),
    (Option(U8), "%some(5)", "`%some` is not a u8", 1, "0 to 255"),
    (OK, "ok", "the text ends where `(` is missing", 3, "ok(1)"),
    (ERR, "5", "`5` is not a result", 1, "ok or err"),
    (PERMS, "{red}", "`red` is not among flags", 2, "read, write, exec or none"),
    (PERMS, "{read, read}", "flag read is given twice", 8, "each flag once"),
    (PERMS, "{,}", "`,` is not a label", 2, "a label"),
    (PERMS, "[read]", "`[` is not a flags", 1, "{read, write, exec, ...}"),
])
def test_what_is_not_a_value_is_refused(t: ValType, text: str, wrong: str, column: int, expected: str) -> None:
    with pytest.raises(WaveError) as caught:
        parse_value(t, text)
    assert wrong in caught.value.message
    assert caught.value.column == column
    assert expected in caught.value.expected


@pytest.mark.parametrize(("t", "value"), [
    (List(U8), (1, 256)), (List(U8), (1, True)), (List(U8, 2), (1,)), (PERSON, ("x",)), (OK, Case("err", "x")),
    (OK, Case("ok")), (COLOUR, Case("blue")), (PERMS, frozenset({"red"})), (STRING, "\ud800"), (CHAR, "ab"),
    (Tuple((U8,)), 1), (Option(U8), None),
])
def test_only_values_of_the_type_are_written(t: ValType, value: Value) -> None:
    with pytest.raises(WaveError):
        format_value(t, value)


def test_messages_stay_short_whatever_the_type() -> None:
    wide = Record(tuple((f"f{i}", U8) for i in range(1500)))
    for text in ("{f0: 1}", "{g: 1}", "[", "{" + "x" * 5000):
        with pytest.raises(WaveError) as caught:
            parse_value(wide, text)
        assert len(str(caught.value)) < 300


def test_values_nest_a_hundred_deep() -> None:
    t: ValType = U8
    value: Value = 7
    for i in range(100):
        around: list[tuple[ValType, Value]] = [
            (List(t), (value,)), (Option(t), Case("some", value)), (Record((("a", t),)), (value,)),
            (Result(None, t), Case("error", value)),
        ]
        t, value = around[i % 4]
    text = format_value(t, value)
    assert parse_value(t, text) == value
    assert split_invocation(f"f({text})").typed(FuncType((("v", t),), None)) == (value,)
    with pytest.raises(WaveError):
        parse_value(t, text.replace("7", "[" * 5000))


@pytest.mark.parametrize(("t", "value"), [
    (List(U8), tuple(range(256)) * 4096),
    (STRING, "abcdefg\n" * (1 << 17)),
    (List(Prim.F64), (0.1, 1e300) * (1 << 15)),
])
def test_long_values_are_quick(t: ValType, value: Value) -> None:
    began = time.perf_counter()
    text = format_value(t, value)
    assert parse_value(t, text) == value
    assert len(split_invocation(f"f(1, {text}, 2)").arguments) == 3
    assert time.perf_counter() - began < 4


@pytest.mark.parametrize(("t", "value", "shown"), [
    (List(U8), (1, 2), "[1, 2]"),
    (List(U8), tuple(range(100)), "[0, 1, 2, 3, 4, 5, 6, … 93 more]"),
    (STRING, "a" * 1000, f'"{"a" * 20}…" of 1000 characters'),
    (STRING, "a" * 20, f'"{"a" * 20}"'),
    (PERSON, ("b" * 1000, 3), '{name: "bbbbbbbbbbbbbbbb…" of 1000 characters, … 1 more fields}'),
    (Option(STRING), Case("some", "x"), 'some("x")'),
    (OK, Case("error", "x"), 'err("x")'),
    (None, ((1, "ab"), Case("red"), frozenset({"b", "a"}), "c"), "[[1, \"ab\"], red, {a, b}, … 1 more]"),
    (None, Case("error", -1), "error(-1)"),
    (None, None, "nothing"),
    (U8, "ab", "'ab'"),
    (Option(U8), Case("ok", 1), "Case(label…"),
])
def test_values_for_people(t: ValType | None, value: Value | None, shown: str) -> None:
    assert show_value(t, value, 20) == shown


BOX = Record((("of", List(Own(0))), ("by", Option(Borrow(1)))))


@pytest.mark.parametrize(("t", "text", "value"), [
    (List(Own(0)), "[#1, #3, #2]", (Handle(1), Handle(3), Handle(2))),
    (Option(Borrow(0)), "some(#4)", Case("some", Handle(4))),
    (Result(Own(0), None), "ok(#1)", Case("ok", Handle(1))),
    (BOX, "{of: [#1], by: some(#2)}", ((Handle(1),), Case("some", Handle(2)))),
    (Map(STRING, Own(0)), '[("a", #1)]', (("a", Handle(1)),)),
])
def test_handles_stand_anywhere_in_a_value(t: ValType, text: str, value: Value) -> None:
    assert parse_value(t, text) == value
    assert format_value(t, value) == text
    assert show_value(t, value) == text


def test_a_handle_is_shown_without_its_type_too() -> None:
    assert show_value(None, (Handle(1), Case("some", Handle(2)))) == "[#1, some(#2)]"


def test_a_handle_is_no_value_of_another_type_and_nothing_else_is_a_handle() -> None:
    for t, value in ((U8, Handle(1)), (Own(0), 1), (Borrow(0), Handle(-1)), (List(Own(0)), (1,))):
        with pytest.raises(WaveError, match="expected a value of type"):
            format_value(t, value)
    assert not same_value(Handle(1), 1)
    assert not same_value(Handle(1), Handle(2))


def test_what_lacks_a_handle_says_how_one_is_written() -> None:
    with pytest.raises(WaveError, match=r"expected of: \[\.\.\.\]"):
        parse_value(BOX, "{by: #1}")
    with pytest.raises(WaveError, match=r"expected none or some\(#1\)"):
        parse_value(Option(Own(0)), "")


def test_a_call_may_be_given_handles() -> None:
    type = FuncType((("a", Own(0)), ("b", List(Borrow(0)))), None)
    invocation = split_invocation("shop#take(#1, [#2, #3])")
    assert invocation.path == "shop#take"
    assert invocation.typed(type) == (Handle(1), (Handle(2), Handle(3)))
