"""Linking: Explainer.md, "Instance Definitions", "Alias Definitions", "Import and Export Definitions"."""

from __future__ import annotations

import pytest
from link_samples import section
from wasmtime import wat2wasm

from fact.decode import decode
from fact.link import link
from fact.model.plan import (
    AdapterRef,
    ExportedFunc,
    ExportedHostFunc,
    ExportedInstance,
    HostLowerRef,
    InstanceExport,
    InstantiateModule,
    Plan,
)
from fact.model.syntax import Sort
from fact.model.types import Prim

CALLEE = """
  (component $Callee
    (core module $m (func (export "f") (param i32) (result i32) (local.get 0)))
    (core instance $i (instantiate $m))
    (func (export "f") (param "x" u8) (result u8) (canon lift (core func $i "f"))))
"""
CALLER = """
  (component $Caller
    (import "f" (func $f (param "x" u8) (result u8)))
    (core func $l (canon lower (func $f)))
    (core module $m (import "" "f" (func (param i32) (result i32))) (export "g" (func 0)))
    (core instance $i (instantiate $m (with "" (instance (export "f" (func $l))))))
    (func (export "g") (param "x" u8) (result u8) (canon lift (core func $i "g"))))
"""


def plan_of(text: str) -> Plan:
    return link(decode(bytes(wat2wasm(text))))


def steps_of(plan: Plan) -> list[InstantiateModule]:
    return [step for step in plan.steps if isinstance(step, InstantiateModule)]


def test_a_lower_of_a_siblings_lift_is_an_adapter() -> None:
    plan = plan_of(f"""(component {CALLEE} {CALLER}
      (instance $a (instantiate $Callee))
      (instance $b (instantiate $Caller (with "f" (func $a "f"))))
      (export "g" (func $b "g")))""")
    assert [c.name for c in plan.component_instances] == ["root", "root.a", "root.b"]
    assert [c.parent for c in plan.component_instances] == [None, 0, 0]
    (adapter,) = plan.adapters
    lift = plan.lifts[adapter.lift]
    assert (adapter.caller, lift.instance) == (2, 1)
    assert lift.callee == InstanceExport(0, "f", Sort.CORE_FUNC)
    assert [step.args for step in steps_of(plan)] == [(), (AdapterRef(0),)]
    exported = plan.function_exports()["g"]
    assert isinstance(exported, ExportedFunc)
    assert plan.lifts[exported.lift].callee == InstanceExport(1, "g", Sort.CORE_FUNC)


def test_each_instance_of_a_component_is_its_own() -> None:
    plan = plan_of(f"""(component {CALLEE} {CALLER}
      (instance $a (instantiate $Callee))
      (instance $a2 (instantiate $Callee))
      (instance $b (instantiate $Caller (with "f" (func $a2 "f"))))
      (export "g" (func $b "g")) (export "f" (func $a "f")))""")
    assert [step.module for step in steps_of(plan)] == [0, 0, 1], "two instances of one module"
    (adapter,) = plan.adapters
    assert plan.component_instances[plan.lifts[adapter.lift].instance].name == "root.a2"
    assert plan.lifts[adapter.lift].callee == InstanceExport(1, "f", Sort.CORE_FUNC)


def test_lowers_that_nothing_reaches_are_dropped() -> None:
    plan = plan_of(f"""(component {CALLEE}
      (instance $a (instantiate $Callee))
      (core func $unused (canon lower (func $a "f")))
      (export "f" (func $a "f")))""")
    assert plan.adapters == ()
    assert len(plan.lifts) == 1


def test_a_root_import_is_the_hosts_and_may_be_exported_again() -> None:
    plan = plan_of(f"""(component
      (import "f" (func $f (param "x" u8) (result u8))) {CALLER}
      (instance $b (instantiate $Caller (with "f" (func $f))))
      (export "g" (func $b "g")) (export "again" (func $f)))""")
    assert plan.adapters == ()
    (lower,) = plan.host_lowers
    assert steps_of(plan)[0].args == (HostLowerRef(0),)
    assert plan.host_imports[lower.host_import].path == ("f",)
    assert plan.function_exports()["again"] == ExportedHostFunc(0)


def test_an_instance_import_gives_its_functions_paths() -> None:
    plan = plan_of("""(component
      (import "a:b/c@1.0.0" (instance $i
        (type $u u16) (export "t" (type (eq $u)))
        (export "f" (func (param "x" u32) (result bool)))
        (export "deep" (instance (export "g" (func))))))
      (export "again" (instance $i)))""")
    assert [h.path for h in plan.host_imports] == [("a:b/c@1.0.0", "f"), ("a:b/c@1.0.0", "deep", "g")]
    assert plan.host_imports[0].type.params == (("x", Prim.U32),)
    assert set(plan.function_exports()) == {"again#f", "again#deep#g"}


