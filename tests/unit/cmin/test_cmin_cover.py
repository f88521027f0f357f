"""The kept set: complete, no heavier than the greedy one, and never lighter than the bound says it can be."""

from __future__ import annotations

from itertools import chain, combinations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from fuzz.cmin.bound import priced
from fuzz.cmin.cover import cover
from fuzz.cmin.greedy import greedy, without_superfluous
from fuzz.cmin.matrix import Matrix, Weights, matrix_of
from fuzz.cmin.reductions import reduced

WIDTH = 7


@st.composite
def problems(draw: st.DrawFn, most: int = 8) -> tuple[list[set[int]], Weights]:
    rows = draw(st.lists(st.sets(st.integers(0, WIDTH - 1), max_size=4), min_size=1, max_size=most))
    weights = draw(st.lists(st.sampled_from([0.5, 1.0, 1.25, 2.0, 5.0]), min_size=len(rows), max_size=len(rows)))
    return rows, np.array(weights)


def optimum(rows: list[set[int]], weights: Weights) -> float:
    """By trying all."""
    wanted = set().union(*rows)
    every = chain.from_iterable(combinations(range(len(rows)), n) for n in range(len(rows) + 1))
    return min(sum(weights[r] for r in some) for some in every if set().union(*(rows[r] for r in some)) == wanted)


@given(problems())
@settings(max_examples=150)
def test_laws(problem: tuple[list[set[int]], Weights]) -> None:
    rows, weights = problem
    matrix = matrix_of(rows, WIDTH)
    found = cover(matrix, weights, 2.0)
    assert set().union(*(rows[r] for r in found.rows)) == set().union(*rows)
    best = optimum(rows, weights)
    fewest = optimum(rows, np.ones(len(rows)))
    assert found.weight == sum(weights[r] for r in found.rows)
    assert found.least_weight <= best + 1e-5
    assert found.least_rows <= fewest
    # such small problems are solved
    assert found.weight <= best + 1e-5
    assert found.least_weight >= best - 1e-4
    assert found.least_rows == fewest


@given(problems())
def test_greedy_covers_and_nothing_in_it_is_superfluous(problem: tuple[list[set[int]], Weights]) -> None:
    rows, weights = problem
    matrix = matrix_of(rows, WIDTH)
    first = greedy(matrix, weights)
    wanted = set().union(*rows)
    assert set().union(*(rows[r] for r in first)) == wanted
    kept = without_superfluous(matrix, weights, first)
    assert set(kept) <= set(first)
    assert set().union(*(rows[r] for r in kept)) == wanted
    for one in kept:
        assert set().union(*(rows[r] for r in kept if r != one)) != wanted


@given(problems())
def test_reductions_keep_the_optimum(problem: tuple[list[set[int]], Weights]) -> None:
    rows, weights = problem
    core = reduced(matrix_of(rows, WIDTH), weights)
    assert not set(core.forced) & set(core.rows.tolist())
    left = [set(core.matrix.row(r).tolist()) for r in range(core.matrix.rows)]
    assert abs(sum(weights[r] for r in core.forced) + optimum(left, core.weights) - optimum(rows, weights)) < 1e-9


@given(problems())
def test_any_prices_bound_the_optimum(problem: tuple[list[set[int]], Weights]) -> None:
    rows, weights = problem
    core = reduced(matrix_of(rows, WIDTH), weights)
    left = [set(core.matrix.row(r).tolist()) for r in range(core.matrix.rows)]
    if left:
        weight = float(core.weights[greedy(core.matrix, core.weights)].sum())
        prices, least = priced(core.matrix, core.weights, weight, float("inf"))
        assert (prices >= 0).all()
        assert 0 <= least <= optimum(left, core.weights) + 1e-9


def test_the_light_one_of_equals_is_kept() -> None:
    matrix = matrix_of([{0, 1}, {0, 1}, {1}, {2}], 3)
    assert cover(matrix, np.array([3.0, 2.0, 0.1, 1.0]), 1.0).rows == [1, 3]


def test_many_small_rows_beat_a_heavy_one_only_if_they_are_lighter() -> None:
    rows = [{0, 1, 2, 3}, {0}, {1}, {2}, {3}]
    assert cover(matrix_of(rows, 4), np.array([10.0, 1, 1, 1, 1]), 1.0).rows == [1, 2, 3, 4]
    assert cover(matrix_of(rows, 4), np.array([3.0, 1, 1, 1, 1]), 1.0).rows == [0]


def test_where_greedy_errs() -> None:
    """The largest row is in no best cover."""
    rows = [{0, 1, 2, 3}, {0, 1, 4}, {2, 3, 5}]
    matrix = matrix_of(rows, 6)
    assert greedy(matrix, np.ones(3))[0] == 0
    found = cover(matrix, np.ones(3), 1.0)
    assert (found.rows, found.least_rows, found.forced) == ([1, 2], 2, 2)


def test_nothing_to_cover() -> None:
    assert cover(matrix_of([], 3), np.empty(0), 1.0).rows == []
    found = cover(matrix_of([set(), set()], 3), np.ones(2), 1.0)
    assert (found.rows, found.least_rows, found.weight) == ([], 0, 0.0)


def random_matrix(rows: int, width: int, each: int, seed: int) -> Matrix:
    """Elements are the rarer, the higher their number."""
    random = np.random.default_rng(seed)
    odds = 1.0 / np.arange(1, width + 1) ** 1.8
    odds = np.minimum(1.0, odds * each / odds.sum() * 6)
    hit = random.random((rows, width), dtype=np.float32) < odds
    return Matrix(np.concatenate([[0], np.cumsum(hit.sum(1))]), np.nonzero(hit)[1].astype(np.uint16), width)


def test_ten_thousand_rows() -> None:
    matrix = random_matrix(10_000, 1_000, 60, 1)
    weights = 1 + np.random.default_rng(2).lognormal(0, 0.8, matrix.rows)
    found = cover(matrix, weights, 1.0)
    assert (matrix.shown_by(found.rows) == (matrix.counts() > 0)).all()
    simple = greedy(matrix, weights)
    assert found.weight <= weights[simple].sum()
    assert 0 < found.least_weight <= found.weight
    assert found.weight < 2 * found.least_weight
    assert 0 < found.least_rows <= len(found.rows) < len(simple) * 1.2


def test_arrays_are_worked_on_in_blocks(monkeypatch: object) -> None:
    import fuzz.cmin.matrix as module

    whole = random_matrix(300, 100, 20, 3)
    values = np.random.default_rng(1).random(whole.width)
    expected = whole.counts(), whole.sums(values), whole.part(np.arange(0, 300, 3), np.arange(100) % 2 == 0)
    before, module.AT_ONCE = module.AT_ONCE, 50
    try:
        assert len(list(whole.blocks())) > 20
        assert (whole.counts() == expected[0]).all()
        assert np.allclose(whole.sums(values), expected[1])
        part = whole.part(np.arange(0, 300, 3), np.arange(100) % 2 == 0)
        assert (part.elements == expected[2].elements).all() and (part.starts == expected[2].starts).all()
        assert part.row(1).tolist() == [e // 2 for e in whole.row(3).tolist() if e % 2 == 0]
    finally:
        module.AT_ONCE = before
