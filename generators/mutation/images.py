"""Images of values (`generators.valtypes`) with one part changed, and as images of another type."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random

from fact.model.types import INTEGER_RANGES, Prim
from generators.edges import EDGES
from generators.frozen import put
from generators.mill import EVERY_TASTE, Taste, made_image
from generators.texts import TEXT_CLASSES, text
from generators.valtypes import (
    BorrowOf,
    EnumOf,
    FlagsOf,
    Image,
    OwnOf,
    Type,
    cases_of,
    element_of,
    fields_of,
    walk,
)

LENGTHS = (0, 1, 2, 3, 4, 5, 7, 8, 9, 12, 15, 16, 17, 24, 31, 32, 33, 63, 64, 65)
"""Of text and lists: what changed ones come to, mostly."""

LONG_LENGTHS = (127, 128, 129, 255, 256, 257, 511, 512, 513, 1023, 1024, 1025)
"""Now and then."""

LARGE_TEXT, LARGE_LIST = 1025, 257
"""More than this only what is that long already is."""

_ODD_CHARS = (
    "\0\x7f\x80\xa0\xff\u0100\u0301\u07ff\u0800\u6f22\ud7ff\ue000\ufeff\ufffd\ufffe\uffff"
    "\U00010000\U0001f600\U0010ffff"
)
"""Around which encodings change, those next to surrogates among them."""

_FLOAT_BITS = {Prim.F32: (32, 0x7F80_0000, 1 << 22), Prim.F64: (64, 0x7FF << 52, 1 << 51)}
"""Width, exponent of what is infinite or no number, the bit of quiet NaNs."""

_SMALL = Taste(lengths=("tiny", "short", "vectors"))


def fresh_image(t: Type, random: Random) -> Image:
    """Any image of *t*, seldom of great length."""
    return made_image(t, random.getrandbits(32), EVERY_TASTE if random.random() < 0.12 else _SMALL)


def changed_image(t: Type, image: Image, random: Random) -> Image:
    """*image* with one part of it changed, or what it was where nothing can be: handles, records of nothing else."""
    if random.random() < 0.06:
        return fresh_image(t, random) if not _has_handles(t) else image
    if isinstance(t, Prim):
        return _text(str(image), random) if t is Prim.STRING else _scalar(t, int(str(image)), random)
    if isinstance(t, OwnOf | BorrowOf):
        return image
    if isinstance(t, EnumOf):
        return _another(t.count, int(str(image)), random)
    if isinstance(t, FlagsOf):
        return _flags(t.count, int(str(image)), random)
    assert isinstance(image, tuple)
    if (element := element_of(t)) is not None:
        return _list(element, image, random)
    if (fields := fields_of(t)) is not None:
        return _fields(fields, image, random)
    cases = cases_of(t)
    assert cases is not None
    return _variant(cases, image, random)


def _has_handles(t: Type) -> bool:
    return any(isinstance(part, OwnOf | BorrowOf) for part in walk(t))


# -- scalars


def _scalar(t: Prim, image: int, random: Random) -> int:
    way = random.randrange(4)
    if t is Prim.BOOL:
        return 1 - image
    if way == 0:
        return random.choice(EDGES[t])
    if t is Prim.CHAR:
        return _char(image, way, random)
    if t in _FLOAT_BITS:
        return _float(t, image, way, random)
    low, high = INTEGER_RANGES[t]
    width = (high - low).bit_length()
    changed = (image + random.choice((1, -1)), -image, image ^ 1 << random.randrange(width))[way - 1]
    return low + (changed - low) % (high - low + 1)


def _char(image: int, way: int, random: Random) -> int:
    odd = ord(random.choice(_ODD_CHARS))
    changed = (image + random.choice((1, -1)), image ^ 1 << random.randrange(21), odd)[way - 1]
    return changed if 0 <= changed <= 0x10_FFFF and not 0xD800 <= changed <= 0xDFFF else odd


def _float(t: Prim, image: int, way: int, random: Random) -> int:
    width, infinite, quiet = _FLOAT_BITS[t]
    match way:
        case 1:
            return image ^ 1 << (width - 1)
        case 2:
            return image ^ 1 << random.randrange(width)
    payload = random.choice((1, quiet, quiet | 1, quiet - 1, random.randrange(1, 2 * quiet)))
    return random.choice((0, 1 << (width - 1))) | infinite | payload


def _another(count: int, number: int, random: Random) -> int:
    """Another of *count* numbers, the ends and those around 256 more often than others."""
    near = [n for n in (0, 1, number - 1, number + 1, 127, 128, 255, 256, count - 1) if 0 <= n < count and n != number]
    if count > 1 and random.random() < 0.3:
        return (number + random.randrange(1, count)) % count
    return random.choice(near) if near else number


def _flags(count: int, image: int, random: Random) -> int:
    everything = (1 << count) - 1
    match random.randrange(6):
        case 0:
            return everything
        case 1:
            return 0
        case 2:
            return image ^ everything
        case 3:
            return image << 1 & everything
    return image ^ 1 << random.choice((0, count - 1, random.randrange(count)))


# -- text


def _text(old: str, random: Random) -> str:
    at = random.randrange(len(old)) if old else 0
    match random.randrange(8):
        case 0 | 1:
            wanted = _length(random, max(LARGE_TEXT, len(old)))
            return (old * (wanted // len(old) + 1))[:wanted] if old else "a" * wanted
        case 2 | 3:
            return old[:at] + random.choice(_ODD_CHARS) + old[at + 1 :]
        case 4:
            return old[:at] + random.choice(_ODD_CHARS) + old[at:] if len(old) < LARGE_TEXT else old[1:]
        case 5:
            return old[:at] + old[at + 1 :]
        case 6:
            return text(random.choice(TEXT_CLASSES), max(1, min(len(old), LARGE_TEXT)), random.randrange)
    return text(random.choice(TEXT_CLASSES), _length(random, LARGE_TEXT), random.randrange)


def _length(random: Random, most: int) -> int:
    return min(most, random.choice(LONG_LENGTHS if random.random() < 0.06 else LENGTHS))


# -- what has parts


def _list(element: Type, image: tuple[Image, ...], random: Random) -> Image:
    if image and random.random() < 0.45:
        at = random.choice((0, len(image) - 1, random.randrange(len(image))))
        return put(image, at, changed_image(element, image[at], random))
    at = random.randrange(len(image) + 1)
    simple = not _has_handles(element)
    match random.randrange(8):
        case 0 | 1 if simple:
            wanted = _length(random, LARGE_LIST if isinstance(element, Prim) and element is not Prim.STRING else 33)
            if not image:
                image = (fresh_image(element, random),)
            return (image * (wanted // len(image) + 1))[:wanted]
        case 2 if simple and len(image) < LARGE_LIST:
            return (*image[:at], fresh_image(element, random), *image[at:])
        case 3 if simple and len(image) < LARGE_LIST:
            return (*image[:at], *image[at : at + 1], *image[at:])
        case 4:
            return image[::-1]
        case 5:
            return image[1:]
        case 6:
            return image[:-1]
    return (*image[:at], *image[at + 1 :])


def _fields(fields: Sequence[Type], image: tuple[Image, ...], random: Random) -> Image:
    at = random.randrange(len(fields))
    same = [n for n, t in enumerate(fields) if t == fields[at] and image[n] != image[at]]
    if same and random.random() < 0.15:
        other = random.choice(same)
        return put(put(image, at, image[other]), other, image[at])
    return put(image, at, changed_image(fields[at], image[at], random))


def _variant(cases: Sequence[Type | None], image: tuple[Image, ...], random: Random) -> Image:
    case = int(str(image[0]))
    payload = cases[case]
    if payload is not None and random.random() < 0.6:
        return (case, changed_image(payload, image[1], random))
    other = _another(len(cases), case, random)
    payload = cases[other]
    if payload is not None and _has_handles(payload):
        return image
    return (other, 0 if payload is None else fresh_image(payload, random))


# -- as another type


def converted(old: Type, new: Type, image: Image, fresh: Callable[[Type], Image]) -> Image:
    """An image of *new* with as much in it of an image of *old* as there can be; *fresh* makes the rest. Neither type
    has handles in it."""
    if old == new:
        return image
    if isinstance(new, Prim) and new is not Prim.STRING:
        return _as_scalar(old, new, image, fresh)
    if isinstance(new, EnumOf) and isinstance(image, int):
        return image % new.count
    if isinstance(new, FlagsOf) and isinstance(image, int):
        return image & ((1 << new.count) - 1)
    if (element := element_of(new)) is not None:
        return _as_list(old, element, image, fresh)
    if (fields := fields_of(new)) is not None:
        return _as_fields(old, fields, image, fresh)
    if (cases := cases_of(new)) is not None and not isinstance(new, EnumOf):
        return _as_case(old, cases, image, fresh)
    found = _inside(old, new, image)
    if found is None and new is Prim.STRING and isinstance(image, tuple) and element_of(old) is Prim.CHAR:
        return "".join(chr(int(str(c))) for c in image)
    return fresh(new) if found is None else found


def _inside(t: Type, wanted: Type, image: Image) -> Image | None:
    """The first part of an image that is of type *wanted*."""
    if t == wanted:
        return image
    if not isinstance(image, tuple):
        return None
    if (element := element_of(t)) is not None:
        types: Sequence[Type] = (element,) * min(len(image), 1)
    elif (fields := fields_of(t)) is not None:
        types = fields[:8]
    else:
        payload = (cases_of(t) or ())[int(str(image[0]))]
        return None if payload is None else _inside(payload, wanted, image[1])
    return next((found for part, inner in zip(types, image, strict=False)
                 if (found := _inside(part, wanted, inner)) is not None), None)


def _as_scalar(old: Type, new: Prim, image: Image, fresh: Callable[[Type], Image]) -> Image:
    if not isinstance(image, int):
        found = _inside(old, new, image)
        return fresh(new) if found is None else found
    if new is Prim.BOOL:
        return image & 1
    if new is Prim.CHAR:
        return image if 0 <= image < 0xD800 else 0x61
    if new in INTEGER_RANGES and old not in _FLOAT_BITS:
        low, high = INTEGER_RANGES[new]
        return low + (image - low) % (high - low + 1)
    return fresh(new)


def _as_list(old: Type, element: Type, image: Image, fresh: Callable[[Type], Image]) -> Image:
    if old == element:
        return (image,)
    if isinstance(image, str):
        return tuple(converted(Prim.CHAR, element, ord(c), fresh) for c in image[:LARGE_LIST])
    of = element_of(old)
    parts = None if of is None else (of,) * len(image) if isinstance(image, tuple) else None
    parts = parts or fields_of(old)
    if parts is None or not isinstance(image, tuple):
        return ()
    return tuple(converted(t, element, i, fresh) for t, i in zip(parts, image, strict=True))


def _as_fields(old: Type, fields: tuple[Type, ...], image: Image, fresh: Callable[[Type], Image]) -> Image:
    before = fields_of(old)
    if before is None and (element := element_of(old)) is not None and isinstance(image, tuple):
        before = (element,) * len(image)
    if before is None or not isinstance(image, tuple):
        return tuple(image if t == old else fresh(t) for t in fields)
    if len(before) == len(fields):
        return tuple(converted(a, b, i, fresh) for a, b, i in zip(before, fields, image, strict=True))
    made: list[Image] = []
    at = 0
    for t in fields:
        found = next((n for n in range(at, len(before)) if before[n] == t), None)
        made.append(fresh(t) if found is None else image[found])
        at = at if found is None else found + 1
    return tuple(made)


def _as_case(old: Type, cases: tuple[Type | None, ...], image: Image, fresh: Callable[[Type], Image]) -> Image:
    before = cases_of(old)
    if before is None or not isinstance(image, tuple):
        at = next((n for n, payload in enumerate(cases) if payload == old), None)
        if at is not None:
            return (at, image)
        payload = cases[-1]
        return (len(cases) - 1, 0 if payload is None else fresh(payload))
    case = min(int(str(image[0])), len(cases) - 1)
    held, payload = before[int(str(image[0]))], cases[case]
    if payload is None:
        return (case, 0)
    return (case, fresh(payload) if held is None else converted(held, payload, image[1], fresh))
