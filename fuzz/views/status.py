"""How a campaign is doing, as its store tells it."""

from __future__ import annotations

import os
import socket
from collections import Counter
from collections.abc import Iterable, Sequence

import msgspec

from fuzz.store.records import Death, Finding, KnownCheck, RunKey, Session
from fuzz.store.store import Store
from fuzz.views.kinds import ORDER
from fuzz.views.known import concerns, known_differences
from fuzz.views.pace import Pace, Range, clock_jump, memory_of, pace_of
from fuzz.views.shortlist import known_by_now

NO_LONGER = "agrees"
"""The state of a `KnownCheck` that found no difference any more."""


class RunStatus(msgspec.Struct, frozen=True):
    id: str
    seed: int
    engines: dict[str, str]
    """Name to version."""
    reentrance: str
    source: str
    factfuzz: str
    cases: int


class SessionStatus(msgspec.Struct, frozen=True):
    """*began* in wall-clock seconds; *state*: `running`, `killed`, or how it ended; *last_sign* the wall clock at its
    last sample; *clock_jump* as `fuzz.views.pace.clock_jump`."""

    id: str
    run: str
    host: str
    pid: int
    workers: int
    began: float
    seconds: float
    cases: int
    state: str
    pace: Pace
    memory: dict[str, Range]
    last_sign: float
    clock_jump: float = 0.0


class KnownStatus(msgspec.Struct, frozen=True):
    """A known difference that could have shown: in how many *cases* it did. *no_longer*: its script does not show it
    any more."""

    id: str
    title: str
    verdict: str
    cases: int
    no_longer: bool


class DeathStatus(msgspec.Struct, frozen=True):
    """*finding* is the name of what became of it, empty if it is none."""

    wall: float
    worker: int
    how: str
    case: int | None
    finding: str
    note: str


class Status(msgspec.Struct, frozen=True):
    """*findings* that are not known, by class in *kinds*; *unchecked* of them were not tried again yet. *known_by_now*
    are findings that a known difference explains by now. Sessions are oldest first."""

    directory: str
    running: bool
    runs: tuple[RunStatus, ...]
    sessions: tuple[SessionStatus, ...]
    cases: int
    calls: int
    divergences: int
    features_seen: int
    features_possible: int
    findings: int
    kinds: dict[str, int]
    flaky: int
    unminimised: int
    unchecked: int
    known_by_now: int
    known: tuple[KnownStatus, ...]
    unmapped: dict[str, int]
    deaths: tuple[DeathStatus, ...]

    @property
    def latest(self) -> SessionStatus | None:
        """The session that runs, or the one that began last."""
        running = tuple(s for s in self.sessions if s.state == "running") or self.sessions
        return running[-1] if running else None


def status_of(store: Store, directory: str) -> Status:
    """Reads the store only. Raises as its methods do."""
    running = store.is_being_written()
    totals = store.totals()
    runs = store.runs()
    found = store.findings()
    keys = dict(runs)
    findings = [f for f in found if (key := keys.get(f.smallest.run)) is None or not known_by_now(f, key)]
    present = set(store.possible())
    names = {f.signature: f.name for f in found}
    return Status(
        directory=directory,
        running=running,
        runs=tuple(_run(id, key, store.totals(id).cases) for id, key in runs),
        sessions=_sessions(store),
        cases=totals.cases,
        calls=totals.calls,
        divergences=totals.divergences,
        features_seen=len(present & totals.features.keys()),
        features_possible=len(present),
        findings=len(findings),
        kinds=kinds_of(findings),
        flaky=sum(f.flaky for f in findings),
        unminimised=sum(not f.minimised for f in findings),
        unchecked=sum(not f.smallest.checked for f in findings),
        known_by_now=len(found) - len(findings),
        known=known_status([key for _, key in runs], {id: seen.cases for id, seen in totals.known.items()},
                           store.known_checks()),
        unmapped=totals.unmapped,
        deaths=tuple(_death(d, names) for d in store.deaths()),
    )


def kinds_of(findings: Iterable[Finding]) -> dict[str, int]:
    """How many of each class, the worst first, without those that are missing."""
    counts = Counter[str](f.verdict.kind for f in findings)
    return {kind: counts[kind] for kind in ORDER if counts[kind]}


def known_status(
    runs: Sequence[RunKey], cases: dict[str, int], checks: Iterable[KnownCheck]
) -> tuple[KnownStatus, ...]:
    """Of those that were seen, most cases first, and of those that could have been."""
    differences = known_differences()
    states: dict[str, set[str]] = {}
    for check in checks:
        states.setdefault(check.id, set()).add(check.state)
    concerned = {id for id, known in differences.items() if any(concerns(known, run) for run in runs)}
    found = [
        KnownStatus(id, known.title if (known := differences.get(id)) else id, known.verdict if known else "",
                    cases.get(id, 0), NO_LONGER in states.get(id, ()) and "differs" not in states.get(id, ()))
        for id in concerned | cases.keys()
    ]
    return tuple(sorted(found, key=lambda k: (-k.cases, k.id)))


def _run(id: str, key: RunKey, cases: int) -> RunStatus:
    return RunStatus(id, key.seed, dict(key.engines), key.reentrance, key.source, key.factfuzz, cases)


def _sessions(store: Store) -> tuple[SessionStatus, ...]:
    current = running_session(store)
    return tuple(_session(store, s, s == current) for s in store.sessions())


def running_session(store: Store) -> Session | None:
    """The one that is writing, if any is: of those without an end the last to begin, and rather one whose process is
    there."""
    unended = [s for s in store.sessions() if not s.ended] if store.is_being_written() else []
    return max(unended, key=lambda s: (_is_here(s), s.began), default=None)


def _is_here(session: Session) -> bool:
    if session.host != socket.gethostname():
        return False
    try:
        os.kill(session.pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def _session(store: Store, session: Session, current: bool) -> SessionStatus:
    samples = store.samples(session.id)
    last = max(samples, key=lambda s: s.seconds, default=None)
    return SessionStatus(
        id=session.id, run=session.run, host=session.host, pid=session.pid, workers=session.workers,
        began=session.began, seconds=max(session.seconds, last.seconds if last else 0.0),
        cases=max(session.cases, last.cases if last else 0),
        state="running" if current else session.ended or "killed", pace=pace_of(samples), memory=memory_of(samples),
        last_sign=last.wall if last else session.began + session.seconds, clock_jump=clock_jump(session.began, samples),
    )


def _death(death: Death, names: dict[str, str]) -> DeathStatus:
    return DeathStatus(death.wall, death.worker, death.how, death.case, names.get(death.signature, ""), death.note)
