"""The form of the vectors: random types, values and options with what the specification's definitions made of them.

A file has one JSON object a line. `sync-1500.jsonl` is the one in the tree; the environment variable FACTFUZZ_VECTORS
names another. Floats are given by their bits, as hexadecimal text, or as "nan"; other forms are in the decoders below.

The memory of a vector is zeros up to `BASE`, where its allocator starts: it aligns up, copies the lesser of old and new
size, and never reuses anything.
"""

from __future__ import annotations

import json
import math
import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast

from fact.model.types import (
    CoreValType,
    EnumType,
    Flags,
    List,
    Map,
    Option,
    Prim,
    PtrType,
    Record,
    Result,
    Tuple,
    ValType,
    Variant,
)
from fact.model.values import Case, Value, cases_of

BASE = 64
"""The first address that the allocator hands out."""

HOSTILE_MEMORY = 1 << 16
"""Bytes of memory where realloc is hostile."""

COMMITTED = Path(__file__).with_name("sync-1500.jsonl")

ReallocCall = tuple[int, int, int, int, int]
"""Old pointer, old size, alignment, new size, and what realloc returned."""


@dataclass(frozen=True, slots=True)
class LowerFlat:
    """*memory*: the bytes from `BASE` to the allocator's top, after all calls."""

    values: tuple[int | float, ...]
    realloc: tuple[ReallocCall, ...]
    memory: bytes


@dataclass(frozen=True, slots=True)
class Store:
    """The value stored at address *at*, the allocator starting behind it. *memory* as in `LowerFlat`."""

    at: int
    realloc: tuple[ReallocCall, ...]
    memory: bytes


@dataclass(frozen=True, slots=True)
class HostileRealloc:
    """`lower_flat` again; from call number *from_call* (0 the first) on realloc misbehaves. *realloc*: the calls made.

    `odd` returns what it allocates plus one, `oob` the first aligned address past the end of the memory.
    """

    from_call: int
    does: Literal["odd", "oob"]
    traps: bool
    realloc: tuple[ReallocCall, ...]


@dataclass(frozen=True, slots=True)
class Lift:
    """Flat *values* lifted from *memory*, all of it. *value* is None if lifting traps."""

    values: tuple[int | float, ...]
    memory: bytes
    value: Value | None

    @property
    def traps(self) -> bool:
        return self.value is None


@dataclass(frozen=True, slots=True)
class Vector:
    """One line. *to* is the string encoding of the memory, *pointer* its type of addresses, *from_* the encoding in
    which the strings of *value* were lifted. From latin1+utf16, strings past U+00FF come as UTF-16, which the tag says;
    *tagged*: the others too."""

    line: int
    type: ValType
    value: Value
    to: str
    from_: str
    tagged: bool
    pointer: PtrType
    size: int
    align: int
    flat_types: tuple[CoreValType, ...]
    lower_flat: LowerFlat
    store: Store
    hostile_realloc: HostileRealloc | None
    lifts: tuple[Lift, ...]


def vectors_path() -> Path:
    """The file to hold things to: FACTFUZZ_VECTORS, or the committed one."""
    return Path(os.environ.get("FACTFUZZ_VECTORS") or COMMITTED)


def read_vectors(path: Path) -> Iterator[Vector]:
    """*path*'s vectors, decoded one by one."""
    for line, text in enumerate(read_lines(path), 1):
        yield read_vector(line, text)


def read_lines(path: Path) -> list[str]:
    """*path*'s vectors, each for `read_vector`: line *n* of the file is at index *n* - 1."""
    return path.read_text("utf-8").rstrip("\n").split("\n")


