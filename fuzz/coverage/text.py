"""Strings: what is in them, between which encodings they go, and the path that storing them takes.

CanonicalABI.md, "Loading" and "Storing" (strings).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import product

from fact.abi import String
from fuzz.coverage.groups import Excluded, Group, named

SOURCES = ("utf8", "utf16", "latin1", "tagged utf16", "host")
"""What a lifted string was: the two forms of latin1+utf16 apart, and those that the host passes."""

DESTINATIONS = ("utf8", "utf16", "latin1+utf16", "host")

_NARROW = ("empty", "ASCII", "Latin-1", "with NUL")
_WIDE = ("BMP", "astral", "with combining marks", "with U+FFFD", "past Latin-1 only in the last char")
CLASSES = (*_NARROW, *_WIDE)
LENGTHS = ("15 to 17 units", "31 to 33 units", "1000 units and more")
GREAT = 65_536

_COMBINING = re.compile("[\u0300-\u036f]")

PAIRS = tuple((s, d) for s, d in product(SOURCES, DESTINATIONS) if (s, d) != ("host", "host"))

_COPIED, _AS_IT_IS = "copied", "as many bytes as units"
_GROWN, _GROWN_SHRUNK = "grown", "grown, then shrunk"
_EXACT, _SHRUNK = "as long as its worst case", "shrunk"
_INFLATED, _INFLATED_SHRUNK = "inflated to UTF-16", "inflated to UTF-16, then shrunk"
_KEPT, _NARROWED = "kept as UTF-16", "narrowed to Latin-1"

CALLS = {
    _COPIED: 1, _AS_IT_IS: 1, _GROWN: 2, _GROWN_SHRUNK: 3, _EXACT: 1, _SHRUNK: 2, _INFLATED: 2, _INFLATED_SHRUNK: 3,
    _KEPT: 1, _NARROWED: 2,
}
"""How often each path calls realloc."""

PATHS: dict[tuple[str, str], tuple[str, ...]] = {
    **{(s, "utf8"): (_COPIED,) for s in ("utf8", "host")},
    **{(s, "utf8"): (_AS_IT_IS, _GROWN, _GROWN_SHRUNK) for s in ("utf16", "latin1", "tagged utf16")},
    **{(s, "utf16"): (_EXACT, _SHRUNK) for s in ("utf8", "host")},
    **{(s, "utf16"): (_COPIED,) for s in ("utf16", "latin1", "tagged utf16")},
    **{(s, "latin1+utf16"): (_AS_IT_IS, _SHRUNK, _INFLATED_SHRUNK) for s in ("utf8", "host")},
    ("utf16", "latin1+utf16"): (_AS_IT_IS, _INFLATED),
    ("latin1", "latin1+utf16"): (_COPIED,),
    ("tagged utf16", "latin1+utf16"): (_KEPT, _NARROWED),
}
"""By source and destination: those that there are. Astral text apart, UTF-16 is as long in bytes as its worst case."""


def source_of(v: object) -> str:
    if not isinstance(v, String):
        return "host"
    if v.encoding == "latin1+utf16":
        return "latin1" if v.simple_encoding == "latin1" else "tagged utf16"
    return v.encoding


def path(v: str, source: str, units: int, destination: str) -> str:
    """The path that storing *v*, of so many code units in its source, takes; *destination* is not the host."""
    if destination == "utf8":
        if source in ("utf8", "host"):
            return _COPIED
        if v.isascii():
            return _AS_IT_IS
        worst = units * (2 if source == "latin1" else 3)
        return _GROWN_SHRUNK if len(v.encode()) < worst else _GROWN
    if destination == "utf16":
        if source in ("utf8", "host"):
            return _EXACT if v.isascii() else _SHRUNK
        return _COPIED
    narrow = is_latin1(v)
    match source:
        case "latin1":
            return _COPIED
        case "tagged utf16":
            return _NARROWED if narrow else _KEPT
        case "utf16":
            return _AS_IT_IS if narrow else _INFLATED
        case _:
            return _AS_IT_IS if v.isascii() else _SHRUNK if narrow else _INFLATED_SHRUNK


def classes(v: str) -> Iterator[str]:
    """All of `CLASSES` that *v* is of."""
    if not v:
        yield "empty"
        return
    if "\0" in v:
        yield "with NUL"
    if v.isascii():
        yield "ASCII"
        return
    if is_latin1(v):
        yield "Latin-1"
        return
    yield "BMP" if len(v.encode("utf-16-le")) == 2 * len(v) else "astral"
    if _COMBINING.search(v):
        yield "with combining marks"
    if "\ufffd" in v:
        yield "with U+FFFD"
    if v[-1] > "\xff" and is_latin1(v[:-1]):
        yield "past Latin-1 only in the last char"


def is_latin1(v: str) -> bool:
    """Tried out: looking at each char takes far longer where there are many."""
    try:
        v.encode("latin-1")
    except UnicodeEncodeError:
        return False
    return True


def lengths(units: int) -> Iterator[str]:
    if 15 <= units <= 17:
        yield "15 to 17 units"
    elif 31 <= units <= 33:
        yield "31 to 33 units"
    elif units >= 1000:
        yield "1000 units and more"


def facts(v: str, destination: str) -> tuple[tuple[str, ...], int]:
    """The features of the string *v* on its way, and how often storing it calls realloc."""
    source = source_of(v)
    units = v.code_units if isinstance(v, String) else len(v)
    if units > 200:
        return _facts(v, source, units, destination)
    return _remembered(str(v), source, units, destination)


@lru_cache(maxsize=1024)
def _remembered(v: str, source: str, units: int, destination: str) -> tuple[tuple[str, ...], int]:
    return _facts(v, source, units, destination)


def _facts(v: str, source: str, units: int, destination: str) -> tuple[tuple[str, ...], int]:
    pair = f"string: {source} to {destination}"
    found = [f"{pair}, {fact}" for fact in classes(v)]
    if source != "host" and destination != "host":
        found += [f"{pair}, {fact}" for fact in lengths(units)]
    if units >= GREAT:
        found.append(f"string: {GREAT} units and more")
    if destination == "host":
        return tuple(found), 0
    taken = path(v, source, units, destination)
    return (*found, f"{pair}, {taken}"), CALLS[taken]


def _classes_from(source: str) -> tuple[str, ...]:
    return _NARROW if source == "latin1" else CLASSES


STRINGS = Group(
    "string", "strings by encodings (latin1 and tagged utf16 are the forms of latin1+utf16): content, length, path",
    named(
        "string",
        *(f"{s} to {d}, {fact}" for s, d in PAIRS for fact in _classes_from(s)),
        *(f"{s} to {d}, {fact}" for s, d in PAIRS for fact in LENGTHS if "host" not in (s, d)),
        *(f"{s} to {d}, {taken}" for (s, d), found in PATHS.items() for taken in found),
        f"{GREAT} units and more",
    ),
)

EXCLUDED = (
    Excluded("string: latin1 with anything past U+00FF", "Latin-1 cannot express it"),
    Excluded("string: utf8 or host to latin1+utf16, inflated to UTF-16 and not shrunk",
             "what is past U+00FF takes more bytes in UTF-8 than units in UTF-16, so the worst case is never met"),
    Excluded("string: utf16 to latin1+utf16, inflated to UTF-16, then shrunk",
             "the worst case of UTF-16 is its own length"),
    Excluded("string: host to host", "the root's re-exported host imports pass no memory and are not lifted"),
)
