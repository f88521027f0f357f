"""Which core code may come to which memories and tables.

Core instances that are linked with each other, directly or through others, form a group: within it, references to
functions may have travelled anywhere. From one group to another leads only what a canonical definition calls.
"""

from __future__ import annotations

from collections.abc import Iterable

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


def writes_imports(module: CoreModule) -> bool:
    return module.has_active_segments and (module.writes_imports or not module.segments_in_bounds)


def writers(plan: Plan) -> dict[int, int]:
    """By position in `plan.steps`, the group of each step whose segments write to what it imports. Groups are counted
    from 0, and only those that have such a step."""
    numbers: dict[int, int] = {}
    found: dict[int, int] = {}
    groups = _Groups(plan)
    for i, step in enumerate(plan.steps):
        if isinstance(step, InstantiateModule) and writes_imports(plan.modules[step.module]):
            found[i] = numbers.setdefault(groups.of(step.instance), len(numbers))
    return found


def reached_writers(plan: Plan, group_of: dict[int, int]) -> dict[int, int]:
    """By position in `plan.steps`, in order, for each step that runs code: a set of bits, one for each group of
    *group_of*, as `writers` gives them, that this code may come to."""
    groups = _Groups(plan)
    starting = {
        i: groups.of(step.instance)
        for i, step in enumerate(plan.steps)
        if isinstance(step, InstantiateModule) and plan.modules[step.module].has_start
    }
    if not starting:
        return {}
    bits: dict[_Node, int] = {}
    for i, number in group_of.items():
        step = plan.steps[i]
        assert isinstance(step, InstantiateModule)
        bits[groups.of(step.instance)] = 1 << number
    reach = _closure(_successors(plan, groups), bits)
    return {i: reach.get(group, 0) for i, group in starting.items()}


class _Groups:
    """Union-find over core instances."""

    def __init__(self, plan: Plan) -> None:
        self._parent: dict[int, int] = {}
        for step in plan.steps:
            if isinstance(step, InstantiateModule):
                for arg in step.args:
                    if isinstance(arg, InstanceExport):
                        self._parent[self.of(step.instance)] = self.of(arg.instance)

    def of(self, instance: int) -> int:
        parent = self._parent
        while (above := parent.setdefault(instance, instance)) != instance:
            parent[instance] = parent[above]
            instance = above
        return instance


_Node = int | CoreItem
"""A group, or a canonical definition."""


def _successors(plan: Plan, groups: _Groups) -> dict[_Node, list[_Node]]:
    """Where code of each group, and of each definition, may go on."""

    def nodes(items: Iterable[CoreItem]) -> list[_Node]:
        return [groups.of(item.instance) if isinstance(item, InstanceExport) else item for item in items]

    found: dict[_Node, list[_Node]] = {}
    for step in plan.steps:
        if isinstance(step, InstantiateModule):
            definitions = [arg for arg in step.args if not isinstance(arg, InstanceExport)]
            found.setdefault(groups.of(step.instance), []).extend(definitions)
    for adapter in plan.adapters:
        found[AdapterRef(adapter.index)] = nodes(definition_items(plan, adapter))
    for lower in plan.host_lowers:
        found[HostLowerRef(lower.index)] = nodes(option_items(lower.options))
    for builtin in plan.builtins:
        dtor = None if builtin.resource is None else plan.resources[builtin.resource].dtor
        found[BuiltinRef(builtin.index)] = [] if dtor is None else nodes([dtor])
    return found


def _closure(successors: dict[_Node, list[_Node]], bits: dict[_Node, int]) -> dict[_Node, int]:
    """The *bits* of each node and of all that it leads to. Those that lead nowhere else come first, so that a second
    round is only there for circles."""
    order = _callees_first(successors)
    found = dict(bits)
    changing = True
    while changing:
        changing = False
        for node in order:
            before = joined = found.get(node, 0)
            for other in successors.get(node, ()):
                joined |= found.get(other, 0)
            if joined != before:
                found[node] = joined
                changing = True
    return found


def _callees_first(successors: dict[_Node, list[_Node]]) -> list[_Node]:
    """All nodes, in the order in which a search in depth leaves them."""
    order: list[_Node] = []
    seen: set[_Node] = set()
    for start in successors:
        path = [start]
        while path:
            node = path[-1]
            if node not in seen:
                seen.add(node)
                path += [other for other in successors.get(node, ()) if other not in seen]
            else:
                path.pop()
                order.append(node)
    return list(dict.fromkeys(order))
