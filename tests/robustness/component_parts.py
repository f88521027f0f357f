"""A component binary as parts that can be edited, and back to bytes with every count and length right again.

Sections, nested components and the boundaries of definitions are found by their lengths and by the offsets that the
decoder gives; the fields within a definition (indices, counts, names, opcodes) by watching the decoder read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from fact.decode import decode
from fact.decode.reader import Reader
from fact.errors import FactError
from fact.model.syntax import Component

PREAMBLE = b"\0asm\x0d\x00\x01\x00"
CORE_PREAMBLE = b"\0asm\x01\x00\x00\x00"
CORE_MODULE, COMPONENT = 1, 4
VECTORS = (2, 3, 5, 6, 7, 8, 10, 11)
"""The sections that hold a vector of definitions."""


@dataclass(frozen=True, slots=True)
class Field:
    """Bytes *start* to *end* of a definition. *kind*: the `Reader` method that read them."""

    kind: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Item:
    """One definition."""

    data: bytes
    fields: tuple[Field, ...] = ()


@dataclass(slots=True)
class Vector:
    """A section of definitions."""

    number: int
    items: list[Item]


@dataclass(slots=True)
class Raw:
    """Any other section, or one whose definitions could not be told apart; also a section of a core module."""

    number: int
    data: bytes


@dataclass(slots=True)
class Module:
    """A core module section."""

    sections: list[Raw]


@dataclass(slots=True)
class Tree:
    """A component: the root, or a nested one with the section around it."""

    parts: list[Part] = field(default_factory=list)

    def copy(self) -> Tree:
        return Tree([_copy(part) for part in self.parts])

    def components(self) -> Iterator[Tree]:
        """This component and every one inside it."""
        pending = [self]
        while pending:
            tree = pending.pop()
            yield tree
            pending += [part for part in tree.parts if isinstance(part, Tree)]

    def vectors(self) -> list[Vector]:
        return [part for tree in self.components() for part in tree.parts if isinstance(part, Vector)]

    def modules(self) -> list[Module]:
        return [part for tree in self.components() for part in tree.parts if isinstance(part, Module)]


Part: TypeAlias = Vector | Raw | Module | Tree


def _copy(part: Part) -> Part:
    match part:
        case Vector(number, items):
            return Vector(number, list(items))
        case Raw(number, data):
            return Raw(number, data)
        case Module(sections):
            return Module([Raw(section.number, section.data) for section in sections])
        case Tree():
            return part.copy()


# -- to bytes


def leb(value: int, width: int = 1) -> bytes:
    """Unsigned LEB128 of at least *width* bytes."""
    out = bytearray()
    while value > 0x7F or len(out) + 1 < width:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def section(number: int, body: bytes) -> bytes:
    return bytes([number]) + leb(len(body)) + body


def render(tree: Tree) -> bytes:
    return PREAMBLE + b"".join(_rendered(part) for part in tree.parts)


def _rendered(part: Part) -> bytes:
    match part:
        case Vector(number, items):
            return section(number, leb(len(items)) + b"".join(item.data for item in items))
        case Raw(number, data):
            return section(number, data)
        case Module(sections):
            return section(CORE_MODULE, CORE_PREAMBLE + b"".join(section(s.number, s.data) for s in sections))
        case Tree():
            return section(COMPONENT, render(part))


# -- from bytes


def parse(binary: bytes) -> Tree:
    """The parts of *binary*, which begins as a component and whose section lengths are right.

    What the decoder refuses is kept as it is, a section at a time. Raises `ValueError`.
    """
    fields: list[Field] = []
    starts: list[int] = []
    with _watched(fields):
        try:
            component: Component | None = decode(binary)
        except (FactError, RecursionError):
            component = None
    if component is not None:
        _definition_starts(component, starts)
    return _component(binary, 0, len(binary), sorted(set(starts)), fields)


def _definition_starts(component: Component, starts: list[int]) -> None:
    for definition in component.definitions:
        if isinstance(definition, Component):
            _definition_starts(definition, starts)
        else:
            starts.append(definition.offset)


def _component(binary: bytes, start: int, end: int, starts: Sequence[int], fields: Sequence[Field]) -> Tree:
    if binary[start : start + 8] != PREAMBLE:
        raise ValueError("not a component")
    return Tree([
        _part(binary, number, body, stop, starts, fields) for number, body, stop in _sections(binary, start + 8, end)
    ])


def _part(
    binary: bytes, number: int, start: int, end: int, starts: Sequence[int], fields: Sequence[Field]
) -> Part:
    if number == COMPONENT:
        return _component(binary, start, end, starts, fields)
    if number == CORE_MODULE and binary[start : start + 8] == CORE_PREAMBLE:
        return Module([Raw(inner, binary[a:b]) for inner, a, b in _sections(binary, start + 8, end)])
    if number in VECTORS:
        count, first = _u32(binary, start)
        within = [offset for offset in starts if first <= offset < end]
        if len(within) == count:
            return Vector(number, [
                _item(binary, a, b, fields) for a, b in zip(within, [*within[1:], end], strict=True)
            ])
    return Raw(number, binary[start:end])


def _item(binary: bytes, start: int, end: int, fields: Sequence[Field]) -> Item:
    inside = tuple(
        Field(f.kind, f.start - start, f.end - start) for f in fields if start <= f.start and f.end <= end
    )
    return Item(binary[start:end], inside)


def _sections(binary: bytes, position: int, end: int) -> Iterator[tuple[int, int, int]]:
    """Number, start and end of each section."""
    while position < end:
        size, start = _u32(binary, position + 1)
        if start + size > end:
            raise ValueError("a section longer than what holds it")
        yield binary[position], start, start + size
        position = start + size


def _u32(binary: bytes, position: int) -> tuple[int, int]:
    """An unsigned LEB128, and where it ends."""
    value = shift = 0
    while position < len(binary):
        byte = binary[position]
        position += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value, position
    raise ValueError("cut short")


WATCHED = ("u32", "signed", "name", "count", "byte")


@contextmanager
def _watched(fields: list[Field]) -> Iterator[None]:
    """While this lasts, *fields* gets what every `Reader` reads: of reads within reads the outermost."""
    originals: dict[str, Callable[..., Any]] = {name: getattr(Reader, name) for name in WATCHED}
    depth = 0

    def watching(name: str) -> Callable[..., Any]:
        def read(reader: Reader, *args: Any) -> Any:
            nonlocal depth
            start = reader.offset
            depth += 1
            try:
                found = originals[name](reader, *args)
            finally:
                depth -= 1
            if depth == 0:
                fields.append(Field(name, start, reader.offset))
            return found

        return read

    for name in WATCHED:
        setattr(Reader, name, watching(name))
    try:
        yield
    finally:
        for name, original in originals.items():
            setattr(Reader, name, original)
