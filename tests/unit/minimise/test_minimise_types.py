"""Types made simpler on both sides of a boundary, with core code and values that fit."""

from __future__ import annotations

import re
from pathlib import Path
from time import monotonic

import pytest
from minimise_scripts import named_component
from wasmtime import wat2wasm

from fuzz.engines.native import NativeEngine
from fuzz.engines.reference import ReferenceEngine
from fuzz.minimise.scripts.flattened import flat, with_core_signatures
from fuzz.minimise.scripts.job import observed
from fuzz.minimise.scripts.model import load_parts
from fuzz.minimise.scripts.reducer import reduce_script
from fuzz.minimise.scripts.search import Oracle, Search, Target
from fuzz.minimise.scripts.shapes import Types
from fuzz.minimise.scripts.signature import script_divergence
from fuzz.minimise.scripts.tree import Tree, mapped
from fuzz.minimise.scripts.trial import HereRunner
from fuzz.validate import is_valid

LEAVING = """(component definition $D
  (component $Other
    (core module $M (func (export "f")))
    (core instance $m (instantiate $M))
    (func (export "f") (canon lift (core func $m "f"))))
  (instance $other (instantiate $Other))
  (component $Callee
    (import "f" (func $f))
    (core func $f-core (canon lower (func $f)))
    (core module $M
      (import "" "f" (func $f))
      (func (export "g") (param i32 i64 f32 i32 i32) (result i32)
        (i32.add (local.get 0) (i32.add (local.get 3) (local.get 4))))
      (func (export "after-g") (param i32) (call $f)))
    (core instance $m (instantiate $M (with "" (instance (export "f" (func $f-core))))))
    (type $pair' (record (field "x" u64) (field "y" f32)))
    (export $pair "pair" (type $pair'))
    (type $kind' (enum "a" "b" "c"))
    (export $kind "kind" (type $kind'))
    (func (export "g") (param "n" u32) (param "p" $pair) (param "k" $kind) (param "o" bool) (result u32)
      (canon lift (core func $m "g") (post-return (core func $m "after-g")))))
  (instance $callee (instantiate $Callee (with "f" (func $other "f"))))
  (core func $g (canon lower (func $callee "g")))
  (core module $Caller
    (import "" "g" (func $g (param i32 i64 f32 i32 i32) (result i32)))
    (func (export "run") (param i32 i32 i32) (result i32)
      (call $g (local.get 0) (i64.const 5) (f32.const 1) (i32.const 2) (local.get 2))))
  (core instance $caller (instantiate $Caller (with "" (instance (export "g" (func $g))))))
  (type $r' (record (field "first" u16) (field "second" char)))
  (export $r "r" (type $r'))
  (func (export "run") (param "r" $r) (param "b" bool) (result u32) (canon lift (core func $caller "run"))))
(component instance $i $D)
(invoke "run" (record.const (field "first" u16.const 3) (field "second" char.const "x")) (bool.const true))
"""


def test_parameters_go_from_both_sides(tmp_path: Path) -> None:
    path = tmp_path / "leaving.wast"
    path.write_text(LEAVING, encoding="utf-8")
    runner = HereRunner({"reference": ReferenceEngine(), "native": NativeEngine()})
    parts = load_parts(path)
    found = script_divergence(observed(parts, runner, ("reference", "native"), str(path)))
    assert found is not None
    assert found.signature.startswith("call reference=trapped:cannot-leave | native=returned")
    oracle = Oracle(runner, Target(found.signature, ("reference", "native")), str(path))
    search = Search(oracle, parts, monotonic() + 30)
    assert reduce_script(search)
    assert re.search(r'\(invoke "[a-z]"\)', search.best.text)
    assert "record" not in search.best.text and "param" not in search.best.text and "result" not in search.best.text


CALL = """(component
  (component $C
    (core module $m (func (export "f") (param i32 i64) (result i32) (local i32) (local.get 0)))
    (core instance $i (instantiate $m)) (core instance $nothing)
    (func (export "f") (param "a" u32) (param "b" s64) (result bool) (canon lift (core func $i "f"))))
  (instance $c (instantiate $C))
  (core func $f (canon lower (func $c "f")))
  (core module $n (import "" "f" (func $f (param i32 i64) (result i32)))
    (func (export "g") (result i32) (call $f (i32.const 1) (i64.const 2))))
  (core instance $j (instantiate $n (with "" (instance (export "f" (func $f))))))
  (func (export "g") (result bool) (canon lift (core func $j "g"))))"""


@pytest.mark.parametrize(("old", "new", "dropped"), [
    ('(param "a" u32) ', "", 0), (' (param "b" s64)', "", 1), (" (result bool)", "", None),
    ('"b" s64', '"b" string', None), ("(result bool)", "(result f64)", None),
])
def test_core_signatures_follow(old: str, new: str, dropped: int | None) -> None:
    before = named_component(CALL)

    def change(node: Tree) -> Tree:
        text = node.text
        if node.head != "type" or "param" not in text or '"a"' not in text:
            return node
        from fuzz.minimise.scripts.tree import read

        return read(text.replace(old, new))[0]

    after = with_core_signatures(before, changed := mapped(before, change), dropped)
    assert changed is not before
    assert not is_valid(bytes(wat2wasm(changed.text)))
    needs_memory = "string" in new
    assert needs_memory or is_valid(bytes(wat2wasm(after.text)))


def test_a_function_of_a_type_that_is_not_its_lift_s_stays_as_it_is() -> None:
    """Where engines differ on what is valid, the best so far need not be."""
    odd = CALL.replace("(param i32 i64) (result i32) (local i32) (local.get 0)", "(result i32) (i32.const 1)")
    before = named_component(odd)
    after = named_component(odd.replace('(param "a" u32) ', ""))
    assert with_core_signatures(before, after, 0).text.count("(result i32) (i32.const 1)") == 1


@pytest.mark.parametrize(("written", "expected"), [
    ("u8", "i32"), ("s64", "i64"), ("(list u8)", "i32 i32"), ("string", "i32 i32"), ("(tuple f32 f64)", "f32 f64"),
    ("(option f32)", "i32 f32"), ('(variant (case "a" f32) (case "b" u8) (case "c"))', "i32 i32"),
    ("(result u64 (error f32))", "i32 i64"), ('(flags "a")', "i32"), ('(enum "a")', "i32"),
    ("(result (error (tuple u8 string)))", "i32 i32 i32 i32"),
])
def test_flat(written: str, expected: str) -> None:
    body = named_component(f"(component (type $t {written}))")
    types = Types(body)
    name = next(name for name in reversed(types.definitions))
    assert " ".join(flat(types, name)) == expected
