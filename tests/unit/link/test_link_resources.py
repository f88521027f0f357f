"""Resource types, handles and built-ins in a plan. Explainer.md, "Type Definitions", "Type Checking" and "Canonical
Built-ins"; CanonicalABI.md, "Canonical Definitions"."""

from __future__ import annotations

import json

import pytest
from link_samples import ITEMS, SHOP, USER, plan_of, plan_of_unvalidated, steps_in_words

from fact.errors import LinkError, Unsupported
from fact.link import Environment
from fact.link.describe import plan_text
from fact.link.plan_json import plan_data
from fact.model.plan import (
    AdapterRef,
    BuiltinRef,
    ExportedInstance,
    ExportedResource,
    HostLowerRef,
    InstanceExport,
    InstantiateModule,
    Resource,
)
from fact.model.syntax import Sort
from fact.model.types import Borrow, CoreFuncType, FuncType, List, Own, Prim, Record

PAIR = f"""(component {SHOP} {USER}
  (instance $s (instantiate $Shop))
  (instance $u (instantiate $User (with "shop" (instance $s))))
  (export "run" (func $u "run")))"""


# -- who defines a resource, and when


def test_a_resource_is_its_component_instances_with_its_destructor() -> None:
    plan = plan_of(PAIR)
    dtor = InstanceExport(0, "dtor", Sort.CORE_FUNC)
    assert plan.resources == (Resource(0, "root.s.item", 1, dtor),)
    assert [a.type for a in plan.adapters] == [
        FuncType((("x", Prim.U32),), Own(0)),
        FuncType((("self", Borrow(0)),), Prim.U32),
    ]
    assert [plan.lifts[a.lift].type for a in plan.adapters] == [a.type for a in plan.adapters]


def test_the_destructor_is_there_where_the_definition_stands() -> None:
    assert steps_in_words(plan_of(PAIR)) == ["root.s.i", "define root.s.item", "root.s.w", "root.u.i"]


def test_a_resource_without_a_destructor_needs_no_step() -> None:
    plan = plan_of("(component (type $t (resource (rep i32))) (export \"t\" (type $t)))")
    assert plan.resources == (Resource(0, "root.t", 0, None),)
    assert plan.steps == ()
    assert plan.exports == (("t", ExportedResource(0)),)


def test_each_instance_of_a_component_has_a_resource_type_of_its_own() -> None:
    """Explainer.md, "Type Checking": resource types are generative."""
    plan = plan_of(f"""(component {SHOP} {USER}
      (instance $s (instantiate $Shop)) (instance $s2 (instantiate $Shop))
      (instance $u (instantiate $User (with "shop" (instance $s2))))
      (instance $u2 (instantiate $User (with "shop" (instance $s))))
      (export "run" (func $u "run")) (export "run2" (func $u2 "run")))""")
    assert [(r.name, r.instance) for r in plan.resources] == [("root.s.item", 1), ("root.s2.item", 2)]
    made = [(plan.component_instances[a.caller].name, a.type.result) for a in plan.adapters if a.name == "make"]
    assert made == [("root.u", Own(1)), ("root.u2", Own(0))]
    drops = [b for b in plan.builtins if b.kind == "resource.drop"]
    assert [(plan.component_instances[b.instance].name, b.resource) for b in drops] == [("root.u", 1), ("root.u2", 0)]


def test_the_built_ins_and_their_core_types() -> None:
    plan = plan_of("""(component
      (type $t (resource (rep i32)))
      (core func $new (canon resource.new $t)) (core func $rep (canon resource.rep $t))
      (core func $drop (canon resource.drop $t))
      (core func $get (canon context.get i32 1)) (core func $set (canon context.set i32 0))
      (core module $m
        (import "" "new" (func (param i32) (result i32))) (import "" "rep" (func (param i32) (result i32)))
        (import "" "drop" (func (param i32)))
        (import "" "get" (func (result i32))) (import "" "set" (func (param i32))))
      (core instance (instantiate $m (with "" (instance
        (export "new" (func $new)) (export "rep" (func $rep)) (export "drop" (func $drop))
        (export "get" (func $get)) (export "set" (func $set)))))))""")
    takes, maps, gives = CoreFuncType(("i32",), ()), CoreFuncType(("i32",), ("i32",)), CoreFuncType((), ("i32",))
    assert [(b.kind, b.type, b.resource, b.slot) for b in plan.builtins] == [
        ("resource.new", maps, 0, 0),
        ("resource.rep", maps, 0, 0),
        ("resource.drop", takes, 0, 0),
        ("context.get", gives, None, 1),
        ("context.set", takes, None, 0),
    ]
    (step,) = plan.steps
    assert isinstance(step, InstantiateModule)
    assert step.args == tuple(BuiltinRef(i) for i in range(5))


