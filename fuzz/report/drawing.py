"""A plot as geometry, in user units of its SVG: for a wide page, or for a narrow one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from fuzz.report.page import Plot
from fuzz.report.ticks import time_ticks, value_ticks
from fuzz.report.words import number
from fuzz.views.words import duration

BINARY = ((2.0**30, "GiB"), (2.0**20, "MiB"), (2.0**10, "KiB"))
LABEL_ROOM = 90
"""Between the labels of two gaps."""


@dataclass(frozen=True, slots=True)
class Mark:
    """*label* at *at*, along the axis it belongs to; *rule* is where the line goes that it names."""

    at: float
    label: str


@dataclass(frozen=True, slots=True)
class Curve:
    """*path* is the `d` of a path; *style* the number of its look."""

    label: str
    path: str
    style: int


@dataclass(frozen=True, slots=True)
class Drawing:
    width: int
    height: int
    left: int
    right: int
    top: int
    bottom: int
    unit: str
    across: tuple[Mark, ...]
    up: tuple[Mark, ...]
    gaps: tuple[Mark, ...]
    curves: tuple[Curve, ...]


def draw(plot: Plot, width: int, height: int) -> Drawing:
    """*width* and *height* in CSS pixels, text being of the usual size."""
    left, right, top, bottom = 52, width - 14, 26, height - 28
    highest = max((y for line in plot.lines for part in line.stretches for _, y in part), default=0.0)
    scale, unit = unit_of(plot, highest)
    ticks = value_ticks(highest / scale, 5)

    def x(seconds: float) -> float:
        return round(left + (right - left) * seconds / plot.seconds, 1)

    def y(value: float) -> float:
        return round(bottom - (bottom - top) * value / scale / ticks[-1], 1)

    def path(points: tuple[tuple[float, float], ...]) -> str:
        return "M" + "L".join(f"{x(a):g} {y(b):g}" for a, b in points) if points else ""

    return Drawing(
        width, height, left, right, top, bottom, unit,
        tuple(Mark(x(t), label) for t, label in time_ticks(plot.seconds, max(3, (right - left) // 80))),
        tuple(Mark(y(t * scale), number(t)) for t in ticks),
        _gaps(plot, x, right),
        tuple(Curve(line.label, "".join(map(path, line.stretches)), i) for i, line in enumerate(plot.lines)),
    )


def _gaps(plot: Plot, x: Callable[[float], float], right: float) -> tuple[Mark, ...]:
    """Labels only where there is room."""
    marks: list[Mark] = []
    free = 0.0
    for gap in plot.gaps:
        at = x(gap.at)
        room = at >= free and at + LABEL_ROOM <= right
        marks.append(Mark(at, f"{duration(gap.seconds)} off" if room else ""))
        free = at + LABEL_ROOM if room else free
    return tuple(marks)


def unit_of(plot: Plot, highest: float) -> tuple[float, str]:
    """What values are divided by to be shown, and the unit they have then."""
    if plot.unit != "bytes":
        return 1.0, plot.unit
    return next(((size, name) for size, name in BINARY if highest >= size), (1.0, "bytes"))
