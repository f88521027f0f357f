"""Items seen through the types that imports and exports declare. Explainer.md, "Import and Export Definitions" and
"Type Definitions"; Binary.md, "Type Definitions" and "Alias Definitions"."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from link_samples import SHOP, plan_of, plan_of_unvalidated, section, steps_in_words
from wasmtime import wat2wasm

from fact.decode import decode
from fact.errors import Unsupported
from fact.link import link
from fact.link.describe import plan_text
from fact.link.plan_json import plan_data
from fact.model.plan import Exported, ExportedInstance, ExportedModule, ExportedOther, InstanceExport, InstantiateModule
from fact.model.syntax import Sort
from fact.model.types import Prim, Record

LIBRARY = """
  (component $Library
    (core module $m (func (export "f") (param i32) (result i32) (local.get 0)))
    (core instance $i (instantiate $m))
    (func (export "f") (param "x" u8) (result u8) (canon lift (core func $i "f")))
    (func (export "g") (param "x" u16) (result u16) (canon lift (core func $i "f")))
    (export "m" (core module $m))
    (component $C) (export "c" (component $C))
    (func $wide (param "x" u32) (result u32) (canon lift (core func $i "f")))
    (instance $more (export "f" (func $wide)) (export "m" (core module $m)))
    (export "more" (instance $more)))
"""
F = '(export "f" (func (param "x" u8) (result u8)))'


def names(exports: tuple[tuple[str, Exported], ...]) -> dict[str, object]:
    """Names of exports, instances as dicts, everything else as its class's name."""
    return {
        name: names(item.exports) if isinstance(item, ExportedInstance) else type(item).__name__
        for name, item in exports
    }


# -- hiding


def test_an_argument_hides_what_the_import_does_not_declare() -> None:
    plan = plan_of(f"""(component {LIBRARY}
      (component $Pass
        (import "all" (instance $all {F} (export "more" (instance (export "m" (core module))))))
        (export "again" (instance $all)))
      (instance $l (instantiate $Library))
      (instance $p (instantiate $Pass (with "all" (instance $l))))
      (export "again" (instance $p "again")) (export "whole" (instance $l)))""")
    exported = names(plan.exports)
    assert exported["again"] == {"f": "ExportedFunc", "more": {"m": "ExportedModule"}}
    assert exported["whole"] == {
        "f": "ExportedFunc", "g": "ExportedFunc", "m": "ExportedModule", "c": "ExportedOther",
        "more": {"f": "ExportedFunc", "m": "ExportedModule"},
    }
    assert len(plan.lifts) == 3


def test_an_ascription_hides_too() -> None:
    plan = plan_of(f"""(component {LIBRARY}
      (instance $l (instantiate $Library))
      (export "l" (instance $l) (instance {F})))""")
    assert names(plan.exports) == {"l": {"f": "ExportedFunc"}}
    assert len(plan.lifts) == 1


def test_a_component_seen_through_its_declared_type_exports_less_and_is_given_more() -> None:
    """Explainer.md: a subtype may export more and import less, in any order."""
    plan = plan_of(f"""(component {LIBRARY}
      (component $Maker
        (import "C" (component $C
          (import "not wanted" (func)) (export "more" (instance (export "m" (core module)))) {F}))
        (core module $m (func (export "f"))) (core instance $i (instantiate $m))
        (func $f (canon lift (core func $i "f")))
        (instance $c (instantiate $C (with "not wanted" (func $f))))
        (export "c" (instance $c)))
      (instance $maker (instantiate $Maker (with "C" (component $Library))))
      (export "made" (instance $maker "c")))""".replace("not wanted", "not-wanted"))
    assert names(plan.exports) == {"made": {"more": {"m": "ExportedModule"}, "f": "ExportedFunc"}}
    assert [c.name for c in plan.component_instances] == ["root", "root.maker", "root.maker.c"]
    assert [c.parent for c in plan.component_instances] == [None, 0, 1]


