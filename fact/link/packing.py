"""Which adapters go into one module: those of one batch, as far as a module can hold the memories that they need.

The least number of modules is a matter of bin packing. What is here finds it when one memory is shared by all and when
each adapter has two of its own, which are the shapes that need many.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from heapq import heapify, heappop, heappush

from fact.link.phases import Batches, Graph
from fact.model.plan import AdapterRef, InstanceExport

MAX_MEMORIES = 100
"""Of one adapter module: wasmtime's limit for a core module."""


@dataclass(slots=True)
class Module:
    """Some adapters, made in batch *batch*, and the memories that they need."""

    batch: int
    adapters: list[int] = field(default_factory=list)
    memories: set[InstanceExport] = field(default_factory=set)


def pack(graph: Graph, found: Batches, memories: Sequence[frozenset[InstanceExport]]) -> list[Module]:
    """Modules for all adapters, in an order in which they can be made. *memories* are those of each adapter's code.

    Every adapter is made in the last batch that it can be, unless some module would need too many memories: then those
    that can be made before go where there is room, if that helps.
    """
    late = _Packing(graph, found, memories, found.last).modules
    if len(late) == found.count:
        return late
    return min(late, _Packing(graph, found, memories, found.first).modules, key=len)


class _Packing:
    """Carries out the graph. A module is begun only for an adapter that can wait no longer; from batch *since* on,
    others join it if there is room."""

    def __init__(
        self,
        graph: Graph,
        found: Batches,
        memories: Sequence[frozenset[InstanceExport]],
        since: Sequence[int],
    ) -> None:
        self.graph, self.found, self.memories, self.since = graph, found, memories, since
        self.modules: list[Module] = []
        self.place: dict[int, int] = {}
        self.after: list[list[int]] = [[] for _ in graph.before]
        self.missing = [len(before) for before in graph.before]
        for node, before in enumerate(graph.before):
            for other in before:
                self.after[other].append(node)
        self.ready: list[tuple[int, int]] = []
        """Adapters that can be made, by the batch that needs them first."""
        self.phase([node for node, missing in enumerate(self.missing) if not missing])
        for batch in range(1, found.count + 1):
            self.phase(self.batch(batch))

    def phase(self, nodes: Iterable[int]) -> None:
        """Carries out the steps and definitions of *nodes*, which miss nothing, and all that then miss nothing."""
        waiting = list(nodes)
        while waiting:
            node = waiting.pop()
            if (adapter := self.graph.adapter(node)) is not None:
                heappush(self.ready, (self.found.last[adapter], adapter))
            else:
                waiting += self.freed_by(node)

    def freed_by(self, node: int) -> list[int]:
        freed = []
        for other in self.after[node]:
            self.missing[other] -= 1
            if not self.missing[other]:
                freed.append(other)
        return freed

    def batch(self, batch: int) -> list[int]:
        """Makes adapters; returns the steps and definitions that then miss nothing."""
        begin = len(self.modules)
        freed: list[int] = []
        left: list[tuple[int, int]] = []
        while self.ready:
            last, adapter = heappop(self.ready)
            at = self.room(begin, adapter) if self.since[adapter] <= batch else None
            if at is None and last == batch:
                at = len(self.modules)
                self.modules.append(Module(batch))
            if at is None:
                left.append((last, adapter))
                continue
            self.put(adapter, at)
            for node in self.freed_by(self.graph.steps + adapter):
                if (caller := self.graph.adapter(node)) is not None:
                    heappush(self.ready, (self.found.last[caller], caller))
                else:
                    freed.append(node)
        for module in self.modules[begin:]:
            module.adapters.sort()
        self.ready = left
        heapify(left)
        return freed

    def put(self, adapter: int, at: int) -> None:
        self.place[adapter] = at
        self.modules[at].adapters.append(adapter)
        self.modules[at].memories |= self.memories[adapter]

    def room(self, begin: int, adapter: int) -> int | None:
        """Which module, from *begin* on, *adapter* joins: where it adds the fewest memories, but none before that of
        an adapter that it calls; None if there is no room."""
        called = (self.place[n.index] for n in self.graph.needs[adapter] if isinstance(n, AdapterRef))
        own = self.memories[adapter]
        more = {i: len(own - self.modules[i].memories) for i in range(max([begin, *called]), len(self.modules))}
        room = [i for i in more if more[i] + len(self.modules[i].memories) <= MAX_MEMORIES]
        return min(room, key=more.__getitem__, default=None)
