"""What can be wrong with a value that a guest passes: scalars, discriminants, flags, pointers, lengths, text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from typing import Literal, TypeAlias, get_args

from hypothesis import strategies as st
from msgspec.structs import replace

from fact.model.types import Prim
from generators.axes import EVERYTHING, Axes
from generators.blueprint import Encoding
from generators.drawing import pick, seldom
from generators.hostile_choices import Damaged, Place, PointerKind
from generators.hostile_text import CLASSES, bad_text, bad_units, drawn_bad_text
from generators.layout import Pointer, discriminant_size, size, tag_of
from generators.mill import EVERY_TASTE, Taste, made_image
from generators.types import NARROW
from generators.valtypes import FlagsOf, Image, Type, cases_of, element_of, fields_of, is_scalar, walk

RAW: dict[Prim, tuple[int, ...]] = {
    Prim.BOOL: (2, 3, 0x80, 0x100, 0x1_0000, 0x8000_0000, 0xFFFF_FFFE, 0xFFFF_FFFF),
    Prim.U8: (0x100, 0x1FF, 0x80, 0x8000, 0xFFFF_FF80, 0x8000_0000, 0xFFFF_FFFF),
    Prim.S8: (0x80, 0xFF, 0x100, 0x17F, 0x180, 0xFFFF_FF7F, 0x7FFF_FFFF, 0x8000_0000),
    Prim.U16: (0x1_0000, 0x1_FFFF, 0x8000, 0xFFFF_8000, 0x8000_0000, 0xFFFF_FFFF),
    Prim.S16: (0x8000, 0xFFFF, 0x1_0000, 0x1_7FFF, 0x1_8000, 0xFFFF_7FFF, 0x7FFF_FFFF, 0x8000_0000),
    Prim.CHAR: (0xD800, 0xDFFF, 0x11_0000, 0xFFFF_FFFF, 0xDBFF, 0xDC00, 0x8000_0000, 0x8000_0041, 0x20_0061,
                0x7FFF_FFFF, 0xD7FF, 0xE000, 0x10_FFFF),
}
"""Core values of narrow types that no value of the type lowers to (chars: those trap); and the last chars before what
is none, the first behind it."""

POINTERS: tuple[PointerKind, ...] = get_args(PointerKind)
OF_64_BITS: tuple[PointerKind, ...] = ("high", "highest")


def pointers_for(p: Pointer) -> tuple[PointerKind, ...]:
    """The hostile pointers that there are in a memory whose addresses are of type *p*."""
    if p == "i64":
        return (*POINTERS, *OF_64_BITS * 4)
    return tuple(kind for kind in POINTERS if kind not in OF_64_BITS)


_LIKELY: dict[Prim, tuple[int, ...]] = {Prim.CHAR: (0xD800, 0xDFFF, 0x11_0000)}
"""Where what is a char ends: half of the time."""


def drawn_raw(draw: st.DrawFn, t: Prim) -> int:
    """One of `RAW`, the likelier ones more often."""
    return pick(draw, _LIKELY[t] if t in _LIKELY and seldom(draw, 2) else RAW[t])


LIMIT = (1 << 28) - 1
"""MAX_STRING_BYTE_LENGTH and MAX_LIST_BYTE_LENGTH."""

LENGTHS: dict[Pointer, tuple[int, ...]] = {
    "i32": (LIMIT, LIMIT + 1, LIMIT // 2, LIMIT // 2 + 1, 1 << 31, 1 << 31 | LIMIT // 2, 1 << 31 | (LIMIT // 2 + 1),
            1 << 31 | LIMIT, (1 << 31) - 1, (1 << 32) - 1, 0x2_0000),
}
_AT_THE_LIMIT = LENGTHS["i32"][:4]
LENGTHS["i64"] = (*LENGTHS["i32"], 1 << 32, 1 << 32 | 1, 1 << 63, 1 << 63 | LIMIT // 2, 1 << 63 | (LIMIT // 2 + 1),
                  1 << 63 | 1 << 31, (1 << 63) - 1, (1 << 64) - 1)
"""Lengths of strings at and past the limits, with and without the tag of latin1+utf16; some bring a sum to wrap."""

JUNK = (0xFF, 0x01, 0x80, 0xD8, 0x5A)
"""Bytes where nothing is: words of them are pointers past the end, chars that are none, NaNs."""

BOTH: tuple[PointerKind, ...] = ("wrapping", "odd", "odd", "last", "past end")
"""Pointers that come with a wrong length as well: of two reasons the specification's order decides."""

