"""Values of any type out of one number, as images (`generators.valtypes`); 0 gives the simplest.

Most lengths are small; some are those of vectors; a few are such that a guest's memory has to grow. What one value
holds is bounded, so that an interpreter needs some ten milliseconds for the largest.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from fact.model.types import INTEGER_RANGES, Prim
from generators.edges import EDGE_GROUPS, EDGES, edges_of
from generators.layout import SIZE
from generators.texts import TEXT_CLASSES, text
from generators.valtypes import EnumOf, FlagsOf, Image, Type, cases_of, element_of, fields_of

LENGTHS: dict[str, tuple[int, ...]] = {
    "tiny": (1, 0, 2, 3, 1, 2),
    "short": (5, 7, 8, 9, 4, 6, 12, 10),
    "vectors": (15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 128, 129),
    "long": (200, 255, 256, 257, 300, 1000, 1023, 3000),
    "pages": (65535, 65536, 65537, 65535, 65537, 65535, 32767, 32768, 32769, 21845, 21846),
}
"""Lengths of text by class, in characters. Pages: 64 KiB, give or take a byte, in one encoding or another."""

LENGTH_CLASSES: tuple[str, ...] = tuple(LENGTHS)

_TEXT_ODDS = {"tiny": 20, "short": 18, "vectors": 18, "long": 3, "pages": 5}
_NUMBERS_ODDS = {"tiny": 24, "short": 10, "vectors": 10, "long": 3, "pages": 5}
_LIST_ODDS = {"tiny": 24, "short": 4, "vectors": 2, "long": 1, "pages": 2}
"""How often each class is tried for text, for lists of numbers, and for lists of anything else."""

_GIVEN = {"long": 1, "pages": 28}
"""Large lengths come once in so many times that they are tried; else tiny ones do."""

MOST_PARTS = 160
"""Of a value, but for what is repeated in long lists."""

_PARTS_IN_LONG_LISTS = 3000

_COUNTS: dict[str, tuple[int, ...]] = {
    "tiny": (1, 0, 2, 3),
    "short": (5, 4, 7, 8),
    "vectors": (17, 16, 15, 33),
    "long": (64, 100, 255, 256, 257),
    "pages": (1000, 1024, 1500),
}
"""Lengths of lists of anything but numbers."""


@dataclass(frozen=True, slots=True)
class Taste:
    """What values are made of: groups of edges, classes of text, classes of lengths."""

    edges: tuple[str, ...] = EDGE_GROUPS
    texts: tuple[str, ...] = TEXT_CLASSES
    lengths: tuple[str, ...] = LENGTH_CLASSES


EVERY_TASTE = Taste()


def made_image(t: Type, number: int, taste: Taste = EVERY_TASTE) -> Image:
    """An image of *t*; the same *number* always gives the same one."""
    return _Mill(number, taste).image(t)


@lru_cache(maxsize=64)
def _table(kind: str, lengths: tuple[str, ...]) -> tuple[str, ...]:
    odds = {"text": _TEXT_ODDS, "numbers": _NUMBERS_ODDS, "list": _LIST_ODDS}[kind]
    return tuple(name for name in lengths for _ in range(odds[name]))


class _Mill:
    """Grinds one number into as many small ones as are asked for; all zero if it is zero."""

    def __init__(self, number: int, taste: Taste) -> None:
        self.idle = number == 0
        self.state = number
        self.taste = taste
        self.left = MOST_PARTS

    def below(self, count: int) -> int:
        if self.idle:
            return 0
        self.state = (self.state * 0x5851_F42D_4C95_7F2D + 0x1405_7B7E_F767_814F) & 0xFFFF_FFFF_FFFF_FFFF
        return (self.state >> 33) % count

    def image(self, t: Type) -> Image:
        self.left -= 1
        if isinstance(t, Prim):
            return self.text() if t is Prim.STRING else self.scalar(t)
        if (element := element_of(t)) is not None:
            return self.list(element)
        if (fields := fields_of(t)) is not None:
            return tuple(map(self.image, fields))
        if isinstance(t, FlagsOf):
            return self.flags((1 << t.count) - 1)
        cases = cases_of(t)
        assert cases is not None
        case = self.case(cases)
        if isinstance(t, EnumOf):
            return case
        payload = cases[case]
        return (case, 0 if payload is None else self.image(payload))

    def case(self, cases: tuple[Type | None, ...]) -> int:
        """Of many those at the ends and around 256 as often as all the others; of any those that have a payload."""
        if self.idle:
            return 0
        if len(cases) <= 8:
            return self.below(len(cases))
        match self.below(4):
            case 0:
                return len(cases) - 1 - self.below(2)
            case 1:
                return min((0, 1, 127, 128, 255, 256)[self.below(6)], len(cases) - 1)
            case 2:
                found = [i for i, payload in enumerate(cases) if payload is not None]
                return found[self.below(len(found))] if found else self.below(len(cases))
        return self.below(len(cases))

    def flags(self, all_: int) -> int:
        """None, all, every other, or any."""
        if self.idle:
            return 0
        match self.below(8):
            case 0:
                return all_
            case 1:
                return all_ & 0xAAAA_AAAA
            case 2:
                return all_ ^ (all_ >> 1)
            case 3:
                return 0
        return (self.below(1 << 16) << 16 | self.below(1 << 16)) & all_

    def scalar(self, t: Prim) -> int:
        if self.idle:
            return EDGES[t][0]
        edges = edges_of(t, self.taste.edges)
        if t not in INTEGER_RANGES or self.below(2):
            return edges[self.below(len(edges))]
        low, high = INTEGER_RANGES[t]
        return low + (self.below(1 << 31) << 33 | self.below(1 << 31) << 4 | self.below(16)) % (high - low + 1)

    def length(self, kind: str) -> str:
        """A class of lengths, by the odds for *kind*."""
        table = _table(kind, self.taste.lengths)
        name = table[self.below(len(table))]
        odds = _GIVEN.get(name)
        if self.left < 0 or (odds and (self.left < MOST_PARTS - 8 or self.below(odds))):
            return "tiny"
        return name

    def text(self) -> str:
        if self.idle:
            return ""
        lengths = LENGTHS[self.length("text")]
        count = lengths[self.below(len(lengths))]
        self.left -= count >> 5
        names = self.taste.texts
        return text(names[self.below(len(names))], count, self.below)

    def list(self, element: Type) -> Image:
        if self.idle or self.left < 0:
            return ()
        if isinstance(element, Prim) and element is not Prim.STRING:
            return self.numbers(element)
        name = self.length("list")
        counts = _COUNTS[name]
        count, before = counts[self.below(len(counts))], self.left
        made = tuple([self.image(element) for _ in range(min(count, 40 if name == "vectors" else 5))])
        if count > len(made):
            each = (before - self.left) // len(made) + 1
            count = max(len(made), min(count, _PARTS_IN_LONG_LISTS // each))
            self.left -= each * (count - len(made))
            made = (made * (count // len(made) + 1))[:count]
        return made

    def numbers(self, t: Prim) -> Image:
        name = self.length("numbers")
        lengths = LENGTHS[name]
        count = lengths[self.below(len(lengths))]
        if name == "pages":
            count //= SIZE[t]
        self.left -= count >> 5
        edges = edges_of(t, self.taste.edges)
        start = self.below(len(edges))
        return ((edges[start:] + edges[:start]) * (count // len(edges) + 1))[:count]
