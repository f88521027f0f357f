"""What has to be there before a step or an adapter: the core items that it refers to.

A built-in needs nothing: the module of the built-ins is there before the first step, and reaches destructors through a
table.
"""

from __future__ import annotations

from collections.abc import Iterable

from fact.link.flattening import memory_use
from fact.model.plan import (
    SCRATCH,
    Adapter,
    CoreItem,
    DefineResource,
    HostLowerRef,
    InstanceExport,
    InstantiateModule,
    Options,
    Plan,
    Step,
)
from fact.model.syntax import Sort


def step_items(plan: Plan, step: Step) -> tuple[CoreItem, ...]:
    """What *step* of a plan that is not partitioned yet is given."""
    match step:
        case InstantiateModule():
            return step.args
        case DefineResource(resource):
            dtor = plan.resources[resource].dtor
            return () if dtor is None else (dtor,)
        case _:
            return ()


def adapter_needs(plan: Plan, adapter: Adapter) -> list[CoreItem]:
    """The core items that compiled code of *adapter* refers to: options only as far as its type makes use of them."""
    lift = plan.lifts[adapter.lift]
    use = memory_use(lift.type)
    needed: list[CoreItem | None] = [lift.callee, lift.options.post_return]
    if use.params or use.result:
        needed += [adapter.options.memory, lift.options.memory]
    if use.params:
        needed.append(lift.options.realloc)
    if use.result_allocates:
        needed.append(adapter.options.realloc)
    return [item for item in needed if item is not None]


def adapter_memories(plan: Plan, adapter: Adapter, needed: Iterable[CoreItem]) -> frozenset[InstanceExport]:
    """The memories that compiled code of *adapter* has: those among *needed*, its `adapter_needs`, and, where both
    sides are in one component instance, scratch memories to go by."""
    lift = plan.lifts[adapter.lift]
    found = {n for n in needed if isinstance(n, InstanceExport) and n.sort is Sort.CORE_MEMORY}
    if found and adapter.caller == lift.instance:
        pointers = {adapter.options.pointer, lift.options.pointer}
        found |= {SCRATCH[pointer] for pointer in pointers}
    return frozenset(found)


def definition_items(plan: Plan, adapter: Adapter) -> list[CoreItem]:
    """All core items that the lower *adapter* and its lift name, of use or not: what the reference makes it from."""
    lift = plan.lifts[adapter.lift]
    return [lift.callee, *option_items(lift.options), *option_items(adapter.options)]


def option_items(options: Options) -> list[CoreItem]:
    return [item for item in (options.memory, options.realloc, options.post_return) if item is not None]


def with_options(plan: Plan, items: Iterable[CoreItem]) -> list[CoreItem]:
    """*items*, and the memory and functions that the host lowers among them are made with, which may be lowers too."""
    found = list(items)
    for item in found:
        if isinstance(item, HostLowerRef):
            found += option_items(plan.host_lowers[item.index].options)
    return found
