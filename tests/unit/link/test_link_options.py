"""Canonical options in a plan: how wide a memory's addresses are, and which options an adapter makes use of."""

from __future__ import annotations

import pytest
from wasmtime import wat2wasm

from fact.decode import decode
from fact.link import link, partition
from fact.link.describe import plan_text
from fact.link.flattening import Shape, shape
from fact.link.needs import adapter_needs
from fact.link.plan_json import plan_data
from fact.model.plan import InstanceExport, Plan
from fact.model.types import (
    Borrow,
    EnumType,
    Flags,
    List,
    Map,
    Option,
    Own,
    Prim,
    Record,
    Result,
    Tuple,
    ValType,
    Variant,
)


def plan_of(text: str) -> Plan:
    return partition(link(decode(bytes(wat2wasm(text)))))


LIBRARY = """(core module $lib
  (memory (export "m32") 1) (memory (export "m64") i64 1)
  (func (export "r32") (param i32 i32 i32 i32) (result i32) (i32.const 64))
  (func (export "r64") (param i64 i64 i64 i64) (result i64) (i64.const 64)))
(core instance $lib (instantiate $lib))"""


# -- pointers: CanonicalABI.md, "Canonical ABI Options": the memory's address type is that of every pointer


@pytest.mark.parametrize(("bits", "pointer"), [(32, "i32"), (64, "i64")])
@pytest.mark.parametrize(
    "way",
    [
        '(alias core export $lib "m{bits}" (core memory $m))',
        """(core instance $bundle (export "again" (memory $lib "m{bits}")))
           (alias core export $bundle "again" (core memory $m))""",
        """(core module $pass (import "" "m" (memory {type} 1)) (export "passed" (memory 0)))
           (core instance $pass (instantiate $pass (with "" (instance (export "m" (memory $lib "m{bits}"))))))
           (alias core export $pass "passed" (core memory $m))""",
        """(core module $pass (import "" "m" (memory {type} 1)) (memory i64 1) (memory 1) (export "passed" (memory 0)))
           (core instance $pass (instantiate $pass (with "" (instance (export "m" (memory $lib "m{bits}"))))))
           (core instance $bundle (export "x" (memory $pass "passed")))
           (core module $pass2 (import "" "x" (memory {type} 1)) (export "passed" (memory 0)))
           (core instance $pass2 (instantiate $pass2 (with "" (instance $bundle))))
           (alias core export $pass2 "passed" (core memory $m))""",
    ],
    ids=["alias", "bundle", "imported", "twice"],
)
def test_a_memory_keeps_its_address_type_whichever_way_it_comes(bits: int, pointer: str, way: str) -> None:
    plan = plan_of(f"""(component {LIBRARY} {way.format(bits=bits, type="i64" if bits == 64 else "")}
      (core module $n (func (export "f") (param {pointer} {pointer})))
      (core instance $n (instantiate $n))
      (func (export "f") (param "s" string)
        (canon lift (core func $n "f") (memory $m) (realloc (core func $lib "r{bits}")))))""")
    (lift,) = plan.lifts
    assert lift.options.pointer == pointer


def test_without_a_memory_pointers_are_narrow() -> None:
    plan = plan_of("""(component (core module $m (func (export "f"))) (core instance $i (instantiate $m))
      (func (export "f") (canon lift (core func $i "f"))))""")
    assert plan.lifts[0].options.pointer == "i32"


def test_page_and_data_tell_a_wide_memory() -> None:
    plan = plan_of(f"""(component {LIBRARY} (core module $n (func (export "f") (param i64 i64)))
      (core instance $n (instantiate $n))
      (func (export "f") (param "s" string)
        (canon lift (core func $n "f") (memory (core memory $lib "m64")) (realloc (core func $lib "r64")))))""")
    assert 'memory = 64-bit memory "m64" of root.lib' in plan_text(plan)
    assert plan_data(plan)["lifts"][0]["options"]["pointer"] == "i64"


# -- needs: CanonicalABI.md, "Lifting and Lowering Values" and "Flattening"


def needs_of(params: list[str], result: str) -> set[str]:
    """The names of the exports that an adapter of a function refers to; every option is given on both sides."""
    labelled = "".join(f'(param "p{i}" {t})' for i, t in enumerate(params))
    plan = plan_of(f"""(component
      (component $A {LIBRARY}
        (core module $n (func (export "f")) (func (export "post-return")))
        (core instance $n (instantiate $n))
        (func (export "f") {labelled} {result and f"(result {result})"}
          (canon lift (core func $n "f") (memory (core memory $lib "m64"))
            (realloc (core func $lib "r64")) (post-return (core func $n "post-return")))))
      (instance $a (instantiate $A))
      {LIBRARY}
      (core func $l (canon lower (func $a "f") (memory (core memory $lib "m32")) (realloc (core func $lib "r32"))))
      (core module $user (import "" "f" (func)))
      (core instance (instantiate $user (with "" (instance (export "f" (func $l)))))))""")
    return {item.name for item in adapter_needs(plan, plan.adapters[0]) if isinstance(item, InstanceExport)}


