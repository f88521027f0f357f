"""A definition is taken out with what cannot be without it."""

from __future__ import annotations

import pytest
from minimise_scripts import named_component
from wasmtime import wat2wasm

from fuzz.minimise.scripts.cascade import without
from fuzz.minimise.scripts.passes_definitions import without_label
from fuzz.minimise.scripts.tree import Tree, walk
from fuzz.minimise.scripts.unused import unused_in
from fuzz.validate import is_valid

TWO = """(component
  (component $A
    (core module $m (func (export "f")) (func (export "g") (result i32) (i32.const 7)) (func (export "after")))
    (core instance $i (instantiate $m))
    (func (export "f") (canon lift (core func $i "f") (post-return (core func $i "after"))))
    (func (export "g") (result u32) (canon lift (core func $i "g"))))
  (instance $a (instantiate $A))
  (component $B
    (import "a" (instance $a (export "f" (func)) (export "g" (func (result u32)))))
    (core func $f (canon lower (func $a "f")))
    (core func $g (canon lower (func $a "g")))
    (core module $n
      (import "a" "f" (func $f)) (import "a" "g" (func $g (result i32)))
      (table 2 funcref) (elem (i32.const 0) $f $g)
      (func (export "run") (result i32) (call $f) (i32.add (call $g) (i32.const 1))))
    (core instance $j (instantiate $n (with "a" (instance (export "f" (func $f)) (export "g" (func $g))))))
    (func (export "run") (result u32) (canon lift (core func $j "run"))))
  (instance $b (instantiate $B (with "a" (instance $a))))
  (export "run" (func $b "run")))"""


def valid(tree: Tree) -> bool:
    return is_valid(bytes(wat2wasm(tree.text)))


@pytest.mark.parametrize("label", ['"f"', '"g"'])
def test_an_export_of_a_core_module_goes_with_all_that_is_made_of_it(label: str) -> None:
    tree = named_component(TWO)
    smaller = without_label(tree, ("$m", label))
    assert valid(smaller)
    assert not [n for n in walk(smaller) if n.head in ("alias", "export", "import", "with") and label in n]


def test_a_call_of_what_is_gone_is_a_constant() -> None:
    smaller = without_label(named_component(TWO), ("$m", '"g"'))
    assert "(i32.add (i32.const 0) (i32.const 1))" in smaller.text


def test_an_option_goes_without_its_function() -> None:
    smaller = without_label(named_component(TWO), ("$m", '"after"'))
    assert valid(smaller)
    assert "post-return" not in smaller.text
    assert smaller.text.count("canon lift") == 3


def test_an_instance_goes_with_what_it_is_given_for() -> None:
    tree = named_component(TWO)
    smaller = without(tree, ["$a"])
    assert valid(smaller)
    assert "(import" not in smaller.text
    assert "canon lower" not in smaller.text


def test_nothing_refers_to_what_is_unused() -> None:
    tree = named_component("""(component
      (core module $m (func (export "f")) (global i32 (i32.const 1)) (func (export "g")))
      (core module $unused (func))
      (core instance $i (instantiate $m))
      (type $t (list u8))
      (func (export "f") (canon lift (core func $i "f"))))""")
    names = unused_in(tree)
    assert {"$unused", "$g"} <= set(names)
    smaller = without(tree, names)
    assert valid(smaller)
    assert "$unused" not in smaller.text and "global" not in smaller.text
    assert '(export "f"' in smaller.text


def test_a_field_goes_with_its_type() -> None:
    tree = named_component("""(component
      (type $inner' (record (field "x" u8))) (export $inner "inner" (type $inner'))
      (type $outer (record (field "a" u32) (field "b" $inner))) (export "outer" (type $outer)))""")
    smaller = without(tree, ["$inner"])
    assert '(record (field "a" u32))' in smaller.text
    assert valid(smaller)