def test_a_component_seen_through_two_types_has_what_the_last_declares() -> None:
    plan = plan_of(f"""(component {LIBRARY}
      (component $Inner (import "C" (component $C {F})) (instance $c (instantiate $C)) (export "c" (instance $c)))
      (component $Outer
        (import "C" (component $C {F} (export "g" (func (param "x" u16) (result u16)))))
        (component $I (import "D" (component $D {F})) (instance $d (instantiate $D)) (export "d" (instance $d)))
        (instance $mine (instantiate $C)) (instance $theirs (instantiate $I (with "D" (component $C))))
        (export "mine" (instance $mine)) (export "theirs" (instance $theirs "d")))
      (instance $o (instantiate $Outer (with "C" (component $Library))))
      (export "o" (instance $o)))""")
    assert names(plan.exports) == {
        "o": {"mine": {"f": "ExportedFunc", "g": "ExportedFunc"}, "theirs": {"f": "ExportedFunc"}}
    }


def test_exports_of_the_root_keep_modules_types_and_components() -> None:
    plan = plan_of("""(component
      (core module $unused (func (export "u"))) (core module $m (func (export "f")))
      (type $r (record (field "a" u8))) (component $C)
      (export "m" (core module $m)) (export "r" (type $r)) (export "c" (component $C)))""")
    assert plan.exports == (
        ("m", ExportedModule(0)), ("r", ExportedOther(Sort.TYPE)), ("c", ExportedOther(Sort.COMPONENT)),
    )
    assert [[e.name for e in module.exports] for module in plan.modules] == [["f"]], "what nothing reaches is gone"
    assert "m: core module 0\n" in plan_text(plan)
    assert {"name": "m", "module": 0} in plan_data(plan)["exports"]


# -- modules passed on


def test_a_module_is_imported_instantiated_and_passed_on() -> None:
    plan = plan_of("""(component
      (core module $m (func (export "f") (result i32) i32.const 1) (memory (export "mem") 1))
      (core type $t (module (export "f" (func (result i32)))))
      (component $User
        (alias outer 1 $t (core type $t2))
        (import "m" (core module $m (type $t2)))
        (core instance $i (instantiate $m)) (core instance $j (instantiate $m))
        (func (export "f") (result u32) (canon lift (core func $j "f")))
        (export "m2" (core module $m)))
      (instance $u (instantiate $User (with "m" (core module $m))))
      (core instance $k (instantiate (module $u "m2")))
      (export "f" (func $u "f")))""".replace("(instantiate (module $u \"m2\"))", "(instantiate $m2)").replace(
        "(core instance $k", "(alias export $u \"m2\" (core module $m2)) (core instance $k"))
    assert [step.module for step in plan.steps if isinstance(step, InstantiateModule)] == [0, 0, 0]
    assert plan.lifts[0].callee == InstanceExport(1, "f", Sort.CORE_FUNC)


def test_tables_globals_memories_and_tags_come_from_an_imported_module() -> None:
    plan = plan_of("""(component
      (core module $lib (table (export "t") 1 funcref) (global (export "g") i32 (i32.const 0)) (memory (export "m") 1)
        (tag (export "x") (param i32)))
      (component $User
        (import "lib" (core module $lib (export "t" (table 1 funcref)) (export "g" (global i32))
          (export "m" (memory 1)) (export "x" (tag (param i32)))))
        (core instance $lib (instantiate $lib))
        (alias core export $lib "x" (core tag $x))
        (core module $m (import "a" "t" (table 1 funcref)) (import "a" "g" (global i32)) (import "b" "m" (memory 1))
          (import "b" "x" (tag (param i32))))
        (core instance (instantiate $m (with "a" (instance $lib)) (with "b" (instance
          (export "x" (tag $x)) (export "m" (memory $lib "m")))))))
      (instance (instantiate $User (with "lib" (core module $lib)))))""")
    assert plan.steps[-1].args == (  # type: ignore[union-attr]
        InstanceExport(0, "t", Sort.CORE_TABLE), InstanceExport(0, "g", Sort.CORE_GLOBAL),
        InstanceExport(0, "m", Sort.CORE_MEMORY), InstanceExport(0, "x", Sort.CORE_TAG),
    )


# -- types within types


