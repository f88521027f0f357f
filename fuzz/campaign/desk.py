"""What is to be done about the findings of a run: minimise, check. All of it follows from the store, so that it goes on
where an earlier session ended."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable

from msgspec.structs import replace

from fuzz.campaign.config import CampaignConfig
from fuzz.campaign.messages import Check, Checked, Minimise, Minimised, Shown
from fuzz.store.records import Finding, KeptCase
from fuzz.store.store import Store

CHECKS = 3
ATTEMPTS = 3
"""How often a task is tried whose worker is killed from outside."""

AT_FIRST = 10.0
"""Seconds of minimising that are always allowed."""

NO_ENGINE = "factfuzz"
"""Who is to blame when no engine was running."""

DEATHS = ("crash ", "hang ", "resource use ")
"""How the signatures of `fuzz.triage.deaths` begin, unlike those of divergences."""


class Desk:
    """The findings of one run, in its store."""

    def __init__(self, store: Store, config: CampaignConfig, run: str) -> None:
        self._store = store
        self._config = config
        self._run = run
        self._open: set[str] = set()
        """Signatures that somebody is at work on."""
        self._lost: Counter[str] = Counter()
        self._spent = 0.0

    # -- findings

    def add(self, shown: Shown, *, reproduced: int = 0, tried: int = 0, reduced: bool = False) -> Finding | None:
        """A case that shows a signature; the finding if it is a new one. The original is that of the lowest number, in
        whatever order they come. Raises `OSError`."""
        found = self._store.finding(shown.signature)
        if found is None:
            kept = self._kept(shown, reduced, reproduced, tried)
            now = time.time()
            name = self._store.free_name(shown.signature)
            found = Finding(name, shown.signature, shown.verdict, kept, kept, now, now,
                            document=shown.document, features=shown.features)
            self._store.set_finding(found)
            return found
        before = found.original
        earlier = before.run == self._run and (reduced, shown.number) < (before.reduced, before.number)
        smaller = shown.size < found.smallest.size
        if (earlier or smaller) and reproduced >= tried:
            kept = self._kept(shown, reduced, reproduced, tried)
            if smaller:
                found = self._with_smallest(found, shown, kept)
            self._store.set_finding(replace(found, original=kept) if earlier else found)
        return None

    def _kept(self, shown: Shown, reduced: bool, reproduced: int = 0, tried: int = 0) -> KeptCase:
        sha = self._store.keep_case(shown.wast)
        return KeptCase(sha, shown.size, self._run, shown.number, reduced, reproduced, tried)

    def _with_smallest(self, found: Finding, shown: Shown, kept: KeptCase) -> Finding:
        return replace(found, verdict=shown.verdict, smallest=kept, document=shown.document, features=shown.features)

    def seen(self, signatures: Iterable[str]) -> None:
        """They have occurred again."""
        for signature in signatures:
            found = self._store.finding(signature)
            if found is not None:
                self._store.set_finding(replace(found, last_seen=max(found.last_seen, time.time())))

    # -- what to do

    def waiting(self) -> int:
        """Findings that are not minimised or not checked yet."""
        return sum(1 for f in self._store.findings() if self._is_mine(f) and (not f.minimised or self._unchecked(f)))

    def next_minimise(self, elapsed: float) -> Minimise | None:
        """None when nothing is to be minimised, or minimising has had its share of *elapsed* seconds."""
        share = self._config.minimise_share * self._config.workers
        if len(self._open) >= max(1, self._config.workers // 2) or self._spent > AT_FIRST + share * elapsed:
            return None
        return self.next_minimise_of_all()

    def next_minimise_of_all(self) -> Minimise | None:
        for found in self._store.findings():
            if self._is_mine(found) and not found.minimised and found.signature not in self._open:
                self._open.add(found.signature)
                path = str(self._store.case_path(found.smallest.sha))
                return Minimise(found.signature, found.smallest.number, path, self._config.minimise_seconds,
                                engine_of(found))
        return None

    def next_check(self) -> Check | None:
        for found in self._store.findings():
            case = self._unchecked(found)
            if self._is_mine(found) and found.minimised and case is not None and found.signature not in self._open:
                self._open.add(found.signature)
                path = str(self._store.case_path(case.sha))
                return Check(found.signature, case.number, case.sha, path, CHECKS, engine_of(found))
        return None

    def _is_mine(self, found: Finding) -> bool:
        """Whether something can be done here: its case is of this run (another's may need other engines), and it was an
        engine that failed."""
        return found.smallest.run == self._run and found.verdict.alone != NO_ENGINE

    def _unchecked(self, found: Finding) -> KeptCase | None:
        """The smallest case, and where that does not show again, the original one."""
        if found.smallest.tried < CHECKS:
            return found.smallest
        if found.flaky and found.original.tried < CHECKS and found.original.run == self._run:
            return found.original
        return None

    # -- what came of it

    def take_minimised(self, message: Minimised) -> Finding | None:
        """The finding if its case is smaller now, or at its end. Raises `OSError`."""
        found = self._store.finding(message.signature)
        assert found is not None, "a finding is never forgotten"
        if message.shown is not None and message.shown.size < found.smallest.size:
            shown = message.shown
            found = self._with_smallest(found, shown, self._kept(shown, reduced=True))
        if message.done:
            self._spent += message.seconds
            self._open.discard(message.signature)
            found = replace(found, minimised=not message.broken_off)
        elif message.shown is None:
            return None
        self._store.set_finding(found)
        return found

    def take_checked(self, message: Checked) -> Finding | None:
        """The finding with the result; None when it was broken off. Raises `OSError`."""
        self._open.discard(message.signature)
        found = self._store.finding(message.signature)
        assert found is not None, "a finding is never forgotten"
        if message.tried < CHECKS:
            return None
        found = _with_result(found, message)
        self._store.set_finding(found)
        return found

    def given_back(self, task: Minimise | Check) -> None:
        """Nobody has begun it."""
        self._open.discard(task.signature)

    def worker_lost(self, task: Minimise | Check, *, from_outside: bool) -> None:
        """Its worker died: it is tried again, unless it was the case that killed it. Raises `OSError`."""
        signature = task.signature
        self._open.discard(signature)
        self._lost[signature] += 1
        if from_outside and self._lost[signature] < ATTEMPTS:
            return
        found = self._store.finding(signature)
        assert found is not None, "a finding is never forgotten"
        if isinstance(task, Minimise):
            self._store.set_finding(replace(found, minimised=True))
        else:
            self._store.set_finding(_with_result(found, Checked(signature, task.sha, 0, CHECKS)))


def engine_of(found: Finding) -> str:
    """The engine whose process ended, or had to be ended; empty for a divergence."""
    return found.verdict.alone if found.signature.startswith(DEATHS) else ""


def _with_result(found: Finding, message: Checked) -> Finding:
    def checked(case: KeptCase) -> KeptCase:
        if case.sha != message.sha:
            return case
        return replace(case, reproduced=message.reproduced, tried=message.tried)

    original, smallest = checked(found.original), checked(found.smallest)
    if smallest.flaky and original.tried >= CHECKS and original.reproduced > smallest.reproduced:
        smallest = original
    return replace(found, original=original, smallest=smallest)
