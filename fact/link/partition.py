"""Groups adapters into adapter modules, as few as there can be, and puts the steps in an order that allows it.

`phases` says how few batches it takes and why that is the least; `packing` turns each batch into modules, one unless it
would need more memories than a module may have. What is left is the order: every step stays where it is, but what an
adapter module needs is carried out right before the first step that is given one of its adapters, if it was to come
later.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from fact.link.needs import adapter_memories, step_items, with_options
from fact.link.order import observable_order
from fact.link.packing import Module, pack
from fact.link.phases import Graph, Order, batches, graph, sorted_nodes
from fact.link.separation import separations
from fact.model.plan import (
    AdapterModule,
    AdapterRef,
    CoreItem,
    InstanceExport,
    InstantiateAdapters,
    InstantiateModule,
    Plan,
    Step,
)


def partition(plan: Plan, *, order: Order = observable_order) -> Plan:
    """*plan* with its adapters grouped into as few adapter modules as can be, and the steps that instantiate them put
    in.

    *order* gives the pairs of steps that stay in their order: `observable_order`, those of which somebody could tell,
    or `fact.link.order.written_order`, all. Raises `LinkError` if steps need each other in a circle.
    """
    whole = graph(plan, order)
    found = batches(whole)
    memories = [adapter_memories(plan, a, needed) for a, needed in zip(plan.adapters, whole.needs, strict=True)]
    modules = pack(whole, found, memories)
    steps, modules = _carried_out(plan, whole, modules)
    reasons = separations(plan, whole, found, modules)
    spans = _spans(plan, steps, modules, [with_options(plan, needed) for needed in whole.needs])
    return replace(
        plan,
        steps=steps,
        adapter_modules=tuple(
            AdapterModule(i, tuple(module.adapters), *spans[i], reasons[i]) for i, module in enumerate(modules)
        ),
    )


def _carried_out(plan: Plan, whole: Graph, modules: Sequence[Module]) -> tuple[tuple[Step, ...], list[Module]]:
    """The steps in the order in which they are carried out, and *modules* in the order in which they are made."""
    place = {adapter: i for i, module in enumerate(modules) for adapter in module.adapters}
    first_module, past_modules = whole.steps, whole.steps + len(modules)

    def merged(nodes: Iterable[int], but: int | None = None) -> tuple[int, ...]:
        """The numbers of *nodes* when the modules stand for their adapters."""
        found = set()
        for node in nodes:
            if node < whole.steps:
                found.add(node)
            elif (adapter := whole.adapter(node)) is not None:
                found.add(first_module + place[adapter])
            else:
                found.add(node - whole.adapters + len(modules))
        return tuple(sorted(found - {but}))

    before = [merged(nodes) for nodes in whole.before[: whole.steps]]
    for i, module in enumerate(modules):
        needed = (node for adapter in module.adapters for node in whole.before[whole.steps + adapter])
        before.append(merged(needed, but=first_module + i))
    before += [merged(nodes) for nodes in whole.before[whole.steps + whole.adapters :]]
    steps: list[Step] = []
    made: list[Module] = []
    for node in sorted_nodes(before):
        if node < first_module:
            steps.append(plan.steps[node])
        elif node < past_modules:
            steps.append(InstantiateAdapters(len(made)))
            made.append(modules[node - first_module])
    return tuple(steps), made


def _spans(
    plan: Plan, steps: Sequence[Step], modules: Sequence[Module], needs: Sequence[Sequence[CoreItem]]
) -> list[tuple[int, int | None]]:
    """`ready` and `due` of each module: that of a caller is never ready before one that it calls, nor is the other due
    later."""
    instances = [step.instance for step in steps if isinstance(step, InstantiateModule)]
    position = {instance: i for i, instance in enumerate(instances)}
    place = {adapter: i for i, module in enumerate(modules) for adapter in module.adapters}
    due = _first_uses(plan, steps, place, len(instances))
    ready = [-1] * len(modules)
    called = [
        {place[n.index] for a in module.adapters for n in needs[a] if isinstance(n, AdapterRef)} - {i}
        for i, module in enumerate(modules)
    ]
    for i, module in enumerate(modules):
        own = (position[n.instance] for a in module.adapters for n in needs[a] if isinstance(n, InstanceExport))
        ready[i] = max([-1, *own, *(ready[c] for c in called[i])])
    for i in reversed(range(len(modules))):
        for c in called[i]:
            due[c] = min(due[c], due[i])
    return [
        (instances[r] if r >= 0 else -1, instances[d] if d < len(instances) else None)
        for r, d in zip(ready, due, strict=True)
    ]


def _first_uses(plan: Plan, steps: Sequence[Step], place: dict[int, int], never: int) -> list[int]:
    """For each module the position of the first core instance that is given one of its adapters, or that comes after a
    destructor which is one; *never* if there is none."""
    due = [never] * (max(place.values(), default=-1) + 1)
    position = 0
    for step in steps:
        for item in with_options(plan, step_items(plan, step)):
            if isinstance(item, AdapterRef):
                due[place[item.index]] = min(due[place[item.index]], position)
        position += isinstance(step, InstantiateModule)
    return due
