"""Named counters for libFuzzer: what an input reached that no instrumentation sees."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import lru_cache
from typing import Protocol

HASHED = 1 << 17
"""Counters for names that are not known beforehand. Their place is a hash of the name: of two thousand names some
fifteen share one. It costs libFuzzer about ten microseconds to look through so many after each run."""

STEPS = (128, 32, 16, 8, 4, 3, 2, 1)
"""What libFuzzer tells of a count is between which two of these it is."""


class Block(Protocol):
    """Counters by number, as `fuzz.guided.libfuzzer.Slots`."""

    def hit(self, slot: int, times: int, /) -> None: ...


class Counters:
    """A counter for each name. In every process a name has the same one, because what libFuzzer merges from several
    processes it compares by number: the names of a list, *known*, are numbered in its order, others hashed."""

    def __init__(self, block: Block, known: Sequence[str] = (), hashed: int = HASHED) -> None:
        self._block = block
        self._numbers = {name: number for number, name in enumerate(known)}
        self._hashed = hashed
        self.kept: set[str] = set()
        """The names that were added so far."""

    def add(self, name: str, times: int = 1) -> None:
        """Counts *name*; at most once for each input. A count of 0 is none."""
        number = self._numbers.get(name)
        if number is None:
            number = len(self._numbers) + _hash(name) % self._hashed
        steps = next((step for step in STEPS if step <= times), 0)
        if steps:
            self.kept.add(name)
            self._block.hit(number, steps)


def size(known: Sequence[str] = (), hashed: int = HASHED) -> int:
    """How many counters of a block they need."""
    return len(known) + hashed


@lru_cache(1 << 12)
def _hash(name: str) -> int:
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest())
