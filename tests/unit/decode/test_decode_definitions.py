"""Binary.md: instances, aliases, canonical definitions, imports, exports and names."""

from __future__ import annotations

import pytest
from decode_samples import assemble, component, definitions, plain, section

from fact.decode import decode
from fact.model.syntax import (
    AliasCoreExport,
    AliasExport,
    AliasOuter,
    CanonContext,
    CanonLift,
    CanonLower,
    CanonOptions,
    CanonResource,
    Component,
    CoreInlineExports,
    CoreInstantiate,
    CoreModule,
    CustomSection,
    Export,
    ExternType,
    Import,
    InlineExports,
    Instantiate,
    Sort,
    SortIndex,
    TypeBound,
    TypeDef,
)
from fact.model.types import FuncType, Prim, PtrType, Tuple, TypeIndex

EMPTY_MODULE = CoreModule(0, b"", (), (), False, False)


def test_the_empty_component() -> None:
    assert decode(assemble("(component)")) == Component(0, ())


def test_core_instances() -> None:
    found = definitions("""
      (component
        (core module)
        (core instance (instantiate 0))
        (core instance (instantiate 0 (with "a" (instance 0)) (with "" (instance 0))))
        (core instance (export "f" (func 3)) (export "t" (table 1)) (export "m" (memory 0)) (export "g" (global 2))
          (export "e" (tag 4))))""")
    assert found == (
        EMPTY_MODULE,
        CoreInstantiate(0, 0, ()),
        CoreInstantiate(0, 0, (("a", 0), ("", 0))),
        CoreInlineExports(
            0,
            (
                ("f", SortIndex(Sort.CORE_FUNC, 3)),
                ("t", SortIndex(Sort.CORE_TABLE, 1)),
                ("m", SortIndex(Sort.CORE_MEMORY, 0)),
                ("g", SortIndex(Sort.CORE_GLOBAL, 2)),
                ("e", SortIndex(Sort.CORE_TAG, 4)),
            ),
        ),
    )


def test_instances() -> None:
    found = definitions("""
      (component
        (component)
        (instance (instantiate 0))
        (instance (instantiate 0 (with "f" (func 1)) (with "m" (core module 2)) (with "t" (type 3))
          (with "c" (component 0)) (with "i" (instance 0))))
        (instance (export "f" (func 7)) (export "a:b/c@1.0.0" (instance 0))))""")
    assert found == (
        Component(0, ()),
        Instantiate(0, 0, ()),
        Instantiate(
            0,
            0,
            (
                ("f", SortIndex(Sort.FUNC, 1)),
                ("m", SortIndex(Sort.CORE_MODULE, 2)),
                ("t", SortIndex(Sort.TYPE, 3)),
                ("c", SortIndex(Sort.COMPONENT, 0)),
                ("i", SortIndex(Sort.INSTANCE, 0)),
            ),
        ),
        InlineExports(0, (("f", SortIndex(Sort.FUNC, 7)), ("a:b/c@1.0.0", SortIndex(Sort.INSTANCE, 0)))),
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('export 3 "x" (func)', AliasExport(0, Sort.FUNC, 3, "x")),
        ('export 3 "x" (type)', AliasExport(0, Sort.TYPE, 3, "x")),
        ('export 3 "x" (instance)', AliasExport(0, Sort.INSTANCE, 3, "x")),
        ('export 3 "x" (component)', AliasExport(0, Sort.COMPONENT, 3, "x")),
        ('export 3 "x" (core module)', AliasExport(0, Sort.CORE_MODULE, 3, "x")),
        ('core export 4 "y" (core func)', AliasCoreExport(0, Sort.CORE_FUNC, 4, "y")),
        ('core export 4 "y" (core table)', AliasCoreExport(0, Sort.CORE_TABLE, 4, "y")),
        ('core export 4 "y" (core memory)', AliasCoreExport(0, Sort.CORE_MEMORY, 4, "y")),
        ('core export 4 "y" (core global)', AliasCoreExport(0, Sort.CORE_GLOBAL, 4, "y")),
        ('core export 4 "y" (core tag)', AliasCoreExport(0, Sort.CORE_TAG, 4, "y")),
        ("outer 0 6 (type)", AliasOuter(0, Sort.TYPE, 0, 6)),
        ("outer 0 6 (component)", AliasOuter(0, Sort.COMPONENT, 0, 6)),
        ("outer 0 6 (core module)", AliasOuter(0, Sort.CORE_MODULE, 0, 6)),
    ],
)
def test_aliases(text: str, expected: object) -> None:
    assert definitions(f"(component (alias {text}))") == (expected,)


