"""How few adapter modules there can be, and in which of them an adapter can be.

Steps and adapters form a graph of what comes before what. Carrying it out alternates between *phases*, in which steps
are carried out, and *batches*, in which adapters are made: phase 0, batch 1, phase 1, batch 2, and so on. An adapter
that is used in phase p is made in batch p or before; a step that batch b needs is carried out in phase b - 1 or before.

Doing in each phase all steps that can be done, and making in each batch all adapters that can be made, needs the least
number of batches. For what any order has done after its batch b, this one has done as well after its own: by induction,
as all that was wanted for it had been done in time; so when any order is finished, this one is finished too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from fact.errors import LinkError
from fact.link.needs import adapter_needs, definition_items, step_items, with_options
from fact.link.order import observable_order
from fact.model.plan import AdapterRef, CoreItem, InstanceExport, InstantiateModule, Plan

Order = Callable[[Plan], Iterable[tuple[int, int]]]



@dataclass(frozen=True, slots=True)
class Graph:
    """What comes before what. Nodes are numbered: *steps* steps as in `plan.steps`, then *adapters* adapters, then as
    many definitions.

    An adapter is its code, which is there after all that the code refers to. Its definition also names what the code
    has no use for; that is there before a step is given the adapter, as it was in the component.
    """

    steps: int
    adapters: int
    before: tuple[tuple[int, ...], ...]
    """For each node those that come before it, each once, in ascending order."""

    def adapter(self, node: int) -> int | None:
        """The index of the adapter that *node* is."""
        return node - self.steps if self.steps <= node < self.steps + self.adapters else None


def graph(plan: Plan, order: Order = observable_order) -> Graph:
    """Of a plan that is not partitioned yet; *order* gives pairs of steps that have to stay in their order."""
    steps, adapters = len(plan.steps), len(plan.adapters)
    made = {step.instance: i for i, step in enumerate(plan.steps) if isinstance(step, InstantiateModule)}

    def instances(items: Iterable[CoreItem]) -> Iterator[int]:
        return (made[i.instance] for i in items if isinstance(i, InstanceExport))

    def lowers(items: Iterable[CoreItem], begin: int) -> Iterator[int]:
        return (begin + i.index for i in items if isinstance(i, AdapterRef))

    code, definitions = steps, steps + adapters
    before: list[set[int]] = []
    for step in plan.steps:
        items = with_options(plan, step_items(plan, step))
        before.append({*instances(items), *lowers(items, code), *lowers(items, definitions)})
    for adapter in plan.adapters:
        items = with_options(plan, adapter_needs(plan, adapter))
        before.append({*instances(items), *lowers(items, code)})
    for adapter in plan.adapters:
        items = with_options(plan, definition_items(plan, adapter))
        before.append({*instances(items), *lowers(items, definitions)})
    for first, second in order(plan):
        before[second].add(first)
    return Graph(steps, adapters, tuple(tuple(sorted(nodes)) for nodes in before))


@dataclass(frozen=True, slots=True)
class Batches:
    """*count* batches; for each adapter the *first* and the *last* it can be made in, counted from 1; for each node of
    the graph the *earliest* phase or batch."""

    count: int
    first: tuple[int, ...]
    last: tuple[int, ...]
    earliest: tuple[int, ...]


def batches(graph: Graph) -> Batches:
    order = sorted_nodes(graph.before)
    earliest = [0] * len(graph.before)
    for node in order:
        wanted = [earliest[other] + _later(graph, other, node) for other in graph.before[node]]
        earliest[node] = max(wanted, default=0 if graph.adapter(node) is None else 1)
    own = range(graph.steps, graph.steps + graph.adapters)
    count = max((earliest[node] for node in own), default=0)
    latest = [count] * len(graph.before)
    for node in reversed(order):
        for other in graph.before[node]:
            latest[other] = min(latest[other], latest[node] - _later(graph, other, node))
    return Batches(count, tuple(earliest[n] for n in own), tuple(latest[n] for n in own), tuple(earliest))


def _later(graph: Graph, before: int, after: int) -> int:
    """1 if *after* is an adapter that needs step *before*: the batch after the phase, which has the next number."""
    return int(graph.adapter(before) is None and graph.adapter(after) is not None)


def sorted_nodes(before: Sequence[Sequence[int]]) -> list[int]:
    """All nodes, each after those before it; otherwise in ascending order, but that what a node waits for comes right
    before it. Raises `LinkError` for a circle."""
    order: list[int] = []
    entered, left = bytearray(len(before)), bytearray(len(before))
    for start in range(len(before)):
        path = [start]
        while path:
            node = path[-1]
            if left[node]:
                path.pop()
            elif entered[node] and all(left[other] for other in before[node]):
                path.pop()
                left[node] = 1
                order.append(node)
            else:
                if entered[node]:
                    raise LinkError("the steps of the plan wait for each other in a circle")
                entered[node] = 1
                path += [other for other in reversed(before[node]) if not left[other]]
    return order
