"""A best cover by HiGHS, in a process of its own: it prints, and it is a large C++ program."""

from __future__ import annotations

from collections.abc import Sequence

import highspy
import numpy as np

from fuzz.cmin.matrix import Matrix, Weights
from fuzz.engines.base import Engine, EngineEnded
from fuzz.engines.isolated import isolated
from fuzz.engines.limits import Limits
from fuzz.engines.reference import ReferenceEngine

GRACE_SECONDS = 20.0
"""How much longer than it was given it may take before it is ended."""

GAP = 1e-6


def searched(matrix: Matrix, weights: Weights, cover: Sequence[int], seconds: float) -> tuple[list[int], float]:
    """The lightest cover found within so many *seconds*, from *cover* on, and a lower bound for all; *cover* and 0 if
    nothing came of it."""
    process = isolated(home)
    process.limits = Limits(seconds + GRACE_SECONDS)
    try:
        found, least = process.call(search, matrix, weights, list(cover), seconds)
    except EngineEnded:
        return list(cover), 0.0
    return (found if matrix.shown_by(found).all() else list(cover)), least


def home() -> Engine:
    """What the process is asked for, so that it has imported this module when it starts."""
    return ReferenceEngine()


def search(matrix: Matrix, weights: Weights, cover: list[int], seconds: float) -> tuple[list[int], float]:
    """As `searched`, here. The rows need not be a cover where HiGHS thinks so but for rounding."""
    solver = highspy.Highs()  # type: ignore[no-untyped-call]
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("time_limit", seconds)
    solver.setOptionValue("mip_rel_gap", 0.0)
    solver.setOptionValue("mip_abs_gap", GAP)
    solver.passModel(_model(matrix, weights))
    solver.setSolution(_start(matrix, cover))
    solver.run()
    least = float(solver.getInfo().mip_dual_bound)
    found = np.flatnonzero(np.asarray(solver.getSolution().col_value) > 0.5).tolist()
    return found, least - GAP if np.isfinite(least) else 0.0


def _start(matrix: Matrix, cover: Sequence[int]) -> highspy.HighsSolution:
    values = np.zeros(matrix.rows)
    values[list(cover)] = 1.0
    solution = highspy.HighsSolution()
    solution.col_value = values.tolist()
    return solution


def _model(matrix: Matrix, weights: Weights) -> highspy.HighsLp:
    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = matrix.rows, matrix.width
    model.col_cost_ = weights
    model.col_lower_, model.col_upper_ = np.zeros(matrix.rows), np.ones(matrix.rows)
    model.row_lower_ = np.ones(matrix.width)
    model.row_upper_ = np.full(matrix.width, highspy.kHighsInf)
    model.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    model.a_matrix_.start_ = matrix.starts.astype(np.int32)
    model.a_matrix_.index_ = matrix.elements.astype(np.int32)
    model.a_matrix_.value_ = np.ones(len(matrix.elements))
    model.integrality_ = [highspy.HighsVarType.kInteger] * matrix.rows
    return model
