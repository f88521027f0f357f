"""Memory in which values are laid out for wasmtime's C API.

wasmtime copies the arguments of a call before it runs anything, and never frees them: they may live in Python's memory.
"""

from __future__ import annotations

import ctypes

FIRST_CHUNK = 4096
ALIGNMENT = 8

_NO_ROOM = memoryview(bytearray())


class Arena:
    """Grows by chunks and never moves what it holds, so addresses in it may be stored in it. Freed as a whole."""

    __slots__ = ("_base", "_chunks", "_kept", "_size", "_used", "_view")

    def __init__(self) -> None:
        self._chunks: list[ctypes.Array[ctypes.c_char]] = []
        self._kept: list[object] = []
        self._view = _NO_ROOM
        self._base = self._used = self._size = 0

    def add(self, data: bytes) -> int:
        """The address of a copy of *data*, a multiple of 8."""
        start = self._reserve(len(data))
        self._view[start:start + len(data)] = data
        return self._base + start

    def room(self, size: int) -> tuple[int, memoryview]:
        """The address of *size* bytes, and the bytes, to be written."""
        start = self._reserve(size)
        return self._base + start, self._view[start:start + size]

    def keep(self, owner: object) -> None:
        """*owner* of memory that is referred to lives as long as this."""
        self._kept.append(owner)

    def _reserve(self, size: int) -> int:
        start = self._used
        if start + size > self._size:
            self._grow(size)
            start = 0
        self._used = (start + size + ALIGNMENT - 1) & -ALIGNMENT
        return start

    def _grow(self, size: int) -> None:
        self._size = max(FIRST_CHUNK, 2 * self._size, size)
        chunk = ctypes.create_string_buffer(self._size)
        self._chunks.append(chunk)
        self._base = ctypes.addressof(chunk)
        self._view = memoryview(chunk).cast("B")
