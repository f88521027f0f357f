"""Our two engines on whole components in text, validated: values between guests, and between guests and the host."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from native_components import assemble, no_host

from fact.model.traps import Trap, TrapReason
from fact.model.types import FuncType
from fact.model.values import Case, Value
from fact.run import Profile
from fuzz.engines.base import Engine, Refusal
from fuzz.engines.compiled import CompiledEngine
from fuzz.engines.reference import ReferenceEngine

ENGINES: dict[str, Engine] = {
    "reference": ReferenceEngine(),
    "compiled": CompiledEngine(),
    "compiled, runs fast": CompiledEngine(profile=Profile.RUNS_FAST),
}


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> Engine:
    return ENGINES[request.param]


def library(p: str) -> str:
    """A memory whose allocator hands out fresh bytes from 1024 on, and tells how many reallocs there were."""
    return f"""(core module $Lib (memory (export "memory") {"i64" if p == "i64" else ""} 1)
      (global $top (mut {p}) ({p}.const 1024)) (global $calls (mut i32) (i32.const 0))
      (func (export "calls") (result i32) (global.get $calls))
      (func (export "realloc") (param $old {p}) (param $size {p}) (param $align {p}) (param $new {p}) (result {p})
        (local $at {p})
        (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
        (local.set $at ({p}.and ({p}.add (global.get $top) ({p}.const 7)) ({p}.const -8)))
        (global.set $top ({p}.add (local.get $at) (local.get $new)))
        (memory.copy (local.get $at) (local.get $old)
          (select (local.get $size) (local.get $new) ({p}.lt_u (local.get $size) (local.get $new))))
        (local.get $at)))
    (core instance $lib (instantiate $Lib))"""


def options(encoding: str) -> str:
    return f'string-encoding={encoding} (memory (core memory $lib "memory")) (realloc (core func $lib "realloc"))'


def relay(p: str, encoding: str, q: str, other: str) -> str:
    """`join: func(xs: list<string>) -> result<string, u8>` of a component whose options are *p* and *encoding*, called
    by one whose options are *q* and *other*. It returns the last string, whose area post-return wipes."""
    word = 4 if p == "i32" else 8
    type = '(param "xs" (list string)) (result (result string (error u8)))'
    return f"""(component
      (component $Inner {library(p)}
        (core module $M (import "lib" "memory" (memory {"i64" if p == "i64" else ""} 1))
          (global $returned (mut i32) (i32.const 0))
          (func (export "join") (param $xs {p}) (param $n {p}) (result {p}) (local $last {p})
            (if ({p}.eqz (local.get $n)) (then
              (i32.store8 ({p}.const 64) (i32.const 1)) (i32.store8 offset={word} ({p}.const 64) (i32.const 7)))
            (else
              (local.set $last ({p}.add (local.get $xs)
                ({p}.mul ({p}.sub (local.get $n) ({p}.const 1)) ({p}.const {2 * word}))))
              (i32.store8 ({p}.const 64) (i32.const 0))
              ({p}.store offset={word} ({p}.const 64) ({p}.load (local.get $last)))
              ({p}.store offset={2 * word} ({p}.const 64) ({p}.load offset={word} (local.get $last)))))
            ({p}.const 64))
          (func (export "wipe") (param $area {p})
            (global.set $returned (i32.add (global.get $returned) (i32.const 1)))
            (memory.fill (local.get $area) (i32.const 0xff) ({p}.const 32)))
          (func (export "returned") (result i32) (global.get $returned)))
        (core instance $m (instantiate $M (with "lib" (instance $lib))))
        (func (export "join") {type}
          (canon lift (core func $m "join") {options(encoding)} (post-return (core func $m "wipe"))))
        (func (export "returned") (result u32) (canon lift (core func $m "returned"))))
      (component $Outer (import "join" (func $join {type})) {library(q)}
        (core func $join (canon lower (func $join) {options(other)}))
        (core module $M (import "" "join" (func $join (param {q} {q} {q})))
          (func (export "join") (param {q} {q}) (result {q})
            (call $join (local.get 0) (local.get 1) ({q}.const 128)) ({q}.const 128)))
        (core instance $m (instantiate $M (with "" (instance (export "join" (func $join))))))
        (func (export "join") {type} (canon lift (core func $m "join") {options(other)}))
        (func (export "calls") (result u32) (canon lift (core func $lib "calls"))))
      (instance $inner (instantiate $Inner))
      (instance $outer (instantiate $Outer (with "join" (func $inner "join"))))
      (export "join" (func $outer "join"))
      (export "calls" (func $outer "calls"))
      (export "returned" (func $inner "returned")))"""


@pytest.mark.parametrize("pointers", [("i32", "i32"), ("i32", "i64"), ("i64", "i32"), ("i64", "i64")], ids="-".join)
@pytest.mark.parametrize("encodings", [("utf8", "utf16"), ("latin1+utf16", "utf8"), ("utf16", "latin1+utf16")],
                         ids="-".join)
def test_strings_go_through_two_components_and_back(
    engine: Engine, pointers: tuple[str, str], encodings: tuple[str, str]
) -> None:
    text = relay(pointers[0], encodings[0], pointers[1], encodings[1])
    instance = engine.load(assemble(text)).instantiate(no_host)
    assert instance.invoke("join", [("one", "", "zwölf")]) == Case("ok", "zwölf")
    assert instance.invoke("join", [("日本",)]) == Case("ok", "日本")
    assert instance.invoke("join", [()]) == Case("error", 7)
    assert instance.invoke("returned", []) == 3
    assert instance.invoke("calls", []) != 0


HOSTED = f"""(component
  (type $p' (record (field "name" string) (field "tags" (list u16)) (field "kind" (option char))))
  (import "person" (type $p (eq $p')))
  (type $c' (flags "loud" "slow")) (import "manner" (type $c (eq $c')))
  (import "greet" (func $greet (param "who" $p) (param "how" $c) (result (tuple string u8))))
  {library("i32")}
  (core func $greet (canon lower (func $greet) {options("utf16")}))
  (core module $M (import "" "greet" (func $greet (param i32 i32 i32 i32 i32 i32 i32 i32)))
    (func (export "greet") (param i32 i32 i32 i32 i32 i32 i32) (result i32)
      (call $greet (local.get 0) (local.get 1) (local.get 2) (local.get 3) (local.get 4) (local.get 5)
        (i32.or (local.get 6) (i32.const 0xf0)) (i32.const 16))
      (i32.const 16)))
  (core instance $m (instantiate $M (with "" (instance (export "greet" (func $greet))))))
  (func (export "greet") (param "who" $p) (param "how" $c) (result (tuple string u8))
    (canon lift (core func $m "greet") {options("utf16")})))"""


def test_records_flags_and_options_go_to_the_host_and_tuples_come_back(engine: Engine) -> None:
    """Flag bits past the last label are dropped (CanonicalABI.md, "Flat Lifting")."""
    seen: list[Sequence[Value]] = []

    def host(path: tuple[str, ...], type: FuncType, args: Sequence[Value], /) -> Value:
        seen.append(args)
        return "welcome", 3

    who = ("Zoë", (1, 65535), Case("some", "é"))
    instance = engine.load(assemble(HOSTED)).instantiate(host)
    assert instance.invoke("greet", [who, frozenset({"slow"})]) == ("welcome", 3)
    assert [*seen[0]] == [who, frozenset({"slow"})]


def guest_that_returns(type: str, body: str, data: str = "", extra: str = "") -> str:
    """An inner `f` with one core result, which the root calls: the adapter lifts what *body* left behind."""
    return f"""(component
      (component $Inner
        (core module $M (memory (export "memory") 1) {data} (func (export "f") (result i32) {body}) {extra})
        (core instance $m (instantiate $M))
        (func (export "f") (result {type}) (canon lift (core func $m "f") (memory (core memory $m "memory")))))
      (component $Outer (import "f" (func $f (result {type}))) {library("i32")}
        (core func $f (canon lower (func $f) {options("utf8")}))
        (core module $M (import "" "f" (func $f (param i32)))
          (func (export "run") (call $f (i32.const 16))))
        (core instance $m (instantiate $M (with "" (instance (export "f" (func $f))))))
        (func (export "run") (canon lift (core func $m "run"))))
      (instance $inner (instantiate $Inner))
      (instance $outer (instantiate $Outer (with "f" (func $inner "f"))))
      (export "run" (func $outer "run")))"""


@pytest.mark.parametrize(
    ("type", "body", "data", "reason", "site"),
    [
        ("string", "(i32.const 2)", "", TrapReason.POINTER_MISALIGNED, "result"),
        ("string", "(i32.const 65532)", "", TrapReason.POINTER_OUT_OF_BOUNDS, "result"),
        ("string", "(i32.const 8)", r'(data (i32.const 8) "\00\00\00\00\00\00\00\10")', TrapReason.STRING_TOO_LONG,
         "result"),
        ("string", "(i32.const 8)", r'(data (i32.const 8) "\10\00\00\00\01\00\00\00\ff")', TrapReason.INVALID_UTF8,
         "result"),
        ("(list (tuple u8 (result (error char))))", "(i32.const 8)",
         r'(data (i32.const 8) "\10\00\00\00\02\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00'
         r'\00\00\00\00\01\00\00\00\00\d8\00\00")', TrapReason.INVALID_CHAR, "result[].1.error"),
        ("(list (option u8))", "(i32.const 8)", r'(data (i32.const 8) "\10\00\00\00\01\00\00\00\02")',
         TrapReason.INVALID_DISCRIMINANT, "result[]"),
    ],
)
def test_what_a_guest_does_wrong_traps_with_reason_and_site(
    engine: Engine, type: str, body: str, data: str, reason: TrapReason, site: str
) -> None:
    instance = engine.load(assemble(guest_that_returns(type, body, data))).instantiate(no_host)
    with pytest.raises(Trap) as trap:
        instance.invoke("run", [])
    assert (trap.value.reason, trap.value.site) == (reason, site)
    with pytest.raises(Trap) as after:
        instance.invoke("run", [])
    assert after.value.reason is TrapReason.CANNOT_ENTER


# -- refusals


@pytest.mark.parametrize(
    ("text", "kind", "named"),
    [
        ('(core module $m (func (export "f") (param i32 i32))) (core instance $i (instantiate $m))'
         ' (func (export "f") (param "s" string) (canon lift (core func $i "f")))', "invalid", "memory"),
        ('(core module $m (memory (export "m") 1) (func (export "f") (param i32 i32)))'
         ' (core instance $i (instantiate $m)) (func (export "f") (param "s" string)'
         ' (canon lift (core func $i "f") (memory (core memory $i "m"))))', "invalid", "realloc"),
        ('(import "m" (core module))', "unsupported", "core module import 'm'"),
        ('(import "c" (component))', "unsupported", "component import 'c'"),
        ('(core func (canon task.return))', "unsupported", "task.return"),
        ('(type (stream u8))', "unsupported", "stream type (at byte 0x"),
        ('(type (future u8))', "unsupported", "future type (at byte 0x"),
    ],
)
def test_what_cannot_be_run_is_refused_by_name(engine: Engine, text: str, kind: str, named: str) -> None:
    with pytest.raises(Refusal) as refused:
        engine.load(assemble(f"(component {text})")).instantiate(no_host)
    assert (refused.value.kind, named in refused.value.message) == (kind, True), refused.value.message
