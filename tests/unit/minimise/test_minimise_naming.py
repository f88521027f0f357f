"""Binaries as trees in which every name is unique."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from minimise_scripts import COMPONENTS, FINDINGS, WAST
from wasmtime import wat2wasm

from fact.decode import decode
from fact.link import Environment, link
from fuzz.minimise.scripts.cascade import bound
from fuzz.minimise.scripts.naming import named
from fuzz.minimise.scripts.passes_definitions import modules
from fuzz.minimise.scripts.scopes import NotNamed
from fuzz.minimise.scripts.tree import Tree, walk
from fuzz.wast.script import load_script

SCRIPTS = [WAST / f"{name}.wast" for name in (
    "resources-own", "instance-types", "outer-aliases", "modules-passed", "component-arguments", "name-forms",
    "shim-and-fixup", "exceptions", "context-slot")] + sorted(FINDINGS.glob("*.wast"))[:4]


def kinds(binary: bytes) -> Counter[str]:
    """Of all definitions, however deep."""
    return Counter(type(d).__name__ for d in decode(binary).definitions)


@pytest.mark.parametrize("path", sorted(COMPONENTS.glob("*.wat")), ids=lambda path: path.stem)
def test_a_component_stays_what_it_is(path: Path) -> None:
    binary = bytes(wat2wasm(path.read_text(encoding="utf-8")))
    again = bytes(wat2wasm(named(binary).text))
    assert kinds(again) == kinds(binary)
    before, after = link(decode(binary), Environment()), link(decode(again), Environment())
    assert {n: str(before.function_type(f)) for n, f in before.function_exports().items()} == {
        n: str(after.function_type(f)) for n, f in after.function_exports().items()}


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_names_are_unique_and_binaries_of_the_same_length(path: Path) -> None:
    for binary in load_script(path).binaries.values():
        tree = named(binary)
        defined = Counter(_defined(tree))
        assert {name for name, count in defined.items() if count > 1} == set()
        assert _without_names(bytes(wat2wasm(tree.text))) == _without_names(binary)


def _defined(tree: Tree) -> list[str]:
    """All that components, their types and core modules define."""
    inside = [n for n in walk(tree) if n.head in ("component", "instance", "module") or n[:2] == ("core", "module")]
    fields = [f for n in inside for f in n.trees if f.head not in ("instantiate", "with", "item")]
    assert any(modules(tree)) or fields
    return [name for f in {id(f): f for f in fields}.values() if len(f) > 2 and (name := bound(f))]


def _without_names(binary: bytes) -> Counter[str]:
    return kinds(binary) if binary[4] != 1 else Counter({"module": 1})


def test_an_export_of_an_instance_type_has_its_name_where_the_text_format_wants_it() -> None:
    text = """(component (import "i" (instance
      (export "r" (type $r (sub resource))) (export "f" (func (param "x" (borrow $r)))))))"""
    tree = named(bytes(wat2wasm(text)))
    declared = [n.text for n in walk(tree) if n.head == "export"]
    assert declared == ['(export "r" (type $t (sub resource)))', '(export "f" (func $f (type $t2)))']


def test_what_is_no_binary_is_not_named() -> None:
    with pytest.raises(NotNamed):
        named(b"\0asm\x0d\0\x01\0\x99\x01\x00")
