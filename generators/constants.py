"""Constants of any type in a guest: their flat core values, and the data segments for what lies in memory.

By CanonicalABI.md, "Storing" and "Flat Lowering", from images, with whatever damage the hostile layer asks for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from fact.model.types import Prim
from generators.blueprint import Encoding
from generators.hostile_choices import Damaged, PointerKind
from generators.layout import (
    HANDLE_SIZE,
    SIZE,
    CoreType,
    Pointer,
    aligned,
    alignment,
    area,
    discriminant_size,
    flags_size,
    flat,
    payload_offset,
    pointer_size,
    size,
    tag_of,
)
from generators.valtypes import BorrowOf, FlagsOf, Image, OwnOf, Type, cases_of, element_of, fields_of

STATIC = 0x5000
"""Where constants and areas for values begin."""

RESERVE = 0x2000
"""Bytes at the end of memory that nothing but hostile pointers uses."""

Path = tuple[int, ...]


class Full(Exception):
    """The memory is too small for the constants."""


@dataclass(slots=True)
class Data:
    """The static part of a memory of *end* bytes, as it grows."""

    end: int
    start: int = STATIC
    content: bytearray = field(default_factory=bytearray)
    tail: bytearray = field(default_factory=lambda: bytearray(RESERVE))

    def reserve(self, count: int, align: int) -> int:
        """The address of *count* new zero bytes. Raises `Full` when there is no room for them."""
        at = aligned(self.start + len(self.content), align)
        if at + count > self.end - 2 * RESERVE:
            raise Full
        self.content.extend(bytes(at + count - self.start - len(self.content)))
        return at

    def put(self, address: int, content: bytes) -> None:
        in_tail = address >= self.end - RESERVE
        region, base = (self.tail, self.end - RESERVE) if in_tail else (self.content, self.start)
        region[address - base : address - base + len(content)] = content

    def top(self) -> int:
        """The first address behind everything that is static."""
        return aligned(self.start + len(self.content), 16)

    def segments(self, p: Pointer) -> str:
        parts = [(self.start, bytes(self.content)), (self.end - RESERVE, bytes(self.tail))]
        return "".join(
            f"  (data ({p}.const {base + start:#x}) {quoted(run)})\n"
            for base, content in parts for start, run in runs(content)
        )


_GAP = bytes(24)


def runs(content: bytes) -> list[tuple[int, bytes]]:
    """What is not zero, with its offset; short gaps are kept."""
    found = []
    start = 0
    while start < len(content):
        rest = content[start:].lstrip(b"\0")
        start = len(content) - len(rest)
        end = content.find(_GAP, start)
        end = len(content) if end < 0 else end
        if run := content[start:end].rstrip(b"\0"):
            found.append((start, run))
        start = end
    return found


_CHARS = [chr(b) if 0x20 <= b < 0x7F and b not in b'"\\' else f"\\{b:02x}" for b in range(256)]


def quoted(content: bytes) -> str:
    return '"' + "".join([_CHARS[b] for b in content]) + '"'


@dataclass(frozen=True, slots=True)
class Lowering:
    """How constants are lowered: *fill* is the byte that stands where nothing but zeros belongs."""

    data: Data
    pointer: Pointer
    encoding: Encoding
    fill: int = 0
    damage: Mapping[Path, Damaged] = field(default_factory=dict)

    # -- flat

    def flat(self, t: Type, image: Image, path: Path = ()) -> list[int]:
        """The bits of the flat core values."""
        if isinstance(image, int):
            width = 64 if flat(t, self.pointer)[0] in ("i64", "f64") else 32
            return [self.bits(image, path) & ((1 << width) - 1)]
        if t is Prim.STRING or (element_of(t) is not None):
            return list(self.range(t, image, path))
        assert not isinstance(image, str)
        if (fields := fields_of(t)) is not None:
            return [b for i, f in enumerate(fields) for b in self.flat(f, image[i], (*path, i))]
        return self.flat_variant(t, image, path)

    def flat_variant(self, t: Type, image: tuple[Image, ...], path: Path) -> list[int]:
        cases = cases_of(t)
        assert cases is not None and isinstance(image[0], int)
        slots = flat(t, self.pointer)[1:]
        payload = cases[image[0]]
        bits = [] if payload is None else self.flat(payload, image[1], (*path, 0))
        types = () if payload is None else flat(payload, self.pointer)
        used = [self.coerced(b, have, want) for b, have, want in zip(bits, types, slots, strict=False)]
        unused = [self.filled(want) for want in slots[len(bits):]]
        return [self.bits(image[0], path) & 0xFFFF_FFFF, *used, *unused]

    def coerced(self, bits: int, have: CoreType, want: CoreType) -> int:
        if want == "i64" and have in ("i32", "f32") and self.fill:
            return bits | self.filled("i32") << 32
        return bits

    def filled(self, core: CoreType) -> int:
        return int.from_bytes(bytes([self.fill]) * (8 if core in ("i64", "f64") else 4), "little")

    def bits(self, image: int, path: Path) -> int:
        damaged = self.damage.get(path)
        return damaged.number if damaged is not None and damaged.damage == "bits" else image

    # -- in memory

    def store(self, t: Type, image: Image, at: int, path: Path = ()) -> None:
        if isinstance(image, int):
            self.store_integer(self.bits(image, path), _integer_size(t), at)
        elif t is Prim.STRING or element_of(t) is not None:
            address, length = self.range(t, image, path)
            width = pointer_size(self.pointer)
            self.store_integer(address, width, at)
            self.store_integer(length, width, at + width)
        elif (fields := fields_of(t)) is not None:
            assert not isinstance(image, str)
            self.store_fields(fields, image, at, path)
        else:
            assert not isinstance(image, str)
            self.store_variant(t, image, at, path)

    def store_fields(self, fields: tuple[Type, ...], images: tuple[Image, ...], at: int, path: Path = ()) -> None:
        for i, (f, offset) in enumerate(zip(fields, area(fields, self.pointer)[0], strict=True)):
            self.store(f, images[i], at + offset, (*path, i))

    def store_variant(self, t: Type, image: tuple[Image, ...], at: int, path: Path) -> None:
        cases = cases_of(t)
        assert cases is not None and isinstance(image[0], int)
        self.store_integer(self.bits(image[0], path), discriminant_size(len(cases)), at)
        payload = cases[image[0]]
        if payload is not None:
            self.store(payload, image[1], at + payload_offset(cases, self.pointer), (*path, 0))

    def store_integer(self, number: int, width: int, at: int) -> None:
        self.data.put(at, (number & ((1 << 8 * width) - 1)).to_bytes(width, "little"))

    # -- what is behind a pointer

    def range(self, t: Type, image: Image, path: Path) -> tuple[int, int]:
        """The pointer and the length of a string or list whose content is now in memory."""
        damaged = self.damage.get(path)
        if isinstance(image, str):
            content, length, align = self.text(image, damaged)
            address = self.place(len(content), align, damaged)
            self.data.put(address, content)
        else:
            element = element_of(t)
            assert element is not None and not isinstance(image, int)
            length, align = len(image), alignment(element, self.pointer)
            each = size(element, self.pointer)
            address = self.place(length * each, align, damaged)
            self.elements(element, image, address, path)
        if damaged is None:
            return address, length
        if damaged.damage in ("pointer", "both", "empty"):
            byte_length = len(content) if isinstance(image, str) else length * each
            last_fit = self.data.end - (0 if damaged.damage == "empty" else byte_length)
            address = bad_address(damaged.pointer, address, last_fit, align, self.data.end)
        match damaged.damage:
            case "length" | "both":
                length = damaged.number
            case "empty":
                length = 0
            case "tag":
                length ^= tag_of(self.pointer)
        return address, length

    def elements(self, element: Type, images: tuple[Image, ...], at: int, path: Path) -> None:
        if self.fill:
            self.data.put(at, bytes([self.fill]) * (len(images) * size(element, self.pointer)))
        if element in (Prim.U8, Prim.BOOL) and not self.damage:
            self.data.put(at, bytes(i for i in images if isinstance(i, int)))
            return
        each = size(element, self.pointer)
        for i, image in enumerate(images):
            self.store(element, image, at + i * each, (*path, i))

    def place(self, count: int, align: int, damaged: Damaged | None) -> int:
        if damaged is not None and damaged.damage == "pointer" and damaged.pointer == "last fit" and count <= RESERVE:
            return (self.data.end - count) // align * align
        slack = 0 if damaged is None else count + 16
        return self.data.reserve(count + slack, align)

    def text(self, text: str, damaged: Damaged | None) -> tuple[bytes, int, int]:
        """Bytes, length as it is passed, and alignment of a string."""
        tag = tag_of(self.pointer)
        content = None if damaged is None or damaged.damage != "content" else bytes.fromhex(damaged.content)
        if self.encoding == "utf8":
            content = text.encode() if content is None else content
            return content, len(content), 1
        if self.encoding == "latin1+utf16" and content is None and not comes_tagged(text):
            return text.encode("latin1"), len(text), 2
        content = text.encode("utf-16-le") if content is None else content
        return content, len(content) // 2 | (tag if self.encoding == "latin1+utf16" else 0), 2


def comes_tagged(text: str) -> bool:
    """Whether guests pass *text* as tagged UTF-16; they do with some that Latin-1 could hold."""
    return any(ord(c) > 0xFF for c in text) or len(text) % 3 == 2


def bad_address(kind: PointerKind, address: int, last_fit: int, align: int, end: int) -> int:
    """A hostile address in place of the good *address* of what would end with memory at *last_fit*."""
    match kind:
        case "odd":
            return address + 1
        case "half":
            return address + align // 2
        case "null":
            return 0
        case "last":
            return -align
        case "last fit":
            return last_fit // align * align
        case "one past":
            return last_fit // align * align + align
        case "at end":
            return end
        case "past end":
            return end + 8
        case "odd end":
            return end + 1
        case "wrapping":
            return -16
        case "high":
            return address + (1 << 32)
        case "highest":
            return address + (1 << 63) + (1 << 32)


def _integer_size(t: Type) -> int:
    if isinstance(t, Prim):
        return SIZE[t]
    if isinstance(t, FlagsOf):
        return flags_size(t.count)
    if isinstance(t, OwnOf | BorrowOf):
        return HANDLE_SIZE
    cases = cases_of(t)
    assert cases is not None
    return discriminant_size(len(cases))
