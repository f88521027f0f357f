"""Names of branches: short words, the same from component to component."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import pytest
from wasmtime import wat2wasm

from fact.adapters.branches_conditions import condition, exact_condition, role, string_condition
from fact.adapters.branches_places import OTHER, kind_of, stage_of, support_kind
from fact.adapters.branches_text import counted
from fuzz.engines.pipeline import adapters_of
from generators.families import render, swarm
from generators.stream import CaseStream

COMPONENTS = Path(__file__).parents[2] / "components"
FLAT_BRANCH = re.compile(r"(?<![\w$.(-])(?:if|br_if|br_table|select|loop)(?![\w.-])")


@pytest.mark.parametrize(("text", "words"), [
    ("(i32.lt_u (local.get $word.out.1) (local.get $word.units))", "written < units"),
    ("(i32.lt_u (local.get $string.units) (i32.mul (local.get $string.tagless) (i32.const 3)))",
     "written < (units * N)"),
    ("(i64.ne (i64.shl (local.get $list.length) (i64.const 3)) (i64.const 0))", "list.length != 0"),
    ("(i32.shl (local.get $list.length) (i32.const 2))", "list.length != 0"),
    ("(i32.le_u (i32.sub (i32.mul (local.get $list.length) (i32.const 12)) (i32.const 8)) (i32.const 8))",
     "list.length in 8..16"),
    ("(i32.eqz (i32.eqz (local.get $length)))", "length != 0"),
    ("(i64.ge_s (local.get $who.units) (i64.const 0))", "untagged(units)"),
    ("(i32.eqz (v128.any_true (v128.and (local.get $v) (i16x8.splat (i32.const 7)))))", "any_true(...) == 0"),
    ("(i32.eq (call $utf16-narrow.i32.i64.latin1 (local.get $x.ptr)) (local.get $x.units))",
     "utf16-narrow.latin1() == units"),
    ("(local.get $shape.case)", "case"),
    ("(i32.ge_u (local.get $shape.case) (i32.const 3))", "case"),
    ("(i32.and (i32.shr_u (i32.const 0x2a) (local.get $shape.4)) (i32.const 1))", "case"),
    ("(i32.le_u (i32.sub (local.get $other.2) (i32.const 3)) (i32.const 2))", "case"),
    ("(i32.eq (i32.load8_u $root.app.memory offset=12 (local.get $params)) (i32.const 5))", "case in memory"),
    ("(i32.ge_u (local.get $list.bulk) (i32.const 48))", "list.bulk >= N"),
    (" ;; a comment\n (; and (one) ;) (local.get $n)", "n != 0"),
    ("", "popped"),
])
def test_conditions_do_not_depend_on_names_and_types(text: str, words: str) -> None:
    assert condition(text) == words


def test_lengths_of_strings_within_variants() -> None:
    text = "(i32.lt_u (local.get $name.out.3) (local.get $name.2))"
    assert string_condition(text) == "written < units"


@pytest.mark.parametrize(("text", "words"), [
    ("(i32.gt_u (local.get $units) (i32.const 8))", "units > 8"),
    ("(i64.gt_u (i64.add (local.get $ptr) (i64.const 16)) (i64.shl (memory.size $m) (i64.const 16)))",
     "(ptr + 16) > (memory << 16)"),
    ("(i32.load8_u $m (local.get $ptr))", "loaded != 0"),
    ("(i32.eqz (i64.eqz (i64.and (local.get $a) (i64.const 0x8080808080808080))))", "ASCII == 0"),
    ("(i32.eq (memory.grow $m (i32.const 1)) (i32.const -1))", "grown == -1"),
    ("(local.tee $mask (i8x16.bitmask (v128.load $m (local.get $ptr))))", "bitmask(...) != 0"),
])
def test_code_without_types_keeps_its_names_and_numbers(text: str, words: str) -> None:
    assert exact_condition(text) == words


@pytest.mark.parametrize(("identifier", "meaning"), [
    ("$string.length", "units"), ("$string.tagless", "units"), ("$string.units", "written"), ("$end.2", "end"),
    ("$a.b.c.units", "units"), ("$a.out.12", "written"), ("$root.app.may_leave", "may_leave"),
    ("$a.staged.out.1", "units"), ("$somebody", ""), ("$some.3", ""), ("$units", "units"),
])
def test_roles_of_locals(identifier: str, meaning: str) -> None:
    assert role(identifier) == meaning


@pytest.mark.parametrize(("identifier", "kind"), [
    ("$checked.root.a.realloc", "realloc"), ("$check.list<list<u8>>.root.a.m", "check list"),
    ("$check.list.12-bytes.m", "check plain list"), ("$check.cases.17.m", "check cases"),
    ("$check.utf8/m", "check utf8"),
    ("$check.latin1+utf16/m", "check latin1+utf16"), ("$check.m", "check value"), ("$move.a-to-b", "move value"),
    ("$move.list.8-bytes.a-to-b", "move plain list"), ("$copy.a-to-b.2", "copy"),
    ("$utf8_to_latin1+utf16.rest/a/b", "utf8 to latin1+utf16, allocated"), ("$latin1_to_utf8/a/b", "latin1 to utf8"),
    ("$lift.own<shop.item>.root", "lift own"), ("$lower.borrow<x>.root", "lower borrow"),
    ("$rows.3-bytes.a-to-b", "rows"),
])
def test_kinds_of_functions(identifier: str, kind: str) -> None:
    assert kind_of(identifier, "") == kind


def test_functions_of_support_modules() -> None:
    wat = '(module (func (export "valid")) (func $valid) (func $below))'
    assert support_kind("utf8-check", wat, "", ' (export "valid")') == "utf8-check.valid"
    assert support_kind("utf8-check", wat, "$valid", "") == "utf8-check.valid, inner"
    assert support_kind("utf8-check", wat, "$below", "") == "utf8-check.below"


def test_an_export_says_more_than_a_name() -> None:
    assert kind_of("$copy.a-to-b", ' (export "adapter:3")') == "adapter"
    assert kind_of("$resource.drop.root.shop.item", ' (export "builtin:3")') == "resource.drop"


@pytest.mark.parametrize(("note", "stage"), [
    (";; -- lift param who: string", "lift param"), (";; -- lift params: 80 bytes, aligned to 8", "lift param"),
    (";; -- lower result", "lower result"), (";; -- call root.a.f", ""), (";; -- elements", None),
    (";; -- leave root", ""), (";; -- a guest's function threw", ""),
    (";; -- the callee has dropped what it borrowed", ""), (";; lift param", None),
])
def test_stages_of_a_call(note: str, stage: str | None) -> None:
    assert stage_of(note) == stage


def names(component: bytes) -> set[str]:
    modules = adapters_of(component, branches=True)
    supports = (support for module in modules for support in module.support)
    return {branch.name for part in (*modules, *supports) for branch in part.branches}


def test_names_of_a_whole_component() -> None:
    found = names(bytes(wat2wasm((COMPONENTS / "letters.wat").read_text())))
    assert {
        "adapter: cannot-leave: traps", "adapter: lift param: pointer-out-of-bounds of string: passes",
        "adapter: lift param: invalid-discriminant: traps", "adapter: lift param: case: yes",
        "adapter: lift result: pointer-misaligned of area: traps", "adapter: lower param: select by case: no",
        "adapter: lower result: realloc-misaligned of list: traps", "check list: loop: 2 turns",
        "string in place: utf8 to utf16: written < units: yes", "string in place: utf8: invalid-utf8: passes",
        "string in place: utf16 to utf8: realloc-out-of-bounds (2): traps", "copy: n >= 17: yes",
        "utf8-check.valid: entered", "utf16-narrow.below: left < 64: yes",
    } <= found
    assert "adapter: lower param: realloc-misaligned of string: passes" in found, "the first block of a string"


def test_names_are_the_same_for_other_names_and_sizes() -> None:
    text = (COMPONENTS / "letters.wat").read_text()
    other = text.replace('"word"', '"end-of-units"').replace('"between"', '"ptr"').replace("$Scribe", "$Copy")
    assert other != text
    assert names(bytes(wat2wasm(other))) == names(bytes(wat2wasm(text)))


def sampled(numbers: Sequence[int]) -> set[str]:
    stream = CaseStream(swarm, 4_040)
    return set[str]().union(*(names(bytes(wat2wasm(render(stream(number)).text))) for number in numbers))


def test_names_level_off() -> None:
    """Of 1,200 names in thousands of cases, nearly all are in the first few dozen; no name tells what a component
    says."""
    known = sampled(range(0, 1000, 25))
    more = sampled(range(1000, 1500, 25)) - known
    assert 500 < len(known) < 1500 and len(more) < len(known) / 8
    assert not [name for name in known | more if "$" in name or name.startswith(OTHER) or "(;" in name]
    assert max(map(len, known | more)) < 110


def test_no_branch_of_generated_code_is_written_flat() -> None:
    """Only folded ones are counted."""
    stream = CaseStream(swarm, 4_041)
    for number in range(0, 1000, 100):
        for module in adapters_of(bytes(wat2wasm(render(stream(number)).text))):
            for text in (module.wat, *(support.wat for support in module.support)):
                code = re.sub(r';;[^\n]*|\(;.*?;\)|"[^"]*"', "", text)
                assert not FLAT_BRANCH.search(code), FLAT_BRANCH.search(code)
                ifs, ways = code.count("(if"), [b.way for b in counted(text).branches]
                assert ways.count("yes") + ways.count("traps") >= ifs
