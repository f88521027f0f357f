"""Verdicts of the script runner, on an engine that does what a test tells it to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from fact.errors import Unsupported
from fact.link import Environment
from fact.model.traps import Trap, TrapReason
from fact.model.types import FuncType, Prim
from fact.model.values import Case, Handle, Value
from fact.run.host import Host
from fuzz.engines.base import NOTHING, EngineInfo, Refusal
from fuzz.engines.reference import ReferenceEngine
from fuzz.scripts import run_data, run_lines, run_script_on
from fuzz.wast import Event, FileReport, ScriptHost, load_script, run_commands, run_script
from fuzz.wast.expected import OtherOutcome, check_trap

Behaviour = Callable[[], "Value | None"]


class Fake:
    """An engine, a component and an instance at once."""

    def __init__(self, *, load: Behaviour = lambda: None, start: Behaviour = lambda: None,
                 invoke: Callable[[str, Sequence[Value]], Value | None] = lambda function, args: None) -> None:
        self.on_load, self.on_start, self.on_invoke = load, start, invoke
        self.hosts: list[Host] = []
        self.environments: list[Environment] = []
        self.dropped: list[Handle] = []

    @property
    def info(self) -> EngineInfo:
        return EngineInfo("fake", "1", "", ())

    def load(self, binary: bytes, environment: Environment = NOTHING) -> Fake:
        self.environments.append(environment)
        self.on_load()
        return self

    def instantiate(self, host: Host) -> Fake:
        self.hosts.append(host)
        self.on_start()
        return self

    def invoke(self, function: str, args: Sequence[Value]) -> Value | None:
        return self.on_invoke(function, args)

    def drop(self, handle: Handle) -> None:
        self.dropped.append(handle)


def raises(error: Exception) -> Behaviour:
    def behaviour() -> Value | None:
        raise error
    return behaviour


def events(folder: Path, text: str, engine: Fake) -> list[Event]:
    path = folder / "script.wast"
    path.write_text(text)
    return list(run_commands(load_script(path), engine))


def verdict(folder: Path, text: str, engine: Fake) -> tuple[str, str]:
    """Of the last command."""
    event = events(folder, text, engine)[-1]
    return event.verdict, event.why


@pytest.mark.parametrize(("result", "expected", "outcome"), [
    (7, "(u8.const 7)", ("passed", "")),
    (8, "(u8.const 7)", ("failed", "f returned 8, expected u8 7")),
    (None, "(u8.const 7)", ("failed", "f returned nothing, expected u8 7")),
    (None, "", ("passed", "")),
    (7, "", ("failed", "f returned 7, expected nothing")),
    (True, "(u8.const 1)", ("failed", "f returned True, expected u8 1")),
    (1.5, "(f32.const 1.5)", ("passed", "")),
    (2.5, "(f32.const 1.5)", ("failed", "f returned 2.5, expected f32 1.5")),
    (7, '(str.const "x")', ("failed", "f returned 7, expected string \"x\"")),
    ("xy", '(str.const "xz")',
     ("failed", 'f returned "xy", expected "xz"; first difference: '
                'result, from character 1: "y" here, "z" in the script')),
    ((1, 2), "(list.const (u8.const 1) (u8.const 3))",
     ("failed", "f returned [1, 2], expected [1, 3]; first difference: result[1]: 2 here, 3 in the script")),
    (("x", Case("some", 1)), '(record.const (field "a" str.const "x") (field "b" option.some (u8.const 1)))',
     ("passed", "")),
    (Case("error"), "(result.err)", ("passed", "")),
    (frozenset({"a", "b"}), '(flags.const "b" "a")', ("passed", "")),
    (Case("a", 1), '(variant.const "a" (u8.const 1))', ("passed", "")),
    (Case("a"), '(enum.const "b")', ("failed", "f returned a, expected b")),
    (1, "(ref.extern 1)", ("unsupported", "externref value")),
])
def test_assert_return(tmp_path: Path, result: Value | None, expected: str, outcome: tuple[str, str]) -> None:
    engine = Fake(invoke=lambda function, args: result)
    assert verdict(tmp_path, f'(component) (assert_return (invoke "f") {expected})', engine) == outcome


def test_arguments_reach_the_engine(tmp_path: Path) -> None:
    calls: list[tuple[str, list[Value]]] = []

    def note(function: str, args: Sequence[Value]) -> None:
        calls.append((function, list(args)))

    text = '(component $A) (component) (invoke $A "i#f" (s8.const -1) (char.const "x") (bool.const true))'
    assert verdict(tmp_path, text, Fake(invoke=note)) == ("passed", "")
    assert calls == [("i#f", [-1, "x", True])]


@pytest.mark.parametrize(("error", "kind", "why"), [
    (Trap(TrapReason.UNREACHABLE, None, "at\nwasm trap: u"), "failed", "trapped: unreachable (wasm trap: u)"),
    (KeyError("f"), "failed", "no export f to invoke"),
    (ValueError("1 is not a bool"), "failed", "invoke f: 1 is not a bool"),
    (Unsupported("list type", 7), "unsupported", "list type"),
    (ZeroDivisionError("oops"), "failed", "the engine raised ZeroDivisionError: oops"),
])
def test_what_an_action_may_raise(tmp_path: Path, error: Exception, kind: str, why: str) -> None:
    engine = Fake(invoke=lambda function, args: raises(error)())
    assert verdict(tmp_path, '(component) (invoke "f")', engine) == (kind, why)


@pytest.mark.parametrize(("text", "trap", "passes", "remark"), [
    ("unreachable", Trap(TrapReason.UNREACHABLE), True, ""),
    ("unreachable", Trap(TrapReason.CANNOT_ENTER), False, ""),
    ("unreachable", Trap(TrapReason.UNMAPPED, None, "strange"), False, ""),
    ("stran", Trap(TrapReason.UNMAPPED, None, "strange"), True, ""),
    ("unaligned pointer", Trap(TrapReason.REALLOC_MISALIGNED, "params"), True, ""),
    ("out of bounds memory access", Trap(TrapReason.POINTER_OUT_OF_BOUNDS), True, ""),
    ("deadlock", Trap(TrapReason.UNREACHABLE), True, "cannot be told"),
])
def test_traps_against_expected_texts(text: str, trap: Trap, passes: bool, remark: str) -> None:
    if not passes:
        with pytest.raises(OtherOutcome, match=trap.reason.value):
            check_trap(text, trap)
    else:
        assert remark in check_trap(text, trap)
        assert bool(remark) == bool(check_trap(text, trap))


def test_a_call_that_returns_is_no_trap(tmp_path: Path) -> None:
    engine = Fake(invoke=lambda function, args: 5)
    for assertion in ('(assert_trap (invoke "f") "x")', '(assert_exhaustion (invoke "f") "x")',
                      '(assert_exception (invoke "f"))'):
        assert verdict(tmp_path, f"(component) {assertion}", engine) == ("failed", "f returned 5, expected a trap")


def test_an_exception_is_a_trap_for_one_reason(tmp_path: Path) -> None:
    text = '(component) (assert_exception (invoke "f"))'
    thrown = Fake(invoke=lambda function, args: raises(Trap(TrapReason.UNCAUGHT_EXCEPTION))())
    assert verdict(tmp_path, text, thrown) == ("passed", "")
    other = Fake(invoke=lambda function, args: raises(Trap(TrapReason.UNREACHABLE))())
    assert verdict(tmp_path, text, other)[0] == "failed"


@pytest.mark.parametrize(("directive", "refusal", "outcome"), [
    ("assert_invalid", Refusal("invalid", "m"), "passed"),
    ("assert_invalid", Refusal("malformed", "m"), "passed"),
    ("assert_invalid", Refusal("unsupported", "maps"), "unsupported"),
    ("assert_invalid", Refusal("unsupported", "some text"), "passed"),
    ("assert_invalid", None, "failed"),
    ("assert_malformed", Refusal("malformed", "m"), "passed"),
    ("assert_malformed", None, "failed"),
])
def test_refusals(tmp_path: Path, directive: str, refusal: Refusal | None, outcome: str) -> None:
    engine = Fake(load=raises(refusal) if refusal else lambda: None)
    assert verdict(tmp_path, f'({directive} (component binary "\\00asm\\0d\\00\\01\\00") "text")', engine)[0] == outcome


def test_malformed_text_needs_no_engine(tmp_path: Path) -> None:
    text = '(assert_malformed (component quote "(import") "x")'
    assert verdict(tmp_path, text, Fake(load=raises(AssertionError()))) == ("passed", "")


def test_text_that_parses_is_not_malformed_for_an_engine_that_accepts_it(tmp_path: Path) -> None:
    assert verdict(tmp_path, '(assert_malformed (component quote "(component)") "x")', Fake())[0] == "failed"


def test_a_trap_of_the_instantiation(tmp_path: Path) -> None:
    text = '(assert_trap (component) "unreachable")'
    assert verdict(tmp_path, text, Fake(start=raises(Trap(TrapReason.UNREACHABLE)))) == ("passed", "")
    assert verdict(tmp_path, text, Fake(start=raises(Trap(TrapReason.INVALID_CHAR))))[0] == "failed"
    assert verdict(tmp_path, text, Fake())[0] == "failed"
    assert verdict(tmp_path, "(component)", Fake(start=raises(Trap(TrapReason.HOST))))[0] == "failed"


def test_commands_that_need_what_is_not_there_are_not_counted_as_failed(tmp_path: Path) -> None:
    found = events(tmp_path, '(component $A)\n(component instance $I $A)\n(invoke $I "f")\n(invoke $A "f")\n'
                             '(register "r" $A)\n(invoke $nobody "f")',
                   Fake(load=raises(Refusal("unsupported", "resources"))))
    assert [e.verdict for e in found] == ["unsupported"] * 5 + ["failed"]
    assert [e.why for e in found[1:5]] == ["depends on line 1", "depends on line 2"] + ["depends on line 1"] * 2
    assert found[5].why == "no instance named nobody"


NEEDS = "refused as unlinkable: "


@pytest.mark.parametrize(("imports", "text", "unlinkable", "plain"), [
    ('(import "no" (func))', "was not found", "passed", ("unsupported", NEEDS + "missing import named `no`")),
    ('(import "host" (instance (export "no" (func))))', "was not found", "passed",
     ("unsupported", NEEDS + "type mismatch for import `host` missing expected export `no`")),
    ('(import "host-return-two" (func (result s32)))', "was not found", "failed",
     ("failed", NEEDS + "type mismatch for import `host-return-two` type mismatch with result type "
                        "expected primitive `s32` found primitive `u32`")),
    ('(import "host-return-two" (instance))', "expected instance found func", "passed",
     ("failed", NEEDS + "type mismatch for import `host-return-two` expected instance, found func")),
    ('(import "host-return-two" (instance))', "expected module found func", "failed",
     ("failed", NEEDS + "type mismatch for import `host-return-two` expected instance, found func")),
    ('(import "r" (type (sub resource)))', "was not found", "passed",
     ("unsupported", NEEDS + "missing import named `r`")),
    ('(import "host-return-two" (func (result u32)))', "x", "failed", ("passed", "")),
    ('(import "host" (instance (export "nested" (instance (export "return-four" (func (result u32)))))))',
     "x", "failed", ("passed", "")),
    # labels of the host's functions, and what leaves nothing to provide
    ('(import "host-echo-u32" (func (param "another" u32) (result u32)))', "x", "failed", ("passed", "")),
    ('(type $t u8) (import "t" (type (eq $t)))', "x", "failed", ("passed", "")),
    ('(import "i" (instance (type $t u8) (export "t" (type (eq $t))) (export "i" (instance))))', "x", "failed",
     ("passed", "")),
    ('(import "host" (instance (export "resource1" (type $r (sub resource))) (export "same" (type (eq $r)))))', "x",
     "failed", ("passed", "")),
    ('(import "host" (instance (export "same" (type (sub resource)))))', "was not found", "passed",
     ("unsupported", NEEDS + "type mismatch for import `host` missing expected export `same`")),
])
def test_imports(tmp_path: Path, imports: str, text: str, unlinkable: str, plain: tuple[str, str]) -> None:
    """Explainer.md, Type Checking: what is given is a subtype of what is imported."""
    assertion = f'(assert_unlinkable (component {imports}) "{text}")'
    assert verdict(tmp_path, assertion, Fake())[0] == unlinkable
    kind, why = verdict(tmp_path, f"(component {imports})", Fake())
    assert kind == plain[0]
    assert why.partition(" (at offset")[0] == plain[1]


@pytest.mark.parametrize(("path", "args", "result"), [
    (("host-echo-u32",), [9], 9), (("host-return-two",), [], 2), (("host", "return-three"), [], 3),
    (("host", "nested", "return-four"), [], 4),
])
def test_the_usual_imports(path: tuple[str, ...], args: list[Value], result: Value) -> None:
    assert ScriptHost()(path, FuncType((), None), args) == result


def test_a_host_may_offer_more(tmp_path: Path) -> None:
    path = tmp_path / "script.wast"
    path.write_text('(component (import "clock" (func (result u64))))')
    clock = FuncType((), Prim.U64)
    engine = Fake()
    assert run_script(path, engine, ScriptHost({("clock",): lambda args: 77})).passed == 1
    assert engine.hosts[0](("clock",), clock, []) == 77
    with pytest.raises(Trap) as caught:
        engine.hosts[0](("watch",), clock, [])
    assert caught.value.reason is TrapReason.HOST


def test_registered_instances_serve_imports(tmp_path: Path) -> None:
    exporter = """(component $A
      (core module $M (func (export "f") (param i32) (result i32) (local.get 0)))
      (core instance $m (instantiate $M))
      (func (export "f") (param "v" u8) (result u8) (canon lift (core func $m "f"))))"""
    importer = '(component (import "a" (instance (export "f" (func (param "v" u8) (result u8))))))'
    calls: list[tuple[str, list[Value]]] = []

    def invoke(function: str, args: Sequence[Value]) -> Value:
        calls.append((function, list(args)))
        return 6

    engine = Fake(invoke=invoke)
    found = events(tmp_path, f'{exporter} (register "a" $A) {importer}', engine)
    assert [e.verdict for e in found] == ["passed"] * 3
    assert engine.hosts[-1](("a", "f"), FuncType((("v", Prim.U8),), Prim.U8), [5]) == 6
    assert calls == [("f", [5])]


def test_directives_out_of_scope_are_named(tmp_path: Path) -> None:
    found = events(tmp_path, '(component) (assert_suspension (invoke "f") "x") (assert_return (get "g"))', Fake())
    assert [(e.verdict, e.why) for e in found[1:]] == [
        ("unsupported", "assert_suspension"), ("unsupported", "get on a component")]


CORE = """
(module $A (global (export "g") (mut i32) (i32.const 5)) (func (export "f") (param i32) (result i32) (local.get 0)))
(assert_return (invoke "f" (i32.const 0xffffffff)) (i32.const -1))
(assert_return (invoke "f" (i32.const 1)) (i32.const 2))
(assert_return (get $A "g") (i32.const 5))
(assert_return (get "f"))
(invoke "g")
(invoke "f" (i64.const 1) (i32.const 2))
(register "a" $A)
(module (import "a" "g" (global $g (mut i32))) (func (export "h") (global.set $g (i32.const 6)) unreachable))
(assert_trap (invoke "h") "unreachable")
(assert_return (get $A "g") (i32.const 6))
(module (import "a" "none" (func)))
(assert_unlinkable (module (import "a" "none" (func))) "unknown import")
(assert_invalid (module (func (result i32))) "type mismatch")
(assert_return (invoke $A "f" (v128.const i32x4 0 0 0 0)))
"""


def test_core_modules_run_without_the_engine(tmp_path: Path) -> None:
    found = events(tmp_path, CORE, Fake(load=raises(AssertionError("core modules are not the engine's"))))
    assert [e.verdict for e in found] == [
        "passed", "passed", "failed", "passed", "failed", "failed", "failed", "passed", "passed", "passed", "passed",
        "unsupported", "passed", "passed", "unsupported"]
    assert found[4].why == "no export f to get"
    assert found[5].why == "no export g to invoke"


def test_a_report_counts_commands_and_lists_problems(tmp_path: Path) -> None:
    path = tmp_path / "script.wast"
    path.write_text('(component)\n(assert_return (invoke "f") (u8.const 1))\n(assert_suspension (invoke "f") "x")\n'
                    '(assert_return (invoke "f") (u8.const 2))')
    report = run_script(str(path), Fake(invoke=lambda function, args: 1))
    assert isinstance(report, FileReport)
    assert (report.path, report.engine, report.ok) == (str(path), "fake", False)
    assert (report.passed, report.failed, report.unsupported) == (2, 1, 1)
    assert [(p.line, p.kind, p.message) for p in report.problems] == [
        (3, "unsupported", "assert_suspension"), (4, "failed", "f returned 1, expected u8 2")]


ECHO = """(component
  (core module $M
    (memory (export "mem") 1)
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024))
    (func (export "f") (param i32 i32 i32) (result i32)
      (i32.store8 (i32.const 0) (local.get 0))
      (i32.store (i32.const 4) (local.get 1)) (i32.store (i32.const 8) (local.get 2)) (i32.const 0)))
  (core instance $m (instantiate $M))
  (type $t' (record (field "a" u8) (field "b" string)))
  (export $t "t" (type $t'))
  (func (export "f") (param "v" $t) (result $t)
    (canon lift (core func $m "f") (memory (core memory $m "mem")) (realloc (core func $m "realloc")))))
"""


def test_a_record_s_fields_stand_in_any_order(tmp_path: Path) -> None:
    path = tmp_path / "script.wast"
    path.write_text(ECHO + """
(assert_return (invoke "f" (record.const (field "b" str.const "x") (field "a" u8.const 1)))
  (record.const (field "a" u8.const 1) (field "b" str.const "x")))
(assert_return (invoke "f" (record.const (field "a" u8.const 1) (field "b" str.const "x")))
  (record.const (field "b" str.const "y") (field "a" u8.const 1)))
(invoke "f" (record.const (field "a" u8.const 1)))
(assert_return (invoke "f" (record.const (field "a" u8.const 1) (field "b" str.const "x"))) (u8.const 1))
(invoke "f" (ref.extern 1))
""")
    found = [(e.verdict, e.why) for e in run_commands(load_script(path), ReferenceEngine())]
    assert found == [
        ("passed", ""),
        ("passed", ""),
        ("failed", 'f returned {a: 1, b: "x"}, expected {a: 1, b: "y"}; first difference: '
                   'result.b: "x" here, "y" in the script'),
        ("failed", "invoke f: fields a for record { a: u8, b: string }"),
        ("failed", "f returned (1, 'x'), and no such value is expected: "
                   "a u8 where record { a: u8, b: string } is expected"),
        ("unsupported", "externref value"),
    ]


class Liar(ReferenceEngine):
    """Returns another string than the component does."""

    def load(self, binary: bytes, environment: Environment = NOTHING) -> Fake:
        def lie(function: str, args: Sequence[Value]) -> Value:
            (pair,) = args
            assert isinstance(pair, tuple)
            return pair[0], "liar"

        return Fake(invoke=lie)


def test_engines_that_differ_are_shown_the_first_difference(tmp_path: Path) -> None:
    path = tmp_path / "script.wast"
    path.write_text(ECHO + '(invoke "f" (record.const (field "a" u8.const 1) (field "b" str.const "line")))')
    liar = Liar()
    liar.info = EngineInfo("liar", "1", "", ())
    ran = run_script_on(path, [ReferenceEngine(), liar])
    assert not ran.agrees
    assert run_lines(ran)[:5] == [
        'line 13: f({a: 1, b: "line"})',
        '  reference  returned {a: 1, b: "line"}',
        '  liar       returned {a: 1, b: "liar"}',
        "line 13: the engines disagree",
        '  first difference: result.b, from character 2: "ne" on reference, "ar" on liar',
    ]
    assert run_data(ran)["commands"][1]["first_difference"].startswith("result.b, from character 2")


def test_functions_that_wasmtime_does_not_know_are_registered_too(tmp_path: Path) -> None:
    """wasmtime 50 refuses fixed-length lists, and tells nothing of a component that has them."""
    path = tmp_path / "script.wast"
    path.write_text("""
(component $A
  (core module $M (func (export "f") (param i32 i32) (result i32) (i32.sub (local.get 0) (local.get 1))))
  (core instance $m (instantiate $M))
  (func (export "minus") (param "v" (list u8 2)) (result u32) (canon lift (core func $m "f"))))
(register "a" $A)
(component
  (import "a" (instance $a (export "minus" (func (param "v" (list u8 2)) (result u32)))))
  (core func $f (canon lower (func $a "minus")))
  (core module $M (import "" "f" (func $f (param i32 i32) (result i32)))
    (func (export "run") (result i32) (call $f (i32.const 9) (i32.const 4))))
  (core instance $m (instantiate $M (with "" (instance (export "f" (func $f))))))
  (func (export "run") (result u32) (canon lift (core func $m "run"))))
(assert_return (invoke "run") (u32.const 5))
""")
    assert [e.why for e in run_commands(load_script(path), ReferenceEngine())] == [""] * 4
