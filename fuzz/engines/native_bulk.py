"""Lists of scalars as the structures of wasmtime's C API: no Python call for each element.

The elements' unions lie 32 bytes apart, so a strided view of the memory takes or gives all of them at once.
"""

from __future__ import annotations

import struct
from array import array
from ctypes import string_at
from typing import Any

from fact.model.types import INTEGER_RANGES, Prim
from fact.model.values import Value
from fuzz.engines.native_converter import Get, Put
from fuzz.engines.native_layout import NUMBER_CODES, PAIR, PAYLOAD, SIZE, VECTOR, Data, Kind
from fuzz.engines.native_memory import Arena


def _blank(kind: Kind, size: int, arena: Arena) -> tuple[bytes, memoryview]:
    """A list of *size* elements of *kind*, and the memory of its elements."""
    address, room = arena.room(size * SIZE)
    room[:] = struct.pack("<B31x", kind) * size
    return VECTOR.pack(Kind.LIST, size, address), room


def _elements(data: Data, at: int) -> memoryview:
    size, address = PAIR.unpack_from(data, at + PAYLOAD)
    return memoryview(string_at(address, size * SIZE) if size else b"")


def _all_of(value: Value, kind: type) -> Any:
    if type(value) is not tuple or not {*map(type, value)} <= {kind}:
        raise TypeError
    return value


def _numbers(t: Prim) -> tuple[Put, Get]:
    code, kind, expected = NUMBER_CODES[t], Kind.of(t), int if t in INTEGER_RANGES else float
    width = struct.calcsize(code)
    first, step = PAYLOAD // width, SIZE // width

    def put(value: Value, arena: Arena) -> bytes:
        packed = array(code, _all_of(value, expected))  # raises OverflowError
        found, room = _blank(kind, len(packed), arena)
        if packed:
            room.cast(code)[first::step] = memoryview(packed)  # type: ignore[call-overload]
        return found

    def get(data: Data, at: int) -> Value:
        elements = _elements(data, at)
        return tuple(elements.cast(code)[first::step].tolist()) if elements else ()  # type: ignore[call-overload]

    return put, get


def _put_bools(value: Value, arena: Arena) -> bytes:
    packed = bytes(_all_of(value, bool))
    found, room = _blank(Kind.BOOL, len(packed), arena)
    if packed:
        room[PAYLOAD::SIZE] = packed
    return found


def _get_bools(data: Data, at: int) -> Value:
    return tuple(map(bool, _elements(data, at)[PAYLOAD::SIZE]))


def _put_chars(value: Value, arena: Arena) -> bytes:
    codes = array("I", map(ord, _all_of(value, str)))  # raises TypeError
    codes.tobytes().decode("utf-32-le")  # raises UnicodeDecodeError, a ValueError, for a surrogate
    found, room = _blank(Kind.CHAR, len(codes), arena)
    if codes:
        room.cast("I")[2::8] = memoryview(codes)
    return found


def _get_chars(data: Data, at: int) -> Value:
    elements = _elements(data, at)
    return tuple(elements.cast("I")[2::8].tobytes().decode("utf-32-le")) if elements else ()


BULK = {
    Prim.BOOL: (_put_bools, _get_bools),
    Prim.CHAR: (_put_chars, _get_chars),
    **{t: _numbers(t) for t in NUMBER_CODES},
}
"""For lists of each scalar, how they are put and got (`fuzz.engines.native_converter`)."""
