"""The storage of threads: zero where a call, a realloc or a destructor begins, as it was where that has ended.

CanonicalABI.md, "Threads" (Thread.storage), "canon context.get", "canon context.set", "Lifting and Lowering Context"
(reallocate), "canon lift" (post-return).
"""

from __future__ import annotations

import pytest
from adapters_components import Host, exports, planned, run, texts

from fact.adapters import compile_adapters
from fact.model.plan import ContextImport
from fact.run import Instance


def component(t: str = "i32") -> str:
    """`callee` notes what it finds in its storage in `log`, one digit a look, and sets it to the next number each time;
    `caller` has storage too, and calls all of that."""
    return f"""(component
  (import "host" (func $host))
  (component $callee
    (core func $get0 (canon context.get {t} 0))
    (core func $set0 (canon context.set {t} 0))
    (core func $get1 (canon context.get {t} 1))
    (core func $set1 (canon context.set {t} 1))
    (core module $core
      (import "" "get0" (func $get0 (result {t})))
      (import "" "set0" (func $set0 (param {t})))
      (import "" "get1" (func $get1 (result {t})))
      (import "" "set1" (func $set1 (param {t})))
      (memory (export "memory") 1)
      (global $log (mut {t}) ({t}.const 0))
      (global $next (mut {t}) ({t}.const 1))
      (func $look
        (global.set $log ({t}.add ({t}.mul (global.get $log) ({t}.const 100))
          ({t}.add ({t}.mul (call $get0) ({t}.const 10)) (call $get1))))
        (call $set0 (global.get $next))
        (call $set1 ({t}.add (global.get $next) ({t}.const 1)))
        (global.set $next ({t}.add (global.get $next) ({t}.const 2))))
      (func (export "realloc") (param i32 i32 i32 i32) (result i32) (call $look) (i32.const 1024))
      (func (export "f") (param i32 i32 i32 i32) (result i32) (call $look) (call $look) (i32.const 6))
      (func (export "post") (param i32) (call $look))
      (func (export "dtor") (param i32) (call $look))
      (func (export "log") (result i32) LOG))
    (core instance $core (instantiate $core (with "" (instance
      (export "get0" (func $get0)) (export "set0" (func $set0))
      (export "get1" (func $get1)) (export "set1" (func $set1))))))
    (type $r' (resource (rep i32) (dtor (core func $core "dtor"))))
    (core func $new (canon resource.new $r'))
    (core func $drop-own (canon resource.drop $r'))
    (core module $drops
      (import "" "get" (func $get (result {t})))
      (import "" "set" (func $set (param {t})))
      (import "" "new" (func $new (param i32) (result i32)))
      (import "" "drop" (func $drop (param i32)))
      (func (export "drops") (result i32)
        (call $set ({t}.const 77))
        (call $drop (call $new (i32.const 1)))
        CODE))
    (core instance $drops (instantiate $drops (with "" (instance
      (export "get" (func $get0)) (export "set" (func $set0)) (export "new" (func $new))
      (export "drop" (func $drop-own))))))
    (func $f (param "s" string) (param "t" string) (result u32)
      (canon lift (core func $core "f") (memory (core memory $core "memory")) (realloc (core func $core "realloc"))
        (post-return (core func $core "post"))))
    (core func $f' (canon lower (func $f) (memory (core memory $core "memory"))))
    (core module $self
      (import "" "get" (func $get (result {t})))
      (import "" "set" (func $set (param {t})))
      (import "" "f" (func $f (param i32 i32 i32 i32) (result i32)))
      (func (export "self") (result i32)
        (call $set ({t}.const 33))
        (drop (call $f (i32.const 0) (i32.const 2) (i32.const 8) (i32.const 3)))
        CODE))
    (core instance $self (instantiate $self (with "" (instance
      (export "get" (func $get0)) (export "set" (func $set0)) (export "f" (func $f'))))))
    (func (export "self") (result u32) (canon lift (core func $self "self")))
    (export $r "r" (type $r'))
    (func (export "make") (param "rep" u32) (result (own $r)) (canon lift (core func $new)))
    (func (export "f") (param "s" string) (param "t" string) (result u32)
      (canon lift (core func $core "f") (memory (core memory $core "memory")) (realloc (core func $core "realloc"))
        (post-return (core func $core "post"))))
    (func (export "drops") (result u32) (canon lift (core func $drops "drops")))
    (func (export "log") (result u32) (canon lift (core func $core "log"))))
  (instance $callee (instantiate $callee))
  (component $caller
    (import "r" (type $r (sub resource)))
    (import "make" (func $make (param "rep" u32) (result (own $r))))
    (import "f" (func $f (param "s" string) (param "t" string) (result u32)))
    (import "drops" (func $drops (result u32)))
    (core module $libc (memory (export "memory") 1))
    (core instance $libc (instantiate $libc))
    (core func $make' (canon lower (func $make)))
    (core func $f' (canon lower (func $f) (memory (core memory $libc "memory"))))
    (core func $drops' (canon lower (func $drops)))
    (core func $drop (canon resource.drop $r))
    (core func $get (canon context.get {t} 1))
    (core func $set (canon context.set {t} 1))
    (core module $core
      (import "" "get" (func $get (result {t})))
      (import "" "set" (func $set (param {t})))
      (import "" "make" (func $make (param i32) (result i32)))
      (import "" "drop" (func $drop (param i32)))
      (import "" "f" (func $f (param i32 i32 i32 i32) (result i32)))
      (func (export "call") (result i32)
        (call $set ({t}.const 55))
        (drop (call $f (i32.const 0) (i32.const 2) (i32.const 8) (i32.const 3)))
        CODE)
      (func (export "drop") (result i32)
        (call $set ({t}.const 44))
        (call $drop (call $make (i32.const 3)))
        CODE)
      (func (export "left") (result i32) CODE))
    (core instance $core (instantiate $core (with "" (instance
      (export "get" (func $get)) (export "set" (func $set)) (export "f" (func $f'))
      (export "make" (func $make')) (export "drop" (func $drop))))))
    (func (export "call") (result u32) (canon lift (core func $core "call")))
    (func (export "drop") (result u32) (canon lift (core func $core "drop")))
    (func (export "left") (result u32) (canon lift (core func $core "left")))
    (func (export "drops") (result u32) (canon lift (core func $drops'))))
  (instance $caller (instantiate $caller (with "r" (type $callee "r")) (with "make" (func $callee "make"))
    (with "f" (func $callee "f")) (with "drops" (func $callee "drops"))))
{exports("caller", "call", "drop", "left", "drops")}
  (export "f" (func $callee "f"))
  (export "self" (func $callee "self"))
  (export "log" (func $callee "log")))""".replace(
        "LOG", "(global.get $log)" if t == "i32" else "(i32.wrap_i64 (global.get $log))"
    ).replace("CODE", "(call $get)" if t == "i32" else "(i32.wrap_i64 (call $get))")


