"""WAVE, the text form of component values, and invocations written in it: `instance#name(1, 'a', -inf)`.

Grammar: the WebAssembly Value Encoding of wasm-tools (crate wasm-wave). White space and `//` comments may
stand around every value.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from fact.model.types import INTEGER_RANGES, FuncType, Prim, ValType
from fact.model.values import Value, check_value, to_f32


class WaveError(ValueError):
    """Text that is not the WAVE form of what was asked for.

    *column* counts characters from 1; *expected* says what would be accepted there.
    """

    def __init__(self, message: str, column: int, expected: str) -> None:
        super().__init__(f"{message} (column {column}): expected {expected}")
        self.message = message
        self.column = column
        self.expected = expected


@dataclass(frozen=True, slots=True)
class Argument:
    """The text of one argument, without the space around it, and the column where it starts."""

    text: str
    column: int


@dataclass(frozen=True, slots=True)
class Invocation:
    """A call before its types are known. *path* is `name`, or `instance#name`."""

    path: str
    arguments: tuple[Argument, ...]

    def typed(self, type: FuncType) -> tuple[Value, ...]:
        """The arguments as values for a function of *type*; `WaveError` on a wrong number or a wrong value."""
        if len(self.arguments) != len(type.params):
            surplus = self.arguments[len(type.params):]
            column = surplus[0].column if surplus else len(self.path) + 1
            raise WaveError(f"{self.path} was given {_count(len(self.arguments))}", column,
                            f"{len(type.params)}: {self.path}: {type}")
        return tuple(parse_value(t, a.text, a.column)
                     for t, a in zip(type.param_types, self.arguments, strict=True))


def split_invocation(text: str) -> Invocation:
    """Splits `path(argument, ...)`; a comma after the last argument is allowed. Raises `WaveError`."""
    opening = text.find("(")
    if opening < 0:
        raise WaveError("no argument list", len(text.rstrip()) + 1, "`(`, as in `name(1, 'a')`")
    path = text[:opening].strip()
    if not path or any(c.isspace() or c in "'\"," for c in path):
        raise WaveError(f"`{path}` is not the name of a function", 1, "`name(...)` or `instance#name(...)`")
    separators = list(_separators(text, opening))
    closing = separators[-1]
    tail, tail_column = _bare(text[closing + 1:], closing + 2)
    if tail:
        raise WaveError(f"`{tail}` after the argument list", tail_column, "the end")
    starts = [opening + 1] + [position + 1 for position in separators[:-1]]
    arguments = [Argument(*_bare(text[start:end], start + 1)) for start, end in zip(starts, separators, strict=True)]
    if not arguments[-1].text:
        arguments.pop()
    for argument in arguments:
        if not argument.text:
            raise WaveError("an empty argument", argument.column, "a value")
    return Invocation(path, tuple(arguments))


def parse_invocation(
    text: str, lookup: Callable[[str], FuncType]
) -> tuple[str, tuple[Value, ...]]:
    """The path and the values of a call; *lookup* gives the type of a path and may raise what it likes."""
    invocation = split_invocation(text)
    return invocation.path, invocation.typed(lookup(invocation.path))


def parse_value(t: ValType, text: str, column: int = 1) -> Value:
    """The value of type *t* that *text* writes; *column* is where the text starts. Raises `WaveError`."""
    text, column = _bare(text, column)
    match t:
        case Prim.BOOL:
            return _parse_bool(text, column)
        case Prim.F32 | Prim.F64:
            return _parse_float(t, text, column)
        case Prim.CHAR:
            return _parse_char(text, column)
        case Prim() if t in INTEGER_RANGES:
            return _parse_integer(t, text, column)
    raise WaveError(f"values of type {t} are not supported yet", column, _SUPPORTED)


def format_value(t: ValType, value: Value) -> str:
    """*value* of type *t* as WAVE text that `parse_value` reads back. Raises `WaveError` for another type's value."""
    try:
        value = check_value(t, value)
    except ValueError as error:
        raise WaveError(str(error), 1, _SUPPORTED) from None
    match value:
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case float():
            return _format_float(t, value)
        case str():
            return f"'{_escape(value)}'"


_SUPPORTED = "bool, s8 to s64, u8 to u64, f32, f64 or char"
_SPACE = re.compile(r"(?:[ \t\r\n]|//[^\n]*)*")
_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]*)")
_FINITE = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_UNICODE_ESCAPE = re.compile(r"\\u\{([0-9a-fA-F]+)\}")
_ESCAPES = {"\\'": "'", '\\"': '"', "\\t": "\t", "\\n": "\n", "\\r": "\r", "\\\\": "\\"}
_CLOSING = {"(": ")", "[": "]", "{": "}"}


