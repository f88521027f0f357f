"""What reallocs do: which block was asked for, for what, and where it came to lie.

CanonicalABI.md, "Storing" and "Lifting and Lowering Values".
"""

from __future__ import annotations

from bisect import bisect, insort
from collections.abc import Iterable, Iterator, Sequence
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


class Blocks:
    """The blocks asked for while the values of one *side* are lowered. *wanted* are, in order, what each is for
    (`params area`, `list`, `string`) and how often realloc is called for it; what is not wanted is not looked at."""

    __slots__ = ("_current", "_found", "_left", "_lying", "_side", "_wanted")

    def __init__(self, wanted: Iterable[tuple[str, int]], side: str, found: set[str]) -> None:
        self._wanted = iter(wanted)
        self._current, self._left = "", 0
        self._side = side
        self._found = found
        self._lying: list[tuple[int, int]] = []
        """Begin and end of those that are there, in order."""

    def returned(self, args: Sequence[int], begin: int, before: int, after: int) -> None:
        """A realloc called with *args* has returned *begin*; *before* and *after* are sizes of the memory."""
        again = self._left > 0
        if not again:
            self._current, self._left = next(self._wanted, ("", 0))
        if not self._current:
            return
        self._left -= 1
        of = f"realloc: again, {{}}, {self._side}" if again else f"realloc: {{}}, {self._current} of {self._side}"
        self._found.update(of.format(fact) for fact in self._facts(args, begin, again, after))
        if after > before:
            self._found.add(of.format("grows the memory"))

    def _facts(self, args: Sequence[int], begin: int, again: bool, memory: int) -> Iterator[str]:
        old, old_size, align, size = args
        end = begin + size
        if begin % align or end > memory:
            yield "misaligned" if begin % align else "out of bounds"
            return
        if again:
            self._forget(old)
            if size != old_size:
                yield f"{'grows' if size > old_size else 'shrinks'} {'in place' if begin == old else 'and moves'}"
        else:
            yield self._first(begin, end, memory)
        if size:
            insort(self._lying, (begin, end))

    def _first(self, begin: int, end: int, memory: int) -> str:
        if begin == end:
            return "of size 0"
        i = bisect(self._lying, (begin, end))
        if any(begin < e and b < end for b, e in self._lying[max(i - 1, 0) : i + 1]):
            return "overlaps an earlier block"
        return "0" if begin == 0 else "up to the end" if end == memory else "a block"

    def _forget(self, begin: int) -> None:
        i = bisect(self._lying, (begin, 0))
        if i < len(self._lying) and self._lying[i][0] == begin:
            del self._lying[i]


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
