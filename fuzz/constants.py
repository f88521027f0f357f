"""Component values as `.wast` constants: `(s8.const -128)`, `(char.const "\\u{10ffff}")`."""

from __future__ import annotations

import math
import re
import struct

from fact.model.types import INTEGER_RANGES, SCALARS, Prim, ValType
from fact.model.values import Value, check_value

_FLOATS = {Prim.F32: ("<f", 23), Prim.F64: ("<d", 52)}
"""Format for `struct`, bits of the significand."""
_KEYWORDS = {f"{t}.const": t for t in SCALARS}
_PATTERNS = ("nan:canonical", "nan:arithmetic")
_ESCAPE = re.compile(rb"\\(?:u\{([0-9a-fA-F_]+)\}|([0-9a-fA-F]{2})|(.))")
_NAMED_ESCAPES = {b"t": b"\t", b"n": b"\n", b"r": b"\r", b'"': b'"', b"'": b"'", b"\\": b"\\"}


def constant(t: ValType, value: Value) -> str:
    """*value* of type *t* as a constant; a NaN with its payload. Raises `ValueError` for another type's value."""
    match check_value(t, value):
        case bool(value):
            return f"(bool.const {'true' if value else 'false'})"
        case float(value):
            return f"({t}.const {_float(t, value)})"
        case str(value):
            return f'(char.const "{_char(value)}")'
        case int(value):
            return f"({t}.const {value})"


def expectation(t: ValType, value: Value) -> str:
    """As `constant`, in the place of an expected result: every NaN is expected as `nan:arithmetic`."""
    if isinstance(value, float) and math.isnan(value):
        return f"({t}.const nan:arithmetic)"
    return constant(t, value)


def read_constant(keyword: str, token: str) -> tuple[ValType, Value]:
    """The inverse of `constant` and `expectation`; a string token comes with its quotes. Raises `ValueError`."""
    t = _KEYWORDS.get(keyword)
    match t:
        case None:
            raise ValueError(f"{keyword} is not a constant of a known type: {', '.join(_KEYWORDS)}")
        case Prim.BOOL if token in ("true", "false"):
            return t, token == "true"
        case Prim.F32 | Prim.F64:
            return t, _read_float(t, token)
        case Prim.CHAR if token.startswith('"'):
            return t, check_value(t, read_string(token))
        case Prim() if t in INTEGER_RANGES:
            return t, check_value(t, int(token.replace("_", ""), 0))
    raise ValueError(f"{token} is not a value of type {t}")


def read_string(token: str) -> str:
    """The text of a quoted string token. Raises `ValueError`."""
    def unescaped(match: re.Match[bytes]) -> bytes:
        code, byte, name = match.groups()
        if code is not None:
            return chr(int(code.replace(b"_", b""), 16)).encode()
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
        value = float.fromhex(magnitude) if "0x" in magnitude else float(magnitude)
        return -value if negative else value
    form, width = _FLOATS[t]
    size = struct.calcsize(form)
    payload = int(magnitude[4:], 0) if magnitude != "nan" else 1 << (width - 1)
    exponent = ((1 << (size * 8 - 1 - width)) - 1) << width
    bits = payload | exponent | (negative << (size * 8 - 1))
    return float(struct.unpack(form, bits.to_bytes(size, "little"))[0])
