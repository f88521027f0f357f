"""A store as the data of a page."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from msgspec.structs import replace

from fuzz.report.articles import Kept, article
from fuzz.report.curves import plots
from fuzz.report.features import Totals, group_views
from fuzz.report.page import (
    DeathView,
    EngineView,
    FindingView,
    KnownView,
    Page,
    PhaseView,
    RunView,
    SessionView,
)
from fuzz.report.sentences import ended_in_words, sentences
from fuzz.report.specification import section_view
from fuzz.report.timeline import Timeline, timeline
from fuzz.store.records import Counts, Death, Finding, KnownCheck, RunKey, Sample, Session
from fuzz.views.kinds import ORDER


class Readable(Protocol):
    """What a page needs of `fuzz.store.Store`."""

    def runs(self) -> tuple[tuple[str, RunKey], ...]: ...
    def totals(self, run: str | None = None) -> Counts: ...
    def possible(self) -> tuple[str, ...]: ...
    def findings(self) -> tuple[Finding, ...]: ...
    def case_text(self, sha: str) -> str: ...
    def sessions(self) -> tuple[Session, ...]: ...
    def samples(self, session: str | None = None) -> tuple[Sample, ...]: ...
    def deaths(self) -> tuple[Death, ...]: ...
    def known_checks(self) -> tuple[KnownCheck, ...]: ...


class Known(Protocol):
    """What a page needs of `fuzz.known.KnownDifference`."""

    @property
    def id(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def verdict(self) -> str: ...
    @property
    def section(self) -> str: ...
    @property
    def link(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Shown:
    """Of a finding: the path of its script for a user, the command that runs it, and the id of the known difference
    that explains it by now, empty if none does."""

    path: str
    rerun: str
    known: str = ""


@dataclass(frozen=True, slots=True)
class Outside:
    """What a store does not hold: *directories* as the user named them, the ids of the sessions that are *running*
    there, *known* differences by id, and how each finding, by signature, is *shown*."""

    directories: tuple[str, ...]
    running: Collection[str]
    known: Mapping[str, Known]
    shown: Mapping[str, Shown]


def page_of(store: Readable, outside: Outside) -> Page:
    """Reads everything once; the same store gives the same page."""
    runs = dict(store.runs())
    totals = Totals({run: store.totals(run) for run in runs}, {run: key.seed for run, key in runs.items()})
    counts = store.totals()
    sessions, samples = store.sessions(), _by_session(store.samples())
    time = timeline(sessions, samples)
    known = known_views(outside.known, totals, runs, store.known_checks())
    every = _articles(store, outside, totals, known)
    ours = tuple(a for a in every if a.known_as is None)
    groups = group_views(store.possible(), totals)
    engines = _engine_views(counts, runs)
    page = Page(
        directories=outside.directories, running=bool(outside.running), sentences=(),
        cases=counts.cases, calls=counts.calls, seconds=time.seconds,
        began=min((s.began for s in sessions), default=None), until=_until(sessions, samples),
        divergences=counts.divergences, died=counts.deaths,
        features_seen=sum(g.seen for g in groups), features_possible=sum(g.possible for g in groups),
        runs=tuple(_run_view(run, key, totals) for run, key in runs.items()),
        sessions=tuple(_session_view(s, runs, time, s.id in outside.running) for s in sessions),
        engines=engines, phases=_phase_views(counts),
        findings=ours, known_findings=tuple(a for a in every if a.known_as is not None),
        known=tuple(k for k in known.values() if k.cases), gone=tuple(k for k in known.values() if k.agrees),
        deaths=_death_views(store.deaths(), sessions, totals, every),
        unmapped=tuple(sorted(counts.unmapped.items(), key=lambda item: (-item[1], item[0]))),
        unlisted=tuple(sorted(counts.unlisted)),
        plots=plots(time, [e.name for e in engines], sum(g.possible for g in groups)), groups=groups,
    )
    return replace(page, sentences=sentences(page))


def _by_session(samples: Sequence[Sample]) -> dict[str, list[Sample]]:
    found: dict[str, list[Sample]] = {}
    for sample in samples:
        found.setdefault(sample.session, []).append(sample)
    return found


def _until(sessions: Sequence[Session], samples: Mapping[str, Sequence[Sample]]) -> float | None:
    told = [s.began + max([s.seconds, *(x.seconds for x in samples.get(s.id, ()))]) for s in sessions]
    return max(told, default=None)


# -- runs, sessions, engines


def _run_view(run: str, key: RunKey, totals: Totals) -> RunView:
    return RunView(run, key.seed, key.engines, key.reentrance, key.source, key.factfuzz, totals.by_run[run].cases)


def _session_view(session: Session, runs: Mapping[str, RunKey], time: Timeline, alive: bool) -> SessionView:
    placed = next((p for p in time.placed if p.session.id == session.id), None)
    most = max((s.supervisor_bytes + sum(s.worker_bytes) for s in placed.samples), default=0) if placed else 0
    return SessionView(
        runs[session.run].seed if session.run in runs else None, session.host, session.workers, session.began,
        placed.end - placed.begin if placed else session.seconds, session.cases,
        ended_in_words(session.ended, alive), most,
    )


def _engine_views(counts: Counts, runs: Mapping[str, RunKey]) -> tuple[EngineView, ...]:
    versions: dict[str, list[str]] = {}
    for key in runs.values():
        for name, version in key.engines:
            versions.setdefault(name, []).append(version)
    views = []
    for name in dict.fromkeys((*versions, *counts.engines)):
        count = counts.engines.get(name)
        rate = count.cases / count.seconds if count and count.seconds else 0.0
        share = count.seconds / counts.busy if count and counts.busy else 0.0
        views.append(EngineView(name, tuple(dict.fromkeys(versions.get(name, ()))), count.cases if count else 0, rate,
                                share))
    return tuple(views)


def _phase_views(counts: Counts) -> tuple[PhaseView, ...]:
    if not counts.busy:
        return ()
    views = [PhaseView(name, seconds / counts.busy) for name, seconds in counts.own.items()]
    engines = sum(count.seconds for count in counts.engines.values()) / counts.busy
    return (*views, PhaseView("other", max(0.0, 1 - engines - sum(view.share for view in views))))


# -- what was found


def known_views(
    known: Mapping[str, Known], totals: Totals, runs: Mapping[str, RunKey], checks: Sequence[KnownCheck]
) -> dict[str, KnownView]:
    """Every known difference, the most frequent first; also those that are counted and that nobody knows here."""
    names = {run: ", ".join(f"{name} {version}" for name, version in key.engines) for run, key in runs.items()}
    views = []
    for id in dict.fromkeys((*known, *(k for c in totals.by_run.values() for k in c.known))):
        one, seen = known.get(id), totals.seen("known", id)
        states = {state: tuple(dict.fromkeys(names.get(c.run, "engines unknown")
                                             for c in checks if (c.id, c.state) == (id, state)))
                  for state in ("agrees", "differs")}
        views.append(KnownView(
            id, one.title if one else f"{id}, which is not among the known differences here",
            one.verdict if one else "", section_view(one.section if one else ""),
            one.link if one and one.link.startswith("https://") else "", seen.cases if seen else 0,
            totals.first("known", id), states["agrees"], states["differs"],
        ))
    return {view.id: view for view in sorted(views, key=lambda view: (-view.cases, view.id))}


def _articles(
    store: Readable, outside: Outside, totals: Totals, known: Mapping[str, KnownView]
) -> tuple[FindingView, ...]:
    """By class, the worst first; there firm ones before flaky ones, then the most frequent first."""
    def order(finding: Finding) -> tuple[int, bool, int, float, str]:
        seen = totals.seen("signatures", finding.signature)
        return (ORDER.index(finding.verdict.kind), finding.flaky, -(seen.cases if seen else 0), finding.first_seen,
                finding.name)

    found = sorted(store.findings(), key=order)
    views: list[FindingView] = []
    for finding in found:
        shown = outside.shown[finding.signature]
        kept = Kept(finding, _script(store, finding.smallest.sha), shown.path, shown.rerun)
        views.append(article(kept, totals, len(views) + 1, known.get(shown.known)))
    return tuple(views)


def _script(store: Readable, sha: str) -> str:
    """Empty if it was lost: the page tells of the rest."""
    try:
        return store.case_text(sha)
    except (OSError, ValueError):
        return ""


def _death_views(
    deaths: Sequence[Death], sessions: Sequence[Session], totals: Totals, findings: Sequence[FindingView]
) -> tuple[DeathView, ...]:
    """Oldest first."""
    by_id = {session.id: session for session in sessions}
    became = {finding.signature: finding for finding in findings}
    views = []
    for death in sorted(deaths, key=lambda d: (d.wall, d.session, d.worker)):
        session, finding = by_id.get(death.session), became.get(death.signature)
        place = None if death.case is None else totals.place(session.run if session else "", death.case)
        views.append(DeathView(death.wall, session.host if session else "", death.worker, death.how, place, death.note,
                               finding.anchor if finding else "", finding.name if finding else ""))
    return tuple(views)
