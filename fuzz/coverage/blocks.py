"""What reallocs do: which block was asked for, for what, and where it came to lie.

CanonicalABI.md, "Storing" and "Lifting and Lowering Values".
"""

from __future__ import annotations

from bisect import bisect, insort
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import product

from fuzz.coverage.groups import Excluded, Group, named

SIDES = ("export param", "adapter param", "adapter result", "host import result")
"""Whose values are lowered, at which boundary: into the callee's memory, or, of results, into the caller's."""

FIRST = (
    "a block", "grows the memory", "0", "of size 0", "up to the end", "misaligned", "out of bounds",
    "overlaps an earlier block",
)
"""What a realloc returns that is asked for a new block."""

AGAIN = (
    "grows in place", "grows and moves", "shrinks in place", "shrinks and moves", "misaligned",
    "out of bounds", "grows the memory",
)
"""What it does that is given a block (of a string) to make longer or shorter."""


LOOKED_AT = 256
"""Blocks of one lowering: there can be thousands, which tell no more."""


@dataclass(slots=True)
class Blocks:
    """The blocks asked for while the values of one side are lowered.

    *asked* has for each new block what the reallocs for it did, in order: `facts` of the first and of those after it.
    """

    asked: list[tuple[list[str], list[str]]] = field(default_factory=list)
    lying: list[tuple[int, int]] = field(default_factory=list)
    """Begin and end of those that are there, in order."""

    def returned(self, args: Sequence[int], begin: int, before: int, after: int) -> None:
        """A realloc called with *args* has returned *begin*; *before* and *after* are sizes of the memory."""
        if len(self.asked) >= LOOKED_AT:
            return
        old, old_size, align, size = args
        facts = ["grows the memory"] if after > before else []
        end = begin + size
        wrong = "misaligned" if begin % align else "out of bounds" if end > after else ""
        if old_size and self.asked:
            if wrong:
                facts.append(wrong)
            else:
                stays = "in place" if begin == old else "and moves"
                facts.append(f"{'grows' if size > old_size else 'shrinks'} {stays}")
            self.asked[-1][1].extend(facts)
            self._forget(old)
        else:
            facts.append(wrong or self._first(begin, end, after))
            self.asked.append((facts, []))
        if size and not wrong:
            insort(self.lying, (begin, end))

    def _first(self, begin: int, end: int, memory: int) -> str:
        if begin == end:
            return "of size 0"
        i = bisect(self.lying, (begin, end))
        if any(begin < e and b < end for b, e in self.lying[max(i - 1, 0) : i + 1]):
            return "overlaps an earlier block"
        return "0" if begin == 0 else "up to the end" if end == memory else "a block"

    def _forget(self, begin: int) -> None:
        i = bisect(self.lying, (begin, 0))
        if i < len(self.lying) and self.lying[i][0] == begin:
            del self.lying[i]

    def facts(self, wanted: Sequence[str], side: str, found: set[str]) -> None:
        """Notes what was asked for, given what for (`params area`, `list`, `string`), in the order of lowering."""
        for purpose, (first, again) in zip(wanted, self.asked, strict=False):
            found.update(f"realloc: {fact}, {purpose} of {side}" for fact in first)
            found.update(f"realloc: again, {fact}, {side}" for fact in again)


BLOCKS = Group(
    "realloc", "what reallocs return, by what the block is for and whose; again: of strings that change their size",
    named(
        "realloc",
        *(f"{fact}, {purpose} of {side}" for side, purpose, fact in product(SIDES, ("string", "list"), FIRST)),
        *(f"{fact}, params area of {side}" for side, fact in product(SIDES[:2], FIRST)
          if fact not in ("of size 0", "overlaps an earlier block")),
        *(f"again, {fact}, {side}" for side, fact in product(SIDES, AGAIN)),
    ),
)

EXCLUDED = (
    Excluded("realloc: params area of size 0, or overlapping another block",
             "it is the first block of its call and holds more than 16 flat values"),
    Excluded("realloc: again, with the same size", "each step asks for another size than the block has"),
    Excluded("realloc: of a result area", "a caller passes the area for the result, a callee returns where it is"),
)
