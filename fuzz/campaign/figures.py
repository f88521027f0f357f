"""The figures of a campaign, and the samples of them that are kept."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping
from time import monotonic

import psutil

from fuzz.campaign.config import CampaignConfig
from fuzz.campaign.crew import Crew
from fuzz.campaign.events import Figures, FindingFigures, KnownFigures, WorkerFigures
from fuzz.campaign.messages import Ready, Report
from fuzz.store.records import Counts, EngineCount, Finding, Sample, Seen
from fuzz.store.store import Store
from fuzz.views.shortlist import known_by_now

PROGRESS_SECONDS = 0.25
SAMPLE_SECONDS = 10.0
SAMPLE_SECONDS_AT_FIRST = 1.0
AT_FIRST = 60.0
"""Samples are taken more often in the first minute."""

MOST_POINTS = 200


class Figurer:
    """Knows the run from `begin` on. *seconds* are those of this session."""

    def __init__(self, config: CampaignConfig, store: Store, crew: Crew) -> None:
        self._config = config
        self._store = store
        self._crew = crew
        self._process = psutil.Process()
        self._began = self._shown = monotonic()
        self._sampled = 0.0
        self._run = ""
        self._names: tuple[str, ...] = ()
        self._known: tuple[tuple[str, str, str], ...] = ()
        self._before = Counts()
        self._explained: dict[tuple[str, str], str] = {}
        self._over_time: list[tuple[float, int]] = []

    def begin(self, run: str, session: str, ready: Ready) -> None:
        self._run = run
        self._names = ready.features
        self._known = ready.known
        self._before = self._totals()

    @property
    def seconds(self) -> float:
        return monotonic() - self._began

    @property
    def cases_of_session(self) -> int:
        return self._totals().cases - self._before.cases

    def known_title(self, id: str) -> str:
        return next((title for i, title, _ in self._known if i == id), id)

    def counts(self, report: Report) -> Counts:
        """What is to be stored of a report."""
        names = self._names
        return Counts(
            report.next - report.first, report.calls, report.busy, report.divergences, 0, report.engines, report.own,
            {names[index]: Seen(*seen) for index, seen in report.features.items()}, _seen(report.signatures),
            _seen(report.known), report.unmapped, report.unlisted,
        )

    def due(self) -> bool:
        """Whether it is time to show progress again."""
        now = monotonic()
        if now - self._shown < PROGRESS_SECONDS:
            return False
        self._shown = now
        return True

    def figures(self, waiting: int) -> Figures:
        config, totals, before = self._config, self._totals(), self._before
        self._note_features(len(totals.features))
        findings = tuple(self._findings())
        known = {id: totals.known.get(id) for id, _, _ in self._known}
        return Figures(
            seed=config.seed, cases=totals.cases, calls=totals.calls, seconds=self.seconds,
            busy=totals.busy - before.busy,
            engines={name: _difference(totals.engines, before.engines, name) for name in config.engines},
            own={phase: seconds - before.own.get(phase, 0.0) for phase, seconds in totals.own.items()},
            features_seen=len(totals.features), features_possible=len(self._names) or None,
            divergences=totals.divergences, crashes=totals.deaths, unmapped=totals.unmapped, findings=findings,
            known=tuple(KnownFigures(id, title, verdict, seen.cases) for id, title, verdict in self._known
                        if (seen := known[id]) is not None),
            workers=tuple(self._workers()), supervisor_bytes=self._process.memory_info().rss,
            features_over_time=tuple(self._over_time), resumed_cases=before.cases, resumed_calls=before.calls,
            kinds=dict(Counter(f.kind for f in findings)), waiting=waiting,
        )

    def _totals(self) -> Counts:
        return self._store.totals(self._run) if self._run else Counts()

    def _findings(self) -> list[FindingFigures]:
        signatures = self._store.totals().signatures if self._run else {}
        none = Seen(0, 0, 0)
        return [
            FindingFigures(
                f.name, f.signature, (seen := signatures.get(f.signature, none)).cases,
                seen.first if seen.cases else f.original.number, f.minimised, f.verdict.kind, f.flaky,
                f.smallest.reproduced, f.smallest.tried, self._known_by_now(f),
            )
            for f in self._store.findings()
        ]

    def _known_by_now(self, finding: Finding) -> str:
        """The id of the known difference that explains it; empty if none does."""
        case = finding.signature, finding.smallest.sha
        if case not in self._explained:
            run = dict(self._store.runs()).get(finding.smallest.run)  # none where a repair has taken it out
            self._explained[case] = "" if run is None else known_by_now(finding, run)
        return self._explained[case]

    def _workers(self) -> list[WorkerFigures]:
        return [
            WorkerFigures(w.number, w.doing, w.case_in_hand(), w.seconds_on_case, w.resident_bytes, w.cases)
            for w in self._crew.in_places
        ]

    def _note_features(self, count: int) -> None:
        points = self._over_time
        if not points or points[-1][1] != count:
            points.append((self.seconds, count))
        if len(points) > MOST_POINTS:
            del points[1:-1:2]

    def sample(self, session: str) -> None:
        """Keeps one if it is time for one again. Raises `OSError`."""
        seconds = self.seconds
        every = SAMPLE_SECONDS_AT_FIRST if seconds < AT_FIRST else SAMPLE_SECONDS
        if self._sampled and seconds - self._sampled < every:
            return
        self._sampled = seconds
        totals, before = self._totals(), self._before
        known = sum(s.cases for s in totals.known.values()) - sum(s.cases for s in before.known.values())
        self._store.add_sample(Sample(
            session, seconds, time.time(), totals.cases - before.cases, totals.calls - before.calls,
            len(totals.features), len(self._store.findings()), totals.divergences - before.divergences, known,
            totals.deaths - before.deaths, self._process.memory_info().rss,
            tuple(w.resident_bytes for w in self._crew.in_places), self._crew.cpu_seconds,
            {name: _difference(totals.engines, before.engines, name) for name in self._config.engines},
        ))


def _seen(counted: Mapping[str, tuple[int, int, int]]) -> dict[str, Seen]:
    return {what: Seen(*seen) for what, seen in counted.items()}


def _difference(now: Mapping[str, EngineCount], before: Mapping[str, EngineCount], name: str) -> EngineCount:
    a, b = now.get(name, EngineCount()), before.get(name, EngineCount())
    return EngineCount(a.cases - b.cases, a.load - b.load, a.instantiate - b.instantiate, a.call - b.call)
