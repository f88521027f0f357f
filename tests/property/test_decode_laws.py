"""Laws of the decoder on valid components, of every family: the same definitions, written in another way, are the same
component; and each definition is where it says that it is.

Binary.md, "Component Definitions": sections may come in any number; "Values" of the core specification: integers may be
longer than they need be.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import fields, is_dataclass
from random import Random

import pytest
from failing_cases import about
from hypothesis import given
from hypothesis import strategies as st
from hypothesis_profiles import times
from wasmtime import wat2wasm

from fact.decode import decode
from fact.link import link, partition
from fact.model.syntax import Component
from generators import cases, render
from generators.strategies import FAMILIES

of_each_family = pytest.mark.parametrize("family", FAMILIES)

CUSTOM, COMPONENT = 0, 4
VECTORS = (2, 5, 6, 7, 8, 10, 11)
"""Sections that hold one definition after another. Not core types: one entry may define several."""
NOT_MEANT = ("offset", "custom_sections")


def meaning(part: object) -> object:
    """*part* without where it is, and without custom sections."""
    if is_dataclass(part):
        return type(part), *(meaning(getattr(part, f.name)) for f in fields(part) if f.name not in NOT_MEANT)
    if isinstance(part, tuple | list):
        return tuple(map(meaning, part))
    return part


def leb128(value: int, size: int) -> bytes:
    """Unsigned, in *size* bytes."""
    return bytes(value >> 7 * i & 0x7F | (0x80 if i < size - 1 else 0) for i in range(size))


def read_leb128(data: bytes, at: int) -> tuple[int, int]:
    """The integer, and where it ends."""
    value = shift = 0
    while data[at] & 0x80:
        value |= (data[at] & 0x7F) << shift
        at, shift = at + 1, shift + 7
    return value | data[at] << shift, at + 1


def sections(data: bytes, at: int, end: int) -> Iterator[tuple[int, int, int]]:
    """The number of each section, and where its contents begin and end."""
    at += 8
    while at < end:
        number = data[at]
        size, begin = read_leb128(data, at + 1)
        yield number, begin, begin + size
        at = begin + size


class Rewriter:
    """Writes a component anew: integers as long as they may be, vectors cut into several sections, custom sections in
    between; *chance* decides."""

    def __init__(self, binary: bytes, chance: Random) -> None:
        self.binary, self.chance = binary, chance

    def integer(self, value: int) -> bytes:
        least = max(1, -(-value.bit_length() // 7))
        return leb128(value, self.chance.choice((least, 5)))

    def section(self, number: int, contents: bytes) -> bytes:
        return bytes([number]) + self.integer(len(contents)) + contents

    def noise(self) -> bytes:
        if self.chance.random() < 0.7:
            return b""
        return self.section(CUSTOM, b"\x05noise" + self.chance.randbytes(self.chance.randrange(4)))

    def component(self, component: Component, end: int) -> bytes:
        starts = {d.offset: d for d in component.definitions}
        written = [self.binary[component.offset : component.offset + 8]]
        for number, begin, until in sections(self.binary, component.offset, end):
            written.append(self.noise())
            if number == COMPONENT:
                inner = starts[begin]
                assert isinstance(inner, Component)
                written.append(self.section(number, self.component(inner, until)))
            elif number in VECTORS:
                written += self.vector(number, [at for at in starts if begin <= at < until], until)
            else:
                written.append(self.section(number, self.binary[begin:until]))
        return b"".join([*written, self.noise()])

    def vector(self, number: int, starts: Sequence[int], until: int) -> Iterator[bytes]:
        """The definitions that begin at *starts*, a few a section."""
        entries = [self.binary[a:b] for a, b in zip(starts, (*starts[1:], until), strict=True)]
        while entries:
            count = self.chance.randint(1, len(entries))
            yield self.section(number, self.integer(count) + b"".join(entries[:count])) + self.noise()
            del entries[:count]


@of_each_family
@times(0.12)
@given(st.data(), st.randoms(use_true_random=False))
def test_a_component_written_in_another_way_is_the_same(family: str, data: st.DataObject, chance: Random) -> None:
    with about(blueprint := data.draw(cases(families=[family]))):
        binary = bytes(wat2wasm(render(blueprint).text))
        component = decode(binary)
        other = Rewriter(binary, chance).component(component, len(binary))
        again = decode(other)
        assert meaning(again) == meaning(component)
        assert meaning(partition(link(again))) == meaning(partition(link(component)))


@of_each_family
@times(0.3)
@given(st.data())
def test_a_component_that_ends_early_is_malformed_or_whole_there(family: str, data: st.DataObject) -> None:
    """At the end of a section there is another component, with the definitions up to there."""
    with about(blueprint := data.draw(cases(families=[family]))):
        binary = bytes(wat2wasm(render(blueprint).text))
        whole = decode(binary)
        ends = [until for _, _, until in sections(binary, 0, len(binary))]
        end = data.draw(st.sampled_from(ends))
        part = decode(binary[:end])
        assert part.definitions == whole.definitions[: len(part.definitions)]
        assert all(d.offset < end for d in part.definitions)
        assert all(d.offset >= end for d in whole.definitions[len(part.definitions) :])