def test_types_reach_types_around_them_by_outer_aliases() -> None:
    """Binary.md, "Alias Definitions": types are scopes as components are."""
    plan = plan_of("""(component
      (type $rec' (record (field "a" u8))) (import "rec" (type $rec (eq $rec')))
      (import "i" (instance $i
        (alias outer 1 $rec (type $r1)) (export "rec" (type $r (eq $r1)))
        (export "deep" (instance
          (alias outer 1 $r (type $r2)) (export "rec" (type $q (eq $r2)))
          (export "deeper" (instance
            (alias outer 3 $rec (type $r3)) (export "rec" (type $s (eq $r3)))
            (export "f" (func (param "x" $s)))))))))
      (alias export $i "deep" (instance $d)) (alias export $d "deeper" (instance $dd))
      (alias export $dd "rec" (type $again))
      (import "g" (func (param "x" $again))))""")
    record = Record((("a", Prim.U8),))
    assert {h.path: h.type.param_types for h in plan.host_imports} == {
        ("i", "deep", "deeper", "f"): (record,), ("g",): (record,),
    }


def test_a_type_takes_types_from_instances_declared_before_it() -> None:
    """Binary.md, notes on declarators: `export` aliases of instances and types."""
    plan = plan_of("""(component
      (import "i" (instance
        (export "a" (instance $a (export "r" (type (sub resource))) (export "s" (type (sub resource)))))
        (alias export $a "s" (type $s))
        (export "b" (instance (alias outer 1 $s (type $t)) (export "t" (type $u (eq $t)))
          (export "f" (func (param "x" (own $u)))))))))""")
    (taken,) = plan.host_imports[0].type.param_types
    assert plan.resources[taken.resource].path == ("i", "a", "s")  # type: ignore[union-attr]


def test_a_component_type_declares_with_what_it_imports() -> None:
    plan = plan_of(f"""(component {SHOP}
      (component $Copy (import "r" (type $r (sub resource))) (export "r2" (type $r)))
      (component $User
        (import "C" (component $C
          (import "r" (type $r (sub resource))) (export "r2" (type (eq $r)))))
        (import "item" (type $item (sub resource)))
        (instance $c (instantiate $C (with "r" (type $item))))
        (alias export $c "r2" (type $same))
        (import "look" (func $look (param "self" (borrow $item)) (result u32)))
        (component $Checked (import "t" (type $t (sub resource))) (import "look" (func (param "self" (borrow $t))
          (result u32))))
        (instance (instantiate $Checked (with "t" (type $same)) (with "look" (func $look))))
        (export "look" (func $look)))
      (instance $s (instantiate $Shop))
      (instance $u (instantiate $User (with "C" (component $Copy)) (with "item" (type $s "item"))
        (with "look" (func $s "look"))))
      (export $item "item" (type $s "item"))
      (export "look" (func $u "look") (func (param "self" (borrow $item)) (result u32))))""")
    assert [r.name for r in plan.resources] == ["root.s.item"]


# -- aliases outwards


def test_outer_aliases_reach_modules_components_and_core_types_of_any_component_around() -> None:
    plan = plan_of(f"""(component {LIBRARY}
      (core module $m (func (export "f"))) (core type $ft (func (param i32)))
      (component $A (component $B (component $C
        (alias outer 3 $m (core module $m)) (core instance $i (instantiate $m))
        (alias outer 3 $Library (component $L)) (instance $l (instantiate $L))
        (alias outer 3 $ft (core type $ft2))
        (core type $t (module (alias outer 1 $ft2 (type $f)) (import "" "" (func (type $f)))))
        (export "f" (func $l "f")))
        (instance $c (instantiate $C)) (export "f" (func $c "f")))
        (instance $b (instantiate $B)) (export "f" (func $b "f")))
      (instance $a (instantiate $A)) (export "f" (func $a "f")))""")
    assert steps_in_words(plan) == ["root.a.b.c.i", "root.a.b.c.l.i"]


# -- how deep


@contextmanager
def little_stack(frames: int) -> Iterator[None]:
    """Python's recursion limit that far above where we are."""
    depth = len(inspect.stack(0))
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(depth + frames)
    try:
        yield
    finally:
        sys.setrecursionlimit(before)


def chain(length: int) -> str:
    """Instance types $t1 to $t{length}, each the type of an export of the next."""
    return '(type $t1 (instance (export "f" (func))))' + "".join(
        f'(type $t{n} (instance (alias outer 1 $t{n - 1} (type $t)) (export "i" (instance (type $t)))))'
        for n in range(2, length + 1)
    )


