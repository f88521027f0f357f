"""What can be wrong with a value that a guest passes: scalars, discriminants, flags, pointers, lengths, text."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import TypeAlias, get_args

from hypothesis import strategies as st
from msgspec.structs import replace

from fact.model.types import Prim
from generators.blueprint import Damage, Damaged, Encoding, Place, PointerKind
from generators.drawing import pick, seldom
from generators.layout import Pointer, discriminant_size, size
from generators.types import NARROW
from generators.valtypes import FlagsOf, Image, Type, cases_of, element_of, fields_of, is_scalar, walk
from generators.values import nth_image

RAW: dict[Prim, tuple[int, ...]] = {
    Prim.BOOL: (2, 3, 0x80, 0x100, 0x1_0000, 0x8000_0000, 0xFFFF_FFFE, 0xFFFF_FFFF),
    Prim.U8: (0x100, 0x1FF, 0x80, 0x8000, 0xFFFF_FF80, 0x8000_0000, 0xFFFF_FFFF),
    Prim.S8: (0x80, 0xFF, 0x100, 0x17F, 0x180, 0xFFFF_FF7F, 0x7FFF_FFFF, 0x8000_0000),
    Prim.U16: (0x1_0000, 0x1_FFFF, 0x8000, 0xFFFF_8000, 0x8000_0000, 0xFFFF_FFFF),
    Prim.S16: (0x8000, 0xFFFF, 0x1_0000, 0x1_7FFF, 0x1_8000, 0xFFFF_7FFF, 0x7FFF_FFFF, 0x8000_0000),
    Prim.CHAR: (0xD800, 0xDFFF, 0x11_0000, 0xFFFF_FFFF, 0xDBFF, 0xDC00, 0x8000_0000, 0x8000_0041, 0x20_0061),
}
"""Core values of narrow types that no value of the type lowers to (chars: all of them trap)."""

POINTERS: tuple[PointerKind, ...] = get_args(PointerKind)


def pointers_for(p: Pointer) -> tuple[PointerKind, ...]:
    """The hostile pointers that there are in a memory whose addresses are of type *p*."""
    return (*POINTERS, "high", "high") if p == "i64" else tuple(kind for kind in POINTERS if kind != "high")


BAD_UTF8: tuple[bytes, ...] = (
    b"\x80", b"\xff", b"\xc0\x80", b"\xc1\xbf", b"\xe0\x80\x80", b"\xe0\x9f\xbf", b"\xed\xa0\x80", b"\xed\xbf\xbf",
    b"\xf0\x80\x80\x80", b"\xf0\x8f\xbf\xbf", b"\xf4\x90\x80\x80", b"\xf5\x80\x80\x80", b"\xc3", b"\xe2\x82",
    b"\xf0\x9f\x98",
    b"\xc3\x41", b"\xe2\x82\x41", b"\xf0\x9f\x98\x41", b"\xc3\xa9\xa9", b"\xfe",
)
"""Bytes that no UTF-8 contains: stray, overlong, surrogates, past U+10FFFF, cut short by the end or by ASCII."""

BAD_UTF16: tuple[bytes, ...] = (b"\x00\xd8", b"\xff\xdb", b"\x00\xdc", b"\xff\xdf", b"\x00\xdc\x00\xd8",
                                b"\x3d\xd8a\x00", b"\x3d\xd8\x3d\xd8\x00\xde")
"""Code units that no UTF-16 contains: one half of a pair, halves in the wrong order, a half before anything else."""

BEFORE = (0, 1, 7, 8, 14, 15, 16, 17, 30, 31, 32, 33, 63, 64, 65, 200)
"""Good code units before bad ones."""

AFTER = (0, 1, 17, 40)
"""Good code units after them."""

LIMIT = (1 << 28) - 1
"""MAX_STRING_BYTE_LENGTH and MAX_LIST_BYTE_LENGTH."""

LENGTHS: dict[Pointer, tuple[int, ...]] = {
    "i32": (LIMIT, LIMIT + 1, LIMIT // 2, LIMIT // 2 + 1, 1 << 31, 1 << 31 | LIMIT // 2, 1 << 31 | (LIMIT // 2 + 1),
            (1 << 31) - 1, (1 << 32) - 1, 0x2_0000),
}
LENGTHS["i64"] = (*LENGTHS["i32"], 1 << 32, 1 << 32 | 1, 1 << 63, 1 << 63 | LIMIT // 2, 1 << 63 | (LIMIT // 2 + 1),
                  (1 << 63) - 1, (1 << 64) - 1)
"""Lengths of strings at and past the limits, with and without the tag of latin1+utf16; some bring a sum to wrap."""

Part: TypeAlias = tuple[tuple[int, ...], Type, Image]
"""Where in an image, of what type, and the part itself."""

_MOST_PARTS = 48


def can_be_damaged(t: Type) -> bool:
    """Whether anything can be wrong with a value of *t*."""
    return any(
        u in NARROW or u is Prim.STRING or isinstance(u, FlagsOf) or (element_of(u) or cases_of(u)) is not None
        for u in walk(t)
    )


def damaged(
    draw: st.DrawFn, place: Place, step: int, argument: int, t: Type, encoding: Encoding, p: Pointer
) -> Damaged:
    """A value of *t*, for which `can_be_damaged` holds, with one thing wrong."""
    image = nth_image(t, pick(draw, range(1 << 16)))
    found = list(damageable(t, image))[:_MOST_PARTS]
    if seldom(draw, 2):
        found = [each for each in found if _has_pointer(each[1])] or found
    path, part, inside = pick(draw, found)
    whole = Damaged(place, step, argument, image, path, "bits")
    if not _has_pointer(part):
        return replace(whole, number=pick(draw, wrong_numbers(part, inside)))
    ways: tuple[Damage, ...] = ("pointer", "pointer", "length")
    match pick(draw, ("content", "content", *ways) if part is Prim.STRING else ways):
        case "content":
            return replace(whole, damage="content", content=_bad_text(draw, encoding).hex())
        case "length":
            return replace(whole, damage="length", number=pick(draw, wrong_lengths(part, p)))
        case _:
            return replace(whole, damage="pointer", pointer=pick(draw, pointers_for(p)))


def all_damages(
    place: Place, step: int, argument: int, t: Type, image: Image, encoding: Encoding, p: Pointer
) -> Iterator[Damaged]:
    """Everything that can be wrong with one value; of bad texts a selection."""
    for path, part, inside in damageable(t, image):
        whole = Damaged(place, step, argument, image, path, "bits")
        if not _has_pointer(part):
            yield from (replace(whole, number=number) for number in wrong_numbers(part, inside))
            continue
        yield from (replace(whole, damage="pointer", pointer=kind) for kind in dict.fromkeys(pointers_for(p)))
        yield from (replace(whole, damage="length", number=number) for number in wrong_lengths(part, p))
        if part is Prim.STRING:
            yield from (
                replace(whole, damage="content", content=bad_text(encoding, bad, before, after).hex())
                for bad, before, after in product(bad_units(encoding), (0, 15, 16), (0, 17))
            )


def _has_pointer(t: Type) -> bool:
    return t is Prim.STRING or element_of(t) is not None


def wrong_numbers(part: Type, inside: Image) -> tuple[int, ...]:
    """Core values that no value of a scalar, an enum, a variant or flags lowers to; *inside* are the right flags."""
    if is_scalar(part):
        return RAW[part]
    if isinstance(part, FlagsOf):
        return extra_flags(part.count, inside)
    return bad_discriminants(len(cases_of(part) or ()))


def wrong_lengths(part: Type, p: Pointer) -> tuple[int, ...]:
    element = element_of(part)
    return LENGTHS[p] if element is None else list_lengths(size(element, p), p)


def damageable(t: Type, image: Image, path: tuple[int, ...] = ()) -> Iterator[Part]:
    """The parts of an image that something can be wrong with."""
    if t in NARROW or isinstance(t, FlagsOf) or t is Prim.STRING:
        yield path, t, image
    elif (fields := fields_of(t)) is not None:
        assert isinstance(image, tuple)
        for i, (f, inside) in enumerate(zip(fields, image, strict=True)):
            yield from damageable(f, inside, (*path, i))
    elif (cases := cases_of(t)) is not None:
        yield path, t, image
        if isinstance(image, tuple) and (payload := cases[int(str(image[0]))]) is not None:
            yield from damageable(payload, image[1], (*path, 0))
    elif (element := element_of(t)) is not None:
        yield path, t, image
        assert isinstance(image, tuple)
        for i, inside in enumerate(image[:8]):
            yield from damageable(element, inside, (*path, i))


def bad_discriminants(count: int) -> tuple[int, ...]:
    """Of a type with *count* cases. In memory only the low bytes remain, which may then be right."""
    greatest = (1 << 8 * discriminant_size(count)) - 1
    wrong = (count, count + 1, greatest, 0xFFFF_FFFF, 0x8000_0000, 0x100, 0x1_0000)
    return tuple(dict.fromkeys(n for n in wrong if n >= count))


def extra_flags(count: int, image: Image) -> tuple[int, ...]:
    """Core values with bits past the last of *count* flags; all 32 can be used up."""
    assert isinstance(image, int)
    extra = 0xFFFF_FFFF >> count << count
    return tuple(dict.fromkeys((0xFFFF_FFFF, image | extra, image | (1 << count & 0xFFFF_FFFF), image | 0x8000_0000)))


def list_lengths(each: int, p: Pointer) -> tuple[int, ...]:
    """Lengths of lists of elements of *each* bytes, at and past the limit, and such that the product wraps."""
    whole = 1 << 32
    lengths = [LIMIT // each, LIMIT // each + 1, whole // each, -(-whole // each), whole - 1, whole // 2, 0x2_0000]
    if p == "i64":
        lengths += [(1 << 64) // each - (each == 1), (1 << 64) - 1, (1 << 63) + 1, 1 << 32 | 1]
    return tuple(dict.fromkeys(n for n in lengths if p == "i64" or n < 1 << 32))


def bad_units(encoding: Encoding) -> tuple[bytes, ...]:
    """Guests pass bad text of latin1+utf16 as UTF-16: no Latin-1 is bad."""
    return BAD_UTF8 if encoding == "utf8" else BAD_UTF16


def bad_text(encoding: Encoding, bad: bytes, before: int, after: int) -> bytes:
    """*before* good code units, bad ones, and *after* good ones."""
    good = b"a" if encoding == "utf8" else b"a\0"
    return good * before + bad + good * after


def _bad_text(draw: st.DrawFn, encoding: Encoding) -> bytes:
    return bad_text(encoding, pick(draw, bad_units(encoding)), pick(draw, BEFORE), pick(draw, AFTER))
