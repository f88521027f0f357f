"""Counts that grow, exactly: the same whatever the order in which they are added up.

Times are kept in whole nanoseconds, because sums of floating-point numbers depend on their order.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from fuzz.store.records import Counts, EngineCount, Seen

_NANO = 1_000_000_000


def nanoseconds(seconds: float) -> int:
    return round(seconds * _NANO)


@dataclass(slots=True)
class Sums:
    """As `Counts`, in nanoseconds; *engines* are cases, load, instantiate, call."""

    cases: int = 0
    calls: int = 0
    busy: int = 0
    divergences: int = 0
    deaths: int = 0
    engines: dict[str, tuple[int, int, int, int]] = field(default_factory=dict)
    own: dict[str, int] = field(default_factory=dict)
    features: dict[str, Seen] = field(default_factory=dict)
    signatures: dict[str, Seen] = field(default_factory=dict)
    known: dict[str, Seen] = field(default_factory=dict)
    unmapped: dict[str, int] = field(default_factory=dict)
    unlisted: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, counts: Counts) -> Sums:
        return cls(
            counts.cases, counts.calls, nanoseconds(counts.busy), counts.divergences, counts.deaths,
            {name: (e.cases, nanoseconds(e.load), nanoseconds(e.instantiate), nanoseconds(e.call))
             for name, e in counts.engines.items()},
            {phase: nanoseconds(seconds) for phase, seconds in counts.own.items()},
            dict(counts.features), dict(counts.signatures), dict(counts.known), dict(counts.unmapped),
            set(counts.unlisted),
        )

    def add(self, more: Sums) -> None:
        self.cases += more.cases
        self.calls += more.calls
        self.busy += more.busy
        self.divergences += more.divergences
        self.deaths += more.deaths
        for name, (cases, load, instantiate, call) in more.engines.items():
            old = self.engines.get(name, (0, 0, 0, 0))
            self.engines[name] = old[0] + cases, old[1] + load, old[2] + instantiate, old[3] + call
        _add_numbers(self.own, more.own)
        _add_seen(self.features, more.features)
        _add_seen(self.signatures, more.signatures)
        _add_seen(self.known, more.known)
        _add_numbers(self.unmapped, more.unmapped)
        self.unlisted |= more.unlisted

    def counts(self) -> Counts:
        """In seconds; names in alphabetical order."""
        return Counts(
            self.cases, self.calls, self.busy / _NANO, self.divergences, self.deaths,
            {name: EngineCount(e[0], e[1] / _NANO, e[2] / _NANO, e[3] / _NANO)
             for name, e in sorted(self.engines.items())},
            {phase: n / _NANO for phase, n in sorted(self.own.items())},
            dict(sorted(self.features.items())), dict(sorted(self.signatures.items())),
            dict(sorted(self.known.items())), dict(sorted(self.unmapped.items())), tuple(sorted(self.unlisted)),
        )


def _add_numbers(to: dict[str, int], more: Mapping[str, int]) -> None:
    for name, number in more.items():
        to[name] = to.get(name, 0) + number


def _add_seen(to: dict[str, Seen], more: Mapping[str, Seen]) -> None:
    for name, seen in more.items():
        old = to.get(name)
        to[name] = seen if old is None else old.plus(seen)
