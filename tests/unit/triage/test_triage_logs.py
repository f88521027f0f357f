"""Where logs differ: what guests noticed first, whoever noticed it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from itertools import islice

import pytest
from hypothesis.strategies import SearchStrategy
from triage_samples import diverging
from wasmtime import wat2wasm

from fact.link import Environment
from fact.model.settings import Reentrance
from fuzz.compare import compare
from fuzz.engines.base import NOTHING, Engine, EngineInfo, Loaded
from fuzz.engines.pipeline import plan_of
from fuzz.engines.reference import ReferenceEngine
from fuzz.examine import Examination
from fuzz.expect import log_difference
from fuzz.observe import Program, observe
from fuzz.triage.logs import LogReader, Segment
from fuzz.triage.signature import signature_of
from fuzz.triage.witness import run_calls
from generators.axes import Axes
from generators.blueprint import Blueprint
from generators.cases import blueprints
from generators.components import render
from generators.families import AnyBlueprint
from generators.stream import CaseStream

LOG = """
  (memory (export "memory") 1)
  (global $count (mut i32) (i32.const 0))
  (func $log (param i64)
    (i64.store offset=1024 (i32.shl (global.get $count) (i32.const 3)) (local.get 0))
    (global.set $count (i32.add (global.get $count) (i32.const 1))))
  (func $event (param i32) (call $log (i64.shl (i64.extend_i32_u (local.get 0)) (i64.const 32))))
  (func $log32 (param i32) (call $log (i64.extend_i32_u (local.get 0))))
  (func (export "log-count") (result i32) (global.get $count))
  (func (export "log-entry") (param i32) (result i64) (i64.load offset=1024 (i32.shl (local.get 0) (i32.const 3))))
  (func (export "log-digest") (result i64) (local $i i32) (local $d i64)
    (loop $more
      (local.set $d (i64.add (i64.mul (local.get $d) (i64.const 31))
        (i64.load offset=1024 (i32.shl (local.get $i) (i32.const 3)))))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $more (i32.lt_u (local.get $i) (global.get $count))))
    (local.get $d))
"""
"""Of a guest, as the generators' are: an event is its number in the upper half of an entry."""


def reading(prefix: str, instance: str) -> str:
    """Exports of the root by which a guest's log is read."""
    return f"""
  (func (export "{prefix}-log-count") (result u32) (canon lift (core func {instance} "log-count")))
  (func (export "{prefix}-log-entry") (param "i" u32) (result u64) (canon lift (core func {instance} "log-entry")))
  (func (export "{prefix}-log-digest") (result u64) (canon lift (core func {instance} "log-digest")))"""


def component(char: int = 97, text: str = "abc", result: int = 5, realloc: int = 4096, extra: str = "") -> str:
    """`a` passes a character and text to `b`, which returns a number; both log what they are given. *extra*: what `a`
    does before it calls."""
    return f"""(component
  (core module $B {LOG}
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (call $event (i32.const 3))
      (call $log32 (local.get 0)) (call $log32 (local.get 1)) (call $log32 (local.get 2)) (call $log32 (local.get 3))
      (i32.const {realloc}))
    (func (export "f") (param i32 i32 i32) (result i32) (call $event (i32.const 1))
      (call $log32 (local.get 0)) (call $log32 (local.get 2))
      (call $log32 (i32.load8_u (local.get 1)))
      (i32.const {result}))
    (func (export "post") (param i32) (call $event (i32.const 4)) (call $log32 (local.get 0))))
  (core instance $b (instantiate $B))
  (func $f (param "c" char) (param "s" string) (result u8)
    (canon lift (core func $b "f") (memory (core memory $b "memory")) (realloc (core func $b "realloc"))
      (post-return (core func $b "post"))))
  (component $Caller
    (import "f" (func $f (param "c" char) (param "s" string) (result u8)))
    (core module $Memory (memory (export "memory") 1) (data (i32.const 16) "{text}"))
    (core instance $memory (instantiate $Memory))
    (core func $f' (canon lower (func $f) (memory (core memory $memory "memory"))))
    (core module $A (import "" "f" (func $f (param i32 i32 i32) (result i32))) {LOG}
      (func (export "run") (local $r i32) {extra}
        (local.set $r (call $f (i32.const {char}) (i32.const 16) (i32.const {len(text)})))
        (call $event (i32.const 2)) (call $log32 (local.get $r))))
    (core instance $a (instantiate $A (with "" (instance (export "f" (func $f'))))))
    (func (export "run") (canon lift (core func $a "run"))){reading("a", "$a")})
  (instance $caller (instantiate $Caller (with "f" (func $f))))
  (export "run" (func $caller "run"))
  (export "a-log-count" (func $caller "a-log-count"))
  (export "a-log-entry" (func $caller "a-log-entry"))
  (export "a-log-digest" (func $caller "a-log-digest")){reading("b", "$b")})"""


