"""Samples of sessions as curves: cases a second, features seen, memory."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TypeAlias

from fuzz.report.page import Line, Plot, Row
from fuzz.report.timeline import Placed, Timeline
from fuzz.store.records import EngineCount, Sample

INSTANT = 1e-6
"""Seconds; what is shorter comes of rounding."""
POINTS = 200
ROWS = 16

Value: TypeAlias = Callable[[float, float], float | None]
"""Of a part of the axis, from its begin to its end."""
Buckets: TypeAlias = Sequence[tuple[float, float]]
Curve: TypeAlias = tuple[tuple[float, float], ...]
Points: TypeAlias = Callable[[Buckets, Value], Curve]


def plots(time: Timeline, engines: Sequence[str], possible: int) -> tuple[Plot, ...]:
    """*engines* in the order of their curves; *possible*: how many features there are. None where there is no time to
    show."""
    if not time.seconds:
        return ()
    return (_rates(time, engines), _features(time, possible), _memory(time))


def _rates(time: Timeline, engines: Sequence[str]) -> Plot:
    totals = [_Total(placed, lambda s: s.cases) for placed in time.placed]
    lines: list[tuple[str, Value]] = [("all engines, all workers", _rate(totals))]
    for name in engines:
        cases = [_Total(p, lambda s, name=name: _of(s, name).cases) for p in time.placed]  # type: ignore[misc]
        busy = [_Total(p, lambda s, name=name: _of(s, name).seconds) for p in time.placed]  # type: ignore[misc]
        lines.append((f"{name} alone", _ratio(cases, busy)))
    return _plot(time, "rates", "Cases a second", "cases/s",
                 "What the whole campaign did; and, for each engine, what one worker would do if it ran nothing else.",
                 lines, _through_middles)


def _features(time: Timeline, possible: int) -> Plot:
    def seen(begin: float, end: float) -> float:
        return max((sample.features for p in time.placed if (sample := _last(p, end)) is not None), default=0)

    return _plot(time, "features", "Features seen", "features",
                 "Facts of the canonical ABI that some case has exercised, and how many there are.",
                 [("seen", seen), ("possible", lambda begin, end: possible)], _through_ends)


def _memory(time: Timeline) -> Plot:
    def most(of: Callable[[Sample], int]) -> Value:
        def value(begin: float, end: float) -> float | None:
            found = [_peak(p, begin, end, of) for p in time.placed if min(p.end, end) - max(p.begin, begin) > INSTANT]
            there = [peak for peak in found if peak is not None]
            return sum(there) if there else None
        return value

    lines = [("all workers", most(lambda s: sum(s.worker_bytes)))]
    if any(len(s.worker_bytes) > 1 for p in time.placed for s in p.samples):
        lines.append(("largest worker", most(lambda s: max(s.worker_bytes, default=0))))
    lines.append(("supervisor", most(lambda s: s.supervisor_bytes)))
    return _plot(time, "memory", "Memory", "bytes", "Resident memory: the most in each stretch of time.", lines,
                 _through_middles)


def _plot(
    time: Timeline, name: str, title: str, unit: str, about: str, lines: Sequence[tuple[str, Value]],
    points: Points,
) -> Plot:
    fine, coarse = time.buckets(POINTS), time.buckets(ROWS)
    return Plot(
        name, title, unit, about, time.seconds,
        tuple(Line(label, tuple(points(part, value) for part in fine)) for label, value in lines),
        time.gaps,
        tuple(Row(begin, end, tuple(_round(value(begin, end)) for _, value in lines))
              for part in coarse for begin, end in part),
    )


def _through_middles(part: Buckets, value: Value) -> Curve:
    """Of what happens within each bucket; and as far as the ends of the stretch."""
    found = [(begin, end, y) for begin, end in part if (y := _round(value(begin, end))) is not None]
    if not found:
        return ()
    middles = [((begin + end) / 2, y) for begin, end, y in found]
    points = [(found[0][0], middles[0][1]), *middles, (found[-1][1], middles[-1][1])]
    return tuple((round(x, 1), y) for x, y in points)


def _through_ends(part: Buckets, value: Value) -> Curve:
    """Of a state at the end of each bucket."""
    begin = part[0][0]
    found = [(at, _round(value(begin, at))) for at in (begin, *(end for _, end in part))]
    return tuple((round(x, 1), y) for x, y in found if y is not None)


def _round(value: float | None) -> float | None:
    return None if value is None else round(value, 3)


# -- counts that grow


class _Total:
    """A count of a session as it grew, between samples in proportion."""

    def __init__(self, placed: Placed, count: Callable[[Sample], float]) -> None:
        self._placed = placed
        self._count = count

    @cached_property
    def _points(self) -> tuple[list[float], list[float]]:
        times, counts = [0.0], [0.0]
        for sample in self._placed.samples:
            if sample.seconds > times[-1]:
                times.append(sample.seconds)
                counts.append(max(counts[-1], self._count(sample)))
        return times, counts

    def between(self, begin: float, end: float) -> float:
        return self._at(end) - self._at(begin)

    def time_between(self, begin: float, end: float) -> float:
        """So much of it is told of by samples."""
        last = self._placed.begin + self._points[0][-1]
        return max(0.0, min(end, last) - max(begin, self._placed.begin))

    def _at(self, axis: float) -> float:
        times, counts = self._points
        seconds = axis - self._placed.begin
        i = bisect_right(times, seconds)
        if i == 0:
            return 0.0
        if i == len(times):
            return counts[-1]
        share = (seconds - times[i - 1]) / (times[i] - times[i - 1])
        return counts[i - 1] + share * (counts[i] - counts[i - 1])


def _rate(totals: Sequence[_Total]) -> Value:
    """Of all sessions together; a session that no sample tells of there adds nothing."""
    def value(begin: float, end: float) -> float | None:
        parts = [(t.between(begin, end), t.time_between(begin, end)) for t in totals]
        rates = [count / time for count, time in parts if time > INSTANT]
        times = [time for _, time in parts if time > INSTANT]
        return sum(r * t for r, t in zip(rates, times, strict=True)) / max(times) if times else None
    return value


def _ratio(counts: Sequence[_Total], seconds: Sequence[_Total]) -> Value:
    def value(begin: float, end: float) -> float | None:
        time = sum(s.between(begin, end) for s in seconds)
        return sum(c.between(begin, end) for c in counts) / time if time > INSTANT else None
    return value


def _of(sample: Sample, engine: str) -> EngineCount:
    return sample.engines.get(engine, EngineCount())


# -- states


def _last(placed: Placed, axis: float) -> Sample | None:
    """The last sample at or before that second of the axis."""
    i = _until(placed, axis)
    return placed.samples[i - 1] if i else None


def _peak(placed: Placed, begin: float, end: float, of: Callable[[Sample], int]) -> int | None:
    """The most within, or else what it was before."""
    first, past = _until(placed, begin), _until(placed, end)
    return max(map(of, placed.samples[max(0, first - (first == past)) : past]), default=None)


def _until(placed: Placed, axis: float) -> int:
    """How many samples there are up to that second of the axis."""
    return bisect_right(placed.samples, axis - placed.begin + INSTANT, key=lambda s: s.seconds)
