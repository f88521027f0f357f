"""Rows that have elements, as two arrays. A million rows of 250 elements take half a gigabyte."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.int64]
Weights = NDArray[np.float64]
Flags = NDArray[np.bool_]

AT_ONCE = 4_000_000
"""Elements that are worked on at a time: what is made for them in between is some times as large."""


@dataclass(frozen=True, slots=True)
class Matrix:
    """Row r has the elements `elements[starts[r]:starts[r + 1]]`, numbers below *width*, each once, in any order."""

    starts: Numbers
    elements: NDArray[np.unsignedinteger]
    width: int

    @property
    def rows(self) -> int:
        return len(self.starts) - 1

    def row(self, row: int) -> NDArray[np.unsignedinteger]:
        return self.elements[self.starts[row] : self.starts[row + 1]]

    @property
    def lengths(self) -> Numbers:
        return np.diff(self.starts)

    def blocks(self) -> Iterator[tuple[int, int]]:
        """First and last row, exclusive, of blocks of at most `AT_ONCE` elements, if no row has more."""
        first = 0
        while first < self.rows:
            until = int(np.searchsorted(self.starts, self.starts[first] + AT_ONCE, "right")) - 1
            last = min(max(until, first + 1), self.rows)
            yield first, last
            first = last

    def counts(self) -> Numbers:
        """In how many rows each element is."""
        counts = np.zeros(self.width, np.int64)
        for first, last in self.blocks():
            part = self.elements[self.starts[first] : self.starts[last]]
            counts += np.bincount(part, minlength=self.width)
        return counts

    def sums(self, values: NDArray[Any]) -> NDArray[Any]:
        """For each row the sum of its elements' *values*; of flags, how many are set."""
        kind = np.int64 if values.dtype == np.bool_ else values.dtype
        sums = np.zeros(self.rows, kind)
        for first, last in self.blocks():
            base = self.starts[first]
            taken = values[self.elements[base : self.starts[last]]].astype(kind, copy=False)
            filled = np.flatnonzero(self.starts[first + 1 : last + 1] > self.starts[first:last])
            if len(filled):
                sums[first + filled] = np.add.reduceat(taken, self.starts[first + filled] - base)
        return sums

    def shown_by(self, rows: Iterable[int]) -> Flags:
        """The elements that at least one of *rows* has."""
        shown = np.zeros(self.width, np.bool_)
        for row in rows:
            shown[self.row(row)] = True
        return shown

    def part(self, rows: Numbers, columns: Flags) -> Matrix:
        """Only these rows, of them only these elements, which are numbered anew."""
        numbers = (np.cumsum(columns) - 1).astype(self.elements.dtype)
        lengths, parts = [np.zeros(1, np.int64)], [self.elements[:0]]
        for block in np.array_split(rows, max(1, int(self.lengths[rows].sum()) // AT_ONCE)):
            taken = self._elements_of(block)
            kept = columns[taken]
            ends = np.cumsum(self.lengths[block])
            before = np.concatenate([[0], np.cumsum(kept)])
            lengths.append(np.diff(before[np.concatenate([[0], ends])]))
            parts.append(numbers[taken[kept]])
        return Matrix(np.cumsum(np.concatenate(lengths)), np.concatenate(parts), int(columns.sum()))

    def _elements_of(self, rows: Numbers) -> NDArray[np.unsignedinteger]:
        """Of these rows, one after the other."""
        lengths = self.lengths[rows]
        total = int(lengths.sum())
        offsets = np.repeat(self.starts[rows] - np.concatenate([[0], np.cumsum(lengths)[:-1]]), lengths)
        return self.elements[offsets + np.arange(total)] if total else self.elements[:0]

    def transposed(self) -> Matrix:
        """Elements become rows and rows elements; needs some ten times the room."""
        order = np.argsort(self.elements, kind="stable")
        rows = np.repeat(np.arange(self.rows), self.lengths)[order]
        starts = np.concatenate([[0], np.cumsum(np.bincount(self.elements, minlength=self.width))])
        return Matrix(starts.astype(np.int64), rows.astype(small(self.rows)), self.rows)


def small(width: int) -> type[np.unsignedinteger]:
    """The type of numbers below *width*."""
    return np.uint16 if width <= 1 << 16 else np.uint32


def matrix_of(rows: Sequence[Iterable[int]], width: int) -> Matrix:
    """For few rows."""
    lists = [sorted(set(row)) for row in rows]
    starts = np.cumsum([0, *map(len, lists)]).astype(np.int64)
    elements = np.array([e for row in lists for e in row], dtype=small(width))
    return Matrix(starts, elements, width)
