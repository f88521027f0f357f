"""What a type at a place tells of its values: once lifted (`walk`), and as raw core values and bytes before that
(`flat`, `at`).

The raw side is read on its own, and stops where lifting would trap.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

from fact.abi import CoreValue, Memory
from fact.model.traps import TrapReason
from fact.model.types import PtrType
from fact.model.values import Value
from fuzz.coverage.places import Place

LOOKED_AT = 16
"""Elements of a list whose raw bytes are looked at: those at the beginning."""

OF_CONTENT = frozenset({
    TrapReason.INVALID_UTF8, TrapReason.INVALID_UTF16, TrapReason.UNKNOWN_HANDLE, TrapReason.WRONG_RESOURCE_TYPE,
    TrapReason.HANDLE_LENT, TrapReason.HANDLE_NOT_OWNED,
})
"""Traps of lifting that looking at raw values does not foresee: of text, and of handles."""

OF_ANYTHING = frozenset(TrapReason)


class Raw:
    """Core values on their way into lifting, and the memory they point to: what they tell if lifting gets to them.

    Behind something that may trap unseen, what is found is *later*, and not so if lifting ends by one of *doubts*.
    """

    __slots__ = ("bad_area", "doubts", "found", "later", "memory", "pointer", "size", "sure")

    def __init__(self, memory: Memory | None, pointer: PtrType) -> None:
        self.memory = memory
        self.pointer: PtrType = pointer
        self.size = 0 if memory is None else len(memory)
        self.found = self.sure = set[str]()
        self.later = set[str]()
        self.doubts: frozenset[TrapReason] = frozenset()
        self.bad_area = False
        """The area that they are spilled to cannot be read."""

    def doubt(self, reasons: frozenset[TrapReason]) -> None:
        """From here on, lifting may have ended before."""
        if not reasons <= self.doubts:
            self.doubts |= reasons
            self.found = self.later

    def told(self, reason: TrapReason | None) -> set[str]:
        """What was got to when lifting is over, or has ended by a trap for *reason*."""
        return self.sure if reason in self.doubts else self.sure | self.later

    def bytes(self, at: int, n: int) -> bytes:
        assert self.memory is not None, "validation requires the memory option"
        return bytes(self.memory[at : at + n])

    def int(self, at: int, n: int) -> int:
        return int.from_bytes(self.bytes(at, n), "little")


class Walk:
    """Values on their way: what was found, what they become strings in, and the blocks that storing them asks for.

    Of *blocks* each is what it is for (`string`, `list`) and how often it calls realloc: the first so many.
    """

    __slots__ = ("blocks", "cut", "destination", "found", "handles")

    def __init__(self, found: set[str], destination: str) -> None:
        self.found = found
        self.destination = destination
        self.blocks: list[tuple[str, int]] = []
        self.cut = False
        """Elements were left out, with the blocks that they ask for: what comes now cannot be told apart from these."""
        self.handles = 0

    def block(self, purpose: str, calls: int) -> None:
        if not self.cut:
            self.blocks.append((purpose, calls))


class Shape(ABC):
    """A type at a place. *static* are the features of any value that gets there."""

    __slots__ = ("fallible", "place", "static", "telling")

    def __init__(self, place: Place, static: tuple[str, ...]) -> None:
        self.place = place
        self.static = static
        self.telling = True
        """Whether bytes in memory may tell anything."""
        self.fallible = True
        """Whether, if so, there are bytes that no value has."""

    @abstractmethod
    def walk(self, v: Value, w: Walk) -> None:
        """Notes what *v* tells."""

    @abstractmethod
    def flat(self, values: Sequence[CoreValue], i: int, raw: Raw) -> int:
        """Notes what the core values from *i* on tell; the index after the last of this shape. Raises `Stop`."""

    @abstractmethod
    def at(self, address: int, raw: Raw) -> None:
        """Notes what the bytes at *address*, which is in bounds, tell. Raises `Stop`."""

    def part(self, _step: str) -> Shape | None:
        """The part that a step of a site leads to."""
        return None


def elements_at(element: Shape, begin: int, length: int, size: int, raw: Raw) -> None:
    if element.telling:
        for at in range(begin, begin + min(length, LOOKED_AT) * size, size):
            element.at(at, raw)
        if length > LOOKED_AT and element.fallible:
            raw.doubt(OF_ANYTHING)
