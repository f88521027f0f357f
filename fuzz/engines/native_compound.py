"""Lists, records, variants and their kin as the structures of wasmtime's C API, made of converters for their parts."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from ctypes import string_at

from fact.model.values import Case, Value
from fuzz.engines.native_converter import Converter, Get, Put
from fuzz.engines.native_layout import NAME, PAIR, PAYLOAD, SIZE, VECTOR, Data, Kind, name_at
from fuzz.engines.native_memory import Arena

# -- lists


def _items(value: Value) -> tuple[Value, ...]:
    if type(value) is not tuple:
        raise TypeError
    return value


def list_of(element: Converter) -> tuple[Put, Get]:
    put_one, get_one = element.put, element.get

    def put(value: Value, arena: Arena) -> bytes:
        items = _items(value)
        data = b"".join([put_one(item, arena) for item in items])
        return VECTOR.pack(Kind.LIST, len(items), arena.add(data))

    def get(data: Data, at: int) -> Value:
        size, address = PAIR.unpack_from(data, at + PAYLOAD)
        elements = string_at(address, size * SIZE) if size else b""
        return tuple([get_one(elements, offset) for offset in range(0, size * SIZE, SIZE)])

    return put, get


def map_of(key: Converter, value: Converter) -> tuple[Put, Get]:
    put_key, get_key, put_value, get_value = key.put, key.get, value.put, value.get

    def put(pairs: Value, arena: Arena) -> bytes:
        data = b"".join([put_key(k, arena) + put_value(v, arena) for k, v in map(_items, _items(pairs))])
        return VECTOR.pack(Kind.MAP, len(_items(pairs)), arena.add(data))

    def get(data: Data, at: int) -> Value:
        size, address = PAIR.unpack_from(data, at + PAYLOAD)
        entries = string_at(address, size * 2 * SIZE) if size else b""
        return tuple([(get_key(entries, offset), get_value(entries, offset + SIZE))
                      for offset in range(0, size * 2 * SIZE, 2 * SIZE)])

    return put, get


# -- records and tuples


def tuple_of(elements: Sequence[Converter]) -> tuple[Put, Get]:
    puts = [e.put for e in elements]
    gets = [(e.get, i * SIZE) for i, e in enumerate(elements)]
    size = len(elements) * SIZE

    def put(value: Value, arena: Arena) -> bytes:
        data = b"".join([put(item, arena) for put, item in zip(puts, _items(value), strict=True)])
        return VECTOR.pack(Kind.TUPLE, len(puts), arena.add(data))

    def get(data: Data, at: int) -> Value:
        parts = string_at(PAIR.unpack_from(data, at + PAYLOAD)[1], size)
        return tuple([get(parts, offset) for get, offset in gets])

    return put, get


def record_of(fields: Sequence[tuple[str, Converter]]) -> tuple[Put, Get]:
    names = _Names([label for label, _ in fields])
    puts = [(names.of[label], c.put) for label, c in fields]
    gets = [(c.get, i * (NAME + SIZE) + NAME) for i, (_, c) in enumerate(fields)]
    size = len(fields) * (NAME + SIZE)

    def put(value: Value, arena: Arena) -> bytes:
        data = b"".join([name + put(item, arena) for (name, put), item in zip(puts, _items(value), strict=True)])
        return VECTOR.pack(Kind.RECORD, len(names.of), arena.add(data))

    def get(data: Data, at: int) -> Value:
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


def variant_of(payloads: dict[str, Converter | None]) -> tuple[Put, Get]:
    def put(value: Value, arena: Arena) -> bytes:
        case = _case(value)
        address = _payload(payloads[case.label], case.payload, arena)
        label = case.label.encode()
        return _VARIANT.pack(Kind.VARIANT, len(label), arena.add(label), address)

    def get(data: Data, at: int) -> Value:
        label = name_at(data, at + PAYLOAD)
        return Case(label, _at(payloads[label], PAIR.unpack_from(data, at + 16)[1]))

    return put, get


def enum_of(labels: Sequence[str]) -> tuple[Put, Get]:
    known = frozenset(labels)

    def put(value: Value, arena: Arena) -> bytes:
        case = _case(value)
        if case.label not in known or case.payload is not None:
            raise ValueError
        label = case.label.encode()
        return VECTOR.pack(Kind.ENUM, len(label), arena.add(label))

    def get(data: Data, at: int) -> Value:
        return Case(name_at(data, at + PAYLOAD))

    return put, get


def option_of(payloads: dict[str, Converter | None]) -> tuple[Put, Get]:
    some = payloads["some"]

    def put(value: Value, arena: Arena) -> bytes:
        case = _case(value)
        return _OPTION.pack(Kind.OPTION, _payload(payloads[case.label], case.payload, arena))

    def get(data: Data, at: int) -> Value:
        address = int.from_bytes(data[at + 8:at + 16], "little")
        return Case("none") if address == _NULL else Case("some", _at(some, address))

    return put, get


def result_of(payloads: dict[str, Converter | None]) -> tuple[Put, Get]:
    def put(value: Value, arena: Arena) -> bytes:
        case = _case(value)
        address = _payload(payloads[case.label], case.payload, arena)
        return _RESULT.pack(Kind.RESULT, case.label == "ok", address)

    def get(data: Data, at: int) -> Value:
        label = "ok" if data[at + PAYLOAD] else "error"
        return Case(label, _at(payloads[label], int.from_bytes(data[at + 16:at + 24], "little")))

    return put, get


def flags_of(labels: Sequence[str]) -> tuple[Put, Get]:
    names = _Names(labels)

    def put(value: Value, arena: Arena) -> bytes:
        if type(value) is not frozenset:
            raise TypeError
        data = b"".join([names.of[label] for label in value])
        return VECTOR.pack(Kind.FLAGS, len(value), arena.add(data))

    def get(data: Data, at: int) -> Value:
        size, address = PAIR.unpack_from(data, at + PAYLOAD)
        entries = string_at(address, size * NAME) if size else b""
        return frozenset([name_at(entries, offset) for offset in range(0, size * NAME, NAME)])

    return put, get
