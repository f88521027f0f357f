"""What CanonicalABI.md, "Storing" (store_string_into_range) leaves in a memory and asks of realloc, on a bytearray."""

from __future__ import annotations

from collections.abc import Callable, MutableSequence
from dataclasses import dataclass, field

PAGE = 65536
CODECS = {"utf8": "utf-8", "utf16": "utf-16-le", "latin1": "latin-1", "tagged": "utf-16-le"}

Bytes = MutableSequence[int] | memoryview


@dataclass
class Allocator:
    """Hands out blocks from the top of *memory* down, each ending right below the one before. *moves* says whether a
    block that grows or shrinks moves, *copies* whether its bytes come along."""

    memory: Callable[[], Bytes]
    moves: bool = True
    copies: bool = True
    top: int = PAGE
    log: list[tuple[int, int, int, int]] = field(default_factory=list)

    def __call__(self, old: int, old_size: int, align: int, size: int) -> int:
        self.log.append((old, old_size, align, size))
        if len(self.log) > 1 and not self.moves and size <= old_size:
            return old
        self.top = (self.top - size) // align * align
        if len(self.log) > 1 and self.copies:
            kept = min(old_size, size)
            self.memory()[self.top : self.top + kept] = bytes(self.memory()[old : old + kept])
        return self.top


def encoded(text: str, encoding: str) -> bytes:
    return text.encode(CODECS[encoding])


def units_of(data: bytes, encoding: str, bits: int) -> int:
    units = len(data) // (2 if encoding in ("utf16", "tagged") else 1)
    return units | 1 << bits - 1 if encoding == "tagged" else units


def stored(
    memory: Bytes, realloc: Callable[[int, int, int, int], int], text: str, source: str, to: str, bits: int
) -> tuple[int, int]:
    """Stores *text*, which comes in *source* (`tagged`: UTF-16 of latin1+utf16); gives address and units."""
    n = units_of(encoded(text, source), "utf8", bits) // (2 if source in ("utf16", "tagged") else 1)
    tag = 1 << bits - 1

    def write(at: int, data: bytes) -> None:
        memory[at : at + len(data)] = data

    if to == "utf8" and source != "utf8":
        worst = n * (2 if source == "latin1" else 3)
        ptr = realloc(0, 0, 1, n)
        whole = text.encode()
        i = next((i for i, c in enumerate(text) if ord(c) >= 0x80), len(text))
        write(ptr, whole[:i])
        if i == len(text):
            return ptr, n
        ptr = realloc(ptr, n, 1, worst)
        write(ptr + i, whole[i:])
        if worst > len(whole):
            ptr = realloc(ptr, worst, 1, len(whole))
        return ptr, len(whole)
    if to == "utf16" and source == "utf8":
        whole = text.encode("utf-16-le")
        ptr = realloc(0, 0, 2, 2 * n)
        write(ptr, whole)
        if len(whole) < 2 * n:
            ptr = realloc(ptr, 2 * n, 2, len(whole))
        return ptr, len(whole) // 2
    if to == "latin1+utf16" and source in ("utf8", "utf16"):
        whole = text.encode("utf-16-le")
        ptr = realloc(0, 0, 2, n)
        i = next((i for i, c in enumerate(text) if ord(c) >= 0x100), len(text))
        write(ptr, text[:i].encode("latin-1"))
        if i == len(text):
            if i < n:
                ptr = realloc(ptr, n, 2, i)
            return ptr, i
        ptr = realloc(ptr, n, 2, 2 * n)
        for j in reversed(range(i)):
            write(ptr + 2 * j, bytes([memory[ptr + j], 0]))
        write(ptr + 2 * i, whole[2 * i :])
        if 2 * n > len(whole):
            ptr = realloc(ptr, 2 * n, 2, len(whole))
        return ptr, len(whole) // 2 | tag
    if to == "latin1+utf16" and source == "tagged":
        whole = text.encode("utf-16-le")
        ptr = realloc(0, 0, 2, 2 * n)
        write(ptr, whole)
        if any(ord(c) >= 0x100 for c in text):
            return ptr, n | tag
        for j in range(n):
            write(ptr + j, bytes([memory[ptr + 2 * j]]))
        return realloc(ptr, 2 * n, 1, n), n
    width = 2 if to == "utf16" else 1
    ptr = realloc(0, 0, 1 if to == "utf8" else 2, width * n)
    write(ptr, text.encode({"utf8": "utf-8", "utf16": "utf-16-le"}.get(to, "latin-1")))
    return ptr, n
