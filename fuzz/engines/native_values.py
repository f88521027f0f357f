"""Component values as the structures of wasmtime's C API, both ways.

A value is 32 bytes (`fuzz.engines.native_layout`), which hold a scalar or point to more. What it takes to convert
values of a type is worked out once, as a pair of functions; the functions run for every call.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from ctypes import string_at
from dataclasses import dataclass
from typing import TypeAlias

from fact.errors import Unsupported
from fact.model.types import (
    INTEGER_RANGES,
    EnumType,
    Flags,
    FuncType,
    List,
    Map,
    Option,
    Prim,
    Record,
    Result,
    Tuple,
    ValType,
    Variant,
)
from fact.model.values import Case, Value, cases_of, check_value
from fuzz.engines.native_bulk import BULK
from fuzz.engines.native_layout import NAME, NUMBER_CODES, PAIR, PAYLOAD, SIZE, VECTOR, Kind
from fuzz.engines.native_memory import Arena

Put: TypeAlias = Callable[[Value, Arena], bytes]
"""The 32 bytes of a value; what they point to goes into the arena. Raises one of `MISFITS` for any other object."""
Get: TypeAlias = Callable[[bytes, int], Value]
"""The value whose 32 bytes begin at an offset."""

MISFITS = (ValueError, TypeError, KeyError, AttributeError, OverflowError, struct.error)


@dataclass(frozen=True, slots=True)
class Converter:
    """Converts values of *type*; *pointing*: whether their 32 bytes point to more."""

    type: ValType
    pointing: bool
    put: Put
    get: Get

    def bytes_of(self, value: object, arena: Arena) -> bytes:
        """As *put* for any object: `ValueError` says what is wrong with one that is no value of the type."""
        try:
            return self.put(value, arena)  # type: ignore[arg-type]  # what is no value of the type is a misfit
        except MISFITS:
            return self.put(check_value(self.type, value), arena)


@dataclass(frozen=True, slots=True)
class FuncConverters:
    """Converters for the parameters and the result of a function of *type*."""

    type: FuncType
    params: tuple[Converter, ...]
    result: Converter | None


def func_converters(type: FuncType) -> FuncConverters:
    """Raises `fact.errors.Unsupported` for a type that does not pass wasmtime's host boundary here."""
    return FuncConverters(
        type, tuple(map(converter, type.param_types)), None if type.result is None else converter(type.result))


def converter(t: ValType) -> Converter:
    """Raises `fact.errors.Unsupported`, as `func_converters`."""
    match t:
        case Prim.STRING:
            return Converter(t, True, _put_string, _get_string)
        case Prim():
            return Converter(t, False, *_scalar(t))
        case List(Prim() as element, None) if element in BULK:
            return Converter(t, True, *BULK[element])
        case List(element, None):
            return Converter(t, True, *_list(converter(element)))
        case Map(key, value):
            return Converter(t, True, *_map(converter(key), converter(value)))
        case Record(fields):
            return Converter(t, True, *_record([(label, converter(f)) for label, f in fields]))
        case Tuple(elements):
            return Converter(t, True, *_tuple([converter(e) for e in elements]))
        case Variant():
            return Converter(t, True, *_variant(_payloads(t)))
        case EnumType(labels):
            return Converter(t, True, *_enum(labels))
        case Option():
            return Converter(t, True, *_option(_payloads(t)))
        case Result():
            return Converter(t, True, *_result(_payloads(t)))
        case Flags(labels):
            return Converter(t, True, *_flags(labels))
    raise Unsupported(f"{t} at wasmtime's host boundary")


def _payloads(t: Variant | Option | Result) -> dict[str, Converter | None]:
    return {label: None if payload is None else converter(payload) for label, payload in cases_of(t)}


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

    def get(data: bytes, at: int) -> Value:
        value: Value = unpack_from(data, at + PAYLOAD)[0]
        return value

    return put, get


_BOOLS = {value: struct.pack("<B7xB23x", Kind.BOOL, value) for value in (False, True)}
_CHAR = struct.Struct("<B7xI20x")


