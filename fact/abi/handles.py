"""CanonicalABI.md, "Loading" and "Storing": handles. The value in between is the resource's representation."""

from __future__ import annotations

from typing import cast

from fact.abi.context import LiftLowerContext
from fact.abi.explaining import handle_used, table_full
from fact.abi.instances import ComponentInstance
from fact.abi.table import HandleState, ResourceHandle
from fact.abi.tasks import Subtask
from fact.abi.violation import Violation, trap_if
from fact.model.traps import TrapReason
from fact.model.types import Borrow, Own
from fact.model.values import Value


def lift_own(cx: LiftLowerContext, i: int, t: Own) -> int:
    """The representation of the resource that *i* is an owning handle to; takes it out. Raises `Violation`."""
    h: HandleState | None = None
    try:
        h = cx.inst.handles.remove(i)
        trap_if(h.rt != t.resource, TrapReason.WRONG_RESOURCE_TYPE, i)
        trap_if(h.num_lends != 0, TrapReason.HANDLE_LENT, i)
        trap_if(not h.own, TrapReason.HANDLE_NOT_OWNED, i)
    except Violation as violation:
        wanted = f"own {cx.inst.resources[t.resource].name}"
        raise violation.explained(handle_used(cx.inst, "passes on", i, h, wanted)) from None
    return h.rep


def lift_borrow(cx: LiftLowerContext, i: int, t: Borrow) -> int:
    """The representation of the resource that *i* is a handle to, lent for the call. Raises `Violation`."""
    assert isinstance(cx.borrow_scope, Subtask), "validation allows borrows in parameters only"
    h: HandleState | None = None
    try:
        h = cx.inst.handles.get(i)
        trap_if(h.rt != t.resource, TrapReason.WRONG_RESOURCE_TYPE, i)
    except Violation as violation:
        wanted = f"borrow {cx.inst.resources[t.resource].name}"
        raise violation.explained(handle_used(cx.inst, "lends", i, h, wanted)) from None
    cx.borrow_scope.add_lender(h)
    return h.rep


def lower_own(cx: LiftLowerContext, rep: Value, t: Own) -> int:
    """The index of a new owning handle. Raises `Violation`."""
    h = ResourceHandle(t.resource, cast(int, rep), own=True)
    return add(cx.inst, h)


def lower_borrow(cx: LiftLowerContext, rep: Value, t: Borrow) -> int:
    """The index of a new borrowed handle, or the representation itself for the implementer. Raises `Violation`."""
    scope = cx.borrow_scope
    assert scope is not None and not isinstance(scope, Subtask), "validation allows borrows in parameters only"
    if cx.inst is cx.inst.resources[t.resource].impl:
        return cast(int, rep)
    h = ResourceHandle(t.resource, cast(int, rep), own=False, borrow_scope=scope)
    scope.num_borrows += 1
    return add(cx.inst, h)


def add(inst: ComponentInstance, h: ResourceHandle) -> int:
    """The index at which *h* is in the table of *inst* from now on. Raises `Violation`."""
    try:
        return inst.handles.add(h)
    except Violation as violation:
        raise violation.explained(table_full(inst)) from None
