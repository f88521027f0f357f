"""Borrowed handles: CanonicalABI.md, "Tasks", "Subtask State", "Loading" (lift_borrow), "Storing" (lower_borrow)."""

from __future__ import annotations

import pytest
from run_components import CLIENT, SHOP, SHOP_TYPE, outcome, started

from fact.model.settings import Reentrance
from fact.model.traps import TrapReason
from fact.run import Instance

pytestmark = pytest.mark.usefixtures("engine")

# A component in the middle, which is lent what it does not implement.
MIDDLE = f"""
(component $Middle
  (import "shop" (instance $shop {SHOP_TYPE}))
  (alias export $shop "item" (type $item))
  (core func $look (canon lower (func $shop "look")))
  (core func $take (canon lower (func $shop "take")))
  (core func $drop (canon resource.drop $item))
  (core module $m
    (import "" "look" (func $look (param i32) (result i32)))
    (import "" "take" (func $take (param i32) (result i32)))
    (import "" "drop" (func $drop (param i32)))
    (func (export "index") (param i32) (result i32) (call $drop (local.get 0)) (local.get 0))
    (func (export "keep") (param i32))
    (func (export "look") (param i32) (result i32)
      (call $look (local.get 0)) (call $drop (local.get 0)))
    (func (export "take") (param i32) (result i32) (call $take (local.get 0)))
    (func (export "two") (param i32 i32) (result i32)
      (call $drop (local.get 0)) (call $drop (local.get 1))
      (i32.add (i32.mul (local.get 0) (i32.const 10)) (local.get 1)))
    (func (export "one-of-two") (param i32 i32) (result i32) (call $drop (local.get 1)) (i32.const 0)))
  (core instance $i (instantiate $m (with "" (instance
    (export "look" (func $look)) (export "take" (func $take)) (export "drop" (func $drop))))))
  (func (export "index") (param "it" (borrow $item)) (result u32) (canon lift (core func $i "index")))
  (func (export "keep") (param "it" (borrow $item)) (canon lift (core func $i "keep")))
  (func (export "look") (param "it" (borrow $item)) (result u32) (canon lift (core func $i "look")))
  (func (export "take") (param "it" (borrow $item)) (result u32) (canon lift (core func $i "take")))
  (func (export "two") (param "a" (borrow $item)) (param "b" (borrow $item)) (result u32)
    (canon lift (core func $i "two")))
  (func (export "one-of-two") (param "a" (borrow $item)) (param "b" (borrow $item)) (result u32)
    (canon lift (core func $i "one-of-two"))))
"""

OUTER = f"""
(component $Outer
  (import "shop" (instance $shop {SHOP_TYPE}))
  (alias export $shop "item" (type $item))
  (import "middle" (instance $middle
    (alias outer $Outer $item (type $r))
    (export "index" (func (param "it" (borrow $r)) (result u32)))
    (export "keep" (func (param "it" (borrow $r))))
    (export "look" (func (param "it" (borrow $r)) (result u32)))
    (export "take" (func (param "it" (borrow $r)) (result u32)))
    (export "two" (func (param "a" (borrow $r)) (param "b" (borrow $r)) (result u32)))
    (export "one-of-two" (func (param "a" (borrow $r)) (param "b" (borrow $r)) (result u32)))))
  (core func $make (canon lower (func $shop "make")))
  (core func $index (canon lower (func $middle "index")))
  (core func $keep (canon lower (func $middle "keep")))
  (core func $look (canon lower (func $middle "look")))
  (core func $take (canon lower (func $middle "take")))
  (core func $two (canon lower (func $middle "two")))
  (core func $one (canon lower (func $middle "one-of-two")))
  (core func $drop (canon resource.drop $item))
  (func (export "make") (param "n" u32) (result u32) (canon lift (core func $make)))
  (func (export "index") (param "i" u32) (result u32) (canon lift (core func $index)))
  (func (export "keep") (param "i" u32) (canon lift (core func $keep)))
  (func (export "look") (param "i" u32) (result u32) (canon lift (core func $look)))
  (func (export "take") (param "i" u32) (result u32) (canon lift (core func $take)))
  (func (export "two") (param "i" u32) (param "j" u32) (result u32) (canon lift (core func $two)))
  (func (export "one-of-two") (param "i" u32) (param "j" u32) (result u32) (canon lift (core func $one)))
  (func (export "drop") (param "i" u32) (canon lift (core func $drop))))
"""

THREE = f"""(component {SHOP} {MIDDLE} {OUTER}
  (instance $shop (instantiate $Shop))
  (instance $middle (instantiate $Middle (with "shop" (instance $shop))))
  (instance $outer (instantiate $Outer (with "shop" (instance $shop)) (with "middle" (instance $middle))))
  (export "shop" (instance $shop))
  (export "outer" (instance $outer)))"""


@pytest.fixture
def three() -> Instance:
    instance = started(THREE)
    assert [instance.invoke("outer#make", [n]) for n in (50, 60)] == [1, 2]
    return instance


