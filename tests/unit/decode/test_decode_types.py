"""Binary.md, "Type Definitions": component types and core types."""

from __future__ import annotations

import pytest
from decode_samples import component, definitions, plain, section

from fact.decode import decode
from fact.model.syntax import (
    AliasExport,
    AliasOuter,
    ComponentType,
    CoreExport,
    CoreImport,
    CoreModuleType,
    CoreTypeDef,
    ExportDecl,
    ExternType,
    Import,
    InstanceType,
    ResourceType,
    Sort,
    TypeBound,
    TypeDef,
)
from fact.model.types import (
    Borrow,
    CoreFuncType,
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
    TypeIndex,
    ValType,
    Variant,
)

PRIMITIVES = ["bool", "s8", "u8", "s16", "u16", "s32", "u32", "s64", "u64", "f32", "f64", "char", "string"]


@pytest.mark.parametrize("name", PRIMITIVES)
def test_primvaltype(name: str) -> None:
    assert definitions(f"(component (type {name}) (type (option {name})))") == (
        TypeDef(0, Prim(name)),
        TypeDef(0, Option(Prim(name))),
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('(record (field "a" u8) (field "b" $t))', Record((("a", Prim.U8), ("b", TypeIndex(0))))),
        ('(variant (case "x") (case "y" $t))', Variant((("x", None), ("y", TypeIndex(0))))),
        ("(list $t)", List(TypeIndex(0))),
        ("(list f64)", List(Prim.F64)),
        ("(list u8 300)", List(Prim.U8, 300)),
        ("(tuple u8 $t char)", Tuple((Prim.U8, TypeIndex(0), Prim.CHAR))),
        ('(flags "read" "write")', Flags(("read", "write"))),
        ('(enum "north" "south")', EnumType(("north", "south"))),
        ("(option $t)", Option(TypeIndex(0))),
        ("(result)", Result(None, None)),
        ("(result u8)", Result(Prim.U8, None)),
        ("(result (error string))", Result(None, Prim.STRING)),
        ("(result $t (error u8))", Result(TypeIndex(0), Prim.U8)),
        ("(own $r)", Own(1)),
        ("(borrow $r)", Borrow(1)),
        ("(map string $t)", Map(Prim.STRING, TypeIndex(0))),
    ],
)
def test_defvaltype(text: str, expected: ValType) -> None:
    found = definitions(f"(component (type $t (list u8)) (type $r (resource (rep i32))) (type {text}))")
    assert found[2] == TypeDef(0, expected)


def test_a_type_index_past_63_takes_two_bytes() -> None:
    many = definitions("(component " + "(type u8)" * 70 + "(type (list 69)))")
    assert many[70] == TypeDef(0, List(TypeIndex(69)))


def test_functype() -> None:
    found = definitions('(component (type (func)) (type (func (param "a" u8) (param "b" string) (result char))))')
    assert found == (
        TypeDef(0, FuncType((), None)),
        TypeDef(0, FuncType((("a", Prim.U8), ("b", Prim.STRING)), Prim.CHAR)),
    )


def test_resourcetype() -> None:
    found = definitions("""
      (component
        (core module $m (func (export "drop") (param i32)))
        (core instance $i (instantiate $m))
        (alias core export $i "drop" (core func $drop))
        (type (resource (rep i32)))
        (type (resource (rep i32) (dtor (core func $drop)))))""")
    assert found[-2:] == (TypeDef(0, ResourceType("i32", None)), TypeDef(0, ResourceType("i32", 0)))


def test_instancetype() -> None:
    found = definitions("""
      (component
        (type $outer u8)
        (type (instance
          (type $r (record (field "a" u8)))
          (export "r" (type $er (eq $r)))
          (alias outer 1 $outer (type $o))
          (export "h" (type $h (sub resource)))
          (type $f (func (param "a" $er) (param "b" $o) (result (own $h))))
          (export "f" (func (type $f))))))""")
    assert found[1] == TypeDef(
        0,
        InstanceType(
            (
                TypeDef(0, Record((("a", Prim.U8),))),
                ExportDecl(0, "r", ExternType(Sort.TYPE, None, TypeBound(0))),
                AliasOuter(0, Sort.TYPE, 1, 0),
                ExportDecl(0, "h", ExternType(Sort.TYPE, None, TypeBound(None))),
                TypeDef(0, Own(3)),
                TypeDef(0, FuncType((("a", TypeIndex(1)), ("b", TypeIndex(2))), TypeIndex(4))),
                ExportDecl(0, "f", ExternType(Sort.FUNC, 5)),
            )
        ),
    )


