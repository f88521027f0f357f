"""Text that is none, by form and position: what the specification orders, on every engine.

CanonicalABI.md, "Loading": load_string_from_range traps for what its encoding cannot decode; the forms are those that
The Unicode Standard, table 3-7 (UTF-8) and D91 (UTF-16) leave out.
"""

from __future__ import annotations

from dataclasses import replace

import pytest
from hostile_pairs import EVERY, OURS, Ended, Pair, caller_place, check

from fact.model.traps import TrapReason
from fact.model.types import Prim
from generators.blueprint import Encoding
from generators.hostile_choices import RESULT, Damaged, Hostile, Place
from generators.hostile_text import BAD_UTF8, BAD_UTF16, BEFORE, bad_text, good_units
from generators.operands import Const

INVALID_UTF8 = (
    "80", "bf", "c3a980",  # continuations of nothing
    "c080", "c1bf", "e08080", "e09fbf", "f0808080", "f08fbfbf",  # more bytes than it takes
    "eda080", "edafbf", "edb080", "edbfbf", "eda0bdedb880",  # surrogates, and a pair of them
    "f4908080", "f5808080", "f7bfbfbf",  # past U+10FFFF
    "fe", "ff", "f888808080", "fc8480808080",  # bytes that never occur
    "c3", "e282", "e2", "f09f98", "f09f", "f0", "c341", "e28241", "f09f9841", "e282c3a9",  # cut short
)
VALID_UTF8 = ("c280", "dfbf", "e0a080", "ed9fbf", "ee8080", "efbfbf", "f0908080", "f48fbfbf", "efbbbf", "00")
"""The neighbours of those that are not."""

INVALID_UTF16 = (
    "00d8", "ffdb", "00dc", "ffdf",  # halves of pairs, at the limits
    "00dc00d8", "ffdfffdb",  # the wrong way round
    "3dd83dd800de", "3dd800de00de", "3dd86100", "3dd800e0",  # one half too many, or something else behind one
)
VALID_UTF16 = ("ffd7", "00e0", "00d800dc", "ffdbffdf", "fffe", "fdff", "ffff", "0000")

POSITIONS = ((0, 0), (0, 17), (7, 0), (14, 2), (15, 0), (16, 1), (17, 40), (30, 0), (31, 1), (32, 0), (33, 17))
"""Good code units before and behind: at the start, in the middle, at the end, and around the ends of vectors."""


def texts(encoding: Encoding, units: tuple[str, ...], filler: str) -> list[bytes]:
    positions = POSITIONS if filler == "a" else ((0, 1), (16, 0))
    return [bad_text(encoding, bytes.fromhex(each), before, after, filler)
            for each in units for before, after in positions]


def passed(encoding: Encoding, callee: Encoding, contents: list[bytes]) -> Pair:
    """The caller passes each of *contents* as a string."""
    calls = (("",),) * len(contents)
    hostile = tuple(Damaged(caller_place(i), 0, 0, "", (), "content", content=content.hex())
                    for i, content in enumerate(contents))
    return Pair((Prim.STRING,), Prim.STRING, calls, caller=encoding, callee=callee, hostile=hostile)


def in_groups(contents: list[bytes], size: int = 130) -> list[list[bytes]]:
    return [contents[i : i + size] for i in range(0, len(contents), size)]


@pytest.mark.parametrize(("callee", "filler"), [("utf8", "a"), ("utf16", "é"), ("latin1+utf16", "漢")])
def test_invalid_utf8_traps_wherever_it_stands(callee: Encoding, filler: str) -> None:
    for contents in in_groups(texts("utf8", INVALID_UTF8, filler)):
        check(passed("utf8", callee, contents), [TrapReason.INVALID_UTF8] * len(contents))


@pytest.mark.parametrize("encoding", ["utf16", "latin1+utf16"])
@pytest.mark.parametrize(("callee", "filler"), [("utf8", "a"), ("utf16", "é"), ("latin1+utf16", "😀")])
def test_invalid_utf16_traps_wherever_it_stands(encoding: Encoding, callee: Encoding, filler: str) -> None:
    """With the tag of latin1+utf16 as well."""
    contents = texts(encoding, INVALID_UTF16, filler)
    check(passed(encoding, callee, contents), [TrapReason.INVALID_UTF16] * len(contents))


