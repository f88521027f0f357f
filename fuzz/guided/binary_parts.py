"""A component binary as nested sections that can be edited, and back to bytes with every length right again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from fact.decode import decode
from fact.errors import FactError
from fact.model.syntax import Component

COMPONENT_PREAMBLE = b"\0asm\x0d\x00\x01\x00"
MODULE_PREAMBLE = b"\0asm\x01\x00\x00\x00"
CORE_MODULE, COMPONENT = 1, 4
VECTORS = (2, 3, 5, 6, 7, 8, 10, 11)
"""The sections of a component that hold a vector of definitions."""


@dataclass(slots=True)
class Section:
    """*body* is what its length counts; of a core module or component that is read as such, *inside* is instead."""

    number: int
    body: bytes
    inside: Layer | None = None


@dataclass(slots=True)
class Layer:
    """A component or core module: *rest* is what follows its last section whose length fits."""

    preamble: bytes
    sections: list[Section] = field(default_factory=list)
    rest: bytes = b""

    def layers(self) -> Iterator[Layer]:
        """This one and every one inside it."""
        yield self
        for section in self.sections:
            if section.inside is not None:
                yield from section.inside.layers()

    @property
    def is_component(self) -> bool:
        return self.preamble == COMPONENT_PREAMBLE


MAX_NESTING = 150


def parse(data: bytes, nesting: int = 0) -> Layer:
    """Any bytes: what is not in sections is in `rest`."""
    layer = Layer(data[:8])
    position = 8
    while position < len(data):
        found = read_leb(data, position + 1)
        if found is None or found[1] + found[0] > len(data):
            break
        size, start = found
        layer.sections.append(_section(layer, data[position], data[start : start + size], nesting))
        position = start + size
    layer.rest = data[position:]
    return layer


def _section(layer: Layer, number: int, body: bytes, nesting: int) -> Section:
    wanted = {CORE_MODULE: MODULE_PREAMBLE, COMPONENT: COMPONENT_PREAMBLE}.get(number)
    if layer.is_component and body[:8] == wanted and nesting < MAX_NESTING:
        return Section(number, b"", parse(body, nesting + 1))
    return Section(number, body)


def render(layer: Layer) -> bytes:
    return b"".join([layer.preamble, *map(_rendered, layer.sections), layer.rest])


def _rendered(section: Section) -> bytes:
    body = section.body if section.inside is None else render(section.inside)
    return bytes([section.number]) + leb(len(body)) + body


def definitions(section: Section) -> list[bytes] | None:
    """The definitions in a section of a component that holds a vector of them; None if it cannot be told."""
    if section.number not in VECTORS or (found := read_leb(section.body, 0)) is None:
        return None
    count, first = found
    alone = COMPONENT_PREAMBLE + bytes([section.number]) + leb(len(section.body)) + section.body
    try:
        component: Component = decode(alone)
    except FactError:
        return None
    base = len(alone) - len(section.body)
    starts = sorted({definition.offset - base for definition in component.definitions})
    if len(starts) != count or (starts or [first])[0] != first:
        return None
    if not starts:
        return []
    return [section.body[a:b] for a, b in zip(starts, [*starts[1:], len(section.body)], strict=True)]


def vector(items: list[bytes]) -> bytes:
    return leb(len(items)) + b"".join(items)


def leb(value: int, width: int = 1) -> bytes:
    """Unsigned LEB128 of at least *width* bytes."""
    out = bytearray()
    while value > 0x7F or len(out) + 1 < width:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def read_leb(data: bytes, position: int) -> tuple[int, int] | None:
    """An unsigned LEB128 of at most five bytes, and where it ends."""
    value = 0
    for i, byte in enumerate(data[position : position + 5]):
        value |= (byte & 0x7F) << 7 * i
        if byte < 0x80:
            return value, position + i + 1
    return None
