"""Strings: CanonicalABI.md, "Loading" (load_string_from_range) and "Storing" (store_string_into_range)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import pytest
from abi_guests import Call, Guest, lifted, lifted_string, reading, violation

from fact.abi import (
    MAX_STRING_BYTE_LENGTH,
    CanonicalOptions,
    ComponentInstance,
    CoreValue,
    LiftLowerContext,
    String,
    load,
    lower_flat,
    store,
)
from fact.model.traps import TrapReason
from fact.model.types import Prim, PtrType

TAG32, TAG64 = 1 << 31, 1 << 63

# -- loading


@pytest.mark.parametrize(
    ("encoding", "data", "units", "text"),
    [
        ("utf8", "6162c3a9e8aa9ef09f9880", 11, "abé語😀"),
        ("utf16", "6100e9009e8a3dd800de", 5, "aé語😀"),
        ("latin1+utf16", "61e900ff", 4, "aé\0ÿ"),
        ("latin1+utf16", "6100e9009e8a", 3 | TAG32, "aé語"),
        ("utf8", "efbbbf61", 4, "\ufeffa"),
        ("utf16", "fffe6100", 2, "\ufeffa"),
        ("utf8", "", 0, ""),
    ],
)
def test_strings_are_decoded_from_their_encoding(encoding: str, data: str, units: int, text: str) -> None:
    assert lifted(reading(bytes.fromhex(data), encoding), Prim.STRING, 0, units) == text


def test_every_byte_is_latin1() -> None:
    data = bytes(range(256))
    assert lifted(reading(data, "latin1+utf16"), Prim.STRING, 0, 256) == "".join(map(chr, range(256)))


def test_tag_is_the_top_bit_of_the_memorys_pointers() -> None:
    data = "aé".encode("utf-16-le")
    assert lifted(reading(data, "latin1+utf16", "i64"), Prim.STRING, 0, 2 | TAG64) == "aé"
    with_tag_of_32 = violation(lambda: lifted(reading(data, "latin1+utf16", "i64"), Prim.STRING, 0, 2 | TAG32))
    assert with_tag_of_32 == (TrapReason.STRING_TOO_LONG, ())


def test_a_loaded_string_remembers_its_encoding_and_code_units() -> None:
    utf8, utf16 = lifted_string("é😀", "utf8"), lifted_string("é😀", "utf16")
    latin1, tagged = lifted_string("éé", "latin1+utf16"), lifted_string("éé", "latin1+utf16", "i64", tagged=True)
    assert [(s.encoding, s.simple_encoding, s.code_units) for s in (utf8, utf16, latin1, tagged)] == [
        ("utf8", "utf8", 6), ("utf16", "utf16", 3), ("latin1+utf16", "latin1", 2), ("latin1+utf16", "utf16", 2)
    ]


@pytest.mark.parametrize(
    ("pointer", "area"), [("i32", "08000000" "02000000"), ("i64", "1000000000000000" "0200000000000000")]
)
def test_stored_strings_are_a_pointer_and_a_length_of_the_memorys_width(pointer: PtrType, area: str) -> None:
    assert load(reading(bytes.fromhex(area) + b"hi", "utf8", pointer), 0, Prim.STRING) == "hi"


@pytest.mark.parametrize(
    "data",
    ["80", "c3", "c0af", "e08080", "eda080", "edbfbf", "f4908080", "f8888080", "6162ff", "f09f98", "e282"],
)
def test_invalid_utf8_traps(data: str) -> None:
    raw = bytes.fromhex(data)
    assert violation(lambda: lifted(reading(raw), Prim.STRING, 0, len(raw))) == (TrapReason.INVALID_UTF8, ())


@pytest.mark.parametrize("data", ["00d8", "00dc", "00dc00d8", "00d86100", "610000d8"])
@pytest.mark.parametrize(("encoding", "tag"), [("utf16", 0), ("latin1+utf16", TAG32)])
def test_surrogates_out_of_pairs_trap(data: str, encoding: str, tag: int) -> None:
    cx, units = reading(bytes.fromhex(data), encoding), len(data) // 4
    assert violation(lambda: lifted(cx, Prim.STRING, 0, units | tag)) == (TrapReason.INVALID_UTF16, ())


@pytest.mark.parametrize(
    ("encoding", "most"),
    [
        ("utf8", MAX_STRING_BYTE_LENGTH),
        ("utf16", MAX_STRING_BYTE_LENGTH // 2),
        ("latin1+utf16", MAX_STRING_BYTE_LENGTH),
        ("latin1+utf16", MAX_STRING_BYTE_LENGTH // 2 | TAG32),
    ],
)
def test_byte_length_is_limited_before_anything_else_is_checked(encoding: str, most: int) -> None:
    cx = reading(b"\xff" * 8, encoding)
    assert violation(lambda: lifted(cx, Prim.STRING, 1 << 20, most))[0] is TrapReason.POINTER_OUT_OF_BOUNDS
    assert violation(lambda: lifted(cx, Prim.STRING, (1 << 20) + 1, most + 1))[0] is TrapReason.STRING_TOO_LONG


@pytest.mark.parametrize(("encoding", "tag"), [("utf16", 0), ("latin1+utf16", 0), ("latin1+utf16", TAG32)])
def test_alignment_is_two_even_for_latin1_and_for_no_text_and_comes_before_bounds(encoding: str, tag: int) -> None:
    cx = reading(b"ab", encoding)
    assert violation(lambda: lifted(cx, Prim.STRING, 1, tag))[0] is TrapReason.POINTER_MISALIGNED
    assert violation(lambda: lifted(cx, Prim.STRING, 101, 4 | tag))[0] is TrapReason.POINTER_MISALIGNED


@pytest.mark.parametrize("pointer", ["i32", "i64"])
def test_bounds_are_checked_before_content_and_for_no_text_too(pointer: PtrType) -> None:
    cx = reading(b"ab\xff", "utf8", pointer)
    top = 0xFFFF_FFFF if pointer == "i32" else 0xFFFF_FFFF_FFFF_FFFF
    assert lifted(cx, Prim.STRING, 3, 0) == ""
    for ptr, units in ((4, 0), (2, 2), (0, 4), (top, 1), (top, 0)):
        assert violation(partial(lifted, cx, Prim.STRING, ptr, units))[0] is TrapReason.POINTER_OUT_OF_BOUNDS


# -- storing: the calls of realloc. Blocks are at 256, 512, 768. A source `latin1` or `tagged` is of latin1+utf16.


def string_from(source: str, text: str) -> String:
    return lifted_string(text, source if source.startswith("utf") else "latin1+utf16", tagged=source == "tagged")


@pytest.mark.parametrize(
    ("source", "destination", "text", "calls", "units"),
    [
        ("utf8", "utf8", "aé語", [(0, 0, 1, 6)], 6),
        ("utf16", "utf16", "aé語😀", [(0, 0, 2, 10)], 5),
        ("tagged", "utf16", "aé", [(0, 0, 2, 4)], 2),
        ("latin1", "utf16", "aé", [(0, 0, 2, 4)], 2),
        ("latin1", "latin1+utf16", "aé", [(0, 0, 2, 2)], 2),
        ("utf8", "utf16", "abc", [(0, 0, 2, 6)], 3),
        ("utf8", "utf16", "aé", [(0, 0, 2, 6), (256, 6, 2, 4)], 2),
        ("utf8", "utf16", "😀", [(0, 0, 2, 8), (256, 8, 2, 4)], 2),
        ("utf16", "utf8", "abc", [(0, 0, 1, 3)], 3),
        ("utf16", "utf8", "aé", [(0, 0, 1, 2), (256, 2, 1, 6), (512, 6, 1, 3)], 3),
        ("utf16", "utf8", "語", [(0, 0, 1, 1), (256, 1, 1, 3)], 3),
        ("tagged", "utf8", "ab語", [(0, 0, 1, 3), (256, 3, 1, 9), (512, 9, 1, 5)], 5),
        ("latin1", "utf8", "abc", [(0, 0, 1, 3)], 3),
        ("latin1", "utf8", "aé", [(0, 0, 1, 2), (256, 2, 1, 4), (512, 4, 1, 3)], 3),
        ("latin1", "utf8", "éé", [(0, 0, 1, 2), (256, 2, 1, 4)], 4),
        ("utf8", "latin1+utf16", "abc", [(0, 0, 2, 3)], 3),
        ("utf8", "latin1+utf16", "aé", [(0, 0, 2, 3), (256, 3, 2, 2)], 2),
        ("utf8", "latin1+utf16", "é語", [(0, 0, 2, 5), (256, 5, 2, 10), (512, 10, 2, 4)], 2 | TAG32),
        ("utf16", "latin1+utf16", "aé", [(0, 0, 2, 2)], 2),
        ("utf16", "latin1+utf16", "a語", [(0, 0, 2, 2), (256, 2, 2, 4)], 2 | TAG32),
        ("utf16", "latin1+utf16", "😀", [(0, 0, 2, 2), (256, 2, 2, 4)], 2 | TAG32),
        ("tagged", "latin1+utf16", "a語", [(0, 0, 2, 4)], 2 | TAG32),
        ("tagged", "latin1+utf16", "aé", [(0, 0, 2, 4), (256, 4, 1, 2)], 2),
        ("tagged", "latin1+utf16", "", [(0, 0, 2, 0), (256, 0, 1, 0)], 0),
        ("utf16", "utf8", "", [(0, 0, 1, 0)], 0),
    ],
)
def test_realloc_calls_of_each_pair_of_encodings(
    source: str, destination: str, text: str, calls: list[Call], units: int
) -> None:
    guest = Guest(destination)
    ptr, length = lower_flat(guest.cx, string_from(source, text), Prim.STRING)
    assert (guest.calls, length) == (calls, units)
    codec = {"utf8": "utf-8", "utf16": "utf-16-le"}.get(destination, "utf-16-le" if units & TAG32 else "latin-1")
    assert ptr == 256 * len(calls)
    assert guest.bytes_at(ptr, calls[-1][3]) == text.encode(codec)


def test_plain_text_of_the_host_is_utf8() -> None:
    guest = Guest("utf16")
    assert lower_flat(guest.cx, "aé", Prim.STRING) == [512, 2]
    assert guest.calls == [(0, 0, 2, 6), (256, 6, 2, 4)]


@pytest.mark.parametrize(("source", "destination"), [("i32", "i64"), ("i64", "i32")])
def test_tag_of_one_memory_becomes_the_tag_of_the_other(source: PtrType, destination: PtrType) -> None:
    guest = Guest("latin1+utf16", destination)
    string = lifted_string("a語", "latin1+utf16", source, tagged=True)
    assert lower_flat(guest.cx, string, Prim.STRING) == [256, 2 | (TAG32 if destination == "i32" else TAG64)]
    assert guest.calls == [(0, 0, 2, 4)]


@pytest.mark.parametrize(
    ("pointer", "stored"), [("i32", "00010000" "02000000"), ("i64", "0001000000000000" "0200000000000000")]
)
def test_pointer_and_length_are_stored_in_the_memorys_width(pointer: PtrType, stored: str) -> None:
    guest = Guest("utf8", pointer)
    store(guest.cx, "hi", Prim.STRING, 16)
    assert guest.bytes_at(16, len(stored) // 2).hex() == stored


@pytest.mark.parametrize(
    ("source", "destination", "text", "stored"),
    [
        ("utf16", "utf8", "abé", "0000c3a9"),
        ("utf8", "latin1+utf16", "ab語", "000000009e8a"),
    ],
)
def test_what_was_written_before_realloc_is_reallocs_to_carry(
    source: str, destination: str, text: str, stored: str
) -> None:
    guest = Guest(destination, blocks=[256, 512, 512], forgetful=True)
    ptr, _ = lower_flat(guest.cx, lifted_string(text, source), Prim.STRING)
    assert guest.bytes_at(ptr, len(stored) // 2).hex() == stored


def test_latin1_is_inflated_from_what_realloc_left_there() -> None:
    guest = Guest("latin1+utf16", blocks=[256, 512, 512], forgetful=True)
    guest.memory.data[512:514] = b"xy"
    ptr, _ = lower_flat(guest.cx, lifted_string("ab語", "utf8"), Prim.STRING)
    assert guest.bytes_at(ptr, 6).decode("utf-16-le") == "xy語"


SEVERAL = [
    ("utf16", "utf8", "aé", [1, 1, 1]),
    ("latin1", "utf8", "aé", [1, 1, 1]),
    ("utf8", "utf16", "aé", [2, 2]),
    ("utf8", "latin1+utf16", "aé", [2, 2]),
    ("utf8", "latin1+utf16", "é語", [2, 2, 2]),
    ("tagged", "latin1+utf16", "aé", [2, 1]),
    ("utf8", "utf8", "a", [1]),
]
"""Source, destination, text, and the alignment that each call of realloc asks for."""


@pytest.mark.parametrize(("source", "destination", "text", "alignments"), SEVERAL)
def test_every_result_of_realloc_is_checked_for_bounds(
    source: str, destination: str, text: str, alignments: list[int]
) -> None:
    for bad in range(len(alignments)):
        guest = Guest(destination, blocks=[4096 if i == bad else 256 * (i + 1) for i in range(len(alignments))])
        found = violation(partial(lower_flat, guest.cx, string_from(source, text), Prim.STRING))
        assert found == (TrapReason.REALLOC_OUT_OF_BOUNDS, ())
        assert [align for _, _, align, _ in guest.calls] == alignments[: bad + 1]


@pytest.mark.parametrize(("source", "destination", "text", "alignments"), SEVERAL)
def test_every_result_of_realloc_is_checked_for_the_alignment_asked_for(
    source: str, destination: str, text: str, alignments: list[int]
) -> None:
    for odd, align in enumerate(alignments):
        guest = Guest(destination, blocks=[256 * (i + 1) + (i == odd) for i in range(len(alignments))])
        if align == 1:
            lower_flat(guest.cx, string_from(source, text), Prim.STRING)
            assert len(guest.calls) == len(alignments)
        else:
            found = violation(partial(lower_flat, guest.cx, string_from(source, text), Prim.STRING))
            assert found == (TrapReason.REALLOC_MISALIGNED, ())
            assert len(guest.calls) == odd + 1


def test_bounds_of_a_block_are_those_of_the_memory_that_realloc_has_grown() -> None:
    guest = Guest("utf8", size=8)

    def growing(args: Sequence[CoreValue]) -> list[CoreValue]:
        guest.memory.data.extend(bytes(4096))
        return guest.realloc(args)

    cx = LiftLowerContext(CanonicalOptions("utf8", guest.memory, growing), ComponentInstance())
    assert lower_flat(cx, "hi", Prim.STRING) == [256, 2]
    assert guest.bytes_at(256, 2) == b"hi"


def test_a_lifted_string_is_its_text() -> None:
    string = lifted_string("é", "utf16")
    assert isinstance(string, String)
    assert (string, {string}) == ("é", {"é"})
