"""Destructors: whose instance they enter, with which flags, what they throw, and what can stand for one.

CanonicalABI.md, "canon resource.drop", "Component Instances", "Embedding" (Store.lift), "Lifting and Lowering Context".
"""

from __future__ import annotations

import pytest
from adapters_components import SHOP, SHOP_IMPORTS, Host, exports, planned, run, texts, trap, with_shop

from fact.adapters import compile_adapters, confinable, entered, reenterable
from fact.model.plan import BUILTINS, FlagImport
from fact.model.settings import Reentrance
from fact.model.traps import TrapReason

REENTERING = """(component
  (core module $state
    (table (export "table") 1 funcref)
    (type $make (func (param i32) (result i32)))
    (func (export "back") (drop (call_indirect (type $make) (i32.const 1) (i32.const 0)))))
  (core instance $state (instantiate $state))
  (func $back (canon lift (core func $state "back")))
  (component $child
    (import "back" (func $back))
    (core func $back' (canon lower (func $back)))
    (core module $core
      (import "" "back" (func $back))
      (func (export "dtor") (param i32) (call $back)))
    (core instance $core (instantiate $core (with "" (instance (export "back" (func $back'))))))
    (type $r' (resource (rep i32) (dtor (core func $core "dtor"))))
    (core func $new (canon resource.new $r'))
    (core func $drop (canon resource.drop $r'))
    (export $r "r" (type $r'))
    (func (export "make") (param "rep" u32) (result (own $r)) (canon lift (core func $new)))
    (func (export "calls-back") (canon lift (core func $back')))
    (core module $own
      (import "" "new" (func $new (param i32) (result i32)))
      (import "" "drop" (func $drop (param i32)))
      (func (export "run") (call $drop (call $new (i32.const 3)))))
    (core instance $own (instantiate $own (with "" (instance
      (export "new" (func $new)) (export "drop" (func $drop))))))
    (func (export "drop-own") (canon lift (core func $own "run"))))
  (instance $child (instantiate $child (with "back" (func $back))))
  (alias export $child "r" (type $r))
  (core func $make (canon lower (func $child "make")))
  (core func $drop (canon resource.drop $r))
  (core func $calls-back (canon lower (func $child "calls-back")))
  (core func $drop-own (canon lower (func $child "drop-own")))
  (core module $fill
    (import "" "table" (table 1 funcref))
    (import "" "make" (func $make (param i32) (result i32)))
    (elem (i32.const 0) func $make))
  (core instance (instantiate $fill (with "" (instance
    (export "table" (table $state "table")) (export "make" (func $make))))))
  (func (export "make") (param "rep" u32) (result u32) (canon lift (core func $make)))
  (func (export "drop") (param "i" u32) (canon lift (core func $drop)))
  (func (export "drop-own") (canon lift (core func $drop-own))))"""


"""A parent with a child that implements `r`; the destructor calls the parent, which calls the child again."""

QUIET = REENTERING.replace('(export "dtor") (param i32) (call $back)', '(export "dtor") (param i32)')


def test_a_destructor_enters_the_instance_that_implements_the_resource() -> None:
    """It runs in the child, so the child may not be called meanwhile; afterwards it may."""
    instance = run(REENTERING)
    assert instance.invoke("make", (5,)) == 1
    assert trap(instance, "drop", 1) == (TrapReason.CANNOT_ENTER, None)


def test_without_guard_it_may_be_called() -> None:
    """WebAssembly/component-model#705."""
    instance = run(REENTERING, reentrance=Reentrance.FREE)
    assert instance.invoke("make", (5,)) == 1
    instance.invoke("drop", (1,))
    assert instance.invoke("make", (6,)) == 2, "the destructor's call has made 1"
    instance.invoke("drop-own", ())
    for text in texts(REENTERING, Reentrance.FREE):
        assert "may_enter" not in text
    assert any("reentrance is free" in text for text in texts(REENTERING, Reentrance.FREE))


def test_flags_are_set_again_after_a_destructor() -> None:
    instance = run(QUIET)
    for rep in range(3):
        assert instance.invoke("make", (rep,)) == 1
        instance.invoke("drop", (1,))


def test_in_its_own_instance_a_destructor_is_just_called() -> None:
    """entering_set of an instance itself is empty: it is in there already, and cannot be called by its parent."""
    assert trap(run(REENTERING), "drop-own") == (TrapReason.CANNOT_ENTER, None)
    run(QUIET).invoke("drop-own", ())


