"""Strings from memory to memory. CanonicalABI.md, "Storing": store_string_into_range.

Sources end at the last byte of their memory, first blocks too; every byte of the destination is compared.
"""

from __future__ import annotations

import random

import pytest
from strings_harness import FORMS, PAGE, Pair, pair, primitive
from strings_oracle import Allocator, encoded, stored, units_of

ENCODINGS = ("utf8", "utf16", "latin1+utf16")
CONTENTS = ("utf8", "utf16", "latin1", "tagged")
"""What the bytes of a source are in: `tagged` is the UTF-16, `latin1` the Latin-1 of latin1+utf16."""

POINTERS = (("i32", "i32"), ("i64", "i64"), ("i32", "i64"), ("i64", "i32"))
STALE = bytes(range(1, 252)) * 261 + b"\xdd" * (PAGE - 251 * 261)

ALPHABETS = (
    "a", "aaaaaaaaaaé", "éÿ\x80", "aé", "a" * 20 + "漢", "漢字", "a" * 30 + "ééééé漢", "😀", "a😀", "Ā߿a", "ééééééééĀ",
    "\0a\x7f\x80éÿĀ\u07ff\u0800漢\ud7ff\ue000\uffff\U00010000😀\U0010ffff",
)
LENGTHS = (*range(20), 23, 24, 31, 32, 33, 40, 47, 48, 49, 63, 64, 65, 80, 95, 96, 97, 111, 127, 128, 130, 200, 300)


class form:
    """Whether strings are dealt with by functions or on the spot."""

    name = ""


@pytest.fixture(autouse=True, params=FORMS)
def chosen_form(request: pytest.FixtureRequest) -> None:
    form.name = request.param


def strings_of(content: str, destination: str, pointers: tuple[str, str]) -> Pair:
    source = "latin1+utf16" if content in ("latin1", "tagged") else content
    return pair((source, pointers[0]), (destination, pointers[1]), form.name)


