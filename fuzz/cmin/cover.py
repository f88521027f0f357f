"""The rows to keep: together they have every element, and they are as light as we know how to make them."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from fuzz.cmin.bound import bounded
from fuzz.cmin.greedy import greedy, without_superfluous
from fuzz.cmin.matrix import Matrix, Weights
from fuzz.cmin.reductions import reduced


@dataclass(frozen=True, slots=True)
class Cover:
    """*rows*, ascending, of which *forced* have an element that no other row has, and their *weight*. No cover is
    lighter than *least_weight*, none has fewer than *least_rows* rows."""

    rows: list[int]
    weight: float
    forced: int
    least_weight: float
    least_rows: int


def cover(matrix: Matrix, weights: Weights, seconds: float) -> Cover:
    """*weights*, all above 0, are what rows cost. A lighter cover than the greedy one, and bounds, are searched for in
    at most some *seconds*; the answer is never heavier than the greedy one."""
    simple = without_superfluous(matrix, weights, greedy(matrix, weights))
    light = _solved(matrix, weights, seconds / 2, simple)
    rows = min(light.rows, simple, key=lambda rows: float(weights[rows].sum()))
    weight = float(weights[rows].sum())
    if np.ptp(weights) == 0.0 if len(weights) else True:
        few = light.least_weight / float(weights[0]) if len(weights) else 0.0
    else:
        few = _solved(matrix, np.ones(matrix.rows), seconds / 2).least_weight
    counts = matrix.counts()
    forced = int(np.count_nonzero(matrix.sums(counts == 1)))
    least_rows = min(len(rows), math.ceil(few - 1e-6))
    assert bool((matrix.shown_by(rows) == (counts > 0)).all())
    return Cover(rows, weight, forced, min(light.least_weight, weight), least_rows)


@dataclass(frozen=True, slots=True)
class _Solved:
    rows: list[int]
    least_weight: float


def _solved(matrix: Matrix, weights: Weights, seconds: float, first: list[int] | None = None) -> _Solved:
    """*first*: some cover, if there is one."""
    core = reduced(matrix, weights)
    forced = float(weights[core.forced].sum()) if core.forced else 0.0
    if not core.matrix.rows:
        return _Solved(sorted(core.forced), forced)
    if core.matrix is not matrix or first is None:
        first = without_superfluous(core.matrix, core.weights, greedy(core.matrix, core.weights))
    found = bounded(core.matrix, core.weights, first, seconds)
    rows = without_superfluous(matrix, weights, [*core.forced, *core.rows[found.cover].tolist()])
    return _Solved(rows, forced + found.least)
