"""Sets of case numbers, as ranges."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from fuzz.store.records import BLOCK

Range: TypeAlias = tuple[int, int]
"""First, and one past the last."""


@dataclass(frozen=True, slots=True)
class Intervals:
    """Whole numbers of 0 and more. Made by `of` or `of_blocks`: ranges are in order and do not touch."""

    _ranges: tuple[Range, ...] = ()

    @classmethod
    def of(cls, ranges: Iterable[Range]) -> Intervals:
        """Of ranges in any order, which may overlap."""
        joined: list[Range] = []
        for first, end in sorted(r for r in ranges if r[0] < r[1]):
            if joined and first <= joined[-1][1]:
                joined[-1] = joined[-1][0], max(end, joined[-1][1])
            else:
                joined.append((first, end))
        return cls(tuple(joined))

    @classmethod
    def of_blocks(cls, bits: Mapping[int, int]) -> Intervals:
        """Of bitmaps by number of block; the lowest bit is the block's first case."""
        return cls.of(
            (number * BLOCK + first, number * BLOCK + end)
            for number, bitmap in bits.items() for first, end in ranges_of_bits(bitmap)
        )

    @property
    def count(self) -> int:
        """How many numbers are in it."""
        return sum(end - first for first, end in self._ranges)

    def __contains__(self, number: object) -> bool:
        if not isinstance(number, int):
            return False
        at = bisect_right(self._ranges, number, key=lambda r: r[0]) - 1
        return at >= 0 and number < self._ranges[at][1]

    def ranges(self) -> tuple[Range, ...]:
        return self._ranges

    def missing(self, first: int, end: int) -> tuple[Range, ...]:
        """What of *first* to *end* - 1 is not in it, in order."""
        found: list[Range] = []
        at = max(bisect_right(self._ranges, first, key=lambda r: r[0]) - 1, 0)
        for covered, covered_end in self._ranges[at:]:
            if covered >= end:
                break
            if first < covered:
                found.append((first, covered))
            first = max(first, covered_end)
        if first < end:
            found.append((first, end))
        return tuple(found)


def ranges_of_bits(bits: int) -> Iterator[Range]:
    """The ranges of bits that are set, from the lowest."""
    at = 0
    while bits:
        zeros = (bits & -bits).bit_length() - 1
        bits >>= zeros
        at += zeros
        ones = (~bits & (bits + 1)).bit_length() - 1
        yield at, at + ones
        bits >>= ones
        at += ones
