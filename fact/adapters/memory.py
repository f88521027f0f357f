"""Addresses: pointer arithmetic, bounds, loads and stores, for 32-bit and 64-bit memories."""

from __future__ import annotations

from dataclasses import dataclass

from fact.adapters.wat import Block, get, i64
from fact.model.types import PtrType

PAGE_BITS = 16
POINTER_SIZE: dict[PtrType, int] = {"i32": 4, "i64": 8}

LOADS = {1: "i32.load8_u", 2: "i32.load16_u", 4: "i32.load", 8: "i64.load", 16: "v128.load"}
STORES = {1: "i32.store8", 2: "i32.store16", 4: "i32.store", 8: "i64.store", 16: "v128.store"}


def constant(p: PtrType, value: int) -> str:
    return f"({p}.const {value})"


def plus(p: PtrType, pointer: str, offset: int) -> str:
    return f"({p}.add {pointer} {constant(p, offset)})" if offset else pointer


def times(p: PtrType, value: str, factor: int) -> str:
    if factor & (factor - 1) == 0:
        return f"({p}.shl {value} {constant(p, factor.bit_length() - 1)})" if factor > 1 else value
    return f"({p}.mul {value} {constant(p, factor)})"


def converted(value: str, have: PtrType, want: PtrType) -> str:
    """An address or a length, known to fit, as a pointer of another type."""
    if have == want:
        return value
    return f"(i64.extend_i32_u {value})" if want == "i64" else f"(i32.wrap_i64 {value})"


def narrower(a: PtrType, b: PtrType) -> PtrType:
    """The type of the length that `memory.copy` takes between memories of these types."""
    return "i64" if a == b == "i64" else "i32"


def outside(p: PtrType, memory: str, pointer: str, length: str) -> Block:
    """The condition that *length* bytes from *pointer*, expressions of type *p*, go beyond *memory* as it is now."""
    if p == "i32":
        limit = f"(i64.shl (i64.extend_i32_u (memory.size {memory})) {i64(PAGE_BITS)})"
        return Block("(i64.gt_u", (f"(i64.add (i64.extend_i32_u {pointer}) (i64.extend_i32_u {length}))", limit))
    limit = f"(i64.shl (memory.size {memory}) {i64(PAGE_BITS)})"
    return Block("(i32.or", (
        f"(i64.gt_u {length} {limit})",
        f"(i64.gt_u {pointer} (i64.sub {limit} {length}))",
    ))


def misaligned(p: PtrType, pointer: str, align: int) -> str:
    """The condition that *pointer* is no multiple of *align*, which is more than 1."""
    low_bits = f"({p}.and {pointer} {constant(p, align - 1)})"
    return low_bits if p == "i32" else f"(i64.ne {low_bits} (i64.const 0))"


@dataclass(frozen=True, slots=True)
class Place:
    """*offset* bytes past the address in local *pointer*, in *memory* (its identifier)."""

    memory: str
    type: PtrType
    pointer: str
    offset: int = 0

    def plus(self, offset: int) -> Place:
        return Place(self.memory, self.type, self.pointer, self.offset + offset)

    def load(self, instruction: str) -> str:
        return f"({instruction} {self.memory}{self._offset} {get(self.pointer)})"

    def store(self, instruction: str, value: str) -> str:
        return f"({instruction} {self.memory}{self._offset} {get(self.pointer)} {value})"

    def load_pointer(self) -> str:
        return self.load(f"{self.type}.load")

    def load_length(self) -> str:
        """The second of a pair."""
        return self.plus(POINTER_SIZE[self.type]).load(f"{self.type}.load")

    def address(self) -> str:
        return plus(self.type, get(self.pointer), self.offset)

    @property
    def _offset(self) -> str:
        return f" offset={self.offset}" if self.offset else ""


