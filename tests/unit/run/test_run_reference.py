"""Plans run with the reference as adapter; sections are those of CanonicalABI.md."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Sequence

import pytest
from run_plans import NOTHING, U32, PlanBuilder, chain, func, item, memory, no_host, one, start, trap_of

from fact.errors import Unsupported
from fact.model.plan import Plan
from fact.model.syntax import Sort
from fact.model.traps import Trap, TrapReason
from fact.model.types import FuncType, Prim
from fact.model.values import Value
from fact.run import prepare_reference
from fact.run.raw import MAX_NESTING

# -- calls


@pytest.mark.parametrize(
    ("type", "core", "value"),
    [
        (Prim.BOOL, "i32", True), (Prim.S8, "i32", -128), (Prim.U32, "i32", 0xFFFF_FFFF), (Prim.S64, "i64", -1),
        (Prim.U64, "i64", (1 << 64) - 1), (Prim.F32, "f32", -0.5), (Prim.F64, "f64", 5e-324),
        (Prim.CHAR, "i32", "\U0010ffff"),
    ],
)
def test_scalars_reach_the_guest_and_come_back(type: Prim, core: str, value: Value) -> None:
    wat = f'(module (func (export "f") (param {core}) (result {core}) local.get 0))'
    assert start(one(wat, func(type, result=type))).invoke("f", [value]) == value


def test_mixed_params_are_in_their_places() -> None:
    wat = """(module (func (export "f") (param f32 i64 i32 f64) (result f64)
        (f64.add (f64.promote_f32 (local.get 0)) (f64.add (f64.convert_i64_s (local.get 1))
        (f64.add (f64.convert_i32_u (local.get 2)) (local.get 3))))))"""
    f = one(wat, func(Prim.F32, Prim.S64, Prim.U16, Prim.F64, result=Prim.F64))
    assert start(f).invoke("f", [0.5, -1000, 20, 0.25]) == -979.25


def test_no_result_is_none() -> None:
    assert start(one('(module (func (export "f")))')).invoke("f", []) is None


def test_unknown_export() -> None:
    with pytest.raises(KeyError):
        start(chain(1)).invoke("g", [])


@pytest.mark.parametrize("length", [2, 50, 100])
def test_chains(length: int) -> None:
    instance = start(chain(length))
    assert [instance.invoke("f", [n]) for n in (0, 1000)] == [length - 1, length + 999]


def test_too_deep_a_chain_is_not_supported() -> None:
    instance = start(chain(MAX_NESTING + 2))
    with pytest.raises(Unsupported, match="calls through Python within each other"):
        instance.invoke("f", [1])
    assert trap_of(instance, "f", 1).reason is TrapReason.CANNOT_ENTER


def test_instances_share_nothing() -> None:
    wat = """(module (global $n (mut i32) (i32.const 0))
        (func (export "f") (result i32) (global.set $n (i32.add (global.get $n) (i32.const 1))) (global.get $n)))"""
    prepared = prepare_reference(one(wat, func(result=Prim.U8)))
    first, second = prepared.instantiate(no_host), prepared.instantiate(no_host)
    assert [first.invoke("f", []), first.invoke("f", []), second.invoke("f", [])] == [1, 2, 1]


def test_store_goes_with_its_instance_and_needs_no_garbage_collector() -> None:
    instance = start(chain(3))
    instance.invoke("f", [1])
    store = weakref.ref(instance._linkage.store._store)
    gc.disable()
    try:
        del instance
        assert store() is None
    finally:
        gc.enable()


def test_lowered_function_called_through_a_table_filled_in_later() -> None:
    builder = PlanBuilder()
    callee = builder.component()
    leaf = builder.core('(module (func (export "f") (param i32) (result i32) (i32.mul (local.get 0) (i32.const 3))))',
                        owner=callee)
    lowered = builder.lower(builder.lift(item(leaf, "f"), U32, callee))
    shim = builder.core("""(module (type $t (func (param i32) (result i32))) (table (export "t") 1 funcref)
        (func (export "f") (param i32) (result i32) (call_indirect (type $t) (local.get 0) (i32.const 0))))""")
    builder.core("""(module (import "" "t" (table 1 funcref)) (import "" "f" (func $f (param i32) (result i32)))
        (elem (i32.const 0) func $f))""", item(shim, "t", Sort.CORE_TABLE), lowered)
    builder.export("f", builder.lift(item(shim, "f"), U32))
    assert start(builder.plan()).invoke("f", [14]) == 42


def test_lift_of_a_lowered_function() -> None:
    builder = PlanBuilder()
    inner = builder.component()
    core = builder.core('(module (func (export "f") (param i32) (result i32) local.get 0))', owner=inner)
    through = builder.component()
    lowered = builder.lower(builder.lift(item(core, "f"), U32, inner), through)
    builder.export("f", builder.lift(lowered, U32, through))
    assert start(builder.plan()).invoke("f", [7]) == 7


# -- Component Instances


def donut(body: str) -> Plan:
    """`f` of the root calls the child's `f`, which calls the root's `back`; *body* is that of `back`, in which `$k`
    calls the child once more."""
    builder = PlanBuilder()
    child = builder.component()
    shim = builder.core(f"""(module (type $t (func)) (table (export "t") 1 funcref)
        (func $k (call_indirect (type $t) (i32.const 0))) (func (export "back") {body}))""")
    back = builder.lower(builder.lift(item(shim, "back"), NOTHING), child)
    inner = builder.core("""(module (import "" "back" (func $back))
        (func (export "f") (call $back)) (func (export "k")))""", back, owner=child)
    again = builder.lower(builder.lift(item(inner, "k"), NOTHING, child))
    builder.core("""(module (import "" "t" (table 1 funcref)) (import "" "k" (func $k))
        (elem (i32.const 0) func $k))""", item(shim, "t", Sort.CORE_TABLE), again)
    outer = builder.core('(module (import "" "f" (func $f)) (func (export "f") (call $f)))',
                         builder.lower(builder.lift(item(inner, "f"), NOTHING, child)))
    builder.export("f", builder.lift(item(outer, "f"), NOTHING))
    return builder.plan()


def test_child_may_call_back_into_its_parent() -> None:
    assert start(donut("")).invoke("f", []) is None


def test_parent_called_back_may_not_enter_the_child_again() -> None:
    assert trap_of(start(donut("(call $k)"))).reason is TrapReason.CANNOT_ENTER


def test_own_lift_may_be_called_but_not_without_end() -> None:
    builder = PlanBuilder()
    shim = builder.core("""(module (type $t (func (param i32) (result i32))) (table (export "t") 1 funcref)
        (func (export "f") (param i32) (result i32) (if (result i32) (local.get 0)
          (then (call_indirect (type $t) (i32.sub (local.get 0) (i32.const 1)) (i32.const 0)))
          (else (i32.const 5)))))""")
    lift = builder.lift(item(shim, "f"), U32)
    builder.core("""(module (import "" "t" (table 1 funcref)) (import "" "f" (func $f (param i32) (result i32)))
        (elem (i32.const 0) func $f))""", item(shim, "t", Sort.CORE_TABLE), builder.lower(lift))
    builder.export("f", lift)
    instance = start(builder.plan())
    assert instance.invoke("f", [20]) == 5
    with pytest.raises(Unsupported, match="calls through Python within each other"):
        instance.invoke("f", [0xFFFF_FFFF])


# -- start functions


def with_start(parent_of_callee: int | None) -> PlanBuilder:
    """A module whose start function stores what an adapter returns; `f` returns that. The callee is in a sibling, or
    in the parent itself, of the module's component."""
    builder = PlanBuilder()
    callee = builder.component() if parent_of_callee is not None else 0
    starter = builder.component()
    leaf = builder.core('(module (func (export "f") (param i32) (result i32) (i32.add (local.get 0) (i32.const 1))))',
                        owner=callee)
    core = builder.core("""(module (import "" "f" (func $f (param i32) (result i32)))
        (global $g (mut i32) (i32.const 0)) (func $s (global.set $g (call $f (i32.const 8)))) (start $s)
        (func (export "f") (result i32) (global.get $g)))""",
                        builder.lower(builder.lift(item(leaf, "f"), U32, callee), starter), owner=starter)
    builder.export("f", builder.lift(item(core, "f"), func(result=Prim.U8), starter))
    return builder


