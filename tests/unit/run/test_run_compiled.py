"""Plans run with adapter modules, written by hand here; sections are those of CanonicalABI.md."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from run_plans import PlanBuilder, func, item, memory, no_host

from fact.errors import LinkError
from fact.model.plan import (
    AdapterImport,
    AdapterRef,
    CompiledAdapterModule,
    FlagImport,
    HostLowerRef,
    Plan,
    TrapImport,
)
from fact.model.traps import Trap, TrapReason
from fact.model.types import FuncType, Prim
from fact.model.values import Value
from fact.run import Host, Instance, prepare_compiled

U32 = func(Prim.U32, result=Prim.U32)
NOTHING = func()
IDENTITY = '(module (func (export "f") (param i32) (result i32) local.get 0))'
FORWARD = """(module (import "" "f" (func $f (param i32) (result i32)))
    (func (export "f") (param i32) (result i32) (call $f (local.get 0))))"""


def start(plan: Plan, *modules: CompiledAdapterModule, host: Host = no_host, fuel: int | None = None) -> Instance:
    return prepare_compiled(plan, modules, fuel=fuel).instantiate(host)


def trap_of(instance: Instance, function: str = "f", *args: Value) -> Trap:
    with pytest.raises(Trap) as trap:
        instance.invoke(function, args)
    return trap.value


def two(extra: str = "") -> PlanBuilder:
    """The root's `f` goes through adapter 0 to the `f` of component instance 1, which is core instance 0."""
    builder = PlanBuilder()
    callee = builder.component()
    leaf = builder.core(IDENTITY, owner=callee)
    lowered = builder.lower(builder.lift(item(leaf, "f"), U32, callee))
    builder.adapter_module(lowered)
    caller = builder.core(FORWARD, lowered)
    builder.export("f", builder.lift(item(caller, "f"), U32))
    builder.export("leaf", 0)
    return builder


def adapter(body: str, *imports: AdapterImport, text: str = "", sites: Sequence[str] = ()) -> CompiledAdapterModule:
    wat = f"""(module {text} (func (export "adapter:0") (param i32) (result i32) {body}))"""
    return CompiledAdapterModule(0, wat, imports, tuple(sites))


CALLEE = '(import "callee" "f" (func $callee (param i32) (result i32)))'
TRAP = '(import "trap" "trap" (func $trap (param i32 i32)))'


def flag(name: str) -> str:
    return f'(import "flags" "{name}" (global ${name} (mut i32)))'


def test_adapter_stands_between_caller_and_callee() -> None:
    doubling = adapter("(i32.mul (call $callee (local.get 0)) (i32.const 2))", item(0, "f"), text=CALLEE)
    assert start(two().plan(), doubling).invoke("f", [21]) == 42


@pytest.mark.parametrize(
    ("site", "named"), [(0, "param a"), (1, None), (2, None), (-1, None)], ids=["named", "empty", "past", "minus one"]
)
def test_trap_has_the_reason_and_site_that_the_adapter_gives(site: int, named: str | None) -> None:
    body = f"(call $trap (i32.const {TrapReason.INVALID_CHAR.code}) (i32.const {site})) unreachable"
    instance = start(two().plan(), adapter(body, TrapImport(), text=TRAP, sites=("param a", "")))
    trap = trap_of(instance, "f", 1)
    assert (trap.reason, trap.site) == (TrapReason.INVALID_CHAR, named)
    assert trap_of(instance, "leaf", 1).reason is TrapReason.CANNOT_ENTER


def test_flags_are_one_before_and_adapters_see_whom_the_host_has_entered() -> None:
    """Embedding: `Store.lift` enters the callee and its ancestors."""
    body = "(i32.or (i32.shl (global.get $root) (i32.const 1)) (global.get $child))"
    text = '(import "" "0" (global $root (mut i32))) (import "" "1" (global $child (mut i32)))'
    seen = adapter(body, FlagImport("may_enter", 0), FlagImport("may_enter", 1), text=text)
    instance = start(two().plan(), seen)
    assert [instance.invoke("f", [0]) for _ in range(2)] == [0b01, 0b01]
    leave = adapter(body, FlagImport("may_leave", 0), FlagImport("may_leave", 1), text=text)
    assert start(two().plan(), leave).invoke("f", [0]) == 0b11


