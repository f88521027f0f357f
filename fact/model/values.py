"""Component-level values as Python objects.

| type | Python |
|---|---|
| bool | `bool` |
| s8 .. u64 | `int` in range |
| f32, f64 | `float`; an f32 is a float that an f32 represents exactly |
| char | `str` of one Unicode scalar value |
"""

from __future__ import annotations

import math
import struct
from typing import TypeAlias

from fact.model.types import INTEGER_RANGES, Prim, ValType

Value: TypeAlias = bool | int | float | str


def same_value(a: Value | None, b: Value | None) -> bool:
    """Whether two values of one type are equal: by bits, except that every NaN equals every NaN.

    CanonicalABI.md, "Loading": an implementation may canonicalise NaNs or pass their bits through.
    """
    if isinstance(a, float) and isinstance(b, float):
        return (math.isnan(a) and math.isnan(b)) or struct.pack("<d", a) == struct.pack("<d", b)
    return type(a) is type(b) and a == b


def check_value(t: ValType, v: object) -> Value:
    """*v* as a value of type *t*; `ValueError` says what would be accepted."""
    match t:
        case Prim.BOOL if isinstance(v, bool):
            return v
        case Prim.F32 | Prim.F64 if isinstance(v, (int, float)) and not isinstance(v, bool):
            return to_f32(float(v)) if t is Prim.F32 else float(v)
        case Prim.CHAR if isinstance(v, str) and len(v) == 1 and not 0xD800 <= ord(v) <= 0xDFFF:
            return v
        case Prim() if t in INTEGER_RANGES and isinstance(v, int) and not isinstance(v, bool):
            low, high = INTEGER_RANGES[t]
            if low <= v <= high:
                return v
            raise ValueError(f"{v} is out of range for {t}: {low} to {high}")
    raise ValueError(f"{v!r} is not a value of type {t}")


def to_f32(v: float) -> float:
    """The f32 nearest to *v*, as a Python float; beyond the greatest f32, an infinity."""
    try:
        return float(struct.unpack("<f", struct.pack("<f", v))[0])
    except OverflowError:
        return math.copysign(math.inf, v)
