"""Drops definitions that nothing can reach, and renumbers what is left.

What is reached starts from the steps that instantiate modules, the exports, and what the host is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import TypeVar

from fact.link.handles import Mentions, Renumbering
from fact.model.plan import (
    Adapter,
    AdapterRef,
    Builtin,
    BuiltinRef,
    CoreItem,
    DefineResource,
    Exported,
    ExportedFunc,
    ExportedInstance,
    ExportedModule,
    ExportedResource,
    HostLower,
    HostLowerRef,
    InstantiateModule,
    Lift,
    Options,
    Plan,
    Resource,
    Step,
)
from fact.model.types import FuncType

T = TypeVar("T")


def prune(plan: Plan) -> Plan:
    """*plan* without the definitions that no step and no export leads to. Before partitioning only."""
    reached = _Reached(plan)
    if reached.everything():
        return plan
    kept = _Kept(plan, reached)
    return replace(
        plan,
        modules=_kept(plan.modules, kept.modules),
        steps=tuple(step for old in plan.steps if (step := kept.step(old)) is not None),
        lifts=tuple(map(kept.lift, _kept(plan.lifts, kept.lifts))),
        adapters=tuple(map(kept.adapter, _kept(plan.adapters, kept.adapters))),
        host_imports=tuple(replace(h, type=kept.func_type(h.type)) for h in plan.host_imports),
        host_lowers=tuple(map(kept.host_lower, _kept(plan.host_lowers, kept.host_lowers))),
        exports=tuple((name, kept.export(item)) for name, item in plan.exports),
        resources=tuple(map(kept.resource, _kept(plan.resources, kept.resources))),
        builtins=tuple(map(kept.builtin, _kept(plan.builtins, kept.builtins))),
    )


def _kept(table: Sequence[T], indices: Iterable[int]) -> tuple[T, ...]:
    return tuple(table[i] for i in indices)


class _Reached:
    """The indices that are reached, by table."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.modules: set[int] = set()
        self.lifts: set[int] = set()
        self.adapters: set[int] = set()
        self.host_lowers: set[int] = set()
        self.resources: set[int] = set()
        self.builtins: set[int] = set()
        self._mentions = Mentions()
        self._items: list[CoreItem] = []
        for step in plan.steps:
            if isinstance(step, InstantiateModule):
                self.modules.add(step.module)
                self._items += step.args
        for host_import in plan.host_imports:
            self._type(host_import.type)
        self._exports(plan.exports)
        while self._items:
            self._item(self._items.pop())

    def everything(self) -> bool:
        """Whether nothing is to be dropped."""
        plan = self.plan
        return all(
            len(indices) == len(table)
            for indices, table in (
                (self.modules, plan.modules),
                (self.lifts, plan.lifts),
                (self.adapters, plan.adapters),
                (self.host_lowers, plan.host_lowers),
                (self.resources, plan.resources),
                (self.builtins, plan.builtins),
            )
        )

    def _exports(self, exports: Iterable[tuple[str, Exported]]) -> None:
        for _, exported in exports:
            match exported:
                case ExportedFunc(lift):
                    self._lift(lift)
                case ExportedInstance(inner):
                    self._exports(inner)
                case ExportedModule(module):
                    self.modules.add(module)
                case ExportedResource(resource):
                    self._resource(resource)

    def _item(self, item: CoreItem) -> None:
        match item:
            case AdapterRef(index) if index not in self.adapters:
                self.adapters.add(index)
                adapter = self.plan.adapters[index]
                self._options(adapter.options)
                self._type(adapter.type)
                self._lift(adapter.lift)
            case HostLowerRef(index) if index not in self.host_lowers:
                self.host_lowers.add(index)
                self._options(self.plan.host_lowers[index].options)
                self._type(self.plan.host_lowers[index].type)
            case BuiltinRef(index) if index not in self.builtins:
                self.builtins.add(index)
                resource = self.plan.builtins[index].resource
                if resource is not None:
                    self._resource(resource)

    def _lift(self, index: int) -> None:
        if index not in self.lifts:
            self.lifts.add(index)
            lift = self.plan.lifts[index]
            self._items.append(lift.callee)
            self._options(lift.options)
            self._type(lift.type)

    def _options(self, options: Options) -> None:
        self._items += [item for item in (options.realloc, options.post_return) if item is not None]

    def _type(self, t: FuncType) -> None:
        if self.plan.resources:
            for resource in self._mentions.of_func(t):
                self._resource(resource)

    def _resource(self, index: int) -> None:
        if index not in self.resources:
            self.resources.add(index)
            dtor = self.plan.resources[index].dtor
            if dtor is not None:
                self._items.append(dtor)