@pytest.mark.parametrize("parent_of_callee", [0, None], ids=["sibling", "parent"])
def test_start_functions_may_call_adapters(parent_of_callee: int | None) -> None:
    assert start(with_start(parent_of_callee).plan()).invoke("f", []) == 9


def test_start_functions_may_call_the_host_and_leave_everything_enterable() -> None:
    builder = PlanBuilder()
    builder.core('(module (import "" "h" (func $h)) (start $h))', builder.lower_host(builder.host("h", NOTHING)))
    seen = []

    def host(path: tuple[str, ...], type: FuncType, args: Sequence[Value]) -> None:
        seen.append(path)

    instance = prepare_reference(builder.plan()).instantiate(host)
    assert seen == [("h",)]
    assert all(inst.may_enter for inst in instance._linkage.component_instances)


@pytest.mark.parametrize(
    ("wat", "reason"),
    [
        ("(module (func $s unreachable) (start $s))", TrapReason.UNREACHABLE),
        ('(module (memory 1) (data (i32.const 65536) "x"))', TrapReason.MEMORY_OUT_OF_BOUNDS),
        ("(module (table 1 funcref) (elem (i32.const 1) $f) (func $f))", TrapReason.TABLE_OUT_OF_BOUNDS),
        ("(module (tag $e) (func $s (throw $e)) (start $s))", TrapReason.UNCAUGHT_EXCEPTION),
    ],
)
def test_traps_during_instantiation(wat: str, reason: TrapReason) -> None:
    builder = PlanBuilder()
    builder.core(wat)
    with pytest.raises(Trap) as trap:
        start(builder.plan())
    assert trap.value.reason is reason