class Twisted:
    """The reference, on another component than it is given: what that does, it does wrong."""

    def __init__(self, text: str) -> None:
        self.info = EngineInfo("native", "1", "", ())
        self._binary = bytes(wat2wasm(text))

    def load(self, binary: bytes, environment: Environment = NOTHING) -> Loaded:
        return ReferenceEngine().load(self._binary)


def signature(right: str, wrong: str, calls: int = 1) -> str:
    made = Program(bytes(wat2wasm(right)), (("run", ()),) * calls, ("a", "b"), {})
    engines: dict[str, Engine] = {"reference": ReferenceEngine(), "native": Twisted(wrong)}
    observations = {name: observe(engine, made) for name, engine in engines.items()}
    found = compare(observations, made)
    assert found is not None and found.call is not None
    found = replace(found, entries=log_difference(engines, made, found.call, found.logs))
    blueprint = CaseStream(plain, 1)(0)
    examined = Examination(blueprint, made, observations, found, {})
    return signature_of(diverging(examined), examined)


@lru_cache
def plain(axes: Axes) -> SearchStrategy[AnyBlueprint]:
    return blueprints(axes=axes, hostile=False, max_components=3)


@pytest.mark.parametrize(("wrong", "place"), [
    (component(char=98), "at param char; rule Loading: convert_i32_to_char and Storing: char_to_i32"),
    (component(text="xbc"), "at param string utf8->utf8; rule Loading: load_string and Storing: store_string"),
    (component(text="abcd"), "at realloc; rule Lifting and Lowering Context: reallocate and Storing"),
    (component(result=6), "at post-return; rule canon lift: post_return"),
    (component().replace('(post-return (core func $b "post"))', ""), "at post-return; rule canon lift: post_return"),
    (component(extra="(call $event (i32.const 5))"), "at start"),
], ids=["char", "text", "longer", "result", "no post-return", "another event"])
def test_the_first_thing_that_a_guest_saw_differently(wrong: str, place: str) -> None:
    assert signature(component(), wrong) == f"log reference=log | native=log; {place}"


def test_of_several_guests_it_is_the_one_that_noticed_first() -> None:
    """`a` sees the result after `b`'s post-return has seen it, and `b` the characters before."""
    assert "at post-return" in signature(component(), component(result=6))
    assert "at param char" in signature(component(), component(char=98, result=6))


def test_a_result_that_only_the_caller_logs() -> None:
    quiet = component().replace("(call $event (i32.const 4)) (call $log32 (local.get 0))", "")
    wrong = quiet.replace("(i32.const 5)", "(i32.const 6)")
    assert "; at result integer; rule Loading: load_int" in signature(quiet, wrong)


def test_a_later_call_counts_from_what_is_in_the_logs() -> None:
    """The guest at fault behaves until the second call."""
    later = "(i32.add (i32.const 97) (i32.gt_u (global.get $count) (i32.const 0)))"
    assert signature(component(), component().replace("(i32.const 97)", later), calls=3).endswith(
        "; at param char; rule Loading: convert_i32_to_char and Storing: char_to_i32")


def test_a_log_that_has_lost_its_beginning_tells_nothing() -> None:
    loop = "(loop $l (call $log32 (i32.const 1)) (br_if $l (i32.lt_u (global.get $count) (i32.const 3000))))"
    assert "; at param char" in signature(component(extra=loop), component(extra=loop, char=98)), "b's has not"
    only_a = component(extra=loop).replace("(call $log32 (local.get $r))", "(call $log32 (i32.const 7))")
    assert signature(component(extra=loop), only_a) == "log reference=log | native=log"


# -- what generated guests log


class Counting(LogReader):
    """Notes for each segment how much was logged in it."""

    def __init__(self, program: Program) -> None:
        super().__init__(plan_of(program.binary), dict.fromkeys(program.log_prefixes, 1 << 40), False)
        self.logged: list[tuple[Segment, int]] = []

    def _look(self) -> Mapping[str, int]:
        counts = super()._look()
        self.logged.append((self._segment, max(counts[p] - self._segment.counts[p] for p in self.firsts)))
        return counts


def kinds(segment: Segment) -> list[str]:
    return list(islice(segment._kinds("param" if segment.role == "callee" else "result"), 4000))


def test_entry_for_entry_it_is_known_what_generated_guests_log() -> None:
    """An entry for the event, then those that `fuzz.triage.logged` names, of every call that logs anything."""
    stream, seen = CaseStream(plain, 9), 0
    for number in range(20):
        blueprint = stream(number)
        assert isinstance(blueprint, Blueprint)
        rendered = render(blueprint)
        made = Program(bytes(wat2wasm(rendered.text)), rendered.calls, rendered.log_prefixes, rendered.host)
        reader = Counting(made)
        run_calls(made, range(1), reader.prepared(Reentrance.FREE))
        for segment, count in reader.logged:
            if segment.role in ("callee", "return") and count:
                assert count == 1 + len(kinds(segment)), (number, segment.types)
                seen += 1
    assert seen > 100
