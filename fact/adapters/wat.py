"""The text that adapter modules are written in: lines, nested blocks, comments, names and constants.

Text is data until `render`: a statement is a string on one line, a `Note` is a comment on a line of its own, a
`Block` is an opening such as `(func $f` with statements inside it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from fact.model.types import CoreFuncType


@dataclass(frozen=True, slots=True)
class Note:
    text: str


@dataclass(frozen=True, slots=True)
class Block:
    """*head* opens a parenthesis that `render` closes after *body*."""

    head: str
    body: tuple[Line, ...]


Line: TypeAlias = str | Note | Block

WIDTH = 130
"""Columns that a statement may take before its operands go on lines of their own."""


def render(lines: Iterable[Line], depth: int = 0) -> list[str]:
    """The lines of text, indented by two spaces a level; an empty statement is an empty line."""
    indent = "  " * depth
    out: list[str] = []
    for line in lines:
        match line:
            case Note(text):
                out.append(f"{indent};; {commented(text)}")
            case Block(head, body):
                out.append(indent + head)
                out += render(body, depth + 1)
                if not body or isinstance(body[-1], Note):
                    out.append(indent + ")")
                else:
                    out[-1] += ")"
            case _ if depth > 1 and len(line) + len(indent) > WIDTH and (spread := _spread(line)) is not None:
                out += render((spread,), depth)
            case _:
                out.append(indent + line if line else "")
    return out


_PIECE = re.compile(r"\(;.*?;\)|[()]|[^()]+")


def _spread(expression: str) -> Block | None:
    """A folded expression with each operand on a line of its own, if it has operands."""
    starts: list[int] = []
    depth, end = 0, len(expression)
    for piece in _PIECE.finditer(expression):
        if piece[0] == "(":
            depth += 1
            if depth == 2:
                starts.append(piece.start())
        elif piece[0] == ")":
            depth -= 1
            end = piece.start()
    if not starts:
        return None
    cuts = zip(starts, [*starts[1:], end], strict=True)
    return Block(expression[:starts[0]].rstrip(), tuple(expression[i:j].rstrip() for i, j in cuts))


# -- names and strings

_NOT_PLAIN = re.compile(r"[^ -~]")
_NOT_IN_STRINGS = re.compile(r'[^ -~]|["\\]')
_NOT_IN_IDENTIFIERS = re.compile(r"[^0-9A-Za-z!#$%&'*+\-./:<=>?@\\^_`|~]")


class Names:
    """Identifiers of one name space, `$` included: readable, legal and all different."""

    def __init__(self, reserved: Iterable[str] = ()) -> None:
        self._taken = set(reserved)
        self._numbers: dict[str, int] = {}

    def unique(self, text: str) -> str:
        """An identifier that reads like *text*; a character that identifiers may not hold becomes `_`."""
        name = wanted = "$" + (_NOT_IN_IDENTIFIERS.sub("_", text) or "_")
        while name in self._taken:
            number = self._numbers[wanted] = self._numbers.get(wanted, 1) + 1
            name = f"{wanted}.{number}"
        self._taken.add(name)
        return name


def quoted(text: str) -> str:
    """A string literal; what is not printable ASCII is written as the bytes of its UTF-8."""
    return f'"{_NOT_IN_STRINGS.sub(_as_bytes, text)}"'


def _as_bytes(found: re.Match[str]) -> str:
    return "".join(f"\\{byte:02x}" for byte in found[0].encode("utf8"))


def commented(text: str) -> str:
    """*text* fit for a line comment and a block comment alike."""
    plain = _NOT_PLAIN.sub(lambda found: f"\\u{{{ord(found[0]):x}}}", text)
    return plain.replace("(;", "( ;").replace(";)", "; )")


# -- expressions


def get(local: str) -> str:
    return f"(local.get {local})"


def i32(value: int, meaning: str = "") -> str:
    """A decimal constant, with what it stands for."""
    return f"(i32.const {value} (; {commented(meaning)} ;))" if meaning else f"(i32.const {value})"


def i32_hex(value: int) -> str:
    """A constant whose bits matter: a mask, a code point."""
    return f"(i32.const {value:#x})"


def i64(value: int) -> str:
    return f"(i64.const {value})"


def call(function: str, arguments: Sequence[str]) -> str:
    return f"(call {' '.join((function, *arguments))})"


def type_use(t: CoreFuncType) -> str:
    """Anonymous parameters and results: ` (param i32 i64) (result i32)`, with the space in front."""
    params = f" (param {' '.join(t.params)})" if t.params else ""
    results = f" (result {' '.join(t.results)})" if t.results else ""
    return params + results
