"""What comes of plans in the end: traps of core wasm, the host's answers and errors, fuel, plans that cannot be run."""

from __future__ import annotations

import gc
from collections.abc import Sequence

import pytest
from run_plans import NOTHING, U32, PlanBuilder, chain, func, item, memory, no_host, one, start, trap_of

from fact.errors import LinkError
from fact.model.plan import ExportedHostFunc, Plan
from fact.model.traps import Trap, TrapReason
from fact.model.types import FuncType, Prim
from fact.model.values import Value
from fact.run import Instance, prepare_reference

# -- traps of core wasm


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("unreachable", TrapReason.UNREACHABLE),
        ("(drop (i32.load (i32.const 65533)))", TrapReason.MEMORY_OUT_OF_BOUNDS),
        ("(drop (table.get (i32.const 9)))", TrapReason.TABLE_OUT_OF_BOUNDS),
        ("(call_indirect (i32.const 0))", TrapReason.INDIRECT_CALL_TO_NULL),
        ("(call_indirect (param i32) (i32.const 0) (i32.const 1))", TrapReason.BAD_SIGNATURE),
        ("(drop (i32.div_s (i32.const 0x80000000) (i32.const -1)))", TrapReason.INTEGER_OVERFLOW),
        ("(drop (i32.div_u (i32.const 1) (i32.const 0)))", TrapReason.INTEGER_DIVIDE_BY_ZERO),
        ("(drop (i32.trunc_f32_s (f32.const nan)))", TrapReason.BAD_CONVERSION_TO_INTEGER),
        ("(call_ref $void (ref.null $void))", TrapReason.NULL_REFERENCE),
        ("(call $f)", TrapReason.STACK_OVERFLOW),
        ("(throw $e)", TrapReason.UNCAUGHT_EXCEPTION),
        ("(drop (array.get $bytes (array.new_default $bytes (i32.const 1)) (i32.const 1)))", TrapReason.UNMAPPED),
    ],
)
def test_core_traps_have_their_reason(body: str, reason: TrapReason) -> None:
    wat = f"""(module (type $void (func)) (type $bytes (array (mut i32))) (memory 1) (table 2 funcref)
        (elem (i32.const 1) func $f) (tag $e) (func $f (export "f") {body}))"""
    trap = trap_of(start(one(wat)))
    assert (trap.reason, trap.site) == (reason, None)
    if reason is TrapReason.UNMAPPED:
        assert trap.message == "wasm trap: out of bounds array access"


def test_exception_of_a_callee_cannot_be_caught_by_the_caller() -> None:
    builder = PlanBuilder()
    callee = builder.component()
    thrower = builder.core('(module (tag $e) (func (export "f") (throw $e)))', owner=callee)
    catcher = builder.core("""(module (import "" "f" (func $f))
        (func (export "f") (block $caught (try_table (catch_all $caught) (call $f)))))""",
                           builder.lower(builder.lift(item(thrower, "f"), NOTHING, callee)))
    builder.export("f", builder.lift(item(catcher, "f"), NOTHING))
    assert trap_of(start(builder.plan())).reason is TrapReason.UNCAUGHT_EXCEPTION


def test_after_a_trap_nothing_can_be_entered() -> None:
    builder = PlanBuilder()
    other = builder.component()
    core = builder.core('(module (func (export "f") unreachable) (func (export "g")))')
    fine = builder.core('(module (func (export "g")))', owner=other)
    builder.export("f", builder.lift(item(core, "f"), NOTHING))
    builder.export("g", builder.lift(item(fine, "g"), NOTHING, other))
    instance = start(builder.plan())
    instance.invoke("g", [])
    assert trap_of(instance).reason is TrapReason.UNREACHABLE
    assert [trap_of(instance, name).reason for name in ("g", "f", "g")] == [TrapReason.CANNOT_ENTER] * 3


# -- the host


def calls_host(type: FuncType = U32) -> Plan:
    """`f` in the root calls `g` in a child, which calls host function `h`."""
    builder = PlanBuilder()
    child = builder.component()
    middle = builder.core("""(module (import "" "h" (func $h (param i32) (result i32)))
        (func (export "g") (param i32) (result i32) (call $h (local.get 0))))""",
                          builder.lower_host(builder.host("h", type), child), owner=child)
    lowered = builder.lower(builder.lift(item(middle, "g"), type, child))
    outer = builder.core("""(module (import "" "g" (func $g (param i32) (result i32)))
        (func (export "f") (param i32) (result i32) (call $g (local.get 0))))""", lowered)
    builder.export("f", builder.lift(item(outer, "f"), type))
    builder.exports.append(("h", ExportedHostFunc(0)))
    return builder.plan()


def test_host_function_gets_values_and_returns_one() -> None:
    seen = []

    def host(path: tuple[str, ...], type: FuncType, args: Sequence[Value]) -> Value:
        seen.append((path, type, list(args)))
        return -7

    s8 = func(Prim.S8, result=Prim.S8)
    assert prepare_reference(calls_host(s8)).instantiate(host).invoke("f", [-128]) == -7
    assert seen == [(("h",), s8, [-128])]


