"""The known differences of wasmtime 50 as they come out of a comparison, and that each is the one that explains it."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
from handle_components import clerk
from native_components import (
    AT,
    Sent,
    argument_to_guest,
    assemble,
    pointed,
    result_to_guest,
    result_to_host,
)

from fact.model.values import Handle
from fuzz.compare import compare
from fuzz.engines.registry import open_traced
from fuzz.known import explanation, load_known
from fuzz.observe import Program, observe
from fuzz.sexpr import forms

ENGINES = {engine.info.name: engine for engine in open_traced()}
TAG = 1 << 31


def self_call() -> str:
    """Export f of one guest passes a string to another, whose realloc calls a function of its own component."""
    text = argument_to_guest(pointed("string", AT, 1, b"a"), realloc="(call $n) (i32.const 64)")
    return text.replace('(core module $A (memory', """(core module $N (func (export "n")))
        (core instance $n (instantiate $N)) (func $n (canon lift (core func $n "n")))
        (core func $c (canon lower (func $n)))
        (core module $A (import "" "n" (func $n)) (memory""").replace(
        "(instantiate $A)", '(instantiate $A (with "" (instance (export "n" (func $c)))))')


@pytest.mark.parametrize(("text", "known"), [
    (argument_to_guest(pointed("(list char)", AT, 1, b"\0\xd8\0\0"), realloc="unreachable"),
     "realloc-before-lift"),
    (argument_to_guest(pointed("(list string)", AT, 1, struct.pack("<II", 65536, 1)), realloc="unreachable"),
     "realloc-before-lift"),
    (argument_to_guest(Sent("(tuple (list u8) (option u8))", (AT, 1, 2, 0)), realloc="(i32.const -1)"),
     "realloc-before-lift"),
    (result_to_guest(Sent("(tuple char u8)", (0xD800, 0), struct.pack("<II", 0xD800, 0)), area=65532),
     "realloc-before-lift"),
    (argument_to_guest(pointed("string", 1, 0x08000000, encoding="utf16")), "no-length-limit"),
    (result_to_guest(pointed("(list u64)", 4, 0x02000000)), "no-length-limit"),
    (result_to_host(pointed("(list u32)", 65537, 1)), "list-bounds-before-alignment"),
    (argument_to_guest(pointed("string", AT, TAG | 1, b"a\0", "latin1+utf16"), "latin1+utf16",
                       "(i32.add (i32.const 64) (i32.ne (local.get 0) (i32.const 0)))"),
     "latin1-shrink-alignment"),
    (self_call(), "self-call-may-leave"),
])
def test_each_is_explained_by_its_file_and_no_other(text: str, known: str) -> None:
    check(Program(assemble(text), (("f", ()),), (), {}), known)


@pytest.mark.parametrize(("text", "known"), [
    (clerk("(i32.const 0xd800)", type='(param "x" (borrow $item)) (result char)'), "borrows-before-result"),
    (clerk("(local.get 0)", type='(param "x" (borrow $item)) (result (own $item))'), "borrows-before-result"),
    (clerk("(call $both (local.get 0) (local.get 0))"), "not-owned-before-lent"),
])
def test_each_about_handles_is_explained_by_its_file_and_no_other(text: str, known: str) -> None:
    check(Program(assemble(text), (("shop#make", (5,)), ("clerk#do", (Handle(1),))), (), {}), known)


@pytest.mark.parametrize("page", ["lent-borrow-dropped", "lent-before-type"])
def test_each_page_about_lending_is_explained_by_its_file_and_no_other(page: str) -> None:
    """CanonicalABI.md, "Loading" (lift_own, lift_borrow) and "canon resource.drop"."""
    path = Path(__file__).parents[3] / "corpus" / "findings" / f"{page}.wast"
    (definition,) = (form.text for form in forms(path.read_text()) if form.text.startswith("(component definition"))
    text = definition.replace("(component definition $D", "(component", 1)
    check(Program(assemble(text), (("run", ()),), (), {}), page)


def test_a_resource_under_two_names_is_explained_by_its_file_and_no_other() -> None:
    """CanonicalABI.md, "Resource State": a resource type is the same if it is the same object."""
    path = Path(__file__).parents[3] / "corpus" / "findings" / "resource-under-two-names.wast"
    (definition,) = (form.text for form in forms(path.read_text()) if form.text.startswith("(component definition"))
    text = definition.replace("(component definition $D", "(component", 1)
    check(Program(assemble(text), (("use", ()),), (), {}), "resource-under-two-names")


def check(program: Program, known: str) -> None:
    observations = {n: observe(engine, program) for n, engine in ENGINES.items()}
    divergence, features = compare(observations, program), observations["reference"].features
    assert divergence is not None
    versions = {n: engine.info.version for n, engine in ENGINES.items()}
    explanations = [k.id for k in load_known() if explanation([k], divergence, features, versions)]
    assert explanations == [f"wasmtime-{known}"], divergence.signature
