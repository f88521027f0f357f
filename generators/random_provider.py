"""A source of choices for Hypothesis that depends on a seed and on nothing else.

Hypothesis' own source also draws constants that it finds in the modules loaded at the time, and leans towards small
numbers; the same seed then gives other blueprints in another process. This one is uniform.
"""

from __future__ import annotations

import math
import struct
from random import Random
from typing import Any

from hypothesis.internal.conjecture.providers import PrimitiveProvider
from hypothesis.internal.intervalsets import IntervalSet


class RandomProvider(PrimitiveProvider):
    """Uniform choices from `random`, which is set before a run."""

    lifetime = "test_function"
    random: Random = Random(0)

    def draw_boolean(self, p: float = 0.5) -> bool:
        return self.random.random() < p

    def draw_integer(
        self, min_value: int | None = None, max_value: int | None = None, *, weights: dict[int, float] | None = None,
        shrink_towards: int = 0,
    ) -> int:
        if weights is not None:
            at = self.random.random()
            for choice, weight in weights.items():
                if (at := at - weight) < 0:
                    return choice
        low = min_value if min_value is not None else (max_value or 0) - (1 << 64)
        return self.random.randint(low, max_value if max_value is not None else low + (1 << 65))

    def draw_float(
        self, *, min_value: float = -math.inf, max_value: float = math.inf, allow_nan: bool = True,
        smallest_nonzero_magnitude: float,
    ) -> float:
        drawn = float(struct.unpack("<d", self.random.getrandbits(64).to_bytes(8, "little"))[0])
        fits = allow_nan if math.isnan(drawn) else min_value <= drawn <= max_value
        if fits and (drawn == 0 or math.isnan(drawn) or abs(drawn) >= smallest_nonzero_magnitude):
            return drawn
        return min_value if math.isfinite(min_value) else max_value if math.isfinite(max_value) else 0.0

    def draw_string(self, intervals: IntervalSet, *, min_size: int = 0, max_size: int = 1 << 30) -> str:
        if not intervals:
            return ""
        return "".join(chr(intervals[self.random.randrange(len(intervals))]) for _ in self._size(min_size, max_size))

    def draw_bytes(self, min_size: int = 0, max_size: int = 1 << 30) -> bytes:
        return self.random.randbytes(len(self._size(min_size, max_size)))

    def _size(self, least: int, most: int) -> range:
        return range(self.random.randint(least, min(most, least + 16)))


def seeded(seed: int) -> type[PrimitiveProvider]:
    """A provider class whose choices follow from *seed*."""
    members: dict[str, Any] = {"random": Random(seed)}
    return type("SeededProvider", (RandomProvider,), members)
