"""Faults in the reference's dealing with handles: its tables, lending, borrows and destructors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from faulty import Fault, Function, Hunt, ReferenceFault
from faulty_focus_handles import CALLED_BACK, HOLDING

from fact.abi.builtins import destructor
from fact.abi.canon import canon_lower
from fact.abi.context import LiftLowerContext
from fact.abi.flat import CoreValueIter
from fact.abi.flattening import MAX_FLAT_PARAMS, MAX_FLAT_RESULTS
from fact.abi.handles import lift_borrow, lift_own, lower_borrow
from fact.abi.table import ResourceHandle, Table
from fact.abi.tasks import Subtask
from fact.abi.values import lift_flat_values, lower_flat_values
from fact.model.types import Borrow, Own


def first_freed_first(_right: Function) -> Function:
    def wrong(self: Table, e: Any) -> int:
        if not self.free:
            self.array.append(e)
            return len(self.array) - 1
        i = self.free.pop(0)
        self.array[i] = e
        return i

    return wrong


def from_zero_on(right: Function) -> Function:
    def wrong(self: Table) -> None:
        right(self)
        self.array.clear()

    return wrong


def without_removing(_right: Function) -> Function:
    def wrong(cx: LiftLowerContext, i: int, t: Own) -> int:
        return int(cx.inst.handles.get(i).rep)

    return wrong


def as_a_handle(_right: Function) -> Function:
    def wrong(cx: LiftLowerContext, rep: Any, t: Borrow) -> int:
        scope: Any = cx.borrow_scope
        scope.num_borrows += 1
        return cx.inst.handles.add(ResourceHandle(t.resource, rep, own=False, borrow_scope=scope))

    return wrong


def as_if_owned(right: Function) -> Function:
    def wrong(cx: LiftLowerContext, i: int, t: Own) -> int:
        h = cx.inst.handles.get(i)
        if not h.own and h.borrow_scope is not None and h.num_lends == 0 and h.rt == t.resource:
            h.borrow_scope.num_borrows -= 1
            return int(cx.inst.handles.remove(i).rep)
        return int(right(cx, i, t))

    return wrong


def lent_for_lifting_only(_right: Function) -> Function:
    """`canon_lower`, with the handles given back before the callee runs."""
    def wrong(callee: Any, ft: Any, opts: Any, inst: Any, flat_args: Sequence[Any]) -> list[Any]:
        subtask = Subtask()
        cx = LiftLowerContext(opts, inst, subtask)
        args = CoreValueIter(flat_args)
        flat_results: list[Any] = []

        def on_start() -> list[Any]:
            values = lift_flat_values(cx, MAX_FLAT_PARAMS, args, ft.params)
            subtask.deliver_resolve()
            return values

        def on_resolve(result: Sequence[Any]) -> None:
            flat_results.extend(lower_flat_values(cx, MAX_FLAT_RESULTS, result, ft.result, args))

        callee(on_start, on_resolve, inst)
        return flat_results

    return wrong


def owned_only(_right: Function) -> Function:
    def wrong(cx: LiftLowerContext, i: int, t: Borrow) -> int:
        h: Any = cx.inst.handles.get(i)
        if h.own:
            assert isinstance(cx.borrow_scope, Subtask)
            cx.borrow_scope.add_lender(h)
        return int(h.rep)

    return wrong


def never_enters(right: Function) -> Function:
    """The destructor runs without being entered by a call."""
    def wrong(rt: Any) -> Function:
        def func_inst(on_start: Any, on_resolve: Any, _caller: Any) -> None:
            task = rt.impl.open_task()
            if rt.dtor is not None:
                rt.dtor(list(on_start()))
            rt.impl.close_task(task)
            on_resolve([])

        return func_inst if rt.impl is not None else right(rt)

    return wrong


HANDLE_REFERENCE_FAULTS: tuple[Fault, ...] = (
    ReferenceFault(
        name="reference: first freed first",
        description="indices are used again in the order in which they were freed",
        section="Table State: Table.add",
        hunt=Hunt(400, HOLDING),
        owner=Table,
        function=Table.add,
        wrong=first_freed_first,
    ),
    ReferenceFault(
        name="reference: indices from 0 on",
        description="index 0 is handed out",
        section="Table State: Table",
        hunt=Hunt(400, HOLDING),
        owner=Table,
        function=Table.__init__,
        wrong=from_zero_on,
    ),
    ReferenceFault(
        name="reference: own not taken out",
        description="an owned handle that is passed on stays",
        section="Loading: lift_own",
        hunt=Hunt(400, HOLDING),
        function=lift_own,
        wrong=without_removing,
    ),
    ReferenceFault(
        name="reference: implementer given a handle",
        description="who implements a resource type is given a handle in place of the representation",
        section="Storing: lower_borrow",
        hunt=Hunt(400, HOLDING),
        function=lower_borrow,
        wrong=as_a_handle,
    ),
    ReferenceFault(
        name="reference: borrow taken for owned",
        description="a borrowed handle is passed on as an owned one, and is gone",
        section="Loading: lift_own",
        hunt=Hunt(400, HOLDING),
        function=lift_own,
        wrong=as_if_owned,
    ),
    ReferenceFault(
        name="reference: given back too early",
        description="handles are given back before the call that borrows them has begun",
        section="canon lower; Subtask State: deliver_resolve",
        hunt=Hunt(60, CALLED_BACK),
        function=canon_lower,
        wrong=lent_for_lifting_only,
    ),
    ReferenceFault(
        name="reference: any type borrowed, borrows not lent",
        description="a handle of any type can be lent, and one that is borrowed does not count as lent",
        section="Loading: lift_borrow",
        hunt=Hunt(400, HOLDING),
        function=lift_borrow,
        wrong=owned_only,
    ),
    ReferenceFault(
        name="reference: destructor enters anyway",
        description="a destructor runs though its component is running",
        section="canon resource.drop; Embedding: Store.lift",
        hunt=Hunt(60, CALLED_BACK),
        function=destructor,
        wrong=never_enters,
    ),
)
