"""Which memories and tables code that runs while a component is instantiated may come to.

Core instances that are linked with each other, directly or through others, form a group: within it, references to
functions may have travelled anywhere. From one group to another leads only what a canonical definition calls. Both are
looked at as they are when the code runs: what comes later it cannot reach.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from fact.link.needs import definition_items, option_items
from fact.model.plan import (
    AdapterRef,
    BuiltinRef,
    CoreItem,
    HostLowerRef,
    InstanceExport,
    InstantiateModule,
    Plan,
)
from fact.model.syntax import CoreModule

MAX_SEARCH = 200_000
"""How many groups and definitions are looked at for one plan. After that, code may come to everything."""


def written_and_read(plan: Plan) -> Iterator[tuple[int, int]]:
    """Pairs of positions in `plan.steps` that have to stay in their order, because one step writes to what it imports,
    and the other does so too, or runs code that may come there.

    Steps that run code stay in their order anyway, so that one that writes is tied only to the last of them before it
    and to the first after it.
    """
    modules = plan.modules
    if not any(map(writes_imports, modules)):
        return
    groups = _Groups(plan)
    for i, step in enumerate(plan.steps):
        if isinstance(step, InstantiateModule):
            group = groups.add(step)
            if modules[step.module].has_start:
                yield from ((writer, i) for writer in groups.read(group, i))
            if writes_imports(modules[step.module]):
                yield from ((other, i) for other in groups.write(group, i))


def writes_imports(module: CoreModule) -> bool:
    return module.has_active_segments and (module.writes_imports or not module.segments_in_bounds)


@dataclass(slots=True)
class _Group:
    """*given* are the definitions that its members are given. The others are positions of steps: those that wrote
    last, those that wrote since code last came here, and the last code that did; -1 for none."""

    parent: _Group | None = None
    members: int = 1
    given: list[CoreItem] = field(default_factory=list)
    writers: list[int] = field(default_factory=list)
    unread: list[int] = field(default_factory=list)
    reader: int = -1


class _Groups:
    """The groups as they are after some steps: union-find."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.of_instance: dict[int, _Group] = {}
        self.left = MAX_SEARCH
        self.unread: dict[int, _Group] = {}
        """Groups with something unread, by identity."""
        self.reader_of_all = -1

    def add(self, step: InstantiateModule) -> _Group:
        """The group of a new core instance."""
        group = self.of_instance[step.instance] = _Group()
        for instance in {arg.instance for arg in step.args if isinstance(arg, InstanceExport)}:
            group = self.join(group, self.of(instance))
        group.given += [arg for arg in step.args if not isinstance(arg, InstanceExport)]
        return group

    def of(self, instance: int) -> _Group:
        group = self.of_instance[instance]
        while group.parent is not None:
            if group.parent.parent is not None:
                group.parent = group.parent.parent
            group = group.parent
        self.of_instance[instance] = group
        return group

    def join(self, a: _Group, b: _Group) -> _Group:
        if a is b:
            return a
        small, large = sorted((a, b), key=lambda group: group.members)
        small.parent = large
        large.members += small.members
        large.given += small.given
        large.writers += small.writers
        large.unread += small.unread
        large.reader = max(large.reader, small.reader)
        if self.unread.pop(id(small), None) is not None:
            self.unread[id(large)] = large
        return large

    def read(self, group: _Group, i: int) -> list[int]:
        """Code runs in *group*, at step *i*: the steps before that wrote to what it may come to."""
        reached = self.reach(group)
        if reached is None:
            self.reader_of_all = i
            reached = list(self.unread.values())
        found: list[int] = []
        for other in reached:
            other.reader = i
            if self.unread.pop(id(other), None) is not None:
                found += other.unread
                other.unread = []
        return found

    def write(self, group: _Group, i: int) -> list[int]:
        """Step *i* writes to what it imports from *group*: the steps before with which that must not change places."""
        found = group.writers
        reader = max(group.reader, self.reader_of_all)
        group.writers = [i]
        group.unread.append(i)
        self.unread[id(group)] = group
        return found if reader in (-1, i) else [*found, reader]

    def reach(self, group: _Group) -> list[_Group] | None:
        """All groups that code of *group* may come to; None if that takes too long to find out."""
        found = {id(group): group}
        definitions: set[CoreItem] = set()
        waiting: list[_Group | CoreItem] = [group]
        while waiting:
            self.left -= 1
            if self.left < 0:
                return None
            node = waiting.pop()
            items = node.given if isinstance(node, _Group) else self.leads_to(node)
            for item in items:
                if isinstance(item, InstanceExport):
                    other = self.of(item.instance)
                    if id(other) not in found:
                        found[id(other)] = other
                        waiting.append(other)
                elif item not in definitions:
                    definitions.add(item)
                    waiting.append(item)
        return list(found.values())

    def leads_to(self, item: CoreItem) -> list[CoreItem]:
        """What a canonical definition calls and writes to."""
        match item:
            case AdapterRef(index):
                return definition_items(self.plan, self.plan.adapters[index])
            case HostLowerRef(index):
                return option_items(self.plan.host_lowers[index].options)
            case BuiltinRef(index):
                resource = self.plan.builtins[index].resource
                dtor = None if resource is None else self.plan.resources[resource].dtor
                return [] if dtor is None else [dtor]
            case InstanceExport():
                return [item]
