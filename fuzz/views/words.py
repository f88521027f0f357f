"""Figures in words."""

from __future__ import annotations

import time
from collections.abc import Sequence

MINUTE, HOUR, DAY = 60, 3600, 86400
KIB = 1024


def plural(count: int, noun: str) -> str:
    """`1 case`, `12,000 cases`, `2 crashes`."""
    return f"{count:,} {noun}" + ("" if count == 1 else "es" if noun.endswith(("s", "sh", "ch")) else "s")


def worker_name(place: int) -> str:
    """`worker 3`; negative places are those of the worker that checks by itself, and of the one that waits."""
    return {-1: "the checking worker", -2: "the spare worker"}.get(place, f"worker {place}")


def duration(seconds: float) -> str:
    """`4.2 s`, `42 s`, `12 min 5 s`, `7 h 47 min`, `2 d 3 h`. What is below 0 counts as 0."""
    seconds = max(0.0, seconds)
    if seconds < 9.95:
        return f"{seconds:.1f}".removesuffix(".0") + " s"
    whole = round(seconds)
    if whole < 2 * MINUTE:
        return f"{whole} s"
    if whole < HOUR:
        return _two(whole, MINUTE, "min", 1, "s")
    return _two(whole, HOUR, "h", MINUTE, "min") if whole < 2 * DAY else _two(whole, DAY, "d", HOUR, "h")


def _two(whole: int, large: int, large_name: str, small: int, small_name: str) -> str:
    rest = whole % large // small
    return f"{whole // large} {large_name}" + (f" {rest} {small_name}" if rest else "")


def clock(seconds: float) -> str:
    """`0:04`, `12:05`, `7:47:31`: for what is shown while it runs."""
    whole = max(0, int(seconds))
    minutes = f"{whole // MINUTE % 60}:{whole % MINUTE:02}"
    return f"{whole // HOUR}:{minutes:0>5}" if whole >= HOUR else minutes


def moment(wall: float) -> str:
    """Seconds since 1970 as local date and time."""
    try:
        return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(wall))
    except (ValueError, OverflowError, OSError):
        return f"at second {wall:g}"


def ago(then: float, now: float) -> str:
    """How long before *now*; clocks of two machines, or one that was set, may disagree."""
    if then > now + 1:
        return f"{duration(then - now)} ahead of this machine's clock"
    return f"{duration(now - then)} ago"


def size(count: float) -> str:
    """Of so many bytes: `812 bytes`, `41 MiB`, `1.2 GiB`."""
    if count < KIB:
        return plural(round(count), "byte")
    amount = float(count)
    for unit in ("KiB", "MiB", "GiB", "TiB"):
        amount /= KIB
        if amount < 999.5 or unit == "TiB":
            break
    return f"{amount:.0f} {unit}" if amount >= 9.95 else f"{amount:.1f} {unit}"


def rate(per_second: float) -> str:
    """`49/s`, `4.2/s`, `0.05/s`."""
    digits = 0 if per_second >= 9.95 or per_second == 0 else 1 if per_second >= 0.95 else 2
    return f"{per_second:.{digits}f}/s"


BARS = "▁▂▃▄▅▆▇█"
PLAIN_BARS = ".:-=+*%#"


def sparkline(points: Sequence[tuple[float, float]], width: int, bars: str = BARS) -> str:
    """A curve over time, *width* characters: in each the last value of its slice of time. From 0 to the highest value;
    nothing for fewer than two points in time."""
    if len(points) < 2 or width < 1 or points[-1][0] <= points[0][0]:
        return ""
    start, end = points[0][0], points[-1][0]
    top = max(value for _, value in points)
    heights, position = [], 0
    for column in range(1, width + 1):
        until = start + (end - start) * column / width
        while position + 1 < len(points) and points[position + 1][0] <= until * (1 + 1e-12):
            position += 1
        heights.append(points[position][1])
    return "".join(bars[min(len(bars) - 1, int(h / top * len(bars)))] if top > 0 else bars[0] for h in heights)
