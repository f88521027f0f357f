"""Drops lifts, adapters and host lowers that nothing can reach, and renumbers what is left."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from fact.model.plan import (
    Adapter,
    AdapterRef,
    CoreItem,
    Exported,
    ExportedFunc,
    ExportedInstance,
    HostLower,
    HostLowerRef,
    InstantiateModule,
    Lift,
    Options,
    Plan,
)


def prune(plan: Plan) -> Plan:
    """*plan* without the definitions that no step and no export leads to. Before partitioning only."""
    lifts, adapters, host_lowers = _reachable(plan)
    renumber = _Renumbering(_order(lifts), _order(adapters), _order(host_lowers))
    return replace(
        plan,
        steps=tuple(renumber.step(s) for s in plan.steps if isinstance(s, InstantiateModule)),
        lifts=tuple(renumber.lift(plan.lifts[i]) for i in renumber.lifts),
        adapters=tuple(renumber.adapter(plan.adapters[i]) for i in renumber.adapters),
        host_lowers=tuple(renumber.host_lower(plan.host_lowers[i]) for i in renumber.host_lowers),
        exports=tuple((name, renumber.export(item)) for name, item in plan.exports),
    )


def _reachable(plan: Plan) -> tuple[set[int], set[int], set[int]]:
    lifts: set[int] = set()
    adapters: set[int] = set()
    host_lowers: set[int] = set()
    items = [arg for step in plan.steps if isinstance(step, InstantiateModule) for arg in step.args]

    def use_lift(index: int) -> None:
        if index not in lifts:
            lifts.add(index)
            items.append(plan.lifts[index].callee)
            items.extend(_optional(plan.lifts[index].options))

    for item in plan.function_exports().values():
        if isinstance(item, ExportedFunc):
            use_lift(item.lift)
    while items:
        match items.pop():
            case AdapterRef(index) if index not in adapters:
                adapters.add(index)
                items.extend(_optional(plan.adapters[index].options))
                use_lift(plan.adapters[index].lift)
            case HostLowerRef(index) if index not in host_lowers:
                host_lowers.add(index)
                items.extend(_optional(plan.host_lowers[index].options))
    return lifts, adapters, host_lowers


def _optional(options: Options) -> Iterable[CoreItem]:
    return [item for item in (options.realloc, options.post_return) if item is not None]


def _order(indices: set[int]) -> dict[int, int]:
    """Old index to new, in the old order."""
    return {old: new for new, old in enumerate(sorted(indices))}



class _Renumbering:
    def __init__(self, lifts: Mapping[int, int], adapters: Mapping[int, int], host_lowers: Mapping[int, int]) -> None:
        self.lifts = lifts
        self.adapters = adapters
        self.host_lowers = host_lowers

    def item(self, item: CoreItem) -> CoreItem:
        match item:
            case AdapterRef(index):
                return AdapterRef(self.adapters[index])
            case HostLowerRef(index):
                return HostLowerRef(self.host_lowers[index])
            case _:
                return item

    def options(self, options: Options) -> Options:
        return replace(
            options,
            realloc=options.realloc and self.item(options.realloc),
            post_return=options.post_return and self.item(options.post_return),
        )

    def step(self, step: InstantiateModule) -> InstantiateModule:
        return replace(step, args=tuple(map(self.item, step.args)))

    def lift(self, lift: Lift) -> Lift:
        return replace(
            lift, index=self.lifts[lift.index], callee=self.item(lift.callee), options=self.options(lift.options)
        )

    def adapter(self, adapter: Adapter) -> Adapter:
        return replace(
            adapter,
            index=self.adapters[adapter.index],
            lift=self.lifts[adapter.lift],
            options=self.options(adapter.options),
        )

    def host_lower(self, lower: HostLower) -> HostLower:
        return replace(lower, index=self.host_lowers[lower.index], options=self.options(lower.options))

    def export(self, item: Exported) -> Exported:
        match item:
            case ExportedFunc(lift):
                return ExportedFunc(self.lifts[lift])
            case ExportedInstance(exports):
                return ExportedInstance(tuple((name, self.export(e)) for name, e in exports))
            case _:
                return item
