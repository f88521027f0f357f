"""Types of a compiled component as wasmtime tells them, in the words of `fact.model.types`."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Mapping
from ctypes import byref
from dataclasses import dataclass
from typing import Any, TypeAlias

import wasmtime
import wasmtime.component as wc
from wasmtime import _ffi
from wasmtime.component._types import ComponentExtern

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
    ValType,
    Variant,
)
from fact.model.values import cases_of


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


class ResourceTypes:
    """Numbers for the resource types of a component, in the order in which they are met."""

    def __init__(self) -> None:
        self._known: list[wc.ResourceType] = []

    def number(self, pointer: Any) -> int:
        """*pointer* stays the caller's."""
        for number, known in enumerate(self._known):
            if _ffi.wasmtime_component_resource_type_equal(known.ptr(), pointer):
                return number
        self._known.append(wc.ResourceType._from_ptr(_ffi.wasmtime_component_resource_type_clone(pointer)))
        return len(self._known) - 1


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


def has_handles(type: FuncType) -> bool:
    """Whether a value of a parameter or of the result may hold a handle."""
    return any(map(_holds_handles, type.param_types)) or (type.result is not None and _holds_handles(type.result))


def _holds_handles(t: ValType) -> bool:
    match t:
        case Own() | Borrow():
            return True
        case List(element):
            return _holds_handles(element)
        case Map(_, value):
            return _holds_handles(value)
        case Record(fields):
            return any(_holds_handles(f) for _, f in fields)
        case Tuple(elements):
            return any(map(_holds_handles, elements))
        case Variant() | Option() | Result():
            return any(p is not None and _holds_handles(p) for _, p in cases_of(t))
    return False


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


class _NoValueType(Exception):
    """Names a type whose values do not pass the host's boundary."""


def _function(function: wc.FuncType, known: ResourceTypes) -> FuncType | Other:
    pointer = function.ptr()
    if _ffi.wasmtime_component_func_type_async(pointer):
        return Other("async function type")
    try:
        params = tuple([_named(known, _ffi.wasmtime_component_func_type_param_nth, pointer, i)
                        for i in range(_ffi.wasmtime_component_func_type_param_count(pointer))])
        return FuncType(params, _optional(known, _ffi.wasmtime_component_func_type_result, pointer))
    except _NoValueType as other:
        return Other(f"{other} type")


# -- value types. Each function of the library fills in a type that is the caller's to delete.


def _read(known: ResourceTypes, fill: Callable[..., Any], *arguments: Any) -> ValType:
    """The type that *fill* writes after *arguments*."""
    found = _optional(known, fill, *arguments)
    assert found is not None
    return found


def _optional(known: ResourceTypes, fill: Callable[..., Any], *arguments: Any) -> ValType | None:
    """As `_read`; None when *fill* says that there is none."""
    place = _ffi.wasmtime_component_valtype_t()
    if fill(*arguments, byref(place)) is False:
        return None
    try:
        return _value_type(known, place)
    finally:
        _ffi.wasmtime_component_valtype_delete(byref(place))


class _Name:
    """Where the library leaves the address and the length of a name."""

    def __init__(self) -> None:
        self._data = ctypes.POINTER(ctypes.c_char)()
        self._size = ctypes.c_size_t()
        self.places = (byref(self._data), byref(self._size))

    def text(self) -> str:
        return ctypes.string_at(self._data, self._size.value).decode()


def _named(known: ResourceTypes, fill: Callable[..., Any], *arguments: Any) -> tuple[str, ValType]:
    name = _Name()
    found = _read(known, fill, *arguments, *name.places)
    return name.text(), found


def _case(known: ResourceTypes, variant: Any, index: int) -> tuple[str, ValType | None]:
    name, has_payload = _Name(), ctypes.c_bool()
    place = _ffi.wasmtime_component_valtype_t()
    _ffi.wasmtime_component_variant_type_case_nth(variant, index, *name.places, byref(has_payload), byref(place))
    if not has_payload.value:
        return name.text(), None
    try:
        return name.text(), _value_type(known, place)
    finally:
        _ffi.wasmtime_component_valtype_delete(byref(place))


def _labels(fill: Callable[..., Any], pointer: Any, count: int) -> tuple[str, ...]:
    name, labels = _Name(), []
    for index in range(count):
        fill(pointer, index, *name.places)
        labels.append(name.text())
    return tuple(labels)


_PRIMITIVE: dict[int, Prim] = {
    getattr(_ffi, f"WASMTIME_COMPONENT_VALTYPE_{t.name}").value: t for t in Prim
}


