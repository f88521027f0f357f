"""What converts values of one type to the structures of wasmtime's C API, and back."""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from fact.model.types import ValType
from fact.model.values import Value, check_value
from fuzz.engines.native_layout import Data
from fuzz.engines.native_memory import Arena

Put: TypeAlias = Callable[[Value, Arena], bytes]
"""The 32 bytes of a value; what they point to goes into the arena. Raises one of `MISFITS` for any other object."""
Get: TypeAlias = Callable[[Data, int], Value]
"""The value whose 32 bytes begin at an offset."""

MISFITS = (ValueError, TypeError, KeyError, AttributeError, OverflowError, struct.error)
"""What `Put` raises, in passing, for an object that is no value of the type."""


@dataclass(frozen=True, slots=True)
class Converter:
    """Converts values of *type*; *pointing*: whether their 32 bytes point to more."""

    type: ValType
    pointing: bool
    put: Put
    get: Get

    def bytes_of(self, value: object, arena: Arena) -> bytes:
        """As *put* for any object: `ValueError` says what is wrong with one that is no value of the type."""
        try:
            return self.put(value, arena)  # type: ignore[arg-type]  # what is no value of the type is a misfit
        except MISFITS:
            return self.put(check_value(self.type, value), arena)
