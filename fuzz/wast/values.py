"""Constants of a script as values, and results against expected constants."""

from __future__ import annotations

import math
import struct
from collections.abc import Sequence
from typing import Any

from fact.model.types import (
    INTEGER_RANGES,
    EnumType,
    Flags,
    List,
    Map,
    Option,
    Prim,
    Record,
    Result,
    Tuple,
    ValType,
    Variant,
)
from fact.model.values import Case, Value, check_value, same_value
from fact.model.wave import show_value
from fuzz.wast.script import Constant


class UnsupportedConstant(Exception):
    """A constant of a type out of scope; the message names the type."""


_FLOATS = {"f32": ("<I", "<f"), "f64": ("<Q", "<d")}
_CORE_BITS = {"i32": 32, "i64": 64}


def component_value(constant: Constant, t: ValType | None = None) -> Value:
    """The value of type *t* that a constant stands for.

    A `list.const` also makes a fixed-length list, and one of tuples a map; a record's fields may stand in any order.

    Without a type: a record's fields in the order in which they are written. Raises `UnsupportedConstant`, and
    `ValueError` for a constant that makes no value of type *t*.
    """
    if t is None:
        return _untyped(constant.type, constant.value)
    value = _typed(constant.type, constant.value, t)
    return check_value(t, value)


def component_matches(expected: Constant, actual: Value | None, t: ValType | None = None) -> bool:
    """As `same_value`: every NaN equals every NaN, so that both NaN patterns accept any.

    Raises as `component_value`.
    """
    return same_value(component_value(expected, t), actual)


def core_value(constant: Constant) -> int | float:
    """Integers signed, as wasmtime's Python package returns them. Raises `UnsupportedConstant`."""
    if constant.type in _FLOATS:
        return _float(constant.type, constant.value)
    if constant.type not in _CORE_BITS or constant.value is None:
        raise UnsupportedConstant(f"core {constant.type} value")
    bits = _CORE_BITS[constant.type]
    unsigned = int(constant.value) & ((1 << bits) - 1)
    return unsigned - (1 << bits) if unsigned >> (bits - 1) else unsigned


def core_matches(expected: Constant, actual: object) -> bool:
    """Python floats do not keep an f32's NaN payload, so that both NaN patterns accept any NaN."""
    if expected.type == "either":
        return any(core_matches(choice, actual) for choice in expected.values)
    if expected.value in NAN_PATTERNS:
        return isinstance(actual, float) and math.isnan(actual)
    value = core_value(expected)
    if isinstance(value, float):
        return isinstance(actual, float) and same_value(value, actual)
    return type(actual) is int and value == actual


def show(constant: Constant) -> str:
    """For messages."""
    if constant.type == "either":
        return " or ".join(map(show, constant.values))
    if constant.value in NAN_PATTERNS or constant.type not in (*_FLOATS, *_SHAPES, "string"):
        return f"{constant.type} {constant.value}"
    t = Prim.STRING if constant.type == "string" else None
    return f"{constant.type} {show_value(t, component_value(constant))}"


NAN_PATTERNS = ("nan:canonical", "nan:arithmetic")
_PRIMITIVES = {t.value: t for t in Prim}
_SHAPES: dict[str, tuple[type, ...]] = {
    "list": (List, Map), "record": (Record,), "tuple": (Tuple,), "variant": (Variant,), "enum": (EnumType,),
    "option": (Option,), "result": (Result,), "flags": (Flags,),
}
"""The types that each kind of constant can make a value of, besides primitives."""


def _typed(kind: str, value: Any, t: ValType) -> Value:
    """As `component_value`, short of labels that *t* does not have and a length that it does not want."""
    if kind in _PRIMITIVES and t is _PRIMITIVES[kind]:
        return _primitive(kind, value)
    if not isinstance(t, _SHAPES.get(kind, ())):
        _supported(kind)
        raise ValueError(f"a {kind} where {t} is expected")
    match t:
        case List(element):
            return _elements(value, element)
        case Map(k, v):
            return _elements(value, Tuple((k, v)))
        case Record(fields):
            return _fields(value, t, dict(fields))
        case Tuple(elements):
            if len(value) != len(elements):
                raise ValueError(f"{len(value)} elements for {t}")
            return tuple(_typed(item["type"], item["value"], e) for e, item in zip(elements, value, strict=True))
        case Variant(cases):
            return _case(value["case"], value.get("payload"), dict(cases).get(value["case"]))
        case Option(payload):
            return Case("none") if value is None else _case("some", value, payload)
        case Result(ok, error):
            return _case("ok", value["Ok"], ok) if "Ok" in value else _case("error", value["Err"], error)
    return _untyped(kind, value)


def _elements(items: Sequence[Any], t: ValType) -> tuple[Value, ...]:
    """A list of integers may be long, and is read in one go."""
    if t in INTEGER_RANGES and {item["type"] for item in items} <= {str(t)}:
        return tuple([int(item["value"]) for item in items])
    return tuple([_typed(item["type"], item["value"], t) for item in items])


def _fields(items: Sequence[tuple[str, Any]], t: Record, types: dict[str, ValType]) -> Value:
    given = dict(items)
    if len(given) != len(items) or given.keys() != types.keys():
        raise ValueError(f"fields {', '.join(name for name, _ in items)} for {t}")
    return tuple(_typed(given[name]["type"], given[name]["value"], f) for name, f in types.items())


def _case(label: str, payload: Any, t: ValType | None) -> Case:
    if payload is None:
        return Case(label)
    if t is None:
        return Case(label, _untyped(payload["type"], payload["value"]))
    return Case(label, _typed(payload["type"], payload["value"], t))


def _untyped(kind: str, value: Any) -> Value:
    match kind:
        case "list" | "tuple":
            return tuple(_untyped(item["type"], item["value"]) for item in value)
        case "record":
            return tuple(_untyped(item["type"], item["value"]) for _, item in value)
        case "variant":
            return _case(value["case"], value.get("payload"), None)
        case "enum":
            return Case(value)
        case "option":
            return Case("none") if value is None else _case("some", value, None)
        case "result":
            return _case("ok", value["Ok"], None) if "Ok" in value else _case("error", value["Err"], None)
        case "flags":
            return frozenset(value)
    _supported(kind)
    return _primitive(kind, value)


def _supported(kind: str) -> None:
    if kind not in _PRIMITIVES and kind not in _SHAPES:
        raise UnsupportedConstant(f"{kind} value")


def _primitive(kind: str, value: Any) -> Value:
    if kind in _FLOATS:
        return _float(kind, value)
    t = _PRIMITIVES[kind]
    return check_value(t, int(value) if t in INTEGER_RANGES else value)


def _float(kind: str, value: Any) -> float:
    if value in NAN_PATTERNS:
        return math.nan
    bits, number = _FLOATS[kind]
    return float(struct.unpack(number, struct.pack(bits, int(value)))[0])
