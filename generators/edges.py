"""Numbers around which rules change, by group: images of scalars (`generators.valtypes`)."""

from __future__ import annotations

from functools import lru_cache

from fact.model.types import INTEGER_RANGES, Prim

_NEAR: dict[str, tuple[int, ...]] = {
    "small": (0, 1, -1, 2),
    "8 bits": (0x7F, 0x80, 0xFF, 0x100, -0x80, -0x81),
    "16 bits": (0x7FFF, 0x8000, 0xFFFF, 0x1_0000, -0x8000, -0x8001),
    "32 bits": (0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF, 0x1_0000_0000, -0x8000_0000, -0x8000_0001),
}
"""Where the ranges of integers end, whatever their type."""


def _integer(t: Prim) -> dict[str, tuple[int, ...]]:
    low, high = INTEGER_RANGES[t]
    groups = {**_NEAR, "extremes": (high, low, high - 1, low + 1)}
    return {name: tuple(n for n in near if low <= n <= high) for name, near in groups.items()}


GROUPS: dict[Prim, dict[str, tuple[int, ...]]] = {
    **{t: _integer(t) for t in INTEGER_RANGES},
    Prim.BOOL: {"small": (0, 1)},
    Prim.CHAR: {
        "small": (0x61, 0),
        "8 bits": (0x7F, 0x80, 0xFF, 0x100),
        "16 bits": (0x7FF, 0x301, 0x800, 0xD7FF, 0xE000, 0xFFFD, 0xFFFF),
        "32 bits": (0x1_0000, 0x1_F600),
        "extremes": (0x10_FFFF,),
    },
    Prim.F32: {
        "small": (0, 0x3F80_0000, 0x8000_0000, 0xBF80_0000, 0x3FC0_0000),
        "infinities": (0x7F80_0000, 0xFF80_0000),
        "NaNs": (0x7FC0_0000, 0x7FC1_2345, 0x7F80_0001, 0x7FBF_FFFF, 0x7FFF_FFFF, 0xFFC0_0000, 0xFF80_0001,
                 0xFFBF_FFFF, 0xFFFF_FFFF, 0x7FA0_0000),
        "subnormals": (0x0000_0001, 0x007F_FFFF, 0x8000_0001, 0x807F_FFFF),
        "extremes": (0x7F7F_FFFF, 0xFF7F_FFFF, 0x0080_0000, 0x8080_0000),
        "32 bits": (0x4B80_0000, 0x4F00_0000, 0xCF00_0000, 0x4F80_0000),
    },
    Prim.F64: {
        "small": (0, 0x3FF0 << 48, 0x8000 << 48, 0xBFF0 << 48, 0x3FF8 << 48),
        "infinities": (0x7FF0 << 48, 0xFFF0 << 48),
        "NaNs": (0x7FF8 << 48, 0x7FF8_0000_1234_5678, 0x7FF0_0000_0000_0001, 0x7FF7_FFFF_FFFF_FFFF,
                 0x7FFF_FFFF_FFFF_FFFF, 0xFFF8 << 48, 0xFFF0_0000_0000_0001, 0xFFF7_FFFF_FFFF_FFFF,
                 0xFFFF_FFFF_FFFF_FFFF, 0x7FF4 << 48),
        "subnormals": (1, 0x000F_FFFF_FFFF_FFFF, 0x8000_0000_0000_0001, 0x800F_FFFF_FFFF_FFFF),
        "extremes": (0x7FEF_FFFF_FFFF_FFFF, 0xFFEF_FFFF_FFFF_FFFF, 0x0010 << 48, 0x8010 << 48),
        "32 bits": (0x4340 << 48, 0x41E0 << 48, 0x43E0 << 48, 0x36A0 << 48, 0x47EF_FFFF_E000_0000,
                    0x47EF_FFFF_F000_0000),
    },
}
"""Images of each type, the simplest first. Floats: one and zeros; infinities; NaNs, canonical and with a payload, quiet
and signalling (down to the least and up to the greatest payload) of either sign; the least and the greatest subnormals
and normals; integers' limits, and f32's among f64s."""

EDGE_GROUPS: tuple[str, ...] = tuple(dict.fromkeys(name for groups in GROUPS.values() for name in groups))

EDGES: dict[Prim, tuple[int, ...]] = {
    t: tuple(dict.fromkeys(n for near in groups.values() for n in near)) for t, groups in GROUPS.items()
}
"""All of them, by type."""


@lru_cache(maxsize=1024)
def edges_of(t: Prim, names: tuple[str, ...]) -> tuple[int, ...]:
    """Those of the groups in *names*; all of them where *t* has none in these."""
    chosen = dict.fromkeys(n for name, near in GROUPS[t].items() if name in names for n in near)
    return tuple(chosen) or EDGES[t]
