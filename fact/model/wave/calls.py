"""Invocations: the name of a function and its arguments in WAVE."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from fact.model.types import FuncType, Option
from fact.model.values import Case, Value
from fact.model.wave.lexis import WaveError, past_quotation, past_space
from fact.model.wave.reader import parse_value


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
        """The arguments as values for a function of *type*; `WaveError` on a wrong number or a wrong value.

        Options at the end may be left out: they are `none`.
        """
        given, wanted = len(self.arguments), len(type.params)
        if given > wanted or not all(isinstance(t, Option) for t in type.param_types[given:]):
            surplus = self.arguments[wanted:]
            column = surplus[0].column if surplus else len(self.path) + 1
            raise WaveError(f"{self.path} was given {_count(given)}", column, f"{wanted}: {self.path}: {type}")
        values = [parse_value(t, a.text, a.column)
                  for t, a in zip(type.param_types, self.arguments, strict=False)]
        return (*values, *[Case("none")] * (wanted - given))


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


_CLOSING = {"(": ")", "[": "]", "{": "}"}
_PLAIN = re.compile(r"""[^()\[\]{}'"/ \t\r\n,]+""")
_PLAIN_INSIDE = re.compile(r"""[^()\[\]{}'"/]+""")
"""What tells nothing about where an argument ends; inside of brackets a comma does not either."""
_UNQUOTED = re.compile(r"""[^'"/ \t\r\n]+(?:[ \t\r\n]+[^'"/ \t\r\n]+)*""")


def _count(n: int) -> str:
    return f"{n} argument{'' if n == 1 else 's'}"


def _bare(text: str, column: int) -> tuple[str, int]:
    """*text* without the space and comments around it, and the column where it then starts."""
    start = end = position = past_space(text, 0)
    while position < len(text):
        end = _token_end(text, position, _UNQUOTED)
        position = past_space(text, end)
    return text[start:end], column + start


def _token_end(text: str, position: int, plain: re.Pattern[str]) -> int:
    """Past the quoted or plain text at *position*, or past the one character there."""
    if text[position] in "'\"":
        return past_quotation(text, position, position + 1)
    found = plain.match(text, position)
    return found.end() if found else position + 1


def _separators(text: str, opening: int) -> Iterator[int]:
    """Positions of the commas between arguments, then that of the parenthesis that closes the one at *opening*."""
    expected = [")"]
    position = opening + 1
    while True:
        position = past_space(text, position)
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
        position = _token_end(text, position, _PLAIN if len(expected) == 1 else _PLAIN_INSIDE)
