"""What trials come to, and how arms compare: medians, Mann-Whitney's U, and Vargha and Delaney's A12."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import inf
from statistics import median

from guidance_trial import Event, Trial
from msgspec.structs import replace
from scipy.stats import mannwhitneyu

NEARLY_ALL = 0.9
LEVEL = 0.05


def a12(first: Sequence[float], second: Sequence[float]) -> float:
    """The probability that one of *first* is larger than one of *second*, equals counting half: 0.5 is no difference.

    Vargha and Delaney (2000): 0.56 is called a small, 0.64 a medium, 0.71 a large effect; below 0.5 the other way.
    """
    larger = sum((a > b) + 0.5 * (a == b) for a in first for b in second)
    return larger / (len(first) * len(second))


def u_test(first: Sequence[float], second: Sequence[float]) -> tuple[float, float]:
    """U of *first*, and the two-sided p: exact where there are no ties."""
    different = len({*first, *second})
    if different == 1:
        return len(first) * len(second) / 2, 1.0
    method = "exact" if different == len(first) + len(second) else "asymptotic"
    found = mannwhitneyu(first, second, alternative="two-sided", method=method)
    return float(found.statistic), float(found.pvalue)


def holm(ps: Sequence[float]) -> list[float]:
    """Each p, adjusted for there being several (Holm 1979)."""
    adjusted, least = [1.0] * len(ps), 0.0
    for rank, index in enumerate(sorted(range(len(ps)), key=lambda i: ps[i])):
        least = max(least, min(1.0, (len(ps) - rank) * ps[index]))
        adjusted[index] = least
    return adjusted


# -- one trial


def reached(events: Sequence[Event], seconds: float) -> int:
    """How many had happened at that time; *events* are in order."""
    return bisect_right(events, seconds, key=lambda event: event.cpu)


def mean_over_time(events: Sequence[Event], seconds: float) -> float:
    """The area under the curve, divided by its length: how many had been reached at a moment, on average."""
    return sum(seconds - event.cpu for event in events if event.cpu < seconds) / seconds


def time_to(events: Sequence[Event], number: float) -> float:
    """Seconds after which *number* had happened, rounded up; infinite if they never had."""
    index = max(0, int(-(-number // 1)) - 1)
    return events[index].cpu if index < len(events) else inf


def without_looking(trials: Sequence[Trial]) -> list[Trial]:
    """The same trials on a clock that stands still while faults are looked for, which takes longer where the code is
    instrumented; all as long as the shortest then is."""
    seconds = min((trial.seconds - trial.shares["faults"] for trial in trials), default=0.0)

    def moved(events: Sequence[Event]) -> tuple[Event, ...]:
        earlier = (replace(event, cpu=event.cpu - event.looking) for event in events)
        return tuple(event for event in earlier if event.cpu < seconds)

    return [replace(trial, seconds=seconds, features=moved(trial.features), faults=moved(trial.faults))
            for trial in trials]


# -- arms


@dataclass(frozen=True, slots=True)
class Measure:
    """*of* gives a number for each trial; *more* says whether more of it is better."""

    name: str
    of: Callable[[Trial], float]
    more: bool = True


@dataclass(frozen=True, slots=True)
class Pair:
    """*a12*: the probability that a trial of *first* is better than one of *second*; *u* is of *first*. *adjusted*: *p*
    for as many pairs as the measure has."""

    first: str
    second: str
    u: float
    p: float
    adjusted: float
    a12: float

    @property
    def clear(self) -> bool:
        return self.adjusted < LEVEL


@dataclass(frozen=True, slots=True)
class Compared:
    """*values* by arm, one for each trial."""

    measure: Measure
    values: Mapping[str, tuple[float, ...]]
    pairs: tuple[Pair, ...]

    def medians(self) -> dict[str, float]:
        return {arm: median(values) for arm, values in self.values.items()}


Arms = Mapping[str, Sequence[Trial]]


def by_arm(trials: Sequence[Trial], order: Sequence[str] = ()) -> dict[str, list[Trial]]:
    """Arms in *order*, then others."""
    arms = [*order, *(trial.arm for trial in trials)]
    return {arm: found for arm in dict.fromkeys(arms) if (found := [t for t in trials if t.arm == arm])}


def measures(arms: Arms) -> tuple[Measure, ...]:
    """The time is that to nine tenths of the features that the best arm ends with (at the median of its trials)."""
    best = max((median(len(trial.features) for trial in trials) for trials in arms.values()), default=0)
    goal = NEARLY_ALL * best
    return (
        Measure("features at the end", lambda t: len(t.features)),
        Measure("features, mean over time", lambda t: mean_over_time(t.features, t.seconds)),
        Measure(f"CPU seconds to {-(-goal // 1):.0f} features", lambda t: time_to(t.features, goal), more=False),
        Measure("planted faults found", lambda t: len(t.faults)),
        Measure("planted faults, mean over time", lambda t: mean_over_time(t.faults, t.seconds)),
    )


def compared(arms: Arms, measure: Measure) -> Compared:
    values = {arm: tuple(measure.of(trial) for trial in trials) for arm, trials in arms.items()}
    between = list(combinations(values, 2))
    tests = [u_test(values[a], values[b]) for a, b in between]
    adjusted = holm([p for _, p in tests])
    pairs = []
    for (a, b), (u, p), several in zip(between, tests, adjusted, strict=True):
        effect = a12(values[a], values[b])
        pairs.append(Pair(a, b, u, p, several, effect if measure.more else 1 - effect))
    return Compared(measure, values, tuple(pairs))


def curve(trials: Sequence[Trial], events: Callable[[Trial], Sequence[Event]], at: Sequence[float],
          quantile: Callable[[Sequence[float]], float] = median) -> list[float]:
    """*quantile* over the trials of how many events had happened, at each time."""
    return [quantile([reached(events(trial), seconds) for trial in trials]) for seconds in at]


def quartiles(values: Sequence[float]) -> tuple[float, float]:
    """The first and the third, interpolated."""
    ordered = sorted(values)

    def between(share: float) -> float:
        place = share * (len(ordered) - 1)
        low = int(place)
        high = min(low + 1, len(ordered) - 1)
        if place == low or ordered[low] == ordered[high]:
            return ordered[low]
        return ordered[low] + (place - low) * (ordered[high] - ordered[low])

    return between(0.25), between(0.75)