def _order(indices: set[int]) -> dict[int, int]:
    """Old index to new, in the old order."""
    return {old: new for new, old in enumerate(sorted(indices))}


class _Kept:
    """Old index to new, by table, and each kind of entry with its new numbers."""

    def __init__(self, plan: Plan, reached: _Reached) -> None:
        self.modules = _order(reached.modules)
        self.lifts = _order(reached.lifts)
        self.adapters = _order(reached.adapters)
        self.host_lowers = _order(reached.host_lowers)
        self.resources = _order(reached.resources)
        self.builtins = _order(reached.builtins)
        self.func_type: Callable[[FuncType], FuncType] = (
            _unchanged if len(self.resources) == len(plan.resources) else Renumbering(self.resources).func
        )

    def item(self, item: CoreItem) -> CoreItem:
        match item:
            case AdapterRef(index):
                return AdapterRef(self.adapters[index])
            case HostLowerRef(index):
                return HostLowerRef(self.host_lowers[index])
            case BuiltinRef(index):
                return BuiltinRef(self.builtins[index])
            case _:
                return item

    def options(self, options: Options) -> Options:
        return replace(
            options,
            realloc=options.realloc and self.item(options.realloc),
            post_return=options.post_return and self.item(options.post_return),
        )

    def step(self, step: Step) -> Step | None:
        """The step, unless it defines a resource that is gone."""
        match step:
            case InstantiateModule():
                return replace(step, module=self.modules[step.module], args=tuple(map(self.item, step.args)))
            case DefineResource(resource):
                return DefineResource(self.resources[resource]) if resource in self.resources else None
            case _:
                return step

    def lift(self, lift: Lift) -> Lift:
        return replace(
            lift,
            index=self.lifts[lift.index],
            callee=self.item(lift.callee),
            type=self.func_type(lift.type),
            options=self.options(lift.options),
        )

    def adapter(self, adapter: Adapter) -> Adapter:
        return replace(
            adapter,
            index=self.adapters[adapter.index],
            lift=self.lifts[adapter.lift],
            type=self.func_type(adapter.type),
            options=self.options(adapter.options),
        )

    def host_lower(self, lower: HostLower) -> HostLower:
        return replace(
            lower,
            index=self.host_lowers[lower.index],
            type=self.func_type(lower.type),
            options=self.options(lower.options),
        )

    def resource(self, resource: Resource) -> Resource:
        return replace(
            resource, index=self.resources[resource.index], dtor=resource.dtor and self.item(resource.dtor)
        )

    def builtin(self, builtin: Builtin) -> Builtin:
        resource = None if builtin.resource is None else self.resources[builtin.resource]
        return replace(builtin, index=self.builtins[builtin.index], resource=resource)

    def export(self, item: Exported) -> Exported:
        match item:
            case ExportedFunc(lift):
                return ExportedFunc(self.lifts[lift])
            case ExportedInstance(exports):
                return ExportedInstance(tuple((name, self.export(e)) for name, e in exports))
            case ExportedModule(module):
                return ExportedModule(self.modules[module])
            case ExportedResource(resource):
                return ExportedResource(self.resources[resource])
            case _:
                return item


def _unchanged(t: FuncType) -> FuncType:
    return t
