"""Branches of generated wasm, and the counters that tell how often each was taken."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Branch:
    """One way out of a place where generated code may go several.

    *name* is `KIND OF FUNCTION: PLACE: WAY`, the same from component to component; the code of one module may have many
    branches of one name. *line* and *column* say where the place is in the text without counters, both from 0.
    It was taken as often as *counter* says, less what counter *less* says (None: nothing).
    """

    name: str
    counter: int
    less: int | None
    line: int
    column: int

    @property
    def kind(self) -> str:
        """Of the function that it is in: `adapter`, `copy`, `utf8-check.valid`."""
        return self.name.partition(": ")[0]

    @property
    def way(self) -> str:
        return self.name.rpartition(": ")[2]

    def taken(self, counters: Sequence[int]) -> int:
        """How often, by the values of a module's counters, which wrap at 2^32."""
        if self.less is None:
            return counters[self.counter]
        return (counters[self.counter] - counters[self.less]) & 0xFFFFFFFF
