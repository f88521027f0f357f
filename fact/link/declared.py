"""Items seen through the types that imports and exports declare.

Explainer.md, "Import and Export Definitions", and Binary.md's notes on `instantiate`: a declared type may hide what the
item has beyond it, and after a type import has been given a type, that type is what the import stands for. So the
declarations of an instance or component type are read with the actual items at hand: `(type (sub resource))` becomes
the resource that is there, and every later declaration that refers to it speaks of that one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, assert_never

from fact.errors import LinkError
from fact.link.items import (
    ComponentItem,
    ComponentTypeItem,
    HostFunc,
    InstanceItem,
    InstanceTypeItem,
    Item,
    LiftedFunc,
    ResourceItem,
    Scope,
)
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
    TypeDef,
)


class Source(Protocol):
    """Where the items come from that imports, or the exports of an instance type, name."""

    def item(self, name: str, t: ExternType, scope: Scope) -> Item:
        """The item called *name*, seen as *t*, whose indices are those of *scope*. Raises `LinkError`."""


@dataclass(frozen=True, slots=True)
class Given:
    """The exports of an instance, or the arguments of an instantiation."""

    instance: InstanceItem
    what: str = "export"

    def item(self, name: str, t: ExternType, scope: Scope) -> Item:
        found = self.instance.exports.get(name)
        if found is None or found[0] is not t.sort:
            raise LinkError(f"the {t.sort} {self.what} {name!r} is not given")
        return seen_as(found[1], t, scope)


def seen_as(item: Item, t: ExternType, scope: Scope) -> Item:
    """*item* as one of type *t*, whose indices are those of *scope*."""
    match item:
        case LiftedFunc(lift, _):
            return LiftedFunc(lift, func_type(scope, t.index))
        case HostFunc(host_import, _):
            return HostFunc(host_import, func_type(scope, t.index))
        case InstanceItem():
            return declared_instance(instance_type(scope, t.index), Given(item))
        case ComponentItem(syntax, outer, _):
            return ComponentItem(syntax, outer, component_type(scope, t.index))
        case ResourceItem(index):
            return _bounded_resource(index, t, scope)
        case _:
            return item if t.bound is None or t.bound.eq is None else scope.get(Sort.TYPE, t.bound.eq)


def _bounded_resource(index: int, t: ExternType, scope: Scope) -> ResourceItem:
    if t.bound is not None and t.bound.eq is not None and scope.get(Sort.TYPE, t.bound.eq) != ResourceItem(index):
        raise LinkError(f"type {t.bound.eq} is another resource than the one given")
    return ResourceItem(index)


def declared_instance(t: InstanceTypeItem, exports: Source) -> InstanceItem:
    """The instance that has what *t* declares, each item from *exports*."""
    return _declare(t.syntax.declarations, Scope(t.scope), None, exports)


def instance_of_declared(t: ComponentTypeItem, imports: Source, instance: InstanceItem) -> InstanceItem:
    """*instance* of a component, which was given *imports*, seen through the component's declared type."""
    return _declare(t.syntax.declarations, Scope(t.scope), imports, Given(instance))


def _declare(
    declarations: tuple[Declaration, ...], scope: Scope, imports: Source | None, exports: Source
) -> InstanceItem:
    found: dict[str, tuple[Sort, Item]] = {}
    for declaration in declarations:
        match declaration:
            case TypeDef(_, t):
                scope.add(Sort.TYPE, resolve_type(t, scope))
            case ExportDecl(_, name, extern):
                item = exports.item(name, extern, scope)
                found[name] = extern.sort, item
                scope.add(extern.sort, item)
            case AliasOuter(_, sort, count, index):
                scope.add(sort, scope.enclosing(count).get(sort, index))
            case AliasExport(_, sort, index, name):
                instance = scope.get(Sort.INSTANCE, index)
                assert isinstance(instance, InstanceItem)
                scope.add(sort, instance.get(name, sort))
            case Import(offset, name, extern):
                if imports is None:
                    raise LinkError(f"import {name!r} inside an instance type", offset)
                scope.add(extern.sort, imports.item(name, extern, scope))
            case CoreTypeDef(_, core_type):
                scope.add(Sort.CORE_TYPE, core_type)
            case CoreModuleType():
                scope.add(Sort.CORE_TYPE, declaration)
            case _:
                assert_never(declaration)
    return InstanceItem(found)
