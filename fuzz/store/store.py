"""A campaign's directory, while one process adds to it or anybody reads it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from fuzz.store import cases
from fuzz.store.answers import Answers, KnownRun
from fuzz.store.blocks import dictionary_id, pack, unpack
from fuzz.store.counting import Sums
from fuzz.store.database import opened_for_reading
from fuzz.store.directory import INDEX
from fuzz.store.errors import usage_errors
from fuzz.store.index import Index
from fuzz.store.names import NAME, free_name
from fuzz.store.records import BLOCK, Counts, Death, Finding, FirstCase, KnownCheck, RunKey, Sample, Seen, Session
from fuzz.store.writing import opened_index, write_copies

_BLOCKS_AT_HAND = 8
"""Unpacked; the cases in hand belong to one or two."""


@dataclass(slots=True)
class _Pending:
    """What is in memory only. *runs*: with the ids of their dictionaries; *copies*: signatures of findings whose copy
    may not be up to date."""

    runs: dict[str, str] = field(default_factory=dict)
    blocks: set[tuple[str, int]] = field(default_factory=set)
    findings: set[str] = field(default_factory=set)
    sessions: set[str] = field(default_factory=set)
    samples: list[Sample] = field(default_factory=list)
    deaths: list[Death] = field(default_factory=list)
    checks: set[tuple[str, str]] = field(default_factory=set)
    first_cases: set[tuple[str, int]] = field(default_factory=set)
    copies: set[str] = field(default_factory=set)


class Store(Answers):
    """Opened by `Store.writing` or `Store.reading`. One for reading shows one moment, however long it is open.

    What is added is in memory until `flush` puts it on disk in one transaction; only cases are there before. Methods
    that write raise `OSError`, also for SQLite's errors, and leave what was there; what could not be written is tried
    again by the next `flush`.
    """

    def __init__(self, path: Path, index: Index) -> None:
        """For `writing` and `reading` only."""
        super().__init__(path, index)
        self._index = index
        self._signatures = {finding.name: finding.signature for finding in self._findings.values()}
        self._packed_with: dict[str, str] = {}
        self._at_hand: dict[tuple[str, int], Sums] = {}
        self._pending = _Pending()
        self._read_samples: tuple[Sample, ...] | None = None

    @classmethod
    @contextlib.contextmanager
    def writing(cls, path: Path) -> Iterator[Store]:
        """Makes what is missing, keeps other writers out, and removes what killed processes left behind. Left without
        an exception it flushes; what it made goes again if nothing came of it. Raises `UsageError`."""
        with opened_index(path) as index:
            with usage_errors(path / INDEX):
                store = cls(path, index)
            yield store
            store.flush()

    @classmethod
    @contextlib.contextmanager
    def reading(cls, path: Path) -> Iterator[Store]:
        """Also while a campaign writes. Raises `UsageError`."""
        with opened_for_reading(path) as index:
            store = cls(path, index)
            store._read_samples = tuple(index.samples())
        yield store

    # -- adding

    def begin_run(self, key: RunKey, features: Sequence[str]) -> str:
        """Its id, whether it is new or goes on. *features* are all that are possible."""
        names = tuple(dict.fromkeys(features))
        dictionary = dictionary_id(names)
        self._dictionaries[dictionary] = names
        run = self._runs.setdefault(key.id, KnownRun(key, []))
        if dictionary not in run.dictionaries:
            run.dictionaries.append(dictionary)
            self._pending.runs[key.id] = dictionary
        self._packed_with[key.id] = dictionary
        return key.id

    def add(self, run: str, first: int, end: int, counts: Counts) -> None:
        """Cases *first* to *end* - 1 of one block are done. Raises `ValueError`, and then adds nothing, if one of them
        is done already or the counts cannot be theirs."""
        known = self._begun(run)
        number = first // BLOCK
        _check_counts(first, end, counts)
        bits = (1 << end - first) - 1 << first % BLOCK
        if twice := known.done.get(number, 0) & bits:
            raise ValueError(f"case {number * BLOCK + (twice & -twice).bit_length() - 1} is done already")
        block, more = self._block(run, number), Sums.of(counts)
        block.add(more)
        known.sums.add(more)
        known.done[number] = known.done.get(number, 0) | bits
        self._pending.blocks.add((run, number))

    def keep_case(self, wast: str) -> str:
        """The name of the case; it is on disk when this returns."""
        return cases.keep(self.path, wast.encode())

    def set_finding(self, finding: Finding) -> None:
        """A new one, or in place of the one of the same signature. Raises `ValueError` if its cases were not kept, or
        if its name is that of another signature or none at all."""
        if not NAME.fullmatch(finding.name):
            raise ValueError(f"{finding.name!r} is no name of a finding")
        if self._signatures.get(finding.name, finding.signature) != finding.signature:
            raise ValueError(f"{finding.name} is the name of another finding")
        for case in (finding.original, finding.smallest):
            if not self.case_path(case.sha).exists():
                raise ValueError(f"the case {case.sha} of {finding.name} was not kept")
        before = self._findings.get(finding.signature)
        if before is not None and before.name != finding.name:
            raise ValueError(f"{finding.name} is named {before.name} already")
        self._findings[finding.signature] = finding
        self._signatures[finding.name] = finding.signature
        self._pending.findings.add(finding.signature)
        if before is None or before.smallest.sha != finding.smallest.sha:
            self._pending.copies.add(finding.signature)

    def free_name(self, signature: str) -> str:
        """For a finding of that signature: its name if there is one, else one that no other finding has."""
        known = self._findings.get(signature)
        return known.name if known is not None else free_name(signature, self._signatures)

    def begin_session(self, session: Session) -> None:
        """Raises `ValueError` if there is one of that id."""
        if session.id in self._sessions:
            raise ValueError(f"there is a session {session.id} already")
        self.update_session(session)

    def update_session(self, session: Session) -> None:
        self._sessions[session.id] = session
        self._pending.sessions.add(session.id)

    def add_death(self, death: Death) -> None:
        if death not in self._deaths:
            self._deaths.append(death)
            self._pending.deaths.append(death)

    def set_first_case(self, first: FirstCase) -> None:
        """In place of what was kept for that number. Raises `ValueError` if the case was not kept."""
        if not self.case_path(first.sha).exists():
            raise ValueError(f"case {first.number} was not kept: {first.sha}")
        self._first_cases[first.run, first.number] = first
        self._pending.first_cases.add((first.run, first.number))

    def add_sample(self, sample: Sample) -> None:
        self._pending.samples.append(sample)

    def set_known_check(self, check: KnownCheck) -> None:
        """In place of what was said of that known difference in that run."""
        self._checks[check.run, check.id] = check
        self._pending.checks.add((check.run, check.id))

    # -- writing

    def flush(self) -> None:
        """Everything that was added so far is on disk when this returns: all of it, or, raising `OSError`, nothing new
        but copies of findings for people."""
        pending = self._pending
        if pending != _Pending():
            with self._index.transaction():
                self._put(pending)
            self._pending = _Pending(copies=pending.copies)
        self._forget_blocks()
        write_copies(self.path, [self._findings[signature] for signature in self._pending.copies])
        self._pending.copies.clear()

    def _put(self, pending: _Pending) -> None:
        index = self._index
        for run, dictionary in pending.runs.items():
            index.put_run(self._runs[run].key, index.put_dictionary(self._dictionaries[dictionary]))
        for run, number in pending.blocks:
            dictionary = self._packed_with[run]
            packed = pack(number, self._at_hand[run, number], dictionary, self._dictionaries[dictionary])
            index.put_block(run, number, self._runs[run].done[number], packed)
        for signature in pending.findings:
            index.put_finding(self._findings[signature])
        for session in pending.sessions:
            index.put_session(self._sessions[session])
        for sample in pending.samples:
            index.put_sample(sample)
        for death in pending.deaths:
            index.put_death(death)
        for check in pending.checks:
            index.put_known_check(self._checks[check])
        for first in pending.first_cases:
            index.put_first_case(self._first_cases[first])

    def _begun(self, run: str) -> KnownRun:
        if run not in self._packed_with:
            raise ValueError(f"the run {run} was not begun")
        return self._runs[run]

    def _block(self, run: str, number: int) -> Sums:
        """The block's counts so far, now the one used last."""
        key = run, number
        block = self._at_hand.pop(key, None)
        if block is None:
            stored = self._index.block(run, number)
            block = Sums() if stored is None else unpack(number, stored[1], self._dictionaries)
        self._at_hand[key] = block
        return block

    def _forget_blocks(self) -> None:
        for key in list(self._at_hand)[:-_BLOCKS_AT_HAND]:
            del self._at_hand[key]

    # -- samples, of which a night makes too many to have them in memory

    def samples(self, session: str | None = None) -> tuple[Sample, ...]:
        """Of one session or of all, session by session, the oldest first."""
        found = [s for s in self._all_samples() if session in (None, s.session)]
        began = {s.id: s.began for s in self._sessions.values()}
        return tuple(sorted(found, key=lambda s: (began.get(s.session, float("inf")), s.session, s.seconds, s.wall)))

    def _all_samples(self) -> Iterable[Sample]:
        if self._read_samples is not None:
            return self._read_samples
        return [*self._index.samples(), *self._pending.samples]


def _check_counts(first: int, end: int, counts: Counts) -> None:
    """Raises `ValueError`."""
    if not 0 <= first < end or first // BLOCK != (end - 1) // BLOCK:
        raise ValueError(f"cases {first} to {end} - 1 are not cases of one block of {BLOCK}")
    if counts.cases != end - first:
        raise ValueError(f"counts of {counts.cases} cases for cases {first} to {end} - 1")
    for seen in (counts.features, counts.signatures, counts.known):
        for name, one in seen.items():
            if not _fits(one, first, end):
                raise ValueError(f"{name}: {one} in cases {first} to {end} - 1")


def _fits(seen: Seen, first: int, end: int) -> bool:
    return first <= seen.first <= seen.last < end and 0 < seen.cases <= seen.last - seen.first + 1