def test_a_borrow_is_a_new_handle_of_the_callee(three: Instance) -> None:
    assert outcome(three, "outer#index", 2) == 1
    assert outcome(three, "outer#index", 1) == 1


def test_dropping_a_borrow_runs_no_destructor_and_the_lender_may_drop_after_the_call(three: Instance) -> None:
    assert outcome(three, "outer#index", 1) == 1
    assert outcome(three, "shop#dropped") == 0
    assert outcome(three, "outer#drop", 1) is None
    assert outcome(three, "shop#dropped") == 1050


def test_two_borrows_are_lowered_in_order(three: Instance) -> None:
    assert outcome(three, "outer#two", 2, 1) == 12
    assert outcome(three, "outer#two", 1, 1) == 21, "freed last, handed out first"
    assert outcome(three, "outer#drop", 1) is None


def test_a_borrow_left_at_the_return(three: Instance) -> None:
    assert outcome(three, "outer#keep", 1) == (TrapReason.BORROWS_LEFT, None)


def test_one_of_two_borrows_left(three: Instance) -> None:
    assert outcome(three, "outer#one-of-two", 1, 2) == (TrapReason.BORROWS_LEFT, None)


def test_a_borrow_is_lent_on(three: Instance) -> None:
    assert outcome(three, "outer#look", 2) == 60
    assert outcome(three, "outer#drop", 2) is None


def test_a_borrow_cannot_be_passed_on_as_an_own(three: Instance) -> None:
    assert outcome(three, "outer#take", 1) == (TrapReason.HANDLE_NOT_OWNED, "param it")


# -- what is lent cannot be dropped: a parent that is called back by the child it has lent to


DONUT = f"""(component {SHOP} {CLIENT}
  (instance $shop (instantiate $Shop))
  (alias export $shop "item" (type $item))
  (core func $drop (canon resource.drop $item))
  (core func $make (canon lower (func $shop "make")))
  (core func $look (canon lower (func $shop "look")))
  (core func $take (canon lower (func $shop "take")))
  (core module $state
    (import "" "drop" (func $drop (param i32)))
    (import "" "look" (func $look (param i32) (result i32)))
    (import "" "take" (func $take (param i32) (result i32)))
    (global $index (export "index") (mut i32) (i32.const 0))
    (global $mode (export "mode") (mut i32) (i32.const 0))
    (func (export "back")
      (if (i32.eq (global.get $mode) (i32.const 1)) (then (call $drop (global.get $index))))
      (if (i32.eq (global.get $mode) (i32.const 2)) (then (drop (call $take (global.get $index)))))
      (if (i32.eq (global.get $mode) (i32.const 3)) (then (drop (call $look (global.get $index)))))))
  (core instance $state (instantiate $state (with "" (instance
    (export "drop" (func $drop)) (export "look" (func $look)) (export "take" (func $take))))))
  (func $back (canon lift (core func $state "back")))
  (component $Child
    (import "item" (type $item (sub resource)))
    (import "back" (func $back))
    (core func $back (canon lower (func $back)))
    (core func $drop (canon resource.drop $item))
    (core module $m
      (import "" "back" (func $back))
      (import "" "drop" (func $drop (param i32)))
      (func (export "visit") (param i32) (call $drop (local.get 0)) (call $back)))
    (core instance $i (instantiate $m (with "" (instance (export "back" (func $back)) (export "drop" (func $drop))))))
    (func (export "visit") (param "it" (borrow $item)) (canon lift (core func $i "visit"))))
  (instance $child (instantiate $Child (with "item" (type $item)) (with "back" (func $back))))
  (core func $visit (canon lower (func $child "visit")))
  (core module $main
    (import "" "visit" (func $visit (param i32)))
    (import "" "make" (func $make (param i32) (result i32)))
    (import "" "drop" (func $drop (param i32)))
    (import "state" "index" (global $index (mut i32)))
    (import "state" "mode" (global $mode (mut i32)))
    (func (export "run") (param i32)
      (global.set $mode (local.get 0))
      (global.set $index (call $make (i32.const 7)))
      (call $visit (global.get $index))
      (call $drop (global.get $index))))
  (core instance $main (instantiate $main (with "state" (instance $state)) (with "" (instance
    (export "visit" (func $visit)) (export "make" (func $make)) (export "drop" (func $drop))))))
  (func (export "run") (param "mode" u32) (canon lift (core func $main "run")))
  (export "shop" (instance $shop)))"""

DONUT_OUTCOMES = [
    (0, None),
    (1, (TrapReason.HANDLE_LENT, None)),
    (2, (TrapReason.HANDLE_LENT, "param it")),
    (3, None),
]


@pytest.mark.parametrize("reentrance", list(Reentrance))
@pytest.mark.parametrize(("mode", "expected"), DONUT_OUTCOMES)
def test_a_handle_that_is_lent_can_only_be_lent_again(mode: int, expected: object, reentrance: Reentrance) -> None:
    """The callee has dropped its borrow by then: lending lasts as long as the call."""
    instance = started(DONUT, reentrance=reentrance)
    assert outcome(instance, "run", mode) == expected
    if expected is None:
        assert outcome(instance, "shop#dropped") == 1007
