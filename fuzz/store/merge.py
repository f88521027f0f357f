"""Bringing stores together: a join. It may be done again, in any order and by any way: what comes of it is the same.

Runs are told apart by what determines their cases; so one block in two stores is the same cases. Its counts cannot be
added, because some cases may be in both: the record with more cases is taken whole, and what the other had beyond it is
run again when the run goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import msgspec

from fuzz.errors import UsageError
from fuzz.store import cases
from fuzz.store.blocks import DamagedBlock, outline
from fuzz.store.database import check_is_there, opened_for_reading
from fuzz.store.errors import damaged
from fuzz.store.index import Index
from fuzz.store.joining import better_block, joined_check, joined_finding, joined_session, named
from fuzz.store.writing import copy_path, opened_index, write_copies


class Taken(msgspec.Struct, frozen=True):
    """What of a source was new. *cases* beyond those that there were; *smaller*: findings that there were, and of which
    the source knew a better case."""

    source: str
    cases: int
    findings: int
    smaller: int
    sessions: int


class Merged(msgspec.Struct, frozen=True):
    """What came of it: all that is in the store now."""

    path: str
    taken: tuple[Taken, ...]
    runs: int
    cases: int
    findings: int


def merge(
    into: Path, sources: Sequence[Path], announce: Callable[[Taken], object] = lambda _: None
) -> Merged:
    """Adds *sources* to the store *into*, which is made if it is not there; in one transaction, so that *into* has
    all of them or is as it was. *announce* is told each source. Campaigns may go on in sources. Raises `UsageError`."""
    for source in sources:
        check_is_there(source)
    with opened_index(into) as index:
        try:
            return _merged(into, index, sources, announce)
        except OSError as error:
            raise UsageError(f"{error.filename or into}: {error.strerror or error}") from None


def _merged(
    into: Path, index: Index, sources: Sequence[Path], announce: Callable[[Taken], object]
) -> Merged:
    names = {finding.name for finding in index.findings()}
    taken = []
    with index.transaction():
        for source in _distinct(sources, into):
            taken.append(_take(into, index, source))
            announce(taken[-1])
        findings = named(index.findings())
        for finding in findings.values():
            index.put_finding(finding)
    write_copies(into, findings.values())
    for name in names - {finding.name for finding in findings.values()}:
        copy_path(into, name).unlink(missing_ok=True)
    counted = sum(done.bit_count() for _, _, done, _ in index.blocks())
    return Merged(str(into), tuple(taken), len(index.runs()), counted, len(findings))


def _distinct(sources: Iterable[Path], into: Path) -> list[Path]:
    """Each directory once, and never the one that is written."""
    found: dict[Path, Path] = {}
    for source in sources:
        found.setdefault(source.resolve(), source)
    found.pop(into.resolve(), None)
    return list(found.values())


def _take(into: Path, index: Index, source: Path) -> Taken:
    with opened_for_reading(source) as other:
        counted = _take_blocks(index, other)
        new, smaller = _take_findings(into, index, source, other)
        sessions = 0
        for session in other.sessions():
            known = index.session(session.id)
            sessions += known is None
            index.put_session(session if known is None else joined_session(known, session))
        for sample in other.samples():
            index.put_sample(sample)
        for death in other.deaths():
            index.put_death(death)
        checks = {(check.run, check.id): check for check in index.known_checks()}
        for check in other.known_checks():
            index.put_known_check(joined_check(checks.get((check.run, check.id), check), check))
        _take_first_cases(into, index, source, other)
    return Taken(str(source), counted, new, smaller, sessions)


def _take_blocks(index: Index, other: Index) -> int:
    """With their runs; the number of cases that were new."""
    dictionaries, possible, runs = other.dictionaries(), other.possible(), other.runs()
    for names in dictionaries.values():
        index.put_dictionary(names)
    for id, key in runs.items():
        for dictionary in possible.get(id, ()):
            index.put_run(key, dictionary)
    new = 0
    for run, number, done, counts in other.blocks():
        try:
            if run not in runs or outline(counts, dictionaries).cases != done.bit_count():
                raise DamagedBlock("is of no run that there is, or counts other cases")
        except DamagedBlock as error:
            raise other.damaged_block(run, number, error) from None
        known = index.block(run, number)
        best = (done, counts) if known is None else better_block(known, (done, counts))
        if best != known:
            index.put_block(run, number, *best)
            new += best[0].bit_count() - (0 if known is None else known[0].bit_count())
    return new


def _take_findings(into: Path, index: Index, source: Path, other: Index) -> tuple[int, int]:
    """How many were new, and of how many that were known the source had a better case."""
    new = smaller = 0
    for finding in other.findings():
        known = index.finding(finding.signature)
        joined = finding if known is None else joined_finding(known, finding)
        for sha in {joined.original.sha, joined.smallest.sha}:
            if not cases.case_path(into, sha).exists():
                cases.keep(into, _case(source, sha, finding.name))
        new += known is None
        smaller += known is not None and joined.smallest != known.smallest
        index.put_finding(joined)
    return new, smaller


def _take_first_cases(into: Path, index: Index, source: Path, other: Index) -> None:
    known = {(first.run, first.number): first for first in index.first_cases()}
    for first in other.first_cases():
        kept = known.get((first.run, first.number), first)
        joined = min(kept, first, key=lambda f: f.sha)
        if not cases.case_path(into, joined.sha).exists():
            cases.keep(into, _case(source, joined.sha, f"number {first.number}"))
        index.put_first_case(joined)


def _case(source: Path, sha: str, finding: str) -> bytes:
    wast = cases.read(source, sha)
    if wast is None:
        raise damaged(source, f"the case {sha[:12]} of {finding} is missing or has other bytes")
    return wast
