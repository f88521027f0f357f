"""Round values for an axis."""

from __future__ import annotations

from itertools import takewhile
from math import ceil, floor, log10

from fuzz.report.words import number

STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400)
"""Of time, in seconds; beyond, multiples of days."""
DAY = 86400


def round_step(span: float, most: int) -> float:
    """1, 2 or 5 times a power of ten, of which at most *most* make up *span*."""
    least = span / most
    power = 10.0 ** floor(log10(least))
    return next(power * m for m in (1, 2, 5, 10) if power * m >= least * (1 - 1e-9))


def value_ticks(highest: float, most: int) -> tuple[float, ...]:
    """From 0 to the first that is at least *highest*."""
    step = round_step(highest or 1.0, most)
    return tuple(round(i * step, 10) for i in range(ceil((highest or 1.0) / step - 1e-9) + 1))


def time_ticks(seconds: float, most: int) -> tuple[tuple[float, str], ...]:
    """From 0 up to *seconds*, with labels in one unit: `0`, `30 min`, `60 min`."""
    step: float = next((s for s in STEPS if s * most >= seconds), 0)
    if not step:
        step = DAY * max(1, ceil(round_step(seconds / DAY, most)))
    length, unit = next((a, b) for a, b in ((DAY, "d"), (3600, "h"), (60, "min"), (1, "s")) if step >= a)
    at = takewhile(lambda t: t <= seconds * (1 + 1e-9), (i * step for i in range(most + 2)))
    return tuple((t, f"{number(t / length)} {unit}" if t else "0") for t in at)
