"""What keeping a case costs."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from fuzz.cmin.matrix import Numbers, Weights

Bytes = Numbers
Seconds = NDArray[np.float64]

CASE_BYTES, CASE_SECONDS = 1 << 15, 0.05
"""A case that is so long costs as much again as there being one; and one that takes so long."""


def _in_steps(seconds: Seconds) -> Seconds:
    """To a power of two of milliseconds: how long a case takes is never the same twice, which cases are kept should
    be."""
    return np.asarray(0.001 * 2.0 ** np.round(np.log2(np.maximum(seconds, 0.001) * 1000)))


def _balanced(bytes: Bytes, seconds: Seconds) -> Weights:
    return np.asarray(1 + bytes / CASE_BYTES + _in_steps(seconds) / CASE_SECONDS)


def _few(bytes: Bytes, seconds: Seconds) -> Weights:
    return np.asarray(1 + np.minimum(_balanced(bytes, seconds), 100) / 10_000)


def _small(bytes: Bytes, seconds: Seconds) -> Weights:
    return np.maximum(bytes, 1) / 1024


def _fast(bytes: Bytes, seconds: Seconds) -> Weights:
    return _in_steps(seconds) * 1000


WEIGHTS: Mapping[str, Callable[[Bytes, Seconds], Weights]] = {
    "balanced": _balanced, "few": _few, "small": _small, "fast": _fast,
}
"""By what is preferred; from bytes and seconds of each case to weights, all more than 0."""

MEANINGS: Mapping[str, str] = {
    "balanced": f"1 a case, 1 more for every {CASE_BYTES >> 10} KiB and for every {CASE_SECONDS * 1000:g} ms",
    "few": "the number of cases; of sets with equally many the one that is smaller and faster",
    "small": "KiB",
    "fast": "milliseconds",
}
"""What a weight is, in words."""
