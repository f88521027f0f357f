"""Handles at the host's boundary: `Handle`, `Instance.drop`, and a host's own resources."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest
from run_components import PAIR, SHOP, Path, outcome, plan_of, started, started_plan

from fact.model.settings import Reentrance
from fact.model.traps import Trap, TrapReason
from fact.model.types import Borrow, FuncType, Own
from fact.model.values import BadHandle, Handle, Value
from fact.run import Instance

pytestmark = pytest.mark.usefixtures("engine")


def refusal(call: Callable[[], object]) -> str:
    with pytest.raises(BadHandle) as raised:
        call()
    return str(raised.value)


# -- resources of guests, in the host's hands


@pytest.fixture
def pair() -> Instance:
    instance = started(PAIR)
    assert [instance.invoke("shop#make", [n]) for n in (50, 60)] == [Handle(1), Handle(2)]
    return instance


def test_the_host_lends_what_it_owns(pair: Instance) -> None:
    assert [pair.invoke("shop#look", [Handle(n)]) for n in (2, 1, 2)] == [60, 50, 60]


def test_the_host_passes_on_what_it_owns(pair: Instance) -> None:
    assert pair.invoke("shop#take", [Handle(1)]) == 50
    assert "handle #1 is not held any longer" in refusal(lambda: pair.invoke("shop#take", [Handle(1)]))
    assert "handle #1 is not held any longer" in refusal(lambda: pair.invoke("shop#look", [Handle(1)]))
    assert pair.invoke("shop#take", [Handle(2)]) == 60, "a refusal ends nothing"


def test_each_time_that_the_host_is_given_a_resource_counts(pair: Instance) -> None:
    index = pair.invoke("shop#keep", [Handle(1)])
    assert index is not None
    assert pair.invoke("shop#give", [index]) == Handle(3)
    assert pair.invoke("shop#look", [Handle(3)]) == 50


def test_the_host_drops(pair: Instance) -> None:
    pair.drop(Handle(2))
    assert pair.invoke("shop#dropped", []) == 1060
    assert "handle #2 is not held any longer" in refusal(lambda: pair.drop(Handle(2)))
    assert pair.invoke("shop#dropped", []) == 1060


@pytest.mark.parametrize("number", [0, 3, 2**32 - 1])
def test_numbers_that_were_never_given(pair: Instance, number: int) -> None:
    expected = f"handle #{number} was never given to the host"
    assert expected in refusal(lambda: pair.drop(Handle(number)))
    assert expected in refusal(lambda: pair.invoke("shop#look", [Handle(number)]))


def test_what_is_no_handle(pair: Instance) -> None:
    with pytest.raises(ValueError, match=r"^1 is not a handle$"):
        pair.invoke("shop#look", [1])


def test_one_handle_twice_in_a_call(pair: Instance) -> None:
    assert "handle #1 is lent" in refusal(lambda: pair.invoke("shop#look2", [Handle(1), Handle(1)]))
    assert pair.invoke("shop#look2", [Handle(1), Handle(2)]) is None
    assert pair.invoke("shop#look", [Handle(1)]) == 50, "lent no longer"


def test_a_call_that_is_refused_takes_nothing() -> None:
    instance = started(
        """(component
      (type $item (resource (rep i32)))
      (core func $new (canon resource.new $item))
      (core module $m (func (export "two") (param i32 i32)))
      (core instance $i (instantiate $m))
      (export $r "item" (type $item))
      (func (export "make") (param "n" u32) (result (own $r)) (canon lift (core func $new)))
      (func (export "two") (param "a" (own $r)) (param "b" (own $r)) (canon lift (core func $i "two"))))"""
    )
    instance.invoke("make", [1])
    assert "passed on already" in refusal(lambda: instance.invoke("two", [Handle(1), Handle(1)]))
    assert "never given" in refusal(lambda: instance.invoke("two", [Handle(1), Handle(2)]))
    instance.invoke("make", [1])
    assert instance.invoke("two", [Handle(2), Handle(1)]) is None


def test_handles_are_of_one_resource_type() -> None:
    instance = started(f"""(component {SHOP}
      (instance $a (instantiate $Shop)) (instance $b (instantiate $Shop))
      (export "a" (instance $a)) (export "b" (instance $b)))""")
    assert instance.invoke("a#make", [1]) == Handle(1)
    assert instance.invoke("b#make", [2]) == Handle(2)
    words = refusal(lambda: instance.invoke("b#look", [Handle(1)]))
    assert words.startswith("handle #1 is of resource type `") and "is expected" in words
    assert instance.invoke("b#look", [Handle(2)]) == 2


def test_each_instance_counts_on_its_own() -> None:
    for _ in range(2):
        assert started(PAIR).invoke("shop#make", [1]) == Handle(1)


@pytest.mark.parametrize("reentrance", list(Reentrance))
def test_after_a_trap_handles_are_not_looked_at(reentrance: Reentrance) -> None:
    instance = started(PAIR, reentrance=reentrance)
    assert outcome(instance, "client#drop", 5) == (TrapReason.UNKNOWN_HANDLE, None)
    assert outcome(instance, "shop#look", Handle(99)) == (TrapReason.CANNOT_ENTER, None)
    with pytest.raises(Trap) as raised:
        instance.drop(Handle(99))
    assert raised.value.reason is TrapReason.CANNOT_ENTER


# -- the host's own resources


PASSED = """(component
  (import "shop" (instance $shop
    (export "item" (type $item (sub resource)))
    (export "make" (func (param "n" u32) (result (own $item))))
    (export "look" (func (param "a" (borrow $item)) (param "b" (borrow $item)) (result u32)))
    (export "take" (func (param "it" (own $item))))
    (export "swap" (func (param "xs" (list (own $item))) (result (own $item))))))
  (alias export $shop "item" (type $item))
  (core func $make (canon lower (func $shop "make")))
  (core func $look (canon lower (func $shop "look")))
  (core func $take (canon lower (func $shop "take")))
  (core func $drop (canon resource.drop $item))
  (core module $m
    (import "" "drop" (func $drop (param i32)))
    (func (export "lent") (param i32) (result i32) (call $drop (local.get 0)) (local.get 0))
    (func (export "kept") (param i32)))
  (core instance $i (instantiate $m (with "" (instance (export "drop" (func $drop))))))
  (func (export "make") (param "n" u32) (result u32) (canon lift (core func $make)))
  (func (export "look") (param "a" u32) (param "b" u32) (result u32) (canon lift (core func $look)))
  (func (export "take") (param "a" u32) (canon lift (core func $take)))
  (func (export "drop") (param "a" u32) (canon lift (core func $drop)))
  (func (export "lent") (param "it" (borrow $item)) (result u32) (canon lift (core func $i "lent")))
  (func (export "kept") (param "it" (borrow $item)) (canon lift (core func $i "kept"))))"""


class Shop:
    """The host implements the resource type: representations are numbers of its own."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, Sequence[Value]]] = []
        self.dropped: list[tuple[Path, int]] = []

    def __call__(self, path: Path, type: FuncType, args: Sequence[Value]) -> Value | None:
        self.calls.append((path[-1], args))
        if path[-1] == "make":
            (n,) = args
            assert isinstance(n, int)
            return Handle(n)
        return 7 if path[-1] == "look" else None

    def drop(self, path: Path, number: int) -> None:
        self.dropped.append((path, number))


