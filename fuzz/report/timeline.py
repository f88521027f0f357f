"""Sessions of one store, or of several machines, on one axis of time.

The axis counts the time in which any session ran. What lies between sessions takes no room on it: it is a gap, marked
where it is.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

from fuzz.report.page import Gap
from fuzz.store.records import Sample, Session

MOST_STRETCHES = 40
"""So many are drawn apart; shorter gaps are closed."""
SHORTEST_GAP = 1.0


@dataclass(frozen=True, slots=True)
class Placed:
    """A session from *begin* to *end* on the axis, with its samples in order; *seconds* of a sample count from
    *begin*."""

    session: Session
    samples: tuple[Sample, ...]
    begin: float
    end: float


@dataclass(frozen=True, slots=True)
class Timeline:
    """*stretches* of the axis without a gap: begin and end, in order, one where the last ends."""

    placed: tuple[Placed, ...]
    stretches: tuple[tuple[float, float], ...]
    gaps: tuple[Gap, ...]

    @property
    def seconds(self) -> float:
        return self.stretches[-1][1] if self.stretches else 0.0

    def buckets(self, most: int) -> tuple[tuple[tuple[float, float], ...], ...]:
        """Each stretch in equal parts, about *most* together, and no more than there are samples to fill them."""
        count = min(most, max(1, sum(len(p.samples) for p in self.placed)))
        return tuple(_divided(a, b, max(1, int(count * (b - a) / self.seconds))) for a, b in self.stretches)


def timeline(sessions: Sequence[Session], samples: Mapping[str, Sequence[Sample]]) -> Timeline:
    """*samples* by the id of their session. Sessions that took no time are left out."""
    spans = _spans(sessions, samples)
    runs = _runs(spans)
    offsets = [0.0, *accumulate(end - begin for begin, end in runs)]
    placed = []
    for session, began, length in spans:
        i = next(i for i, (begin, end) in enumerate(runs) if begin <= began <= end)
        at = offsets[i] + began - runs[i][0]
        placed.append(Placed(session, tuple(sorted(samples.get(session.id, ()), key=lambda s: s.seconds)),
                             at, at + length))
    gaps = [Gap(offsets[i], runs[i][0] - runs[i - 1][1]) for i in range(1, len(runs))]
    longest = sorted((g for g in gaps if g.seconds >= SHORTEST_GAP), key=lambda g: -g.seconds)[:MOST_STRETCHES - 1]
    kept = sorted(longest, key=lambda g: g.at)
    edges = [0.0, *(gap.at for gap in kept), offsets[-1]]
    stretches = tuple(pairwise(edges)) if runs else ()
    return Timeline(tuple(placed), stretches, tuple(kept))


def _spans(
    sessions: Sequence[Session], samples: Mapping[str, Sequence[Sample]]
) -> list[tuple[Session, float, float]]:
    """Session, when it began, how long it ran. On one machine two sessions of a run follow each other: where the
    clock says otherwise, it was put back."""
    free: dict[tuple[str, str], float] = defaultdict(lambda: float("-inf"))
    spans = []
    for session in sorted(sessions, key=lambda s: (s.began, s.id)):
        length = max([session.seconds, *(s.seconds for s in samples.get(session.id, ()))])
        if length <= 0:
            continue
        began = max(session.began, free[session.host, session.run])
        free[session.host, session.run] = began + length
        spans.append((session, began, length))
    return sorted(spans, key=lambda span: span[1])


def _runs(spans: Sequence[tuple[Session, float, float]]) -> list[tuple[float, float]]:
    """The moments at which anything ran, as ranges, in order."""
    runs: list[tuple[float, float]] = []
    for _, began, length in spans:
        if runs and began <= runs[-1][1]:
            runs[-1] = runs[-1][0], max(runs[-1][1], began + length)
        else:
            runs.append((began, began + length))
    return runs


def _divided(begin: float, end: float, count: int) -> tuple[tuple[float, float], ...]:
    edges = [begin + (end - begin) * i / count for i in range(count)] + [end]
    return tuple(pairwise(edges))
