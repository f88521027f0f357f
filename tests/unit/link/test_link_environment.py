"""Modules and components that the root imports. Explainer.md, "Import and Export Definitions"."""

from __future__ import annotations

import pytest
from link_samples import SHOP, plan_of, steps_in_words
from wasmtime import wat2wasm

from fact.decode import decode, decode_core_module
from fact.errors import LinkError, Unsupported
from fact.link import Environment
from fact.link.limits import MAX_WORK
from fact.model.plan import AdapterRef, ExportedInstance, ExportedModule, ExportedOther, InstantiateModule
from fact.model.syntax import Component, CoreModule, Sort
from fact.model.types import Own


def module(text: str) -> CoreModule:
    return decode_core_module(bytes(wat2wasm(text)))


def component(text: str) -> Component:
    return decode(bytes(wat2wasm(text)))


USES_A_MODULE = """(component
  (import "m" (core module $m (import "e" "g" (func (param i32))) (export "f" (func (result i32)))))
  (core module $e (func (export "g") (param i32)))
  (core instance $e (instantiate $e))
  (core instance $i (instantiate $m (with "e" (instance $e))))
  (func (export "f") (result u32) (canon lift (core func $i "f")))
  (export "again" (core module $m)))"""


def test_what_is_imported_counts_as_work_of_the_link() -> None:
    """As if it were nested in the root."""
    many = component("(component " + "(type (func))" * 1000 + ")")
    root = '(component (import "c" (component $c)) ' + "(instance (instantiate $c))" * (MAX_WORK // 1000 + 1) + ")"
    with pytest.raises(Unsupported, match=f"worth more than {MAX_WORK} definitions"):
        plan_of(root, Environment(components={("c",): many}))


# -- modules


@pytest.mark.parametrize("given", [
    '(module (import "e" "g" (func (param i32))) (func (export "f") (result i32) i32.const 3))',
    '(module (func (export "f") (result i32) i32.const 3) (memory (export "more") 1))',
], ids=["as declared", "imports less and exports more"])
def test_a_module_from_the_environment_is_instantiated(given: str) -> None:
    found = module(given)
    plan = plan_of(USES_A_MODULE, Environment(modules={("m",): found}))
    assert plan.modules[0].binary == found.binary
    assert [step.module for step in plan.steps if isinstance(step, InstantiateModule)] == [1, 0]
    assert ("again", ExportedModule(0)) in plan.exports


def test_a_module_inside_an_imported_instance_has_a_path() -> None:
    plan = plan_of(
        """(component (import "lib" (instance $lib (export "in" (instance $in (export "m" (core module))))))
          (alias export $lib "in" (instance $in)) (alias export $in "m" (core module $m))
          (core instance (instantiate $m)))""",
        Environment(modules={("lib", "in", "m"): module("(module)")}),
    )
    assert len(plan.steps) == 1


@pytest.mark.parametrize(("given", "message"), [
    ("(module)", "has no export 'f'"),
    ('(module (global (export "f") i32 (i32.const 0)))', "has no export 'f'"),
    ('(module (func (export "f") (param i32)))', r"has no export 'f' \(core func \(\) -> \(i32\)\): it has 'f'"),
    ('(module (import "e" "g" (func)) (func (export "f") (result i32) i32.const 3))', "has an import 'e' 'g'"),
    ('(module (import "e" "h" (func)) (func (export "f") (result i32) i32.const 3))', "has an import 'e' 'h'"),
])
def test_a_module_of_another_type_does_not_link(given: str, message: str) -> None:
    with pytest.raises(LinkError, match=message) as refused:
        plan_of(USES_A_MODULE, Environment(modules={("m",): module(given)}))
    assert refused.value.offset is not None


def test_a_memory_with_other_addresses_is_another_type() -> None:
    text = '(component (import "m" (core module (export "mem" (memory 1)))))'
    plan_of(text, Environment(modules={("m",): module('(module (memory (export "mem") 1))')}))
    with pytest.raises(LinkError, match="has no export 'mem'"):
        plan_of(text, Environment(modules={("m",): module('(module (memory (export "mem") i64 1))')}))


# -- components


def test_a_component_from_the_environment_is_a_child_instance() -> None:
    """Its resources are its own, its imports what it is given, its exports what its declared type has."""
    plan = plan_of(
        """(component
          (import "c" (component $C
            (import "log" (func (param "x" u32)))
            (export "item" (type $r (sub resource)))
            (export "make" (func (param "x" u32) (result (own $r))))))
          (core module $m (func (export "log") (param i32))) (core instance $m (instantiate $m))
          (func $log (param "x" u32) (canon lift (core func $m "log")))
          (instance $a (instantiate $C (with "log" (func $log))))
          (instance $b (instantiate $C (with "log" (func $log))))
          (export "a" (instance $a)) (export "b" (instance $b)))""",
        Environment(components={("c",): component(f"""(component
          (import "log" (func $log (param "x" u32)))
          (core func $l (canon lower (func $log)))
          (core module $m (import "" "log" (func (param i32))))
          (core instance $i (instantiate $m (with "" (instance (export "log" (func $l))))))
          {SHOP}
          (instance $s (instantiate $Shop))
          (alias export $s "item" (type $t)) (export $item "item" (type $t))
          (export "make" (func $s "make") (func (param "x" u32) (result (own $item))))
          (export "hidden" (func $s "look") (func (param "self" (borrow $item)) (result u32))))""")}),
    )
    assert [(c.name, c.parent) for c in plan.component_instances] == [
        ("root", None), ("root.a", 0), ("root.a.s", 1), ("root.b", 0), ("root.b.s", 3),
    ]
    assert steps_in_words(plan) == [
        "root.m",
        "root.a.i", "root.a.s.i", "define root.a.s.item", "root.a.s.w",
        "root.b.i", "root.b.s.i", "define root.b.s.item", "root.b.s.w",
    ]
    (_, a), (_, b) = plan.exports
    assert isinstance(a, ExportedInstance) and isinstance(b, ExportedInstance)
    assert [name for name, _ in a.exports] == [name for name, _ in b.exports] == ["item", "make"]
    functions = plan.function_exports()
    assert [plan.function_type(functions[f]).result for f in ("a#make", "b#make")] == [Own(0), Own(1)]
    args = {step.name: step.args for step in plan.steps if isinstance(step, InstantiateModule)}
    assert (args["root.a.i"], args["root.b.i"]) == ((AdapterRef(0),), (AdapterRef(1),))


def test_a_component_may_be_exported_again_and_passed_on() -> None:
    plan = plan_of(
        """(component (import "c" (component $C (export "f" (func))))
          (component $User (import "C" (component $D (export "f" (func))))
            (instance $d (instantiate $D)) (export "f" (func $d "f")))
          (instance $u (instantiate $User (with "C" (component $C))))
          (export "c2" (component $C)) (export "f" (func $u "f")))""",
        Environment(components={("c",): component("""(component
          (core module $m (func (export "f"))) (core instance $i (instantiate $m))
          (func (export "f") (canon lift (core func $i "f"))))""")}),
    )
    assert plan.exports[0] == ("c2", ExportedOther(Sort.COMPONENT))
    assert plan.component_instances[plan.lifts[0].instance].name == "root.u.d"


@pytest.mark.parametrize(("given", "message"), [
    ("(component)", "the func export 'f' is not given"),
    ('(component (import "x" (func)) (export "f" (func 0)))', "the func import 'x' is not given"),
])
def test_a_component_of_another_type_does_not_link(given: str, message: str) -> None:
    with pytest.raises(LinkError, match=message):
        plan_of('(component (import "c" (component $C (export "f" (func)))) (instance (instantiate $C)))',
                Environment(components={("c",): component(given)}))


# -- what is missing


@pytest.mark.parametrize(("text", "message"), [
    ('(import "m" (core module))', r"core module import 'm' of the root without Environment.modules\[\('m',\)\]"),
    ('(import "c" (component))', r"component import 'c' of the root without Environment.components\[\('c',\)\]"),
    ('(import "i" (instance (export "m" (core module))))', r"'i#m' of the root without Environment.modules"),
])
def test_what_the_environment_does_not_give_is_refused_by_name_with_its_offset(text: str, message: str) -> None:
    with pytest.raises(Unsupported, match=message) as refused:
        plan_of(f"(component {text})")
    assert refused.value.offset is not None and refused.value.offset > 8
