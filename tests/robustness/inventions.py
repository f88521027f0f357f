"""Definitions made up: right in form by Binary.md, with names of all kinds and small indices that may mean anything."""

from __future__ import annotations

import random
from collections.abc import Callable

from component_parts import leb

NAMES = (
    b"", b"f", b"g", b"mem", b"memory", b"realloc", b"a", b"run", b"x" * 300, b"a\0b", "\u2603".encode(), b"\xff\xfe",
    b"wasi:http/types@1.0.0", b"[method]r.m", b"[constructor]r", b"\xed\xa0\x80",
)
HUGE = (0x7F, 0x80, 0xFF, 0x3FFF, 0x10000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
VALUE_TYPES = bytes((*range(0x73, 0x80), 0x64))
SORTS = (b"\x00\x00", b"\x00\x01", b"\x00\x02", b"\x00\x03", b"\x00\x04", b"\x00\x10", b"\x00\x11", b"\x00\x12",
         b"\x01", b"\x02", b"\x03", b"\x04", b"\x05")


def _index(choice: random.Random) -> bytes:
    return leb(choice.choice((0, 0, 0, 1, 1, 2, 3, choice.randrange(30))))


def _name(choice: random.Random) -> bytes:
    name = choice.choice(NAMES)
    return leb(len(name)) + name


def _value_type(choice: random.Random) -> bytes:
    return choice.choice((bytes([choice.choice(VALUE_TYPES)]), _index(choice)))


def _maybe(choice: random.Random, made: Callable[[random.Random], bytes]) -> bytes:
    return b"\x01" + made(choice) if choice.random() < 0.5 else b"\x00"


def _several(choice: random.Random, made: Callable[[random.Random], bytes], least: int = 0) -> bytes:
    count = choice.choice((least, 1, 2, 2, 3, 17))
    return leb(count) + b"".join(made(choice) for _ in range(count))


def _sort_index(choice: random.Random) -> bytes:
    return choice.choice(SORTS) + _index(choice)


def _extern_type(choice: random.Random) -> bytes:
    return choice.choice((
        b"\x00\x11" + _index(choice), b"\x01" + _index(choice), b"\x03\x00" + _index(choice), b"\x03\x01",
        b"\x04" + _index(choice), b"\x05" + _index(choice),
    ))


def _core_instance(choice: random.Random) -> bytes:
    if choice.random() < 0.5:
        return b"\x00" + _index(choice) + _several(choice, lambda c: _name(c) + b"\x12" + _index(c))
    return b"\x01" + _several(choice, lambda c: _name(c) + c.choice(SORTS)[-1:] + _index(c))


def _core_type(choice: random.Random) -> bytes:
    function = b"\x60" + _several(choice, lambda c: bytes([c.choice((0x7F, 0x7E, 0x7D, 0x7C))])) + b"\x00"
    module = b"\x50\x03\x01" + function + b"\x00" + _name(choice) + _name(choice) + b"\x00" + _index(choice) + (
        b"\x02\x10\x01" + _index(choice) + _index(choice))
    return choice.choice((function, module))


def _instance(choice: random.Random) -> bytes:
    if choice.random() < 0.6:
        return b"\x00" + _index(choice) + _several(choice, lambda c: _name(c) + _sort_index(c))
    return b"\x01" + _several(choice, lambda c: b"\x00" + _name(c) + _sort_index(c))


def _alias(choice: random.Random) -> bytes:
    return choice.choice(SORTS) + choice.choice((
        b"\x00" + _index(choice) + _name(choice), b"\x01" + _index(choice) + _name(choice),
        b"\x02" + _index(choice) + _index(choice),
    ))


def _declaration(choice: random.Random) -> bytes:
    return choice.choice((
        b"\x00" + _core_type(choice), b"\x01" + _type(choice), b"\x02" + _alias(choice),
        b"\x04\x00" + _name(choice) + _extern_type(choice), b"\x03\x00" + _name(choice) + _extern_type(choice),
    ))


def _type(choice: random.Random) -> bytes:
    labelled = lambda c: _name(c) + _value_type(c)  # noqa: E731
    match choice.randrange(13):
        case 0:
            return b"\x72" + _several(choice, labelled, 1)
        case 1:
            return b"\x71" + _several(choice, lambda c: _name(c) + _maybe(c, _value_type) + b"\x00", 1)
        case 2:
            return b"\x70" + _value_type(choice)
        case 3:
            return b"\x67" + _value_type(choice) + leb(choice.choice((1, 2, 1000, *HUGE)))
        case 4:
            return b"\x6f" + _several(choice, _value_type, 1)
        case 5:
            return choice.choice((b"\x6e", b"\x6d")) + _several(choice, _name, 1)
        case 6:
            return b"\x6b" + _value_type(choice)
        case 7:
            return b"\x6a" + _maybe(choice, _value_type) + _maybe(choice, _value_type)
        case 8:
            return choice.choice((b"\x69", b"\x68")) + _index(choice)
        case 9:
            return b"\x63" + _value_type(choice) + _value_type(choice)
        case 10:
            return b"\x40" + _several(choice, labelled) + choice.choice((b"\x01\x00", b"\x00" + _value_type(choice)))
        case 11:
            return b"\x3f\x7f" + _maybe(choice, _index)
        case _:
            count = choice.randrange(3)
            return choice.choice((b"\x41", b"\x42")) + leb(count) + b"".join(
                _declaration(choice) for _ in range(count))


def _canon(choice: random.Random) -> bytes:
    options = _several(choice, lambda c: c.choice((
        bytes([c.randrange(3)]), b"\x03" + _index(c), b"\x04" + _index(c), b"\x05" + _index(c))))
    return choice.choice((
        b"\x00\x00" + _index(choice) + options + _index(choice), b"\x01\x00" + _index(choice) + options,
        b"\x02" + _index(choice), b"\x03" + _index(choice), b"\x04" + _index(choice),
        choice.choice((b"\x0a", b"\x0b")) + choice.choice((b"\x7f", b"\x7e", b"\x7d")) + _index(choice),
        bytes([choice.randrange(0x30)]),
    ))


def _import(choice: random.Random) -> bytes:
    return b"\x00" + _name(choice) + _extern_type(choice)


def _export(choice: random.Random) -> bytes:
    return b"\x00" + _name(choice) + _sort_index(choice) + _maybe(choice, _extern_type)


INVENTIONS: dict[int, Callable[[random.Random], bytes]] = {
    2: _core_instance, 3: _core_type, 5: _instance, 6: _alias, 7: _type, 8: _canon, 10: _import, 11: _export,
}
