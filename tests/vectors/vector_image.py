"""What a guest could have in memory and in registers for a value, with no help from `fact`: CanonicalABI.md,
"Alignment" to "Flattening". Untidy on purpose: what the ABI ignores is junk here, that is padding, high bits of narrow
integers, bits past the last flag, slots that a case does not use, any truth but 1.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import cast

from vector_form import BASE

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

JUNK = 0xA5A5A5A5A5A5A5A5
SIZES = {
    Prim.BOOL: 1, Prim.S8: 1, Prim.U8: 1, Prim.S16: 2, Prim.U16: 2, Prim.S32: 4, Prim.U32: 4, Prim.S64: 8, Prim.U64: 8,
    Prim.F32: 4, Prim.F64: 8, Prim.CHAR: 4,
}
WIDE = {Prim.S64: "i64", Prim.U64: "i64", Prim.F32: "f32", Prim.F64: "f64"}
BITS = {"i32": 32, "i64": 64, "f32": 32, "f64": 64}


@dataclass
class Image:
    """A memory that is being filled. Addresses and lengths are of type *pointer*."""

    pointer: PtrType
    encoding: str
    tagged: bool
    """Strings in latin1+utf16 are UTF-16, whatever is in them."""
    data: bytearray = field(default_factory=lambda: bytearray(b"\xa5" * BASE))

    # -- layout

    def size_and_align(self, t: ValType) -> tuple[int, int]:
        match t:
            case Prim.STRING | List(_, None) | Map():
                return 2 * self.word, self.word
            case Prim():
                return SIZES[t], SIZES[t]
            case List(element, int(length)):
                size, align = self.size_and_align(element)
                return length * size, align
            case Record() | Tuple():
                _, end, align = self.offsets(parts(t))
                return up(end, align), align
            case Flags(labels):
                size = 1 if len(labels) <= 8 else 2 if len(labels) <= 16 else 4
                return size, size
            case Variant() | EnumType() | Option() | Result():
                start, payload_size, align = self.payload(t)
                return up(start + payload_size, align), align
        raise ValueError(f"no layout for {t}")

    @property
    def word(self) -> int:
        return 4 if self.pointer == "i32" else 8

    def offsets(self, types: Sequence[ValType]) -> tuple[list[int], int, int]:
        """Of each part; where the last one ends; the alignment of the whole."""
        offsets, end, greatest = [], 0, 1
        for t in types:
            size, align = self.size_and_align(t)
            offsets.append(up(end, align))
            end, greatest = offsets[-1] + size, max(greatest, align)
        return offsets, end, greatest

    def payload(self, t: Variant | EnumType | Option | Result) -> tuple[int, int, int]:
        """Where it starts; the size of the largest; the alignment of the whole."""
        sizes = [self.size_and_align(payload) for _, payload in cases_of(t) if payload is not None]
        align = max((a for _, a in sizes), default=1)
        width = discriminant_size(t)
        return up(width, align), max((s for s, _ in sizes), default=0), max(align, width)

    def allocate(self, size: int, align: int) -> int:
        """Fresh bytes, with junk before them."""
        at = up(len(self.data) + 1, max(align, 2))
        self.data += b"\xa5" * (at + size - len(self.data))
        return at

    # -- in memory

    def stored(self, t: ValType, v: Value) -> int:
        """The address of *v*, stored."""
        at = self.allocate(*self.size_and_align(t))
        self.store(t, v, at)
        return at

    def store(self, t: ValType, v: Value, at: int) -> None:
        match t, v:
            case Prim.STRING, str():
                self.words(at, self.string(v))
            case (List(_, None) | Map()), tuple():
                self.words(at, self.elements(element_type(t), v))
            case (Record() | Tuple() | List()), tuple():
                types = parts(t)
                for part, item, offset in zip(types, v, self.offsets(types)[0], strict=True):
                    self.store(part, item, at + offset)
            case (Variant() | EnumType() | Option() | Result()), Case(label, payload):
                number, payload_type = chosen(t, label)
                self.integer(at, discriminant_size(t), number)
                if payload_type is not None:
                    self.store(payload_type, cast(Value, payload), at + self.payload(t)[0])
            case _:
                size, _ = self.size_and_align(t)
                self.integer(at, size, bits_of(t, v))

    def integer(self, at: int, size: int, value: int) -> None:
        self.data[at : at + size] = (value % (1 << 8 * size)).to_bytes(size, "little")

    def words(self, at: int, pair: tuple[int, int]) -> None:
        for i, word in enumerate(pair):
            self.integer(at + i * self.word, self.word, word)

    def string(self, text: str) -> tuple[int, int]:
        """Its address and length."""
        narrow = self.encoding == "latin1+utf16" and not self.tagged and all(ord(c) <= 0xFF for c in text)
        codec = "utf-8" if self.encoding == "utf8" else "latin-1" if narrow else "utf-16-le"
        content = text.encode(codec)
        at = self.allocate(len(content), 1 if codec == "utf-8" else 2)
        self.data[at : at + len(content)] = content
        units = len(content) // (2 if codec == "utf-16-le" else 1)
        is_tagged = self.encoding == "latin1+utf16" and not narrow
        return at, units | (1 << (8 * self.word - 1) if is_tagged else 0)

    def elements(self, element: ValType, items: Sequence[Value]) -> tuple[int, int]:
        size, align = self.size_and_align(element)
        at = self.allocate(size * len(items), align)
        for i, item in enumerate(items):
            self.store(element, item, at + i * size)
        return at, len(items)

    # -- in registers

    def flat_types(self, t: ValType) -> list[CoreValType]:
        match t:
            case Prim.STRING | List(_, None) | Map():
                return [self.pointer, self.pointer]
            case Prim():
                return [cast(CoreValType, WIDE.get(t, "i32"))]
            case Record() | Tuple() | List():
                return [core for part in parts(t) for core in self.flat_types(part)]
            case Flags() | EnumType():
                return ["i32"]
            case Variant() | Option() | Result():
                joined: list[CoreValType] = []
                for _, payload in cases_of(t):
                    for i, core in enumerate([] if payload is None else self.flat_types(payload)):
                        joined[i:i + 1] = [core if i == len(joined) else join(joined[i], core)]
                return ["i32", *joined]
        raise ValueError(f"no flat types for {t}")

    def flat(self, t: ValType, v: Value) -> list[int]:
        """The bits of each core value."""
        match t, v:
            case Prim.STRING, str():
                return list(self.string(v))
            case (List(_, None) | Map()), tuple():
                return list(self.elements(element_type(t), v))
            case (Record() | Tuple() | List()), tuple():
                return [bits for part, item in zip(parts(t), v, strict=True) for bits in self.flat(part, item)]
            case (Variant() | EnumType() | Option() | Result()), Case(label, payload):
                number, payload_type = chosen(t, label)
                return [number, *self.flat_payload(self.flat_types(t)[1:], payload_type, payload)]
            case (Prim.BOOL | Prim.F32 | Prim.F64 | Prim.S64 | Prim.U64 | Prim.CHAR), _:
                return [bits_of(t, v)]
        significant = 8 * self.size_and_align(t)[0]
        return [with_junk(bits_of(t, v), significant, 32)]

    def flat_payload(self, slots: Sequence[CoreValType], t: ValType | None, v: Value | None) -> list[int]:
        if t is None or v is None:
            return [JUNK % (1 << BITS[slot]) for slot in slots]
        own = self.flat_types(t)
        used = [with_junk(b, BITS[c], BITS[s]) for b, c, s in zip(self.flat(t, v), own, slots, strict=False)]
        return used + [JUNK % (1 << BITS[slot]) for slot in slots[len(used):]]


def parts(t: Record | Tuple | List) -> list[ValType]:
    match t:
        case Record(fields):
            return [f for _, f in fields]
        case Tuple(elements):
            return list(elements)
        case List(element, int(length)):
            return [element] * length
    raise ValueError(f"{t} is not laid out in a row")


def element_type(t: List | Map) -> ValType:
    return t.element if isinstance(t, List) else Tuple((t.key, t.value))


def chosen(t: Variant | EnumType | Option | Result, label: str) -> tuple[int, ValType | None]:
    return next((i, payload) for i, (name, payload) in enumerate(cases_of(t)) if name == label)


def discriminant_size(t: Variant | EnumType | Option | Result) -> int:
    count = len(cases_of(t))
    return 1 if count <= 1 << 8 else 2 if count <= 1 << 16 else 4


def bits_of(t: ValType, v: Value) -> int:
    """As wide as *v* is in memory; true is not 1, and flags that no label has are set."""
    match t, v:
        case Prim.BOOL, bool():
            return 0x40 if v else 0
        case Prim.CHAR, str():
            return ord(v)
        case Prim.F32, float():
            return int.from_bytes(struct.pack("<f", v), "little")
        case Prim.F64, float():
            return int.from_bytes(struct.pack("<d", v), "little")
        case Flags(labels), frozenset():
            return sum(1 << i for i, label in enumerate(labels) if label in v) | JUNK % (1 << 32) >> len(labels) << len(
                labels
            )
        case Prim(), int():
            return v % (1 << 8 * SIZES[t])
    raise ValueError(f"{v!r} is not a value of type {t}")


def with_junk(bits: int, significant: int, width: int) -> int:
    return bits % (1 << significant) | JUNK % (1 << width) >> significant << significant


def join(a: CoreValType, b: CoreValType) -> CoreValType:
    if a == b:
        return a
    return "i32" if {a, b} == {"i32", "f32"} else "i64"


def up(n: int, alignment: int) -> int:
    return (n + alignment - 1) // alignment * alignment
