"""Support modules of adapter modules: compiled once, and instantiated once for each choice of memories."""

from __future__ import annotations

import pytest
from run_plans import PlanBuilder, func, item, memory, no_host, trap_of

from fact.errors import LinkError
from fact.model.plan import CompiledAdapterModule, Plan, ScratchMemory, SupportImport, SupportModule, TrapImport
from fact.model.syntax import Sort
from fact.model.traps import TrapReason
from fact.model.types import Prim
from fact.run import Profile, prepare_compiled
from fact.run.engine import compile_module

U32 = func(Prim.U32, result=Prim.U32)
LEAF = """(module (memory (export "a") 1) (memory (export "b") 1) (memory (export "c") i64 1)
  (data (memory 0) (i32.const 8) "a") (data (memory 1) (i32.const 8) "b") (data (memory 2) (i64.const 8) "c")
  (func (export "f") (param i32) (result i32) (local.get 0)))"""
FORWARD = """(module (import "" "f" (func $f (param i32) (result i32)))
    (func (export "f") (param i32) (result i32) (call $f (local.get 0))))"""
PEEK = """(module (import "memory" "0" (memory 1)) (import "memory" "1" (memory i64 1))
  (global $calls (mut i32) (i32.const 0))
  (func (export "peek") (param i32) (result i32)
    (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
    (i32.or (i32.or
      (i32.load8_u 0 (local.get 0))
      (i32.shl (i32.load8_u 1 (i64.extend_i32_u (local.get 0))) (i32.const 8)))
      (i32.shl (global.get $calls) (i32.const 16)))))"""


def plan_of_two() -> Plan:
    """Exports `f0` and `f1`, each through an adapter module of its own."""
    builder = PlanBuilder()
    callee = builder.component()
    lift = builder.lift(item(builder.core(LEAF, owner=callee), "f"), U32, callee)
    for n in range(2):
        lowered = builder.lower(lift)
        builder.adapter_module(lowered)
        builder.export(f"f{n}", builder.lift(item(builder.core(FORWARD, lowered), "f"), U32))
    return builder.plan()


def peeking(index: int, *memories: str, wat: str = PEEK) -> CompiledAdapterModule:
    adapter = f"""(module (import "support" "peek" (func $peek (param i32) (result i32)))
      (func (export "adapter:{index}") (param i32) (result i32) (call $peek (local.get 0))))"""
    support = SupportModule("peek", wat, tuple(memory(0, name) for name in memories))
    return CompiledAdapterModule(index, adapter, (SupportImport(0, "peek"),), (), (support,))


def results(*modules: CompiledAdapterModule) -> list[tuple[bytes, object]]:
    """What the two adapters see in the two memories, and the number of the call as the support module counts."""
    instance = prepare_compiled(plan_of_two(), modules).instantiate(no_host)
    found = [instance.invoke(f"f{n}", [8]) for n in range(2)]
    assert all(isinstance(x, int) for x in found)
    return [((x & 0xFFFF).to_bytes(2, "little"), x >> 16) for x in found if isinstance(x, int)]


def test_adapter_modules_share_a_support_module_over_the_same_memories() -> None:
    assert results(peeking(0, "a", "c"), peeking(1, "a", "c")) == [(b"ac", 1), (b"ac", 2)]


def test_other_memories_are_another_instance() -> None:
    assert results(peeking(0, "a", "c"), peeking(1, "b", "c")) == [(b"ac", 1), (b"bc", 1)]


def test_instances_of_a_plan_share_nothing() -> None:
    prepared = prepare_compiled(plan_of_two(), [peeking(0, "a", "c"), peeking(1, "a", "c")])
    seen = [prepared.instantiate(no_host).invoke("f0", [8]) for _ in range(2)]
    assert seen[0] == seen[1]


def test_a_support_module_that_is_none_is_refused_by_name() -> None:
    with pytest.raises(LinkError, match="support module peek does not compile"):
        results(peeking(0, "a", "c", wat="(module"), peeking(1, "a", "c"))


def test_a_support_module_over_unfit_memories_is_refused_by_name() -> None:
    with pytest.raises(LinkError, match="support module peek cannot be made"):
        results(peeking(0, "a", "b"), peeking(1, "a", "b"))


@pytest.mark.parametrize("profile", Profile)
def test_code_that_runs_fast_does_the_same(profile: Profile) -> None:
    modules = [peeking(0, "a", "c"), peeking(1, "a", "c")]
    instance = prepare_compiled(plan_of_two(), modules, profile=profile, fuel=1000).instantiate(no_host)
    assert instance.invoke("f0", [8]) == 0x1_0000 + int.from_bytes(b"ac", "little")


@pytest.mark.parametrize("fuel", [None, 1000])
@pytest.mark.parametrize("profile", Profile)
def test_host_functions_of_one_type_live_in_several_wasmtime_engines(profile: Profile, fuel: int | None) -> None:
    """A type that has been used with one engine makes wasmtime abort in another."""
    modules = [
        CompiledAdapterModule(
            n,
            f"""(module (import "trap" "trap" (func $trap (param i32 i32)))
              (func (export "adapter:{n}") (param i32) (result i32)
                (call $trap (i32.const {TrapReason.INVALID_CHAR.code}) (i32.const 0)) unreachable))""",
            (TrapImport(),), ("result",),
        )
        for n in range(2)
    ]
    instance = prepare_compiled(plan_of_two(), modules, profile=profile, fuel=fuel).instantiate(no_host)
    assert trap_of(instance, "f0", 8).reason is TrapReason.INVALID_CHAR


def test_a_module_is_compiled_once_for_each_profile() -> None:
    quick = compile_module("(module)", False)
    assert compile_module("(module)", False, Profile.COMPILES_FAST) is quick
    assert compile_module("(module)", False, Profile.RUNS_FAST) is not quick


SCRATCH = '(module (memory (export "memory") 1) (data (i32.const 8) "s"))'
COUNT = """(module (import "memory" "0" (memory 1)) (func (export "peek") (param i32) (result i32)
  (i32.store8 (local.get 0) (i32.add (i32.load8_u (local.get 0)) (i32.const 1))) (i32.load8_u (local.get 0))))"""


def test_a_scratch_memory_is_shared_within_an_instance_and_imported_by_adapters() -> None:
    scratch = ScratchMemory(-1, "scratch", Sort.CORE_MEMORY)
    support = (SupportModule("scratch", SCRATCH, ()), SupportModule("count", COUNT, (scratch,)))
    modules = [
        CompiledAdapterModule(
            index,
            f"""(module (import "support" "peek" (func $peek (param i32) (result i32)))
              (import "scratch" "memory" (memory 1))
              (func (export "adapter:{index}") (param i32) (result i32)
                (drop (call $peek (local.get 0))) (i32.load8_u (local.get 0))))""",
            (SupportImport(1, "peek"), scratch), (), support,
        )
        for index in range(2)
    ]
    prepared = prepare_compiled(plan_of_two(), modules)
    for _ in range(2):
        instance = prepared.instantiate(no_host)
        assert [instance.invoke(f"f{n}", [8]) for n in range(2)] == [ord("t"), ord("u")]
