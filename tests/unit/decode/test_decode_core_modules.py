"""What is read of a core module, and what is passed over."""

from __future__ import annotations

import pytest
from decode_samples import CORE_PREAMBLE, assemble, section

from fact.decode import decode, decode_core_module
from fact.errors import Malformed, Unsupported
from fact.model.syntax import Component, CoreExport, CoreImport, CoreModule, Sort
from fact.model.types import CoreFuncType

UNARY = CoreFuncType(("i32",), ("i32",))


def read(text: str) -> CoreModule:
    return decode_core_module(assemble(text), 0)


def test_imports_and_exports_with_function_types() -> None:
    found = read("""
      (module $guest
        (import "a" "f" (func (param i32) (result i32)))
        (import "a" "t" (table 1 funcref))
        (import "b" "m" (memory 1 2))
        (import "b" "m64" (memory i64 1))
        (import "" "g" (global (mut externref)))
        (import "b" "e" (tag (param i64)))
        (func $own (param f32 f64) (result v128 funcref) unreachable)
        (table $t 1 2 anyref)
        (memory i64 0) (memory $m 1 2)
        (export "f" (func 0))
        (export "own" (func $own))
        (export "t" (table $t)) (export "m" (memory 1)) (export "own-m" (memory $m))
        (export "g" (global 0)) (export "e" (tag 0)))""")
    assert found.imports == (
        CoreImport("a", "f", Sort.CORE_FUNC, UNARY),
        CoreImport("a", "t", Sort.CORE_TABLE, None),
        CoreImport("b", "m", Sort.CORE_MEMORY, None, "i32"),
        CoreImport("b", "m64", Sort.CORE_MEMORY, None, "i64"),
        CoreImport("", "g", Sort.CORE_GLOBAL, None),
        CoreImport("b", "e", Sort.CORE_TAG, None),
    )
    assert found.exports == (
        CoreExport("f", Sort.CORE_FUNC, UNARY),
        CoreExport("own", Sort.CORE_FUNC, CoreFuncType(("f32", "f64"), ("v128", "funcref"))),
        CoreExport("t", Sort.CORE_TABLE, None),
        CoreExport("m", Sort.CORE_MEMORY, None, "i64"),
        CoreExport("own-m", Sort.CORE_MEMORY, None, "i32"),
        CoreExport("g", Sort.CORE_GLOBAL, None),
        CoreExport("e", Sort.CORE_TAG, None),
    )
    assert (found.name, found.has_start, found.has_active_segments) == ("guest", False, False)


def test_the_empty_module() -> None:
    assert read("(module)") == CoreModule(0, CORE_PREAMBLE, (), (), False, False, None)


def test_compact_imports_are_spread_out() -> None:
    found = read("""
      (module (import "a" (item "f" (func (param i32) (result i32))) (item "m" (memory 1)))
        (import "b" (item "x") (item "y") (func)))""")
    assert found.imports == (
        CoreImport("a", "f", Sort.CORE_FUNC, UNARY),
        CoreImport("a", "m", Sort.CORE_MEMORY, None, "i32"),
        CoreImport("b", "x", Sort.CORE_FUNC, CoreFuncType((), ())),
        CoreImport("b", "y", Sort.CORE_FUNC, CoreFuncType((), ())),
    )


def test_recursion_groups_and_other_types_keep_the_index_space_straight() -> None:
    found = read("""
      (module
        (rec (type (sub (struct (field i8 (mut (ref null 1)))))) (type (array (mut f64))))
        (type $c (sub final (func (param i64))))
        (type (cont $c))
        (func (export "f") (type $c)))""")
    assert found.exports == (CoreExport("f", Sort.CORE_FUNC, CoreFuncType(("i64",), ())),)


def test_start() -> None:
    assert read("(module (func $f) (start $f))").has_start
    assert not read('(module (func (export "_start")))').has_start


