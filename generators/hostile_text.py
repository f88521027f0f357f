"""Text that is none: bytes and code units that no UTF-8 and no UTF-16 contains, by what is wrong with them.

No Latin-1 is wrong; bad text of latin1+utf16 is tagged as UTF-16.
"""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import strategies as st

from generators.blueprint import Encoding
from generators.drawing import pick

UTF8: dict[str, tuple[bytes, ...]] = {
    "stray": (b"\x80", b"\xbf", b"\xc3\xa9\xa9", b"\xf0\x9f\x98\x80\x80"),
    "overlong": (b"\xc0\x80", b"\xc1\xbf", b"\xe0\x80\x80", b"\xe0\x9f\xbf", b"\xf0\x80\x80\x80", b"\xf0\x8f\xbf\xbf"),
    "surrogate": (b"\xed\xa0\x80", b"\xed\xaf\xbf", b"\xed\xb0\x80", b"\xed\xbf\xbf", b"\xed\xa0\x80\xed\xb0\x80"),
    "too great": (b"\xf4\x90\x80\x80", b"\xf5\x80\x80\x80", b"\xf7\xbf\xbf\xbf", b"\xff", b"\xfe",
                  b"\xf8\x88\x80\x80\x80", b"\xfc\x84\x80\x80\x80\x80"),
    "cut short": (b"\xc3", b"\xe2\x82", b"\xf0\x9f\x98", b"\xe2", b"\xf0", b"\xf0\x9f", b"\xc3\x41", b"\xe2\x82\x41",
                  b"\xf0\x9f\x98\x41", b"\xe2\x82\xc3\xa9", b"\xed\x9f", b"\xf4\x8f\xbf"),
}
"""Bytes that no UTF-8 contains: continuations of nothing, more bytes than it takes, surrogates, past U+10FFFF (and
bytes that would begin such), and too few continuations."""

UTF16: dict[str, tuple[bytes, ...]] = {
    "high": (b"\x00\xd8", b"\xff\xdb", b"\x3d\xd8a\x00", b"\x3d\xd8\x00\xe0"),
    "low": (b"\x00\xdc", b"\xff\xdf", b"\x3d\xd8\x00\xde\x00\xde"),
    "swapped": (b"\x00\xdc\x00\xd8", b"\xff\xdf\xff\xdb"),
    "high before a pair": (b"\x3d\xd8\x3d\xd8\x00\xde",),
}
"""Code units that no UTF-16 contains: one half of a pair, halves in the wrong order, one half too many."""

BAD_UTF8 = tuple(bad for found in UTF8.values() for bad in found)
BAD_UTF16 = tuple(bad for found in UTF16.values() for bad in found)

CLASSES = tuple(dict.fromkeys((*UTF8, *UTF16)))

BEFORE = (*(0,) * 6, 1, 3, 4, 7, 8, *range(13, 18), *range(29, 34), 61, 63, 64, 65, 200)
"""Good code units before bad ones: none, few, and so many that the bad ones are around the end of a vector."""

AT_THE_END = (15, 15, 14, 13, 31)
"""Good code units before bad ones that end with a block of 16, or would go on past it."""

AFTER = (0, 0, 0, 1, 2, 15, 17, 40)
"""Good code units after them."""

FILLERS = ("a", "a", "é", "漢", "😀")
"""What good code units stand for."""


def bad_units(encoding: Encoding) -> dict[str, tuple[bytes, ...]]:
    """By what is wrong with them."""
    return UTF8 if encoding == "utf8" else UTF16


def bad_text(encoding: Encoding, bad: bytes, before: int, after: int, filler: str = "a") -> bytes:
    """*before* good code units, bad ones, and *after* good ones."""
    return good_units(encoding, before, filler) + bad + good_units(encoding, after, filler)


def good_units(encoding: Encoding, count: int, filler: str) -> bytes:
    """*count* code units: as often *filler* as there is room for, behind some `a`."""
    codec, width = ("utf-8", 1) if encoding == "utf8" else ("utf-16-le", 2)
    units = len(filler.encode(codec)) // width
    return ("a" * (count % units) + filler * (count // units)).encode(codec)


def drawn_bad_text(draw: st.DrawFn, encoding: Encoding, classes: Sequence[str]) -> bytes:
    """Bad text of one of *classes*, those that there are in *encoding*."""
    found = bad_units(encoding)
    bad = pick(draw, found[pick(draw, tuple(c for c in classes if c in found) or tuple(found))])
    match pick(draw, ("alone", "at the end of a block", "anywhere", "anywhere")):
        case "alone":
            return bad_text(encoding, bad, pick(draw, range(8)), 0)
        case "at the end of a block":
            return bad_text(encoding, bad, pick(draw, AT_THE_END), pick(draw, (17, 40)))
    return bad_text(encoding, bad, pick(draw, BEFORE), pick(draw, AFTER), pick(draw, FILLERS))