def test_trap_of_a_host_function_in_a_start_function_comes_out_as_it_is() -> None:
    builder = PlanBuilder()
    builder.core('(module (import "" "h" (func $h)) (start $h))', builder.lower_host(builder.host("h", NOTHING)))
    raised = Trap(TrapReason.HOST, message="no")

    def host(path: tuple[str, ...], type: FuncType, args: Sequence[Value]) -> None:
        raise raised

    with pytest.raises(Trap) as trap:
        prepare_reference(builder.plan()).instantiate(host)
    assert trap.value is raised


# -- spilled params: Lifting and Lowering Values

MANY = FuncType((*((f"p{i}", Prim.U32) for i in range(16)), ("last", Prim.CHAR)), Prim.U32)
SUM = """(local $i i32) (local $sum i32)
    (loop $next
      (local.set $sum (i32.add (local.get $sum)
        (i32.load (i32.add (local.get $p) (i32.mul (local.get $i) (i32.const 4))))))
      (br_if $next (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 17))))
    (local.get $sum)"""


def adder(realloc: str) -> str:
    return f"""(module (memory (export "memory") 1)
        (func (export "realloc") (param i32 i32 i32 i32) (result i32) {realloc})
        (func (export "f") (param $p i32) (result i32) {SUM}))"""


def spilled(realloc: str) -> Plan:
    return one(adder(realloc), MANY, memory=memory(0), realloc=item(0, "realloc"))


ARGS: list[Value] = [*range(16), "x"]
TOTAL = sum(range(16)) + ord("x")


def test_spilled_params_from_the_host() -> None:
    assert start(spilled("(i32.const 64)")).invoke("f", ARGS) == TOTAL