def test_outer_aliases_in_a_nested_component() -> None:
    found = definitions("""
      (component $a
        (core type (func))
        (component (alias outer 1 0 (core type)) (component (alias outer $a 9 (type)))))""")
    inner = Component(0, (AliasOuter(0, Sort.TYPE, 2, 9),))
    assert plain(found[1].definitions) == (AliasOuter(0, Sort.CORE_TYPE, 1, 0), inner)


# -- canonical definitions


def test_canon_lift_and_lower_without_options() -> None:
    found = definitions("(component (type (func)) (func (type 0) (canon lift (core func 5)))"
                        " (core func (canon lower (func 6))))")
    assert found[1:] == (CanonLift(0, 5, CanonOptions(), 0), CanonLower(0, 6, CanonOptions()))


@pytest.mark.parametrize("encoding", ["utf8", "utf16", "latin1+utf16"])
def test_canonopt(encoding: str) -> None:
    options = f"string-encoding={encoding} (memory (core memory 1)) (realloc (core func 2))"
    found = definitions(f"""
      (component (type (func))
        (func (type 0) (canon lift (core func 5) {options} (post-return (core func 3))))
        (core func (canon lower (func 6) {options})))""")
    assert found[1:] == (
        CanonLift(0, 5, CanonOptions(encoding, 1, 2, 3), 0),
        CanonLower(0, 6, CanonOptions(encoding, 1, 2, None)),
    )


@pytest.mark.parametrize("builtin", ["resource.new", "resource.drop", "resource.rep"])
def test_resource_builtins(builtin: str) -> None:
    assert definitions(f"(component (core func (canon {builtin} 4)))") == (CanonResource(0, builtin, 4),)


@pytest.mark.parametrize("slot", [0, 1])
@pytest.mark.parametrize("type", ["i32", "i64"])
@pytest.mark.parametrize("builtin", ["context.get", "context.set"])
def test_context_builtins(builtin: str, type: PtrType, slot: int) -> None:
    """CanonicalABI.md, "canon context.get": i32 or i64, slots below 2."""
    found = definitions(f"(component (core func (canon {builtin} {type} {slot})))")
    assert found == (CanonContext(0, builtin, type, slot),)


# -- imports and exports


def test_imports() -> None:
    found = definitions("""
      (component
        (core type (module))
        (type (func)) (type (component)) (type (instance))
        (import "f" (func (type 0)))
        (import "c" (component (type 1)))
        (import "a:b/i@0.1.0" (instance (type 2)))
        (import "m" (core module (type 0)))
        (import "e" (type (eq 2)))
        (import "r" (type (sub resource))))""")
    assert found[4:] == (
        Import(0, "f", ExternType(Sort.FUNC, 0)),
        Import(0, "c", ExternType(Sort.COMPONENT, 1)),
        Import(0, "a:b/i@0.1.0", ExternType(Sort.INSTANCE, 2)),
        Import(0, "m", ExternType(Sort.CORE_MODULE, 0)),
        Import(0, "e", ExternType(Sort.TYPE, None, TypeBound(2))),
        Import(0, "r", ExternType(Sort.TYPE, None, TypeBound(None))),
    )


def test_exports() -> None:
    found = definitions("""
      (component
        (type (func))
        (export "f" (func 1) (func (type 0)))
        (export "m" (core module 2))
        (export "t" (type 0) (type (eq 0)))
        (export "c" (component 3))
        (export "i" (instance 4)))""")
    assert found[1:] == (
        Export(0, "f", SortIndex(Sort.FUNC, 1), ExternType(Sort.FUNC, 0)),
        Export(0, "m", SortIndex(Sort.CORE_MODULE, 2), None),
        Export(0, "t", SortIndex(Sort.TYPE, 0), ExternType(Sort.TYPE, None, TypeBound(0))),
        Export(0, "c", SortIndex(Sort.COMPONENT, 3), None),
        Export(0, "i", SortIndex(Sort.INSTANCE, 4), None),
    )


