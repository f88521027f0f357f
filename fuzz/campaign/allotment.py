"""Which cases are still to be handed out."""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field

from fuzz.campaign.messages import RunCases

RANGE = 16
"""Cases in one task: about a fifth of a second."""


@dataclass(slots=True)
class Allotment:
    """Ranges of case numbers, from 0 up to *cases* or without end. What a dead worker left comes first."""

    cases: int | None
    _next: int = 0
    _returned: list[tuple[int, int]] = field(default_factory=list)

    @property
    def exhausted(self) -> bool:
        return not self._returned and self.cases is not None and self._next >= self.cases

    def take(self) -> RunCases | None:
        if self._returned:
            return RunCases(*heapq.heappop(self._returned))
        end = self._next + RANGE if self.cases is None else min(self._next + RANGE, self.cases)
        if end <= self._next:
            return None
        first, self._next = self._next, end
        return RunCases(first, end)

    def give_back(self, first: int, end: int) -> None:
        if first < end:
            heapq.heappush(self._returned, (first, end))