PARENT_DROPS = """(component
  (core module $state
    (table (export "table") 2 funcref)
    (type $f (func (param i32)))
    (func (export "back") (call_indirect (type $f) (i32.const 1) (i32.const 0))))
  (core instance $state (instantiate $state))
  (func $back (canon lift (core func $state "back")))
  (component $child
    (import "back" (func $back))
    (core func $back' (canon lower (func $back)))
    (type $r' (resource (rep i32)))
    (core func $new (canon resource.new $r'))
    (export $r "r" (type $r'))
    (func (export "make") (param "rep" u32) (result (own $r)) (canon lift (core func $new)))
    (func (export "calls-back") (canon lift (core func $back'))))
  (instance $child (instantiate $child (with "back" (func $back))))
  (alias export $child "r" (type $r))
  (core func $make (canon lower (func $child "make")))
  (core func $drop (canon resource.drop $r))
  (core func $calls-back (canon lower (func $child "calls-back")))
  (core module $fill
    (import "" "table" (table 1 funcref))
    (import "" "drop" (func $drop (param i32)))
    (elem (i32.const 0) func $drop))
  (core instance (instantiate $fill (with "" (instance
    (export "table" (table $state "table")) (export "drop" (func $drop))))))
  (func (export "make") (param "rep" u32) (result u32) (canon lift (core func $make)))
  (func (export "drop") (param "i" u32) (canon lift (core func $drop)))
  (func (export "calls-back") (canon lift (core func $calls-back))))"""


def test_a_resource_without_destructor_enters_its_instance_all_the_same() -> None:
    """canon_resource_drop: dtor = rt.dtor or (lambda rep: []), called through Store.lift."""
    instance = run(PARENT_DROPS)
    assert [instance.invoke("make", (n,)) for n in (5, 6)] == [1, 2]
    instance.invoke("drop", (2,))
    assert trap(instance, "calls-back") == (TrapReason.CANNOT_ENTER, None)


def test_the_handle_is_looked_at_before_the_flags() -> None:
    """canon_resource_drop: remove, the checks of the handle, then Store.lift."""
    instance = run(PARENT_DROPS)
    assert trap(instance, "calls-back") == (TrapReason.UNKNOWN_HANDLE, None)


ONLY_BY_DROP = """(component
  (core module $state
    (table (export "table") 1 funcref)
    (type $f (func (param i32)))
    (func (export "back") (call_indirect (type $f) (i32.const 1) (i32.const 0)))
    (func (export "keep") (param i32) (result i32) (local.get 0)))
  (core instance $state (instantiate $state))
  (func $back (canon lift (core func $state "back")))
  (component $child
    (import "back" (func $back))
    (core func $back' (canon lower (func $back)))
    (type $r' (resource (rep i32)))
    (core func $new (canon resource.new $r'))
    (export $r "r" (type $r'))
    (func (export "make") (param "rep" u32) (result (own $r)) (canon lift (core func $new)))
    (func (export "calls-back") (canon lift (core func $back'))))
  (instance $child (instantiate $child (with "back" (func $back))))
  (alias export $child "r" (type $r'))
  (core func $drop (canon resource.drop $r'))
  (core module $fill
    (import "" "table" (table 1 funcref))
    (import "" "drop" (func $drop (param i32)))
    (elem (i32.const 0) func $drop))
  (core instance (instantiate $fill (with "" (instance
    (export "table" (table $state "table")) (export "drop" (func $drop))))))
  (export $r "r" (type $r'))
  (export "make" (func $child "make") (func (param "rep" u32) (result (own $r))))
  (func (export "keep") (param "x" (own $r)) (result u32) (canon lift (core func $state "keep")))
  (func (export "drops") (canon lift (core func $state "back")))
  (export "calls-back" (func $child "calls-back")))"""


def test_a_drop_may_be_the_only_way_in() -> None:
    """Then the flag matters for its sake alone, and the host's calls have to clear it too."""
    plan = planned(ONLY_BY_DROP)
    (child,) = (c.index for c in plan.component_instances if c.name.endswith("child"))
    assert [plan.lifts[a.lift].instance for a in plan.adapters] == [0], "no adapter enters the child"
    assert entered(plan) == reenterable(plan) == {child}
    instance = run(ONLY_BY_DROP)
    for function in ("drops", "calls-back"):
        made = instance.invoke("make", (5,))
        assert made is not None and instance.invoke("keep", (made,)) == 1
        if function == "drops":
            instance.invoke("drops", ())
        else:
            assert trap(instance, function) == (TrapReason.CANNOT_ENTER, None)


def test_dropping_a_resource_of_the_hosts_is_a_call_of_the_host() -> None:
    """What the host does with it is unknown, so who can get there counts as reenterable."""
    plan = planned("""(component
      (import "r" (type $r (sub resource)))
      (component $leaf
        (import "r" (type $r (sub resource)))
        (core func $drop (canon resource.drop $r))
        (func (export "f") (param "i" u32) (canon lift (core func $drop))))
      (instance $leaf (instantiate $leaf (with "r" (type $r))))
      (core func $f (canon lower (func $leaf "f")))
      (func (export "f") (param "i" u32) (canon lift (core func $f))))""")
    (leaf,) = (c.index for c in plan.component_instances if c.name.endswith("leaf"))
    assert leaf in reenterable(plan)


