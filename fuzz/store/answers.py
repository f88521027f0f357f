"""What a store answers: everything that is in its index, added up and in memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from fuzz.store import cases
from fuzz.store.blocks import DamagedBlock, Total
from fuzz.store.counting import Sums
from fuzz.store.index import Index
from fuzz.store.intervals import Intervals
from fuzz.store.lock import is_locked
from fuzz.store.records import Counts, Death, Finding, FirstCase, KnownCheck, RunKey, Session


@dataclass(slots=True)
class KnownRun:
    """*dictionaries*: ids of the lists of features that are possible in it; *done*: bitmaps by number of block."""

    key: RunKey
    dictionaries: list[str]
    done: dict[int, int] = field(default_factory=dict)
    sums: Sums = field(default_factory=Sums)


class Answers:
    """Orders are those of the content, whatever the order in which it came."""

    def __init__(self, path: Path, index: Index) -> None:
        """Raises `OSError` and `DamagedIndex`."""
        self.path = path
        self._dictionaries = index.dictionaries()
        self._runs = _loaded_runs(index, self._dictionaries)
        self._findings = {finding.signature: finding for finding in index.findings()}
        self._sessions = {session.id: session for session in index.sessions()}
        self._deaths = list(index.deaths())
        self._checks = {(check.run, check.id): check for check in index.known_checks()}
        self._first_cases = {(first.run, first.number): first for first in index.first_cases()}

    def is_being_written(self) -> bool:
        """Whether a live process, maybe this one, holds the directory's lock."""
        return is_locked(self.path)

    def runs(self) -> tuple[tuple[str, RunKey], ...]:
        """With their ids; by the time at which their first session began."""
        began: dict[str, float] = {}
        for session in self._sessions.values():
            began[session.run] = min(session.began, began.get(session.run, session.began))
        order = sorted(self._runs, key=lambda run: (began.get(run, float("inf")), run))
        return tuple((run, self._runs[run].key) for run in order)

    def totals(self, run: str | None = None) -> Counts:
        """Of one run, or of all of them; `KeyError` for a run that is not there. Times are exact to the nanosecond."""
        if run is not None:
            return self._runs[run].sums.counts()
        whole = Sums()
        for one in self._runs.values():
            whole.add(one.sums)
        return whole.counts()

    def done(self, run: str) -> Intervals:
        """The numbers of the cases that are counted; `KeyError` for a run that is not there."""
        return Intervals.of_blocks(self._runs[run].done)

    def possible(self) -> tuple[str, ...]:
        """The features that are possible in any of the runs."""
        ids = sorted({id for run in self._runs.values() for id in run.dictionaries})
        return tuple(dict.fromkeys(name for id in ids for name in self._dictionaries.get(id, ())))

    def findings(self) -> tuple[Finding, ...]:
        """The oldest first."""
        return tuple(sorted(self._findings.values(), key=lambda f: (f.first_seen, f.signature)))

    def finding(self, signature: str) -> Finding | None:
        return self._findings.get(signature)

    def case_text(self, sha: str) -> str:
        """Raises `OSError`, and `ValueError` for what cannot be the name of a case."""
        return self.case_path(sha).read_bytes().decode()

    def case_path(self, sha: str) -> Path:
        """Raises `ValueError` for what cannot be the name of a case."""
        return cases.case_path(self.path, sha)

    def sessions(self) -> tuple[Session, ...]:
        """The oldest first."""
        return tuple(sorted(self._sessions.values(), key=lambda s: (s.began, s.id)))

    def deaths(self) -> tuple[Death, ...]:
        """The oldest first."""
        return tuple(sorted(self._deaths, key=lambda d: (d.wall, d.session, d.worker, d.how, d.signature, d.note)))

    def known_checks(self) -> tuple[KnownCheck, ...]:
        """By run and by id of the known difference."""
        return tuple(self._checks[key] for key in sorted(self._checks))

    def first_cases(self) -> tuple[FirstCase, ...]:
        """By run and number."""
        return tuple(self._first_cases[key] for key in sorted(self._first_cases))

    def missing_first_cases(self, run: str) -> tuple[int, ...]:
        """Numbers of the cases that were first to show some feature and are not kept, the lowest first; `KeyError` for
        a run that is not there."""
        firsts = {seen.first for seen in self._runs[run].sums.features.values()}
        return tuple(sorted(number for number in firsts if (run, number) not in self._first_cases))


def _loaded_runs(index: Index, dictionaries: Mapping[str, Sequence[str]]) -> dict[str, KnownRun]:
    possible = index.possible()
    runs = {id: KnownRun(key, possible.get(id, [])) for id, key in index.runs().items()}
    totals = {id: Total(dictionaries) for id in runs}
    for run, number, done, counts in index.blocks():
        if run not in runs:
            continue
        try:
            totals[run].add(number, counts)
        except DamagedBlock as error:
            raise index.damaged_block(run, number, error) from None
        runs[run].done[number] = done
    for id, total in totals.items():
        runs[id].sums = total.sums()
    return runs
