"""Plainer hostile choices: shorter text, earlier elements, the plainest numbers and pointers that show the same."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

from msgspec.structs import replace

from fuzz.minimise.images import plainer
from fuzz.minimise.simpler import damaged_type
from generators.blueprint import Blueprint
from generators.damage import JUNK, wrong_lengths, wrong_numbers
from generators.frozen import put
from generators.hostile_choices import (
    Damaged,
    Fault,
    Hostile,
    Leaving,
    Meddling,
    PointerKind,
    RawArgument,
    RawResult,
    ReallocResult,
    ResultPointer,
    SpilledPadding,
    SpilledPointer,
)
from generators.valtypes import Image, Type, cases_of, element_of, fields_of

T = TypeVar("T")

_POINTERS: tuple[PointerKind, ...] = ("odd", "null", "past end")
"""The plainest first, which are also the shortest in JSON; each in place of what comes later or is not here."""


def plainer_hostile(b: Blueprint) -> Iterator[Blueprint]:
    """One hostile choice replaced by a plainer one."""
    for h, hostile in enumerate(b.hostile):
        for changed in _plainer(b, hostile):
            yield replace(b, hostile=put(b.hostile, h, changed))


def _plainer(b: Blueprint, h: Hostile) -> Iterator[Hostile]:
    match h:
        case Damaged():
            yield from _damaged(b, h)
        case ReallocResult() | SpilledPointer() | ResultPointer():
            yield from (replace(h, pointer=kind) for kind in _before(h.pointer, _POINTERS))
        case SpilledPadding():
            yield from (replace(h, byte=byte) for byte in _before(h.byte, JUNK[:1]))
        case RawArgument() | RawResult() if h.bits > 0xFFFF_FFFF >> 8:
            yield replace(h, bits=h.bits & 0xFFFF)
    if isinstance(h, ReallocResult | Meddling | Fault | Leaving) and h.after:
        yield from (replace(h, after=after) for after in range(h.after))


def _before(one: T, order: Sequence[T]) -> Sequence[T]:
    """Those of *order* that come before *one*."""
    return order[: order.index(one)] if one in order else order


def _damaged(b: Blueprint, h: Damaged) -> Iterator[Damaged]:
    whole = damaged_type(b, h)
    yield from _texts(h)
    yield from (replace(h, image=image, path=path) for image, path in _alone(whole, h.image, h.path))
    match h.damage:
        case "bits":
            part, inside = _part(whole, h.image, h.path)
            yield from (replace(h, number=number) for number in _before(h.number, wrong_numbers(part, inside)))
        case "length" | "both":
            part, _ = _part(whole, h.image, h.path)
            if h.damage == "both":
                yield replace(h, damage="length")
                yield replace(h, damage="pointer")
            lengths = wrong_lengths(part, b.guest(h.place).pointer)[:2]
            yield from (replace(h, number=number) for number in _before(h.number, lengths))
        case "pointer" | "empty":
            yield from (replace(h, pointer=kind) for kind in _before(h.pointer, _POINTERS))
    for image in plainer(whole, h.image):
        if _leads(whole, image, h.path):
            yield replace(h, image=image)


def _texts(h: Damaged) -> Iterator[Damaged]:
    content = bytes.fromhex(h.content)
    half = len(content) // 4 * 2
    for shorter in (content[half:], content[:half], content[2:], content[:-2], content[1:], content[:-1]):
        if len(shorter) < len(content):
            yield replace(h, content=shorter.hex())
    if set(content[:half]) - set(b"a\0"):
        for plain in (b"a", b"a\0"):
            filled = plain * (half // len(plain))
            yield replace(h, content=(filled + content[half:]).hex())


def _leads(t: Type, image: Image, path: tuple[int, ...]) -> bool:
    """Whether *path* leads to anything in *image*."""
    if not path or not isinstance(image, tuple):
        return not path
    first, rest = path[0], path[1:]
    if (element := element_of(t)) is not None:
        return first < len(image) and _leads(element, image[first], rest)
    if (fields := fields_of(t)) is not None:
        return _leads(fields[first], image[first], rest)
    payload = (cases_of(t) or ())[int(str(image[0]))]
    return payload is not None and _leads(payload, image[1], rest)


def _part(t: Type, image: Image, path: tuple[int, ...]) -> tuple[Type, Image]:
    """What *path* leads to."""
    for step in path:
        assert isinstance(image, tuple)
        if (element := element_of(t)) is not None:
            t, image = element, image[step]
        elif (fields := fields_of(t)) is not None:
            t, image = fields[step], image[step]
        else:
            payload = (cases_of(t) or ())[int(str(image[0]))]
            assert payload is not None
            t, image = payload, image[1]
    return t, image


def _alone(t: Type, image: Image, path: tuple[int, ...]) -> Iterator[tuple[Image, tuple[int, ...]]]:
    """Each list on the way with fewer elements: only the one that *path* leads through, or none before it."""
    if not path or not isinstance(image, tuple):
        return
    first, rest = path[0], path[1:]
    if (element := element_of(t)) is not None:
        if len(image) > 1:
            yield (image[first],), (0, *rest)
        if first:
            yield image[first:], (0, *rest)
            yield image[first // 2 + 1 :], (first - first // 2 - 1, *rest)
            yield image[1:], (first - 1, *rest)
        inner = _alone(element, image[first], rest)
        position = first
    elif (fields := fields_of(t)) is not None:
        inner, position = _alone(fields[first], image[first], rest), first
    else:
        payload = (cases_of(t) or ())[int(str(image[0]))]
        if payload is None:
            return
        inner, position = _alone(payload, image[1], rest), 1
    for changed, path_inside in inner:
        yield put(image, position, changed), (first, *path_inside)
