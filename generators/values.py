"""Images of values, the edges first, and values from images (`generators.valtypes` says what images are)."""

from __future__ import annotations

import struct
from functools import lru_cache

from hypothesis import strategies as st

from fact.model.types import INTEGER_RANGES, Prim
from fact.model.values import Case, Handle, Value
from generators.valtypes import (
    BorrowOf,
    EnumOf,
    FlagsOf,
    Image,
    OptionOf,
    OwnOf,
    ResultOf,
    Type,
    cases_of,
    element_of,
    fields_of,
)


def _integer_edges(t: Prim) -> tuple[int, ...]:
    low, high = INTEGER_RANGES[t]
    near = (0, 1, -1, 2, 0x7F, 0x80, 0xFF, 0x100, 0x7FFF, 0x8000, 0xFFFF, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF, -0x80,
            -0x81, -0x8000, -0x8001, -0x8000_0000, high - 1, high, low + 1, low)
    return tuple(dict.fromkeys(v for v in near if low <= v <= high))


EDGES: dict[Prim, tuple[int, ...]] = {
    **{t: _integer_edges(t) for t in INTEGER_RANGES},
    Prim.BOOL: (0, 1),
    Prim.CHAR: (0x61, 0, 0x7F, 0x80, 0xFF, 0x100, 0x7FF, 0x800, 0xD7FF, 0xE000, 0xFFFD, 0xFFFF, 0x1_0000, 0x1_F600,
                0x10_FFFF),
    Prim.F32: (
        0, 0x3F80_0000, 0x8000_0000, 0xBF80_0000, 0x3FC0_0000, 0x7F80_0000, 0xFF80_0000,
        0x7FC0_0000, 0x7FC1_2345, 0x7F80_0001, 0xFFBF_FFFF, 0xFFFF_FFFF,
        0x0000_0001, 0x807F_FFFF, 0x0080_0000, 0x7F7F_FFFF, 0x4B80_0000, 0x4F00_0000,
    ),
    Prim.F64: (
        0, 0x3FF0 << 48, 0x8000 << 48, 0xBFF0 << 48, 0x3FF8 << 48, 0x7FF0 << 48, 0xFFF0 << 48,
        0x7FF8 << 48, 0x7FF8_0000_1234_5678, 0x7FF0_0000_0000_0001, 0xFFF7_FFFF_FFFF_FFFF, 0xFFFF_FFFF_FFFF_FFFF,
        1, 0x800F_FFFF_FFFF_FFFF, 0x0010 << 48, 0x7FEF_FFFF_FFFF_FFFF, 0x4340 << 48, 0x41E0 << 48,
        0x36A0 << 48, 0x47EF_FFFF_E000_0000, 0x47EF_FFFF_F000_0000,
    ),
}
"""Images of each type around which rules change. Floats: one, zeros, infinities, NaNs (canonical, with a payload,
signalling, negative), subnormals, the least normal and the greatest, integers' limits, f32's limits among f64s."""


def value(t: Type, image: Image) -> Value:
    """The Python value (`fact.model.values`) that *image* stands for. Python quiets a signalling f32 NaN."""
    if isinstance(image, int):
        return _from_integer(t, image)
    if isinstance(image, str):
        return image
    if (fields := fields_of(t)) is not None:
        return tuple(value(f, i) for f, i in zip(fields, image, strict=True))
    if (element := element_of(t)) is not None:
        return tuple(value(element, i) for i in image)
    case, inner = image
    assert isinstance(case, int)
    label, payload = _labelled(t)[case]
    return Case(label, None if payload is None else value(payload, inner))


def _from_integer(t: Type, image: int) -> Value:
    match t:
        case Prim.BOOL:
            return bool(image)
        case Prim.CHAR:
            return chr(image)
        case Prim.F32:
            return float(struct.unpack("<f", image.to_bytes(4, "little"))[0])
        case Prim.F64:
            return float(struct.unpack("<d", image.to_bytes(8, "little"))[0])
        case EnumOf():
            return Case(f"c{image}")
        case FlagsOf(count=count):
            return frozenset(f"b{i}" for i in range(count) if image >> i & 1)
        case OwnOf() | BorrowOf():
            return Handle(image)
        case _:
            return image


def image(t: Type, v: Value) -> Image:
    """The image of a value: what `value` makes *v* of."""
    match v:
        case str():
            return ord(v) if t is Prim.CHAR else v
        case float():
            form = "<f" if t is Prim.F32 else "<d"
            return int.from_bytes(struct.pack(form, v), "little")
        case tuple():
            element = element_of(t)
            types = fields_of(t) if element is None else (element,) * len(v)
            assert types is not None
            return tuple(image(part, item) for part, item in zip(types, v, strict=True))
        case frozenset():
            return sum(1 << int(label[1:]) for label in v)
        case Case(label, inner):
            cases = _labelled(t)
            case = next(i for i, (name, _) in enumerate(cases) if name == label)
            payload = cases[case][1]
            if isinstance(t, EnumOf):
                return case
            return (case, 0 if payload is None or inner is None else image(payload, inner))
        case Handle(number):
            return number
    return int(v)


_LABELS: dict[type, tuple[str, str]] = {OptionOf: ("none", "some"), ResultOf: ("ok", "error")}


def _labelled(t: Type) -> list[tuple[str, Type | None]]:
    labels = _LABELS.get(type(t))
    return [(labels[i] if labels else f"c{i}", payload) for i, payload in enumerate(cases_of(t) or ())]


