"""A component: its preamble and sections. Binary.md, "Component Definitions"."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from fact.decode.aliases import alias
from fact.decode.canon import canon
from fact.decode.core_instances import core_instance
from fact.decode.core_modules import decode_core_module
from fact.decode.core_types import core_type
from fact.decode.custom import component_names, custom_section
from fact.decode.externs import export, import_
from fact.decode.instances import instance
from fact.decode.preamble import COMPONENT_PREAMBLE, expect_preamble
from fact.decode.reader import Reader
from fact.decode.scopes import Scope
from fact.decode.types import type_definition
from fact.errors import Unsupported
from fact.model.syntax import Component, CustomSection, Definition

CUSTOM = 0
GATED = {9: "component start function", 12: "value"}


def decode(binary: bytes) -> Component:
    """The syntax of the component *binary*. Validity is assumed, well-formedness is not.

    Raises `Malformed` for bytes that Binary.md gives no meaning to, and `Unsupported` for a construct that factfuzz
    knows by name and does not support; both with the offset in *binary*.
    """
    return _component(Reader(bytes(binary)), Scope())


def _component(reader: Reader, scope: Scope) -> Component:
    offset = reader.offset
    expect_preamble(reader, COMPONENT_PREAMBLE, "component")
    definitions: list[Definition] = []
    custom_sections: list[CustomSection] = []
    while reader.remaining:
        start = reader.offset
        number = reader.byte()
        if number in GATED:
            raise Unsupported(GATED[number], start)
        if number != CUSTOM and number not in _SECTIONS:
            raise reader.unknown("component section", number)
        body = reader.window(reader.u32())
        if number == CUSTOM:
            custom_sections.append(custom_section(body, start))
            continue
        what, contents = _SECTIONS[number]
        definitions += contents(body, scope)
        body.finish(f"the {what} section")
    name, names = component_names(custom_sections)
    return Component(offset, tuple(definitions), tuple(custom_sections), name, names)


def _core_module(reader: Reader, scope: Scope) -> list[Definition]:
    offset = reader.offset
    return [decode_core_module(reader.take(reader.remaining), offset)]


def _nested_component(reader: Reader, scope: Scope) -> list[Definition]:
    return [_component(reader, scope.inner(reader.offset))]


def _core_types(reader: Reader, scope: Scope) -> list[Definition]:
    return [definition for _ in range(reader.count()) for definition in core_type(reader, scope)]


def _vector(element: Callable[[Reader], Definition]) -> Callable[[Reader, Scope], Iterable[Definition]]:
    return lambda reader, scope: reader.vector(element)


def _scoped_vector(element: Callable[[Reader, Scope], Definition]) -> Callable[[Reader, Scope], Iterable[Definition]]:
    return lambda reader, scope: [element(reader, scope) for _ in range(reader.count())]


_SECTIONS: dict[int, tuple[str, Callable[[Reader, Scope], Iterable[Definition]]]] = {
    1: ("core module", _core_module),
    2: ("core instance", _vector(core_instance)),
    3: ("core type", _core_types),
    4: ("component", _nested_component),
    5: ("instance", _vector(instance)),
    6: ("alias", _scoped_vector(alias)),
    7: ("type", _scoped_vector(type_definition)),
    8: ("canonical", _vector(canon)),
    10: ("import", _vector(import_)),
    11: ("export", _vector(export)),
}
