"""Groups adapters into adapter modules: interval stabbing.

Number the gaps between the steps of a plan: gap g lies right before step g. An adapter can be made in any gap after
the last step that it needs (*ready*) and not after the first step that uses it (*due*): in gaps ready + 1 to due.
The least number of gaps to fill is the least number of points that hit every interval, and taking the earliest due date
first is optimal. One adapter module fills one gap, unless it would need more memories than a module may have.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from fact.link.flattening import memory_use
from fact.model.plan import (
    Adapter,
    AdapterModule,
    AdapterRef,
    CoreItem,
    HostLowerRef,
    InstanceExport,
    InstantiateAdapters,
    InstantiateModule,
    Lift,
    Plan,
    Step,
)
from fact.model.syntax import Sort

MAX_MEMORIES = 99
"""Of one adapter module, besides a scratch memory of its own: wasmtime's limit is 100 for a core module."""


def stab(intervals: Sequence[tuple[int, int]]) -> list[int]:
    """For each interval (first, last), both inclusive, the point that hits it; the least number of points in all."""
    points: list[int] = [0] * len(intervals)
    point: int | None = None
    for i in sorted(range(len(intervals)), key=lambda i: (intervals[i][1], intervals[i][0])):
        first, last = intervals[i]
        if point is None or point < first:
            point = last
        points[i] = point
    return points


@dataclass(frozen=True, slots=True)
class Window:
    """When an adapter can be made: after step *ready* (-1: from the start), before step *due* (None: by the end)."""

    ready: int
    due: int | None


def partition(plan: Plan) -> Plan:
    """*plan* with its adapters grouped into as few adapter modules as its order of steps allows, and the steps that
    instantiate them put in."""
    modules = [step for step in plan.steps if isinstance(step, InstantiateModule)]
    end = len(modules)
    needs = [adapter_needs(plan, adapter) for adapter in plan.adapters]
    spans = windows(plan, needs)
    points = stab([(w.ready + 1, end if w.due is None else w.due) for w in spans])
    groups: dict[int, list[int]] = {}
    for adapter, point in enumerate(points):
        groups.setdefault(point, []).append(adapter)
    adapter_modules: list[AdapterModule] = []
    steps: list[Step] = []
    for gap in range(end + 1):
        for members in _packed(groups.get(gap, []), needs):
            dues = [due for a in members if (due := spans[a].due) is not None]
            adapter_modules.append(
                AdapterModule(
                    index=len(adapter_modules),
                    adapters=tuple(members),
                    ready=max(spans[a].ready for a in members),
                    due=min(dues, default=None),
                )
            )
            steps.append(InstantiateAdapters(len(adapter_modules) - 1))
        if gap < end:
            steps.append(modules[gap])
    return replace(plan, steps=tuple(steps), adapter_modules=tuple(adapter_modules))


def _packed(adapters: Sequence[int], needs: Sequence[Sequence[CoreItem]]) -> Iterator[list[int]]:
    """*adapters*, all made in one gap, in groups that need at most `MAX_MEMORIES` memories each.

    An adapter joins the group where it adds the fewest memories, but none before that of an adapter it calls. The
    least number of groups is a matter of bin packing; this finds it when one memory is shared by all and when each
    adapter has two of its own, which are the shapes that need many.
    """
    groups: list[tuple[list[int], set[InstanceExport]]] = []
    place: dict[int, int] = {}
    for a in adapters:
        memories = {n for n in needs[a] if isinstance(n, InstanceExport) and n.sort is Sort.CORE_MEMORY}
        first = max((place.get(n.index, 0) for n in needs[a] if isinstance(n, AdapterRef)), default=0)
        more = {i: len(memories - groups[i][1]) for i in range(first, len(groups))}
        room = [i for i in more if more[i] + len(groups[i][1]) <= MAX_MEMORIES]
        place[a] = min(room, key=more.__getitem__, default=len(groups))
        if place[a] == len(groups):
            groups.append(([], set()))
        members, held = groups[place[a]]
        members.append(a)
        held |= memories
    return (members for members, _ in groups)


def windows(plan: Plan, direct: Iterable[Iterable[CoreItem]]) -> list[Window]:
    """The window of each adapter, by what it needs directly.

    One that calls another is never ready before it, nor is the other due later.
    """
    needs = [_with_options(plan, items) for items in direct]
    ready = [max((n.instance for n in own if isinstance(n, InstanceExport)), default=-1) for own in needs]
    due = _direct_uses(plan)
    # An adapter's callees have smaller indices: a definition refers only to earlier ones.
    for a, own in enumerate(needs):
        ready[a] = max([ready[a], *(ready[n.index] for n in own if isinstance(n, AdapterRef))])
    for a in reversed(range(len(needs))):
        for n in needs[a]:
            if isinstance(n, AdapterRef):
                due[n.index] = _earlier(due[n.index], due[a])
    return [Window(r, d) for r, d in zip(ready, due, strict=True)]


def adapter_needs(plan: Plan, adapter: Adapter) -> list[CoreItem]:
    """The core items that compiled code of *adapter* refers to: options only as far as its type makes use of them."""
    lift: Lift = plan.lifts[adapter.lift]
    use = memory_use(lift.type)
    needed: list[CoreItem | None] = [lift.callee, lift.options.post_return]
    if use.params or use.result:
        needed += [adapter.options.memory, lift.options.memory]
    if use.params:
        needed.append(lift.options.realloc)
    if use.result_allocates:
        needed.append(adapter.options.realloc)
    return [item for item in needed if item is not None]


def _direct_uses(plan: Plan) -> list[int | None]:
    """For each adapter the first step that is given it, as an import or behind a host lower."""
    due: list[int | None] = [None] * len(plan.adapters)
    for step in plan.steps:
        if isinstance(step, InstantiateModule):
            for arg in _with_options(plan, step.args):
                if isinstance(arg, AdapterRef):
                    due[arg.index] = _earlier(due[arg.index], step.instance)
    return due


def _with_options(plan: Plan, items: Iterable[CoreItem]) -> list[CoreItem]:
    """*items*, and the memory and functions that the host lowers among them are made with, which may be lowers too."""
    found = list(items)
    for item in found:
        if isinstance(item, HostLowerRef):
            options = plan.host_lowers[item.index].options
            found += [x for x in (options.memory, options.realloc, options.post_return) if x is not None]
    return found


def _earlier(a: int | None, b: int | None) -> int | None:
    if a is None or b is None:
        return b if a is None else a
    return min(a, b)
