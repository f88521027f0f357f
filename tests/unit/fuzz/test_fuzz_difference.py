"""Where values differ first, and what is said about it."""

from __future__ import annotations

import math

import pytest
from fuzz_harness import TableEngine, calls_host, program, returns

from fact.model.types import FuncType, List, Map, Option, Prim, Record, Result, Tuple, ValType, Variant
from fact.model.values import Case, Value
from fuzz.compare import call_text, compare
from fuzz.difference import difference_line, differing_kind, first_difference
from fuzz.observe import Given, HostCall, Program, RecordingHost, observe
from fuzz.zero import zero

ITEM = Record((("id", Prim.U32), ("name", Prim.STRING)))
BOX = Record((("items", List(ITEM)), ("box", Option(Tuple((Prim.U8, Prim.F64))))))
SHAPE = Variant((("dot", None), ("circle", Prim.F32)))


NONE = Case("none")


def box(name: str = "a", last: Value = NONE) -> tuple[tuple[Value, ...], Value]:
    return (((1, "x"), (2, name)), last)


@pytest.mark.parametrize(("t", "a", "b", "line"), [
    (BOX, box("a"), box("b"), 'result.items[1].name: "a" on ours, "b" on theirs'),
    (BOX, box(), (box()[0][:1], Case("none")), "result.items: 2 elements on ours, 1 elements on theirs"),
    (BOX, box(), box(last=Case("some", (1, 2.0))), "result.box: none on ours, some((1, 2.0)) on theirs"),
    (BOX, box(last=Case("some", (1, 0.0))), box(last=Case("some", (1, -0.0))),
     "result.box.some.1: 0.0 on ours, -0.0 on theirs"),
    (Result(None, ITEM), Case("error", (1, "")), Case("error", (2, "")), "result.error.id: 1 on ours, 2 on theirs"),
    (SHAPE, Case("circle", 1.5), Case("circle", 2.5), "result.circle: 1.5 on ours, 2.5 on theirs"),
    (Map(Prim.CHAR, ITEM), (("a", (1, "")),), (("a", (2, "")),), "result[0].1.id: 1 on ours, 2 on theirs"),
    (List(Prim.STRING), ("x" * 500 + "abc",), ("x" * 500 + "abd",),
     'result[0], from character 502: "c" on ours, "d" on theirs'),
    (List(Prim.STRING), ("abc",), ("ab",),
     'result[0], from character 2: "c" on ours, its end (2 characters) on theirs'),
    (None, ((1, 2), 3), ((1, 4), 3), "result[0][1]: 2 on ours, 4 on theirs"),
    (Prim.U8, 1, 2, ""),
    (Prim.CHAR, "a", "b", ""),
    (SHAPE, Case("dot"), Case("circle", 1.0), ""),
    (BOX, box(), box(), ""),
    (List(Prim.F64), (math.nan,), (-math.nan,), ""),
])
def test_the_first_difference_in_a_line(t: ValType | None, a: Value, b: Value, line: str) -> None:
    assert difference_line(t, [("on ours", a), ("on too", a), ("on theirs", b)]) == line


def test_difference_lines_stay_short() -> None:
    line = difference_line(List(List(Prim.U8)), [("on a", ((1,) * 10_000,)), ("on b", ((1,) * 9_999 + (2,),))])
    assert line == "result[0][9999]: 1 on a, 2 on b"
    whole = first_difference(Option(List(Prim.U8)), Case("some", (1,) * 10_000), Case("none"))
    assert whole is not None and len(whole.a) < 80 and "more" in whole.a


@pytest.mark.parametrize(("t", "a", "b", "kind"), [
    (BOX, box("a"), box("b"), "string"), (BOX, box(), ((), Case("none")), "list"),
    (SHAPE, Case("dot"), Case("circle", 1.0), "variant"), (Prim.U8, 1, 2, "u8"),
])
def test_differences_group_by_the_kind_of_type(t: ValType, a: Value, b: Value, kind: str) -> None:
    assert differing_kind(t, [a, b]) == kind


def test_a_divergence_says_what_differs_first() -> None:
    subject = Program(b"", (("f", ()),), (), {}, (FuncType((), BOX),))
    engines = [TableEngine(name, {"f": returns(box(text))}) for name, text in
               (("reference", "a"), ("compiled", "a"), ("native", "b"))]
    found = compare({e.info.name: observe(e, subject) for e in engines}, subject)
    assert found is not None
    assert found.lines() == (
        "disagreement: call 0, f()",
        '  reference, compiled  returned {items: [{id: 1, name: "x"}, {id: 2, name: "a"}], box: none}',
        '  native               returned {items: [{id: 1, name: "x"}, {id: 2, name: "b"}], box: none}',
        '  first difference: result.items[1].name: "a" on reference and compiled, "b" on native',
    )


def test_a_divergence_in_a_call_of_the_host_says_what_differs_first() -> None:
    subject = program("f")
    engines = [TableEngine(name, {"f": calls_host((1, text))}) for name, text in (("a", "xx"), ("b", "xy"))]
    found = compare({e.info.name: observe(e, subject) for e in engines}, subject)
    assert found is not None
    assert found.first == 'call 0 of the host, 0[1], from character 1: "x" on a, "y" on b'


def test_the_host_answers_with_given_values_and_knows_its_types() -> None:
    t = FuncType((("v", ITEM),), BOX)
    host = RecordingHost({("h",): Given(zero(BOX))})
    assert host(("h",), t, ((1, "x"),)) == ((), Case("none"))
    assert host.taken() == (HostCall(("h",), ((1, "x"),)),)
    assert zero(List(SHAPE, 2)) == (Case("dot"), Case("dot"))


def test_calls_of_many_long_arguments_stay_readable() -> None:
    t = FuncType(tuple((f"p{i}", List(Prim.U8)) for i in range(16)), None)
    text = call_text("f", ((7,) * 5000,) * 16, t)
    assert len(text) < 1000 and text.count("more]") == 16
    assert call_text("f", (True, "x"), FuncType((("a", Prim.BOOL), ("b", Prim.STRING)), None)) == 'f(true, "x")'
