"""Why there are as many adapter modules as there are, in words: for `plan.txt`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from fact.link.needs import step_items, with_options
from fact.link.packing import Module
from fact.link.phases import Batches, Graph
from fact.model.plan import DefineResource, InstanceExport, InstantiateModule, Plan, Step

LONGEST = 6
"""How many things of a way are named."""


def separations(plan: Plan, graph: Graph, found: Batches, modules: Sequence[Module]) -> list[str]:
    """For each of *modules*, in the order in which they are made, why it is not one with a module before it."""
    critical: dict[int, int] = {}
    for adapter, batch in enumerate(found.first):
        if batch == found.last[adapter]:
            critical.setdefault(batch, adapter)
    reasons: list[str] = []
    begun: set[int] = set()
    for module in modules:
        if module.batch in begun:
            reasons.append("no room for its memories in the one before")
        elif module.batch == 1:
            reasons.append("nothing that its adapters need imports an adapter")
        else:
            reasons.append(_way_text(plan, graph, list(_way(graph, found, critical[module.batch]))))
        begun.add(module.batch)
    return reasons


def _way(graph: Graph, found: Batches, adapter: int) -> Iterator[int]:
    """Nodes from *adapter* back to an adapter of an earlier batch, each right before the one that it follows."""
    node = graph.steps + adapter
    batch = found.first[adapter]
    yield node
    while graph.adapter(node) is None or found.earliest[node] == batch:
        node = next(
            other
            for other in graph.before[node]
            if found.earliest[other] == batch - (graph.adapter(other) is None or graph.adapter(node) is None)
        )
        yield node


def _way_text(plan: Plan, graph: Graph, way: list[int]) -> str:
    """*way* without definitions, which are only another side of the adapters on it."""
    nodes = [node for node in way if node < graph.steps + graph.adapters or node >= graph.host_lowers]
    links = [_link(plan, graph, a, b) for a, b in pairwise(nodes)]
    if len(links) > LONGEST:
        links = [*links[: LONGEST - 1], f"... {len(links) - LONGEST} more ...", links[-1]]
    return f"{_name(plan, graph, nodes[0])} {', which '.join(links)}"


def _link(plan: Plan, graph: Graph, node: int, before: int) -> str:
    name = _name(plan, graph, before)
    if node >= graph.host_lowers:
        return f"is made with {name}"
    if graph.adapter(node) is not None:
        return f"{'needs' if before < graph.steps else 'calls'} {name}"
    if before >= graph.steps:
        return f"is given {name}"
    return f"{'needs' if _needs(plan, plan.steps[node], plan.steps[before]) else 'comes after'} {name}"


def _needs(plan: Plan, step: Step, before: Step) -> bool:
    items = with_options(plan, step_items(plan, step))
    instances = {item.instance for item in items if isinstance(item, InstanceExport)}
    return isinstance(before, InstantiateModule) and before.instance in instances


def _name(plan: Plan, graph: Graph, node: int) -> str:
    adapter = graph.adapter(node)
    if adapter is not None:
        return f"adapter {adapter} ({plan.adapters[adapter].name})"
    if node >= graph.host_lowers:
        lower = plan.host_lowers[node - graph.host_lowers]
        return f"host lower {lower.index} ({lower.name})"
    match plan.steps[node]:
        case InstantiateModule() as step:
            return step.name
        case DefineResource(resource):
            return f"resource {plan.resources[resource].name}"
        case step:
            raise TypeError(f"{step} is not in a plan that is not partitioned yet")
