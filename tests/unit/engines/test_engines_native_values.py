"""Values of every synchronous type across wasmtime's host boundary: arguments, results, and both of host functions."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from native_components import Sent, argument_from_host, assemble, echo, result_to_host

from fact.errors import Unsupported
from fact.model.types import (
    INTEGER_RANGES,
    EnumType,
    Flags,
    FuncType,
    List,
    Map,
    Option,
    Prim,
    Record,
    Result,
    Tuple,
    ValType,
    Variant,
)
from fact.model.values import Case, Value, same_value
from fuzz.engines.native import NativeEngine
from fuzz.engines.native_memory import FIRST_CHUNK

TEXTS: list[Value] = ["", "abc", "\0", "é☃\U0001f600" * 50, "\ud7ff\ue000\U0010ffff"]
T, VEC = "$t", "i32 i32"
LABELS_32 = tuple(f"l{i}" for i in range(32))


@pytest.fixture(scope="module")
def engine() -> NativeEngine:
    return NativeEngine()


def fields(*types: tuple[str, str]) -> str:
    return " ".join(f'(field "{label}" {t})' for label, t in types)


def quoted(labels: Sequence[str]) -> str:
    return " ".join(f'"{label}"' for label in labels)


Row: TypeAlias = tuple[str, str, str, str | None, ValType, list[Value]]
"""A type, the definition of `$t` in it, core types of a parameter and of a result, the type as read back, values."""


def integers(t: Prim) -> Row:
    return f"(list {t})", "", VEC, None, List(t), [(), tuple(range(100)), INTEGER_RANGES[t]]


CASES: list[Row] = [
    ("string", "", VEC, None, Prim.STRING, TEXTS),
    *map(integers, INTEGER_RANGES),
    ("(list f32)", "", VEC, None, List(Prim.F32), [(), (1.5, -0.0, math.inf, math.nan, 2.0**-149)]),
    ("(list f64)", "", VEC, None, List(Prim.F64), [(), (1.1, -0.0, -math.inf, math.nan, 5e-324)]),
    ("(list bool)", "", VEC, None, List(Prim.BOOL), [(), (True, False, True)]),
    ("(list char)", "", VEC, None, List(Prim.CHAR), [(), ("a", "\0", "\ud7ff", "\ue000", "\U0010ffff")]),
    ("(list string)", "", VEC, None, List(Prim.STRING), [(), ("a", "", "b" * 2 * FIRST_CHUNK, "c")]),
    ("(list (list (list u16)))", "", VEC, None, List(List(List(Prim.U16))), [((),), (((), (1, 2)), ((3,),))]),
    ("(tuple u8 string f64)", "", "i32 i32 i32 f64", None, Tuple((Prim.U8, Prim.STRING, Prim.F64)), [(1, "x", 2.5)]),
    ("(tuple char)", "", "i32", "i32", Tuple((Prim.CHAR,)), [("é",)]),
    (T, f"(record {fields(('a', 'u8'), ('b', 'string'), ('c-d', '(list s8)'))})", "i32 i32 i32 i32 i32", None,
     Record((("a", Prim.U8), ("b", Prim.STRING), ("c-d", List(Prim.S8)))), [(1, "", ()), (255, "x", (-1, 1))]),
    (T, f"(record {fields(*((f'f{i}', 'u16') for i in range(1500)))})", "i32", None,
     Record(tuple((f"f{i}", Prim.U16) for i in range(1500))), [tuple(range(1500))]),
    (T, '(variant (case "a") (case "b" u64) (case "c" string) (case "d" f32))', "i32 i64 i32", None,
     Variant((("a", None), ("b", Prim.U64), ("c", Prim.STRING), ("d", Prim.F32))),
     [Case("a"), Case("b", 2**64 - 1), Case("c", "é"), Case("d", 1.5)]),
    (T, f"(variant {' '.join(f'(case {c!r} u8)'.replace(chr(39), chr(34)) for c in map('c{}'.format, range(257)))})",
     VEC, None, Variant(tuple((f"c{i}", Prim.U8) for i in range(257))), [Case("c0", 1), Case("c256", 255)]),
    (T, f"(enum {quoted(LABELS_32)})", "i32", "i32", EnumType(LABELS_32), [Case("l0"), Case("l31")]),
    (T, f"(flags {quoted(LABELS_32)})", "i32", "i32", Flags(LABELS_32),
     [frozenset(), frozenset(LABELS_32), frozenset({"l0", "l7", "l31"})]),
    (T, '(flags "a")', "i32", "i32", Flags(("a",)), [frozenset(), frozenset({"a"})]),
    ("(option string)", "", "i32 i32 i32", None, Option(Prim.STRING), [Case("none"), Case("some", "")]),
    ("(option (option u8))", "", "i32 i32 i32", None, Option(Option(Prim.U8)),
     [Case("none"), Case("some", Case("none")), Case("some", Case("some", 3))]),
    ("(result)", "", "i32", "i32", Result(None, None), [Case("ok"), Case("error")]),
    ("(result u8)", "", VEC, None, Result(Prim.U8, None), [Case("ok", 1), Case("error")]),
    ("(result (error u64))", "", "i32 i64", None, Result(None, Prim.U64), [Case("ok"), Case("error", 2**64 - 1)]),
    ("(result u8 (error string))", "", "i32 i32 i32", None, Result(Prim.U8, Prim.STRING),
     [Case("ok", 1), Case("error", "e")]),
    ("(map string u32)", "", VEC, None, Map(Prim.STRING, Prim.U32), [(), (("b", 1), ("a", 2), ("b", 3))]),
    ("(list (map u8 (option string)))", "", VEC, None, List(Map(Prim.U8, Option(Prim.STRING))),
     [(((1, Case("none")), (1, Case("some", "z"))), ())]),
]


@pytest.mark.parametrize(("type", "definition", "params", "result", "read", "values"), CASES,
                         ids=[f"{c[0]}-{str(c[4])[:30]}" for c in CASES])
def test_values_pass_the_boundary_in_both_directions(
    engine: NativeEngine, type: str, definition: str, params: str, result: str | None, read: ValType,
    values: list[Value],
) -> None:
    seen: list[tuple[FuncType, Value]] = []

    def host(path: tuple[str, ...], function: FuncType, args: Sequence[Value], /) -> Value | None:
        seen.append((function, args[0]))
        return args[0]

    loaded = engine.load(assemble(echo(type, params, result, definition)))
    assert loaded.exports["f"] == FuncType((("v", read),), read)
    running = loaded.instantiate(host)
    for value in values:
        returned = running.invoke("f", [value])
        function, received = seen.pop()
        assert function == FuncType((("v", read),), read)
        assert same_value(received, value)
        assert same_value(returned, value)


@pytest.mark.parametrize("encoding", ["utf16", "latin1+utf16"])
def test_strings_in_every_encoding(engine: NativeEngine, encoding: str) -> None:
    running = engine.load(assemble(echo("string", VEC, encoding=encoding))).instantiate(lambda p, t, args: args[0])
    for text in [*TEXTS, "ÿ", "Ā", "a" * 17 + "Ā"]:
        assert running.invoke("f", [text]) == text


MISFITS: list[tuple[str, str, str, Value, list[tuple[object, str]]]] = [
    ("string", "", VEC, "", [(b"bytes", "string"), ("\ud800", "string"), (None, "string")]),
    ("(list u8)", "", VEC, (), [((1, 256), r"\[1\]: 256 is out of range for u8"), ((1, True), r"\[1\]: True"),
                               ("ab", "list<u8>")]),
    ("(list s64)", "", VEC, (), [((2**63,), "out of range"), ((1.0,), "s64")]),
    ("(list f32)", "", VEC, (), [(("1",), "f32")]),
    ("(list bool)", "", VEC, (), [((1,), "bool")]),
    ("(list char)", "", VEC, (), [(("ab",), "char"), (("\udfff",), "char"), ((1,), "char")]),
    ("(tuple u8 u8)", "", VEC, (1, 2), [((1,), "tuple"), ((1, 2, 3), "tuple"), (12, "tuple")]),
    ("(option u8)", "", VEC, Case("none"), [
        (1, "option"), (Case("some"), "lacks its payload"), (Case("none", 1), "no payload"),
        (Case("ok", 1), "not a case")]),
    ("(result)", "", "i32", Case("ok"), [(Case("err"), "not a case")]),
    (T, '(enum "a" "b")', "i32", Case("a"), [
        (Case("c"), "not a case"), (Case("a", 1), "no payload"), ("a", "enum")]),
    (T, '(flags "a" "b")', "i32", frozenset(), [(frozenset("c"), "labels"), ("a", "flags")]),
    (T, '(variant (case "a" u8) (case "b"))', VEC, Case("b"), [(Case("a", -1), ".a: -1 is out of range")]),
    (T, f"(record {fields(('x', 'u8'), ('y', 'string'))})", "i32 i32 i32", (1, ""), [((1, 2), ".y: 2")]),
    ("(map u8 u8)", "", VEC, (), [(((1,),), r"\[0\]"), ({1: 2}, "map"), (((1, 256),), r"\[0\].1: 256")]),
]


@pytest.mark.parametrize(("type", "definition", "params", "good", "value", "message"), [
    (type, definition, params, good, value, message)
    for type, definition, params, good, misfits in MISFITS for value, message in misfits
])
def test_a_value_of_another_type_is_refused_with_its_place(
    engine: NativeEngine, type: str, definition: str, params: str, good: Value, value: Value, message: str
) -> None:
    """As an argument before the call; as a host function's result it is the host's error."""
    loaded = engine.load(assemble(echo(type, params, "i32" if params == "i32" else None, definition)))
    running = loaded.instantiate(lambda path, type, args: args[0])
    with pytest.raises(ValueError, match=message):
        running.invoke("f", [value])
    assert running.invoke("f", [good]) == good
    with pytest.raises(ValueError, match=message):
        loaded.instantiate(lambda path, type, args: value).invoke("f", [good])


def test_lists_and_sets_of_the_mutable_kind_are_taken_too(engine: NativeEngine) -> None:
    mutable: Any = [1, 2]
    running = engine.load(assemble(echo("(list u8)", VEC))).instantiate(lambda path, type, args: mutable)
    assert running.invoke("f", [mutable]) == (1, 2)


def test_a_call_within_a_call_of_the_same_function_keeps_its_values_apart(engine: NativeEngine) -> None:
    inner: list[Value | None] = []

    def host(path: tuple[str, ...], type: FuncType, args: Sequence[Value], /) -> Value | None:
        if args[0] == (1, 1000):
            inner.append(running.invoke("f", [(2, 2000)]))
        return args[0]

    running = engine.load(assemble(echo("(tuple u8 u16)", VEC))).instantiate(host)
    assert running.invoke("f", [(1, 1000)]) == (1, 1000)
    assert inner == [(2, 2000)]


def test_types_of_the_greatest_size_that_validation_allows(engine: NativeEngine) -> None:
    labels = tuple(f"l{i}" for i in range(10_000))
    sent = Sent(T, (0,), definition=f"(enum {quoted(labels)})")
    loaded = engine.load(assemble(argument_from_host(sent)))
    assert loaded.exports["f"] == FuncType((("v", EnumType(labels)),), None)
    assert loaded.instantiate(lambda path, type, args: None).invoke("f", [Case("l9999")]) is None
    assert engine.load(assemble(result_to_host(sent))).instantiate(lambda path, type, args: None).invoke(
        "f", []) == Case("l0")


def test_types_of_the_greatest_depth_that_validation_allows(engine: NativeEngine) -> None:
    depth, type, value = 97, "u8", (7,)
    steps = "".join(f"(type $t{i} (list {f'$t{i - 1}' if i else type}))" for i in range(depth))
    nested: Value = value
    for _ in range(depth - 1):
        nested = (nested,)
    text = echo(f"$t{depth - 1}", VEC).replace("(component ", f"(component {steps} ", 1)
    running = engine.load(assemble(text)).instantiate(lambda path, type, args: args[0])
    assert running.invoke("f", [nested]) == nested


def test_more_data_than_wasmtime_moves_in_one_call_is_unsupported(engine: NativeEngine) -> None:
    """The specification's limit, 2^28 - 1 bytes, is higher; the Python package has no switch for wasmtime's."""
    sent = Sent("string", (0, 0x0FFFFFFF), stored=bytes.fromhex("00000000ffffff0f"))
    text = result_to_host(sent).replace('(memory (export "m") 1)', '(memory (export "m") 4096)')
    running = engine.load(assemble(text)).instantiate(lambda path, type, args: None)
    with pytest.raises(Unsupported, match="host boundary"):
        running.invoke("f", [])


def resident() -> int:
    """Kibibytes of this process in memory."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4


@pytest.mark.parametrize(("type", "definition", "params", "value"), [
    ("string", "", VEC, "x" * 1000),
    (T, '(variant (case "a" (list string)) (case "b"))', "i32 i32 i32", Case("a", ("x" * 500, "y" * 500))),
    (T, f"(record {fields(('x', '(list u64)'), ('y', '(map u8 string)'))})", "i32 i32 i32 i32",
     (tuple(range(20)), ((1, "z" * 500),))),
])
def test_calls_leave_no_memory_behind(
    engine: NativeEngine, type: str, definition: str, params: str, value: Value
) -> None:
    """Each call moves at least a kilobyte four times: one copy kept would be eight megabytes."""
    running = engine.load(assemble(echo(type, params, None, definition))).instantiate(lambda p, t, args: args[0])

    def many(calls: int) -> None:
        for _ in range(calls):
            running.invoke("f", [value])

    many(500)
    before = resident()
    many(8000)
    assert resident() - before < 4000
