"""Kinds of hostile choices, one at a time, for foci to lay over valid blueprints."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice

from msgspec.structs import replace

from fact.model.types import Prim
from generators.blueprint import Encoding, Guest, Signature
from generators.damage import (
    LENGTHS,
    RAW,
    bad_discriminants,
    damageable,
    extra_flags,
    list_lengths,
    pointers_for,
)
from generators.hostile_choices import (
    RESULT,
    START,
    Damaged,
    Hostile,
    Leaving,
    Meddling,
    Place,
    RawArgument,
    RawResult,
    ReallocResult,
    ResultPointer,
    SpilledPadding,
    SpilledPointer,
)
from generators.hostile_text import BAD_UTF8, BAD_UTF16
from generators.layout import Pointer, size, spills, spills_result, takes_pointers
from generators.valtypes import EnumOf, FlagsOf, Image, Type, cases_of, element_of, is_scalar
from generators.values import nth_image
from generators.wiring import Node

NARROW = (Prim.BOOL, Prim.S8, Prim.U8, Prim.S16, Prim.U16)

Choices = Callable[[Node, Place, Guest], Iterator[Hostile]]


def char_arguments(node: Node, place: Place, _guest: Guest) -> Iterator[Hostile]:
    for n, callee in _steps(node):
        for argument, t in enumerate(callee.params):
            if t is Prim.CHAR:
                yield from (RawArgument(place, n, argument, bits) for bits in RAW[t])


def narrow_arguments(node: Node, place: Place, _guest: Guest) -> Iterator[Hostile]:
    for n, callee in _steps(node):
        for argument, t in enumerate(callee.params):
            if t in NARROW:
                yield from (RawArgument(place, n, argument, bits) for bits in (0x80, 0xFF80, 0x100, 0x10000, 2))


def narrow_results(node: Node, place: Place, _guest: Guest) -> Iterator[Hostile]:
    if node.function is not None and node.function.post_return and node.signature.result in NARROW:
        yield from (RawResult(place, bits) for bits in (0x100, 0xFF80, 0x10000, 2))


def pointers(node: Node, place: Place, guest: Guest) -> Iterator[SpilledPointer]:
    for n, callee in _steps(node):
        if spills(callee):
            yield from (SpilledPointer(place, n, pointer) for pointer in pointers_for(guest.pointer))


def long_pointers(node: Node, place: Place, guest: Guest) -> Iterator[Hostile]:
    return (choice for choice in pointers(node, place, guest) if choice.pointer == "high")


def result_pointers(node: Node, place: Place, guest: Guest) -> Iterator[Hostile]:
    for n, callee in _steps(node):
        if spills_result(callee):
            yield from (ResultPointer(place, n, pointer) for pointer in pointers_for(guest.pointer))
    if place.function != START and spills_result(node.signature):
        yield from (ResultPointer(place, RESULT, pointer) for pointer in pointers_for(guest.pointer))


def misaligned_results(node: Node, place: Place, _guest: Guest) -> Iterator[Hostile]:
    if place.function != START and spills_result(node.signature):
        yield ResultPointer(place, RESULT, "odd")


def realloc_results(node: Node, place: Place, guest: Guest) -> Iterator[Hostile]:
    if place.function != START and spills(node.signature):
        where = Place(place.definition, place.item)
        yield from (ReallocResult(where, pointer) for pointer in pointers_for(guest.pointer))


def late_realloc_results(node: Node, place: Place, guest: Guest) -> Iterator[Hostile]:
    if place.function != START and takes_pointers(node.signature):
        where = Place(place.definition, place.item)
        yield from (ReallocResult(where, p, after) for p in pointers_for(guest.pointer) for after in range(3))


def padding(node: Node, place: Place, _guest: Guest) -> Iterator[Hostile]:
    for n, callee in _steps(node):
        if not all(map(is_scalar, callee.params)):
            yield SpilledPadding(place, n)
    result = node.signature.result
    if place.function != START and result is not None and not is_scalar(result):
        yield SpilledPadding(place, RESULT)


IMAGES = range(0, 40, 3)
"""What values are made of in which something is wrong."""


OfPart = Callable[[Damaged, Type, Image, Encoding, Pointer], Iterator[Damaged]]


def damages(right: Callable[[Type], bool], of_part: OfPart) -> Choices:
    """*of_part* gives what is wrong with a part, of those of which *right* says that they are of the right type."""

    def choices(node: Node, place: Place, guest: Guest) -> Iterator[Hostile]:
        assert node.function is not None
        values: list[tuple[int, int, Type, Encoding | None]] = [
            (n, argument, t, guest.imports[node.function.steps[n].callee].encoding)
            for n, callee in _steps(node) for argument, t in enumerate(callee.params)
        ]
        if place.function != START and node.signature.result is not None:
            values.append((RESULT, 0, node.signature.result, node.function.encoding))
        for step, argument, t, encoding in values:
            if is_scalar(t):
                continue
            images = [image for n in IMAGES if _is_short(image := nth_image(t, n))]
            for image in dict.fromkeys(images):
                for path, part, inside in islice(damageable(t, image), 12):
                    if right(part):
                        whole = Damaged(place, step, argument, image, path, "bits")
                        yield from of_part(whole, part, inside, encoding or "utf8", guest.pointer)

    return choices


def is_list(t: Type) -> bool:
    return element_of(t) is not None


def _is_short(image: Image) -> bool:
    return not isinstance(image, tuple) or len(image) <= 40


def bad_part(whole: Damaged, t: Type, _image: Image, _encoding: Encoding, _p: Pointer) -> Iterator[Damaged]:
    if (cases := cases_of(t)) is not None:
        yield from (replace(whole, number=n) for n in bad_discriminants(len(cases))[:2])
    elif t in RAW:
        yield from (replace(whole, number=n) for n in RAW[t])


def bad_list_length(whole: Damaged, t: Type, _image: Image, _encoding: Encoding, p: Pointer) -> Iterator[Damaged]:
    if (element := element_of(t)) is not None:
        yield from (replace(whole, damage="length", number=n) for n in list_lengths(size(element, p), p))


def empty_past_the_end(whole: Damaged, _t: Type, _image: Image, _encoding: Encoding, _p: Pointer) -> Iterator[Damaged]:
    yield replace(whole, damage="empty", pointer="past end")


def extra_flag_bits(whole: Damaged, t: Type, image: Image, _encoding: Encoding, _p: Pointer) -> Iterator[Damaged]:
    assert isinstance(t, FlagsOf)
    yield from (replace(whole, number=n) for n in extra_flags(t.count, image))


def bad_texts(whole: Damaged, _t: Type, _image: Image, encoding: Encoding, _p: Pointer) -> Iterator[Damaged]:
    good = b"a" if encoding == "utf8" else b"a\0"
    for bad in BAD_UTF8 if encoding == "utf8" else BAD_UTF16:
        for before in (0, 3, 12, 13, 14, 15, 20):
            yield replace(whole, damage="content", content=(good * before + bad + good).hex())


def cut_short(whole: Damaged, _t: Type, _image: Image, encoding: Encoding, _p: Pointer) -> Iterator[Damaged]:
    """The first byte of a character is the sixteenth, or another one near, and ASCII follows."""
    for before in (13, 14, 15, 16, 31) if encoding == "utf8" else ():
        for more in (1, 8, 17):
            yield replace(whole, damage="content", content=(b"a" * before + b"\xc3" + b"a" * more).hex())


def bad_length(whole: Damaged, _t: Type, _image: Image, _encoding: Encoding, p: Pointer) -> Iterator[Damaged]:
    yield from (replace(whole, damage="length", number=n) for n in LENGTHS[p])


def misleading_utf8(whole: Damaged, _t: Type, _image: Image, encoding: Encoding, _p: Pointer) -> Iterator[Damaged]:
    for bad in (b"\xc0\x80", b"\xc1\xbf", b"\xed\xa0\x80", b"\xed\xbf\xbf") if encoding == "utf8" else ():
        for before in (0, 3, 12, 20):
            yield replace(whole, damage="content", content=(b"a" * before + bad + b"a").hex())


def long_length(whole: Damaged, _t: Type, _image: Image, _encoding: Encoding, p: Pointer) -> Iterator[Damaged]:
    yield from (replace(whole, damage="length", number=n) for n in LENGTHS[p] if n >= 1 << 32)


def bad_last_char(whole: Damaged, t: Type, image: Image, _encoding: Encoding, _p: Pointer) -> Iterator[Damaged]:
    """In lists that end with part of a vector."""
    assert isinstance(image, tuple)
    if element_of(t) is Prim.CHAR and len(image) > 4 and len(image) % 4:
        yield from (replace(whole, path=(*whole.path, len(image) - 1), number=n) for n in RAW[Prim.CHAR])


def first_case_too_many(whole: Damaged, t: Type, image: Image, _encoding: Encoding, _p: Pointer) -> Iterator[Damaged]:
    """In lists that are checked by vectors."""
    assert isinstance(image, tuple)
    if isinstance(element := element_of(t), EnumOf) and len(image) >= 16:
        yield from (replace(whole, path=(*whole.path, n), number=element.count) for n in range(0, len(image), 5))


def leaving_post_returns(node: Node, place: Place, _guest: Guest) -> Iterator[Hostile]:
    if node.function is not None and node.function.post_return:
        yield from (Leaving(place, "post-return", n) for n in range(len(node.imports)))


def leaving_reallocs(node: Node, place: Place, _guest: Guest) -> Iterator[Hostile]:
    if place.function != START and takes_pointers(node.signature):
        yield from (Leaving(Place(place.definition, place.item), "realloc", n) for n in range(len(node.imports)))


def _steps(node: Node) -> Iterator[tuple[int, Signature]]:
    """The numbers of the steps that call something, and the types of what they call."""
    assert node.function is not None
    for n, step in enumerate(node.function.steps):
        if (callee := node.imports[step.callee]) is not None:
            yield n, callee.signature


def meddling_post_returns(node: Node, place: Place, _guest: Guest) -> Iterator[Hostile]:
    if node.function is not None and node.function.post_return and spills_result(node.signature):
        yield Meddling(place, "post-return", "writes over the result")


def growing_reallocs(node: Node, place: Place, guest: Guest) -> Iterator[Hostile]:
    if place.function != START and takes_pointers(node.signature) and guest.allocator == "grows":
        yield ReallocResult(Place(place.definition, place.item), "last fit")
