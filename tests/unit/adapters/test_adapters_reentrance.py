"""Which instances may be entered, and which flags need not be looked at (CanonicalABI.md, "Component Instances")."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from adapters_harness import Running, World, func, function

from fact.adapters import entered, reenterable
from fact.adapters.reentrance import entering_set
from fact.model.plan import AdapterRef, InstanceExport, Plan
from fact.model.syntax import Sort
from fact.model.traps import Trap, TrapReason

Guard = Callable[[Plan], frozenset[int]]

ARROW = func("x: u32 -> u32")
IMPORT = '(import "" "f" (func $f (param i32) (result i32)))'
FORWARD = f'(module {IMPORT} (func (export "f") (param i32) (result i32) (call $f (local.get 0))))'
LEAF = '(module (func (export "f") (param i32) (result i32) (i32.add (local.get 0) (i32.const 1))))'


def family() -> World:
    """root > p > (c1 > g, c2), root > q."""
    world = World()
    p = world.component("p")
    c1 = world.component("c1", p)
    world.component("g", c1)
    world.component("c2", p)
    world.component("q")
    return world


@pytest.mark.parametrize(
    ("callee", "caller", "entering"),
    [
        ("root.p.c1", "root.p", ["root.p.c1"]),
        ("root.p.c2", "root.p.c1", ["root.p.c2"]),
        ("root.p", "root.p.c2", []),
        ("root.p.c1.g", "root.q", ["root.p.c1.g", "root.p.c1", "root.p"]),
        ("root.p.c1.g", "root.p.c2", ["root.p.c1.g", "root.p.c1"]),
        ("root", "root.p.c1.g", []),
        ("root.q", "root.q", []),
    ],
)
def test_entering_sets(callee: str, caller: str, entering: list[str]) -> None:
    plan = family().plan()
    index = {c.name: c.index for c in plan.component_instances}
    assert [plan.component_instances[i].name for i in entering_set(plan, index[callee], index[caller])] == entering


def chain() -> World:
    """root calls b, b calls a: nobody can come back."""
    world = World()
    a, b = world.component("a"), world.component("b")
    leaf = world.core(a, LEAF)
    f = world.lower(b, world.lift(a, function(leaf, "f"), ARROW))
    world.adapters(f)
    middle = world.core(b, FORWARD, f)
    world.adapters(world.lower(0, world.lift(b, function(middle, "f"), ARROW)))
    return world


def donut() -> World:
    """root's own code calls c, c calls root's `f`, and that, through a table that is filled in last, calls what the
    parameter says: 0 to return, 1 for c again, 2 for d, a child that c knows nothing of."""
    world = World()
    c, d = world.component("c"), world.component("d")
    inside = world.core(0, """(module (type $t (func (param i32) (result i32))) (table (export "t") 3 funcref)
        (func (export "f") (param i32) (result i32)
            (if (result i32) (local.get 0)
                (then (call_indirect (type $t) (i32.const 0) (local.get 0)))
                (else (i32.const 77)))))""", name="inside")
    to_root = world.lower(c, world.lift(0, function(inside, "f"), ARROW, name="inside"), name="to-root")
    world.adapters(to_root)
    child = world.core(c, FORWARD, to_root)
    sibling = world.core(d, LEAF)
    to_c = world.lower(0, world.lift(c, function(child, "f"), ARROW, name="child"), name="to-c")
    to_d = world.lower(0, world.lift(d, function(sibling, "f"), ARROW, name="sibling"), name="to-d")
    world.adapters(to_c, to_d)
    world.core(0, """(module (import "" "c" (func $c (param i32) (result i32)))
        (import "" "d" (func $d (param i32) (result i32))) (import "" "t" (table 3 funcref))
        (elem (i32.const 1) $c $d))""", to_c, to_d, InstanceExport(inside, "t", Sort.CORE_TABLE), name="fixup")
    return world


def names(world: World, instances: frozenset[int]) -> set[str]:
    return {world.component_instances[i].name for i in instances}


def test_in_a_chain_no_flag_matters() -> None:
    assert names(chain(), entered(chain().plan())) == {"root.a", "root.b"}
    assert reenterable(chain().plan()) == frozenset()


def test_round_a_donut_the_childrens_flags_matter() -> None:
    """c can be entered again while it runs; d, which calls nobody, cannot."""
    assert names(donut(), entered(donut().plan())) == {"root.c", "root.d"}
    assert names(donut(), reenterable(donut().plan())) == {"root.c"}


def test_a_way_to_the_host_makes_a_flag_matter() -> None:
    world = chain()
    world.host_lower(1, ARROW)
    assert names(world, reenterable(world.plan())) == {"root.a", "root.b"}


def test_an_unrelated_way_to_the_host_does_not() -> None:
    world = chain()
    world.host_lower(0, ARROW)
    assert reenterable(world.plan()) == frozenset()


def test_a_nested_instance_counts_as_part_of_the_one_around_it() -> None:
    """p is entered from the outside, and its child c calls the host."""
    world = World()
    p = world.component("p")
    c = world.component("c", p)
    leaf = world.core(p, LEAF)
    world.lower(0, world.lift(p, function(leaf, "f"), ARROW))
    world.host_lower(c, ARROW)
    assert reenterable(world.plan()) == {p}


def test_a_flag_that_does_not_matter_is_neither_imported_nor_mentioned() -> None:
    wats = [compiled.wat for compiled in chain().run().compiled]
    assert not any("may_enter" in wat or "cannot-enter" in wat for wat in wats)
    assert all("no test, nothing can enter it twice" in wat for wat in wats)


@pytest.mark.parametrize("guarded", [reenterable, entered])
def test_a_donut_is_entered_once(guarded: Guard) -> None:
    """The figures in "Component Instances": P, C1, P is allowed, and so is C2 after it; P, C1, P, C1 traps."""
    fresh: Running = donut().run(guarded=guarded)
    to_c = 1
    assert fresh.call_adapter(to_c, 0) == 77
    assert fresh.call_adapter(to_c, 2) == 1  # d was called with 0
    assert set(fresh.flags().values()) == {1}
    assert fresh.trap(lambda: fresh.call_adapter(to_c, 1)) == (TrapReason.CANNOT_ENTER, None)


@pytest.mark.parametrize("make", [chain, donut])
def test_with_and_without_the_flags_that_do_not_matter_calls_end_alike(make: Callable[[], World]) -> None:
    def ends(guarded: Guard) -> list[object]:
        running: Running = make().run(guarded=guarded)
        return [_end(running, x) for x in (0, 2, 1, 0)]

    assert ends(reenterable) == ends(entered)


def _end(running: Running, x: int) -> object:
    try:
        return running.call_adapter(1, x)
    except Trap as trap:
        return trap.reason, trap.site


def test_an_instance_that_calls_itself_enters_nothing() -> None:
    world = World()
    a = world.component("a")
    leaf = world.core(a, LEAF)
    f = world.lower(a, world.lift(a, function(leaf, "f"), ARROW))
    world.adapters(f)
    assert entered(world.plan()) == frozenset()
    assert world.run(guarded=entered).call_adapter(AdapterRef(0).index, 1) == 2