def test_host_function_exported_again_is_called_straight() -> None:
    instance = prepare_reference(calls_host()).instantiate(lambda path, type, args: 3)
    assert instance.invoke("h", [9]) == 3


@pytest.mark.parametrize("raised", [Trap(TrapReason.HOST, message="as I said"), KeyboardInterrupt()])
def test_what_the_host_raises_comes_out_of_the_outermost_call(raised: BaseException) -> None:
    def host(path: tuple[str, ...], type: FuncType, args: Sequence[Value]) -> Value:
        raise raised

    instance = prepare_reference(calls_host()).instantiate(host)
    with pytest.raises(type(raised)) as caught:
        instance.invoke("f", [1])
    assert caught.value is raised
    assert [trap_of(instance, name, 1).reason for name in ("f", "h")] == [TrapReason.CANNOT_ENTER] * 2


@pytest.mark.parametrize(
    ("result", "text"), [(ValueError("no such file"), "no such file"), (1 << 32, "out of range"), ("x", "not a value")]
)
def test_host_errors_are_host_traps(result: object, text: str) -> None:
    def host(path: tuple[str, ...], type: FuncType, args: Sequence[Value]) -> Value:
        if isinstance(result, Exception):
            raise result
        return result  # type: ignore[return-value]

    trap = trap_of(prepare_reference(calls_host()).instantiate(host), "f", 1)
    assert trap.reason is TrapReason.HOST
    assert text in str(trap)


def test_endless_recursion_in_the_host_is_a_stack_overflow() -> None:
    def host(path: tuple[str, ...], type: FuncType, args: Sequence[Value]) -> Value:
        return host(path, type, args)

    gc.collect()  # what other tests left would else be collected where no stack is left to do it on
    trap = trap_of(prepare_reference(calls_host()).instantiate(host), "f", 1)
    assert trap.reason is TrapReason.STACK_OVERFLOW


def test_host_may_not_enter_while_the_instance_is_entered() -> None:
    instances: list[Instance] = []

    def host(path: tuple[str, ...], type: FuncType, args: Sequence[Value]) -> Value:
        return instances[0].invoke("f", args) or 0

    instances.append(prepare_reference(calls_host()).instantiate(host))
    assert trap_of(instances[0], "f", 1).reason is TrapReason.CANNOT_ENTER


def test_host_may_call_another_instance() -> None:
    other = start(chain(3))
    instance = prepare_reference(calls_host()).instantiate(lambda path, type, args: other.invoke("f", args))
    assert instance.invoke("f", [5]) == 7


# -- fuel

LOOP = """(module (func (export "f") (param i32) (result i32)
    (loop $l (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))) (local.get 0)))"""


def test_each_call_has_the_fuel_that_was_given() -> None:
    instance = prepare_reference(one(LOOP, U32), fuel=10_000).instantiate(no_host)
    assert [instance.invoke("f", [1000]) for _ in range(20)] == [0] * 20
    assert trap_of(instance, "f", 0).reason is TrapReason.OUT_OF_FUEL
    assert trap_of(instance, "f", 1).reason is TrapReason.CANNOT_ENTER


def test_start_functions_run_out_of_fuel_too() -> None:
    builder = PlanBuilder()
    builder.core("(module (func $s (loop $l (br $l))) (start $s))")
    with pytest.raises(Trap) as trap:
        prepare_reference(builder.plan(), fuel=1000).instantiate(no_host)
    assert trap.value.reason is TrapReason.OUT_OF_FUEL


# -- plans that cannot be run


def test_wrong_signature_is_refused_before_anything_runs() -> None:
    with pytest.raises(LinkError, match=r"lift0.*\(i32\) -> \(i32\).*must be \(i64\) -> \(i32\)"):
        prepare_reference(one('(module (func (export "f") (param i32) (result i32) local.get 0))',
                              func(Prim.U64, result=Prim.U8)))


def test_missing_core_function_is_refused() -> None:
    with pytest.raises(LinkError, match="unknown"):
        prepare_reference(one("(module)"))


def test_missing_export_is_named() -> None:
    builder = PlanBuilder()
    core = builder.core("(module)")
    builder.core('(module (import "" "m" (memory 1)))', memory(core, "m"))
    with pytest.raises(LinkError, match="core instance 0 has no export `m`"):
        start(builder.plan())


def test_imports_that_do_not_fit_are_refused() -> None:
    builder = PlanBuilder()
    core = builder.core('(module (memory (export "m") 1))')
    builder.core('(module (import "" "m" (memory 2)))', memory(core, "m"))
    with pytest.raises(LinkError, match="m1 cannot be made: incompatible import type"):
        start(builder.plan())


def test_module_that_does_not_compile_is_named() -> None:
    builder = PlanBuilder()
    builder.core("(module)")
    plan = builder.plan()
    broken = type(plan.modules[0])(0, b"\0asm\1\0\0\0\xff", (), (), False, False)
    with pytest.raises(LinkError, match="core module 0"):
        prepare_reference(type(plan)(plan.component_instances, (broken,), plan.steps, (), (), (), (), ()))
