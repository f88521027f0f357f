"""CanonicalABI.md, "canon lift" and "canon lower", of synchronous functions with synchronous options."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

from fact.abi.calls import call_and_trap_on_throw
from fact.abi.context import LiftLowerContext
from fact.abi.explaining import borrows_left, cannot_leave
from fact.abi.flat import CoreValueIter
from fact.abi.flattening import MAX_FLAT_PARAMS, MAX_FLAT_RESULTS, FlatFuncType
from fact.abi.instances import ComponentInstance
from fact.abi.options import CanonicalOptions, CoreFunc, CoreValue
from fact.abi.tasks import BorrowScope, Subtask
from fact.abi.values import lift_flat_values, lower_flat_values
from fact.model.values import Value

OnStart: TypeAlias = Callable[[], Sequence[Value]]
"""Called by the callee when it is ready for its arguments."""

OnResolve: TypeAlias = Callable[[Sequence[Value]], None]
"""Called by the callee with its results: none, or one."""

FuncInst: TypeAlias = Callable[[OnStart, OnResolve, ComponentInstance | None], None]
"""A component function, of a guest or of the host; the last argument is the caller, None for the host."""


def canon_lift(
    callee: CoreFunc,
    ft: FlatFuncType,
    opts: CanonicalOptions,
    inst: ComponentInstance,
    on_start: OnStart,
    on_resolve: OnResolve,
) -> None:
    """Calls core function *callee* of *inst* as a component function. *ft* is flattened for a lift. Raises `Trap`."""
    task = inst.open_task()
    cx = LiftLowerContext(opts, inst, task)
    flat_args = lower_flat_values(cx, MAX_FLAT_PARAMS, on_start(), ft.params)
    flat_results = call_and_trap_on_throw(callee, flat_args)
    result = lift_flat_values(cx, MAX_FLAT_RESULTS, CoreValueIter(flat_results), ft.result)
    return_(task, inst, result, on_resolve)
    if opts.post_return is not None:
        inst.may_leave = False
        call_and_trap_on_throw(opts.post_return, flat_results)
        inst.may_leave = True
    inst.close_task(task)


def return_(task: BorrowScope, inst: ComponentInstance, result: Sequence[Value], on_resolve: OnResolve) -> None:
    """CanonicalABI.md, "Tasks", `Task.return_`, of a task of *inst*."""
    if task.num_borrows > 0:
        raise borrows_left(inst, task)
    on_resolve(result)


def canon_lower(
    callee: FuncInst, ft: FlatFuncType, opts: CanonicalOptions, inst: ComponentInstance, flat_args: Sequence[CoreValue]
) -> list[CoreValue]:
    """Calls component function *callee* from core code of *inst*. *ft* is flattened for a lower. Raises `Trap`.

    *inst* is the specification's `current_instance()`: core code only reaches the lowers of its own component instance.
    """
    if not inst.may_leave:
        raise cannot_leave(inst)
    subtask = Subtask()
    cx = LiftLowerContext(opts, inst, subtask)
    args = CoreValueIter(flat_args)
    flat_results: list[CoreValue] = []

    def on_start() -> list[Value]:
        return lift_flat_values(cx, MAX_FLAT_PARAMS, args, ft.params)

    def on_resolve(result: Sequence[Value]) -> None:
        flat_results.extend(lower_flat_values(cx, MAX_FLAT_RESULTS, result, ft.result, args))

    callee(on_start, on_resolve, inst)
    subtask.deliver_resolve()
    return flat_results
