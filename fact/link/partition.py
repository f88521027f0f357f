"""Groups adapters into adapter modules: interval stabbing.

Number the gaps between the steps of a plan: gap g lies right before step g. An adapter can be made in any gap after
the last step that it needs (*ready*) and not after the first step that uses it (*due*): in gaps ready + 1 to due.
One adapter module fills one gap. The least number of adapter modules is therefore the least number of points that
hit every interval, and taking the earliest due date first is optimal.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

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
from fact.model.types import FuncType

MAX_FLAT_PARAMS = 16


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
    spans = windows(plan)
    points = stab([(w.ready + 1, end if w.due is None else w.due) for w in spans])
    groups: dict[int, list[int]] = {}
    for adapter, point in enumerate(points):
        groups.setdefault(point, []).append(adapter)
    adapter_modules: list[AdapterModule] = []
    steps: list[Step] = []
    for gap in range(end + 1):
        if gap in groups:
            members = groups[gap]
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


def windows(plan: Plan) -> list[Window]:
    """The window of each adapter; one that calls another is never ready before it, nor is the other due later."""
    needs = [_with_options(plan, adapter_needs(plan, adapter)) for adapter in plan.adapters]
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
    """The core items that compiled code of *adapter* refers to."""
    lift: Lift = plan.lifts[adapter.lift]
    needed: list[CoreItem | None] = [lift.callee, lift.options.post_return]
    if _params_spill(lift.type):
        needed += [adapter.options.memory, lift.options.memory, lift.options.realloc]
    return [item for item in needed if item is not None]


def _params_spill(t: FuncType) -> bool:
    """CanonicalABI.md, "Flattening": every scalar is one flat value."""
    return len(t.params) > MAX_FLAT_PARAMS


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
