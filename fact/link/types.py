"""Types at link time: indices replaced by what they stand for; the shape of imported instances."""

from __future__ import annotations

from typing import assert_never

from fact.errors import LinkError, Unsupported
from fact.link.items import ComponentTypeItem, InstanceItem, InstanceTypeItem, Item, Scope, TypeItem
from fact.model.syntax import (
    AliasExport,
    AliasOuter,
    ComponentType,
    CoreModuleType,
    CoreTypeDef,
    DefType,
    ExportDecl,
    ExternType,
    Import,
    InstanceType,
    ResourceType,
    Sort,
    TypeDef,
)
from fact.model.types import (
    Borrow,
    EnumType,
    Flags,
    FuncType,
    List,
    Map,
    Option,
    Own,
    Prim,
    Record,
    Result,
    Tuple,
    TypeIndex,
    ValType,
    Variant,
)


def resolve_value_type(t: ValType, scope: Scope) -> ValType:
    """*t* without `TypeIndex` leaves."""
    match t:
        case Prim() | EnumType() | Flags() | Own() | Borrow():
            return t
        case TypeIndex(index):
            found = scope.get(Sort.TYPE, index)
            if isinstance(found, (FuncType, InstanceTypeItem, ComponentTypeItem)):
                raise LinkError(f"type {index} is not a value type")
            return found  # type: ignore[return-value]  # the TYPE space holds TypeItems only
        case List(element, length):
            return List(resolve_value_type(element, scope), length)
        case Map(key, value):
            return Map(resolve_value_type(key, scope), resolve_value_type(value, scope))
        case Record(fields):
            return Record(tuple((name, resolve_value_type(f, scope)) for name, f in fields))
        case Tuple(elements):
            return Tuple(tuple(resolve_value_type(e, scope) for e in elements))
        case Variant(cases):
            return Variant(tuple((name, _resolve_payload(c, scope)) for name, c in cases))
        case Option(payload):
            return Option(resolve_value_type(payload, scope))
        case Result(ok, error):
            return Result(_resolve_payload(ok, scope), _resolve_payload(error, scope))
        case _:
            assert_never(t)


def _resolve_payload(t: ValType | None, scope: Scope) -> ValType | None:
    return None if t is None else resolve_value_type(t, scope)


def resolve_type(t: DefType, scope: Scope, offset: int) -> TypeItem:
    """The item that a type definition adds to its scope."""
    match t:
        case FuncType(params, result):
            return FuncType(
                tuple((name, resolve_value_type(p, scope)) for name, p in params), _resolve_payload(result, scope)
            )
        case InstanceType():
            return InstanceTypeItem(t, scope)
        case ComponentType():
            return ComponentTypeItem(t, scope)
        case ResourceType():
            raise Unsupported("resource type", offset)
        case Own() | Borrow():
            raise Unsupported(f"{type(t).__name__.lower()} type", offset)
        case _:
            return resolve_value_type(t, scope)


def func_type(scope: Scope, index: int) -> FuncType:
    found = scope.get(Sort.TYPE, index)
    if not isinstance(found, FuncType):
        raise LinkError(f"type {index} is not a function type")
    return found


def bounded_type(t: ExternType, scope: Scope, offset: int) -> TypeItem:
    """The type that a type import or export declaration stands for; only `eq` bounds."""
    assert t.bound is not None
    if t.bound.eq is None:
        raise Unsupported("abstract resource type (sub resource)", offset)
    return scope.get(Sort.TYPE, t.bound.eq)  # type: ignore[return-value]  # the TYPE space holds TypeItems only


def instance_shape(item: InstanceTypeItem) -> dict[str, tuple[Sort, FuncType | TypeItem]]:
    """The exports an instance type declares: functions and nested instances by type, types by what they equal."""
    scope = Scope(item.scope)
    shape: dict[str, tuple[Sort, FuncType | TypeItem]] = {}
    for declaration in item.syntax.declarations:
        match declaration:
            case TypeDef(offset, t):
                scope.add(Sort.TYPE, resolve_type(t, scope, offset))
            case CoreTypeDef(_, core_type):
                scope.add(Sort.CORE_TYPE, core_type)
            case CoreModuleType():
                scope.add(Sort.CORE_TYPE, declaration)
            case AliasOuter(_, sort, count, index):
                scope.add(sort, scope.enclosing(count).get(sort, index))
            case AliasExport(_, sort, index, name):
                instance = scope.get(Sort.INSTANCE, index)
                assert isinstance(instance, InstanceItem)
                scope.add(sort, instance.get(name, sort))
            case ExportDecl(offset, name, t):
                shape[name] = t.sort, _declare(t, scope, offset)
            case Import(offset, name, _):
                raise LinkError(f"import {name!r} inside an instance type", offset)
            case _:
                assert_never(declaration)
    return shape


def _declare(t: ExternType, scope: Scope, offset: int) -> FuncType | TypeItem:
    """Enters a declared export into the scope of its type; returns its type."""
    match t.sort:
        case Sort.TYPE:
            bound = bounded_type(t, scope, offset)
            scope.add(Sort.TYPE, bound)
            return bound
        case Sort.FUNC:
            assert t.index is not None
            return func_type(scope, t.index)
        case Sort.INSTANCE:
            assert t.index is not None
            nested = scope.get(Sort.TYPE, t.index)
            assert isinstance(nested, InstanceTypeItem)
            scope.add(Sort.INSTANCE, types_of(nested))
            return nested
        case _:
            raise Unsupported(f"{t.sort} export of an instance type", offset)


def types_of(item: InstanceTypeItem) -> InstanceItem:
    """An instance that has only the types its type declares: what an alias inside a type scope can reach."""
    exports: dict[str, tuple[Sort, Item]] = {}
    for name, (sort, t) in instance_shape(item).items():
        if sort is Sort.TYPE:
            exports[name] = sort, t
        elif sort is Sort.INSTANCE:
            assert isinstance(t, InstanceTypeItem)
            exports[name] = sort, types_of(t)
    return InstanceItem(exports)