IN_TYPES = {
    "imported": '(import "i" (instance $i (type $tN)))',
    "exported": '(import "i" (instance $i (type $tN))) (export "again" (instance $i))',
    "passed": """
      (component $C (alias outer 1 $tN (type $t)) (import "i" (instance $i (type $t))) (export "again" (instance $i)))
      (import "i" (instance $i (type $tN))) (instance $c (instantiate $C (with "i" (instance $i))))
      (export "c" (instance $c))""",
}


@pytest.mark.parametrize("way", IN_TYPES)
def test_instances_nested_a_hundred_deep_link(way: str) -> None:
    component = decode(bytes(wat2wasm(f"(component {chain(100)} {IN_TYPES[way].replace('tN', 't100')})")))
    with little_stack(400):
        plan = link(component)
    assert len(plan.host_imports[0].path) == 101
    assert plan_text(plan) and plan_data(plan)


@pytest.mark.parametrize("way", ["imported", "exported"])
def test_instances_nested_a_thousand_deep_are_refused_by_name(way: str) -> None:
    with pytest.raises(Unsupported, match="instances nested more than 128 deep") as refused:
        plan_of_unvalidated(f"(component {chain(1_000)} {IN_TYPES[way].replace('tN', 't1000')})")
    assert refused.value.offset


def test_exported_instances_nested_a_thousand_deep_are_refused_by_name() -> None:
    bags = "".join(f'(instance $i{n} (export "i" (instance $i{n - 1})))' for n in range(1, 1_000))
    with pytest.raises(Unsupported, match="exported instances nested more than 128 deep"):
        plan_of_unvalidated(f'(component (instance $i0) {bags} (export "i" (instance $i999)))')


def test_a_hundred_types_outwards() -> None:
    """Binary.md, "Alias Definitions": an outer alias reaches any number of scopes outwards. Written as bytes, because
    the text format's own parser stops earlier."""
    aliased = b"\x02\x03\x02" + bytes([100]) + b"\x00"
    declared = b"\x42\x02" + aliased + b"\x04\x00\x01r\x03\x00\x00"
    for _ in range(99):
        declared = b"\x42\x02\x01" + declared + b"\x04\x00\x01i\x05\x00"
    types = b"\x02\x72\x01\x01a\x7d" + declared
    imported = b"\x01\x00\x01i\x05\x01"
    again = b"\x01\x00\x01e\x05\x00\x00"
    binary = b"\0asm\x0d\0\x01\0" + section(7, types) + section(10, imported) + section(11, again)
    component = decode(binary)
    with little_stack(400):
        plan = link(component)
    exports = plan.exports
    for _ in range(100):
        ((_, item),) = exports
        assert isinstance(item, ExportedInstance)
        exports = item.exports
    assert exports == (("r", ExportedOther(Sort.TYPE)),)


def test_components_are_given_to_components_many_deep() -> None:
    """Each instantiates what it is given: nesting of instances without nesting of text."""
    def given(length: int) -> str:
        wrapped = "".join(
            f"""(component $C{n} (alias outer 1 $C{n - 1} (component $X)) (instance $x (instantiate $X)))"""
            for n in range(1, length)
        )
        return f"(component (component $C0) {wrapped} (instance $x (instantiate $C{length - 1})))"

    assert len(plan_of(given(100)).component_instances) == 101
    with pytest.raises(Unsupported, match="components nested more than 128 deep"):
        plan_of_unvalidated(given(1_000))


# -- how much


def test_what_is_written_twice_in_each_of_twenty_types_is_read_no_more_than_validation_allows() -> None:
    """An instance with two of the one before it, and so on: validation stops at a million parts."""
    types = '(type $t0 (instance (export "f" (func))))' + "".join(
        f'''(type $t{n} (instance (alias outer 1 $t{n - 1} (type $t))
          (export "a" (instance (type $t))) (export "b" (instance (type $t)))))'''
        for n in range(1, 10)
    )
    plan = plan_of(f'(component {types} (import "i" (instance (type $t9))))')
    assert len(plan.host_imports) == 2 ** 9