def test_context_storage_of_a_component_is_of_one_type() -> None:
    """CanonicalABI.md, "canon context.get": all of a component's built-ins for it specify the same type."""
    nested = "(component (core func (canon context.get i64 0)) (core func (canon context.set i64 1)))"
    plan_of(f"(component (core func (canon context.get i32 0)) {nested} (instance (instantiate 0)))")
    with pytest.raises(LinkError, match=r"context\.set i64 1: those before it have i32") as refused:
        plan_of_unvalidated("(component (core func (canon context.get i32 0)) (core func (canon context.set i64 1)))")
    assert refused.value.offset is not None


def test_a_representation_that_is_no_i32_is_refused_by_name() -> None:
    """Explainer.md, "Type Definitions", gates the other, i64, with 64-bit memories."""
    with pytest.raises(Unsupported, match="resource with representation i64") as refused:
        plan_of("(component (type (resource (rep i64))))")
    assert refused.value.offset == 11


# -- any core function anywhere


def test_a_built_in_may_stand_wherever_a_core_function_may() -> None:
    plan = plan_of("""(component
      (core module $lib (memory (export "m") 1) (func (export "f") (param i32 i32)))
      (core instance $lib (instantiate $lib))
      (type $t' (resource (rep i32))) (export $t "t" (type $t'))
      (core func $drop (canon resource.drop $t')) (core func $rep (canon resource.rep $t'))
      (core func $set (canon context.set i32 0))
      (type $nested' (resource (rep i32) (dtor (core func $drop)))) (export $nested "nested" (type $nested'))
      (func (export "lift") (param "x" (own $t)) (result u32) (canon lift (core func $rep)))
      (func (export "post") (param "x" u32) (result u32) (canon lift (core func $rep) (post-return (core func $set)))))
    """)
    ref = {builtin.kind: BuiltinRef(builtin.index) for builtin in plan.builtins}
    assert plan.resources[1].dtor == ref["resource.drop"]
    assert [lift.callee for lift in plan.lifts] == [ref["resource.rep"]] * 2
    assert plan.lifts[1].options.post_return == ref["context.set"]


def test_an_adapter_and_a_host_lower_may_be_destructors() -> None:
    plan = plan_of("""(component
      (import "gone" (func $gone (param "x" u32)))
      (component $Bin (core module $m (func (export "f") (param i32))) (core instance $i (instantiate $m))
        (func (export "f") (param "x" u32) (canon lift (core func $i "f"))))
      (instance $bin (instantiate $Bin))
      (core func $a (canon lower (func $bin "f"))) (core func $h (canon lower (func $gone)))
      (type $a (resource (rep i32) (dtor (core func $a)))) (export "a" (type $a))
      (type $h (resource (rep i32) (dtor (core func $h)))) (export "h" (type $h)))""")
    assert [r.dtor for r in plan.resources] == [AdapterRef(0), HostLowerRef(0)]
    assert [(a.name, plan.lifts[a.lift].callee) for a in plan.adapters] == [
        ("f", InstanceExport(0, "f", Sort.CORE_FUNC))
    ]
    assert steps_in_words(plan) == ["root.bin.i", "define root.a", "define root.h"]


# -- substitution of abstract types. Binary.md, notes on `instantiate`


def test_an_abstract_type_is_the_one_it_was_given_in_every_type_after_it() -> None:
    plan = plan_of(f"""(component {SHOP}
      (component $Wide
        (import "r" (type $r (sub resource)))
        (import "same" (type $same (eq $r)))
        (type $rec' (record (field "own" (own $same)) (field "all" (list (own $r)))))
        (import "rec" (type $rec (eq $rec')))
        (import "f" (func $f (param "x" u32) (result (own $same))))
        (export "f" (func $f)))
      (instance $s (instantiate $Shop))
      (alias export $s "item" (type $item))
      (type $rec' (record (field "own" (own $item)) (field "all" (list (own $item)))))
      (instance $w (instantiate $Wide (with "r" (type $item)) (with "same" (type $item)) (with "rec" (type $rec'))
        (with "f" (func $s "make"))))
      (export $item2 "item" (type $item))
      (export "f" (func $w "f") (func (param "x" u32) (result (own $item2)))))""")
    assert plan.lifts[0].type.result == Own(0)
    assert len(plan.resources) == 1