def test_memory_grown_by_realloc_is_seen() -> None:
    grow = "(i32.mul (memory.grow (i32.const 1)) (i32.const 65536))"
    instance = start(spilled(grow))
    assert [instance.invoke("f", ARGS) for _ in range(3)] == [TOTAL] * 3


@pytest.mark.parametrize(
    ("realloc", "reason", "site"),
    [
        ("(i32.const 66)", TrapReason.REALLOC_MISALIGNED, "params"),
        ("(i32.const 65472)", TrapReason.REALLOC_OUT_OF_BOUNDS, "params"),
        ("unreachable", TrapReason.UNREACHABLE, None),
    ],
)
def test_bad_reallocs(realloc: str, reason: TrapReason, site: str | None) -> None:
    trap = trap_of(start(spilled(realloc)), "f", *ARGS)
    assert (trap.reason, trap.site) == (reason, site)


def between(pointer: int, last: int = ord("x")) -> Plan:
    """A caller that stores the params from 256 on, the last one being *last*, and passes *pointer*."""
    builder = PlanBuilder()
    callee = builder.component()
    core = builder.core(adder("(i32.const 1024)"), owner=callee)
    lift = builder.lift(item(core, "f"), MANY, callee, memory=memory(core), realloc=item(core, "realloc"))
    data = "".join(f"\\{b:02x}" for i in [*range(16), last] for b in i.to_bytes(4, "little"))
    holder = builder.core(f"""(module (memory (export "memory") 1) (data (i32.const 256) "{data}"))""")
    caller = builder.core(f"""(module (import "" "f" (func $f (param i32) (result i32)))
        (func (export "f") (result i32) (call $f (i32.const {pointer}))))""",
                          builder.lower(lift, memory=memory(holder)))
    builder.export("f", builder.lift(item(caller, "f"), func(result=Prim.U32)))
    return builder.plan()


def test_spilled_params_from_one_memory_to_another() -> None:
    assert start(between(256)).invoke("f", []) == TOTAL


@pytest.mark.parametrize(
    ("pointer", "last", "reason", "site"),
    [
        (258, ord("x"), TrapReason.POINTER_MISALIGNED, "params"),
        (65472, ord("x"), TrapReason.POINTER_OUT_OF_BOUNDS, "params"),
        (256, 0xD800, TrapReason.INVALID_CHAR, "param last"),
    ],
)
def test_bad_spilled_params(pointer: int, last: int, reason: TrapReason, site: str | None) -> None:
    trap = trap_of(start(between(pointer, last)))
    assert (trap.reason, trap.site) == (reason, site)


# -- may-leave: canon lift, Lifting and Lowering Context


def test_import_called_in_post_return_traps() -> None:
    builder = PlanBuilder()
    h = builder.lower_host(builder.host("h", NOTHING))
    core = builder.core("""(module (import "" "h" (func $h)) (func (export "f") (result i32) (call $h) (i32.const 1))
        (func (export "post") (param i32) (call $h)))""", h)
    builder.export("f", builder.lift(item(core, "f"), func(result=Prim.U8), post_return=item(core, "post")))
    instance = prepare_reference(builder.plan()).instantiate(lambda path, type, args: None)
    trap = trap_of(instance)
    assert (trap.reason, trap.site) == (TrapReason.CANNOT_LEAVE, None)


def test_import_called_in_realloc_traps() -> None:
    builder = PlanBuilder()
    h = builder.lower_host(builder.host("h", NOTHING))
    core = builder.core("""(module (import "" "h" (func $h)) (memory (export "memory") 1)
        (func (export "realloc") (param i32 i32 i32 i32) (result i32) (call $h) (i32.const 0))
        (func (export "f") (param i32) (result i32) (i32.const 0)))""", h)
    lifted = builder.lift(item(core, "f"), MANY, memory=memory(core), realloc=item(core, "realloc"))
    builder.export("f", lifted)
    assert trap_of(start(builder.plan()), "f", *ARGS).reason is TrapReason.CANNOT_LEAVE
