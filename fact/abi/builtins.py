"""CanonicalABI.md, "canon resource.new" to "canon context.set": built-ins as core functions of an instance."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

from fact.abi.canon import FuncInst, OnResolve, OnStart
from fact.abi.embedding import lift, lower
from fact.abi.explaining import cannot_leave, handle_used
from fact.abi.flattening import flat_functype
from fact.abi.handles import add
from fact.abi.instances import ComponentInstance, ResourceType
from fact.abi.options import CanonicalOptions, CoreFunc, CoreValue
from fact.abi.table import HandleState, ResourceHandle
from fact.abi.violation import Violation, trap_if
from fact.model.traps import TrapReason
from fact.model.types import FuncType, Prim

BuiltinRule: TypeAlias = Callable[..., list[CoreValue]]
"""The component instance, the immediates of the definition, and the core parameters, to results."""


def builtin(rule: BuiltinRule, inst: ComponentInstance, *immediates: object) -> CoreFunc:
    """The core function that a built-in defined in *inst* is; to be called by the core code of *inst* only."""

    def core_func_inst(args: Sequence[CoreValue]) -> list[CoreValue]:
        try:
            return rule(inst, *immediates, *args)
        except Violation as violation:
            raise violation.trap() from None

    return core_func_inst


# -- resources; *rt* is the index of a resource type


def canon_resource_new(inst: ComponentInstance, rt: int, rep: int) -> list[CoreValue]:
    if not inst.may_leave:
        raise cannot_leave(inst)
    h = ResourceHandle(rt, rep, own=True)
    return [add(inst, h)]


def canon_resource_drop(inst: ComponentInstance, rt: int, i: int) -> list[CoreValue]:
    if not inst.may_leave:
        raise cannot_leave(inst)
    h: HandleState | None = None
    try:
        h = inst.handles.remove(i)
        trap_if(h.rt != rt, TrapReason.WRONG_RESOURCE_TYPE, i)
        trap_if(h.num_lends != 0, TrapReason.HANDLE_LENT, i)
    except Violation as violation:
        raise violation.explained(handle_used(inst, "drops", i, h, inst.resources[rt].name)) from None
    if h.own:
        caller = lower(destructor(inst.resources[rt]), DESTRUCTOR_LOWERED, CanonicalOptions(), inst)
        caller([h.rep])
    else:
        assert h.borrow_scope is not None, "a borrowed handle has a scope"
        h.borrow_scope.num_borrows -= 1
    return []


def canon_resource_rep(inst: ComponentInstance, rt: int, i: int) -> list[CoreValue]:
    h: HandleState | None = None
    try:
        h = inst.handles.get(i)
        trap_if(h.rt != rt, TrapReason.WRONG_RESOURCE_TYPE, i)
    except Violation as violation:
        raise violation.explained(
            handle_used(inst, "asks for the representation at", i, h, inst.resources[rt].name)
        ) from None
    return [h.rep]


DESTRUCTOR = FuncType((("rep", Prim.U32),), None)
DESTRUCTOR_LIFTED = flat_functype(DESTRUCTOR, "lift")
DESTRUCTOR_LOWERED = flat_functype(DESTRUCTOR, "lower")


def destructor(rt: ResourceType) -> FuncInst:
    """The destructor of *rt* as a component function of the representation; one that does nothing if there is none."""
    dtor = rt.dtor or no_destructor
    return host_destructor(dtor) if rt.impl is None else lift(dtor, DESTRUCTOR_LIFTED, CanonicalOptions(), rt.impl)


def no_destructor(_rep: Sequence[CoreValue]) -> list[CoreValue]:
    return []


def host_destructor(dtor: CoreFunc) -> FuncInst:
    """That of a resource type of the host's, which enters no component instance."""

    def func_inst(on_start: OnStart, on_resolve: OnResolve, _caller: ComponentInstance | None) -> None:
        (rep,) = on_start()
        assert isinstance(rep, int), "a representation"
        dtor([rep])
        on_resolve([])

    return func_inst


# -- storage of the thread that runs


def canon_context_get(inst: ComponentInstance, i: int) -> list[CoreValue]:
    return [inst.storage[i]]


def canon_context_set(inst: ComponentInstance, i: int, v: int) -> list[CoreValue]:
    inst.storage[i] = v
    return []