def test_two_imports_of_one_interface_are_given_different_resources() -> None:
    plan = plan_of(f"""(component {SHOP}
      (component $Two (import "a" {ITEMS}) (import "b" {ITEMS})
        (export "a2" (instance 0)) (export "b2" (instance 1)))
      (instance $s (instantiate $Shop)) (instance $t (instantiate $Shop))
      (instance $different (instantiate $Two (with "a" (instance $s)) (with "b" (instance $t))))
      (instance $equal (instantiate $Two (with "a" (instance $t)) (with "b" (instance $t))))
      (export "different" (instance $different)) (export "equal" (instance $equal)))""")
    found = {
        (outer, name): dict(inner.exports)["item"]
        for outer, pair in plan.exports
        if isinstance(pair, ExportedInstance)
        for name, inner in pair.exports
        if isinstance(inner, ExportedInstance)
    }
    s, t = ExportedResource(0), ExportedResource(1)
    assert found == {
        ("different", "a2"): s, ("different", "b2"): t, ("equal", "a2"): t, ("equal", "b2"): t,
    }


def test_an_interface_may_take_its_resource_from_another() -> None:
    """The shape that WIT's `use` is compiled to: an outer alias into the instance type, and a bound `eq`."""
    plan = plan_of("""(component
      (import "things" (instance $things (export "thing" (type (sub resource)))))
      (alias export $things "thing" (type $thing))
      (import "users" (instance $users
        (alias outer 1 $thing (type $thing))
        (export "thing" (type $mine (eq $thing)))
        (export "use" (func (param "t" (borrow $mine))))))
      (export "users2" (instance $users)))""")
    assert [(r.name, r.path, r.instance) for r in plan.resources] == [("things#thing", ("things", "thing"), None)]
    assert plan.host_imports[0].type.params == (("t", Borrow(0)),)


def test_an_ascription_hides_from_validation_that_two_types_are_one() -> None:
    """Explainer.md, "Type Checking": clients must take `r1` and `r2` for different types. Tools do not do it yet."""
    plan = plan_of_unvalidated("""(component
      (component $C (type $r (resource (rep i32)))
        (export "r1" (type $r)) (export "r2" (type $r) (type (sub resource))) (export "r3" (type $r)))
      (component $D (import "a" (type $a (sub resource))) (import "b" (type $b (sub resource)))
        (export "a2" (type $a)) (export "b2" (type $b)))
      (instance $c (instantiate $C))
      (instance $d (instantiate $D (with "a" (type $c "r1")) (with "b" (type $c "r2"))))
      (export "d" (instance $d)))""")
    assert plan.exports == (("d", ExportedInstance((("a2", ExportedResource(0)), ("b2", ExportedResource(0))))),)


def test_a_component_that_only_exports_again_passes_the_same_resource_on() -> None:
    plan = plan_of(f"""(component {SHOP} {USER}
      (component $Relay
        (import "shop" {ITEMS.replace("(instance", "(instance $shop", 1)})
        (alias export $shop "item" (type $item))
        (export $item2 "item" (type $item))
        (export "make" (func $shop "make") (func (param "x" u32) (result (own $item2))))
        (export "look" (func $shop "look") (func (param "self" (borrow $item2)) (result u32))))
      (instance $s (instantiate $Shop))
      (instance $r (instantiate $Relay (with "shop" (instance $s))))
      (instance $u (instantiate $User (with "shop" (instance $r))))
      (export "run" (func $u "run")))""")
    assert [r.name for r in plan.resources] == ["root.s.item"]
    assert {plan.component_instances[a.caller].name for a in plan.adapters} == {"root.u"}
    assert {plan.lifts[a.lift].instance for a in plan.adapters} == {1}


def test_a_component_given_as_an_argument_makes_resources_where_it_is_instantiated() -> None:
    plan = plan_of(f"""(component {SHOP}
      (component $Twice
        (import "C" (component $C (export "item" (type (sub resource)))))
        (instance $a (instantiate $C)) (instance $b (instantiate $C))
        (export "a" (instance $a)) (export "b" (instance $b)))
      (instance $t (instantiate $Twice (with "C" (component $Shop))))
      (export "t" (instance $t)))""")
    assert [(r.index, plan.component_instances[r.instance or 0].name) for r in plan.resources] == [
        (0, "root.t.a"), (1, "root.t.b"),
    ]
    (_, twice), = plan.exports
    assert isinstance(twice, ExportedInstance)
    assert [dict(i.exports) for _, i in twice.exports if isinstance(i, ExportedInstance)] == [
        {"item": ExportedResource(0)}, {"item": ExportedResource(1)},
    ], "what the declared type does not have is hidden"


# -- the host's


