"""A smaller problem with the same answer. In turns, until nothing changes:

- an element that one row only has forces that row, and all that it has is done with;
- an element that is in every row that has another one comes by itself;
- of rows with the same elements the lightest will do, and a row of which another one, that is no heavier, has all
  elements is not needed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fuzz.cmin.matrix import Matrix, Numbers, Weights

RARE = 500
"""Of elements in so many rows or fewer it is asked what comes with them: those decide what has to be kept."""

DOMINATED_UP_TO = 2_000_000
"""Elements of all rows up to which rows are compared with each other."""


@dataclass(frozen=True, slots=True)
class Core:
    """What is left to be decided: *rows* are those of the whole that the rows of *matrix* stand for; *forced* those
    that every best cover can have."""

    matrix: Matrix
    weights: Weights
    rows: Numbers
    forced: list[int]


def reduced(matrix: Matrix, weights: Weights) -> Core:
    """What has to be decided; nothing, often."""
    core = Core(matrix, weights, np.arange(matrix.rows), [])
    while True:
        smaller = _without_rows(_without_elements(_forced(core)))
        if smaller.matrix.rows == core.matrix.rows and smaller.matrix.width == core.matrix.width:
            return smaller
        core = smaller


def _part(core: Core, rows: Numbers, columns: NDArray[np.bool_], forced: list[int]) -> Core:
    part = core.matrix.part(rows, columns)
    filled = np.flatnonzero(part.lengths > 0)
    if len(filled) < part.rows:
        part = part.part(filled, np.ones(part.width, np.bool_))
        rows = rows[filled]
    return Core(part, core.weights[rows], core.rows[rows], [*core.forced, *forced])


def _forced(core: Core) -> Core:
    matrix = core.matrix
    counts = matrix.counts()
    single = counts == 1
    forcing = np.flatnonzero(matrix.sums(single))
    wanted = (counts > 0) & ~matrix.shown_by(forcing.tolist())
    if wanted.all() and not len(forcing):
        return core
    rest = np.setdiff1d(np.arange(matrix.rows), forcing, assume_unique=True)
    return _part(core, rest, wanted, core.rows[forcing].tolist())


def _without_elements(core: Core) -> Core:
    """Without what comes by itself: for each rare element, what all its rows have."""
    matrix = core.matrix
    if not matrix.rows:
        return core
    wanted = np.ones(matrix.width, np.bool_)
    counts = matrix.counts()
    rows_of = _rows_of_rare(matrix, counts)
    for element in sorted(rows_of, key=lambda e: (int(counts[e]), e)):
        if not wanted[element]:
            continue
        implied = matrix.row(int(rows_of[element][0]))
        for row in rows_of[element][1:].tolist():
            implied = implied[wanted[implied]]
            if len(implied) == 1:
                break
            implied = np.intersect1d(implied, matrix.row(row), assume_unique=True)
        wanted[implied] = False
        wanted[element] = True
    return core if wanted.all() else _part(core, np.arange(matrix.rows), wanted, [])


def _rows_of_rare(matrix: Matrix, counts: Numbers) -> dict[int, Numbers]:
    rare = counts <= RARE
    found: list[tuple[Numbers, Numbers]] = []
    for first, last in matrix.blocks():
        part = matrix.elements[matrix.starts[first] : matrix.starts[last]]
        at = np.flatnonzero(rare[part])
        rows = np.searchsorted(matrix.starts, matrix.starts[first] + at, "right") - 1
        found.append((part[at].astype(np.int64), rows))
    elements = np.concatenate([e for e, _ in found])
    order = np.argsort(elements, kind="stable")
    rows = np.concatenate([r for _, r in found])[order]
    names, starts = np.unique(elements[order], return_index=True)
    return dict(zip(names.tolist(), np.split(rows, starts[1:]), strict=True)) if len(names) else {}


def _without_rows(core: Core) -> Core:
    matrix = core.matrix
    if not matrix.rows:
        return core
    random = np.random.default_rng(1)
    marks = [random.integers(0, 1 << 63, matrix.width, np.int64).view(np.uint64) for _ in range(2)]
    first, second = (matrix.sums(m) for m in marks)
    order = np.lexsort((core.rows, core.weights, second, first))
    new = np.ones(matrix.rows, np.bool_)
    new[1:] = (np.diff(first[order]) != 0) | (np.diff(second[order]) != 0)
    kept = np.sort(order[new])
    everything = np.ones(matrix.width, np.bool_)
    if len(kept) < matrix.rows:
        core = _part(core, kept, everything, [])
    if len(core.matrix.elements) > DOMINATED_UP_TO:
        return core
    kept = np.flatnonzero(~_dominated(core))
    return core if len(kept) == core.matrix.rows else _part(core, kept, everything, [])


def _dominated(core: Core) -> NDArray[np.bool_]:
    """Rows that another, no heavier one has all elements of. No two rows are equal."""
    matrix, weights = core.matrix, core.weights
    rows_of = matrix.transposed()
    counts = rows_of.lengths
    dominated = np.zeros(matrix.rows, np.bool_)
    lengths = matrix.lengths
    for row in np.argsort(lengths, kind="stable").tolist():
        own = matrix.row(row)
        others = rows_of.row(int(own[np.argmin(counts[own])]))
        others = others[(weights[others] <= weights[row]) & (lengths[others] > len(own)) & ~dominated[others]]
        for element in own[np.argsort(counts[own], kind="stable")][1:].tolist():
            if not len(others):
                break
            others = others[np.isin(others, rows_of.row(element), assume_unique=True)]
        dominated[row] = len(others) > 0
    return dominated
