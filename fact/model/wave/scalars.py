"""Reads scalars, strings, handles, and lists of scalars in one go. Every function raises `WaveError`."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from typing import Any

from fact.model.types import INTEGER_RANGES, Borrow, Own, Prim, ValType
from fact.model.values import Handle, Value, has_surrogates, to_f32
from fact.model.wave.cursor import Cursor
from fact.model.wave.lexis import FINITE, INTEGER, WaveError, brief, unescape

_SEPARATOR = r"[ \t\r\n]*,[ \t\r\n]*"


def _whole_list(item: str) -> re.Pattern[str]:
    return re.compile(rf"\[[ \t\r\n]*({item}(?:{_SEPARATOR}{item})*+)[ \t\r\n]*,?[ \t\r\n]*\]")


_INTEGERS = _whole_list(r"-?(?:0|[1-9][0-9]{0,19}+)")
_FLOATS = _whole_list(rf"(?:{FINITE.pattern}|nan|-?inf)")
_BOOLS = _whole_list("(?:true|false)")


def read_scalar(at: Cursor, t: Prim) -> Value:
    match t:
        case Prim.BOOL:
            return read_bool(at)
        case Prim.F32 | Prim.F64:
            return read_float(at, t)
        case Prim.CHAR:
            return read_char(at)
        case Prim.STRING:
            return read_string(at)
        case _:
            return read_integer(at, t)


def read_bool(at: Cursor) -> bool:
    word = at.word()
    if word not in ("true", "false"):
        raise at.unlike(Prim.BOOL, "true or false")
    at.advance(len(word))
    return word == "true"


def read_integer(at: Cursor, t: Prim) -> int:
    low, high = INTEGER_RANGES[t]
    word = at.word()
    if not INTEGER.fullmatch(word):
        raise at.unlike(t, f"a decimal integer, {low} to {high}")
    if len(word) > 20 or not low <= int(word) <= high:
        raise at.error(f"{brief(word)} is out of range for {t}", f"{low} to {high}")
    at.advance(len(word))
    return int(word)


def read_float(at: Cursor, t: Prim) -> float:
    word = at.word()
    if word in ("nan", "inf", "-inf"):
        value = float(word)
    elif not FINITE.fullmatch(word):
        raise at.unlike(t, "a decimal number, nan, inf or -inf")
    else:
        value = to_f32(float(word)) if t is Prim.F32 else float(word)
        if math.isinf(value):
            raise at.error(f"{brief(word)} is out of range for {t}", "a smaller number, inf or -inf")
    at.advance(len(word))
    return value


def read_char(at: Cursor) -> str:
    expected = r"one character in quotes: 'a', '\n', '\'', '\u{1f600}'"
    if at.next != "'":
        raise at.unlike(Prim.CHAR, expected)
    token = at.token()
    char = unescape(token[1:-1], at.column + 1)
    if len(char) != 1 or token[1:-1] == "\n" or has_surrogates(char):
        raise at.unlike(Prim.CHAR, expected)
    at.advance(len(token))
    return char


def read_string(at: Cursor) -> str:
    if at.next != '"':
        raise at.unlike(Prim.STRING, r'''text in double quotes: "abc", "\n", "\"", "\u{1f600}"''')
    token = at.token()
    if token.startswith('"""'):
        text = read_lines(at, token)
    elif "\n" in token:
        raise WaveError("a line break in a string", at.column + token.index("\n"),
                        r"\n, or three double quotes around several lines")
    else:
        text = unescape(token[1:-1], at.column + 1)
    if has_surrogates(text):
        raise at.error("a surrogate in a string", "Unicode scalar values")
    at.advance(len(token))
    return text


def read_lines(at: Cursor, token: str) -> str:
    """A string of several lines: what stands before the closing quotes is taken off every line."""
    first, *lines = token[3:-3].split("\n")
    indent = lines.pop() if lines else ""
    if first.strip("\r") or not token[3:-3].strip(" ") or indent.strip(" "):
        raise at.error("three double quotes on a line with text",
                         "text on lines of its own, between the quotes that open and those that close")
    column = at.column + 3 + len(first) + 1
    plain = []
    for line in lines:
        if not line.startswith(indent):
            raise WaveError("a line of a string that begins further left than the closing quotes", column,
                            f"{len(indent)} spaces")
        plain.append(unescape(line[len(indent) :].removesuffix("\r"), column + len(indent)))
        column += len(line) + 1
    return "\n".join(plain)


def read_handle(at: Cursor, t: Own | Borrow) -> Handle:
    expected = f"# and a number, as in #1: 0 to {INTEGER_RANGES[Prim.U32][1]}"
    word = at.word()
    if not word.startswith("#") or not INTEGER.fullmatch(word[1:]):
        raise at.unlike(t, expected)
    if len(word) > 11 or not 0 <= int(word[1:]) <= INTEGER_RANGES[Prim.U32][1]:
        raise at.error(f"{brief(word)} is out of range for a handle", expected)
    at.advance(len(word))
    return Handle(int(word[1:]))


def read_whole_list(at: Cursor, element: ValType) -> tuple[Value, ...] | None:
    """A list of bools or numbers in one go, because it may be long; None, and no step forward, if in doubt."""
    if not isinstance(element, Prim):
        return None
    form = _BOOLS if element is Prim.BOOL else _INTEGERS if element in INTEGER_RANGES else _FLOATS
    found = form.match(at.text, at.position) if element not in (Prim.CHAR, Prim.STRING) else None
    if found is None:
        return None
    values = tuple(_items(element, found[1].split(",")))
    if element in INTEGER_RANGES:
        low, high = INTEGER_RANGES[element]
        if min(values) < low or max(values) > high:
            return None
    elif element is not Prim.BOOL and any(map(math.isinf, values)):
        return None
    at.advance(found.end() - at.position)
    return values


def _items(t: Prim, words: Sequence[str]) -> Iterator[Any]:
    match t:
        case Prim.BOOL:
            return (word.strip() == "true" for word in words)
        case Prim.F64:
            return map(float, words)
        case Prim.F32:
            return map(to_f32, map(float, words))
        case _:
            return map(int, words)