@pytest.mark.parametrize(("encoding", "units", "codec"), [
    ("utf8", VALID_UTF8, "utf-8"), ("utf16", VALID_UTF16, "utf-16-le"), ("latin1+utf16", VALID_UTF16, "utf-16-le"),
])
def test_their_neighbours_are_text(encoding: Encoding, units: tuple[str, ...], codec: str) -> None:
    contents = texts(encoding, units, "a")
    expected: list[Ended] = [content.decode(codec) for content in contents]
    check(passed(encoding, "utf16", contents), expected)


def test_every_byte_is_latin1() -> None:
    """CanonicalABI.md, "Loading": nothing is invalid in Latin-1; the tag alone makes UTF-16 of the same bytes."""
    text = "".join(map(chr, range(256))).replace("\x01", "") + "\x01"  # 256 characters: not tagged by guests
    calls = (("a" * 256,),)
    content = text.encode("latin1")
    assert len(content) % 3 != 2
    pair = Pair((Prim.STRING,), Prim.STRING, ((text,),), caller="latin1+utf16", callee="utf8")
    check(pair, [text])
    tagged = replace(pair, calls=calls, hostile=(Damaged(caller_place(), 0, 0, "a" * 256, (), "tag"),))
    check(tagged, ["\u6161" * 128 + "\0" * 128])


@pytest.mark.parametrize("callee", ["utf8", "utf16", "latin1+utf16"])
def test_a_result_is_no_better(callee: Encoding) -> None:
    bad: dict[Encoding, tuple[str, TrapReason]] = {
        "utf8": ("61c3", TrapReason.INVALID_UTF8), "utf16": ("610000d8", TrapReason.INVALID_UTF16),
        "latin1+utf16": ("610000d8", TrapReason.INVALID_UTF16),
    }
    content, reason = bad[callee]
    hostile: tuple[Hostile, ...] = (Damaged(Place(0, 0, 0), RESULT, 0, "", (), "content", content=content),)
    check(Pair((), Prim.STRING, ((),), Const(Prim.STRING, ""), callee=callee, hostile=hostile), [reason])


def test_the_tag_is_none_for_other_encodings() -> None:
    """CanonicalABI.md, "Loading": bit 31 (of 64-bit memories bit 63) of a length is a tag for latin1+utf16 only."""
    long: list[Ended] = [TrapReason.STRING_TOO_LONG]
    for encoding, expected in (("utf8", long), ("utf16", long), ("latin1+utf16", ["\u6261\u6463" + "\0" * 2])):
        for wide, engines in ((False, EVERY), (True, OURS)):
            pair = Pair((Prim.STRING,), Prim.STRING, (("abcd",),), caller=encoding, wide=(wide, False))  # type: ignore[arg-type]
            tagged = replace(pair, hostile=(Damaged(caller_place(), 0, 0, "abcd", (), "tag"),))
            check(tagged, expected, engines)


def test_generators_draw_these_forms() -> None:
    drawn8, drawn16 = {bad.hex() for bad in BAD_UTF8}, {bad.hex() for bad in BAD_UTF16}
    leads = ("80", "c0", "c1", "e080", "e09f", "ed", "f080", "f08f", "f490", "f5", "fe", "ff", "c3", "e282", "f09f98")
    for lead in leads:
        assert any(form.startswith(lead) for form in drawn8), lead
    assert {"00d8", "ffdb", "00dc", "ffdf", "00dc00d8", "3dd83dd800de"} <= drawn16
    assert {0, 1, 14, 15, 16, 17, 30, 31, 32, 33} <= set(BEFORE)


def test_good_units_fill_up_to_the_count() -> None:
    assert good_units("utf8", 5, "漢") == "aa漢".encode()
    assert good_units("utf16", 5, "😀") == "a😀😀".encode("utf-16-le")
    assert good_units("latin1+utf16", 3, "é") == "ééé".encode("utf-16-le")