def text_for(rng: random.Random, content: str, length: int) -> str:
    """One or two runs, each of one alphabet."""
    usable = [a for a in ALPHABETS if content != "latin1" or max(a) <= "\xff"]
    runs = rng.choice(((length,), (length // 2, length - length // 2), (length - 1, 1), (min(length, 16), length - 16)))
    return "".join(rng.choice(alphabet) for run in runs for alphabet in [rng.choice(usable)] for _ in range(run))


def assert_moves(
    strings: Pair, content: str, destination: str, text: str, moves: bool, copies: bool, top: int, room: int = 0
) -> None:
    """*top* is where the first block ends; *room* is how many bytes are behind the source."""
    data = encoded(text, content)
    address = PAGE - room - len(data)
    if content != "utf8":
        address = address // 2 * 2
    strings.source.bytes[:] = STALE
    strings.source.bytes[address : address + len(data)] = data
    strings.destination.bytes[:] = STALE
    units = units_of(data, content, strings.source_bits)
    strings.place = allocator = Allocator(lambda: strings.destination.bytes, moves, copies, top)
    assert strings.check(address, units) is None
    moved = strings.move(address, units)

    expected = bytearray(STALE)
    wanted = Allocator(lambda: expected, moves, copies, top)
    assert moved == stored(expected, wanted, text, content, destination, strings.bits), text
    assert allocator.log == wanted.log, text
    assert bytes(strings.destination.bytes) == bytes(expected), text


@pytest.mark.parametrize("pointers", POINTERS, ids="-".join)
@pytest.mark.parametrize("destination", ENCODINGS)
@pytest.mark.parametrize("content", CONTENTS)
def test_address_units_realloc_calls_and_every_byte(content: str, destination: str, pointers: tuple[str, str]) -> None:
    rng = random.Random(f"{content} {destination} {pointers}")
    strings = strings_of(content, destination, pointers)
    for length in LENGTHS:
        for moves, copies in ((True, True), (False, True), (True, False)):
            text = text_for(rng, content, length)
            top, room = PAGE - rng.choice((0, rng.randrange(64), 1024)), rng.choice((0, rng.randrange(64), 1024))
            assert_moves(strings, content, destination, text, moves, copies, top, room)


@pytest.mark.parametrize("destination", ENCODINGS)
@pytest.mark.parametrize("content", CONTENTS)
def test_the_first_other_character_at_every_offset(content: str, destination: str) -> None:
    strings = strings_of(content, destination, ("i32", "i32"))
    others = "éÿ" if content == "latin1" else "éĀ漢😀"
    for offset in range(70):
        for other in others:
            text = "a" * offset + other + "é" * (offset % 5) + "b" * ((offset * 7) % 90)
            assert_moves(strings, content, destination, text, True, True, PAGE)


@pytest.mark.parametrize("pointers", POINTERS, ids="-".join)
@pytest.mark.parametrize("destination", ENCODINGS)
@pytest.mark.parametrize("content", CONTENTS)
def test_short_text(content: str, destination: str, pointers: tuple[str, str]) -> None:
    strings = strings_of(content, destination, pointers)
    for length in range(34):
        for text in ("a" * length, "a" * (length // 2) + "éb", "é" * length):
            assert_moves(strings, content, destination, text, True, False, PAGE - 200, 200)


@pytest.mark.parametrize("destination", ENCODINGS)
@pytest.mark.parametrize("content", CONTENTS)
def test_short_text_near_the_end_of_a_memory(content: str, destination: str) -> None:
    """What is loaded beside a string, or stored again, is there."""
    strings = strings_of(content, destination, ("i32", "i32"))
    for length in range(9):
        size = len(encoded("a" * length, content))
        for start in range(size, 34):
            assert_moves(strings, content, destination, "a" * length, True, True, PAGE - 100, start - size)
            assert_moves(strings, content, destination, "a" * length, True, True, PAGE - start + size, 100)


# -- realloc, by hand from the specification: (alignment, new size) of each call, and what is returned

REALLOCS = [
    ("utf8", "utf8", "", [(1, 0)], 0),
    ("utf8", "utf8", "aé漢😀", [(1, 10)], 10),
    ("utf8", "utf16", "", [(2, 0)], 0),
    ("utf8", "utf16", "abc", [(2, 6)], 3),
    ("utf8", "utf16", "aé", [(2, 6), (2, 4)], 2),
    ("utf8", "utf16", "😀", [(2, 8), (2, 4)], 2),
    ("utf8", "latin1+utf16", "abc", [(2, 3)], 3),
    ("utf8", "latin1+utf16", "aé", [(2, 3), (2, 2)], 2),
    ("utf8", "latin1+utf16", "aé漢", [(2, 6), (2, 12), (2, 6)], "tag 3"),
    ("utf8", "latin1+utf16", "Ā", [(2, 2), (2, 4), (2, 2)], "tag 1"),
    ("utf8", "latin1+utf16", "", [(2, 0)], 0),
    ("utf16", "utf8", "abc", [(1, 3)], 3),
    ("utf16", "utf8", "aé", [(1, 2), (1, 6), (1, 3)], 3),
    ("utf16", "utf8", "漢字", [(1, 2), (1, 6)], 6),
    ("utf16", "utf8", "😀", [(1, 2), (1, 6), (1, 4)], 4),
    ("utf16", "utf8", "", [(1, 0)], 0),
    ("utf16", "utf16", "aé漢", [(2, 6)], 3),
    ("utf16", "latin1+utf16", "", [(2, 0)], 0),
    ("utf16", "latin1+utf16", "aé", [(2, 2)], 2),
    ("utf16", "latin1+utf16", "aé漢", [(2, 3), (2, 6)], "tag 3"),
    ("utf16", "latin1+utf16", "😀", [(2, 2), (2, 4)], "tag 2"),
    ("latin1", "utf8", "abc", [(1, 3)], 3),
    ("latin1", "utf8", "aé", [(1, 2), (1, 4), (1, 3)], 3),
    ("latin1", "utf8", "éÿ", [(1, 2), (1, 4)], 4),
    ("latin1", "utf16", "aé", [(2, 4)], 2),
    ("latin1", "latin1+utf16", "aéb", [(2, 3)], 3),
    ("tagged", "utf8", "aé", [(1, 2), (1, 6), (1, 3)], 3),
    ("tagged", "utf16", "a漢", [(2, 4)], 2),
    ("tagged", "latin1+utf16", "a漢", [(2, 4)], "tag 2"),
    ("tagged", "latin1+utf16", "aé", [(2, 4), (1, 2)], 2),
    ("tagged", "latin1+utf16", "", [(2, 0), (1, 0)], 0),
]


@pytest.mark.parametrize("pointers", POINTERS, ids="-".join)
@pytest.mark.parametrize(("content", "destination", "text", "calls", "units"), REALLOCS)
def test_realloc_by_hand(
    content: str, destination: str, text: str, calls: list[tuple[int, int]], units: int | str, pointers: tuple[str, str]
) -> None:
    strings = strings_of(content, destination, pointers)
    data = encoded(text, content)
    strings.source.bytes[64 : 64 + len(data)] = data
    strings.log.clear()
    blocks = iter((1024, 2048, 4096))
    strings.place = lambda *_: next(blocks)
    address, written = strings.move(64, units_of(data, content, strings.source_bits))
    sizes = [0, *(size for _, size in calls)]
    assert strings.log == [
        (1024 * i, sizes[i], alignment, size) for i, (alignment, size) in enumerate(calls) if i < 2
    ] + [(2048, sizes[2], *call) for call in calls[2:]]
    assert address == (1024, 2048, 4096)[len(calls) - 1]
    tag = 1 << strings.bits - 1
    assert written == (int(units[4:]) | tag if isinstance(units, str) else units)


def test_deflating_leaves_the_second_half_of_the_units() -> None:
    strings = strings_of("tagged", "latin1+utf16", ("i32", "i32"))
    strings.source.bytes[64:74] = "abcdé".encode("utf-16-le")
    strings.destination.bytes[:] = STALE
    strings.place = lambda *_: 1024
    assert strings.move(64, 5 | 1 << 31) == (1024, 5)
    assert bytes(strings.destination.bytes[1024:1034]) == b"abcd\xe9" + b"\0d\0\xe9\0"
    assert bytes(strings.destination.bytes[1034:1040]) == STALE[1034:1040]


@pytest.mark.parametrize("destination", ENCODINGS)
@pytest.mark.parametrize("content", CONTENTS)
def test_long_text(content: str, destination: str) -> None:
    strings = strings_of(content, destination, ("i32", "i32"))
    prose = "Zwölf Boxkämpfer jagen Viktor quer über den großen Sylter Deich. "
    texts = [prose * 90, "a" * 6000] if content == "latin1" else [prose * 90, "天地玄黃" * 900, (prose + "漢😀") * 60]
    for text in texts:
        assert_moves(strings, content, destination, text, True, True, PAGE)


# -- primitives, on strings that check and move functions deal with on their own


@pytest.mark.parametrize("pointers", POINTERS, ids="-".join)
@pytest.mark.parametrize(
    ("module", "function", "source", "destination"),
    [
        ("utf8-to-utf16", "transcode", "utf-8", "utf-16-le"),
        ("utf16-to-utf8", "transcode", "utf-16-le", "utf-8"),
        ("latin1-to-utf8", "transcode", "latin-1", "utf-8"),
        ("latin1-to-utf16", "widen", "latin-1", "utf-16-le"),
        ("utf16-narrow", "latin1", "utf-16-le", "latin-1"),
        ("utf8-to-latin1", "transcode", "utf-8", "latin-1"),
    ],
)
def test_primitives_write_their_text_and_nothing_else(
    module: str, function: str, source: str, destination: str, pointers: tuple[str, str]
) -> None:
    transcode = primitive(module, function, *pointers)
    for length in range(100):
        for text in ("a" * length, "é" * length, ("a" * 9 + "é") * (length // 10)):
            data, result = text.encode(source), text.encode(destination)
            transcode.source.bytes[PAGE - len(data) :] = data
            transcode.destination.bytes[:400] = STALE[:400]
            units = len(data) // (2 if source == "utf-16-le" else 1)
            returned = transcode(PAGE - len(data), units, 8)
            written = len(result) // (2 if destination == "utf-16-le" else 1)
            assert returned in (None, written, [units, written])
            assert bytes(transcode.destination.bytes[:400]) == STALE[:8] + result + STALE[8 + len(result) : 400]


@pytest.mark.parametrize(
    ("module", "source", "destination", "others"),
    [
        ("utf8-to-utf16", "utf-8", "utf-16-le", ("é漢", "漢é", "é😀")),
        ("utf16-to-utf8", "utf-16-le", "utf-8", ("éb", "ébé", "漢b", "漢é")),
        ("latin1-to-utf8", "latin-1", "utf-8", ("éb", "éé", "ébb")),
        ("utf8-to-latin1", "utf-8", "latin-1", ("éé", "éb", "ébb")),
    ],
)
def test_stores_ahead_stay_inside_the_text(module: str, source: str, destination: str, others: tuple[str, ...]) -> None:
    """The last characters make as few units as they can, at every distance from the other one and from a block."""
    transcode = primitive(module, "transcode")
    for before in range(18):
        for other, rest in others_and_rests(others):
            for behind in range(50):
                text = "a" * before + other + rest * behind
                data, result = text.encode(source), text.encode(destination)
                transcode.source.bytes[64 : 64 + len(data)] = data
                transcode.destination.bytes[:400] = STALE[:400]
                transcode(64, len(data) // (2 if source == "utf-16-le" else 1), 8)
                written = bytes(transcode.destination.bytes[8 : 8 + len(result) + 40])
                assert written == result + STALE[8 + len(result) : 48 + len(result)], text


def others_and_rests(others: tuple[str, ...]) -> list[tuple[str, str]]:
    return [(other[:-1], other[-1]) for other in others]


@pytest.mark.parametrize("pointer", ("i32", "i64"))
def test_inflating_in_place(pointer: str) -> None:
    inflate = primitive("inflate", "inflate", pointer, pointer)
    for length in range(100):
        text = bytes((i * 37 + 1) % 256 for i in range(length))
        inflate.source.bytes[:400] = STALE[:400]
        inflate.source.bytes[8 : 8 + length] = text
        inflate(8, length)
        units = text.decode("latin-1").encode("utf-16-le")
        assert bytes(inflate.source.bytes[:400]) == STALE[:8] + units + STALE[8 + 2 * length : 400]