@pytest.mark.parametrize(
    ("fields", "active"),
    [
        ('(memory 1) (data (i32.const 0) "x")', True),
        ('(memory 1) (memory $b 1) (data (memory $b) (i32.const 0) "x")', True),
        ('(memory 1) (data "passive")', False),
        ('(memory 1) (data "passive") (data (i32.const 0) "x")', True),
        ("(table 1 funcref) (func $f) (elem (i32.const 0) func $f)", True),
        ("(table 1 funcref) (table $u 1 funcref) (func $f) (elem (table $u) (i32.const 0) func $f)", True),
        ("(func $f) (elem func $f $f)", False),
        ("(func $f) (elem declare func $f)", False),
        ("(func $f) (elem funcref (ref.func $f) (ref.null func))", False),
        ("(elem (ref null 0) (ref.null 0)) (type (func))", False),
        ("(elem i31ref (ref.i31 (i32.add (i32.const 1) (i32.const -70000))))", False),
        ("(global $g externref (ref.null extern)) (elem externref (global.get $g))", False),
        ("(type (struct (field f32 f64 v128 i64))) (elem (ref null 0) (struct.new 0 (f32.const 1) (f64.const 1)"
         " (v128.const i64x2 0x0b0b0b0b 0x0b0b) (i64.const 11)))", False),
        ("(type (array i32)) (elem (ref null 0) (array.new_fixed 0 2 (i32.const 1) (i32.const 11)))", False),
        ("(func $f) (table 1 funcref) (elem func $f) (elem (i32.const 0) funcref (ref.func $f))", True),
    ],
)
def test_active_segments(fields: str, active: bool) -> None:
    assert read(f"(module {fields})").has_active_segments is active


def test_code_is_passed_over() -> None:
    binary = CORE_PREAMBLE + section(1, b"\x01\x60\0\0") + section(3, b"\x01\0") + section(10, b"\xff" * 40)
    assert decode_core_module(binary, 0).exports == ()


def test_an_invalid_name_section_is_ignored() -> None:
    assert decode_core_module(CORE_PREAMBLE + section(0, b"\x04name\x00\x09\x01a"), 0).name is None


def test_a_module_inside_a_component() -> None:
    binary = assemble('(component (component (core module $m (func (export "f")))))')
    (inner,) = decode(binary).definitions
    assert isinstance(inner, Component)
    (module,) = inner.definitions
    assert isinstance(module, CoreModule)
    assert module.offset == binary.index(CORE_PREAMBLE)
    assert binary[module.offset : module.offset + len(module.binary)] == module.binary
    assert decode_core_module(module.binary, module.offset) == module


@pytest.mark.parametrize(
    ("sections", "offset"),
    [
        (section(2, b"\x01\x01a\x01b\x00\x00"), 15),
        (section(1, b"\x01\x60\0\0") + section(3, b"\x01\x01"), 17),
        (section(7, b"\x01\x01f\x00\x00"), 13),
        (section(7, b"\x01\x01f\x10\x00"), 13),
        (section(14, b""), 8),
        (section(3, b"\x00") + section(1, b"\x00"), 11),
        (section(1, b"\x00") + section(0, b"\x01a") + section(1, b"\x00"), 15),
        (section(6, b"\x00") + section(13, b"\x00"), 11),
        (section(10, b"\x00") + section(12, b"\x00"), 11),
        (section(1, b"\x01\x60\0\0\0"), 14),
        (section(9, b"\x01\x08"), 11),
        (section(11, b"\x01\x03"), 11),
        (section(2, b"\x01\x01a\x01b\x02\x10\x00"), 16),
    ],
    ids=[
        "import of no type",
        "function of no type",
        "export of no function",
        "export kind",
        "section number",
        "types after functions",
        "types twice",
        "tags after globals",
        "data count after code",
        "left over",
        "element flags",
        "data flags",
        "limits flags",
    ],
)
def test_malformed(sections: bytes, offset: int) -> None:
    with pytest.raises(Malformed) as caught:
        decode_core_module(CORE_PREAMBLE + sections, 1000)
    assert caught.value.offset == 1000 + offset


def test_an_unknown_instruction_in_a_passed_over_segment_is_named() -> None:
    with pytest.raises(Unsupported, match="instruction 0x45 in a constant expression") as caught:
        decode_core_module(CORE_PREAMBLE + section(9, b"\x01\x05\x70\x01\x45\x0b"), 0)
    assert caught.value.offset == 14