def test_inline_function_types_come_before_what_uses_them() -> None:
    found = definitions('(component (import "f" (func (param "p" (tuple u8 char)))))')
    assert found == (
        TypeDef(0, Tuple((Prim.U8, Prim.CHAR))),
        TypeDef(0, FuncType((("p", TypeIndex(0)),), None)),
        Import(0, "f", ExternType(Sort.FUNC, 1)),
    )


@pytest.mark.parametrize("attribute", ['(implements "a:b/c")', '(external-id "élan")', '(versionsuffix ".3")'])
def test_name_attributes_are_dropped(attribute: str) -> None:
    found = definitions(f'(component (import "a" {attribute} (instance)) (export "b" {attribute} (instance 0)))')
    assert found[-2:] == (
        Import(0, "a", ExternType(Sort.INSTANCE, 0)),
        Export(0, "b", SortIndex(Sort.INSTANCE, 0), None),
    )


def test_name_attributes_in_a_bag_of_exports_are_dropped() -> None:
    found = definitions('(component (instance (export "a" (implements "b:c/d") (instance 0)) (export "e" (func 1))))')
    assert found == (InlineExports(0, (("a", SortIndex(Sort.INSTANCE, 0)), ("e", SortIndex(Sort.FUNC, 1)))),)


def test_the_older_form_of_a_name() -> None:
    """`nameattributes`: 0x00 and 0x01 mean the same."""
    for form in (b"\x00", b"\x01"):
        binary = component(section(10, b"\x01" + form + b"\x01f" + b"\x01\x07"))
        assert plain(decode(binary).definitions) == (Import(0, "f", ExternType(Sort.FUNC, 7)),)


# -- names and other custom sections


def test_component_names() -> None:
    found = decode(assemble("""
      (component $greeter
        (import "f" (func $host))
        (core module $m (func (export "g")))
        (core instance $i (instantiate $m))
        (core func $g (canon lower (func $host)))
        (component $inner (import "x" (func $deep))))"""))
    assert found.name == "greeter"
    assert found.names == {
        SortIndex(Sort.FUNC, 0): "host",
        SortIndex(Sort.CORE_MODULE, 0): "m",
        SortIndex(Sort.CORE_INSTANCE, 0): "i",
        SortIndex(Sort.CORE_FUNC, 0): "g",
        SortIndex(Sort.COMPONENT, 0): "inner",
    }
    inner = found.definitions[-1]
    assert isinstance(inner, Component)
    assert (inner.name, inner.names) == ("inner", {SortIndex(Sort.FUNC, 0): "deep"})


@pytest.mark.parametrize(
    "data",
    [
        b"\x00\x04\x03abc\x01\x05\x01\x01\x00\x09f",
        b"\x00\x02\x01\xff",
        b"\x00\x05\x03abc\x00",
        b"\x01\x02\x09\x00",
    ],
    ids=["name past the end", "not utf-8", "size too great", "unknown sort"],
)
def test_an_invalid_name_section_is_ignored(data: bytes) -> None:
    """Binary.md, "Name Section": engines should not reject a component for it."""
    found = decode(component(section(0, b"\x0ecomponent-name" + data)))
    assert (found.name, found.names) == (None, {})
    assert found.custom_sections == (CustomSection(8, "component-name", data),)


def test_a_name_subsection_of_an_unknown_kind_is_passed_over() -> None:
    data = b"\x09\x01\xff" + b"\x00\x02\x01a" + b"\x01\x06\x02\x01\x03\x02v1"
    found = decode(component(section(0, b"\x0ecomponent-name" + data)))
    assert (found.name, found.names) == ("a", {SortIndex(Sort.VALUE, 3): "v1"})


def test_custom_sections_keep_their_order_and_data() -> None:
    binary = assemble(r'(component (@custom "one" "\00\01") (type u8) (@custom "two" ""))')
    found = decode(binary)
    assert [(section.name, section.data) for section in found.custom_sections] == [("one", b"\0\1"), ("two", b"")]
    assert all(binary[section.offset] == 0 for section in found.custom_sections)
    assert plain(found.definitions) == (TypeDef(0, Prim.U8),)
