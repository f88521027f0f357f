"""Text by class: what it is made of, and where in it the characters are by which rules change.

A class is a run of characters, and perhaps one odd character among them: the last, the first, one in any place, or one
that begins in a block of 16 units and ends in the next. So there is text that turns out not to be ASCII, or not
Latin-1, only in its last character.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

_LATIN1 = "a\x80\u00e9\xff\xa0z"
_BMP = "a\u0100\u07ff\u0800\u6f22\ud7ff\ue000\uffff"
_ASTRAL = "a\U00010000\U0001f600\U0010ffff\u00e9"
_PAST_LATIN1 = "\u0100\u6f22\U0001f600\ufffd\u07ff\uffff\U00010000\u0301"


@dataclass(frozen=True, slots=True)
class TextClass:
    """*run* is repeated; one of *odd* stands in one place of it."""

    run: str
    odd: str = ""
    where: Literal["last", "first", "anywhere", "across"] = "last"


TEXTS: dict[str, TextClass] = {
    "ASCII": TextClass("abcxyz019 ~"),
    "Latin-1": TextClass(_LATIN1),
    "BMP": TextClass(_BMP),
    "astral": TextClass(_ASTRAL),
    "NUL": TextClass("\0a\x7f"),
    "combining": TextClass("e\u0301a\u0308\u0323n\u0303\u200d"),
    "replacement character": TextClass("\ufffdb\ufffd"),
    "mixed": TextClass("a\u00e9\u6f22\U0001f600\0\u0301\ufffd\xff\u0100"),
    "ASCII, then not Latin-1": TextClass("abc", _PAST_LATIN1),
    "Latin-1, then not Latin-1": TextClass("a\u00e9\xff", _PAST_LATIN1),
    "ASCII, then Latin-1": TextClass("xyz", "\x80\xff"),
    "not Latin-1, then Latin-1": TextClass("\u6f22\u0100", "\x80\xff\u00e9"),
    "first astral": TextClass("abc", "\U00010000\U0001f600\U0010ffff", "first"),
    "first Latin-1": TextClass("abc", "\x80\xff", "first"),
    "one of Latin-1": TextClass("pqrstuv", "\x80\xff", "anywhere"),
    "one not Latin-1": TextClass("a\u00e9\xffz", _PAST_LATIN1, "anywhere"),
    "one of ASCII": TextClass("\u00e9\xff\x80", "a\0", "anywhere"),
    "astral across blocks": TextClass("abc", "\U00010000\U0001f600\U0010ffff", "across"),
    "Latin-1 across blocks": TextClass("abc", "\x80\xff\u00e9", "across"),
    "three bytes across blocks": TextClass("abc", "\u0800\u6f22\uffff", "across"),
}
"""The simplest first."""

TEXT_CLASSES: tuple[str, ...] = tuple(TEXTS)


def text(name: str, length: int, below: Callable[[int], int]) -> str:
    """Text of class *name* and of *length* characters; *below*(n) chooses one of the numbers 0 to n - 1."""
    kind = TEXTS[name]
    start = below(len(kind.run))
    made = ((kind.run[start:] + kind.run[:start]) * (length // len(kind.run) + 1))[:length]
    if not kind.odd or not made:
        return made
    at = _place(kind.where, length, below)
    return made[:at] + kind.odd[below(len(kind.odd))] + made[at + 1:]


def _place(where: str, length: int, below: Callable[[int], int]) -> int:
    match where:
        case "last":
            return length - 1
        case "first":
            return 0
        case "across" if length > 15:
            return min((15, 15, 14, 31)[below(4)], length - 1)
        case "across":
            return length - 1
        case _:
            near = (length // 2, length - 2, 1, 7, 8, 15, 16, 17, 31, 32)
            return max(0, min(near[below(len(near))], length - 1))
