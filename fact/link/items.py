"""What the index spaces of a component hold while it is being linked."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import islice
from typing import TypeAlias

from fact.errors import LinkError
from fact.link.limits import Limits
from fact.model.plan import CoreItem, InstanceExport
from fact.model.syntax import Component, ComponentType, CoreExport, CoreModuleType, InstanceType, Sort
from fact.model.types import CoreFuncType, FuncType, ValType

MAX_NAMES = 12
"""How many names an error lists."""

# -- core


@dataclass(frozen=True, slots=True)
class ModuleInstance:
    """Core instance *index* of the plan, made by instantiating a module."""

    index: int
    exports: dict[str, CoreExport]

    def get(self, name: str, sort: Sort) -> CoreItem:
        found = self.exports.get(name)
        if found is None or found.sort is not sort:
            raise LinkError(f"core instance {self.index} has no {sort} export {name!r}; it has {_names(self.exports)}")
        return InstanceExport(self.index, name, sort)


@dataclass(frozen=True, slots=True)
class CoreBundle:
    """A core instance put together from exports of others."""

    items: dict[tuple[str, Sort], CoreItem]

    def get(self, name: str, sort: Sort) -> CoreItem:
        try:
            return self.items[name, sort]
        except KeyError:
            raise LinkError(f"the core instance has no {sort} export {name!r}; it has {_names(self.items)}") from None


CoreInstanceItem: TypeAlias = ModuleInstance | CoreBundle


@dataclass(frozen=True, slots=True)
class ModuleItem:
    """Core module *index* of the plan."""

    index: int


# -- component level


@dataclass(frozen=True, slots=True)
class LiftedFunc:
    """Lift *lift*, seen through type *type*."""

    lift: int
    type: FuncType


@dataclass(frozen=True, slots=True)
class HostFunc:
    """Host import *host_import*, seen through type *type*."""

    host_import: int
    type: FuncType


FuncItem: TypeAlias = LiftedFunc | HostFunc


@dataclass(frozen=True, slots=True)
class InstanceItem:
    """A component-level instance: its exports in order, each with its sort."""

    exports: dict[str, tuple[Sort, Item]]

    def get(self, name: str, sort: Sort) -> Item:
        found = self.exports.get(name)
        if found is None or found[0] is not sort:
            raise LinkError(f"the instance has no {sort} export {name!r}; it has {_names(self.exports)}")
        return found[1]


@dataclass(frozen=True, slots=True)
class ComponentItem:
    """A component definition together with the scope it was defined in, which its outer aliases reach.

    Its instances are seen through the exports of *seen_as*, if that is given.
    """

    syntax: Component
    scope: Scope | None
    seen_as: ComponentTypeItem | None = None


@dataclass(frozen=True, slots=True)
class ResourceItem:
    """Resource type *index* of the plan. Linking is static: an abstract type is whatever it has been given."""

    index: int


@dataclass(frozen=True, slots=True)
class InstanceTypeItem:
    syntax: InstanceType
    scope: Scope


@dataclass(frozen=True, slots=True)
class ComponentTypeItem:
    syntax: ComponentType
    scope: Scope


TypeItem: TypeAlias = ValType | FuncType | ResourceItem | InstanceTypeItem | ComponentTypeItem
CoreTypeItem: TypeAlias = CoreFuncType | CoreModuleType | None
"""None for a core type that nothing at component level looks into."""

Item: TypeAlias = (
    CoreItem | CoreInstanceItem | ModuleItem | CoreTypeItem | FuncItem | InstanceItem | ComponentItem | TypeItem
)


@dataclass(slots=True)
class Scope:
    """The index spaces of one component (or component or instance type), growing as definitions are read."""

    outer: Scope | None
    limits: Limits
    """One for all scopes of a link."""
    spaces: defaultdict[Sort, list[Item]] = field(default_factory=lambda: defaultdict(list))

    def add(self, sort: Sort, item: Item) -> None:
        """Appends *item* to the index space of *sort*."""
        self.spaces[sort].append(item)

    def get(self, sort: Sort, index: int) -> Item:
        try:
            return self.spaces[sort][index]
        except IndexError:
            raise LinkError(f"{sort} index {index} is out of range: there are {len(self.spaces[sort])}") from None

    def enclosing(self, count: int) -> Scope:
        """The scope *count* steps outwards; 0 is this one."""
        scope = self
        for _ in range(count):
            if scope.outer is None:
                raise LinkError(f"an outer alias reaches {count} scopes outwards, past the outermost component")
            scope = scope.outer
        return scope


def _names(exports: Iterable[str | tuple[str, Sort]]) -> str:
    shown = [repr(name[0] if isinstance(name, tuple) else name) for name in islice(exports, MAX_NAMES + 1)]
    return ", ".join([*shown[:MAX_NAMES], "..."] if len(shown) > MAX_NAMES else shown) or "none"
