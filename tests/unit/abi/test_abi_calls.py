"""CanonicalABI.md, "Component Instances", "Embedding", "canon lift" and "canon lower"."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from fact.abi import (
    CanonicalOptions,
    ComponentInstance,
    CoreFunc,
    CoreValue,
    CoreWebAssemblyException,
    FuncInst,
    OnResolve,
    OnStart,
    flat_functype,
    invoke,
    lift,
    lower,
)
from fact.model.traps import Trap, TrapReason
from fact.model.types import FuncType, Prim

TO_U8 = FuncType((("a", Prim.CHAR),), Prim.U8)
NOTHING = FuncType((), None)


def lifted(f: CoreFunc, inst: ComponentInstance, ft: FuncType = NOTHING, post: CoreFunc | None = None) -> FuncInst:
    return lift(f, flat_functype(ft, "lift"), CanonicalOptions(post_return=post), inst)


def lowered(f: FuncInst, inst: ComponentInstance, ft: FuncType = NOTHING) -> CoreFunc:
    return lower(f, flat_functype(ft, "lower"), CanonicalOptions(), inst)


def nothing(_: Sequence[CoreValue]) -> tuple[CoreValue, ...]:
    return ()


def reason(call: FuncInst) -> TrapReason:
    with pytest.raises(Trap) as trap:
        invoke(call, [])
    return trap.value.reason


# -- Component Instances

P = ComponentInstance()
C1, C2 = ComponentInstance(P), ComponentInstance(P)
OTHER = ComponentInstance()


@pytest.mark.parametrize(
    ("caller", "callee", "entered"),
    [(None, C1, {C1, P}), (P, C1, {C1}), (C1, C2, {C2}), (C2, P, set()), (C1, C1, set()), (OTHER, C1, {C1, P})],
)
def test_a_call_enters_what_the_caller_is_not_in(
    caller: ComponentInstance | None, callee: ComponentInstance, entered: set[ComponentInstance]
) -> None:
    assert set(callee.entering_set(caller)) == entered


def test_parent_may_be_reentered_from_its_child_but_not_the_child_again() -> None:
    p = ComponentInstance()
    c1, c2 = ComponentInstance(p), ComponentInstance(p)
    again = lowered(lifted(nothing, c1), p)

    def in_parent(deeper: CoreFunc) -> FuncInst:
        return lifted(lambda _: deeper(()), p)

    def call_through(deeper: CoreFunc) -> FuncInst:
        from_c2 = lowered(in_parent(deeper), c2)
        from_c1 = lowered(lifted(lambda _: from_c2(()), c2), c1)
        from_p = lowered(lifted(lambda _: from_c1(()), c1), p)
        return lifted(lambda _: from_p(()), p)

    invoke(call_through(nothing), [])
    assert all(i.may_enter for i in (p, c1, c2))
    assert reason(call_through(again)) is TrapReason.CANNOT_ENTER


def test_host_may_not_reenter_a_sibling_while_their_parent_is_entered() -> None:
    p = ComponentInstance()
    c = ComponentInstance(p)
    inside = lifted(nothing, c)

    def host(_: OnStart, __: OnResolve, ___: ComponentInstance | None) -> None:
        invoke(inside, [])

    assert reason(lifted(lambda _: lowered(host, p)(()), p)) is TrapReason.CANNOT_ENTER


def test_nothing_can_be_entered_after_a_trap() -> None:
    inst = ComponentInstance()

    def unreachable(_: Sequence[CoreValue]) -> tuple[CoreValue, ...]:
        raise Trap(TrapReason.UNREACHABLE)

    assert reason(lifted(unreachable, inst)) is TrapReason.UNREACHABLE
    assert reason(lifted(nothing, inst)) is TrapReason.CANNOT_ENTER


# -- canon lift, canon lower


def test_caller_is_asked_whether_it_may_leave_before_its_params_are_lifted() -> None:
    caller = ComponentInstance()
    caller.may_leave = False
    core = lowered(lifted(lambda _: (0,), ComponentInstance(), TO_U8), caller, TO_U8)
    with pytest.raises(Trap) as trap:
        core([0xD800])
    assert (trap.value.reason, trap.value.site) == (TrapReason.CANNOT_LEAVE, None)


def test_callee_is_asked_whether_it_may_be_entered_before_params_are_lifted() -> None:
    callee = ComponentInstance()
    callee.may_enter = False
    core = lowered(lifted(lambda _: (0,), callee, TO_U8), ComponentInstance(), TO_U8)
    with pytest.raises(Trap) as trap:
        core([0xD800])
    assert (trap.value.reason, trap.value.site) == (TrapReason.CANNOT_ENTER, None)


def test_params_are_named_by_the_callers_type_and_checked_before_the_callee_runs() -> None:
    seen_by_caller = FuncType((("theirs", Prim.CHAR),), Prim.U8)
    core = lowered(lifted(lambda _: pytest.fail("called"), ComponentInstance(), TO_U8), ComponentInstance(),
                   seen_by_caller)
    with pytest.raises(Trap) as trap:
        core([0xD800])
    assert (trap.value.reason, trap.value.site) == (TrapReason.INVALID_CHAR, "param theirs")


def test_result_is_lifted_from_the_callee_and_lowered_to_the_caller() -> None:
    callee, caller = ComponentInstance(), ComponentInstance()
    to_s8 = FuncType((), Prim.S8)
    assert list(lowered(lifted(lambda _: (0x180,), callee, to_s8), caller, to_s8)(())) == [0xFFFF_FF80]


def test_bad_result_traps_at_the_result_without_post_return() -> None:
    to_char = FuncType((), Prim.CHAR)
    f = lifted(lambda _: (0x110000,), ComponentInstance(), to_char, post=lambda _: pytest.fail("called"))
    with pytest.raises(Trap) as trap:
        invoke(f, [])
    assert (trap.value.reason, trap.value.site) == (TrapReason.INVALID_CHAR, "result")


def test_post_return_gets_the_flat_results_after_the_caller_has_them_and_may_not_leave() -> None:
    inst = ComponentInstance()
    events: list[tuple[str, tuple[object, ...], bool]] = []

    def post(args: Sequence[CoreValue]) -> tuple[CoreValue, ...]:
        events.append(("post-return", tuple(args), inst.may_leave))
        return ()

    f = lifted(lambda _: (0x105,), inst, TO_U8, post)
    f(lambda: ["x"], lambda results: events.append(("resolved", tuple(results), inst.may_leave)), None)
    assert events == [("resolved", (5,), True), ("post-return", (0x105,), False)]
    assert inst.may_leave


def test_lowered_import_called_in_post_return_traps() -> None:
    inst = ComponentInstance()
    core = lowered(lifted(nothing, ComponentInstance()), inst)
    assert reason(lifted(nothing, inst, post=lambda _: core(()))) is TrapReason.CANNOT_LEAVE


def test_exceptions_do_not_cross_a_component_boundary() -> None:
    def throw(_: Sequence[CoreValue]) -> tuple[CoreValue, ...]:
        raise CoreWebAssemblyException

    assert reason(lifted(throw, ComponentInstance())) is TrapReason.UNCAUGHT_EXCEPTION
    assert reason(lifted(nothing, ComponentInstance(), post=throw)) is TrapReason.UNCAUGHT_EXCEPTION
