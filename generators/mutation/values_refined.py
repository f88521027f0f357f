"""The same hostile choice with another byte, pointer, length, number or time."""

from __future__ import annotations

from random import Random
from typing import TypeVar, get_args

from msgspec.structs import replace

from generators.blueprint import Blueprint, Guest
from generators.damage import JUNK, OF_64_BITS, can_be_at_null, pointers_for, wrong_lengths, wrong_numbers
from generators.hostile_choices import (
    RESULT,
    AreaKind,
    Damaged,
    Fault,
    Hostile,
    Leaving,
    Meddling,
    PointerKind,
    RawArgument,
    RawResult,
    ReallocKind,
    ReallocResult,
    ResultPointer,
    SpilledPadding,
    SpilledPointer,
)
from generators.hostile_text import good_units
from generators.layout import Pointer
from generators.mutation.images import changed_image
from generators.rewriting.parts import steps_of
from generators.valtypes import Image, Type, part_and_image

T = TypeVar("T")

_WORD = 0xFFFF_FFFF

_REALLOCS: tuple[ReallocKind, ...] = (*get_args(PointerKind), "static", "previous", "old", "forgets", "fresh pages")

def refined(b: Blueprint, h: Hostile, random: Random) -> Hostile | None:
    """*h* with one thing in it changed; None where there is nothing to change."""
    guest = b.guest(h.place)
    match h:
        case Damaged():
            return _damaged(h, damaged_type(b, h), _encoding(b, h), guest.pointer, random)
        case RawArgument(bits=bits) | RawResult(bits=bits):
            return replace(h, bits=_bits(bits, random))
        case SpilledPointer(pointer=pointer):
            return replace(h, pointer=_other(pointers_for(guest.pointer), pointer, random))
        case ResultPointer(pointer=area):
            areas: tuple[AreaKind, ...] = (*pointers_for(guest.pointer), "arguments")
            return replace(h, pointer=_other(areas, area, random))
        case SpilledPadding(byte=byte):
            return replace(h, byte=random.choice((*JUNK, byte ^ 1 << random.randrange(8))))
        case ReallocResult():
            return _realloc(h, guest, random)
        case Meddling(where="realloc"):
            ways = ("grows", "writes before", "writes behind")
            return _later(h, random) if random.random() < 0.4 else replace(h, what=_other(ways, h.what, random))
        case Meddling(where="post-return"):
            return replace(h, what=_other(("grows", "calls realloc", "writes over the result"), h.what, random))
        case Fault():
            kinds = ("unreachable", "divide by zero", "throw", "out of bounds")
            if h.where == "realloc" and random.random() < 0.5:
                return _later(h, random)
            return replace(h, kind=_other(kinds, h.kind, random))
        case Leaving():
            if h.where == "realloc" and random.random() < 0.5:
                return _later(h, random)
            return replace(h, callee=random.randrange(len(guest.imports)))
    return None


def damaged_type(b: Blueprint, h: Damaged) -> Type:
    """The type of the whole value that *h* damages."""
    guest = b.guest(h.place)
    if h.step == RESULT:
        result = guest.functions[h.place.function].signature.result
        assert result is not None
        return result
    return guest.imports[steps_of(guest, h.place.function)[h.step].callee].signature.params[h.argument]


def _encoding(b: Blueprint, h: Damaged) -> str:
    guest = b.guest(h.place)
    if h.step == RESULT:
        return guest.functions[h.place.function].encoding or "utf8"
    return guest.imports[steps_of(guest, h.place.function)[h.step].callee].encoding or "utf8"


def _other(options: tuple[T, ...], one: object, random: Random) -> T:
    return random.choice([option for option in options if option != one])


def _bits(bits: int, random: Random) -> int:
    match random.randrange(4):
        case 0:
            return (bits + random.choice((1, -1))) & _WORD
        case 1:
            return bits ^ _WORD
    return bits ^ 1 << random.randrange(32)


_Timed = TypeVar("_Timed", ReallocResult, Meddling, Fault, Leaving)


def _later(h: _Timed, random: Random) -> _Timed:
    return replace(h, after=_other((0, 1, 2, 3), h.after, random))


def _realloc(h: ReallocResult, guest: Guest, random: Random) -> ReallocResult:
    if random.random() < 0.4:
        return _later(h, random)
    able = tuple(kind for kind in _REALLOCS if guest.memory64 or kind not in OF_64_BITS)
    return replace(h, pointer=_other(able, h.pointer, random))


# -- damaged values


def _damaged(h: Damaged, whole: Type, encoding: str, p: Pointer, random: Random) -> Damaged | None:
    found = part_and_image(whole, h.image, h.path)
    if found is None:
        return None
    part, inside = found
    if random.random() < 0.3:
        image = changed_image(whole, h.image, random)
        after = part_and_image(whole, image, h.path)
        if after is None or after[0] != part or (h.pointer == "null" and not can_be_at_null(part, after[1], p)):
            return None
        return replace(h, image=image)
    match h.damage:
        case "content":
            return replace(h, content=_content(bytes.fromhex(h.content), encoding, random).hex())
        case "bits":
            numbers = wrong_numbers(part, inside)
            near = random.random() < 0.5
            return replace(h, number=_bits(h.number, random) if near else random.choice(numbers))
        case "length" | "both":
            return replace(h, number=random.choice((*wrong_lengths(part, p), *_short(part, inside))))
        case "pointer" | "empty":
            return _pointed(h, part, inside, p, random)
        case "junk":
            return replace(h, number=random.choice((*JUNK, h.number ^ 1 << random.randrange(8))))
    return None


def _short(part: Type, inside: Image) -> tuple[int, ...]:
    """Lengths by which no more is read than what is there, or little more."""
    assert not isinstance(inside, int)
    count = len(inside)
    return (0, count // 2, max(count - 1, 0), *((count + 1,) if count else ()))


def _pointed(h: Damaged, part: Type, inside: Image, p: Pointer, random: Random) -> Damaged:
    if random.random() < 0.2 and h.pointer != "null":
        return replace(h, damage="empty" if h.damage == "pointer" else "pointer")
    kinds = tuple(kind for kind in pointers_for(p) if kind != "null" or can_be_at_null(part, inside, p))
    return replace(h, pointer=_other(kinds, h.pointer, random))


def _content(content: bytes, encoding: str, random: Random) -> bytes:
    """Bytes of text with some changed, or with more good ones around: whole code units."""
    width = 1 if encoding == "utf8" else 2
    at = random.randrange(len(content) // width + 1) * width
    good = good_units("utf8" if width == 1 else "utf16", random.choice((1, 2, 7, 8, 15, 16)), "a")
    match random.randrange(5):
        case 0 if len(content) < 256:
            return good + content
        case 1 if len(content) < 256:
            return content + good
        case 2:
            return content[:at] + content[at + width :]
        case 3 if len(content) < 256:
            return content[:at] + random.randbytes(width) + content[at:]
    if not content:
        return random.randbytes(width)
    place = random.randrange(len(content))
    return content[:place] + bytes([content[place] ^ 1 << random.randrange(8)]) + content[place + 1 :]