# -- leaving

def leaving(which: str) -> str:
    """A component whose post-return, or realloc, does *which* of its built-ins."""
    return f"""(component
{SHOP}
  (instance $shop (instantiate $shop))
  (component $words
    (type $own (resource (rep i32)))
    (core func $new (canon resource.new $own))
    (core func $rep (canon resource.rep $own))
    (core func $drop (canon resource.drop $own))
    (core module $core
      (import "" "new" (func $new (param i32) (result i32)))
      (import "" "rep" (func $rep (param i32) (result i32)))
      (import "" "drop" (func $drop (param i32)))
      (memory (export "memory") 1)
      (func (export "start") (drop (call $new (i32.const 9))))
      (func $act {which})
      (func (export "realloc") (param i32 i32 i32 i32) (result i32) (call $act) (i32.const 1024))
      (func (export "f") (param i32 i32) (result i32) (local.get 1))
      (func (export "g") (result i32) (i32.const 7))
      (func (export "post") (param i32) (call $act)))
    (core instance $core (instantiate $core (with "" (instance
      (export "new" (func $new)) (export "rep" (func $rep)) (export "drop" (func $drop))))))
    (func (export "start") (canon lift (core func $core "start")))
    (func (export "by-realloc") (param "s" string) (result u32)
      (canon lift (core func $core "f") (memory (core memory $core "memory")) (realloc (core func $core "realloc"))))
    (func (export "by-post-return") (result u32)
      (canon lift (core func $core "g") (post-return (core func $core "post")))))
  (instance $words (instantiate $words))
  (component $app
    (import "by-realloc" (func $by-realloc (param "s" string) (result u32)))
    (import "by-post-return" (func $by-post-return (result u32)))
    (core module $libc (memory (export "memory") 1))
    (core instance $libc (instantiate $libc))
    (core func $by-realloc' (canon lower (func $by-realloc) (memory (core memory $libc "memory"))))
    (core func $by-post-return' (canon lower (func $by-post-return)))
    (func (export "by-realloc") (param "p" u32) (param "n" u32) (result u32)
      (canon lift (core func $by-realloc')))
    (func (export "by-post-return") (result u32) (canon lift (core func $by-post-return'))))
  (instance $app (instantiate $app (with "by-realloc" (func $words "by-realloc"))
    (with "by-post-return" (func $words "by-post-return"))))
  (export "start" (func $words "start"))
{exports("app", "by-realloc", "by-post-return")})"""


@pytest.mark.parametrize("function", ["by-realloc", "by-post-return"])
@pytest.mark.parametrize(
    "which", ["(drop (call $new (i32.const 1)))", "(call $drop (i32.const 1))", "(call $drop (i32.const 77))"]
)
def test_inside_a_realloc_or_a_post_return_nothing_is_made_or_dropped(function: str, which: str) -> None:
    """canon_resource_new, canon_resource_drop: trap_if(not inst.may_leave), before the handle is looked at."""
    instance = run(leaving(which))
    instance.invoke("start", ())
    args = (16, 2) if function == "by-realloc" else ()
    assert trap(instance, function, *args) == (TrapReason.CANNOT_LEAVE, None)


@pytest.mark.parametrize(("function", "args", "result"), [("by-realloc", (16, 2), 2), ("by-post-return", (), 7)])
def test_inside_a_realloc_or_a_post_return_a_resource_can_be_looked_into(
    function: str, args: tuple[int, ...], result: int
) -> None:
    """canon_resource_rep has no such test."""
    instance = run(leaving("(if (i32.ne (call $rep (i32.const 1)) (i32.const 9)) (then (unreachable)))"))
    instance.invoke("start", ())
    assert instance.invoke(function, args) == result


def test_built_ins_that_leave_count_as_lowers() -> None:
    plan = planned(leaving("(call $drop (i32.const 1))"))
    (words,) = (c.index for c in plan.component_instances if c.name.endswith("words"))
    assert confinable(plan) == {words}
    module = compile_adapters(plan)[0]
    assert module.index == BUILTINS
    assert FlagImport("may_leave", words) in module.imports


# -- what a destructor is and does

