"""Whether what a script has to offer fits the imports of a component.

Both are put into one component around them, which gives the one to the other, and wasm-tools validates that: so what is
checked is the specification's subtyping, by neither of the engines under test. Nothing of it is run.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import TypeAlias

import wasmtime

from fact.decode import decode
from fact.decode.externs import import_
from fact.decode.reader import Reader
from fact.errors import Malformed, Unsupported
from fact.model.syntax import ExportDecl, Import, InstanceType, Sort, TypeDef
from fuzz.engines.base import Refusal
from fuzz.validate import COMPONENT_PREAMBLE, validate_with
from fuzz.wast.spectest import HOST_TYPES


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


def imports_of(binary: bytes) -> tuple[Import, ...]:
    """The imports of a valid component; raises `Unsupported` for one of a gated feature."""
    reader = Reader(binary)
    reader.skip(len(COMPONENT_PREAMBLE))
    found: list[Import] = []
    while reader.remaining:
        section, size = reader.byte(), reader.u32()
        body = reader.window(size)
        if section == _IMPORTS:
            found.extend(body.vector(import_))
    return tuple(found)


def misfit(component: Linked) -> str:
    """What of *component* does not fit, in the words of wasm-tools; empty when everything does."""
    try:
        validate_with(_around(component), "all")
    except Refusal as refusal:
        return "" if _says_what_it_is(component, refusal.message) else refusal.message
    return ""


def _says_what_it_is(component: Linked, message: str) -> bool:
    """A type that is imported from the host with a bound `eq` leaves nothing to provide; validation asks for it."""
    missing = re.search(r"import `(.*)`\s+missing expected export `(.*)`", message)
    if missing is None or not isinstance(dict(component.links)[missing[1]], HostItem):
        return False
    try:
        definitions = decode(component.binary).definitions
    except (Unsupported, Malformed):
        return False
    instances = (d.type for d in definitions if isinstance(d, TypeDef) and isinstance(d.type, InstanceType))
    declared = (d for type in instances for d in type.declarations if isinstance(d, ExportDecl))
    return any(d.name == missing[2] and d.type.bound is not None and d.type.bound.eq is not None for d in declared)


# -- the component around them. Binary.md, "Component Definitions", "Instance Definitions", "Alias Definitions".

_COMPONENT, _INSTANCE, _ALIAS, _IMPORTS = 4, 5, 6, 10
_SORTS = {Sort.CORE_MODULE: b"\x00\x11", Sort.FUNC: b"\x01", Sort.TYPE: b"\x03", Sort.COMPONENT: b"\x04",
          Sort.INSTANCE: b"\x05"}


def _around(component: Linked) -> bytes:
    made = _Outer()
    made.instance(component)
    return COMPONENT_PREAMBLE + b"".join(made.sections)


class _Outer:
    """Sections of the component around, and how many there are of each sort so far. The host is instance 0."""

    def __init__(self) -> None:
        self.sections: list[bytes] = []
        self._components = 0
        self._count = dict.fromkeys(_SORTS, 0)
        self._made: dict[int, int] = {}
        self._instantiate(_host(), ())

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


@cache
def _host() -> bytes:
    return bytes(wasmtime.wat2wasm(HOST_TYPES))


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