def test_the_number_of_a_hosts_resource_is_its_representation() -> None:
    shop = Shop()
    instance = started(PASSED, shop)
    assert [outcome(instance, "make", n) for n in (2**32 - 1, 0)] == [1, 2]
    assert outcome(instance, "look", 2, 1) == 7
    assert outcome(instance, "take", 2) is None
    assert shop.calls[2:] == [("look", [Handle(0), Handle(2**32 - 1)]), ("take", [Handle(0)])]
    assert shop.dropped == [], "the host has it back"


def test_the_host_is_told_that_its_resource_is_dropped() -> None:
    shop = Shop()
    instance = started(PASSED, shop)
    assert [outcome(instance, "make", n) for n in (8, 9)] == [1, 2]
    assert outcome(instance, "drop", 2) is None
    assert shop.dropped == [(("shop", "item"), 9)]


def test_the_host_lends_its_own() -> None:
    shop = Shop()
    instance = started(PASSED, shop)
    assert [outcome(instance, "lent", Handle(5)) for _ in range(2)] == [1, 1]
    assert shop.dropped == []
    assert outcome(instance, "kept", Handle(5)) == (TrapReason.BORROWS_LEFT, None)


def test_a_representation_has_32_bits() -> None:
    instance = started(PASSED, Shop())
    for number in (-1, 2**32):
        with pytest.raises(ValueError, match="unsigned 32-bit"):
            instance.invoke("lent", [Handle(number)])


