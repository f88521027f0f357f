"""The greedy cover: again and again the row that adds most for its weight; and what is superfluous in a cover."""

from __future__ import annotations

import heapq
from collections.abc import Sequence

import numpy as np

from fuzz.cmin.matrix import Matrix, Weights

LOOKS = 2000
"""To look at one row takes as long as to look at so many elements of all rows together."""


def greedy(matrix: Matrix, weights: Weights) -> list[int]:
    """Rows that together have every element that any row has, at most ln(n) + 1 times as heavy as need be, n the length
    of the longest row.

    What a row adds only shrinks as others are taken. So the row whose value, as of some time ago, is highest is looked
    at again, and taken if it still is the best. Now and then all are looked at, which is fast for so many at once.
    """
    wanted = matrix.counts() > 0
    left = int(wanted.sum())
    value = matrix.lengths / weights
    order = np.argsort(-value, kind="stable")
    heap: list[tuple[float, int]] = []
    taken, next_in_order, looked = [], 0, 0
    patience = max(1000, len(matrix.elements) // LOOKS)
    starts, elements = matrix.starts, matrix.elements
    while left:
        if heap and (next_in_order == matrix.rows or -heap[0][0] >= value[order[next_in_order]]):
            row = heapq.heappop(heap)[1]
        else:
            row = int(order[next_in_order])
            next_in_order += 1
        own = elements[starts[row] : starts[row + 1]]
        added = int(np.count_nonzero(wanted[own]))
        looked += 1
        if not added:
            continue
        now = added / float(weights[row])
        best = max(-heap[0][0] if heap else 0.0, value[order[next_in_order]] if next_in_order < matrix.rows else 0.0)
        if now >= best:
            taken.append(row)
            wanted[own] = False
            left -= added
        elif looked < patience:
            heapq.heappush(heap, (-now, row))
        else:
            value = matrix.sums(wanted) / weights
            order = np.argsort(-value, kind="stable")
            heap, next_in_order, looked = [], 0, 0
    return taken


def without_superfluous(matrix: Matrix, weights: Weights, cover: Sequence[int]) -> list[int]:
    """*cover* without rows that the others do without; the heaviest go first. Ascending."""
    times = np.zeros(matrix.width, np.int64)
    for row in cover:
        times[matrix.row(row)] += 1
    kept = set(cover)
    for row in sorted(kept, key=lambda row: (-weights[row], len(matrix.row(row)), row)):
        own = matrix.row(row)
        if (times[own] > 1).all():
            times[own] -= 1
            kept.remove(row)
    return sorted(kept)
