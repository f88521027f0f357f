"""CanonicalABI.md, "Canonical ABI Options": memories, core functions, and what a canonical definition is given."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from fact.model.types import PtrType

CoreValue: TypeAlias = int | float
"""i32 and i64 as unsigned integers, f32 and f64 as floats."""

CoreFunc: TypeAlias = Callable[[Sequence[CoreValue]], Sequence[CoreValue]]
"""A core wasm function: parameters to results. Raises `Trap`, or `CoreWebAssemblyException` when it throws."""


def ptr_size(ptr_type: PtrType) -> int:
    """Bytes of a pointer or length in memory."""
    return 4 if ptr_type == "i32" else 8


class Memory(Protocol):
    """A linear memory. `len` asks for the size afresh; a slice is within the bytes that the last `len` counted."""

    @property
    def ptr_type(self) -> PtrType: ...

    def __len__(self) -> int: ...

    def __getitem__(self, key: slice, /) -> bytes | bytearray | memoryview: ...

    def __setitem__(self, key: slice, value: bytes, /) -> None: ...


@dataclass(slots=True)
class MemInst:
    """A memory in a bytearray."""

    data: bytearray
    ptr_type: PtrType = "i32"

    def __len__(self) -> int:
        return len(self.data)

    def __getitem__(self, key: slice, /) -> bytearray:
        return self.data[key]

    def __setitem__(self, key: slice, value: bytes, /) -> None:
        self.data[key] = value


@dataclass(frozen=True, slots=True)
class CanonicalOptions:
    """The options of one canonical definition, each the runtime thing itself.

    *memory* may be missing where no value needs one, *realloc* where nothing is lowered into memory.
    """

    string_encoding: str = "utf8"
    memory: Memory | None = None
    realloc: CoreFunc | None = None
    post_return: CoreFunc | None = None
