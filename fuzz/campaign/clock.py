"""Time that passed while we were there to see it."""

from __future__ import annotations

from time import monotonic

LONGEST_TICK = 1.0


class Stopwatch:
    """Seconds, as told by *tick* s. A pause of this process, or of the machine, counts as one second at the most: what
    happened meanwhile is nobody's fault."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._last = monotonic()

    def tick(self) -> float:
        now = monotonic()
        self.seconds += min(now - self._last, LONGEST_TICK)
        self._last = now
        return self.seconds
