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
from fact.link.needs import adapter_needs, definition_items, option_items, step_items, with_options
from fact.link.order import observable_order
from fact.model.plan import AdapterRef, CoreItem, HostLowerRef, InstanceExport, InstantiateModule, Plan

Order = Callable[[Plan], Iterable[tuple[int, int]]]


@dataclass(frozen=True, slots=True)
class Graph:
    """What comes before what. Nodes are numbered: *steps* steps as in `plan.steps`, then *adapters* adapters, then as
    many definitions, then the host lowers.

    An adapter is its code, which is there after all that the code refers to: *needs*, for each adapter. Its definition
    also names what the code has no use for; that is there before a step is given the adapter, as it was in the
    component. A host lower is made of what its options name, so that the code of an adapter which calls it is in
    another module than an adapter that is its realloc.
    """

    steps: int
    adapters: int
    needs: tuple[tuple[CoreItem, ...], ...]
    before: tuple[tuple[int, ...], ...]
    """For each node those that come before it, each once, in ascending order."""

    @property
    def host_lowers(self) -> int:
        """The number of the first host lower."""
        return self.steps + 2 * self.adapters

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

    code, definitions, host_lowers = steps, steps + adapters, steps + 2 * adapters
    needs = tuple(tuple(adapter_needs(plan, adapter)) for adapter in plan.adapters)
    before: list[set[int]] = []
    for step in plan.steps:
        items = with_options(plan, step_items(plan, step))
        before.append({*instances(items), *lowers(items, code), *lowers(items, definitions)})
    for needed in needs:
        called = (host_lowers + i.index for i in needed if isinstance(i, HostLowerRef))
        before.append({*instances(needed), *lowers(needed, code), *called})
    for adapter in plan.adapters:
        items = with_options(plan, definition_items(plan, adapter))
        before.append({*instances(items), *lowers(items, definitions)})
    for lower in plan.host_lowers:
        items = with_options(plan, option_items(lower.options))
        before.append({*instances(items), *lowers(items, code)})
    for first, second in order(plan):
        before[second].add(first)
    return Graph(steps, adapters, needs, tuple(tuple(sorted(nodes)) for nodes in before))


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
    made = [graph.adapter(node) is not None for node in range(len(graph.before))]
    """Whether a node is an adapter, in the batch after a phase, which has the next number."""
    earliest = [0] * len(graph.before)
    for node in order:
        wanted = [earliest[other] + (made[node] and not made[other]) for other in graph.before[node]]
        earliest[node] = max(wanted, default=int(made[node]))
    own = range(graph.steps, graph.steps + graph.adapters)
    count = max((earliest[node] for node in own), default=0)
    latest = [count] * len(graph.before)
    for node in reversed(order):
        for other in graph.before[node]:
            latest[other] = min(latest[other], latest[node] - (made[node] and not made[other]))
    return Batches(count, tuple(earliest[n] for n in own), tuple(latest[n] for n in own), tuple(earliest))


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
            elif not (waits_for := [other for other in reversed(before[node]) if not left[other]]):
                path.pop()
                left[node] = 1
                order.append(node)
            elif entered[node]:
                raise LinkError("the steps of the plan wait for each other in a circle")
            else:
                entered[node] = 1
                path += waits_for
    return order
