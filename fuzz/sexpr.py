"""Just enough of the text format's s-expressions to take a script of ours apart."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

MAX_DEPTH = 300
"""Parentheses within each other, where what they hold is made into data."""

_TOKEN = re.compile(r'\$?"(?:[^"\\]|\\.)*+"|;;[^\n]*|\(;|\(@|[()]|[^ \t\r\n()";]+|[";]', re.DOTALL)
_STRUCTURE = re.compile(r'"(?:[^"\\]|\\.)*+"|;;[^\n]*|\(;|[()";]', re.DOTALL)
"""Tokens without atoms but strings: most of a script is atoms."""

_COMMENT = re.compile(r"\(;|;\)")

Node: TypeAlias = "str | list[Node]"
"""An atom (a string with its quotes), or the nodes between parentheses."""


@dataclass(frozen=True, slots=True)
class Form:
    """A top-level form of *source*, from its opening parenthesis to past its closing one."""

    source: str
    start: int
    end: int

    @property
    def text(self) -> str:
        return self.source[self.start : self.end]

    @property
    def line(self) -> int:
        return _line(self.source, self.start)

    def begins(self, word: str) -> bool:
        """Whether *word* is the first thing in it."""
        return next(tokens(self.source, self.start + 1, self.end)).group() == word

    def nodes(self) -> list[Node]:
        """Comments left out. `ValueError` names the line of a form with parentheses too deep within each other."""
        stack: list[list[Node]] = [[]]
        for match in tokens(self.source, self.start, self.end):
            match match.group():
                case "(" | "(@":
                    if len(stack) > MAX_DEPTH:
                        raise ValueError(f"line {self.line}: parentheses nested more than {MAX_DEPTH} deep")
                    stack.append([])
                case ")":
                    closed = stack.pop()
                    stack[-1].append(closed)
                case token:
                    stack[-1].append(token)
        (form,) = stack[0]
        assert isinstance(form, list)
        return form


def forms(source: str) -> Iterator[Form]:
    """The top-level forms. `ValueError` names the line where parentheses, quotes or comments do not match."""
    return _forms(source, 0, len(source))


def children(form: Form) -> Iterator[Form]:
    """The forms directly inside a form; atoms are passed over."""
    return _forms(form.source, form.start + 1, form.end - 1, atoms=True)


def _forms(source: str, begin: int, end: int, *, atoms: bool = False) -> Iterator[Form]:
    position = begin
    while (match := next(tokens(source, position, end), None)) is not None:
        if match.group() in ("(", "(@"):
            position = _past_form(source, match.start(), end)
            yield Form(source, match.start(), position)
        elif atoms:
            position = match.end()
        else:
            raise ValueError(f"line {_line(source, match.start())}: {match.group()} outside of any form")


def _past_form(source: str, start: int, end: int) -> int:
    """Past the parenthesis that closes the one at *start*."""
    depth = 0
    for match in tokens(source, start, end, _STRUCTURE):
        depth += {"(": 1, ")": -1}.get(match.group(), 0)
        if depth == 0:
            return match.end()
    raise ValueError(f"line {_line(source, start)}: the form that begins here is never closed")


def _line(source: str, position: int) -> int:
    return source.count("\n", 0, position) + 1


def tokens(source: str, start: int, end: int, kinds: re.Pattern[str] = _TOKEN) -> Iterator[re.Match[str]]:
    """Parentheses (`(@` is one), atoms and strings; nothing in a comment means anything but its end. `ValueError` names
    the line of a comment or string that has none."""
    position = start
    while position < end:
        for match in kinds.finditer(source, position, end):
            token = match.group()
            if token == "(;":
                position = _past_comment(source, match.start(), end)
                break
            if token[0] != ";" and token != '"':
                yield match
            elif len(token) == 1:
                what = "a string that never ends" if token == '"' else "a semicolon by itself"
                raise ValueError(f"line {_line(source, match.start())}: {what}")
        else:
            return


def _past_comment(source: str, start: int, end: int) -> int:
    """Past the block comment at *start*, and those within it."""
    depth = 0
    for match in _COMMENT.finditer(source, start, end):
        depth += 1 if match.group() == "(;" else -1
        if depth == 0:
            return match.end()
    raise ValueError(f"line {_line(source, start)}: a comment that never ends")
