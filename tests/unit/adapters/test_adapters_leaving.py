"""Which may-leave flags matter, and that leaving the others alone changes nothing.

CanonicalABI.md, "canon lower" (trap_if(not may_leave)), "Lifting and Lowering Context" (reallocate), "canon lift"
(post-return).
"""

from __future__ import annotations

import pytest
from adapters_harness import World, func, function, memory

from fact.adapters import compile_adapters, confinable, everywhere
from fact.model.plan import AdapterRef, HostLowerRef, Options
from fact.model.traps import Trap, TrapReason
from fact.model.types import FuncType, List, Prim

BYTES = FuncType((("x", List(Prim.U8)),), None)


def middle(
    *, leaves_in: str = "", host: bool = False, lifts_with_realloc: bool = True, post_return: bool = False
) -> World:
    """a calls b, which may call c (or the host) from its callee, its realloc or its post-return."""
    world = World()
    a, b, c = (world.component(name) for name in "abc")
    leaf = world.core(c, '(module (func (export "f")))')
    g: AdapterRef | HostLowerRef
    if host:
        g = world.host_lower(b, func(""))
    else:
        g = world.lower(b, world.lift(c, function(leaf, "f"), func("")))
        world.adapters(g)

    def leave(place: str) -> str:
        return "(call $g)" if place == leaves_in else ""

    server = world.core(b, f"""(module (import "" "g" (func $g)) (memory (export "memory") 1)
        (func (export "realloc") (param i32 i32 i32 i32) (result i32) {leave("realloc")} (i32.const 64))
        (func (export "f") (param i32 i32) {leave("callee")})
        (func (export "plain") {leave("callee")})
        (func (export "post") {leave("post-return")}))""", g)
    caller = world.core(a, '(module (memory (export "memory") 1))')
    options = Options(
        memory=memory(server),
        realloc=function(server, "realloc") if lifts_with_realloc else None,
        post_return=function(server, "post") if post_return else None,
    )
    t, export = (BYTES, "f") if lifts_with_realloc else (func(""), "plain")
    f = world.lower(a, world.lift(b, function(server, export), t, options), Options(memory=memory(caller)))
    world.adapters(f)
    return world


def confined_names(world: World) -> set[str]:
    plan = world.plan()
    return {plan.component_instances[i].name for i in confinable(plan)}


def test_a_flag_matters_where_something_clears_it_and_something_tests_it() -> None:
    assert confined_names(middle()) == {"root.b"}
    assert confined_names(middle(lifts_with_realloc=False, post_return=True)) == {"root.b"}
    assert confined_names(middle(host=True)) == {"root.b"}


def test_without_realloc_and_post_return_nothing_clears_it() -> None:
    world = middle(lifts_with_realloc=False)
    assert confined_names(world) == set()
    assert not any("may_leave" in compiled.wat for compiled in compile_adapters(world.plan()))


def test_without_a_lower_nothing_tests_it() -> None:
    world = World()
    a, b = world.component("a"), world.component("b")
    options = Options(memory=memory(0), realloc=function(0, "realloc"), post_return=function(0, "post"))
    world.lower(a, world.lift(b, function(0, "f"), BYTES, options), Options(memory=memory(1)))
    assert confined_names(world) == set()


def test_the_realloc_of_a_lower_counts() -> None:
    """Results are lowered with it."""
    world = World()
    a, b = world.component("a"), world.component("b")
    lifted = world.lift(b, function(0, "f"), FuncType((), List(Prim.U8)), Options(memory=memory(0)))
    world.lower(a, lifted, Options(memory=memory(1), realloc=function(1, "realloc")))
    assert confined_names(world) == {"root.a"}


@pytest.mark.parametrize("host", [False, True])
@pytest.mark.parametrize("leaves_in", ["callee", "realloc", "post-return", ""])
def test_calls_end_alike_with_and_without_the_flags_that_do_not_matter(leaves_in: str, host: bool) -> None:
    ends = []
    for confined in (confinable, everywhere):
        world = middle(leaves_in=leaves_in, host=host, post_return=True)
        running = world.run(confined=confined, host=lambda: None)
        last = len(world.lowers) - 1
        try:
            ends.append(running.call_adapter(last, 0, 4))
        except Trap as trap:
            ends.append(trap.reason)
    assert ends[0] == ends[1]
    if not host:
        assert ends[0] is (TrapReason.CANNOT_LEAVE if leaves_in in ("realloc", "post-return") else None)


def test_a_host_lower_tests_the_flag_too() -> None:
    """The host lowers parameters into exports, and its functions are called by host lowers, without any adapter."""
    world = World()
    b = world.component("b")
    world.lift(b, function(0, "f"), BYTES, Options(memory=memory(0), realloc=function(0, "realloc")))
    assert confined_names(world) == set()
    world.host_lower(b, func(""))
    assert confined_names(world) == {"root.b"}
