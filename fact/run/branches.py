"""How often the branches of generated code were taken, over all instances of a component."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from fact.model.branches import Branch
from fact.model.plan import CompiledAdapterModule
from fact.run.raw import CoreInstance, CoreMemory, CoreStore

EXPORT = "branches"
"""The memory of counters that `fact.adapters.branches` gives a module."""

ModuleKey = int | str
"""The index of an adapter module, or the name of a support module, of which there may be many instances."""


class BranchCounts:
    """The counters of *modules*, those of all instances added up: also of what ended by a trap, at any time.

    The stores of instances that still run are kept alive.
    """

    def __init__(self, modules: Iterable[CompiledAdapterModule]) -> None:
        self.branches: dict[ModuleKey, tuple[Branch, ...]] = {}
        for module in modules:
            self.branches[module.index] = module.branches
            self.branches |= {support.name: support.branches for support in module.support}
        self.branches = {key: branches for key, branches in self.branches.items() if branches}
        self._sums = {key: [0] * _size(branches) for key, branches in self.branches.items()}
        self._running: dict[CoreStore, list[tuple[ModuleKey, CoreMemory]]] = {}

    def watch(self, store: CoreStore, key: ModuleKey, instance: CoreInstance) -> None:
        """An instance of module *key* exists in *store*."""
        if key in self.branches:
            memory = CoreMemory(store.state, instance.export(EXPORT), "i32")
            self._running.setdefault(store, []).append((key, memory))

    def ended(self, store: CoreStore) -> None:
        """Nothing runs in *store* any more."""
        for key, memory in self._running.pop(store, ()):
            self._sums[key] = _added(self._sums[key], memory)

    def counters(self) -> dict[ModuleKey, list[int]]:
        """The counters of each module so far."""
        sums = dict(self._sums)
        for memories in self._running.values():
            for key, memory in memories:
                sums[key] = _added(sums[key], memory)
        return sums

    def by_name(self) -> dict[str, int]:
        """How often so far, by the names of branches; 0 for those that were not taken."""
        return taken(self.branches, self.counters())


def taken(
    branches: Mapping[ModuleKey, Sequence[Branch]], counters: Mapping[ModuleKey, Sequence[int]]
) -> dict[str, int]:
    """How often branches were taken, by their names."""
    found: dict[str, int] = {}
    for key, of_module in branches.items():
        values = counters[key]
        for branch in of_module:
            found[branch.name] = found.get(branch.name, 0) + branch.taken(values)
    return found


def _size(branches: Sequence[Branch]) -> int:
    return 1 + max(max(branch.counter, branch.less or 0) for branch in branches)


def _added(sums: list[int], memory: CoreMemory) -> list[int]:
    assert len(memory) >= 4 * len(sums), "the memory was made for the counters"
    return [a + b for a, b in zip(sums, memory[0:4 * len(sums)].cast("I"), strict=True)]
