"""Which strings pass, and why others do not. CanonicalABI.md, "Loading": load_string_from_range.

Strings end at the last byte of the memory where nothing else is said: a read past the end would trap.
"""

from __future__ import annotations

import pytest
from strings_harness import FORMS, PAGE, Pair, pair, primitive

from fact.model.traps import TrapReason

POINTERS = ("i32", "i64")
MOST_BYTES = (1 << 28) - 1

SOUND = (
    "\x00", "a", "\x7f", "\x80", "é", "\u07ff", "\u0800", "漢", "\ud7ff", "\ue000", "\uffff",
    "\U00010000", "😀", "\U0010ffff",
)

BROKEN_UTF8 = {
    "continuation alone": ("80", "bf", "c3a980", "e6bca280", "f09f988080"),
    "two bytes for ASCII": ("c080", "c1bf"),
    "three bytes for less": ("e08080", "e09fbf"),
    "four bytes for less": ("f0808080", "f08fbfbf"),
    "surrogates": ("eda080", "edbfbf"),
    "past 10ffff": ("f4908080", "f5808080", "f7bfbfbf"),
    "no lead byte": ("f888808080", "fc", "fe", "ff"),
    "cut short": ("c3", "e6", "e6bc", "f0", "f09f", "f09f98"),
    "cut short by another": ("c3c3a9", "e6bc61", "f09f9861", "f09fe6bca2", "e6f09f9880"),
}

BROKEN_UTF16 = {
    "high alone": ("\ud800", "\udbffa", "\ud800\ud7ff", "\ud800\ue000"),
    "low alone": ("\udc00", "a\udfff", "\udc00\ud800"),
    "two highs": ("\ud800\ud800\udc00",),
    "two lows": ("\ud800\udc00\udc00",),
}


class form:
    """Whether strings are dealt with by functions or on the spot."""

    name = ""


@pytest.fixture(autouse=True, params=FORMS)
def chosen_form(request: pytest.FixtureRequest) -> None:
    form.name = request.param


def checked(strings: Pair, data: bytes, units: int) -> TrapReason | None:
    """Of *data* at the end of the memory, whose other bytes are rubbish in every encoding."""
    memory = strings.source.bytes
    address = PAGE - len(data)
    memory[address - 80 : address] = b"\xff\xd8" * 40
    memory[address:] = data
    return strings.check(address, units)


def utf8(pointer: str) -> Pair:
    return pair(("utf8", pointer), ("utf8", pointer), form.name)


def utf16(pointer: str) -> Pair:
    return pair(("utf16", pointer), ("utf8", pointer), form.name)


def mixed(pointer: str) -> Pair:
    return pair(("latin1+utf16", pointer), ("utf8", pointer), form.name)


def surroundings(length: int) -> list[tuple[str, str]]:
    """*length* characters in front, and none, few or many behind."""
    return [(filling * length, behind) for filling in ("a", "é", "漢", "😀") for behind in ("", "b" * 3, "b" * 40)]


