"""Types in words, read back: what `str` of a type in `fact.model.types` writes."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeVar

from fact.model.types import (
    Borrow,
    EnumType,
    Flags,
    FuncType,
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

T = TypeVar("T")

MAX_DEPTH = 150
"""Types within types: more than validators let pass."""
MAX_FLAGS = 32
MAX_LENGTH = (1 << 32) - 1
"""Of a list of fixed length; and the greatest number of a resource."""

_TOKEN = re.compile(r"\s*(->|[A-Za-z0-9_-]+|[<>{}():,])")
_PRIMS = {t.value: t for t in Prim}


class TypeTextError(ValueError):
    """Text that is no type; the message says at which character, counted from 1, and what would be accepted."""


def parse_type(text: str) -> ValType:
    """The value type that *text* writes: `record { a: u8, b: list<string> }`. Raises `TypeTextError`."""
    reader = _Reader(text)
    t = reader.value_type()
    reader.end()
    return t


def parse_func_type(text: str) -> FuncType:
    """The function type that *text* writes: `func(a: u8) -> option<string>`. Raises `TypeTextError`."""
    reader = _Reader(text)
    reader.expect("func")
    reader.expect("(")
    params = reader.sequence(")", reader.labelled)
    result = reader.value_type() if reader.take("->") else None
    reader.end()
    return FuncType(params, result)


class _Reader:
    """A position in *text*; every method raises `TypeTextError`."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.position = 0
        self.depth = 0

    def peek(self) -> str:
        token = _TOKEN.match(self.text, self.position)
        return token.group(1) if token else ""

    def take(self, token: str) -> bool:
        found = _TOKEN.match(self.text, self.position)
        if found is None or found.group(1) != token:
            return False
        self.position = found.end()
        return True

    def word(self) -> str:
        found = _TOKEN.match(self.text, self.position)
        if found is None or not (found.group(1)[0].isalnum() or found.group(1) == "_"):
            raise self.error("a word")
        self.position = found.end()
        return found.group(1)

    def expect(self, token: str) -> None:
        if not self.take(token):
            raise self.error(f"`{token}`")

    def end(self) -> None:
        if self.text[self.position :].strip():
            raise self.error("the end of the type")

    def error(self, expected: str) -> TypeTextError:
        return TypeTextError(f"{self.text[:200]!r} is no type: expected {expected} at character {self.position + 1}")

    def sequence(self, closing: str, item: Callable[[], T]) -> tuple[T, ...]:
        """Items with commas between them, past *closing*."""
        items: list[T] = []
        while not self.take(closing):
            items.append(item())
            if not self.take(","):
                self.expect(closing)
                break
        return tuple(items)

    def members(self, opening: str, closing: str, item: Callable[[], T]) -> tuple[T, ...]:
        """As `sequence`, from *opening* on, and at least one."""
        self.expect(opening)
        if self.peek() == closing:
            raise self.error("a member: there is no such type without any")
        return self.sequence(closing, item)

    def named(self, item: Callable[[], T], name: Callable[[T], str]) -> tuple[T, ...]:
        """The members between braces, of which no two have the same *name*."""
        seen: set[str] = set()

        def distinct() -> T:
            start = self.position
            member = item()
            if (label := name(member)) in seen:
                self.position = start
                raise self.error(f"another label than `{label[:60]}`, which is there already,")
            seen.add(label)
            return member

        return self.members("{", "}", distinct)

    def labelled(self) -> tuple[str, ValType]:
        label = self.word()
        self.expect(":")
        return label, self.value_type()

    def case(self) -> tuple[str, ValType | None]:
        label = self.word()
        if not self.take("("):
            return label, None
        payload = self.value_type()
        self.expect(")")
        return label, payload

    def inside(self, item: Callable[[], T]) -> T:
        """What stands between angle brackets."""
        self.expect("<")
        found = item()
        self.expect(">")
        return found

    def value_type(self) -> ValType:
        if self.depth == MAX_DEPTH:
            raise self.error(f"no more than {MAX_DEPTH} types within each other")
        self.depth += 1
        found = self.any_type()
        self.depth -= 1
        return found

    def any_type(self) -> ValType:
        start = self.position
        match self.word():
            case word if word in _PRIMS:
                return _PRIMS[word]
            case "list":
                return self.inside(self.elements)
            case "map":
                return self.inside(self.entries)
            case "tuple":
                return Tuple(self.members("<", ">", self.value_type))
            case "option":
                return Option(self.inside(self.value_type))
            case "result":
                return self.inside(self.outcomes) if self.peek() == "<" else Result(None, None)
            case "record":
                return Record(self.named(self.labelled, lambda field: field[0]))
            case "variant":
                return Variant(self.named(self.case, lambda case: case[0]))
            case "enum":
                return EnumType(self.named(self.word, str))
            case "flags":
                return self.flags()
            case "own":
                return Own(self.inside(self.number))
            case "borrow":
                return Borrow(self.inside(self.number))
        self.position = start
        raise self.error(f"a type: {', '.join(_PRIMS)}, list<...>, record {{ ... }}, ...")

    def flags(self) -> Flags:
        labels = self.named(self.word, str)
        if len(labels) > MAX_FLAGS:
            raise self.error(f"at most {MAX_FLAGS} flags before this")
        return Flags(labels)

    def elements(self) -> List:
        element = self.value_type()
        if not self.take(","):
            return List(element)
        length = self.number()
        if length == 0:
            raise self.error("a length of at least 1 before this")
        return List(element, length)

    def number(self) -> int:
        word = self.word()
        if not word.isdecimal() or len(word) > 10 or int(word) > MAX_LENGTH:
            raise self.error(f"a number of at most {MAX_LENGTH} before this")
        return int(word)

    def entries(self) -> Map:
        key = self.value_type()
        self.expect(",")
        return Map(key, self.value_type())

    def outcomes(self) -> Result:
        ok = None if self.take("_") else self.value_type()
        return Result(ok, self.value_type() if self.take(",") else None)
