"""Component values as `.wast` constants: `(s8.const -128)`, `(record.const (field "a" list.const (u8.const 1)))`.

The form is the one that wasm-tools 1.262 reads. It has no constants for maps and fixed-length lists: a map is written
as a list of tuples, a fixed-length list as a list, and only the type tells. The constant of a handle,
`(handle.const 1)`, is our own.
"""

from __future__ import annotations

import math
import re
import struct
from collections.abc import Callable, Sequence

from fact.model.types import (
    INTEGER_RANGES,
    SCALARS,
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
from fact.model.values import Case, Handle, Value, cases_of, check_value, to_f32
from fuzz.sexpr import Node

MAX_DEPTH = 98
"""Constants within each other that readers accept in the arguments of an asserted call."""

_FLOATS = {Prim.F32: ("<f", 23), Prim.F64: ("<d", 52)}
"""Format for `struct`, bits of the significand."""
_KEYWORDS = {**{f"{t}.const": t for t in SCALARS}, "str.const": Prim.STRING}
_PATTERNS = ("nan:canonical", "nan:arithmetic")
_ESCAPE = re.compile(rb"\\(?:u\{([0-9a-fA-F_]+)\}|([0-9a-fA-F]{2})|(.))")
_NAMED_ESCAPES = {b"t": b"\t", b"n": b"\n", b"r": b"\r", b'"': b'"', b"'": b"'", b"\\": b"\\"}


# -- writing


def constant(t: ValType, value: Value) -> str:
    """*value* of type *t* as a constant; a NaN with its payload. Raises `ValueError` for another type's value."""
    return f"({_inside(t, check_value(t, value), _float)})"


def expectation(t: ValType, value: Value) -> str:
    """As `constant`, in the place of an expected result: a NaN is expected as `nan:arithmetic`, and as `nan` inside of
    another value, where there are no patterns."""
    if isinstance(value, float) and math.isnan(value):
        return f"({t}.const nan:arithmetic)"
    return f"({_inside(t, check_value(t, value), _any_nan)})"


def has_constants(t: ValType) -> bool:
    """Whether every value of type *t* has a constant that says what it is: maps and fixed-length lists have not, nor
    have handles, for which other readers have no constants at all."""
    match t:
        case Prim() | EnumType() | Flags():
            return True
        case List(element, length):
            return length is None and has_constants(element)
        case Record(fields):
            return all(has_constants(f) for _, f in fields)
        case Tuple(elements):
            return all(map(has_constants, elements))
        case Variant() | Option() | Result():
            return all(has_constants(payload) for _, payload in cases_of(t) if payload is not None)
    return False


def depth(value: Value) -> int:
    """How many constants there are within each other in the constant of *value*."""
    match value:
        case tuple() if value:
            return 1 + max(map(depth, value))
        case Case(payload=payload) if payload is not None:
            return 1 + depth(payload)
    return 1


def _inside(t: ValType, value: Value, number: Callable[[ValType, float], str]) -> str:
    """The constant without its parentheses."""
    match t, value:
        case Prim.STRING, str():
            return f"str.const {quoted(value)}"
        case _, bool():
            return f"bool.const {'true' if value else 'false'}"
        case _, float():
            return f"{t}.const {number(t, value)}"
        case _, str():
            return f'char.const "{_char(value)}"'
        case _, int():
            return f"{t}.const {value}"
        case List(element), tuple():
            return " ".join(["list.const", *(f"({_inside(element, item, number)})" for item in value)])
        case Map(k, v), tuple():
            pair = Tuple((k, v))
            return " ".join(["list.const", *(f"({_inside(pair, item, number)})" for item in value)])
        case Record(fields), tuple():
            named = zip(fields, value, strict=True)
            parts = (f"(field {quoted(name)} {_inside(f, item, number)})" for (name, f), item in named)
            return " ".join(["record.const", *parts])
        case Tuple(elements), tuple():
            parts = (f"({_inside(e, item, number)})" for e, item in zip(elements, value, strict=True))
            return " ".join(["tuple.const", *parts])
        case Flags(labels), frozenset():
            return " ".join(["flags.const", *(quoted(label) for label in labels if label in value)])
        case EnumType(), Case(label=label):
            return f"enum.const {quoted(label)}"
        case (Variant() | Option() | Result()) as cases, Case(label=label):
            head = {Option: f"option.{label}", Result: f"result.{'ok' if label == 'ok' else 'err'}"}.get(
                type(cases), f"variant.const {quoted(label)}")
            payload = dict(cases_of(cases))[label]
            if payload is None or value.payload is None:
                return head
            return f"{head} ({_inside(payload, value.payload, number)})"
        case Own() | Borrow(), Handle():
            return f"handle.const {value.number}"
    raise ValueError(f"{value!r} of type {t} has no constant")


# -- reading


def read_constant(keyword: str, token: str) -> tuple[ValType, Value]:
    """The inverse of `constant` and `expectation` for what tells its own type: scalars and strings.

    A string token comes with its quotes. Raises `ValueError`.
    """
    t = _KEYWORDS.get(keyword)
    match t:
        case None:
            raise ValueError(f"{keyword} is not a constant of a known type: {', '.join(_KEYWORDS)}")
        case Prim.BOOL if token in ("true", "false"):
            return t, token == "true"
        case Prim.F32 | Prim.F64:
            return t, _in_range(t, _read_float(t, token), token)
        case Prim.CHAR | Prim.STRING if token.startswith('"'):
            return t, check_value(t, read_string(token))
        case Prim() if t in INTEGER_RANGES:
            return t, check_value(t, int(token.replace("_", ""), 0))
    raise ValueError(f"{token} is not a value of type {t}")


def read_typed(t: ValType, node: Node) -> Value:
    """The inverse of `constant` and `expectation` for a type that is known. Raises `ValueError`."""
    if not isinstance(node, list):
        raise ValueError(f"{node} is not a constant")
    return check_value(t, _read(t, node))


def _read(t: ValType, node: Sequence[Node]) -> Value:
    match t, node:
        case Prim(), [str() as keyword, str() as token] if _KEYWORDS.get(keyword) is t:
            return read_constant(keyword, token)[1]
        case List(element), ["list.const", *items]:
            return tuple(_read(element, _list(item)) for item in items)
        case Map(k, v), ["list.const", *items]:
            return tuple(_read(Tuple((k, v)), _list(item)) for item in items)
        case Tuple(elements), ["tuple.const", *items] if len(elements) == len(items):
            return tuple(_read(e, _list(item)) for e, item in zip(elements, items, strict=True))
        case Record(fields), ["record.const", *items] if len(fields) == len(items):
            return tuple(_read_field(label, f, item) for (label, f), item in zip(fields, items, strict=True))
        case Flags(), ["flags.const", *labels]:
            return frozenset(map(_label, labels))
        case EnumType(), ["enum.const", label]:
            return Case(_label(label))
        case Variant(cases), ["variant.const", label, *payload]:
            return _read_case(_label(label), dict(cases).get(_label(label)), payload)
        case Option(payload_type), [("option.none" | "option.some") as keyword, *payload]:
            case = "some" if keyword == "option.some" else "none"
            return _read_case(case, payload_type if case == "some" else None, payload)
        case Result(ok, error), [("result.ok" | "result.err") as keyword, *payload]:
            return _read_case(*(("ok", ok) if keyword == "result.ok" else ("error", error)), payload)
        case Own() | Borrow(), ["handle.const", str() as number] if number.isdecimal():
            return Handle(int(number))
    raise ValueError(f"({' '.join(map(str, node))[:80]}) is not a value of type {t}")


def _read_field(label: str, t: ValType, node: Node) -> Value:
    match node:
        case ["field", str() as name, *rest] if _label(name) == label:
            return _read(t, rest)
    raise ValueError(f"{node} where (field {quoted(label)} ...) is expected")


def _read_case(label: str, t: ValType | None, payload: Sequence[Node]) -> Case:
    match t, payload:
        case None, []:
            return Case(label)
        case _, [[*inner]] if t is not None:
            return Case(label, _read(t, inner))
    raise ValueError(f"{len(payload)} payloads for case {label}")


def _list(node: Node) -> list[Node]:
    if not isinstance(node, list):
        raise ValueError(f"{node} is not a constant")
    return node


def _label(node: Node) -> str:
    if not isinstance(node, str) or not node.startswith('"'):
        raise ValueError(f"{node} is not a label in quotes")
    return read_string(node)


def read_string(token: str) -> str:
    """The text of a quoted string token. Raises `ValueError`."""
    def unescaped(match: re.Match[bytes]) -> bytes:
        code, byte, name = match.groups()
        if code is not None:
            number = int(code.replace(b"_", b"") or b"0", 16)
            if number > 0x10FFFF or 0xD800 <= number <= 0xDFFF:
                raise ValueError(f"{match.group()[:40].decode()} is not a Unicode scalar value")
            return chr(number).encode()
        if byte is not None:
            return bytes([int(byte, 16)])
        if name not in _NAMED_ESCAPES:
            raise ValueError(f"unknown escape in {token}")
        return _NAMED_ESCAPES[name]

    return _ESCAPE.sub(unescaped, token[1:-1].encode()).decode()


def quoted(text: str) -> str:
    """*text* as a string token."""
    return '"' + "".join(map(_char, text)) + '"'


def _char(c: str) -> str:
    return c if " " <= c <= "~" and c not in '"\\' else f"\\u{{{ord(c):x}}}"


def _any_nan(t: ValType, value: float) -> str:
    return "nan" if math.isnan(value) else _float(t, value)


def _float(t: ValType, value: float) -> str:
    if math.isinf(value):
        return "inf" if value > 0 else "-inf"
    if not math.isnan(value):
        return value.hex()
    form, width = _FLOATS[Prim(str(t))]
    bits = int.from_bytes(struct.pack(form, value), "little")
    sign = "-" if math.copysign(1.0, value) < 0 else ""
    return f"{sign}nan:{bits & ((1 << width) - 1):#x}"


def _read_float(t: Prim, token: str) -> float:
    if token in _PATTERNS:
        return math.nan
    negative, magnitude = token.startswith("-"), token.lstrip("+-").replace("_", "")
    if not magnitude.startswith("nan"):
        try:
            value = float.fromhex(magnitude) if "0x" in magnitude else float(magnitude)
        except OverflowError:
            raise ValueError(f"{token[:40]} is out of range for {t}") from None
        return -value if negative else value
    form, width = _FLOATS[t]
    size = struct.calcsize(form)
    payload = int(magnitude.removeprefix("nan:"), 0) if magnitude != "nan" else 1 << (width - 1)
    if not 0 < payload < 1 << width:
        raise ValueError(f"{token[:40]} is no NaN of type {t}: its payload has {width} bits, not all of them 0")
    exponent = ((1 << (size * 8 - 1 - width)) - 1) << width
    bits = payload | exponent | (negative << (size * 8 - 1))
    return float(struct.unpack(form, bits.to_bytes(size, "little"))[0])


def _in_range(t: Prim, value: float, token: str) -> float:
    """*value*, which *token* stands for, as *t* has it."""
    found = to_f32(value) if t is Prim.F32 else value
    if math.isinf(found) and "inf" not in token:
        raise ValueError(f"{token[:40]} is out of range for {t}")
    return found
