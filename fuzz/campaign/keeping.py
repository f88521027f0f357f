"""The campaign's corpus: cases that were the first of their run to show some feature are made once more, from seed and
number, and kept. Which these are follows from the store, so that a resumed campaign makes what is missing."""

from __future__ import annotations

from collections import Counter
from time import monotonic

from fuzz.campaign.messages import Keep, Kept
from fuzz.store.records import FirstCase
from fuzz.store.store import Store

AT_ONCE = 16
"""Cases in one task: well under a second."""

EVERY_SECONDS = 4.0
"""Between two tasks while there are cases to run. A case may still be superseded by one of a lower number."""

ATTEMPTS = 3
"""How often a case is asked for whose worker is lost meanwhile."""


class Keeping:
    """Of one run, in its store."""

    def __init__(self, store: Store, run: str) -> None:
        self._store = store
        self._run = run
        self._open: set[int] = set()
        """Numbers that somebody is at work on."""
        self._lost: Counter[int] = Counter()
        self._last = monotonic()

    def waiting(self) -> bool:
        return bool(self._missing())

    def next(self) -> Keep | None:
        """Now and then."""
        now = monotonic()
        if now - self._last < EVERY_SECONDS:
            return None
        self._last = now
        return self.next_of_all()

    def next_of_all(self) -> Keep | None:
        numbers = self._missing()[:AT_ONCE]
        self._open.update(numbers)
        return Keep(numbers) if numbers else None

    def take(self, message: Kept) -> None:
        """Raises `OSError`."""
        for number, wast in message.cases:
            self._store.set_first_case(FirstCase(self._run, number, self._store.keep_case(wast)))

    def done(self, task: Keep) -> None:
        """Nobody is at work on it any more: what is missing of it is asked for again."""
        self._open.difference_update(task.numbers)

    def worker_lost(self, task: Keep) -> None:
        self.done(task)
        self._lost.update(task.numbers)

    def _missing(self) -> tuple[int, ...]:
        missing = self._store.missing_first_cases(self._run)
        return tuple(n for n in missing if n not in self._open and self._lost[n] < ATTEMPTS)
