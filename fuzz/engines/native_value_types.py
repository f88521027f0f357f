"""Value types of a compiled component, and the resource types of its handles, as wasmtime tells them."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from ctypes import byref
from typing import Any

import wasmtime.component as wc
from wasmtime import _ffi

from fact.model.types import (
    Borrow,
    EnumType,
    Flags,
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


class NoValueType(Exception):
    """Names a type whose values do not pass the host's boundary."""


# Each function of the library fills in a type that is the caller's to delete.


def _read(known: ResourceTypes, fill: Callable[..., Any], *arguments: Any) -> ValType:
    """The type that *fill* writes after *arguments*."""
    found = optional(known, fill, *arguments)
    assert found is not None
    return found


def optional(known: ResourceTypes, fill: Callable[..., Any], *arguments: Any) -> ValType | None:
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


def named(known: ResourceTypes, fill: Callable[..., Any], *arguments: Any) -> tuple[str, ValType]:
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
    return Record(tuple([named(known, field, pointer, i) for i in range(count)]))


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
    return Result(optional(known, _ffi.wasmtime_component_result_type_ok, pointer),
                  optional(known, _ffi.wasmtime_component_result_type_err, pointer))


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
    raise NoValueType(_NO_VALUES.get(kind, f"unknown (kind {kind})"))