class Failing(Shop):
    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error

    def drop(self, path: Path, number: int) -> None:
        raise self.error


@pytest.mark.parametrize("error", [Trap(TrapReason.HOST), ZeroDivisionError("no")])
def test_a_host_that_fails_when_told_of_a_drop_traps(error: Exception) -> None:
    instance = started(PASSED, Failing(error))
    assert outcome(instance, "make", 1) == 1
    assert outcome(instance, "drop", 1) == (TrapReason.HOST, None)


def test_a_handle_that_the_host_has_lent_stays() -> None:
    """While the call that it is lent to runs, the host can lend it again, and nothing else."""
    words: list[str] = []

    def ask(path: Path, type: FuncType, args: Sequence[Value]) -> None:
        words.append(refusal(lambda: instance.drop(Handle(1))))
        words.append(refusal(lambda: instance.invoke("take", [Handle(1)])))
        if len(words) == 2:
            instance.invoke("look", [Handle(1)])

    instance = started(
        """(component
      (import "ask" (func $ask))
      (core func $ask (canon lower (func $ask)))
      (type $item (resource (rep i32)))
      (core func $new (canon resource.new $item))
      (core module $m
        (import "" "ask" (func $ask))
        (func (export "look") (param i32) (call $ask))
        (func (export "take") (param i32)))
      (core instance $i (instantiate $m (with "" (instance (export "ask" (func $ask))))))
      (export $r "item" (type $item))
      (func (export "make") (param "n" u32) (result (own $r)) (canon lift (core func $new)))
      (func (export "look") (param "it" (borrow $r)) (canon lift (core func $i "look")))
      (func (export "take") (param "it" (own $r)) (canon lift (core func $i "take"))))""",
        ask,
        Reentrance.FREE,
    )
    instance.invoke("make", [1])
    instance.invoke("look", [Handle(1)])
    assert len(words) == 4
    assert all("handle #1 is lent" in word for word in words)
    assert instance.invoke("take", [Handle(1)]) is None


# -- resources of guests, given to functions of the host. No valid component does so: an import cannot name what the
#    component defines. Plans could, so here the type of a function is exchanged.


def with_host_function(imported: FuncType, host: Callable[[Sequence[Value]], Value | None]) -> Instance:
    """A root that defines resource type 0; `make` is its resource.new, `call` and `get` call the host's `f`."""
    takes = "(param i32)" if imported.params else "(result i32)"
    parameter = '(param "x" u32)' if imported.params else "(result u32)"
    plan = plan_of(f"""(component
      (import "f" (func $f {parameter}))
      (core func $f (canon lower (func $f)))
      (type $item (resource (rep i32)))
      (core func $new (canon resource.new $item))
      (core func $rep (canon resource.rep $item))
      (core module $m
        (import "" "f" (func $f {takes}))
        (func (export "f") {takes} {"(local.get 0)" if imported.params else ""} (call $f)))
      (core instance $i (instantiate $m (with "" (instance (export "f" (func $f))))))
      (func (export "make") (param "n" u32) (result u32) (canon lift (core func $new)))
      (func (export "rep") (param "n" u32) (result u32) (canon lift (core func $rep)))
      (func (export "f") {parameter} (canon lift (core func $i "f"))))""")
    plan = replace(
        plan,
        host_imports=tuple(replace(item, type=imported) for item in plan.host_imports),
        host_lowers=tuple(replace(item, type=imported) for item in plan.host_lowers),
    )
    return started_plan(plan, lambda path, type, args: host(args))


