"""Bytes, integers, names and vectors, read from a bounded window of a binary."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from fact.errors import Malformed

T = TypeVar("T")


class Reader:
    """A cursor over `data[pos:end]`. Every read raises `Malformed` when the window ends too early.

    *base* is the position of `data[0]` in the outermost binary: `offset` counts from there.
    """

    __slots__ = ("base", "data", "end", "pos")

    def __init__(self, data: bytes, base: int = 0) -> None:
        self.data = data
        self.base = base
        self.pos = 0
        self.end = len(data)

    @property
    def offset(self) -> int:
        return self.base + self.pos

    @property
    def remaining(self) -> int:
        return self.end - self.pos

    def byte(self) -> int:
        pos = self.pos
        if pos >= self.end:
            raise self._cut_short("a byte")
        self.pos = pos + 1
        return self.data[pos]

    def peek(self) -> int:
        """The next byte, which stays unread."""
        if self.pos >= self.end:
            raise self._cut_short("a byte")
        return self.data[self.pos]

    def take(self, size: int) -> bytes:
        """The next *size* bytes."""
        start = self.pos
        self.skip(size)
        return self.data[start : self.pos]

    def skip(self, size: int) -> None:
        if size > self.end - self.pos:
            raise self._cut_short(f"{size} bytes")
        self.pos += size

    def window(self, size: int) -> Reader:
        """A reader of the next *size* bytes, which this one skips."""
        inner = Reader(self.data, self.base)
        inner.pos = self.pos
        self.skip(size)
        inner.end = self.pos
        return inner

    def finish(self, what: str) -> None:
        """Refuses bytes left over after *what* has been read."""
        if self.pos != self.end:
            raise Malformed(f"{self.remaining} bytes left over at the end of {what}", self.offset)

    def u32(self) -> int:
        pos = self.pos
        if pos < self.end:
            byte = self.data[pos]
            if byte < 0x80:
                self.pos = pos + 1
                return byte
        return self.unsigned(32)

    def unsigned(self, bits: int) -> int:
        """An unsigned LEB128 integer of at most ceil(bits / 7) bytes whose value fits *bits*."""
        value = shift = 0
        while True:
            byte = self.byte()
            if shift + 7 > bits and byte >> (bits - shift):
                raise Malformed(f"integer does not fit u{bits}", self.offset - 1)
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
            shift += 7

    def signed(self, bits: int) -> int:
        """A signed LEB128 integer of at most ceil(bits / 7) bytes whose value fits *bits*."""
        value = shift = 0
        while True:
            byte = self.byte()
            if shift + 7 > bits:
                sign_and_above = 0x7F >> (bits - shift - 1)
                if byte >> (bits - shift - 1) not in (0, sign_and_above):
                    raise Malformed(f"integer does not fit s{bits}", self.offset - 1)
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value - (1 << shift) if byte & 0x40 else value

    def name(self) -> str:
        """`core:name`: a length in bytes, then UTF-8."""
        size = self.u32()
        start = self.pos
        if size > self.end - start:
            raise self._cut_short(f"a name of {size} bytes")
        self.pos = end = start + size
        try:
            return str(self.data[start:end], "utf-8")
        except UnicodeDecodeError as error:
            raise Malformed("name is not UTF-8", self.base + start + error.start) from None

    def vector(self, element: Callable[[Reader], T]) -> tuple[T, ...]:
        """A count, then as many elements. Every element takes a byte at least, so that the count is bounded."""
        return tuple([element(self) for _ in range(self.count())])

    def count(self) -> int:
        """The count of a vector, no greater than the number of bytes left."""
        start = self.offset
        count = self.u32()
        if count > self.end - self.pos:
            raise Malformed(f"vector of {count} elements in {self.remaining} bytes", start)
        return count

    def optional(self, item: Callable[[Reader], T]) -> T | None:
        """`<T>?`: 0x00, or 0x01 and a T."""
        match self.byte():
            case 0x00:
                return None
            case 0x01:
                return item(self)
            case other:
                raise self.unknown("presence byte", other, "0x00 or 0x01")

    def expect(self, expected: int, what: str) -> None:
        """Refuses any byte but *expected*."""
        found = self.byte()
        if found != expected:
            raise self.unknown(what, found, f"{expected:#04x}")

    def unknown(self, what: str, found: int, accepted: str = "") -> Malformed:
        """The error for byte *found*, the last one read, which no *what* has."""
        wanted = f", expected {accepted}" if accepted else ""
        return Malformed(f"unknown {what} {found:#04x}{wanted}", self.offset - 1)

    def _cut_short(self, wanted: str) -> Malformed:
        return Malformed(f"expected {wanted}, found {self.remaining}: cut short", self.base + self.end)