@pytest.mark.parametrize("pointer", POINTERS)
def test_every_kind_of_character_passes_at_every_offset(pointer: str) -> None:
    for length in range(70):
        for before, behind in surroundings(length)[length % 3 :: 3]:
            for character in SOUND:
                text = before + character + behind
                assert checked(utf8(pointer), text.encode(), len(text.encode())) is None, text
                data = text.encode("utf-16-le")
                assert checked(utf16(pointer), data, len(data) // 2) is None, text


@pytest.mark.parametrize("kind", BROKEN_UTF8)
@pytest.mark.parametrize("pointer", POINTERS)
def test_broken_utf8_is_found_at_every_offset(pointer: str, kind: str) -> None:
    for broken in map(bytes.fromhex, BROKEN_UTF8[kind]):
        for length in range(70):
            for before, behind in surroundings(length)[length % 4 :: 4]:
                data = before.encode() + broken + behind.encode()
                assert checked(utf8(pointer), data, len(data)) is TrapReason.INVALID_UTF8, data


@pytest.mark.parametrize("kind", BROKEN_UTF16)
@pytest.mark.parametrize("pointer", POINTERS)
def test_broken_utf16_is_found_at_every_offset(pointer: str, kind: str) -> None:
    tag = 1 << (31 if pointer == "i32" else 63)
    for broken in BROKEN_UTF16[kind]:
        for length in range(140):
            for before, behind in surroundings(length)[length % 4 :: 4]:
                data = (before + broken + behind).encode("utf-16-le", "surrogatepass")
                units = len(data) // 2
                assert checked(utf16(pointer), data, units) is TrapReason.INVALID_UTF16, (before, broken, behind)
                if not behind:
                    assert checked(mixed(pointer), data, units | tag) is TrapReason.INVALID_UTF16


@pytest.mark.parametrize("pointer", POINTERS)
def test_a_pair_torn_apart(pointer: str) -> None:
    for before in range(18):
        for gap in range(1, 150):
            text = "a" * before + "\ud800" + "b" * gap + "\udc00"
            data = text.encode("utf-16-le", "surrogatepass")
            assert checked(utf16(pointer), data, len(text)) is TrapReason.INVALID_UTF16, (before, gap)


@pytest.mark.parametrize("pointer", POINTERS)
def test_what_stands_beside_a_string_does_not_count(pointer: str) -> None:
    for length in range(40):
        for name, units, data in (
            ("utf8", length, b"a" * length),
            ("utf16", length, b"a\0" * length),
        ):
            strings = pair((name, pointer), ("utf8", pointer), form.name)
            strings.source.bytes[1000:1200] = b"\xdc" * 200
            strings.source.bytes[1100 : 1100 + len(data)] = data
            assert strings.check(1100, units) is None
            assert strings.check(1100, units + 1) is not None


@pytest.mark.parametrize("pointer", POINTERS)
def test_all_latin1_is_valid(pointer: str) -> None:
    assert checked(mixed(pointer), bytes(range(256)), 256) is None


@pytest.mark.parametrize("pointer", POINTERS)
@pytest.mark.parametrize(("encoding", "unit", "alignment"), [("utf8", 1, 1), ("utf16", 2, 2), ("latin1+utf16", 1, 2)])
def test_limit_then_alignment_then_bounds_then_content(pointer: str, encoding: str, unit: int, alignment: int) -> None:
    strings = pair((encoding, pointer), ("utf8", pointer), form.name)
    strings.source.bytes[:] = b"\xff\xdc" * (PAGE // 2)
    most = MOST_BYTES // unit
    top = (1 << strings.source_bits) - 1
    assert strings.check(1, most + 1) is TrapReason.STRING_TOO_LONG
    assert strings.check(1, most) is (
        TrapReason.POINTER_MISALIGNED if alignment > 1 else TrapReason.POINTER_OUT_OF_BOUNDS
    )
    for address, units in (
        (0, most), (PAGE, 1), (PAGE - 2, 3), (PAGE + 2, 0), (top - 1, 0), (top - 1, 1), (top - 1, most),
        (top - 31, 32 // unit),
    ):
        assert strings.check(address, units) is TrapReason.POINTER_OUT_OF_BOUNDS, (address, units)
    assert strings.check(PAGE, 0) is None
    assert strings.check(0, 0) is None


@pytest.mark.parametrize("pointer", POINTERS)
def test_a_tagged_length_counts_without_its_tag(pointer: str) -> None:
    strings = mixed(pointer)
    tag = 1 << strings.source_bits - 1
    assert strings.check(0, tag | MOST_BYTES // 2 + 1) is TrapReason.STRING_TOO_LONG
    assert strings.check(0, tag | MOST_BYTES // 2) is TrapReason.POINTER_OUT_OF_BOUNDS
    assert strings.check(1, tag) is TrapReason.POINTER_MISALIGNED
    assert strings.check(PAGE, tag) is None
    assert strings.check(0, tag - 1) is TrapReason.STRING_TOO_LONG


def test_long_lengths_of_64_bits_are_not_cut() -> None:
    for encoding, length in (("utf8", 1 << 32), ("utf16", 1 << 63), ("utf16", 1 << 32), ("latin1+utf16", 1 << 32)):
        strings = pair((encoding, "i64"), ("utf8", "i64"), form.name)
        assert strings.check(0, length) is TrapReason.STRING_TOO_LONG, (encoding, length)


@pytest.mark.parametrize("pointer", POINTERS)
def test_the_support_function_for_utf8_reads_nothing_past_a_short_string(pointer: str) -> None:
    valid = primitive("utf8-check", "valid", pointer, pointer)
    for length in range(33):
        valid.source.bytes[PAGE - 40 :] = b"\xff" * 40
        valid.source.bytes[PAGE - length :] = b"a" * length
        assert valid(PAGE - length, length) == 1
        assert valid(PAGE - 40, 40 - length) == (1 if length == 40 else 0)
        valid.source.bytes[100:200] = b"\xff" * 100
        valid.source.bytes[120 : 120 + length] = b"a" * length
        assert valid(120, length) == 1


@pytest.mark.parametrize("pointer", POINTERS)
def test_the_support_function_for_utf16_follows_pairs_across_blocks(pointer: str) -> None:
    valid = primitive("utf16-check", "valid", pointer, pointer)
    for length in range(80):
        data = ("a" * length + "😀" + "b" * (79 - length)).encode("utf-16-le")
        valid.source.bytes[PAGE - len(data) :] = data
        assert valid(PAGE - len(data), len(data) // 2) == 1
        assert valid(PAGE - len(data), length + 1) == 0
        assert valid(PAGE - len(data), length) == 1