@pytest.mark.parametrize("levels", [1, 2, 3])
def test_outer_aliases_reach_definitions_levels_outwards(levels: int) -> None:
    inner = """(core instance $i (instantiate $shared))
               (func (export "f") (result u32) (canon lift (core func $i "f")))"""
    for level in range(levels):
        inner = f"""(component $L{level} {inner}) (instance $i{level} (instantiate $L{level}))
                    (export "f" (func $i{level} "f"))"""
    plan = plan_of(f"""(component
      (core module $shared (func (export "f") (result i32) (i32.const 7))) {inner})""")
    assert len(plan.modules) == 1
    assert len(plan.component_instances) == levels + 1
    (step,) = steps_of(plan)
    assert len(plan.ancestors(step.owner)) == levels + 1


def test_outer_alias_of_a_type_and_of_a_component() -> None:
    plan = plan_of(f"""(component {CALLEE}
      (type $t (func (param "x" u8) (result u8)))
      (component $Middle
        (alias outer 1 $Callee (component $C))
        (component $Inner
          (alias outer 2 $t (type $t))
          (import "f" (func $f (type $t)))
          (export "h" (func $f)))
        (instance $c (instantiate $C))
        (instance $n (instantiate $Inner (with "f" (func $c "f"))))
        (export "h" (func $n "h")))
      (instance $m (instantiate $Middle))
      (export "h" (func $m "h")))""")
    exported = plan.function_exports()["h"]
    assert isinstance(exported, ExportedFunc)
    assert plan.component_instances[plan.lifts[exported.lift].instance].name == "root.m.c"


def test_core_instances_put_together_from_several() -> None:
    plan = plan_of("""(component
      (core module $a (func (export "f")) (global (export "g") i32 (i32.const 1)))
      (core module $b (memory (export "mem") 1) (table (export "t") 1 funcref))
      (core module $c
        (import "x" "f" (func)) (import "x" "m" (memory 1)) (import "x" "g" (global i32))
        (import "y" "t" (table 1 funcref)))
      (core instance $ia (instantiate $a)) (core instance $ib (instantiate $b))
      (core instance (instantiate $c
        (with "x" (instance (export "f" (func $ia "f")) (export "m" (memory $ib "mem")) (export "g" (global $ia "g"))))
        (with "y" (instance $ib)))))""")
    assert steps_of(plan)[2].args == (
        InstanceExport(0, "f", Sort.CORE_FUNC),
        InstanceExport(1, "mem", Sort.CORE_MEMORY),
        InstanceExport(0, "g", Sort.CORE_GLOBAL),
        InstanceExport(1, "t", Sort.CORE_TABLE),
    )


def test_a_lift_of_a_lowered_function_makes_an_adapter_call_an_adapter() -> None:
    plan = plan_of(f"""(component {CALLEE} {CALLER}
      (component $Relay
        (import "f" (func $f (param "x" u8) (result u8)))
        (core func $l (canon lower (func $f)))
        (func (export "f") (param "x" u8) (result u8) (canon lift (core func $l))))
      (instance $a (instantiate $Callee))
      (instance $r (instantiate $Relay (with "f" (func $a "f"))))
      (instance $b (instantiate $Caller (with "f" (func $r "f"))))
      (export "g" (func $b "g")))""")
    assert len(plan.adapters) == 2
    outer = next(a for a in plan.adapters if plan.component_instances[a.caller].name == "root.b")
    assert isinstance(plan.lifts[outer.lift].callee, AdapterRef)


def test_instances_are_passed_and_exported_whole() -> None:
    plan = plan_of(f"""(component {CALLEE}
      (component $Pass
        (import "i" (instance $i (export "f" (func (param "x" u8) (result u8)))))
        (instance $bundle (export "again" (func $i "f")) (export "inner" (instance $i)))
        (export "b" (instance $bundle)))
      (instance $a (instantiate $Callee))
      (instance $p (instantiate $Pass (with "i" (instance $a))))
      (export "p" (instance $p "b")))""")
    assert set(plan.function_exports()) == {"p#again", "p#inner#f"}
    (name, exported) = plan.exports[0]
    assert name == "p" and isinstance(exported, ExportedInstance)


def test_labels_of_a_function_are_those_it_is_seen_through() -> None:
    plan = plan_of(f"""(component {CALLEE} {CALLER}
      (instance $a (instantiate $Callee))
      (instance $b (instantiate $Caller (with "f" (func $a "f"))))
      (export "g" (func $b "g")))""")
    assert plan.adapters[0].type.params == (("x", Prim.U8),)


def test_a_hundred_nested_components_link() -> None:
    """Written as bytes, because the text format's own parser stops earlier (Binary.md, "Component Definitions")."""
    preamble, instantiate_0 = b"\0asm\x0d\0\x01\0", b"\x05\x04\x01\x00\x00\x00"
    binary = bytes(wat2wasm('(component (core module $m (func (export "f"))) (core instance (instantiate $m)))'))
    for _ in range(99):
        binary = preamble + section(4, binary) + instantiate_0
    plan = link(decode(binary))
    assert len(plan.component_instances) == 100
    assert len(plan.ancestors(99)) == 100