def _put_bool(value: Value, arena: Arena) -> bytes:
    if type(value) is not bool:
        raise TypeError
    return _BOOLS[value]


def _get_bool(data: bytes, at: int) -> Value:
    return data[at + PAYLOAD] != 0


def _put_char(value: Value, arena: Arena) -> bytes:
    code = ord(value)  # type: ignore[arg-type]  # raises TypeError
    if 0xD800 <= code < 0xE000 or type(value) is not str:
        raise ValueError
    return _CHAR.pack(Kind.CHAR, code)


def _get_char(data: bytes, at: int) -> Value:
    return chr(int.from_bytes(data[at + 8:at + 12], "little"))


# -- strings and lists: length and address


def _put_string(value: Value, arena: Arena) -> bytes:
    text = str.encode(value)  # type: ignore[arg-type]  # raises TypeError
    return VECTOR.pack(Kind.STRING, len(text), arena.add(text))


def _get_string(data: bytes, at: int) -> Value:
    return _name(data, at + PAYLOAD)


def _name(data: bytes, at: int) -> str:
    size, address = PAIR.unpack_from(data, at)
    return string_at(address, size).decode() if size else ""


def _items(value: Value) -> tuple[Value, ...]:
    if type(value) is not tuple:
        raise TypeError
    return value


def _list(element: Converter) -> tuple[Put, Get]:
    put_one, get_one = element.put, element.get

    def put(value: Value, arena: Arena) -> bytes:
        items = _items(value)
        data = b"".join([put_one(item, arena) for item in items])
        return VECTOR.pack(Kind.LIST, len(items), arena.add(data))

    def get(data: bytes, at: int) -> Value:
        size, address = PAIR.unpack_from(data, at + PAYLOAD)
        elements = string_at(address, size * SIZE) if size else b""
        return tuple([get_one(elements, offset) for offset in range(0, size * SIZE, SIZE)])

    return put, get


def _map(key: Converter, value: Converter) -> tuple[Put, Get]:
    put_key, get_key, put_value, get_value = key.put, key.get, value.put, value.get

    def put(pairs: Value, arena: Arena) -> bytes:
        data = b"".join([put_key(k, arena) + put_value(v, arena) for k, v in map(_items, _items(pairs))])
        return VECTOR.pack(Kind.MAP, len(_items(pairs)), arena.add(data))

    def get(data: bytes, at: int) -> Value:
        size, address = PAIR.unpack_from(data, at + PAYLOAD)
        entries = string_at(address, size * 2 * SIZE) if size else b""
        return tuple([(get_key(entries, offset), get_value(entries, offset + SIZE))
                      for offset in range(0, size * 2 * SIZE, 2 * SIZE)])

    return put, get


# -- records and tuples


def _tuple(elements: Sequence[Converter]) -> tuple[Put, Get]:
    puts = [e.put for e in elements]
    gets = [(e.get, i * SIZE) for i, e in enumerate(elements)]
    size = len(elements) * SIZE

    def put(value: Value, arena: Arena) -> bytes:
        data = b"".join([put(item, arena) for put, item in zip(puts, _items(value), strict=True)])
        return VECTOR.pack(Kind.TUPLE, len(puts), arena.add(data))

    def get(data: bytes, at: int) -> Value:
        parts = string_at(PAIR.unpack_from(data, at + PAYLOAD)[1], size)
        return tuple([get(parts, offset) for get, offset in gets])

    return put, get


def _record(fields: Sequence[tuple[str, Converter]]) -> tuple[Put, Get]:
    names = _Names([label for label, _ in fields])
    puts = [(names.of[label], c.put) for label, c in fields]
    gets = [(c.get, i * (NAME + SIZE) + NAME) for i, (_, c) in enumerate(fields)]
    size = len(fields) * (NAME + SIZE)

    def put(value: Value, arena: Arena) -> bytes:
        data = b"".join([name + put(item, arena) for (name, put), item in zip(puts, _items(value), strict=True)])
        return VECTOR.pack(Kind.RECORD, len(names.of), arena.add(data))

    def get(data: bytes, at: int) -> Value:
        entries = string_at(PAIR.unpack_from(data, at + PAYLOAD)[1], size)
        return tuple([get(entries, offset) for get, offset in gets])

    return put, get