def read_vector(line: int, text: str) -> Vector:
    o = json.loads(text)
    t = read_type(o["type"])
    flat_types = tuple(o["flat_types"])
    from_, _, tagged = o["from"].partition("/")
    hostile = o.get("hostile_realloc")
    return Vector(
        line=line,
        type=t,
        value=read_value(t, o["value"]),
        to=o["to"],
        from_=from_,
        tagged=bool(tagged),
        pointer=o["pointer"],
        size=o["size"],
        align=o["align"],
        flat_types=flat_types,
        lower_flat=LowerFlat(
            read_flat(flat_types, o["lower_flat"]["values"]),
            read_calls(o["lower_flat"]["realloc"]),
            bytes.fromhex(o["lower_flat"]["memory_from_64"]),
        ),
        store=Store(
            o["store"]["at"], read_calls(o["store"]["realloc"]), bytes.fromhex(o["store"]["memory_from_64"])
        ),
        hostile_realloc=None if hostile is None else HostileRealloc(
            hostile["from_call"], hostile["does"], hostile["outcome"] == "trap", read_calls(hostile["realloc"])
        ),
        lifts=tuple(read_lift(t, flat_types, lift) for lift in o["lift"]),
    )


def read_calls(calls: list[list[int]]) -> tuple[ReallocCall, ...]:
    return tuple(cast(ReallocCall, tuple(call)) for call in calls)


def read_lift(t: ValType, flat_types: tuple[CoreValType, ...], o: dict[str, Any]) -> Lift:
    memory = bytes(BASE) + bytes.fromhex(o["memory_from_64"])
    if len(memory) != o["memory_length"]:
        raise ValueError(f"memory of {o['memory_length']} bytes given as {len(memory)}")
    value = None if o.get("trap") else read_value(t, o["value"])
    return Lift(read_flat(flat_types, o["values"]), memory, value)


def read_flat(flat_types: tuple[CoreValType, ...], values: list[Any]) -> tuple[int | float, ...]:
    return tuple(v if t in ("i32", "i64") else read_float(v) for t, v in zip(flat_types, values, strict=True))


def read_float(bits: str) -> float:
    """`0x` and eight digits for an f32, sixteen for an f64."""
    if bits == "nan":
        return math.nan
    data = bytes.fromhex(bits.removeprefix("0x"))
    return float(struct.unpack(">f" if len(data) == 4 else ">d", data)[0])


def read_type(o: Any) -> ValType:
    match o:
        case str():
            return Prim(o)
        case {"list": element}:
            return List(read_type(element), o.get("length"))
        case {"map": [key, value]}:
            return Map(read_type(key), read_type(value))
        case {"record": fields}:
            return Record(tuple((label, read_type(t)) for label, t in fields))
        case {"tuple": elements}:
            return Tuple(tuple(map(read_type, elements)))
        case {"variant": cases}:
            return Variant(tuple((label, read_payload(t)) for label, t in cases))
        case {"enum": labels}:
            return EnumType(tuple(labels))
        case {"option": payload}:
            return Option(read_type(payload))
        case {"result": [ok, error]}:
            return Result(read_payload(ok), read_payload(error))
        case {"flags": labels}:
            return Flags(tuple(labels))
    raise ValueError(f"{o!r} is no type of the vectors' form")


def read_payload(o: Any) -> ValType | None:
    return None if o is None else read_type(o)


def read_value(t: ValType, o: Any) -> Value:
    """As `fact.model.values` has it."""
    match t:
        case Prim.F32 | Prim.F64:
            return read_float(o)
        case Prim.CHAR:
            return chr(o)
        case Prim():
            return cast(Value, o)
        case List(element):
            return tuple(read_value(element, e) for e in o)
        case Map(key, value):
            return tuple((read_value(key, k), read_value(value, v)) for k, v in o)
        case Record(fields):
            return tuple(read_value(f, o[label]) for label, f in fields)
        case Tuple(elements):
            return tuple(read_value(e, v) for e, v in zip(elements, o, strict=True))
        case EnumType():
            return Case(o)
        case Variant() | Option() | Result():
            ((label, payload),) = o.items()
            payload_type = dict(cases_of(t))[label]
            return Case(label, None if payload_type is None else read_value(payload_type, payload))
        case Flags():
            return frozenset(o)
    raise ValueError(f"the vectors have no values of type {t}")
