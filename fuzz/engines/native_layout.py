"""How wasmtime's C API lays values out (`wasmtime_component_val_t`): 32 bytes, the kind, then at byte 8 a union."""

from __future__ import annotations

import struct
from ctypes import string_at
from enum import IntEnum
from typing import TypeAlias

from wasmtime import _ffi

from fact.model.types import Prim

Data: TypeAlias = bytes | memoryview
"""Memory that values are read from."""

SIZE = 32
"""Bytes of a value."""

NAME = 16
"""Bytes of a name: length and address."""

PAYLOAD = 8
"""Where in a value its union begins."""

PAIR = struct.Struct("<QQ")
"""A length and an address, or any two words."""

VECTOR = struct.Struct("<B7xQQ8x")
"""A value that is its kind, a length and an address: strings, lists, records and all that is stored like them."""

RESOURCE = struct.Struct("<B7xQ16x")
"""A value that is its kind and the address of a resource."""

NUMBER_CODES: dict[Prim, str] = {
    Prim.S8: "b", Prim.U8: "B", Prim.S16: "h", Prim.U16: "H", Prim.S32: "i", Prim.U32: "I", Prim.S64: "q",
    Prim.U64: "Q", Prim.F32: "f", Prim.F64: "d",
}
"""Codes of `struct`, `array` and `memoryview`."""


class Kind(IntEnum):
    """Of a value, under the names of wasmtime's header."""

    BOOL = _ffi.WASMTIME_COMPONENT_BOOL.value
    S8 = _ffi.WASMTIME_COMPONENT_S8.value
    U8 = _ffi.WASMTIME_COMPONENT_U8.value
    S16 = _ffi.WASMTIME_COMPONENT_S16.value
    U16 = _ffi.WASMTIME_COMPONENT_U16.value
    S32 = _ffi.WASMTIME_COMPONENT_S32.value
    U32 = _ffi.WASMTIME_COMPONENT_U32.value
    S64 = _ffi.WASMTIME_COMPONENT_S64.value
    U64 = _ffi.WASMTIME_COMPONENT_U64.value
    F32 = _ffi.WASMTIME_COMPONENT_F32.value
    F64 = _ffi.WASMTIME_COMPONENT_F64.value
    CHAR = _ffi.WASMTIME_COMPONENT_CHAR.value
    STRING = _ffi.WASMTIME_COMPONENT_STRING.value
    LIST = _ffi.WASMTIME_COMPONENT_LIST.value
    RECORD = _ffi.WASMTIME_COMPONENT_RECORD.value
    TUPLE = _ffi.WASMTIME_COMPONENT_TUPLE.value
    VARIANT = _ffi.WASMTIME_COMPONENT_VARIANT.value
    ENUM = _ffi.WASMTIME_COMPONENT_ENUM.value
    OPTION = _ffi.WASMTIME_COMPONENT_OPTION.value
    RESULT = _ffi.WASMTIME_COMPONENT_RESULT.value
    FLAGS = _ffi.WASMTIME_COMPONENT_FLAGS.value
    RESOURCE = _ffi.WASMTIME_COMPONENT_RESOURCE.value
    MAP = 22
    """Not named by the Python package."""

    @classmethod
    def of(cls, t: Prim) -> Kind:
        return cls[t.name]


def name_at(data: Data, at: int) -> str:
    """The name, or the string, whose length and address are at an offset."""
    size, address = PAIR.unpack_from(data, at)
    return string_at(address, size).decode() if size else ""
