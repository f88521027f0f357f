"""Guests for the tests of the reference: a memory, an allocator that tells its calls, and short forms of calls."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import cast

import pytest

from fact.abi import (
    CanonicalOptions,
    ComponentInstance,
    CoreValue,
    CoreValueIter,
    LiftLowerContext,
    MemInst,
    String,
    Violation,
    lift_flat,
    load,
)
from fact.model.traps import TrapReason
from fact.model.types import Prim, PtrType, ValType
from fact.model.values import Value

Call = tuple[int, int, int, int]
"""Old pointer, old size, alignment, new size."""


class Guest:
    """The i-th call of realloc returns *blocks*[i]; by default everything goes to ever higher multiples of 256.

    Unless *forgetful*, realloc carries the bytes along.
    """

    def __init__(
        self,
        encoding: str = "utf8",
        pointer: PtrType = "i32",
        *,
        size: int = 4096,
        blocks: Sequence[int] = (),
        forgetful: bool = False,
    ) -> None:
        self.memory = MemInst(bytearray(size), pointer)
        self.blocks = list(blocks) or [256 * (i + 1) for i in range(15)]
        self.calls: list[Call] = []
        self.forgetful = forgetful
        self.cx = LiftLowerContext(CanonicalOptions(encoding, self.memory, self.realloc), ComponentInstance())

    def realloc(self, args: Sequence[CoreValue]) -> list[CoreValue]:
        old, old_size, align, new_size = cast(Call, tuple(args))
        ptr = self.blocks[len(self.calls)]
        self.calls.append((old, old_size, align, new_size))
        kept = min(old_size, new_size)
        if not self.forgetful and ptr + kept <= len(self.memory):
            self.memory.data[ptr : ptr + kept] = self.memory.data[old : old + kept]
        return [ptr]

    def bytes_at(self, ptr: CoreValue, size: int) -> bytes:
        return bytes(self.memory.data[int(ptr) : int(ptr) + size])


def reading(data: bytes, encoding: str = "utf8", pointer: PtrType = "i32") -> LiftLowerContext:
    """A guest whose memory is *data*, without realloc."""
    return LiftLowerContext(CanonicalOptions(encoding, MemInst(bytearray(data), pointer)), ComponentInstance())


def lifted(cx: LiftLowerContext, t: ValType, *flat: CoreValue) -> Value:
    return lift_flat(cx, CoreValueIter(flat), t)


def loaded(data: bytes, t: ValType, pointer: PtrType = "i32") -> Value:
    return load(reading(data, "utf8", pointer), 0, t)


def lifted_string(text: str, encoding: str, pointer: PtrType = "i32", tagged: bool = False) -> String:
    """*text* lifted from a memory of that encoding: UTF-16 in latin1+utf16 if *tagged*."""
    codec = {"utf8": "utf-8", "utf16": "utf-16-le"}.get(encoding, "utf-16-le" if tagged else "latin-1")
    data = text.encode(codec)
    units = len(data) // 2 if codec == "utf-16-le" else len(data)
    tag = 1 << (31 if pointer == "i32" else 63) if tagged else 0
    string = lifted(reading(data, encoding, pointer), Prim.STRING, 0, units | tag)
    assert isinstance(string, String)
    return string


def violation(call: Callable[[], object]) -> tuple[TrapReason, tuple[str | int, ...]]:
    """Why and where *call* breaks a rule."""
    with pytest.raises(Violation) as broken:
        call()
    return broken.value.reason, broken.value.path
