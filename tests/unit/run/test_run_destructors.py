"""Destructors: CanonicalABI.md, "canon resource.drop", "canon lift", "Embedding", "Component Instances"."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from run_components import PAIR, Path, nobody, outcome, plan_of, started, started_plan

from fact.errors import LinkError, Unsupported
from fact.model.plan import BuiltinRef, InstanceExport
from fact.model.settings import Reentrance
from fact.model.traps import Trap, TrapReason
from fact.model.types import CoreFuncType, FuncType
from fact.model.values import Handle, Value
from fact.run import Host, Instance, prepare_reference

pytestmark = pytest.mark.usefixtures("engine")

# -- what a destructor may do

CALLS_OUT = "(call $out (i32.add (local.get 0) (i32.const 1)))"
THROWS = "(throw $tag)"
UNREACHABLE = "unreachable"
LOOPS = "(loop $l (br $l))"


def shop_with(dtor: str) -> str:
    """A root that imports `out` from the host, a shop whose destructor is *dtor*, and a client of the shop."""
    return f"""(component
  (import "out" (func $out (param "n" u32)))
  (component $Shop
    (import "out" (func $out (param "n" u32)))
    (core func $out (canon lower (func $out)))
    (core module $store
      (import "" "out" (func $out (param i32)))
      (tag $tag)
      (func (export "dtor") (param i32) {dtor}))
    (core instance $store (instantiate $store (with "" (instance (export "out" (func $out))))))
    (type $item (resource (rep i32) (dtor (core func $store "dtor"))))
    (core func $new (canon resource.new $item))
    (core func $drop (canon resource.drop $item))
    (export $r "item" (type $item))
    (func (export "make") (param "n" u32) (result (own $r)) (canon lift (core func $new)))
    (func (export "take") (param "it" (own $r)) (canon lift (core func $drop))))
  (instance $shop (instantiate $Shop (with "out" (func $out))))
  (component $Client
    (import "shop" (instance $shop
      (export "item" (type $r (sub resource)))
      (export "make" (func (param "n" u32) (result (own $r))))))
    (alias export $shop "item" (type $item))
    (core func $make (canon lower (func $shop "make")))
    (core func $drop (canon resource.drop $item))
    (core module $m
      (import "" "drop" (func $drop (param i32)))
      (memory (export "memory") 1)
      (func (export "nothing"))
      (func (export "realloc") (param i32 i32 i32 i32) (result i32) (call $drop (i32.const 1)) (i32.const 0))
      (func (export "post") (call $drop (i32.const 1)))
      (func (export "text") (param i32 i32)))
    (core instance $i (instantiate $m (with "" (instance (export "drop" (func $drop))))))
    (func (export "make") (param "n" u32) (result u32) (canon lift (core func $make)))
    (func (export "drop") (param "index" u32) (canon lift (core func $drop)))
    (func (export "post-return") (canon lift (core func $i "nothing") (post-return (core func $i "post"))))
    (func (export "realloc") (param "s" string) (canon lift (core func $i "text")
      (memory (core memory $i "memory")) (realloc (core func $i "realloc")))))
  (instance $client (instantiate $Client (with "shop" (instance $shop))))
  (export "shop" (instance $shop))
  (export "client" (instance $client)))"""


class Log:
    """A host whose `out` keeps what it is told."""

    def __init__(self) -> None:
        self.told: list[Value] = []

    def __call__(self, path: Path, type: FuncType, args: Sequence[Value]) -> None:
        self.told += args


def test_a_destructor_may_call_out() -> None:
    log = Log()
    instance = started(shop_with(CALLS_OUT), log)
    assert outcome(instance, "client#make", 41) == 1
    assert outcome(instance, "client#drop", 1) is None
    assert log.told == [42]


def test_a_destructor_may_call_out_when_the_host_drops() -> None:
    log = Log()
    instance = started(shop_with(CALLS_OUT), log)
    assert outcome(instance, "shop#make", 41) == Handle(1)
    instance.drop(Handle(1))
    assert log.told == [42]


@pytest.mark.parametrize(
    ("dtor", "reason"), [(THROWS, TrapReason.UNCAUGHT_EXCEPTION), (UNREACHABLE, TrapReason.UNREACHABLE)]
)
def test_a_destructor_that_fails_traps(dtor: str, reason: TrapReason) -> None:
    instance = started(shop_with(dtor))
    assert outcome(instance, "client#make", 1) == 1
    assert outcome(instance, "client#drop", 1) == (reason, None)
    assert outcome(instance, "client#make", 1) == (TrapReason.CANNOT_ENTER, None)


@pytest.mark.parametrize(
    ("dtor", "reason"), [(THROWS, TrapReason.UNCAUGHT_EXCEPTION), (UNREACHABLE, TrapReason.UNREACHABLE)]
)
@pytest.mark.parametrize("reentrance", list(Reentrance))
def test_a_destructor_that_fails_when_the_host_drops(dtor: str, reason: TrapReason, reentrance: Reentrance) -> None:
    instance = started(shop_with(dtor), reentrance=reentrance)
    handles = [instance.invoke("shop#make", [n]) for n in range(2)]
    assert handles == [Handle(1), Handle(2)]
    assert trap_of_drop(instance, Handle(1)) is reason
    assert trap_of_drop(instance, Handle(2)) is TrapReason.CANNOT_ENTER
    assert outcome(instance, "shop#make", 1) == (TrapReason.CANNOT_ENTER, None)


def trap_of_drop(instance: Instance, handle: Handle) -> TrapReason:
    with pytest.raises(Trap) as raised:
        instance.drop(handle)
    return raised.value.reason


@pytest.mark.parametrize("engine", ["reference"], indirect=True)
def test_a_destructor_uses_the_fuel_of_a_call() -> None:
    instance = prepare_reference(plan_of(shop_with(LOOPS)), fuel=10_000).instantiate(nobody)
    instance.invoke("shop#make", [1])
    assert trap_of_drop(instance, Handle(1)) is TrapReason.OUT_OF_FUEL


@pytest.mark.parametrize(("function", "args"), [("post-return", ()), ("realloc", ("text",))])
def test_nothing_is_dropped_where_one_may_not_leave(function: str, args: tuple[Value, ...]) -> None:
    log = Log()
    instance = started(shop_with(CALLS_OUT), log)
    instance.invoke("client#make", [1])
    assert outcome(instance, f"client#{function}", *args) == (TrapReason.CANNOT_LEAVE, None)
    assert log.told == []


def test_the_implementer_may_drop_what_it_takes() -> None:
    log = Log()
    instance = started(shop_with(CALLS_OUT), log)
    instance.invoke("shop#make", [1])
    assert outcome(instance, "shop#take", Handle(1)) is None
    assert log.told == [2]


# -- entering the implementer


def shop_called_back(destructor: str) -> str:
    """A parent that holds an item of the shop, is called back by the shop, and drops it then."""
    return f"""(component
  (core module $hand
    (table (export "table") 1 funcref)
    (type $drop (func (param i32)))
    (func (export "back") (call_indirect (type $drop) (i32.const 1) (i32.const 0))))
  (core instance $hand (instantiate $hand))
  (func $back (canon lift (core func $hand "back")))
  (component $Shop
    (import "back" (func $back))
    (core func $back (canon lower (func $back)))
    (core module $store
      (global $count (mut i32) (i32.const 0))
      (func (export "dtor") (param i32) (global.set $count (i32.add (global.get $count) (local.get 0))))
      (func (export "sum") (result i32) (global.get $count)))
    (core instance $store (instantiate $store))
    (type $item (resource (rep i32) {destructor}))
    (core func $new (canon resource.new $item))
    (export $r "item" (type $item))
    (func (export "make") (param "n" u32) (result (own $r)) (canon lift (core func $new)))
    (func (export "visit") (canon lift (core func $back)))
    (func (export "sum") (result u32) (canon lift (core func $store "sum"))))
  (instance $shop (instantiate $Shop (with "back" (func $back))))
  (alias export $shop "item" (type $item))
  (core func $drop (canon resource.drop $item))
  (core func $make (canon lower (func $shop "make")))
  (core func $visit (canon lower (func $shop "visit")))
  (core module $main
    (import "" "table" (table 1 funcref))
    (import "" "drop" (func $drop (param i32)))
    (import "" "make" (func $make (param i32) (result i32)))
    (import "" "visit" (func $visit))
    (elem (i32.const 0) func $drop)
    (func (export "run") (drop (call $make (i32.const 7))) (call $visit)))
  (core instance $main (instantiate $main (with "" (instance
    (export "table" (table $hand "table")) (export "drop" (func $drop)) (export "make" (func $make))
    (export "visit" (func $visit))))))
  (func (export "run") (canon lift (core func $main "run")))
  (export "shop" (instance $shop)))"""


@pytest.mark.parametrize("destructor", ['(dtor (core func $store "dtor"))', ""])
def test_a_drop_enters_the_implementer_even_without_a_destructor(destructor: str) -> None:
    instance = started(shop_called_back(destructor))
    assert outcome(instance, "run") == (TrapReason.CANNOT_ENTER, None)


@pytest.mark.parametrize("destructor", ['(dtor (core func $store "dtor"))', ""])
def test_with_free_reentrance_the_destructor_runs(destructor: str) -> None:
    instance = started(shop_called_back(destructor), reentrance=Reentrance.FREE)
    assert outcome(instance, "run") is None
    assert outcome(instance, "shop#sum") == (7 if destructor else 0)


# -- calls by the host within calls


class Reentering:
    """A host whose `out` drops the handle it holds."""

    def __init__(self) -> None:
        self.instance: Instance | None = None

    def __call__(self, path: Path, type: FuncType, args: Sequence[Value]) -> None:
        assert self.instance is not None
        if args == [2]:
            self.instance.drop(Handle(2))


@pytest.mark.parametrize("reentrance", list(Reentrance))
def test_the_host_drops_while_a_call_is_active(reentrance: Reentrance) -> None:
    host = Reentering()
    host.instance = instance = started(shop_with(CALLS_OUT), host, reentrance)
    for n in (1, 5):
        instance.invoke("shop#make", [n])
    expected = None if reentrance is Reentrance.FREE else (TrapReason.CANNOT_ENTER, None)
    assert outcome(instance, "shop#take", Handle(1)) == expected


@pytest.mark.parametrize("engine", ["reference"], indirect=True)
def test_nesting_is_limited_as_for_functions() -> None:
    """A destructor that drops the next of a thousand: Python is between every two of them."""
    instance = started("""(component
      (core module $store
        (table (export "table") 1 funcref)
        (type $drop (func (param i32)))
        (func (export "dtor") (param i32)
          (if (local.get 0) (then (call_indirect (type $drop) (local.get 0) (i32.const 0))))))
      (core instance $store (instantiate $store))
      (type $item (resource (rep i32) (dtor (core func $store "dtor"))))
      (core func $new (canon resource.new $item))
      (core func $drop (canon resource.drop $item))
      (core module $main
        (import "" "table" (table 1 funcref))
        (import "" "drop" (func $drop (param i32)))
        (import "" "new" (func $new (param i32) (result i32)))
        (elem (i32.const 0) func $drop)
        (func (export "run") (param $n i32) (local $last i32)
          (loop $more
            (local.set $last (call $new (local.get $last)))
            (br_if $more (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
          (call $drop (local.get $last))))
      (core instance $main (instantiate $main (with "" (instance
        (export "table" (table $store "table")) (export "drop" (func $drop)) (export "new" (func $new))))))
      (func (export "run") (param "n" u32) (canon lift (core func $main "run"))))""")
    assert outcome(instance, "run", 100) is None
    with pytest.raises(Unsupported, match="calls through Python"):
        instance.invoke("run", [1000])


# -- destructors that are not functions of a core module


def test_any_core_function_may_be_a_destructor() -> None:
    """The lower of a host function, and another resource type's resource.drop."""
    log = Log()
    instance = started(
        """(component
      (import "out" (func $out (param "n" u32)))
      (core func $out (canon lower (func $out)))
      (type $inner (resource (rep i32) (dtor (core func $out))))
      (core func $new-inner (canon resource.new $inner))
      (core func $drop-inner (canon resource.drop $inner))
      (type $outer (resource (rep i32) (dtor (core func $drop-inner))))
      (core func $new-outer (canon resource.new $outer))
      (core func $drop-outer (canon resource.drop $outer))
      (func (export "new-inner") (param "n" u32) (result u32) (canon lift (core func $new-inner)))
      (func (export "new-outer") (param "n" u32) (result u32) (canon lift (core func $new-outer)))
      (func (export "drop-outer") (param "n" u32) (canon lift (core func $drop-outer))))""",
        log,
    )
    assert outcome(instance, "new-inner", 77) == 1
    assert outcome(instance, "new-outer", 1) == 2
    assert outcome(instance, "drop-outer", 2) is None
    assert log.told == [77]
    assert outcome(instance, "new-outer", 9) == 1, "the inner one was freed last"
    assert outcome(instance, "drop-outer", 1) == (TrapReason.UNKNOWN_HANDLE, None)


def test_the_host_that_is_no_dropping_host_is_not_told() -> None:
    host: Host = nobody
    instance = started(
        """(component
      (import "r" (type $r (sub resource)))
      (core func $drop (canon resource.drop $r))
      (func (export "take") (param "it" (own $r)) (canon lift (core func $drop))))""",
        host,
    )
    assert outcome(instance, "take", Handle(9)) is None


# -- signatures are checked before anything runs


def test_a_destructor_of_another_type_is_refused() -> None:
    plan = plan_of(PAIR)
    (item,) = plan.resources
    assert isinstance(item.dtor, InstanceExport)
    wrong = replace(plan, resources=(replace(item, dtor=replace(item.dtor, name="dropped")),))
    with pytest.raises(LinkError, match=r"destructor of `.*` has type \(\) -> \(i32\); it must be \(i32\) -> \(\)"):
        started_plan(wrong, nobody)


def test_a_lift_of_a_built_in_of_another_type_is_refused() -> None:
    plan = plan_of(PAIR)
    lifted = {lift.callee.index for lift in plan.lifts if isinstance(lift.callee, BuiltinRef)}
    assert [plan.builtins[i].kind for i in lifted] == ["resource.drop"]
    builtins = tuple(
        replace(built, type=CoreFuncType(("i64",), ())) if built.index in lifted else built for built in plan.builtins
    )
    with pytest.raises(LinkError, match=r"lift `.*` has type \(i64\) -> \(\); it must be \(i32\) -> \(\)"):
        started_plan(replace(plan, builtins=builtins), nobody)
