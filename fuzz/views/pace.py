"""How fast a session went at its start, at its end and in between, and what memory it took, from its samples."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import msgspec

from fuzz.store.records import Sample

SHORTEST, LONGEST = 10.0, 300.0
"""Seconds over which the pace at the start and at the end is taken; a tenth of the session in between."""

RECENT = 30.0


class Pace(msgspec.Struct, frozen=True):
    """Cases a second; None where there are too few samples. *now* is over half a minute up to the last sample."""

    average: float | None = None
    start: float | None = None
    end: float | None = None
    now: float | None = None


class Range(msgspec.Struct, frozen=True):
    """Resident bytes."""

    first: int
    last: int
    highest: int


def pace_of(samples: Sequence[Sample]) -> Pace:
    """Of one session. Before the first case and after the last one nothing is counted: workers start, findings are
    minimised."""
    everything = [(s.seconds, s.cases) for s in sorted(samples, key=lambda s: s.seconds)]
    points = _working(everything)
    if len(points) < 2:
        return Pace()
    began, ended = points[0][0], points[-1][0]
    window = min(max(SHORTEST, (ended - began) / 10), LONGEST)
    before_now = [p for p in everything if p[0] <= everything[-1][0] - RECENT]
    return Pace(
        average=_rate(points), start=_rate([p for p in points if p[0] <= began + window]),
        end=_rate([p for p in points if p[0] >= ended - window]),
        now=_rate([before_now[-1] if before_now else everything[0], everything[-1]]),
    )


def _working(points: list[tuple[float, int]]) -> list[tuple[float, int]]:
    """From the last point without a case to the first with all of them."""
    if not points or points[-1][1] == points[0][1]:
        return []
    first = max((i for i, p in enumerate(points) if p[1] == 0), default=0)
    last = next(i for i, p in enumerate(points) if p[1] == points[-1][1])
    return points[first : last + 1]


def _rate(points: Sequence[tuple[float, int]]) -> float | None:
    if len(points) < 2 or points[-1][0] <= points[0][0]:
        return None
    return (points[-1][1] - points[0][1]) / (points[-1][0] - points[0][0])


def memory_of(samples: Sequence[Sample]) -> dict[str, Range]:
    """Of the supervisor, of all workers together, and of the largest worker; only those that were looked at.

    The first sample counts from which on cases were done: before, workers are still loading.
    """
    ordered = sorted(samples, key=lambda s: s.seconds)
    ordered = [s for s in ordered if s.cases] or ordered
    curves = {
        "supervisor": [s.supervisor_bytes for s in ordered],
        "all workers": [sum(s.worker_bytes) for s in ordered],
        "largest worker": [max(s.worker_bytes, default=0) for s in ordered],
    }
    return {name: Range(curve[0], curve[-1], max(curve)) for name, curve in curves.items() if any(curve)}


def clock_jump(began: float, samples: Sequence[Sample]) -> float:
    """By how many seconds the wall clock of a session's machine was moved while it ran, the largest move; 0 if it only
    drifted. Below 0: it was set back."""
    offsets = [began, *(s.wall - s.seconds for s in sorted(samples, key=lambda s: s.seconds))]
    moves = [after - before for before, after in pairwise(offsets)]
    largest = max(moves, key=abs, default=0.0)
    return largest if abs(largest) >= 30 else 0.0