class _Names:
    """Names in memory of their own, which lives as long as this does; *of*: the 16 bytes that stand for each."""

    def __init__(self, names: Sequence[str]) -> None:
        self._arena = Arena()
        self.of = {name: self._pack(name.encode()) for name in names}

    def _pack(self, name: bytes) -> bytes:
        return PAIR.pack(len(name), self._arena.add(name))


# -- variants and flags


_VARIANT = struct.Struct("<B7xQQQ")
_OPTION = struct.Struct("<B7xQ16x")
_RESULT = struct.Struct("<B7xB7xQ8x")
_NULL = 0


def _payload(payload: Converter | None, value: Value | None, arena: Arena) -> int:
    """The address of a case's payload, or none."""
    if payload is None:
        if value is not None:
            raise ValueError
        return _NULL
    return arena.add(payload.put(value, arena))  # type: ignore[arg-type]  # None fits no type


def _at(payload: Converter | None, address: int) -> Value | None:
    return None if payload is None else payload.get(string_at(address, SIZE), 0)


def _case(value: Value) -> Case:
    if type(value) is not Case:
        raise TypeError
    return value


def _variant(payloads: dict[str, Converter | None]) -> tuple[Put, Get]:
    def put(value: Value, arena: Arena) -> bytes:
        case = _case(value)
        address = _payload(payloads[case.label], case.payload, arena)
        label = case.label.encode()
        return _VARIANT.pack(Kind.VARIANT, len(label), arena.add(label), address)

    def get(data: bytes, at: int) -> Value:
        label = _name(data, at + PAYLOAD)
        return Case(label, _at(payloads[label], PAIR.unpack_from(data, at + 16)[1]))

    return put, get


def _enum(labels: Sequence[str]) -> tuple[Put, Get]:
    known = frozenset(labels)

    def put(value: Value, arena: Arena) -> bytes:
        case = _case(value)
        if case.label not in known or case.payload is not None:
            raise ValueError
        label = case.label.encode()
        return VECTOR.pack(Kind.ENUM, len(label), arena.add(label))

    def get(data: bytes, at: int) -> Value:
        return Case(_name(data, at + PAYLOAD))

    return put, get


def _option(payloads: dict[str, Converter | None]) -> tuple[Put, Get]:
    some = payloads["some"]

    def put(value: Value, arena: Arena) -> bytes:
        case = _case(value)
        return _OPTION.pack(Kind.OPTION, _payload(payloads[case.label], case.payload, arena))

    def get(data: bytes, at: int) -> Value:
        address = int.from_bytes(data[at + 8:at + 16], "little")
        return Case("none") if address == _NULL else Case("some", _at(some, address))

    return put, get


def _result(payloads: dict[str, Converter | None]) -> tuple[Put, Get]:
    def put(value: Value, arena: Arena) -> bytes:
        case = _case(value)
        address = _payload(payloads[case.label], case.payload, arena)
        return _RESULT.pack(Kind.RESULT, case.label == "ok", address)

    def get(data: bytes, at: int) -> Value:
        label = "ok" if data[at + PAYLOAD] else "error"
        return Case(label, _at(payloads[label], int.from_bytes(data[at + 16:at + 24], "little")))

    return put, get


def _flags(labels: Sequence[str]) -> tuple[Put, Get]:
    names = _Names(labels)

    def put(value: Value, arena: Arena) -> bytes:
        if type(value) is not frozenset:
            raise TypeError
        data = b"".join([names.of[label] for label in value])
        return VECTOR.pack(Kind.FLAGS, len(value), arena.add(data))

    def get(data: bytes, at: int) -> Value:
        size, address = PAIR.unpack_from(data, at + PAYLOAD)
        entries = string_at(address, size * NAME) if size else b""
        return frozenset([_name(entries, offset) for offset in range(0, size * NAME, NAME)])

    return put, get
