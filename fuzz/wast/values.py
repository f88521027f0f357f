"""Constants of a script as values, and results against expected constants."""

from __future__ import annotations

import math
import struct

from fact.model.types import INTEGER_RANGES, Prim
from fact.model.values import Value, check_value, same_value
from fuzz.wast.script import Constant


class UnsupportedConstant(Exception):
    """A constant of a type out of scope; the message names the type."""


_FLOATS = {"f32": ("<I", "<f"), "f64": ("<Q", "<d")}
_CORE_BITS = {"i32": 32, "i64": 64}


def component_value(constant: Constant) -> Value:
    """Raises `UnsupportedConstant` for every type but the scalars."""
    match constant.type:
        case "bool":
            return check_value(Prim.BOOL, constant.value)
        case "char":
            return check_value(Prim.CHAR, constant.value)
        case "f32" | "f64":
            return _float(constant)
        case name if (t := _PRIMITIVES.get(name)) in INTEGER_RANGES:
            assert t is not None
            return check_value(t, int(constant.value))
    raise UnsupportedConstant(f"{constant.type} value")


def core_value(constant: Constant) -> int | float:
    """Integers signed, as wasmtime's Python package returns them. Raises `UnsupportedConstant`."""
    if constant.type in _FLOATS:
        return _float(constant)
    if constant.type not in _CORE_BITS or constant.value is None:
        raise UnsupportedConstant(f"core {constant.type} value")
    bits = _CORE_BITS[constant.type]
    unsigned = int(constant.value) & ((1 << bits) - 1)
    return unsigned - (1 << bits) if unsigned >> (bits - 1) else unsigned


def component_matches(expected: Constant, actual: Value | None) -> bool:
    """As `same_value`: every NaN equals every NaN, so that both NaN patterns accept any."""
    if _is_nan_pattern(expected):
        return isinstance(actual, float) and math.isnan(actual)
    return same_value(component_value(expected), actual)


def core_matches(expected: Constant, actual: object) -> bool:
    """Python floats do not keep an f32's NaN payload, so that both NaN patterns accept any NaN."""
    if expected.type == "either":
        return any(core_matches(choice, actual) for choice in expected.values)
    if _is_nan_pattern(expected):
        return isinstance(actual, float) and math.isnan(actual)
    value = core_value(expected)
    if isinstance(value, float):
        return isinstance(actual, float) and same_value(value, actual)
    return type(actual) is int and value == actual


def show(constant: Constant) -> str:
    """For messages."""
    if constant.type == "either":
        return " or ".join(map(show, constant.values))
    if constant.type in _FLOATS and not _is_nan_pattern(constant):
        return f"{constant.type} {_float(constant)!r}"
    return f"{constant.type} {constant.value}"


_PRIMITIVES = {t.value: t for t in Prim}


def _is_nan_pattern(constant: Constant) -> bool:
    return constant.value in ("nan:canonical", "nan:arithmetic")


def _float(constant: Constant) -> float:
    if _is_nan_pattern(constant):
        return math.nan
    bits, number = _FLOATS[constant.type]
    return float(struct.unpack(number, struct.pack(bits, int(constant.value)))[0])
