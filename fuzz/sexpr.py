"""Just enough of the text format's s-expressions to take a script of ours apart."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|;;[^\n]*|\(;|;\)|[()]|[^\s()";]+|;')

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

    def nodes(self) -> list[Node]:
        """Comments left out."""
        stack: list[list[Node]] = [[]]
        for match in _tokens(self.source, self.start, self.end):
            match match.group():
                case "(":
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
    """The top-level forms. `ValueError` names the line where parentheses or comments do not match."""
    return _forms(source, 0, len(source))


def children(form: Form) -> Iterator[Form]:
    """The forms directly inside a form; atoms are passed over."""
    opening = next(m for m in _tokens(form.source, form.start + 1, form.end) if m.group() == "(")
    return _forms(form.source, opening.start(), form.end - 1, atoms=True)


def _forms(source: str, begin: int, end: int, *, atoms: bool = False) -> Iterator[Form]:
    depth = start = 0
    for match in _tokens(source, begin, end):
        token = match.group()
        if token == "(":
            if depth == 0:
                start = match.start()
            depth += 1
        elif depth == 0 and not atoms:
            raise ValueError(f"line {_line(source, match.start())}: {token} outside of any form")
        elif depth and token == ")":
            depth -= 1
            if depth == 0:
                yield Form(source, start, match.end())
    if depth:
        raise ValueError(f"line {_line(source, start)}: the form that begins here is never closed")


def _line(source: str, position: int) -> int:
    return source.count("\n", 0, position) + 1


def _tokens(source: str, start: int, end: int) -> Iterator[re.Match[str]]:
    comments = 0
    for match in _TOKEN.finditer(source, start, end):
        token = match.group()
        if token == "(;":
            comments += 1
        elif token == ";)" and comments:
            comments -= 1
        elif not comments and not token.startswith(";;"):
            yield match