def _count(n: int) -> str:
    return f"{n} argument{'' if n == 1 else 's'}"


def _bare(text: str, column: int) -> tuple[str, int]:
    """*text* without the space and comments around it, and the column where it then starts."""
    start = end = position = _past_space(text, 0)
    while position < len(text):
        end = _token_end(text, position)
        position = _past_space(text, end)
    return text[start:end], column + start


def _past_space(text: str, position: int) -> int:
    space = _SPACE.match(text, position)
    return space.end() if space else position


def _token_end(text: str, position: int) -> int:
    """Past the quoted text at *position*, or past the one character there."""
    quote = text[position]
    if quote not in "'\"":
        return position + 1
    end = position + 1
    while end < len(text) and text[end] != quote:
        end += 2 if text[end] == "\\" else 1
    if end >= len(text):
        raise WaveError("unfinished quotation", position + 1, f"a closing {quote}")
    return end + 1


def _separators(text: str, opening: int) -> Iterator[int]:
    """Positions of the commas between arguments, then that of the parenthesis that closes the one at *opening*."""
    expected = [")"]
    position = opening + 1
    while True:
        position = _past_space(text, position)
        if position >= len(text):
            raise WaveError("unfinished argument list", len(text) + 1, f"`{expected[-1]}`")
        char = text[position]
        if char in _CLOSING:
            expected.append(_CLOSING[char])
        elif char in ")]}":
            if char != expected.pop():
                raise WaveError(f"unexpected `{char}`", position + 1, "the bracket that was opened to be closed")
            if not expected:
                yield position
                return
        elif char == "," and len(expected) == 1:
            yield position
        position = _token_end(text, position)


def _parse_bool(text: str, column: int) -> bool:
    if text not in ("true", "false"):
        raise WaveError(f"`{text}` is not a bool", column, "true or false")
    return text == "true"


def _parse_integer(t: Prim, text: str, column: int) -> int:
    low, high = INTEGER_RANGES[t]
    if not _INTEGER.fullmatch(text):
        raise WaveError(f"`{text}` is not a {t}", column, f"a decimal integer, {low} to {high}")
    if len(text) > 20 or not low <= int(text) <= high:
        raise WaveError(f"{text} is out of range for {t}", column, f"{low} to {high}")
    return int(text)


def _parse_float(t: Prim, text: str, column: int) -> float:
    if text in ("nan", "inf", "-inf"):
        return float(text)
    if not _FINITE.fullmatch(text):
        raise WaveError(f"`{text}` is not an {t}", column, "a decimal number, nan, inf or -inf")
    value = to_f32(float(text)) if t is Prim.F32 else float(text)
    if math.isinf(value):
        raise WaveError(f"{text} is out of range for {t}", column, "a smaller number, inf or -inf")
    return value


def _parse_char(text: str, column: int) -> str:
    expected = r"one character in quotes: 'a', '\n', '\'', '\u{1f600}'"
    if len(text) < 3 or text[0] != "'" or text[-1] != "'":
        raise WaveError(f"`{text}` is not a char", column, expected)
    body = text[1:-1]
    if escape := _UNICODE_ESCAPE.fullmatch(body):
        code = int(escape[1], 16)
        if code > 0x10FFFF or 0xD800 <= code <= 0xDFFF:
            raise WaveError(f"{body} is not a Unicode scalar value", column, "0 to d7ff or e000 to 10ffff")
        return chr(code)
    if body in _ESCAPES:
        return _ESCAPES[body]
    if len(body) != 1 or body in "'\n\\" or 0xD800 <= ord(body) <= 0xDFFF:
        raise WaveError(f"`{text}` is not a char", column, expected)
    return body


def _format_float(t: ValType, value: float) -> str:
    if math.isnan(value) or math.isinf(value):
        return str(value)
    text = repr(value)
    if t is Prim.F32:
        text = next(s for s in (f"{value:.{digits}g}" for digits in range(1, 10)) if to_f32(float(s)) == value)
    mantissa, _, exponent = text.partition("e")
    return f"{mantissa}e{int(exponent)}" if exponent else mantissa


def _escape(char: str) -> str:
    for escape, plain in _ESCAPES.items():
        if plain == char and char != '"':
            return escape
    return char if char.isprintable() else f"\\u{{{ord(char):x}}}"
