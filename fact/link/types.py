"""Types at link time: indices replaced by what they stand for."""

from __future__ import annotations

from fact.errors import LinkError
from fact.link.items import ComponentTypeItem, InstanceTypeItem, Item, ResourceItem, Scope, TypeItem
from fact.model.syntax import ComponentType, CoreModuleType, DefType, InstanceType, ResourceType, Sort
from fact.model.types import Borrow, EnumType, Flags, FuncType, Own, Prim, TypeIndex, ValType, with_parts


def resolve_type(t: DefType, scope: Scope) -> TypeItem:
    """The item that a type definition adds to its scope; a resource type only once a component defines it."""
    match t:
        case FuncType(params, result):
            function = FuncType(
                tuple((name, resolve_value_type(p, scope)) for name, p in params), _resolve_payload(result, scope)
            )
            scope.limits.check_function(function)
            return function
        case InstanceType():
            return InstanceTypeItem(t, scope)
        case ComponentType():
            return ComponentTypeItem(t, scope)
        case ResourceType():
            raise LinkError("a resource type is defined inside a component or instance type")
        case _:
            value = resolve_value_type(t, scope)
            scope.limits.check(value)
            return value


def resolve_value_type(t: ValType, scope: Scope) -> ValType:
    """*t* without `TypeIndex` leaves; its handles hold indices into `Plan.resources`."""
    match t:
        case Prim() | EnumType() | Flags():
            return t
        case TypeIndex(index):
            found = scope.get(Sort.TYPE, index)
            if isinstance(found, _NOT_VALUES):
                raise LinkError(f"type {index} is not a value type")
            return found  # type: ignore[return-value]  # the TYPE space holds TypeItems only
        case Own(resource):
            return Own(resource_type(scope, resource))
        case Borrow(resource):
            return Borrow(resource_type(scope, resource))
        case _:
            return with_parts(t, lambda part: resolve_value_type(part, scope))


_NOT_VALUES = (FuncType, ResourceItem, InstanceTypeItem, ComponentTypeItem)


def _resolve_payload(t: ValType | None, scope: Scope) -> ValType | None:
    return None if t is None else resolve_value_type(t, scope)


# -- what an index of the type index space has to be


def func_type(scope: Scope, index: int | None) -> FuncType:
    found = _type(scope, index)
    if not isinstance(found, FuncType):
        raise LinkError(f"type {index} is not a function type")
    return found


def instance_type(scope: Scope, index: int | None) -> InstanceTypeItem:
    found = _type(scope, index)
    if not isinstance(found, InstanceTypeItem):
        raise LinkError(f"type {index} is not an instance type")
    return found


def component_type(scope: Scope, index: int | None) -> ComponentTypeItem:
    found = _type(scope, index)
    if not isinstance(found, ComponentTypeItem):
        raise LinkError(f"type {index} is not a component type")
    return found


def module_type(scope: Scope, index: int | None) -> CoreModuleType:
    assert index is not None
    found = scope.get(Sort.CORE_TYPE, index)
    if not isinstance(found, CoreModuleType):
        raise LinkError(f"core type {index} is not a module type")
    return found


def resource_type(scope: Scope, index: int) -> int:
    """The index into `Plan.resources`."""
    found = _type(scope, index)
    if not isinstance(found, ResourceItem):
        raise LinkError(f"type {index} is not a resource type")
    return found.index


def _type(scope: Scope, index: int | None) -> Item:
    assert index is not None  # None stands for a type bound only, which other sorts do not have
    return scope.get(Sort.TYPE, index)