Part: TypeAlias = tuple[tuple[int, ...], Type, Image]
"""Where in an image, of what type, and the part itself."""

Way: TypeAlias = Literal["text", "length", "pointer", "discriminant", "flags", "scalar", "junk"]
"""What can be wrong with a part."""

WAYS: tuple[Way, ...] = get_args(Way)
_TRIES = 12

_LONG_LISTS = Taste(lengths=("vectors",))
"""In one value of three, so that there is a last element that does not fill a vector."""

_LOW = 0x1000
"""Nothing lies below this address."""


def can_be_damaged(t: Type) -> bool:
    """Whether anything can be wrong with a value of *t*."""
    return bool(ways_to_damage(t))


def ways_to_damage(t: Type) -> frozenset[Way]:
    """What can be wrong with some value of *t*."""
    return frozenset(way for u in walk(t) for way in _ways(u))


def _ways(part: Type) -> tuple[Way, ...]:
    """What can be wrong with a part itself."""
    if part in NARROW:
        return ("scalar",)
    if isinstance(part, FlagsOf):
        return ("flags",)
    if part is Prim.STRING:
        return ("text", "length", "pointer")
    if element_of(part) is not None:
        return ("length", "pointer")
    return ("discriminant", "junk") if cases_of(part) is not None else ()


def damaged(
    draw: st.DrawFn, place: Place, step: int, argument: int, t: Type, encoding: Encoding, p: Pointer, way: Way,
    axes: Axes = EVERYTHING,
) -> Damaged:
    """A value of *t* with something wrong in *way*, one of `ways_to_damage`."""
    first = pick(draw, range(1 << 16))
    taste = _LONG_LISTS if seldom(draw, 3) else EVERY_TASTE
    for number in range(first, first + _TRIES):
        image = made_image(t, number, taste)
        found = [each for each in damageable(t, image) if way in _ways(each[1])]
        if found:
            break
    else:
        way, found = "junk", []
    whole = Damaged(place, step, argument, image, (), "junk", JUNK[0])
    if way == "junk":
        return replace(whole, number=pick(draw, JUNK))
    by_position: dict[str, list[Part]] = {}
    for each in found:
        by_position.setdefault(position(t, image, each[0]), []).append(each)
    parts = pick(draw, list(by_position.values()))
    path, part, inside = parts[-1] if seldom(draw, 3) else pick(draw, parts)
    whole = replace(whole, path=path, damage="bits", number=0)
    match way:
        case "text":
            return replace(whole, damage="content", content=drawn_bad_text(draw, encoding, bad_classes(axes)).hex())
        case "length":
            if part is Prim.STRING and seldom(draw, 3):
                of_nothing = replace(whole, damage="length", number=tag_of(p))
                return pick(draw, (replace(whole, damage="tag"), of_nothing))
            whole = replace(whole, number=_drawn_length(draw, wrong_lengths(part, p)))
            if whole.number > 0x2_0000 and seldom(draw, 5):
                return replace(whole, damage="both", pointer=pick(draw, BOTH))
            return replace(whole, damage="length")
        case "pointer":
            kinds = pointers_for(p)
            if not can_be_at_null(part, inside, p):
                kinds = tuple(kind for kind in kinds if kind != "null")
            return replace(whole, damage="empty" if seldom(draw, 3) else "pointer", pointer=pick(draw, kinds))
    if is_scalar(part):
        return replace(whole, number=drawn_raw(draw, part))
    numbers = wrong_numbers(part, inside)
    if way == "discriminant":
        numbers = (*numbers[:1] * 4, *numbers[:3], *numbers)
    return replace(whole, number=pick(draw, numbers))


