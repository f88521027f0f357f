"""Workers' reports added up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from fuzz.campaign.events import EngineFigures, Figures, FindingFigures, KnownFigures
from fuzz.campaign.messages import Report


@dataclass(slots=True)
class Totals:
    """Of a whole campaign so far."""

    seed: int
    engine_names: Sequence[str]
    features_possible: tuple[str, ...] = ()
    cases: int = 0
    calls: int = 0
    busy: float = 0.0
    divergences: int = 0
    crashes: int = 0
    engines: dict[str, EngineFigures] = field(default_factory=dict)
    own: Counter[str] = field(default_factory=Counter)
    features: Counter[str] = field(default_factory=Counter)
    first: dict[str, int] = field(default_factory=dict)
    unlisted: set[str] = field(default_factory=set)
    unmapped: Counter[str] = field(default_factory=Counter)
    known: Counter[str] = field(default_factory=Counter)
    known_differences: Sequence[tuple[str, str, str]] = ()
    """Id, title, verdict of those that there are."""

    def add(self, report: Report) -> None:
        self.cases += report.cases
        self.calls += report.calls
        self.busy += report.busy
        names = self.features_possible
        for index, count in report.features.items():
            self.features[names[index]] += count
        for index, case in report.first.items():
            self.first[names[index]] = min(case, self.first.get(names[index], case))
        self.unlisted.update(report.unlisted)
        self.unmapped.update(report.unmapped)
        self.known.update(report.known)
        for phase, seconds in report.own.items():
            self.own[phase] += seconds  # type: ignore[assignment]
        for name, new in report.engines.items():
            old = self.engines.get(name, EngineFigures())
            self.engines[name] = EngineFigures(
                old.cases + new.cases, old.load + new.load, old.instantiate + new.instantiate, old.call + new.call
            )

    def figures(self, seconds: float, findings: tuple[FindingFigures, ...]) -> Figures:
        return Figures(
            seed=self.seed, cases=self.cases, calls=self.calls, seconds=seconds, busy=self.busy,
            engines={name: self.engines.get(name, EngineFigures()) for name in self.engine_names},
            own=dict(self.own), features_seen=len(self.features), features_possible=len(self.features_possible) or None,
            divergences=self.divergences, crashes=self.crashes, unmapped=dict(self.unmapped), findings=findings,
            known=tuple(KnownFigures(i, title, verdict, self.known[i]) for i, title, verdict in self.known_differences
                        if self.known[i]),
        )
