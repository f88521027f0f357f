"""Images of scalar values, the edges first, and values from images.

An image is one integer: an integer itself, a bool as 0 or 1, a char's code point, a float's bit pattern.
"""

from __future__ import annotations

import struct
from functools import lru_cache

from hypothesis import strategies as st

from fact.model.types import INTEGER_RANGES, Prim
from fact.model.values import Value


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


def value(t: Prim, image: int) -> Value:
    """The Python value (`fact.model.values`) that *image* stands for. Python quiets a signalling f32 NaN."""
    match t:
        case Prim.BOOL:
            return bool(image)
        case Prim.CHAR:
            return chr(image)
        case Prim.F32:
            return float(struct.unpack("<f", image.to_bytes(4, "little"))[0])
        case Prim.F64:
            return float(struct.unpack("<d", image.to_bytes(8, "little"))[0])
        case _:
            return image


def image(t: Prim, v: Value) -> int:
    """The image of a value: what `value` makes *v* of."""
    match t:
        case Prim.CHAR:
            return ord(str(v))
        case Prim.F32:
            return int.from_bytes(struct.pack("<f", v), "little")
        case Prim.F64:
            return int.from_bytes(struct.pack("<d", v), "little")
        case _:
            return int(v)


@lru_cache(maxsize=64)
def images(t: Prim) -> st.SearchStrategy[int]:
    """Images of type *t*: edges half of the time, otherwise any value."""
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
