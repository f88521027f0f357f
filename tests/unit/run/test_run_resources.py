"""Resources between components: CanonicalABI.md, "Table State", "Loading", "Storing", "canon resource.drop"."""

from __future__ import annotations

import pytest
from run_components import CLIENT, PAIR, SHOP, outcome, started

from fact.model.traps import TrapReason
from fact.model.values import Value
from fact.run import Instance

pytestmark = pytest.mark.usefixtures("engine")

UNKNOWN = TrapReason.UNKNOWN_HANDLE


def pair() -> Instance:
    return started(PAIR)


def calls(instance: Instance, *script: tuple[str, Value]) -> list[object]:
    return [outcome(instance, f"client#{name}", arg) for name, arg in script]


# -- indices


def test_indices_are_handed_out_in_order_and_reused_last_in_first_out() -> None:
    made = ("make", 5)
    assert calls(pair(), made, made, made, made, ("drop", 2), ("drop", 4), ("drop", 1), made, made, made, made) == [
        1, 2, 3, 4, None, None, None, 1, 4, 2, 5,
    ]


def test_each_instance_has_a_table_of_its_own() -> None:
    instance = pair()
    assert calls(instance, ("make", 5), ("make", 6)) == [1, 2]
    assert outcome(instance, "shop#make-raw", 7) == 1
    assert calls(instance, ("keep", 1)) == [2]
    assert [outcome(instance, "shop#rep-of", i) for i in (1, 2)] == [7, 5]


def test_ten_thousand_handles() -> None:
    instance = pair()
    assert [instance.invoke("shop#make-raw", [n]) for n in range(10_000)] == list(range(1, 10_001))
    for i in (10_000, 1, 5_000):
        instance.invoke("shop#drop-own", [i])
    assert [instance.invoke("shop#make-raw", [0]) for _ in range(4)] == [5_000, 1, 10_000, 10_001]


# -- passing, and what traps


def test_the_implementer_sees_the_representation() -> None:
    assert calls(pair(), ("make", 77), ("look", 1), ("look", 1), ("take", 1)) == [1, 77, 77, 77]


def test_a_taken_handle_is_gone() -> None:
    assert calls(pair(), ("make", 77), ("take", 1), ("take", 1)) == [1, 77, (UNKNOWN, "param it")]


@pytest.mark.parametrize("index", [0, 2, 2**32 - 1])
@pytest.mark.parametrize(("name", "site"), [("look", "param it"), ("take", "param it"), ("drop", None)])
def test_indices_of_nothing(name: str, site: str | None, index: int) -> None:
    assert calls(pair(), ("make", 5), (name, index)) == [1, (UNKNOWN, site)]


def test_a_dropped_handle_is_gone() -> None:
    assert calls(pair(), ("make", 5), ("drop", 1), ("drop", 1)) == [1, None, (UNKNOWN, None)]


def test_an_unknown_handle_in_a_result() -> None:
    assert calls(pair(), ("give", 9)) == [(UNKNOWN, "result")]


def test_an_own_handle_comes_back_in_a_result() -> None:
    instance = pair()
    assert calls(instance, ("make", 5), ("keep", 1), ("give", 1), ("look", 1)) == [1, 1, 1, 5]


def test_one_handle_borrowed_and_owned_in_one_call() -> None:
    assert outcome_of_look2(1, 1) == (TrapReason.HANDLE_LENT, "param that")
    assert outcome_of_look2(1, 2) is None


def outcome_of_look2(borrowed: int, owned: int) -> object:
    instance = pair()
    calls(instance, ("make", 5), ("make", 6))
    return outcome(instance, "client#look2", borrowed, owned)


def test_after_a_trap_no_call_enters() -> None:
    assert calls(pair(), ("drop", 1), ("make", 1)) == [(UNKNOWN, None), (TrapReason.CANNOT_ENTER, None)]


# -- destructors


def test_whoever_drops_the_last_handle_the_destructor_runs() -> None:
    instance = pair()
    calls(instance, ("make", 5), ("make", 6), ("drop", 2))
    assert outcome(instance, "shop#dropped") == 1006
    calls(instance, ("take", 1))
    assert outcome(instance, "shop#dropped") == 2005


# -- generative types


TWO = f"""(component {SHOP} {CLIENT}
  (instance $a (instantiate $Shop))
  (instance $b (instantiate $Shop))
  (component $Mixed
    (import "a" (instance $a
      (export "item" (type $r (sub resource))) (export "make" (func (param "n" u32) (result (own $r))))))
    (import "b" (instance $b
      (export "item" (type $r (sub resource))) (export "look" (func (param "it" (borrow $r)) (result u32)))
      (export "take" (func (param "it" (own $r)) (result u32)))))
    (alias export $b "item" (type $item))
    (core func $make (canon lower (func $a "make")))
    (core func $look (canon lower (func $b "look")))
    (core func $take (canon lower (func $b "take")))
    (core func $drop (canon resource.drop $item))
    (func (export "make") (param "n" u32) (result u32) (canon lift (core func $make)))
    (func (export "look") (param "index" u32) (result u32) (canon lift (core func $look)))
    (func (export "take") (param "index" u32) (result u32) (canon lift (core func $take)))
    (func (export "drop") (param "index" u32) (canon lift (core func $drop))))
  (instance $mixed (instantiate $Mixed (with "a" (instance $a)) (with "b" (instance $b))))
  (instance $client (instantiate $Mixed (with "a" (instance $a)) (with "b" (instance $a))))
  (export "a" (instance $a))
  (export "b" (instance $b))
  (export "mixed" (instance $mixed))
  (export "client" (instance $client)))"""


@pytest.mark.parametrize(("name", "site"), [("look", "param it"), ("take", "param it"), ("drop", None)])
def test_each_instance_of_a_component_has_resource_types_of_its_own(name: str, site: str | None) -> None:
    instance = started(TWO)
    assert outcome(instance, "mixed#make", 5) == 1
    assert outcome(instance, f"mixed#{name}", 1) == (TrapReason.WRONG_RESOURCE_TYPE, site)


def test_the_same_type_under_two_names_is_one() -> None:
    instance = started(TWO)
    assert calls(instance, ("make", 5), ("make", 6), ("look", 1), ("take", 1), ("drop", 2)) == [1, 2, 5, 5, None]
    assert outcome(instance, "a#dropped") == 2006
    assert outcome(instance, "b#dropped") == 0


# -- through components that only pass on


CHAIN = f"""(component {SHOP} {CLIENT}
  (component $Exporter
    (component $Inner {SHOP.replace("(component $Shop", "", 1).strip()[:-1]})
    (instance $inner (instantiate $Inner))
    (export "shop" (instance $inner)))
  (instance $exporter (instantiate $Exporter))
  (alias export $exporter "shop" (instance $shop))
  (instance $client (instantiate $Client (with "shop" (instance $shop))))
  (export "client" (instance $client)))"""


def test_a_type_that_is_exported_again_is_the_same() -> None:
    assert calls(started(CHAIN), ("make", 5), ("look", 1), ("take", 1), ("look", 1)) == [1, 5, 5, (UNKNOWN, "param it")]
