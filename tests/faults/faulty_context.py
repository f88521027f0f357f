"""Faults in the storage of threads, and in destructors that are no core functions of guests."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from faulty import AdapterFault, Fault, Function, Hunt, PlanFault, ReferenceFault
from faulty_focus_handles import COMING_BACK, DESTROYED_NEXT_DOOR, HANDLES
from faulty_handles import of_built_ins
from faulty_text import EXPRESSION, Edit, TextEdit, editing, substitution

from fact.abi.instances import ComponentInstance
from fact.abi.tasks import BorrowScope, Task
from fact.model.plan import (
    BUILTINS,
    AdapterRef,
    BuiltinRef,
    CompiledAdapterModule,
    CoreItem,
    DefineResource,
    Plan,
)

# -- compiled: globals, kept on the operand stack around the callee, around realloc and around destructors

_PUSHED_AND_ZERO = r"(\(global\.get ([^() ]+)\)) \(global\.set \2 \(i32\.const 0\)\)"
_POPPED = r"\(global\.set [^() ]+\)"
_REALLOC = rf"\(local\.set \S+ \(call [^() ]*realloc[^() ]*(?: {EXPRESSION})+\)\)"
_AROUND_REALLOC = re.compile(
    rf"((?:\(global\.get [^() ]+\) \(global\.set [^() ]+ \(i32\.const 0\)\) )+{_REALLOC}(?: {_POPPED})+)"
)
_NOT_ZERO = substitution(_PUSHED_AND_ZERO, r"\1")
_NOT_BACK = substitution(_POPPED, "(drop)")


def around_realloc(edit: TextEdit) -> TextEdit:
    return lambda text: _AROUND_REALLOC.sub(lambda found: edit(found[0]), text)


def around_calls(edit: TextEdit) -> TextEdit:
    """*edit* of what is not around a realloc."""
    def wrong(text: str) -> str:
        parts = _AROUND_REALLOC.split(text)
        parts[::2] = map(edit, parts[::2])
        return "".join(parts)

    return wrong


def of_adapters(edit: Edit) -> Edit:
    """*edit* of the modules that hold adapters."""
    def wrong(module: CompiledAdapterModule) -> CompiledAdapterModule:
        return module if module.index == BUILTINS else edit(module)

    return wrong


# -- plans


def with_destructors(plan: Plan, destructors: Sequence[CoreItem | None]) -> Plan:
    """For each resource type another one or none."""
    resources = tuple(replace(r, dtor=dtor) for r, dtor in zip(plan.resources, destructors, strict=True))
    steps = tuple(
        s for s in plan.steps if not isinstance(s, DefineResource) or destructors[s.resource] is not None
    )
    return replace(plan, resources=resources, steps=steps)


def as_the_one_before(plan: Plan) -> Plan:
    """A destructor that is an adapter is that of the resource type before, or none."""
    before = (None, *(r.dtor for r in plan.resources))
    return with_destructors(plan, [
        other if isinstance(r.dtor, AdapterRef) else r.dtor
        for r, other in zip(plan.resources, before, strict=False)
    ])


def without_built_in_destructors(plan: Plan) -> Plan:
    return with_destructors(plan, [None if isinstance(r.dtor, BuiltinRef) else r.dtor for r in plan.resources])


# -- the reference


def of_the_instance(right: Function) -> Function:
    """Storage belongs to the instance, whatever runs in it."""
    def wrong(self: ComponentInstance) -> BorrowScope:
        outer = self.running
        task: Task = right(self)
        if outer is not None:
            task.storage = outer.storage
        return task

    return wrong


_THREADS = "Threads; canon context.get"
_REALLOC = "Lifting and Lowering Context: reallocate; Threads"
_DESTRUCTOR = "canon resource.drop; Threads"

CONTEXT_FAULTS: tuple[Fault, ...] = (
    AdapterFault(
        name="storage not zero in a call",
        description="a callee finds what another call of its instance has stored",
        section=_THREADS,
        hunt=Hunt(20, COMING_BACK),
        edit=of_adapters(editing(around_calls(_NOT_ZERO))),
    ),
    AdapterFault(
        name="storage not back after a call",
        description="what a callee stores stays in its instance's storage",
        section=_THREADS,
        hunt=Hunt(20, COMING_BACK),
        edit=of_adapters(editing(around_calls(_NOT_BACK))),
    ),
    AdapterFault(
        name="storage not zero in realloc",
        description="realloc finds what its caller has stored",
        section=_REALLOC,
        hunt=Hunt(300, HANDLES),
        edit=of_adapters(editing(around_realloc(_NOT_ZERO))),
    ),
    AdapterFault(
        name="storage not back after realloc",
        description="what realloc stores stays in its instance's storage",
        section=_REALLOC,
        hunt=Hunt(300, HANDLES),
        edit=of_adapters(editing(around_realloc(_NOT_BACK))),
    ),
    AdapterFault(
        name="storage not zero in a destructor",
        description="a destructor finds what its instance has stored",
        section=_DESTRUCTOR,
        hunt=Hunt(150, HANDLES),
        edit=of_built_ins(editing(_NOT_ZERO)),
    ),
    AdapterFault(
        name="storage not back after a destructor",
        description="what a destructor stores stays in its instance's storage",
        section=_DESTRUCTOR,
        hunt=Hunt(150, HANDLES),
        edit=of_built_ins(editing(_NOT_BACK)),
    ),
    PlanFault(
        name="wrong destructor for an adapter",
        description="where a destructor is an adapter, that of the resource type before runs, or none",
        section="canon resource.drop; Binary.md, Type Definitions (a destructor is any core function)",
        hunt=Hunt(60, DESTROYED_NEXT_DOOR),
        edit=as_the_one_before,
    ),
    PlanFault(
        name="built-in destructor skipped",
        description="a destructor that is a built-in does not run",
        section="canon resource.drop; Binary.md, Type Definitions (a destructor is any core function)",
        hunt=Hunt(600, HANDLES),
        edit=without_built_in_destructors,
    ),
    ReferenceFault(
        name="reference: storage of the instance",
        description="calls of one instance share their storage",
        section=_THREADS,
        hunt=Hunt(150, HANDLES),
        owner=ComponentInstance,
        function=ComponentInstance.open_task,
        wrong=of_the_instance,
    ),
)