def _drawn_length(draw: st.DrawFn, lengths: Sequence[int]) -> int:
    """In half of the cases one at the limit; of 64 bits as many as of 32."""
    if pick(draw, (False, True)):
        return pick(draw, [n for n in lengths if n in _AT_THE_LIMIT] or lengths[:2])
    wide = [n for n in lengths if n >= 1 << 32]
    return pick(draw, wide if wide and seldom(draw, 2) else lengths)


def bad_classes(axes: Axes) -> tuple[str, ...]:
    """What can be wrong with text, as far as that is on."""
    return axes.among("invalid text", CLASSES)


def can_be_at_null(part: Type, image: Image, p: Pointer) -> bool:
    """Whether a string or list could be at address 0 without anything else being read."""
    return _bytes(part, image, p) <= _LOW


def _bytes(part: Type, image: Image, p: Pointer) -> int:
    """How many bytes are behind a pointer, at most."""
    element = element_of(part)
    assert not isinstance(image, int)
    return 4 * len(image) if element is None else len(image) * size(element, p)


def all_damages(
    place: Place, step: int, argument: int, t: Type, image: Image, encoding: Encoding, p: Pointer
) -> Iterator[Damaged]:
    """Everything that can be wrong with one value; of bad texts a selection."""
    for path, part, inside in damageable(t, image):
        whole = Damaged(place, step, argument, image, path, "bits")
        if not _has_pointer(part):
            yield from (replace(whole, number=number) for number in wrong_numbers(part, inside))
            yield from (replace(whole, damage="junk", number=byte) for byte in JUNK if "junk" in _ways(part))
            continue
        for kind in dict.fromkeys(pointers_for(p)):
            yield replace(whole, damage="pointer", pointer=kind)
            yield replace(whole, damage="empty", pointer=kind)
        for number in wrong_lengths(part, p):
            yield replace(whole, damage="length", number=number)
            yield replace(whole, damage="both", number=number, pointer="wrapping")
        if part is Prim.STRING:
            yield replace(whole, damage="tag")
            yield from (
                replace(whole, damage="content", content=bad_text(encoding, bad, before, after).hex())
                for bads in bad_units(encoding).values() for bad, before, after in product(bads, (0, 15, 16), (0, 17))
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
    """The parts of an image that something can be wrong with; of long lists a few elements."""
    if t in NARROW or isinstance(t, FlagsOf) or t is Prim.STRING:
        yield path, t, image
    elif (fields := fields_of(t)) is not None:
        assert isinstance(image, tuple)
        for i in _some(len(fields)):
            yield from damageable(fields[i], image[i], (*path, i))
    elif (cases := cases_of(t)) is not None:
        yield path, t, image
        if isinstance(image, tuple) and (payload := cases[int(str(image[0]))]) is not None:
            yield from damageable(payload, image[1], (*path, 0))
    elif (element := element_of(t)) is not None:
        yield path, t, image
        assert isinstance(image, tuple)
        for i in _some(len(image)):
            yield from damageable(element, image[i], (*path, i))


def position(t: Type, image: Image, path: tuple[int, ...]) -> str:
    """Where a path leads: the whole, a field, an element, a payload, or a payload within an element."""
    steps: list[str] = []
    for step in path:
        assert isinstance(image, tuple)
        if (element := element_of(t)) is not None:
            t, image = element, image[step]
            steps.append("element")
        elif (fields := fields_of(t)) is not None:
            t, image = fields[step], image[step]
        else:
            payload = (cases_of(t) or ())[int(str(image[0]))]
            assert payload is not None
            t, image = payload, image[1]
            steps.append("payload")
    return " ".join(dict.fromkeys(steps)) or "field" * bool(path)


def _some(count: int) -> Iterator[int]:
    """The first few, those around the end of a vector, the middle and the last."""
    marked = (0, 1, 2, 3, 4, 7, 8, 14, 15, 16, 17, 30, 31, 32, 33, count // 2, count - 2, count - 1)
    return iter(range(count)) if count <= 8 else iter(sorted({i for i in marked if i < count}))


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
