"""Component values as the structures of wasmtime's C API, both ways.

A value is 32 bytes (`fuzz.engines.native_layout`), which hold a scalar or point to more. What it takes to convert
values of a type is worked out once, as a pair of functions; the functions run for every call.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from fact.errors import Unsupported
from fact.model.types import (
    INTEGER_RANGES,
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
from fact.model.values import Value, cases_of
from fuzz.engines.native_bulk import BULK
from fuzz.engines.native_compound import (
    enum_of,
    flags_of,
    list_of,
    map_of,
    option_of,
    record_of,
    result_of,
    tuple_of,
    variant_of,
)
from fuzz.engines.native_converter import Converter, Get, Put
from fuzz.engines.native_handles import HostHandles
from fuzz.engines.native_layout import NUMBER_CODES, PAYLOAD, VECTOR, Data, Kind, name_at
from fuzz.engines.native_memory import Arena


@dataclass(frozen=True, slots=True)
class FuncConverters:
    """Converters for the parameters and the result of a function of *type*."""

    type: FuncType
    params: tuple[Converter, ...]
    result: Converter | None


def func_converters(type: FuncType, handles: HostHandles | None = None) -> FuncConverters:
    """*handles* are those of the one instance that the converters are for; types without handles do without.

    Raises `fact.errors.Unsupported` for a type that does not pass wasmtime's host boundary here.
    """
    result = None if type.result is None else converter(type.result, handles)
    return FuncConverters(type, tuple([converter(t, handles) for t in type.param_types]), result)


def converter(t: ValType, handles: HostHandles | None = None) -> Converter:
    """Raises `fact.errors.Unsupported`, as `func_converters`."""

    def part(t: ValType) -> Converter:
        return converter(t, handles)

    def payloads(t: Variant | Option | Result) -> dict[str, Converter | None]:
        return {label: None if payload is None else part(payload) for label, payload in cases_of(t)}

    match t:
        case Prim.STRING:
            return Converter(t, True, _put_string, _get_string)
        case Prim():
            return Converter(t, False, *_scalar(t))
        case List(Prim() as element, None) if element in BULK:
            return Converter(t, True, *BULK[element])
        case List(element, None):
            return Converter(t, True, *list_of(part(element)))
        case Map(key, value):
            return Converter(t, True, *map_of(part(key), part(value)))
        case Record(fields):
            return Converter(t, True, *record_of([(label, part(f)) for label, f in fields]))
        case Tuple(elements):
            return Converter(t, True, *tuple_of([part(e) for e in elements]))
        case Variant():
            return Converter(t, True, *variant_of(payloads(t)))
        case EnumType(labels):
            return Converter(t, True, *enum_of(labels))
        case Option():
            return Converter(t, True, *option_of(payloads(t)))
        case Result():
            return Converter(t, True, *result_of(payloads(t)))
        case Flags(labels):
            return Converter(t, True, *flags_of(labels))
        case Own() | Borrow() if handles is not None:
            return Converter(t, True, *handles.converters(t))
    raise Unsupported(f"{t} at wasmtime's host boundary")


# -- scalars


def _scalar(t: Prim) -> tuple[Put, Get]:
    if t is Prim.BOOL:
        return _put_bool, _get_bool
    if t is Prim.CHAR:
        return _put_char, _get_char
    return _number(Kind.of(t), NUMBER_CODES[t], int if t in INTEGER_RANGES else float)


def _number(kind: int, format: str, expected: type) -> tuple[Put, Get]:
    pack = struct.Struct(f"<B7x{format}{24 - struct.calcsize(format)}x").pack
    unpack_from = struct.Struct(f"<{format}").unpack_from

    def put(value: Value, arena: Arena) -> bytes:
        if type(value) is not expected:
            raise TypeError
        return pack(kind, value)

    def get(data: Data, at: int) -> Value:
        value: Value = unpack_from(data, at + PAYLOAD)[0]
        return value

    return put, get


_BOOLS = {value: struct.pack("<B7xB23x", Kind.BOOL, value) for value in (False, True)}
_CHAR = struct.Struct("<B7xI20x")


def _put_bool(value: Value, arena: Arena) -> bytes:
    if type(value) is not bool:
        raise TypeError
    return _BOOLS[value]


def _get_bool(data: Data, at: int) -> Value:
    return data[at + PAYLOAD] != 0


def _put_char(value: Value, arena: Arena) -> bytes:
    code = ord(value)  # type: ignore[arg-type]  # raises TypeError
    if 0xD800 <= code < 0xE000 or type(value) is not str:
        raise ValueError
    return _CHAR.pack(Kind.CHAR, code)


def _get_char(data: Data, at: int) -> Value:
    return chr(int.from_bytes(data[at + 8:at + 12], "little"))


# -- strings


def _put_string(value: Value, arena: Arena) -> bytes:
    text = str.encode(value)  # type: ignore[arg-type]  # raises TypeError
    return VECTOR.pack(Kind.STRING, len(text), arena.add(text))


def _get_string(data: Data, at: int) -> Value:
    return name_at(data, at + PAYLOAD)
