"""Items seen through the types that imports and exports declare.

Explainer.md, "Import and Export Definitions", and Binary.md's notes on `instantiate`: a declared type may hide what the
item has beyond it, and after a type import has been given a type, that type is what the import stands for. So the
declarations of an instance or component type are read with the actual items at hand: `(type (sub resource))` becomes
the resource that is there, and every later declaration that refers to it speaks of that one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol, assert_never, cast

from fact.errors import LinkError
from fact.link.items import (
    ComponentItem,
    ComponentTypeItem,
    FuncItem,
    HostFunc,
    InstanceItem,
    InstanceTypeItem,
    Item,
    LiftedFunc,
    ResourceItem,
    Scope,
)
from fact.link.limits import NEW_SCOPE
from fact.link.types import component_type, func_type, instance_type, resolve_type
from fact.model.syntax import (
    AliasExport,
    AliasOuter,
    CoreModuleType,
    CoreTypeDef,
    Declaration,
    ExportDecl,
    ExternType,
    Import,
    Sort,
    TypeBound,
    TypeDef,
)


class Source(Protocol):
    """What imports, or the exports that an instance type declares, are given. Raises `LinkError` for what it lacks."""

    def item(self, name: str, t: ExternType, scope: Scope) -> Item:
        """The item called *name*, not an instance, seen as *t*, whose indices are those of *scope*."""

    def inside(self, name: str) -> Source:
        """The exports of the instance called *name*."""


def imported(source: Source, name: str, t: ExternType, scope: Scope) -> Item:
    """What an import of a component is given, seen as *t*, whose indices are those of *scope*."""
    if t.sort is Sort.INSTANCE:
        return declared_instance(instance_type(scope, t.index), source.inside(name))
    return source.item(name, t, scope)


# -- items that are there


@dataclass(frozen=True, slots=True)
class Given:
    """The exports of an instance, or the arguments of an instantiation, as *what* says."""

    instance: InstanceItem
    what: str = "export"

    def item(self, name: str, t: ExternType, scope: Scope) -> Item:
        return seen_as(self._find(name, t.sort), t, scope)

    def inside(self, name: str) -> Given:
        return Given(cast(InstanceItem, self._find(name, Sort.INSTANCE)))

    def _find(self, name: str, sort: Sort) -> Item:
        found = self.instance.exports.get(name)
        if found is None or found[0] is not sort:
            raise LinkError(f"the {sort} {self.what} {name!r} is not given")
        return found[1]


def seen_as(item: Item, t: ExternType, scope: Scope) -> Item:
    """*item* as one of type *t*, whose indices are those of *scope*."""
    match t.sort:
        case Sort.FUNC:
            return _func_seen_as(cast(FuncItem, item), t, scope)
        case Sort.INSTANCE:
            return declared_instance(instance_type(scope, t.index), Given(cast(InstanceItem, item)))
        case Sort.COMPONENT:
            component = cast(ComponentItem, item)
            return ComponentItem(component.syntax, component.scope, component_type(scope, t.index))
        case Sort.TYPE:
            assert t.bound is not None
            return _bounded(item, t.bound, scope)
        case _:
            return item


def _func_seen_as(item: FuncItem, t: ExternType, scope: Scope) -> FuncItem:
    seen = func_type(scope, t.index)
    return LiftedFunc(item.lift, seen) if isinstance(item, LiftedFunc) else HostFunc(item.host_import, seen)


def _bounded(item: Item, bound: TypeBound, scope: Scope) -> Item:
    """Explainer.md, "Type Definitions": `(sub resource)` is met by any resource type, `(eq i)` by type i alone."""
    if bound.eq is None:
        if not isinstance(item, ResourceItem):
            raise LinkError("a type that is not a resource is given for an abstract resource type")
        return item
    equal = scope.get(Sort.TYPE, bound.eq)
    if isinstance(equal, ResourceItem) and item != equal:
        raise LinkError(f"another type is given than the resource of type {bound.eq}, which it has to be")
    return equal


# -- declarations


def declared_instance(t: InstanceTypeItem, exports: Source) -> InstanceItem:
    """The instance that has what *t* declares, each item from *exports*."""
    return _read(_reading(t, None, exports))


def instance_of_declared(t: ComponentTypeItem, imports: Source, instance: InstanceItem) -> InstanceItem:
    """*instance* of a component, which was given *imports*, seen through the component's declared type."""
    return _read(_reading(t, imports, Given(instance)))


@dataclass(slots=True)
class _Reading:
    """An instance or component type while its declarations are being read."""

    scope: Scope
    rest: Iterator[Declaration]
    imports: Source | None
    exports: Source
    found: dict[str, tuple[Sort, Item]] = field(default_factory=dict)
    awaited: str | None = None
    """The export whose instance is being read."""


def _read(outermost: _Reading) -> InstanceItem:
    """The stack holds the types being read, each the type of an instance declared by the one before it."""
    stack = [outermost]
    while True:
        reading = stack[-1]
        inner = _read_declarations(reading)
        if inner is not None:
            stack.append(inner)
            continue
        stack.pop()
        instance = InstanceItem(reading.found)
        if not stack:
            return instance
        outer = stack[-1]
        outer.scope.add(Sort.INSTANCE, instance)
        if outer.awaited is not None:
            outer.found[outer.awaited] = Sort.INSTANCE, instance
            outer.awaited = None


def _read_declarations(reading: _Reading) -> _Reading | None:
    """Reads on to the next declared instance: what is to be read for it, or None at the end."""
    scope = reading.scope
    for declaration in reading.rest:
        match declaration:
            case TypeDef(_, t):
                scope.add(Sort.TYPE, resolve_type(t, scope))
            case ExportDecl(_, name, ExternType(Sort.INSTANCE) as extern):
                reading.awaited = name
                return _nested(extern, reading.exports.inside(name), scope)
            case ExportDecl(_, name, extern):
                item = reading.exports.item(name, extern, scope)
                reading.found[name] = extern.sort, item
                scope.add(extern.sort, item)
            case AliasOuter(_, sort, count, index):
                scope.add(sort, scope.enclosing(count).get(sort, index))
            case AliasExport(_, sort, index, name):
                scope.add(sort, cast(InstanceItem, scope.get(Sort.INSTANCE, index)).get(name, sort))
            case Import(offset, name, extern):
                if reading.imports is None:
                    raise LinkError(f"import {name!r} inside an instance type", offset)
                if extern.sort is Sort.INSTANCE:
                    return _nested(extern, reading.imports.inside(name), scope)
                scope.add(extern.sort, reading.imports.item(name, extern, scope))
            case CoreTypeDef(_, core_type):
                scope.add(Sort.CORE_TYPE, core_type)
            case CoreModuleType():
                scope.add(Sort.CORE_TYPE, declaration)
            case _:
                assert_never(declaration)
    return None


def _nested(t: ExternType, exports: Source, scope: Scope) -> _Reading:
    return _reading(instance_type(scope, t.index), None, exports)


def _reading(t: InstanceTypeItem | ComponentTypeItem, imports: Source | None, exports: Source) -> _Reading:
    scope = Scope(t.scope, t.scope.limits)
    scope.limits.spend(NEW_SCOPE + len(t.syntax.declarations))
    return _Reading(scope, iter(t.syntax.declarations), imports, exports)
