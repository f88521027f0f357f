"""Laws of strings, for every pair of encodings: what arrives is what Python's codecs make of the same text.

CanonicalABI.md, "Loading" (load_string) and "Storing" (store_string).
"""

from __future__ import annotations

from itertools import product

import pytest
from abi_types import ENCODINGS, POINTERS, Guest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis_profiles import times

from fact.abi import CoreValueIter, Violation, lift_flat, lower_flat
from fact.model.traps import TrapReason
from fact.model.types import Prim, PtrType
from fact.model.values import has_surrogates
from generators import values_of

PAIRS = [*product(ENCODINGS, ENCODINGS)]
POINTER = st.sampled_from(POINTERS)
TEXTS = values_of("string", max_length=130)
"""With text that turns out not to be ASCII, or not Latin-1, at one place only, and of lengths around vectors'."""

CODECS = {"utf8": "utf-8", "utf16": "utf-16-le", "latin1": "latin-1", "tagged": "utf-16-le"}

of_each_pair = pytest.mark.parametrize(("source", "destination"), PAIRS, ids=lambda encoding: encoding)


def tag_of(pointer: PtrType) -> int:
    return 1 << (31 if pointer == "i32" else 63)


def held(guest: Guest, ptr: int, tagged: int) -> tuple[str, bytes]:
    """The form, a key of `CODECS`, and the bytes of a string in a guest's memory, by pointer and length as core code
    has them."""
    encoding, tag = guest.options.string_encoding, tag_of(guest.memory.ptr_type)
    units = tagged & ~tag if encoding == "latin1+utf16" else tagged
    form = encoding if encoding != "latin1+utf16" else "tagged" if tagged & tag else "latin1"
    width = 2 if form in ("utf16", "tagged") else 1
    return form, bytes(guest.memory.data[ptr : ptr + units * width])


def put(guest: Guest, text: str, form: str) -> list[int]:
    """*text* as a core code that is not ours would leave it: pointer and length."""
    data = text.encode(CODECS[form])
    (ptr,) = guest.realloc([0, 0, 2, len(data)])
    guest.memory.data[int(ptr) : int(ptr) + len(data)] = data
    wide = form in ("utf16", "tagged")
    return [int(ptr), len(data) // 2 if wide else len(data)] if form != "tagged" else [
        int(ptr), len(data) // 2 | tag_of(guest.memory.ptr_type)]


def forms_of(encoding: str, text: str) -> list[str]:
    """In which a guest may hand over *text*."""
    if encoding != "latin1+utf16":
        return [encoding]
    return ["tagged", "latin1"] if max(text, default="") <= "\xff" else ["tagged"]


@of_each_pair
@times(1)
@given(TEXTS, POINTER, POINTER, st.booleans())
def test_text_arrives_as_pythons_codecs_write_it(
    source: str, destination: str, text: str, one: PtrType, other: PtrType, last: bool
) -> None:
    """Also where a buffer that was guessed too small grew, and where Latin-1 had to become UTF-16, or could."""
    giver, taker = Guest(source, one), Guest(destination, other)
    form = forms_of(source, text)[-last]
    lifted = lift_flat(giver.cx, CoreValueIter(put(giver, text, form)), Prim.STRING)
    ptr, units = map(int, lower_flat(taker.cx, lifted, Prim.STRING))
    expected = forms_of(destination, text)[-1]
    assert held(taker, ptr, units) == (expected, text.encode(CODECS[expected]))
    assert ptr == last_block(taker)
    alignments = [align for _, _, align, _, _ in taker.calls]
    narrowed = destination == "latin1+utf16" and (form, expected) == ("tagged", "latin1")
    wide = 1 if destination == "utf8" else 2
    assert alignments == ([wide] * len(alignments) if not narrowed else [2, 1])


def last_block(guest: Guest) -> int:
    """What the last call of realloc returned. Each is about the block that the one before returned, of the size that
    it had asked for."""
    before = (0, 0)
    for old, old_size, _, size, result in guest.calls:
        assert (old, old_size) == before
        before = (result, size)
    return before[0]


@times(2)
@given(st.sampled_from(("utf8", "utf16", "tagged", "latin1")), POINTER, st.data())
def test_bytes_are_text_if_pythons_codecs_can_read_them(form: str, pointer: PtrType, draw: st.DataObject) -> None:
    data = draw.draw(damaged_text(form))
    guest = Guest("latin1+utf16" if form in ("tagged", "latin1") else form, pointer)
    guest.memory.data.extend(data)
    units = len(data) // (2 if form in ("utf16", "tagged") else 1)
    length = units | tag_of(pointer) if form == "tagged" else units
    whole = data[: 2 * units] if form in ("utf16", "tagged") else data
    try:
        expected = whole.decode(CODECS[form])
    except UnicodeDecodeError:
        with pytest.raises(Violation) as violation:
            lift_flat(guest.cx, CoreValueIter([0, length]), Prim.STRING)
        assert violation.value.reason is (TrapReason.INVALID_UTF8 if form == "utf8" else TrapReason.INVALID_UTF16)
    else:
        assert not has_surrogates(expected)
        assert lift_flat(guest.cx, CoreValueIter([0, length]), Prim.STRING) == expected


@st.composite
def damaged_text(draw: st.DrawFn, form: str) -> bytes:
    """Text with a few bytes changed, cut out or put in, or any bytes."""
    text = draw(st.text(st.sampled_from("a\x7f\x80\xff\u07ff\ud7ff\ue000\uffff\U00010000\U0010ffff"), max_size=6))
    data = text.encode(CODECS[form], "replace")
    at = draw(st.integers(0, len(data)))
    put_in = draw(st.sampled_from((b"", b"\xc0\x80", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xf8", b"\x80", b"\xff",
                                   b"\x00\xd8", b"\x00\xdc", b"\xe2\x82", b"\xf0\x8f\xbf\xbf")))
    return draw(st.just(data[:at] + put_in + data[at + draw(st.integers(0, 2)) :]) | st.binary(max_size=8))
