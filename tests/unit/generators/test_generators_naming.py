"""Names of value types: the same structure under different names, named twice, and by aliases (Explainer.md, "Type
Checking": type equality is structural, and what `eq` bounds is equal)."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import pytest
from msgspec.structs import replace
from wasmtime import wat2wasm

from fact.model.types import Prim
from fact.model.values import same_value
from fuzz.engines.base import Engine
from fuzz.engines.native import NativeEngine
from fuzz.engines.reference import ReferenceEngine
from generators import from_json, render, to_json
from generators.blueprint import (
    NAMINGS,
    Blueprint,
    Call,
    Child,
    Definition,
    Export,
    Function,
    Guest,
    GuestImport,
    Import,
    Naming,
    Ref,
    Signature,
    Step,
)
from generators.codetext import passes_code
from generators.operands import CallResult, Param
from generators.valtypes import EnumOf, FlagsOf, ListOf, OptionOf, RecordOf, VariantOf
from generators.values import made_image, value

ENGINES: tuple[Engine, ...] = (NativeEngine(), ReferenceEngine())

INNER = RecordOf((Prim.U8, EnumOf(3)))
TYPES = (ListOf(INNER), VariantOf((None, INNER, FlagsOf(9))), OptionOf(Prim.STRING), EnumOf(3))
SIGNATURE = Signature(TYPES, TYPES[0])
ARGS = tuple(made_image(t, 4_711) for t in TYPES)


def passed_on(namings: Sequence[tuple[Naming, ...]] = ((), (), ()), *, whole: bool = False) -> Blueprint:
    """A caller forwards to a callee, which returns its first parameter; they and the root handle names in the ways that
    *namings* says. *whole*: the caller imports the callee's instance."""
    callee, caller, root = namings
    used = Import("dep0", None, (("f0", SIGNATURE),)) if whole else Import("in0", SIGNATURE)
    path = ("f0",) if whole else ()
    called = Guest(functions=(Function(SIGNATURE, (), Param(0)),))
    calling = Guest(
        (GuestImport(Ref("import", 0, path), SIGNATURE),),
        (Function(SIGNATURE, (Step(0, tuple(Param(i) for i in range(len(TYPES)))),), CallResult(0)),), (), "indirect",
    )
    exports = (Export("f0", Ref("item", 0, ("f0",))),)
    return Blueprint(
        (
            Definition(2, items=(called,), exports=exports, naming=callee),
            Definition(2, (used,), (calling,), exports, naming=caller),
            Definition(None, items=(Child(0), Child(1, (Ref("item", 0, () if whole else ("f0",)),))),
                       exports=(Export("f0", Ref("item", 1, ("f0",))),), naming=root),
        ),
        calls=(Call("f0", ARGS),),
    )


@pytest.mark.parametrize(("side", "naming", "whole"), list(product(range(3), NAMINGS, (False, True))))
def test_names_change_nothing(side: int, naming: Naming, whole: bool) -> None:
    namings: list[tuple[Naming, ...]] = [(), (), ()]
    namings[side] = (naming,)
    check(passed_on(namings, whole=whole))


@pytest.mark.parametrize("others", [(), ("kinds", "again"), ("chained",)])
def test_all_ways_at_once_change_nothing(others: tuple[Naming, ...]) -> None:
    for namings in ((NAMINGS, others, others), (others, NAMINGS, others), (others, others, NAMINGS), (NAMINGS,) * 3):
        check(passed_on(namings))
        check(passed_on(namings, whole=True))


def check(blueprint: Blueprint) -> None:
    assert from_json(to_json(blueprint)) == blueprint
    rendered = render(blueprint)
    binary = bytes(wat2wasm(rendered.text))
    for engine in ENGINES:
        running = engine.load(binary).instantiate(lambda *_: None)
        (name, args), = rendered.calls
        assert same_value(running.invoke(name, args), value(TYPES[0], ARGS[0]))


@pytest.mark.parametrize(("naming", "side", "shown"), [
    ("kinds", 1, '(import "record-n1" (type $D1.v1 (eq $D1.v1.is)))'),
    ("chained", 1, '(import "t1-first" (type $D1.v1.first (eq $D1.v1.is)))'),
    ("chained", 1, '(import "t1" (type $D1.v1 (eq $D1.v1.first)))'),
    ("chained", 1, '(with "t1-first" (type $D2.v1))'),
    ("again", 0, '(export $D0.v1.again "t1-again" (type $D0.v1))'),
    ("again", 0, '(param "p3" $D0.v0.again)'),
    ("all", 1, '(import "t2" (type $D1.v2 (eq $D1.v2.is)))'),
    ("all", 0, '(export $D0.v2 "t2" (type $D0.v2.is))'),
    ("outer", 0, "(alias outer $D2 $D2.v0 (type $D0.v0.is))"),
    ("of instances", 2, '(with "t1" (type $i0 "t1"))'),
    ("of instances", 2, '(export "of-i0-t0" (type $i0 "t0"))'),
])
def test_each_way_shows_in_the_text(naming: Naming, side: int, shown: str) -> None:
    namings: list[tuple[Naming, ...]] = [(), (), ()]
    assert shown not in render(passed_on(namings)).text
    namings[side] = (naming,)
    assert shown in render(passed_on(namings)).text


def test_types_that_come_with_an_instance() -> None:
    """Explainer.md, "Import and Export Definitions": the type of an imported instance exports types, by which its
    functions go, and the instance that is given exports equal ones."""
    text = render(passed_on(((), ("members", "of instances"), ("of instances",)), whole=True)).text
    first = '(import "dep0" (instance $import0 (type $D1.v0.is (enum "c0" "c1" "c2")) (export "ty0" (type $D1.v0 (eq'
    assert first in text
    assert '(instance $i1.dep0 (export "f0" (func $i0 "f0")) (export "ty0" (type $i0 "t0"))' in text
    assert '(export "of-import0-ty0" (type $import0 "ty0"))' in text
    assert "(import \"t0\"" not in text


def test_components_that_are_passed_on_are_told_apart() -> None:
    """Their imports keep the labels that those who are given them declare."""
    plain = passed_on()
    assert not any(map(passes_code, plain.definitions))
    root = plain.definitions[2]
    assert passes_code(replace(root, items=(Child(0), Child(1, (Ref("component", 0),)))))
    assert passes_code(replace(root, exports=(Export("m", Ref("module", 0, ("0",))),)))
    assert passes_code(replace(root, items=(Child(0, given=Ref("import", 0)),)))