def test_componenttype() -> None:
    found = definitions("""
      (component
        (type (component
          (core type $m (module))
          (type $i (instance (export "t" (type (sub resource)))))
          (type $c (component))
          (import "m" (core module (type $m)))
          (import "i" (instance $in (type $i)))
          (alias export $in "t" (type $t))
          (import "c" (component (type $c)))
          (type $f (func))
          (import "f" (func (type $f)))
          (export "t" (type (eq $t))))))""")
    assert found == (
        TypeDef(
            0,
            ComponentType(
                (
                    CoreModuleType(0, (), ()),
                    TypeDef(0, InstanceType((ExportDecl(0, "t", ExternType(Sort.TYPE, None, TypeBound(None))),))),
                    TypeDef(0, ComponentType(())),
                    Import(0, "m", ExternType(Sort.CORE_MODULE, 0)),
                    Import(0, "i", ExternType(Sort.INSTANCE, 0)),
                    AliasExport(0, Sort.TYPE, 0, "t"),
                    Import(0, "c", ExternType(Sort.COMPONENT, 1)),
                    TypeDef(0, FuncType((), None)),
                    Import(0, "f", ExternType(Sort.FUNC, 3)),
                    ExportDecl(0, "t", ExternType(Sort.TYPE, None, TypeBound(2))),
                )
            ),
        ),
    )


# -- core types


def test_core_deftype() -> None:
    found = definitions("""
      (component
        (core type (func (param i32 i64 f32 f64 v128) (result funcref externref)))
        (core type (struct (field i8) (field (mut i32)) (field (ref null 0))))
        (core type (array (mut i16)))
        (core type (func (param (ref 0) anyref (ref null func)))))""")
    assert found == (
        CoreTypeDef(0, CoreFuncType(("i32", "i64", "f32", "f64", "v128"), ("funcref", "externref"))),
        CoreTypeDef(0, None),
        CoreTypeDef(0, None),
        CoreTypeDef(0, CoreFuncType(("ref", "ref", "funcref"), ())),
    )


def test_a_non_final_sub_type_has_a_prefix_that_tells_it_from_a_module_type() -> None:
    found = definitions("(component (core type (sub (func (param i32)))) (core type (module)))")
    assert found == (CoreTypeDef(0, CoreFuncType(("i32",), ())), CoreModuleType(0, (), ()))


def test_a_recursion_group_defines_each_of_its_types() -> None:
    found = definitions("""
      (component
        (core rec (type (func (result i64))) (type (sub (struct (field (ref 0))))))
        (core type (func))
        (core type (module (alias outer 1 2 (type $t)) (import "a" "b" (func (type $t))))))""")
    assert found == (
        CoreTypeDef(0, CoreFuncType((), ("i64",))),
        CoreTypeDef(0, None),
        CoreTypeDef(0, CoreFuncType((), ())),
        CoreModuleType(0, (CoreImport("a", "b", Sort.CORE_FUNC, CoreFuncType((), ())),), ()),
    )


def test_core_moduletype() -> None:
    found = definitions("""
      (component
        (core type (module
          (type $f (func (param i32)))
          (type $sub (sub (func (result f32))))
          (import "a" "f" (func (type $f)))
          (import "a" "m" (memory i64 1 2 shared))
          (import "a" "t" (table 1 2 externref))
          (export "g" (global (mut i64)))
          (export "e" (tag (type $f)))
          (export "s" (func (type $sub))))))""")
    assert found == (
        CoreModuleType(
            0,
            (
                CoreImport("a", "f", Sort.CORE_FUNC, CoreFuncType(("i32",), ())),
                CoreImport("a", "m", Sort.CORE_MEMORY, None, "i64"),
                CoreImport("a", "t", Sort.CORE_TABLE, None),
            ),
            (
                CoreExport("g", Sort.CORE_GLOBAL, None),
                CoreExport("e", Sort.CORE_TAG, None),
                CoreExport("s", Sort.CORE_FUNC, CoreFuncType((), ("f32",))),
            ),
        ),
    )


def test_an_outer_alias_brings_a_core_function_type_through_several_scopes() -> None:
    found = definitions("""
      (component
        (core type $far (func (param f64)))
        (type (component
          (alias outer 1 $far (core type $near))
          (core type (module (alias outer 1 $near (type $t)) (export "e" (func (type $t))))))))""")
    assert found[1].type.declarations == (
        AliasOuter(0, Sort.CORE_TYPE, 1, 0),
        CoreModuleType(0, (), (CoreExport("e", Sort.CORE_FUNC, CoreFuncType(("f64",), ())),)),
    )


def test_a_non_final_sub_type_in_a_module_type_may_have_the_prefix() -> None:
    """Binary.md writes the prefix there as well; the standard tools do not."""
    body = b"\x01\x50\x02" + b"\x01\x00\x50\x00\x60\x00\x00" + b"\x03\x01e\x00\x00"
    (found,) = plain(decode(component(section(3, body))).definitions)
    assert found == CoreModuleType(0, (), (CoreExport("e", Sort.CORE_FUNC, CoreFuncType((), ())),))
