"""A component around others, which instantiates them and gives to each what it is linked to.

Binary.md: Component Definitions, Instance Definitions, Alias Definitions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from fact.model.syntax import Sort
from fuzz.validate import COMPONENT_PREAMBLE


@dataclass(frozen=True, slots=True)
class HostItem:
    """What the host of every script exports under *name*."""

    name: str
    sort: Sort


@dataclass(frozen=True, slots=True, eq=False)
class Linked:
    """A component with what each of its imports is given: the type of one instance."""

    binary: bytes
    links: tuple[tuple[str, Given], ...] = ()


Given: TypeAlias = HostItem | Linked


def enclosing(component: Linked, host: bytes) -> bytes:
    """The binary; *host* is a component that exports what a `HostItem` names."""
    made = _Outer(host)
    made.instance(component)
    return COMPONENT_PREAMBLE + b"".join(made.sections)


_COMPONENT, _INSTANCE, _ALIAS = 4, 5, 6
_SORTS = {Sort.CORE_MODULE: b"\x00\x11", Sort.FUNC: b"\x01", Sort.TYPE: b"\x03", Sort.COMPONENT: b"\x04",
          Sort.INSTANCE: b"\x05"}


class _Outer:
    """Sections of the component around, and how many there are of each sort so far. The host is instance 0."""

    def __init__(self, host: bytes) -> None:
        self.sections: list[bytes] = []
        self._components = 0
        self._count = dict.fromkeys(_SORTS, 0)
        self._made: dict[int, int] = {}
        self._instantiate(host, ())

    def instance(self, component: Linked) -> int:
        """The index of the instance; made once, so that each has its own resource types."""
        if id(component) not in self._made:
            args = [(name, *self._item(given)) for name, given in component.links]
            self._made[id(component)] = self._instantiate(component.binary, args)
        return self._made[id(component)]

    def _item(self, given: Given) -> tuple[Sort, int]:
        if isinstance(given, Linked):
            return Sort.INSTANCE, self.instance(given)
        self.sections.append(_section(_ALIAS, b"\x01" + _SORTS[given.sort] + b"\x00" + _u32(0) + _name(given.name)))
        return given.sort, self._next(given.sort)

    def _instantiate(self, binary: bytes, args: Sequence[tuple[str, Sort, int]]) -> int:
        self.sections.append(_section(_COMPONENT, binary))
        with_ = [_name(name) + _SORTS[sort] + _u32(index) for name, sort, index in args]
        body = b"\x01\x00" + _u32(self._components) + _u32(len(with_)) + b"".join(with_)
        self.sections.append(_section(_INSTANCE, body))
        self._components += 1
        return self._next(Sort.INSTANCE)

    def _next(self, sort: Sort) -> int:
        self._count[sort] += 1
        return self._count[sort] - 1


def _section(number: int, body: bytes) -> bytes:
    return bytes([number]) + _u32(len(body)) + body


def _name(text: str) -> bytes:
    data = text.encode()
    return _u32(len(data)) + data


def _u32(value: int) -> bytes:
    encoded = bytearray()
    while value >= 0x80:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*encoded, value])