ALWAYS = {"f", "post-return"}
PARAMS = ALWAYS | {"m32", "m64", "r64"}
RESULT = ALWAYS | {"m32", "m64"}
SIXTEEN = f"(tuple {'u8 ' * 16})"


@pytest.mark.parametrize(
    ("params", "result", "needs"),
    [
        ([], "", ALWAYS),
        (["u8"] * 16, "u64", ALWAYS),
        (["u8"] * 17, "", PARAMS),
        ([SIXTEEN], "", ALWAYS),
        ([f"(option {SIXTEEN})"], "", PARAMS),
        (["(option string)"], "", PARAMS),
        (["(list u8 16)"], "", ALWAYS),
        (["(list string 2)"], "", PARAMS),
        ([], "(tuple u8 u8)", RESULT),
        ([], "(option u8)", RESULT),
        ([], "(result)", ALWAYS),
        ([], '(enum "a" "b")', ALWAYS),
        ([], "(list u8)", RESULT | {"r32"}),
        ([], "(result (error string))", RESULT | {"r32"}),
        ([], "(map u8 u8)", RESULT | {"r32"}),
    ],
)
def test_an_adapter_needs_the_options_that_its_type_makes_use_of(
    params: list[str], result: str, needs: set[str]
) -> None:
    assert needs_of(params, result) == needs


# -- flattening


@pytest.mark.parametrize(
    ("t", "expected"),
    [
        (Prim.BOOL, Shape(1, False)),
        (Prim.STRING, Shape(2, True)),
        (EnumType(("a",)), Shape(1, False)),
        (Flags(("a", "b")), Shape(1, False)),
        (List(Prim.U8), Shape(2, True)),
        (List(Prim.U8, 2000), Shape(2000, False)),
        (List(Tuple((Prim.U8, Prim.STRING)), 3), Shape(9, True)),
        (Map(Prim.U8, Prim.U8), Shape(2, True)),
        (Record((("a", Prim.F32), ("b", Prim.STRING))), Shape(3, True)),
        (Variant((("a", None), ("b", Tuple((Prim.U8,) * 5)), ("c", Prim.STRING))), Shape(6, True)),
        (Option(Prim.F64), Shape(2, False)),
        (Result(None, None), Shape(1, False)),
        (Own(0), Shape(1, False)),
        (Result(Borrow(1), Tuple((Own(0), Own(0)))), Shape(3, False)),
        (Result(Prim.U8, Tuple((Prim.U8, Prim.U8))), Shape(3, False)),
    ],
)
def test_flat_values_and_pointers_of_a_type(t: ValType, expected: Shape) -> None:
    """CanonicalABI.md, "Flattening"."""
    assert shape(t) == expected


def test_a_type_that_repeats_itself_is_looked_at_once() -> None:
    """2 to the 60 flat values from 60 tuples of two."""
    t: ValType = Prim.U8
    for _ in range(60):
        t = Tuple((t, t))
    assert shape(t) == Shape(1 << 60, False)


def test_a_deep_type_is_no_recursion_too_deep() -> None:
    t: ValType = Prim.STRING
    for _ in range(100):
        t = Option(t)
    assert shape(t) == Shape(102, True)


def test_deep_and_large_types_link() -> None:
    """Type depth 100, and more cases and fields than any toolchain writes."""
    deep = " ".join(f"(type $t{n} (list $t{n - 1}))" for n in range(1, 100))
    labels = " ".join(f'"e{n}"' for n in range(10_000))
    fields = " ".join(f'(field "f{n}" u8)' for n in range(1_500))
    plan = plan_of(f"""(component
      (component $A {LIBRARY}
        (type $t0 string) {deep} (type $e (enum {labels})) (type $r (record {fields}))
        (core module $m (func (export "f") (param i32) (result i32)))
        (core instance $m (instantiate $m))
        (func (export "f") (param "x" $t99) (param "y" $r) (result $e)
          (canon lift (core func $m "f") (memory (core memory $lib "m32")) (realloc (core func $lib "r32")))))
      (instance $a (instantiate $A))
      {LIBRARY}
      (core func $f (canon lower (func $a "f") (memory (core memory $lib "m32"))))
      (core module $user (import "" "f" (func (param i32) (result i32))))
      (core instance (instantiate $user (with "" (instance (export "f" (func $f)))))))""")
    deepest, record = plan.lifts[0].type.param_types
    assert str(deepest).count("list<") == 99
    assert isinstance(record, Record) and len(record.fields) == 1_500
    assert "e9999 }" in plan_text(plan)
