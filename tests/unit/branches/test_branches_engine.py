"""The compiled engine with counters: the same outcomes, and what was taken by case."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from wasmtime import wat2wasm

from fact.adapters import compile_adapters, with_branches
from fact.model.plan import BUILTINS
from fact.model.traps import TrapReason
from fact.model.values import Case, Handle
from fact.run import BranchCounts, prepare_compiled
from fuzz.engines.base import Counted
from fuzz.engines.compiled import CompiledEngine, CountedComponent
from fuzz.engines.pipeline import adapters_of, plan_of
from fuzz.observe import Observation, Program, observe
from fuzz.outcome import Returned, Trapped
from generators.families import render, swarm
from generators.handles_text import DROP
from generators.stream import CaseStream

COMPONENTS = Path(__file__).parents[2] / "components"


def chars(start: str = "", body: str = "") -> bytes:
    """A component of two: `g` takes a char; the caller exports `f`, which passes one on, and does *start* at first."""
    return bytes(wat2wasm(f"""(component
      (component $Callee
        (core module $M (func (export "g") (param i32) {body}))
        (core instance $i (instantiate $M))
        (func (export "g") (param "c" char) (canon lift (core func $i "g"))))
      (component $Caller
        (import "g" (func $g (param "c" char)))
        (core func $g (canon lower (func $g)))
        (core module $M
          (import "" "g" (func $g (param i32)))
          (func (export "f") (param i32) (call $g (local.get 0)))
          (func $start {start}) (start $start))
        (core instance $i (instantiate $M (with "" (instance (export "g" (func $g))))))
        (func (export "f") (param "c" u32) (canon lift (core func $i "f"))))
      (instance $callee (instantiate $Callee))
      (instance $caller (instantiate $Caller (with "g" (func $callee "g"))))
      (export "f" (func $caller "f")))"""))


def ran(binary: bytes, *calls: tuple[str, tuple[object, ...]]) -> Observation:
    return observe(CompiledEngine(branches=True), Program(binary, calls, (), {}))  # type: ignore[arg-type]


NONE = Case("none")
CHAR = "adapter: lift param: invalid-char"


def test_a_check_both_ways_over_several_instances() -> None:
    calls = [("f", (c,)) for c in (65, 0xD800, 66, 67, 0xDFFF, 0x110000, 68)]
    observation = ran(chars(), *calls)
    outcomes = observation.outcomes()
    assert [isinstance(o, Trapped) for o in outcomes] == [False, True, False, False, True, True, False]
    assert observation.branches[f"{CHAR}: passes"] == 4
    assert observation.branches[f"{CHAR}: traps"] == 3
    assert observation.branches["adapter: entered"] == 7


def test_what_no_call_reached_is_zero() -> None:
    assert dict(ran(chars()).branches) == {"adapter: entered": 0, f"{CHAR}: passes": 0, f"{CHAR}: traps": 0}


def test_start_functions_count() -> None:
    observation = ran(chars("(call $g (i32.const 65)) (call $g (i32.const 66))"), ("f", (67,)))
    assert observation.branches[f"{CHAR}: passes"] == 3


def test_an_instantiation_that_traps_counts() -> None:
    observation = ran(chars("(call $g (i32.const 65)) (call $g (i32.const 0xd800))"), ("f", (67,)))
    assert isinstance(observation.refusal, Trapped) and observation.refusal.reason is TrapReason.INVALID_CHAR
    assert observation.branches[f"{CHAR}: passes"] == observation.branches[f"{CHAR}: traps"] == 1


def test_a_callee_that_traps_or_overflows_the_stack() -> None:
    observation = ran(chars(body="(unreachable)"), ("f", (65,)), ("f", (66,)))
    assert observation.branches[f"{CHAR}: passes"] == 2
    endless = ran(chars(body="(local i64 i64 i64 i64) (call 0 (local.get 0))"), ("f", (65,)), ("f", (66,)))
    assert [o.reason for o in endless.outcomes() if isinstance(o, Trapped)] == [TrapReason.STACK_OVERFLOW] * 2
    assert endless.branches[f"{CHAR}: passes"] == 2


def test_elements_of_lists_are_counted() -> None:
    binary = bytes(wat2wasm((COMPONENTS / "letters.wat").read_text()))
    observation = ran(binary, ("join", (["a", "b", "c", "d"], NONE)), ("join", ([], NONE)), ("join", (["e"], NONE)))
    assert all(isinstance(o, Returned) for o in observation.outcomes())
    found = {name: times for name, times in observation.branches.items() if name.startswith("check list: l")}
    assert found == {
        "check list: list-too-long: traps": 0, "check list: list-too-long: passes": 3,
        "check list: length != 0: yes": 2, "check list: length != 0: no": 1,
        "check list: loop: 1 turn": 1, "check list: loop: 2 turns": 0, "check list: loop: 3 turns or more": 1,
    }
    assert observation.branches["check list: string-too-long: passes"] == 5
    assert observation.branches["utf8-check.valid: entered"] == 5, "short text is left to the support module"


def test_handles_and_built_ins_are_counted() -> None:
    binary = bytes(wat2wasm((COMPONENTS / "shop.wat").read_text()))
    observation = ran(
        binary, ("buy", (7,)), ("muddle", (Handle(1),)), ("buy", (8,)), (DROP, (Handle(1),)), ("scrapped", ())
    )
    first, second = observation.outcomes()[:2]
    assert isinstance(first, Returned) and isinstance(second, Trapped) and second.reason is TrapReason.HANDLE_LENT
    assert observation.branches["lift own: handle-lent: traps"] == 1
    assert observation.branches["resource.new: handle-table-full: passes"] == 2
    assert observation.branches["handles.add: entered"] >= 2


def test_instances_side_by_side_are_added_up() -> None:
    loaded = CompiledEngine(branches=True).load(chars())
    assert isinstance(loaded, Counted)
    one, other = (loaded.instantiate(lambda *_: None) for _ in range(2))
    one.invoke("f", (65,))
    other.invoke("f", (66,))
    one.invoke("f", (67,))
    assert loaded.branches()[f"{CHAR}: passes"] == 3
    with pytest.raises(Exception, match="invalid-char"):
        one.invoke("f", (0xD800,))
    other.invoke("f", (68,))
    assert loaded.branches()[f"{CHAR}: passes"] == 4
    assert loaded.branches()[f"{CHAR}: traps"] == 1


def test_without_the_option_nothing_is_counted() -> None:
    binary = chars()
    loaded = CompiledEngine().load(binary)
    assert not isinstance(loaded, Counted)
    observation = observe(CompiledEngine(), Program(binary, (("f", (65,)),), (), {}))
    assert observation.branches == {}
    kept = adapters_of(binary)
    counted = adapters_of(binary, branches=True)
    assert kept == compile_adapters(plan_of(binary)), "the option leaves what is kept alone"
    assert all(not module.branches for module in kept) and all(module.branches for module in counted)
    assert adapters_of(binary) is kept and adapters_of(binary, branches=True) is counted


def test_modules_with_counters_run_without_anybody_who_counts() -> None:
    binary = chars()
    prepared = prepare_compiled(plan_of(binary), adapters_of(binary, branches=True))
    assert prepared.instantiate(lambda *_: None).invoke("f", (65,)) is None


def test_where_there_is_no_room_for_a_memory_nothing_is_counted() -> None:
    module = adapters_of(chars())[0]
    memories = "\n".join(f'  (import "m" "{i}" (memory $m{i} 0))' for i in range(100))
    full = replace(module, wat=module.wat.replace("(module", f"(module\n{memories}", 1))
    assert with_branches([full])[0].wat == full.wat
    almost = replace(module, wat=full.wat.replace('(import "m" "7" (memory $m7 0))', "", 1))
    assert with_branches([almost])[0].branches


def test_the_texts_of_a_counted_component_have_the_same_lines() -> None:
    loaded = CompiledEngine(branches=True).load(bytes(wat2wasm((COMPONENTS / "shop.wat").read_text())))
    assert isinstance(loaded, CountedComponent)
    for module in loaded.texts():
        lines = module.wat.splitlines()
        for branch in loaded.counts.branches[module.index]:
            assert lines[branch.line][branch.column] == "(", branch
    assert {module.index for module in loaded.texts()} == {BUILTINS, 0}


def test_counts_belong_to_the_modules_that_they_were_made_for() -> None:
    counts = BranchCounts(adapters_of(chars(), branches=True))
    assert counts.by_name() == {"adapter: entered": 0, f"{CHAR}: passes": 0, f"{CHAR}: traps": 0}
    assert {key: set(values) for key, values in counts.counters().items()} == {0: {0}}


@pytest.mark.parametrize("first", [0, 50])
def test_generated_cases_do_the_same_with_counters(first: int) -> None:
    stream = CaseStream(swarm, 20_260)
    plain, counting = CompiledEngine(), CompiledEngine(branches=True)
    for number in range(first, first + 8):
        rendered = render(stream(number))
        program = Program(bytes(wat2wasm(rendered.text)), rendered.calls, rendered.log_prefixes, rendered.host)
        without, with_counters = observe(plain, program), observe(counting, program)
        assert with_counters.calls == without.calls, number
        assert (with_counters.refusal, with_counters.host_calls) == (without.refusal, without.host_calls), number
        assert all(times >= 0 for times in with_counters.branches.values())
