"""How light a cover can be at least, and whether there is a lighter one.

First by Lagrangian relaxation: whoever covers an element is paid its price. Whatever the prices are, the sum of them
less the profit of all rows that gain is a lower bound. Prices of elements that are covered too often fall, others rise.
Rows that no better cover can have, by their loss at these prices, are then left out; what remains goes to HiGHS.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from time import monotonic

import numpy as np

from fuzz.cmin.greedy import greedy, without_superfluous
from fuzz.cmin.matrix import Flags, Matrix, Weights
from fuzz.cmin.search import searched

STEPS = 400
PATIENCE = 15
"""Steps without a better bound, after which steps get smaller."""

WORKED_ON = 1_500_000
"""Elements of all rows with which this works. Where there are more, it is with the rarest: what covers all covers
those, so that a bound for them is one for all; and those that many rows have come by themselves."""

CLOSE = 1e-9
"""Relative; less than that is rounding."""


@dataclass(frozen=True, slots=True)
class Bounded:
    """*cover*: rows, and no cover is lighter than *least*."""

    cover: list[int]
    least: float


def bounded(matrix: Matrix, weights: Weights, cover: Sequence[int], seconds: float) -> Bounded:
    """A cover at least as light as *cover*, and how light one can be; found in about so many *seconds*."""
    until = monotonic() + seconds
    weight = float(weights[list(cover)].sum())
    part = matrix.part(np.arange(matrix.rows), _rarest(matrix))
    prices, least = priced(part, weights, weight, monotonic() + seconds / 3)
    useful = least + np.maximum(weights - part.sums(prices), 0) < weight * (1 + CLOSE)
    useful[list(cover)] = True
    rows = np.flatnonzero(useful)
    if least >= weight * (1 - CLOSE) or monotonic() >= until:
        return Bounded(list(cover), min(least, weight))
    numbers = {row: i for i, row in enumerate(rows.tolist())}
    core = part.part(rows, np.ones(part.width, np.bool_))
    found, at_least = searched(core, weights[rows], [numbers[row] for row in cover], until - monotonic())
    better = _completed(matrix, weights, rows[found].tolist())
    lightest = min(list(cover), better, key=lambda rows: float(weights[rows].sum()))
    return Bounded(lightest, min(max(least, at_least), float(weights[lightest].sum())))


def _rarest(matrix: Matrix) -> Flags:
    counts = matrix.counts()
    order = np.argsort(counts, kind="stable")
    rarest = np.zeros(matrix.width, np.bool_)
    rarest[order[np.cumsum(counts[order]) <= WORKED_ON]] = True
    return rarest


def _completed(matrix: Matrix, weights: Weights, rows: list[int]) -> list[int]:
    """With what *rows* lack."""
    lacking = ~matrix.shown_by(rows) & (matrix.counts() > 0)
    if lacking.any():
        rows = [*rows, *greedy(matrix.part(np.arange(matrix.rows), lacking), weights)]
    return without_superfluous(matrix, weights, rows)


def priced(matrix: Matrix, weights: Weights, weight: float, until: float) -> tuple[Weights, float]:
    """Prices of elements, and the lower bound that follows from them. *weight* is that of some cover."""
    prices = np.full(matrix.width, np.inf)
    share = weights / np.maximum(matrix.lengths, 1)
    np.minimum.at(prices, matrix.elements, np.repeat(share, matrix.lengths))
    prices[np.isinf(prices)] = 0.0
    best, least = prices, -np.inf
    step, worse = 1.0, 0
    for _ in range(STEPS):
        loss = weights - matrix.sums(prices)
        gained = loss < 0
        value = float(prices.sum() + loss[gained].sum())
        if value > least + CLOSE * weight:
            best, least, worse = prices, value, 0
        else:
            worse += 1
            if worse > PATIENCE:
                step, worse, prices = step / 2, 0, best
        sold = np.bincount(matrix.elements[np.repeat(gained, matrix.lengths)], minlength=matrix.width)
        slope = 1.0 - sold
        slope[(prices <= 0) & (slope < 0)] = 0.0
        length = float(slope @ slope)
        if not length or least >= weight * (1 - CLOSE) or step < 1e-4 or monotonic() > until:
            break
        prices = np.maximum(0.0, prices + step * max(weight - value, CLOSE) / length * slope)
    return best, max(0.0, least - CLOSE * weight)