def throwing(tag: str) -> str:
    return f"""(component
  (component $shop
    (core module $core
      {tag}
      (func (export "dtor") (param i32) (if (local.get 0) (then (throw 0)))))
    (core instance $core (instantiate $core))
    (type $r' (resource (rep i32) (dtor (core func $core "dtor"))))
    (core func $new (canon resource.new $r'))
    (export $r "r" (type $r'))
    (func (export "make") (param "rep" u32) (result (own $r)) (canon lift (core func $new))))
  (instance $shop (instantiate $shop))
  (component $app
    (import "r" (type $r (sub resource)))
    (import "make" (func $make (param "rep" u32) (result (own $r))))
    (core func $make' (canon lower (func $make)))
    (core func $drop' (canon resource.drop $r))
    (core module $core
      (import "" "drop" (func $drop (param i32)))
      (func (export "drop") (param i32)
        (block $caught (try_table (catch_all $caught) (call $drop (local.get 0))) (return))
        (unreachable)))
    (core instance $core (instantiate $core (with "" (instance (export "drop" (func $drop'))))))
    (func (export "make") (param "rep" u32) (result u32) (canon lift (core func $make')))
    (func (export "drop") (param "i" u32) (canon lift (core func $core "drop"))))
  (instance $app (instantiate $app (with "r" (type $shop "r")) (with "make" (func $shop "make"))))
{exports("app", "make", "drop")})"""


def test_what_a_destructor_throws_is_a_trap() -> None:
    """canon lift: call_and_trap_on_throw; who drops cannot catch it."""
    instance = run(throwing("(tag)"))
    assert [instance.invoke("make", (n,)) for n in (0, 1)] == [1, 2]
    instance.invoke("drop", (1,))
    assert trap(instance, "drop", 2) == (TrapReason.UNCAUGHT_EXCEPTION, None)


def test_built_ins_catch_only_what_can_be_thrown() -> None:
    assert any("try_table" in text for text in texts(throwing("(tag)"))[:1])
    assert not any("try_table" in text for text in texts(f"""(component {SHOP}
      (instance $shop (instantiate $shop))
      (component $app {SHOP_IMPORTS} (func (export "drop") (param "x" u32) (canon lift (core func $drop'))))
      (instance $app (instantiate $app {with_shop()}))
      {exports("app", "drop")})"""))


DESTROYED_BY = """(component
  (import "log" (func $log (param "n" u32)))
  (component $shop
    (import "log" (func $log (param "n" u32)))
    (core func $log' (canon lower (func $log)))
    (type $inner (resource (rep i32) (dtor (core func $log'))))
    (core func $new-inner (canon resource.new $inner))
    (core func $drop-inner (canon resource.drop $inner))
    (type $r' (resource (rep i32) (dtor (core func $drop-inner))))
    (core func $new (canon resource.new $r'))
    (core module $core
      (import "" "new" (func $new (param i32) (result i32)))
      (import "" "new-inner" (func $new-inner (param i32) (result i32)))
      (func (export "make") (param i32) (result i32) (call $new (call $new-inner (local.get 0)))))
    (core instance $core (instantiate $core (with "" (instance
      (export "new" (func $new)) (export "new-inner" (func $new-inner))))))
    (export $r "r" (type $r'))
    (func (export "make") (param "rep" u32) (result (own $r)) (canon lift (core func $core "make"))))
  LOGGER
  (component $app
    (import "r" (type $r (sub resource)))
    (import "make" (func $make (param "rep" u32) (result (own $r))))
    (core func $make' (canon lower (func $make)))
    (core func $drop' (canon resource.drop $r))
    (func (export "make") (param "rep" u32) (result u32) (canon lift (core func $make')))
    (func (export "drop") (param "i" u32) (canon lift (core func $drop'))))
  (instance $app (instantiate $app (with "r" (type $shop "r")) (with "make" (func $shop "make"))))
  (export "make" (func $app "make"))
  (export "drop" (func $app "drop")))"""

BY_HOST = "(instance $shop (instantiate $shop (with \"log\" (func $log))))"
BY_ADAPTER = """
  (component $logger
    (import "log" (func $log (param "n" u32)))
    (core func $log' (canon lower (func $log)))
    (func (export "log") (param "n" u32) (canon lift (core func $log'))))
  (instance $logger (instantiate $logger (with "log" (func $log))))
  (instance $shop (instantiate $shop (with "log" (func $logger "log"))))
"""


@pytest.mark.parametrize("logger", [BY_HOST, BY_ADAPTER], ids=["a host lower", "an adapter"])
def test_a_destructor_may_be_any_core_function(logger: str) -> None:
    """A built-in drops what the representation is a handle to, whose destructor is a lower."""
    host = Host()
    instance = run(DESTROYED_BY.replace("LOGGER", logger), host)
    assert [instance.invoke("make", (n,)) for n in (40, 50)] == [1, 2]
    instance.invoke("drop", (2,))
    instance.invoke("drop", (1,))
    assert host.logged == [50, 40]