def test_host_sees_what_an_adapter_does_to_may_enter() -> None:
    left_entered = adapter("(global.set $may_enter (i32.const 0)) (i32.const 5)", FlagImport("may_enter", 1),
                           text=flag("may_enter"))
    instance = start(two().plan(), left_entered)
    assert instance.invoke("leaf", [4]) == 4
    assert instance.invoke("f", [0]) == 5
    assert trap_of(instance, "leaf", 4).reason is TrapReason.CANNOT_ENTER


def test_adapter_sees_may_leave_cleared_by_the_hosts_call_of_post_return() -> None:
    """canon lift: may-leave is cleared around post-return."""
    builder = PlanBuilder()
    callee = builder.component()
    lowered = builder.lower(builder.lift(item(builder.core(IDENTITY, owner=callee), "f"), U32, callee))
    builder.adapter_module(lowered)
    core = builder.core("""(module (import "" "f" (func $f (param i32) (result i32)))
        (global $seen (mut i32) (i32.const 9))
        (func (export "f") (param i32) (result i32) (i32.add (i32.mul (global.get $seen) (i32.const 10))
          (call $f (local.get 0))))
        (func (export "post") (param i32) (global.set $seen (call $f (i32.const 0)))))""", lowered)
    builder.export("f", builder.lift(item(core, "f"), U32, post_return=item(core, "post")))
    instance = start(builder.plan(), adapter("(global.get $may_leave)", FlagImport("may_leave", 0),
                                             text=flag("may_leave")))
    assert [instance.invoke("f", [0]) for _ in range(2)] == [91, 1]


def test_adapter_sees_its_caller_entered_while_a_start_function_runs() -> None:
    builder = PlanBuilder()
    callee, caller = builder.component(), builder.component()
    lowered = builder.lower(builder.lift(item(builder.core(IDENTITY, owner=callee), "f"), U32, callee), caller)
    builder.adapter_module(lowered)
    core = builder.core("""(module (import "" "f" (func $f (param i32) (result i32)))
        (global $seen (mut i32) (i32.const 9))
        (func $s (global.set $seen (call $f (i32.const 0)))) (start $s)
        (func (export "f") (param i32) (result i32) (global.get $seen)))""", lowered, owner=caller)
    builder.export("f", builder.lift(item(core, "f"), U32, caller))
    text = "".join(f'(import "" "{i}" (global $g{i} (mut i32)))' for i in range(3))
    body = """(i32.or (i32.shl (global.get $g0) (i32.const 2))
        (i32.or (i32.shl (global.get $g1) (i32.const 1)) (global.get $g2)))"""
    flags = [FlagImport("may_enter", i) for i in range(3)]
    assert start(builder.plan(), adapter(body, *flags, text=text)).invoke("f", [0]) == 0b010


def test_adapters_of_adapters_and_host_lowers_are_given_to_adapter_modules() -> None:
    builder = PlanBuilder()
    inner, outer = builder.component(), builder.component()
    first = builder.lower(builder.lift(item(builder.core(IDENTITY, owner=inner), "f"), U32, inner), outer)
    builder.adapter_module(first)
    second = builder.lower(builder.lift(first, U32, outer))
    host_lower = builder.lower_host(builder.host("h", U32), outer)
    builder.adapter_module(second)
    builder.export("f", builder.lift(item(builder.core(FORWARD, second), "f"), U32))
    one = adapter("(i32.add (call $callee (local.get 0)) (i32.const 1))", item(0, "f"), text=CALLEE)
    wat = f"""(module {CALLEE} (import "" "h" (func $h (param i32) (result i32)))
        (func (export "adapter:1") (param i32) (result i32) (call $h (call $callee (local.get 0)))))"""
    two = CompiledAdapterModule(1, wat, (AdapterRef(0), HostLowerRef(host_lower.index)), ())
    instance = start(builder.plan(), one, two, host=lambda path, type, args: int(args[0]) * 10)
    assert instance.invoke("f", [4]) == 50


