"""Writes WAVE text: all of a value, whatever its size."""

from __future__ import annotations

import math
from collections.abc import Iterable

from fact.model.types import (
    INTEGER_RANGES,
    Borrow,
    EnumType,
    Flags,
    List,
    Map,
    Option,
    Own,
    Prim,
    Record,
    Result,
    Tuple,
    ValType,
    Variant,
)
from fact.model.values import Case, Handle, Value, check_value, to_f32
from fact.model.wave.lexis import KEYWORDS, WaveError, brief, escape


def format_value(t: ValType, value: Value) -> str:
    """*value* of type *t* as WAVE text that `parse_value` reads back. Raises `WaveError` for another type's value.

    Every field of a record is written, and `some` and `ok` with their names.
    """
    match t:
        case List(Prim() as element, length) if isinstance(value, tuple) and length in (None, len(value)):
            return f"[{', '.join(_scalars(element, value))}]"
        case List(element, length) if isinstance(value, tuple) and length in (None, len(value)):
            return f"[{', '.join([format_value(element, item) for item in value])}]"
        case Map(k, v) if isinstance(value, tuple):
            pair = Tuple((k, v))
            return f"[{', '.join([format_value(pair, item) for item in value])}]"
        case Record(fields) if isinstance(value, tuple) and len(value) == len(fields):
            parts = [f"{label}: {format_value(f, item)}" for (label, f), item in zip(fields, value, strict=True)]
            return f"{{{', '.join(parts)}}}"
        case Tuple(elements) if isinstance(value, tuple) and len(value) == len(elements):
            return f"({', '.join([format_value(e, item) for e, item in zip(elements, value, strict=True)])})"
        case Variant() | EnumType() | Option() | Result() if isinstance(value, Case):
            name, payload = case_name(t, value)
            return name if payload is None else f"{name}({format_value(payload, _present(t, value))})"
        case Flags(labels) if isinstance(value, frozenset) and value.issubset(labels):
            return f"{{{', '.join([label for label in labels if label in value])}}}"
        case Own() | Borrow() if isinstance(value, Handle):
            return str(_checked(t, value))
        case Prim():
            return _scalar(t, _checked(t, value))
    raise WaveError(f"{brief(repr(value))} is not a value of type {brief(str(t))}", 1, f"a value of type {t}")


def case_name(t: Variant | EnumType | Option | Result, value: Case) -> tuple[str, ValType | None]:
    """How WAVE calls the case, and the type of its payload. Raises `WaveError` when *t* has no such case."""
    match t, value.label:
        case Option(payload), "some":
            return "some", payload
        case Option(), "none":
            return "none", None
        case Result(ok, _), "ok":
            return "ok", ok
        case Result(_, error), "error":
            return "err", error
        case Variant(cases), label if label in (found := dict(cases)):
            return f"%{label}" if label in KEYWORDS else label, found[label]
        case EnumType(labels), label if label in labels:
            return f"%{label}" if label in KEYWORDS else label, None
    raise WaveError(f"{value.label} is not a case of {brief(str(t))}", 1, f"a case of {t}")


def _present(t: ValType, value: Case) -> Value:
    if value.payload is None:
        raise WaveError(f"case {value.label} of {brief(str(t))} lacks its payload", 1, f"a value of type {t}")
    return value.payload


def _checked(t: ValType, value: Value) -> Value:
    try:
        return check_value(t, value)
    except ValueError as error:
        raise WaveError(str(error), 1, f"a value of type {t}") from None


def _scalars(t: Prim, values: tuple[Value, ...]) -> Iterable[str]:
    """A list may be long: integers, if there is nothing but integers in range, without a look at each."""
    low, high = INTEGER_RANGES.get(t, (1, 0))
    if {*map(type, values)} == {int} and low <= min(values) and max(values) <= high:  # type: ignore[type-var, operator]
        return map(str, values)
    return [_scalar(t, _checked(t, value)) for value in values]


def _scalar(t: Prim, value: Value) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case float():
            return format_float(t, value)
        case str() if t is Prim.CHAR:
            return f"'{escape(value, chr(39))}'"
        case str():
            return f'"{escape(value, chr(34))}"'
    return str(value)


def format_float(t: ValType, value: float) -> str:
    """The shortest digits that give the same f32 or f64 again."""
    if math.isnan(value) or math.isinf(value):
        return str(value)
    text = repr(value)
    if t is Prim.F32:
        text = next(s for s in (f"{value:.{digits}g}" for digits in range(1, 10)) if to_f32(float(s)) == value)
    mantissa, _, exponent = text.partition("e")
    return f"{mantissa}e{int(exponent)}" if exponent else mantissa
