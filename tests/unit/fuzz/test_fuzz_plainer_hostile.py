"""Hostile choices get plainer as far as they still show the same, and that comes to an end."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from fact.model.types import Prim
from fuzz.minimise.plainer_hostile import plainer_hostile
from generators.blueprint import Blueprint, Definition, Function, Guest, GuestImport, Ref, Signature, Step
from generators.damage import LIMIT
from generators.hostile_choices import (
    Damage,
    Damaged,
    Fault,
    Hostile,
    Leaving,
    Meddling,
    Place,
    RawArgument,
    ReallocResult,
    ResultPointer,
    SpilledPadding,
)
from generators.hostile_text import bad_text
from generators.operands import Const
from generators.valtypes import EnumOf, ListOf, MapOf, OptionOf, RecordOf, Type

AT = Place(0, 0, 0)
REALLOC = Place(0, 0)


def plainest(hostile: Hostile, shows: Callable[[Hostile], bool], t: Type = Prim.U8) -> Hostile:
    """What is left of *hostile*, at a call with one argument of type *t*, when nothing plainer *shows*."""
    callee = GuestImport(Ref("item", 0, ("f0",)), Signature((t,)))
    function = Function(Signature(()), (Step(0, (Const(t, 0),)),))
    b = Blueprint((Definition(items=(Guest((callee,), (function,)),)),), hostile=(hostile,))
    for _ in range(200):
        plainer = next((c for c in plainer_hostile(b) if shows(c.hostile[0])), None)
        if plainer is None:
            return b.hostile[0]
        b = plainer
    raise AssertionError(f"does not come to an end: {b.hostile}")


def invalid(codec: str) -> Callable[[Hostile], bool]:
    def shows(h: Hostile) -> bool:
        assert isinstance(h, Damaged)
        try:
            bytes.fromhex(h.content).decode(codec)
        except UnicodeDecodeError:
            return True
        return False

    return shows


@pytest.mark.parametrize(("bad", "filler"), [
    (b"\xed\xa0\x80", "漢"), (b"\x80", "a"), (b"\xf0\x9f\x98", "é"), (b"\xff", "😀"),
])
def test_bad_text_gets_short_and_its_list_too(bad: bytes, filler: str) -> None:
    content = bad_text("utf8", bad, 33, 17, filler)
    images = ("a", "b", "", "c", "d", "e", "f", "g", "h")
    found = plainest(Damaged(AT, 0, 0, images, (5,), "content", content=content.hex()), invalid("utf-8"),
                     ListOf(Prim.STRING))
    assert isinstance(found, Damaged)
    assert len(found.content) == 2, "one byte"
    assert (found.path, len(found.image)) == ((0,), 1)  # type: ignore[arg-type]


def test_utf16_gets_short_by_whole_units() -> None:
    content = bad_text("utf16", b"\x00\xd8", 16, 17, "😀").hex()
    found = plainest(Damaged(AT, 0, 0, "", (), "content", content=content), invalid("utf-16-le"), Prim.STRING)
    assert isinstance(found, Damaged) and len(found.content) <= 4


def test_lengths_and_numbers_come_to_the_limit() -> None:
    t = ListOf(Prim.U32)
    over = LIMIT // 4 + 1

    def too_long(h: Hostile) -> bool:
        return isinstance(h, Damaged) and h.damage in ("length", "both") and h.number >= over

    damages: tuple[Damage, ...] = ("length", "both")
    for damage in damages:
        found = plainest(Damaged(AT, 0, 0, (1, 2, 3), (), damage, (1 << 32) - 1, "wrapping"), too_long, t)
        assert isinstance(found, Damaged)
        assert (found.image, found.damage, found.number) == ((), "length", over)
    enums = Damaged(AT, 0, 0, (0, 1, 2, 1, 0), (3,), "bits", 0xFFFF_FFFF)
    found = plainest(enums, lambda h: isinstance(h, Damaged) and h.number >= 3 and len(h.path) == 1, ListOf(EnumOf(3)))
    assert isinstance(found, Damaged) and (found.number, found.path) == (3, (0,))


def test_the_way_to_a_part_gets_short() -> None:
    """Elements before and after go; what is on the way stays."""
    t = ListOf(RecordOf((Prim.U8, MapOf(Prim.U16, OptionOf(Prim.CHAR)))))
    pair = (7, (1, 0x61))
    image = ((1, (pair,)), (2, ((1, (0, 0)), pair, (2, (0, 0)))), (3, ()))
    h = Damaged(AT, 0, 0, image, (1, 1, 1, 1, 0), "bits", 0xDFFF)
    found = plainest(h, lambda h: isinstance(h, Damaged) and len(h.path) == 5 and h.number == 0xDFFF, t)
    assert isinstance(found, Damaged) and found.path == (0, 1, 0, 1, 0)
    assert found.image == ((1, ((1, (1, 1)),)),), "one element, one entry, some"


@pytest.mark.parametrize(("hostile", "expected"), [
    (ReallocResult(REALLOC, "wrapping", 3), ReallocResult(REALLOC, "odd")),
    (ReallocResult(REALLOC, "fresh pages", 1), ReallocResult(REALLOC, "odd")),
    (ResultPointer(AT, 0, "arguments"), ResultPointer(AT, 0, "odd")),
    (Fault(REALLOC, "realloc", "throw", 2), Fault(REALLOC, "realloc", "throw")),
    (Leaving(REALLOC, "realloc", 0, 2), Leaving(REALLOC, "realloc", 0)),
    (Meddling(REALLOC, "realloc", "grows", 2), Meddling(REALLOC, "realloc", "grows")),
    (SpilledPadding(AT, 0, 0x5A), SpilledPadding(AT, 0)),
    (RawArgument(AT, 0, 0, 0xFFFF_FF80), RawArgument(AT, 0, 0, 0xFF80)),
    (Damaged(AT, 0, 0, (1, 7), (), "junk", 0xD8), Damaged(AT, 0, 0, (0, 0), (), "junk", 0xD8)),
])
def test_what_does_not_matter_gets_plain(hostile: Hostile, expected: Hostile) -> None:
    assert plainest(hostile, lambda _: True, OptionOf(Prim.U8)) == expected


def test_what_matters_stays() -> None:
    kept = ReallocResult(REALLOC, "forgets", 2)
    assert plainest(kept, lambda h: isinstance(h, ReallocResult) and h.pointer == "forgets" and h.after >= 1) == (
        ReallocResult(REALLOC, "forgets", 1)
    )
