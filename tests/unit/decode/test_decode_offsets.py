"""Every definition says where it is in the outermost binary."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from decode_samples import EVERYTHING, PREAMBLE, assemble, component, section

from fact.decode import decode
from fact.model.syntax import (
    AliasCoreExport,
    AliasExport,
    AliasOuter,
    CanonLift,
    CanonLower,
    CanonResource,
    Component,
    ComponentType,
    CoreInlineExports,
    CoreInstantiate,
    CoreModule,
    CoreModuleType,
    CoreTypeDef,
    Export,
    Import,
    InlineExports,
    InstanceType,
    Instantiate,
    TypeDef,
)

FIRST_BYTES: dict[type, set[int]] = {
    CoreModule: {0x00},
    Component: {0x00},
    CoreInstantiate: {0x00},
    CoreInlineExports: {0x01},
    CoreTypeDef: {0x60},
    CoreModuleType: {0x50},
    Instantiate: {0x00},
    InlineExports: {0x01},
    AliasExport: {0x01, 0x03},
    AliasCoreExport: {0x00},
    AliasOuter: {0x03},
    CanonLift: {0x00},
    CanonLower: {0x01},
    CanonResource: {0x03},
    Import: {0x00, 0x01},
    Export: {0x00, 0x01},
}
"""The byte that Binary.md begins each definition with, where it is one of a few."""


def every(syntax: Component) -> Iterator[Any]:
    for definition in syntax.definitions:
        yield definition
        if isinstance(definition, Component):
            yield from every(definition)


def test_a_definition_begins_with_the_byte_of_its_production() -> None:
    binary = assemble(EVERYTHING)
    seen = set()
    for definition in every(decode(binary)):
        if type(definition) in FIRST_BYTES:
            assert binary[definition.offset] in FIRST_BYTES[type(definition)], definition
            seen.add(type(definition))
    assert seen == set(FIRST_BYTES)


def test_definitions_of_one_component_are_in_the_order_of_their_offsets() -> None:
    root = decode(assemble(EVERYTHING))
    for syntax in (root, *(found for found in every(root) if isinstance(found, Component))):
        offsets = [definition.offset for definition in syntax.definitions]
        assert offsets == sorted(set(offsets))


def test_offsets_by_hand() -> None:
    inner = component(section(7, b"\x02\x7f\x70\x00"))
    (found,) = decode(component(section(4, inner))).definitions
    assert isinstance(found, Component)
    assert found.offset == len(PREAMBLE) + 2
    assert [definition.offset for definition in found.definitions] == [21, 22]


def test_declarations_in_types() -> None:
    binary = component(section(7, b"\x01\x41\x02" + b"\x01\x42\x01\x01\x7d" + b"\x03\x00\x01a\x05\x00"))
    (outer,) = decode(binary).definitions
    assert isinstance(outer, TypeDef)
    assert isinstance(outer.type, ComponentType)
    instance, imported = outer.type.declarations
    assert isinstance(instance, TypeDef)
    assert isinstance(instance.type, InstanceType)
    assert [outer.offset, instance.offset, instance.type.declarations[0].offset, imported.offset] == [11, 14, 17, 19]
