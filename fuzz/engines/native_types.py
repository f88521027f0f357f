"""Imports and exports of a compiled component as wasmtime tells them, in the words of `fact.model.types`."""

from __future__ import annotations

from collections.abc import Mapping
from ctypes import byref
from dataclasses import dataclass
from typing import Any, TypeAlias

import wasmtime
import wasmtime.component as wc
from wasmtime import _ffi
from wasmtime.component._types import ComponentExtern

from fact.model.types import FuncType
from fuzz.engines.native_value_types import NoValueType, ResourceTypes, named, optional


@dataclass(frozen=True, slots=True)
class Other:
    """A function at the component's boundary that cannot be called from here, or served; *construct* names why."""

    construct: str


@dataclass(frozen=True, slots=True)
class ResourceItem:
    """A resource type at the component's boundary; `Own.resource` and `Borrow.resource` of its handles are *number*."""

    number: int


@dataclass(frozen=True, slots=True)
class ModuleItem:
    """A core module at the component's boundary."""


Item: TypeAlias = "FuncType | ResourceItem | ModuleItem | Other | Items"
Items: TypeAlias = "dict[str, Item]"
"""Imports or exports by name; those of an instance are nested."""

Path: TypeAlias = tuple[str, ...]


def items(externs: dict[str, ComponentExtern], engine: wasmtime.Engine, known: ResourceTypes) -> Items:
    """Imports or exports without the types of values and the components among them.

    Resource types that are not yet *known* become so. Nothing imports a component: wasmtime refuses it as it compiles.
    """
    found: Items = {}
    for name, extern in externs.items():
        if _is_value_type(extern):
            continue
        match extern.ty:
            case wc.FuncType() as function:
                found[name] = _function(function, known)
            case wc.ComponentInstanceType() as instance:
                found[name] = items(instance.exports(engine), engine, known)
            case wc.ModuleType():
                found[name] = ModuleItem()
            case wc.ResourceType() as resource:
                found[name] = ResourceItem(known.number(resource.ptr()))
    return found


def by_path(tree: Items) -> dict[Path, FuncType | ResourceItem | ModuleItem | Other]:
    """Everything but instances."""
    found: dict[Path, FuncType | ResourceItem | ModuleItem | Other] = {}
    for name, item in tree.items():
        if isinstance(item, dict):
            found.update({(name, *path): inner for path, inner in by_path(item).items()})
        else:
            found[name,] = item
    return found


@dataclass(frozen=True, slots=True)
class HostTypes:
    """The resource types that the host defines, by number: how the linker knows them, and the path that stands for
    each."""

    identifiers: dict[int, int]
    paths: dict[int, Path]


def host_types(imports: Items, same: Mapping[Path, Path]) -> HostTypes:
    """Every resource type among *imports*; *same* maps the path of one to that of another which is the same."""
    numbers = {path: item.number for path, item in by_path(imports).items() if isinstance(item, ResourceItem)}
    paths: dict[int, Path] = {}
    for path, number in numbers.items():
        paths.setdefault(number, path)
    paths = {number: same.get(path, path) for number, path in paths.items()}
    return HostTypes({number: numbers.get(path, number) for number, path in paths.items()}, paths)


def _is_value_type(extern: ComponentExtern) -> bool:
    """Asked first, because the package fails on a type that it has no class for."""
    item: Any = _ffi.wasmtime_component_item_t()
    _ffi.wasmtime_component_extern_type(extern.ptr(), byref(item))
    try:
        return bool(item.kind == _ffi.WASMTIME_COMPONENT_ITEM_TYPE.value)
    finally:
        _ffi.wasmtime_component_item_delete(byref(item))


def _function(function: wc.FuncType, known: ResourceTypes) -> FuncType | Other:
    pointer = function.ptr()
    if _ffi.wasmtime_component_func_type_async(pointer):
        return Other("async function type")
    try:
        params = tuple([named(known, _ffi.wasmtime_component_func_type_param_nth, pointer, i)
                        for i in range(_ffi.wasmtime_component_func_type_param_count(pointer))])
        return FuncType(params, optional(known, _ffi.wasmtime_component_func_type_result, pointer))
    except NoValueType as other:
        return Other(f"{other} type")