def test_a_borrowed_handle_is_the_hosts_until_its_function_returns() -> None:
    seen: list[object] = []

    def look(args: Sequence[Value]) -> None:
        seen.append(args)
        seen.append(refusal(lambda: instance.drop(Handle(1))))

    instance = with_host_function(FuncType((("x", Borrow(0)),), None), look)
    assert instance.invoke("make", [7]) == 1
    instance.invoke("f", [1])
    assert seen == [[Handle(1)], "handle #1 is borrowed; only one that is owned can be passed on or dropped"]
    assert "handle #1 is not held any longer" in refusal(lambda: instance.drop(Handle(1)))
    assert instance.invoke("rep", [1]) == 7


def test_an_owned_handle_stays_the_hosts() -> None:
    instance = with_host_function(FuncType((("x", Own(0)),), None), lambda args: None)
    assert instance.invoke("make", [7]) == 1
    instance.invoke("f", [1])
    instance.drop(Handle(1))
    assert outcome(instance, "rep", 1) == (TrapReason.UNKNOWN_HANDLE, None)


def test_a_host_function_that_returns_what_it_does_not_hold_is_a_trap_of_the_hosts() -> None:
    instance = with_host_function(FuncType((), Own(0)), lambda args: Handle(3))
    with pytest.raises(Trap, match="handle #3 was never given") as raised:
        instance.invoke("f", [])
    assert raised.value.reason is TrapReason.HOST


# -- the host's resources on their way through components


THROUGH = """(component
  (import "shop" (instance $shop
    (export "item" (type $item (sub resource)))
    (export "make" (func (param "n" u32) (result (own $item))))
    (export "look" (func (param "a" (borrow $item)) (param "b" (borrow $item)) (result u32)))
    (export "take" (func (param "it" (own $item))))))
  (alias export $shop "item" (type $item))
  (component $Last
    (import "item" (type $item (sub resource)))
    (import "take" (func $take (param "it" (own $item))))
    (core func $take (canon lower (func $take)))
    (core func $drop (canon resource.drop $item))
    (core module $m
      (import "" "take" (func $take (param i32)))
      (import "" "drop" (func $drop (param i32)))
      (func (export "lent") (param i32) (result i32) (call $drop (local.get 0)) (local.get 0))
      (func (export "pass") (param i32) (call $take (local.get 0))))
    (core instance $i (instantiate $m (with "" (instance (export "take" (func $take)) (export "drop" (func $drop))))))
    (func (export "lent") (param "it" (borrow $item)) (result u32) (canon lift (core func $i "lent")))
    (func (export "pass") (param "it" (own $item)) (canon lift (core func $i "pass"))))
  (instance $last (instantiate $Last (with "item" (type $item)) (with "take" (func $shop "take"))))
  (core func $make (canon lower (func $shop "make")))
  (core func $lent (canon lower (func $last "lent")))
  (core func $pass (canon lower (func $last "pass")))
  (func (export "make") (param "n" u32) (result u32) (canon lift (core func $make)))
  (func (export "lent") (param "i" u32) (result u32) (canon lift (core func $lent)))
  (func (export "pass") (param "i" u32) (canon lift (core func $pass)))
  (export "straight" (func $shop "make"))
  (export "look" (func $shop "look"))
  (export "take" (func $shop "take")))"""


def test_a_hosts_resource_passes_through_components() -> None:
    shop = Shop()
    instance = started(THROUGH, shop)
    assert [outcome(instance, "make", n) for n in (70, 80)] == [1, 2]
    assert outcome(instance, "lent", 2) == 1, "no component implements it: a handle of its own for each borrow"
    assert outcome(instance, "pass", 2) is None
    assert shop.calls[-1] == ("take", [Handle(80)])
    assert shop.dropped == []
    assert outcome(instance, "lent", 2) == (TrapReason.UNKNOWN_HANDLE, "param it")


def test_a_host_function_that_is_exported_again() -> None:
    shop = Shop()
    instance = started(THROUGH, shop)
    assert outcome(instance, "straight", 5) == Handle(5)
    assert outcome(instance, "look", Handle(5), Handle(6)) == 7
    assert outcome(instance, "take", Handle(5)) is None
    assert [args for _, args in shop.calls] == [[5], [Handle(5), Handle(6)], [Handle(5)]]