def _list(known: ResourceTypes, pointer: Any) -> ValType:
    return List(_read(known, _ffi.wasmtime_component_list_type_element, pointer))


def _map(known: ResourceTypes, pointer: Any) -> ValType:
    return Map(_read(known, _ffi.wasmtime_component_map_type_key, pointer),
               _read(known, _ffi.wasmtime_component_map_type_value, pointer))


def _record(known: ResourceTypes, pointer: Any) -> ValType:
    count = _ffi.wasmtime_component_record_type_field_count(pointer)
    field = _ffi.wasmtime_component_record_type_field_nth
    return Record(tuple([_named(known, field, pointer, i) for i in range(count)]))


def _tuple(known: ResourceTypes, pointer: Any) -> ValType:
    count = _ffi.wasmtime_component_tuple_type_types_count(pointer)
    return Tuple(tuple([_read(known, _ffi.wasmtime_component_tuple_type_types_nth, pointer, i) for i in range(count)]))


def _variant(known: ResourceTypes, pointer: Any) -> ValType:
    count = _ffi.wasmtime_component_variant_type_case_count(pointer)
    return Variant(tuple([_case(known, pointer, i) for i in range(count)]))


def _enum(known: ResourceTypes, pointer: Any) -> ValType:
    return EnumType(_labels(_ffi.wasmtime_component_enum_type_names_nth, pointer,
                            _ffi.wasmtime_component_enum_type_names_count(pointer)))


def _option(known: ResourceTypes, pointer: Any) -> ValType:
    return Option(_read(known, _ffi.wasmtime_component_option_type_ty, pointer))


def _result(known: ResourceTypes, pointer: Any) -> ValType:
    return Result(_optional(known, _ffi.wasmtime_component_result_type_ok, pointer),
                  _optional(known, _ffi.wasmtime_component_result_type_err, pointer))


def _own(known: ResourceTypes, pointer: Any) -> ValType:
    return Own(known.number(pointer))


def _borrow(known: ResourceTypes, pointer: Any) -> ValType:
    return Borrow(known.number(pointer))


def _flags(known: ResourceTypes, pointer: Any) -> ValType:
    return Flags(_labels(_ffi.wasmtime_component_flags_type_names_nth, pointer,
                         _ffi.wasmtime_component_flags_type_names_count(pointer)))


_COMPOUND: dict[int, tuple[str, Callable[[ResourceTypes, Any], ValType]]] = {
    _ffi.WASMTIME_COMPONENT_VALTYPE_LIST.value: ("list", _list),
    _ffi.WASMTIME_COMPONENT_VALTYPE_RECORD.value: ("record", _record),
    _ffi.WASMTIME_COMPONENT_VALTYPE_TUPLE.value: ("tuple", _tuple),
    _ffi.WASMTIME_COMPONENT_VALTYPE_VARIANT.value: ("variant", _variant),
    _ffi.WASMTIME_COMPONENT_VALTYPE_ENUM.value: ("enum_", _enum),
    _ffi.WASMTIME_COMPONENT_VALTYPE_OPTION.value: ("option", _option),
    _ffi.WASMTIME_COMPONENT_VALTYPE_RESULT.value: ("result", _result),
    _ffi.WASMTIME_COMPONENT_VALTYPE_FLAGS.value: ("flags", _flags),
    _ffi.WASMTIME_COMPONENT_VALTYPE_OWN.value: ("own", _own),
    _ffi.WASMTIME_COMPONENT_VALTYPE_BORROW.value: ("borrow", _borrow),
    26: ("map", _map),
}
"""By kind, the member of the union and the reader of what it points to. The package does not name the kind of maps."""

_NO_VALUES: dict[int, str] = {
    _ffi.WASMTIME_COMPONENT_VALTYPE_FUTURE.value: "future",
    _ffi.WASMTIME_COMPONENT_VALTYPE_STREAM.value: "stream",
    _ffi.WASMTIME_COMPONENT_VALTYPE_ERROR_CONTEXT.value: "error-context",
}


def _value_type(known: ResourceTypes, found: Any) -> ValType:
    kind: int = found.kind
    if kind in _PRIMITIVE:
        return _PRIMITIVE[kind]
    if kind in _COMPOUND:
        member, read = _COMPOUND[kind]
        return read(known, getattr(found.of, member))
    raise _NoValueType(_NO_VALUES.get(kind, f"unknown (kind {kind})"))