def test_host_lower_reads_the_shared_may_leave_flag() -> None:
    """canon lower: trap_if(not may_leave)."""
    builder = PlanBuilder()
    callee = builder.component()
    lowered = builder.lower(builder.lift(item(builder.core(IDENTITY, owner=callee), "f"), U32, callee))
    builder.adapter_module(lowered)
    core = builder.core("""(module (import "" "h" (func $h)) (import "" "f" (func $f (param i32) (result i32)))
        (func (export "f") (param i32) (result i32)
          (call $h) (drop (call $f (i32.const 0))) (call $h) (i32.const 1)))""",
                        builder.lower_host(builder.host("h", NOTHING)), lowered)
    builder.export("f", builder.lift(item(core, "f"), U32))
    calls = []

    def host(path: tuple[str, ...], type: FuncType, args: Sequence[Value]) -> None:
        calls.append(path)

    clearing = adapter("(global.set $may_leave (i32.const 0)) (i32.const 0)", FlagImport("may_leave", 0),
                       text=flag("may_leave"))
    trap = trap_of(start(builder.plan(), clearing, host=host), "f", 0)
    assert (trap.reason, trap.site) == (TrapReason.CANNOT_LEAVE, None)
    assert calls == [("h",)]


def test_memories_are_given_to_adapter_modules() -> None:
    builder = PlanBuilder()
    callee = builder.component()
    leaf = builder.core(f'(module (memory (export "memory") 1) (data (i32.const 8) "*") {IDENTITY[8:]}', owner=callee)
    lowered = builder.lower(builder.lift(item(leaf, "f"), U32, callee))
    builder.adapter_module(lowered)
    builder.export("f", builder.lift(item(builder.core(FORWARD, lowered), "f"), U32))
    reading = adapter("(i32.load8_u (local.get 0))", memory(leaf), text='(import "" "m" (memory 1))')
    assert start(builder.plan(), reading).invoke("f", [8]) == ord("*")


def test_trap_of_the_callee_goes_through_the_adapter_as_it_is() -> None:
    builder = PlanBuilder()
    callee = builder.component()
    raised = Trap(TrapReason.HOST, message="stop")
    h = builder.lower_host(builder.host("h", U32), callee)
    lowered = builder.lower(builder.lift(item(builder.core(FORWARD, h, owner=callee), "f"), U32, callee))
    builder.adapter_module(lowered)
    builder.export("f", builder.lift(item(builder.core(FORWARD, lowered), "f"), U32))

    def host(path: tuple[str, ...], type: FuncType, args: Sequence[Value]) -> Value:
        raise raised

    instance = start(builder.plan(), adapter("(call $callee (local.get 0))", item(0, "f"), text=CALLEE), host=host)
    assert trap_of(instance, "f", 1) is raised


def test_adapters_use_fuel() -> None:
    looping = adapter("(loop $l (br $l)) (i32.const 0)")
    assert trap_of(start(two().plan(), looping, fuel=1000), "f", 1).reason is TrapReason.OUT_OF_FUEL


# -- what cannot be run


def test_every_adapter_module_must_be_there() -> None:
    with pytest.raises(LinkError, match=r"the indices \[0\], not \[\]"):
        start(two().plan())


def test_text_that_is_not_a_module_is_refused() -> None:
    with pytest.raises(LinkError, match="adapter module 0 does not compile"):
        start(two().plan(), CompiledAdapterModule(0, "(module", (), ()))


def test_adapter_module_without_its_adapter_is_refused() -> None:
    with pytest.raises(LinkError, match="adapter 0 is not there"):
        start(two().plan(), CompiledAdapterModule(0, "(module)", (), ()))


def test_adapter_used_before_its_module_is_instantiated_is_refused() -> None:
    builder = two()
    builder.steps[1], builder.steps[2] = builder.steps[2], builder.steps[1]
    with pytest.raises(LinkError, match="adapter 0 is not there"):
        start(builder.plan(), adapter("(local.get 0)"))