@pytest.fixture
def instance() -> Instance:
    return run(component(), Host())


def test_each_realloc_and_each_call_has_storage_of_its_own(instance: Instance) -> None:
    """Two reallocs and the call each find zeros, and set 1 and 2, 3 and 4, 5 and 6; the second look of the call finds
    what its first has set, and the post-return, which runs in the thread of the call, what the second has: 7 and 8."""
    assert instance.invoke("call", ()) == 55
    assert instance.invoke("log", ()) == 5678


def test_it_is_the_same_for_a_call_by_the_host(instance: Instance) -> None:
    instance.invoke("f", ("ab", "abc"))
    assert instance.invoke("log", ()) == 5678


def test_a_call_of_the_same_instance_is_a_thread_of_its_own(instance: Instance) -> None:
    assert instance.invoke("self", ()) == 33
    assert instance.invoke("log", ()) == 5678


def test_a_destructor_finds_zero_and_leaves_nothing(instance: Instance) -> None:
    """canon_resource_drop calls it through canon_lift: from another instance, and from its own."""
    assert instance.invoke("drop", ()) == 44
    assert instance.invoke("log", ()) == 0
    assert instance.invoke("drops", ()) == 77
    assert instance.invoke("log", ()) == 0


def test_nothing_is_left_for_the_next_call(instance: Instance) -> None:
    instance.invoke("call", ())
    assert instance.invoke("left", ()) == 0


def test_storage_of_64_bits() -> None:
    instance = run(component("i64"), Host())
    assert instance.invoke("call", ()) == 55
    assert instance.invoke("log", ()) == 5678
    assert instance.invoke("drop", ()) == 44


def test_only_storage_that_can_be_looked_at_is_kept() -> None:
    """Of the caller's two slots one has built-ins."""
    plan = planned(component())
    names = {c.name.rpartition(".")[2]: c.index for c in plan.component_instances}
    items = {
        item for module in compile_adapters(plan) for item in module.imports if isinstance(item, ContextImport)
    }
    assert items == {
        ContextImport(0, names["callee"], "i32"),
        ContextImport(1, names["callee"], "i32"),
        ContextImport(1, names["caller"], "i32"),
    }
    assert any("root.callee.context.1" in text for text in texts(component()))


START = """(component
  (component $c
    (core func $get (canon context.get i32 0))
    (core func $set (canon context.set i32 0))
    (core module $once
      (import "" "get" (func $get (result i32)))
      (import "" "set" (func $set (param i32)))
      (global (export "found") (mut i32) (i32.const -1))
      (func $start (global.set 0 (call $get)) (call $set (i32.const 9)))
      (start $start)
      (func (export "found") (result i32) (global.get 0)))
    (core instance (instantiate $once (with "" (instance (export "get" (func $get)) (export "set" (func $set))))))
    (core instance $two (instantiate $once (with "" (instance (export "get" (func $get)) (export "set" (func $set))))))
    (func (export "found") (result u32) (canon lift (core func $two "found")))
    (func (export "get") (result u32) (canon lift (core func $get)))
    (func (export "set") (param "n" u32) (canon lift (core func $set))))
  (instance $c (instantiate $c))
  (export "found" (func $c "found"))
  (export "get" (func $c "get"))
  (export "set" (func $c "set")))"""


def test_each_start_function_has_storage_of_its_own() -> None:
    """The built-ins can also be lifted themselves."""
    instance = run(START.replace('(global (export "found") (mut', "(global (mut"))
    assert instance.invoke("found", ()) == 0
    instance.invoke("set", (5,))
    assert instance.invoke("get", ()) == 0


LIFTED_BUILT_IN = """(component
  (component $c
    (core func $get (canon context.get i32 0))
    (func (export "get") (result u32) (canon lift (core func $get))))
  (instance $c (instantiate $c))
  (component $d
    (import "get" (func $get (result u32)))
    (core func $get' (canon lower (func $get)))
    (func (export "get") (result u32) (canon lift (core func $get'))))
  (instance $d (instantiate $d (with "get" (func $c "get"))))
  (export "get" (func $d "get")))"""


def test_a_module_needs_the_instance_whose_storage_it_keeps() -> None:
    """Here the only thing of that instance: the callee is a built-in."""
    assert any(";;   needs: root.c\n" in text for text in texts(LIFTED_BUILT_IN))
    assert run(LIFTED_BUILT_IN).invoke("get", ()) == 0
