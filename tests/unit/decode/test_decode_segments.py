"""What instantiating a core module may do even without a start function: trap, fail, or write to what it imports
(WebAssembly core specification, "Instantiation")."""

from __future__ import annotations

import pytest
from decode_samples import assemble
from wasmtime import Config, Engine, Instance, Module, Store, Trap

from fact.decode import decode_core_module
from fact.model.syntax import CoreModule

KIB64 = 65536


def read(fields: str) -> CoreModule:
    return decode_core_module(assemble(f"(module {fields})"), 0)


def instantiate(fields: str) -> None:
    config = Config()
    config.wasm_memory64 = True
    store = Store(Engine(config))
    Instance(store, Module(store.engine, assemble(f"(module {fields})")), [])


@pytest.mark.parametrize(
    "fields",
    [
        '(memory 1) (data (i32.const 0) "x")',
        f'(memory 1) (data (i32.const {KIB64 - 1}) "x")',
        f'(memory 1) (data (i32.const {KIB64}) "")',
        '(memory 0) (memory $b 2) (data (memory $b) (i32.const 131070) "xy")',
        '(memory i64 1) (data (i64.const 65535) "x")',
        '(memory 1) (data "passive, and longer than nothing") (data (i32.const 7) "x")',
        "(table 2 funcref) (func $f) (elem (i32.const 0) func $f $f)",
        "(table 0 funcref) (table $t 3 funcref) (func $f) (elem (table $t) (i32.const 2) func $f)",
        "(table 2 funcref) (func $f) (elem (i32.const 1) funcref (ref.func $f))",
        "(table $t 2 funcref) (func $f) (elem (table $t) (i32.const 1) funcref (ref.null func))",
        "(table 2 funcref) (func $f) (elem declare func $f) (elem func $f $f $f) (elem (i32.const 2) func)",
    ],
)
def test_segments_that_are_known_to_be_in_bounds(fields: str) -> None:
    found = read(fields)
    assert found.has_active_segments
    assert found.segments_in_bounds
    assert not found.writes_imports
    assert not found.may_fail
    instantiate(fields)


@pytest.mark.parametrize(
    "fields",
    [
        f'(memory 1) (data (i32.const {KIB64}) "x")',
        f'(memory 1) (data (i32.const {KIB64 - 1}) "xy")',
        f'(memory 1) (data (i32.const {KIB64 + 1}) "")',
        '(memory 1) (data (i32.const -1) "x")',
        '(memory 1) (data (i32.const 0) "x") (data (i32.const 70000) "x")',
        '(memory i64 1) (data (i64.const -1) "x")',
        "(table 2 funcref) (func $f) (elem (i32.const 1) func $f $f)",
        "(table 2 funcref) (func $f) (elem (i32.const 3) func)",
        "(table 2 funcref) (func $f) (elem (i32.const 2) funcref (ref.func $f))",
    ],
)
def test_segments_that_trap_are_not(fields: str) -> None:
    assert not read(fields).segments_in_bounds
    with pytest.raises(Trap, match="out of bounds"):
        instantiate(fields)


@pytest.mark.parametrize(
    "fields",
    [
        '(memory 1) (global $g i32 (i32.const 0)) (data (global.get $g) "x")',
        '(import "" "g" (global $g i32)) (memory 1) (data (global.get $g) "x")',
        '(memory 1) (data (i32.add (i32.const 1) (i32.const 2)) "x")',
    ],
)
def test_an_offset_that_is_no_plain_number_is_not_looked_into(fields: str) -> None:
    found = read(fields)
    assert found.has_active_segments
    assert not found.segments_in_bounds


@pytest.mark.parametrize(
    ("fields", "in_bounds", "writes"),
    [
        ('(import "" "m" (memory 1)) (data (i32.const 65535) "x")', True, True),
        ('(import "" "m" (memory 1)) (data (i32.const 65536) "x")', False, True),
        ('(import "" "m" (memory 1)) (memory $own 2) (data (memory $own) (i32.const 65536) "x")', True, False),
        ('(import "" "m" (memory 1)) (data "passive")', False, False),
        ('(import "" "t" (table 3 3 funcref)) (func $f) (elem (i32.const 2) func $f)', True, True),
        ('(import "" "t" (table 3 3 funcref)) (func $f) (elem (i32.const 3) func $f)', False, True),
        ('(import "" "t" (table 0 funcref)) (table $own 9 funcref) (func $f) (elem (table $own) (i32.const 8) func $f)',
         True, False),
    ],
)
def test_an_imported_one_is_at_least_as_large_as_its_import_asks(fields: str, in_bounds: bool, writes: bool) -> None:
    found = read(fields)
    assert (found.segments_in_bounds, found.writes_imports) == (in_bounds, writes)


@pytest.mark.parametrize(
    ("fields", "may_fail"),
    [
        ("(memory 16384)", False),
        ("(memory 16385)", True),
        ('(import "" "m" (memory 60000))', False),
        ("(table 1048576 funcref)", False),
        ("(table 1048577 funcref)", True),
        ("(type $a (array i32)) (global (ref $a) (array.new_default $a (i32.const 1000000)))", True),
        ("(global (ref i31) (ref.i31 (i32.const 1))) (global i64 (i64.const 11))", False),
        ("(type $s (struct)) (table 1 (ref $s) (struct.new $s))", True),
        ("(func $f) (table 1 (ref func) (ref.func $f))", False),
        ("(type $s (struct)) (table 1 (ref null $s)) (elem (i32.const 0) (ref $s) (struct.new $s))", True),
        ("(type $s (struct)) (elem (ref $s) (struct.new $s))", True),
        ("(func $f) (elem func $f) (elem declare func $f)", False),
    ],
)
def test_what_may_fail_otherwise(fields: str, may_fail: bool) -> None:
    assert read(fields).may_fail is may_fail
