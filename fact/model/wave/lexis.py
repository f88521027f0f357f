"""What WAVE text is made of: space, words, quotations, escapes; and the error that tells where text is none."""

from __future__ import annotations

import re
from collections.abc import Sequence

KEYWORDS = frozenset({"true", "false", "inf", "nan", "some", "none", "ok", "err"})
"""Words that a case of a variant or enum can only be called with a `%` before it."""

SPACE = re.compile(r"(?:[ \t\r\n]+|//[^\n]*)*")
WORD = re.compile(r"[^\s,:()\[\]{}'\"/]+")
INTEGER = re.compile(r"-?(?:0|[1-9][0-9]*)")
FINITE = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
ESCAPES = {"\\'": "'", '\\"': '"', "\\t": "\t", "\\n": "\n", "\\r": "\r", "\\\\": "\\"}

_ESCAPE = re.compile(r"\\(?:u\{([^}]*)\}|.?)", re.DOTALL)
_HEXADECIMAL = re.compile(r"[0-9a-fA-F]{1,6}")
_QUOTED = {quote: re.compile(rf"{quote}(?:[^\\{quote}]++|\\.)*+{quote}", re.DOTALL) for quote in "'\""}


class WaveError(ValueError):
    """Text that is not the WAVE form of what was asked for.

    *column* counts characters from 1; *expected* says what would be accepted there.
    """

    def __init__(self, message: str, column: int, expected: str) -> None:
        super().__init__(f"{message} (column {column}): expected {expected}")
        self.message = message
        self.column = column
        self.expected = expected


def past_space(text: str, position: int) -> int:
    """Past the white space and comments at *position*."""
    space = SPACE.match(text, position)
    return space.end() if space else position


def past_quotation(text: str, position: int, column: int) -> int:
    """Past the quotation that begins at *position*: 'a', "text", or three double quotes around several lines.

    *column* is that of *position*. Raises `WaveError`.
    """
    if text.startswith('"""', position):
        end = text.find('"""', position + 3)
        if end >= 0:
            return end + 3
    elif quoted := _QUOTED[text[position]].match(text, position):
        return quoted.end()
    closing = "three double quotes" if text.startswith('"""', position) else text[position]
    raise WaveError("unfinished quotation", column, f"a closing {closing}")


def unescape(body: str, column: int) -> str:
    """*body* with its escapes replaced; *column* is that of its first character. Raises `WaveError`."""
    if "\\" not in body:
        return body
    return _ESCAPE.sub(lambda escape: _unescaped(escape, column), body)


def _unescaped(escape: re.Match[str], column: int) -> str:
    written, code = escape.group(), escape.group(1)
    column += escape.start()
    if code is None:
        if written not in ESCAPES:
            raise WaveError(f"`{written}` is no escape", column, r"\t, \n, \r, \', \", \\ or \u{...}")
        return ESCAPES[written]
    scalar = int(code, 16) if _HEXADECIMAL.fullmatch(code) else -1
    if not 0 <= scalar <= 0x10FFFF or 0xD800 <= scalar <= 0xDFFF:
        raise WaveError(f"{brief(written)} is not a Unicode scalar value", column, "0 to d7ff or e000 to 10ffff")
    return chr(scalar)


def escape(text: str, quote: str) -> str:
    """*text* as it stands between two *quote* characters."""
    if text.isprintable() and "\\" not in text and quote not in text:
        return text
    return "".join(_escaped(c, quote) for c in text)


def _escaped(char: str, quote: str) -> str:
    if char in _NAMES and (char not in "'\"" or char == quote):
        return _NAMES[char]
    return char if char.isprintable() else f"\\u{{{ord(char):x}}}"


_NAMES = {plain: escape for escape, plain in ESCAPES.items()}


def brief(text: str, limit: int = 60) -> str:
    """*text* for a message: cut, if it is long."""
    return text if len(text) <= limit else f"{text[: limit - 10]}…"


def choice(labels: Sequence[str], limit: int = 8) -> str:
    """The labels in words, the first few of them if they are many."""
    if len(labels) > limit:
        return f"{', '.join(labels[:limit])} or another of {len(labels)}"
    return " or ".join(filter(None, (", ".join(labels[:-1]), labels[-1])))
