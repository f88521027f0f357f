"""Which cases are still to be handed out."""

from __future__ import annotations

import heapq

from fuzz.campaign.messages import RunCases
from fuzz.store.intervals import Intervals

RANGE = 16
"""Cases in one task: about a fifth of a second. Tasks begin at its multiples: each is of one block of the store."""


class Allotment:
    """Ranges of case numbers, from 0 up to *cases* or without end, but for those that are *done*. What a dead worker
    left comes first."""

    def __init__(self, cases: int | None, done: Intervals) -> None:
        self._cases = cases
        self._done = done
        self._next = 0
        self._returned: list[tuple[int, int]] = []

    @property
    def exhausted(self) -> bool:
        self._refill()
        return not self._returned

    def take(self) -> RunCases | None:
        self._refill()
        return RunCases(*heapq.heappop(self._returned)) if self._returned else None

    def give_back(self, first: int, end: int) -> None:
        if first < end:
            heapq.heappush(self._returned, (first, end))

    def _refill(self) -> None:
        while not self._returned and (self._cases is None or self._next < self._cases):
            first = self._next
            end = first + RANGE if self._cases is None else min(first + RANGE, self._cases)
            self._next = end
            for missing in self._done.missing(first, end):
                self.give_back(*missing)