def test_an_imported_resource_is_the_hosts() -> None:
    plan = plan_of("""(component
      (import "r" (type $r (sub resource)))
      (import "again" (type $again (eq $r)))
      (import "other" (type $other (sub resource)))
      (import "f" (func (param "a" (own $r)) (param "b" (own $again)) (param "c" (borrow $other)))))""")
    assert [(r.name, r.instance, r.path) for r in plan.resources] == [("r", None, ("r",)), ("other", None, ("other",))]
    assert [t for _, t in plan.host_imports[0].type.params] == [Own(0), Own(0), Borrow(1)]


def test_the_host_may_import_one_resource_under_two_names() -> None:
    text = """(component
      (import "host" (instance (export "r" (type $r (sub resource))) (export "r2" (type $r2 (sub resource)))
        (export "f" (func (param "a" (own $r)) (param "b" (own $r2)))))))"""
    assert [t for _, t in plan_of(text).host_imports[0].type.params] == [Own(0), Own(1)]
    plan = plan_of(text, Environment(same_resource={("host", "r2"): ("host", "r")}))
    assert [t for _, t in plan.host_imports[0].type.params] == [Own(0), Own(0)]
    assert [r.path for r in plan.resources] == [("host", "r")]


# -- pruning


def test_resources_and_built_ins_that_nothing_reaches_are_dropped_and_the_rest_numbered_anew() -> None:
    plan = plan_of(f"""(component
      (component $Unused
        (core module $m (func (export "d") (param i32))) (core instance $i (instantiate $m))
        (type $t (resource (rep i32) (dtor (core func $i "d"))))
        (core func (canon resource.new $t)) (core func (canon context.get i32 0)))
      (instance (instantiate $Unused)) {PAIR.removeprefix("(component").strip()}""")
    assert [(r.index, r.name) for r in plan.resources] == [(0, "root.s.item")]
    assert [(b.index, b.kind, b.resource) for b in plan.builtins] == [(0, "resource.new", 0), (1, "resource.drop", 0)]
    assert [a.type.result for a in plan.adapters] == [Own(0), Prim.U32]
    assert plan.adapters[1].type.param_types == plan.lifts[plan.adapters[1].lift].type.param_types == (Borrow(0),)
    assert "define root.s.item" in steps_in_words(plan)
    assert len([step for step in steps_in_words(plan) if step.startswith("define")]) == 1


def test_a_type_alone_keeps_its_resource_and_with_it_the_destructor() -> None:
    """Whoever owns a handle may drop it, the host too, without any built-in."""
    plan = plan_of("""(component
      (type (resource (rep i32)))
      (import "gone" (func $gone (param "x" u32)))
      (core func $h (canon lower (func $gone)))
      (type $t' (resource (rep i32) (dtor (core func $h)))) (export $t "t" (type $t'))
      (type $inside (record (field "l" (list (own $t))))) (export $e "inside" (type $inside))
      (core module $m (memory (export "m") 1) (func (export "f") (result i32) unreachable))
      (core instance $i (instantiate $m))
      (func $f (result $e) (canon lift (core func $i "f") (memory (core memory $i "m"))))
      (instance $only (export "f" (func $f)))
      (export "f" (func $f)))""")
    assert [r.dtor for r in plan.resources] == [HostLowerRef(0)]
    assert plan.lifts[0].type.result == Record((("l", List(Own(0))),))


# -- plans to read


def test_page_and_data_tell_resources_and_built_ins() -> None:
    plan = plan_of(f"""(component (import "host" (instance $host (export "r" (type (sub resource)))))
      (export "host2" (instance $host))
      {PAIR.removeprefix("(component").removesuffix(")")} (export "shop" (instance $s)))""")
    page = plan_text(plan)
    for line in (
        "0: host#r: the host implements it",
        '1: root.s.item: root.s implements it, destructor = func "dtor" of root.s.i',
        "0: resource.new root.s.item in root.s: (i32) -> (i32)",
        "1: resource 1 (root.s.item) has its destructor from here on",
        '"" "drop" = built-in 1 (resource.drop root.s.item)',
        "host2#r: resource 0 (host#r)",
    ):
        assert f"{line}\n" in page
    data = json.loads(json.dumps(plan_data(plan)))
    assert data["resources"][1] == {
        "index": 1, "name": "root.s.item", "instance": 1, "path": [],
        "dtor": {"core_instance": 0, "name": "dtor", "sort": "core func"},
    }
    assert data["builtins"][1]["kind"] == "resource.drop" and data["builtins"][1]["resource"] == 1
    assert {"define": "resource", "resource": 1} in data["steps"]
    assert data["steps"][-1]["args"][2] == {"builtin": 1}
