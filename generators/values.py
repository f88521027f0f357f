"""Images of values, the edges first, and values from images (`generators.valtypes` says what images are)."""

from __future__ import annotations

import struct
from functools import lru_cache

from hypothesis import strategies as st

from fact.model.types import INTEGER_RANGES, Prim
from fact.model.values import Case, Handle, Value
from generators.axes import Axes
from generators.edges import EDGE_GROUPS, EDGES, edges_of
from generators.mill import EVERY_TASTE, LENGTH_CLASSES, Taste, made_image
from generators.texts import TEXT_CLASSES
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
    is_scalar,
)

__all__ = ["EDGES", "drawn_image", "image", "images", "made_image", "nth_image", "some", "taste_of", "value"]


def value(t: Type, image: Image) -> Value:
    """The Python value (`fact.model.values`) that *image* stands for. Python quiets a signalling f32 NaN."""
    if isinstance(image, int):
        return _from_integer(t, image)
    if isinstance(image, str):
        return image
    if (fields := fields_of(t)) is not None:
        return tuple(value(f, i) for f, i in zip(fields, image, strict=True))
    if (element := element_of(t)) is not None:
        whole = isinstance(element, Prim) and element in INTEGER_RANGES
        return image if whole else tuple([value(element, i) for i in image])
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


def taste_of(axes: Axes) -> Taste:
    """What the values of a batch are made of."""
    return Taste(axes.among("edge", EDGE_GROUPS), axes.among("text", TEXT_CLASSES),
                 axes.among("length", LENGTH_CLASSES))


@lru_cache(maxsize=512)
def images(t: Prim, groups: tuple[str, ...] = EDGE_GROUPS) -> st.SearchStrategy[int]:
    """Images of the scalar type *t*: edges of these groups half of the time, otherwise any value."""
    edges = st.sampled_from(edges_of(t, groups))
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


def drawn_image(draw: st.DrawFn, t: Type, taste: Taste = EVERY_TASTE) -> Image:
    """A scalar is drawn; anything else made of one number that is drawn."""
    if isinstance(t, Prim) and t in EDGES:
        return draw(images(t, taste.edges))
    return made_image(t, draw(_NUMBERS), taste)


def nth_image(t: Type, n: int) -> Image:
    """The edges of a scalar in turn; anything else made of *n*."""
    if isinstance(t, Prim) and t in EDGES:
        return EDGES[t][n % len(EDGES[t])]
    return made_image(t, n)


def some(t: Type) -> Image:
    """An image to stand in for another: 1 for scalars, which tells more than 0, else the simplest."""
    return 1 if is_scalar(t) else nth_image(t, 0)