@lru_cache(maxsize=64)
def images(t: Prim) -> st.SearchStrategy[int]:
    """Images of the scalar type *t*: edges half of the time, otherwise any value."""
    edges = st.sampled_from(EDGES[t])
    match t:
        case Prim.BOOL:
            return edges
        case Prim.CHAR:
            return st.one_of(edges, st.one_of(st.integers(0x20, 0xD7FF), st.integers(0xE000, 0x10_FFFF)))
        case Prim.F32:
            return st.one_of(edges, st.integers(0, 0xFFFF_FFFF))
        case Prim.F64:
            return st.one_of(edges, st.integers(0, 0xFFFF_FFFF_FFFF_FFFF))
        case _:
            return st.one_of(edges, st.integers(*INTEGER_RANGES[t]))


_NUMBERS = st.integers(0, (1 << 32) - 1)


def drawn_image(draw: st.DrawFn, t: Type) -> Image:
    """A scalar is drawn; anything else made of one number that is drawn."""
    return draw(images(t)) if isinstance(t, Prim) and t in EDGES else made_image(t, draw(_NUMBERS))


def nth_image(t: Type, n: int) -> Image:
    """The edges of a scalar in turn; anything else made of *n*."""
    if isinstance(t, Prim) and t in EDGES:
        return EDGES[t][n % len(EDGES[t])]
    return made_image(t, n)


# -- images of aggregates, each made of one number: 0 gives the simplest

STRING_LENGTHS = (1, 0, 2, 3, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 63, 64, 65, 200, 3000)
LIST_LENGTHS = (1, 0, 2, 3, 1, 0, 2, 3, 1, 0, 2, 3, 5, 17, 40)
MANY = (1, 0, 2, 3, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 4, 6, 8, 12, 64, 65, 300, 4000)
"""Lengths of lists of numbers."""

ALPHABETS: dict[str, str] = {
    "ASCII": "abcxyz019 ~",
    "Latin-1": "a\x80é\xff\xa0z",
    "BMP": "a\u0100\u07ff\u0800漢\ud7ff\ue000\uffff",
    "astral": "a\U00010000\U0001f600\U0010ffffé",
    "NUL": "\0a\x7f",
    "ASCII, then not Latin-1": "abc",
    "Latin-1, then not Latin-1": "aé\xff",
    "ASCII, then Latin-1": "xyz",
}
"""Classes of text by the rules that they bring into play; of those with `then` the last character is another."""

_LAST = {"ASCII, then not Latin-1": "\u0100漢\U0001f600", "Latin-1, then not Latin-1": "\u0101\uffff\U00010000",
         "ASCII, then Latin-1": "\x80\xff"}
_CLASSES = tuple(ALPHABETS)
_MOST_PARTS = 160


def made_image(t: Type, number: int) -> Image:
    """An image of *t*; the same *number* always gives the same one."""
    return _Mill(number).image(t)


class _Mill:
    """Grinds one number into as many small ones as are asked for; all zero if it is zero."""

    def __init__(self, number: int) -> None:
        self.idle = number == 0
        self.state = number
        self.left = _MOST_PARTS

    def below(self, count: int) -> int:
        if self.idle:
            return 0
        self.state = (self.state * 0x5851_F42D_4C95_7F2D + 0x1405_7B7E_F767_814F) & 0xFFFF_FFFF_FFFF_FFFF
        return (self.state >> 33) % count

    def image(self, t: Type) -> Image:
        self.left -= 1
        if isinstance(t, Prim):
            return self.text() if t is Prim.STRING else self.scalar(t)
        if (element := element_of(t)) is not None:
            return self.list(element)
        if (fields := fields_of(t)) is not None:
            return tuple(map(self.image, fields))
        if isinstance(t, FlagsOf):
            return (self.below(1 << 16) << 16 | self.below(1 << 16)) & ((1 << t.count) - 1)
        cases = cases_of(t)
        assert cases is not None
        case = self.case(cases)
        if isinstance(t, EnumOf):
            return case
        payload = cases[case]
        return (case, 0 if payload is None else self.image(payload))

    def case(self, cases: tuple[Type | None, ...]) -> int:
        """Of many the last ones as often as all the others."""
        if self.idle:
            return 0
        return len(cases) - 1 - self.below(2) if len(cases) > 8 and self.below(2) else self.below(len(cases))

    def scalar(self, t: Prim) -> int:
        edges = EDGES[t]
        if self.idle or t in (Prim.BOOL, Prim.CHAR, Prim.F32, Prim.F64) or self.below(2):
            return edges[self.below(len(edges))]
        low, high = INTEGER_RANGES[t]
        return low + (self.below(1 << 31) << 31 | self.below(1 << 31)) % (high - low + 1)

    def text(self) -> str:
        if self.idle:
            return ""
        name = _CLASSES[self.below(len(_CLASSES))]
        length = STRING_LENGTHS[self.below(len(STRING_LENGTHS))]
        if self.left < 0 or (length > 200 and self.below(4)):
            length %= 7
        alphabet, start = ALPHABETS[name], self.below(64)
        text = "".join([alphabet[(start + i) % len(alphabet)] for i in range(length)])
        last = _LAST.get(name)
        return text if not last or not text else text[:-1] + last[self.below(len(last))]

    def list(self, element: Type) -> Image:
        if self.idle or self.left < 0:
            return ()
        if not isinstance(element, Prim) or element is Prim.STRING:
            return tuple(self.image(element) for _ in range(LIST_LENGTHS[self.below(len(LIST_LENGTHS))]))
        length = MANY[self.below(len(MANY))]
        if length > 64 and self.below(3):
            length %= 13
        edges, start = EDGES[element], self.below(64)
        return tuple([edges[(start + i) % len(edges)] for i in range(length)])
