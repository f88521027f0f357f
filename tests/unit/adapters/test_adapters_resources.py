"""Handles through adapters and built-ins, in whole components: every reason to trap and its place in the order,
indices, lending, borrowing, types of which each instance has its own.

CanonicalABI.md, "Loading" (lift_own, lift_borrow), "Storing" (lower_own, lower_borrow), "Tasks" (Task.return_),
"Subtask State", "canon resource.new", "canon resource.rep", "canon resource.drop".
"""

from __future__ import annotations

import pytest
from adapters_components import (
    RAW,
    SHOP,
    SHOP_FUNCTIONS,
    SHOP_IMPORTS,
    Host,
    exports,
    run,
    texts,
    trap,
    with_shop,
)

from fact.model.traps import TrapReason
from fact.model.values import Handle
from fact.run import Instance

CLIENT = f"""(component
{SHOP}
  (instance $shop (instantiate $shop))
  (component $app {SHOP_IMPORTS} {RAW})
  (instance $app (instantiate $app {with_shop()}))
{exports("app", *SHOP_FUNCTIONS, "drop")}{exports("shop", "dead")})"""


@pytest.fixture
def client() -> Instance:
    return run(CLIENT)


def test_a_handle_goes_from_owner_to_owner(client: Instance) -> None:
    assert client.invoke("make", (70,)) == 1
    assert client.invoke("look", (1,)) == 70
    assert client.invoke("make", (80,)) == 2
    assert client.invoke("sum", (1, 2)) == 150
    assert client.invoke("take", (1,)) == 70
    assert client.invoke("dead", ()) == 0
    client.invoke("drop", (2,))
    assert client.invoke("dead", ()) == 80
    assert [client.invoke("make", (n,)) for n in range(3)] == [2, 1, 3]


@pytest.mark.parametrize("index", [0, 2, 0xFFFFFFFF, 1 << 28])
def test_an_index_without_a_handle(client: Instance, index: int) -> None:
    """Table.get."""
    client.invoke("make", (70,))
    assert trap(client, "take", index) == (TrapReason.UNKNOWN_HANDLE, "param x")


@pytest.mark.parametrize(
    ("function", "args", "site"),
    [("look", (9,), "param x"), ("sum", (1, 9), "param y"), ("both", (1, 1), "param y"), ("drop", (9,), None)],
)
def test_unknown_handles_have_the_site_of_their_parameter(
    client: Instance, function: str, args: tuple[int, ...], site: str | None
) -> None:
    """`both` has given 1 away as its first parameter when the second is lifted: lift_own removes."""
    client.invoke("make", (70,))
    assert trap(client, function, *args) == (TrapReason.UNKNOWN_HANDLE, site)


def test_what_is_lent_cannot_be_given_away_in_the_same_call(client: Instance) -> None:
    """lift_own: trap_if(h.num_lends != 0)."""
    client.invoke("make", (70,))
    assert trap(client, "borrow-first", 1, 1) == (TrapReason.HANDLE_LENT, "param y")


def test_lending_ends_with_the_call(client: Instance) -> None:
    """Subtask.deliver_resolve."""
    client.invoke("make", (70,))
    assert client.invoke("sum", (1, 1)) == 140
    assert client.invoke("take", (1,)) == 70


# -- two types, two instances

TWINS = f"""(component
{SHOP}
  (instance $one (instantiate $shop))
  (instance $two (instantiate $shop))
  (component $app
    (import "one" (instance $one
      (export "r" (type $r (sub resource))) (export "make" (func (param "rep" u32) (result (own $r))))
      (export "look" (func (param "x" (borrow $r)) (result u32)))
      (export "take" (func (param "x" (own $r)) (result u32)))))
    (import "two" (instance $two
      (export "r" (type $r (sub resource))) (export "make" (func (param "rep" u32) (result (own $r))))))
    (alias export $two "r" (type $r2))
    (core func $make1 (canon lower (func $one "make")))
    (core func $make2 (canon lower (func $two "make")))
    (core func $look1 (canon lower (func $one "look")))
    (core func $take1 (canon lower (func $one "take")))
    (core func $drop2 (canon resource.drop $r2))
    (func (export "make1") (param "rep" u32) (result u32) (canon lift (core func $make1)))
    (func (export "make2") (param "rep" u32) (result u32) (canon lift (core func $make2)))
    (func (export "look1") (param "x" u32) (result u32) (canon lift (core func $look1)))
    (func (export "take1") (param "x" u32) (result u32) (canon lift (core func $take1)))
    (func (export "drop2") (param "x" u32) (canon lift (core func $drop2))))
  (instance $app (instantiate $app (with "one" (instance $one)) (with "two" (instance $two))))
{exports("app", "make1", "make2", "look1", "take1", "drop2")})"""


@pytest.mark.parametrize(
    ("function", "index", "site"), [("look1", 2, "param x"), ("take1", 2, "param x"), ("drop2", 1, None)]
)
def test_each_instance_has_a_resource_type_of_its_own(function: str, index: int, site: str | None) -> None:
    """"Resource State": equality of resource types is identity."""
    twins = run(TWINS)
    assert (twins.invoke("make1", (10,)), twins.invoke("make2", (20,))) == (1, 2)
    assert twins.invoke("look1", (1,)) == 10
    assert trap(twins, function, index) == (TrapReason.WRONG_RESOURCE_TYPE, site)


# -- borrows

BORROWER = f"""(component
{SHOP}
  (instance $shop (instantiate $shop))
  (component $mid {SHOP_IMPORTS}
    (core module $core
      (import "" "drop" (func $drop (param i32)))
      (import "" "look" (func $look (param i32) (result i32)))
      (import "" "take" (func $take (param i32) (result i32)))
      (func (export "keep") (param i32) (result i32) (local.get 0))
      (func (export "drop") (param i32) (result i32)
        (call $look (local.get 0)) (call $drop (local.get 0)))
      (func (export "twice") (param i32) (result i32)
        (call $drop (local.get 0)) (call $drop (local.get 0)) (i32.const 0))
      (func (export "give") (param i32) (result i32) (call $take (local.get 0)))
      (func (export "as-own") (param i32) (result i32) (local.get 0)))
    (core instance $core (instantiate $core (with "" (instance
      (export "drop" (func $drop')) (export "look" (func $look')) (export "take" (func $take'))))))
    (func (export "keep") (param "x" (borrow $r)) (result u32) (canon lift (core func $core "keep")))
    (func (export "drop") (param "x" (borrow $r)) (result u32) (canon lift (core func $core "drop")))
    (func (export "twice") (param "x" (borrow $r)) (result u32) (canon lift (core func $core "twice")))
    (func (export "give") (param "x" (borrow $r)) (result u32) (canon lift (core func $core "give")))
    (func (export "as-own") (param "x" (borrow $r)) (result (own $r)) (canon lift (core func $core "as-own"))))
  (instance $mid (instantiate $mid {with_shop()}))
  (component $app
    (import "r" (type $r (sub resource)))
    (import "make" (func $make (param "rep" u32) (result (own $r))))
    (import "keep" (func $keep (param "x" (borrow $r)) (result u32)))
    (import "drop" (func $drop (param "x" (borrow $r)) (result u32)))
    (import "twice" (func $twice (param "x" (borrow $r)) (result u32)))
    (import "give" (func $give (param "x" (borrow $r)) (result u32)))
    (import "as-own" (func $as-own (param "x" (borrow $r)) (result (own $r))))
    (core func $make' (canon lower (func $make)))
    (core func $keep' (canon lower (func $keep)))
    (core func $drop' (canon lower (func $drop)))
    (core func $twice' (canon lower (func $twice)))
    (core func $give' (canon lower (func $give)))
    (core func $as-own' (canon lower (func $as-own)))
    (func (export "make") (param "rep" u32) (result u32) (canon lift (core func $make')))
    (func (export "keep") (param "x" u32) (result u32) (canon lift (core func $keep')))
    (func (export "drop") (param "x" u32) (result u32) (canon lift (core func $drop')))
    (func (export "twice") (param "x" u32) (result u32) (canon lift (core func $twice')))
    (func (export "give") (param "x" u32) (result u32) (canon lift (core func $give')))
    (func (export "as-own") (param "x" u32) (result u32) (canon lift (core func $as-own'))))
  (instance $app (instantiate $app (with "r" (type $shop "r")) (with "make" (func $shop "make"))
    (with "keep" (func $mid "keep")) (with "drop" (func $mid "drop")) (with "twice" (func $mid "twice"))
    (with "give" (func $mid "give")) (with "as-own" (func $mid "as-own"))))
{exports("app", "make", "keep", "drop", "twice", "give", "as-own")}{exports("shop", "dead")})"""


def borrower() -> Instance:
    instance = run(BORROWER)
    assert instance.invoke("make", (70,)) == 1
    return instance


def test_a_borrow_is_dropped_before_its_call_returns() -> None:
    """canon_resource_drop of a borrow: no destructor, one less in its task."""
    instance = borrower()
    for _ in range(3):
        assert instance.invoke("drop", (1,)) == 70
    assert instance.invoke("dead", ()) == 0


def test_a_borrow_that_is_left_over() -> None:
    """Task.return_: trap_if(self.num_borrows > 0). It has no site."""
    assert trap(borrower(), "keep", 1) == (TrapReason.BORROWS_LEFT, None)


def test_a_borrow_is_dropped_once() -> None:
    assert trap(borrower(), "twice", 1) == (TrapReason.UNKNOWN_HANDLE, None)


def test_a_borrow_cannot_be_given_away() -> None:
    """lift_own: trap_if(not h.own), in a parameter of a call inside and in a result."""
    assert trap(borrower(), "give", 1) == (TrapReason.HANDLE_NOT_OWNED, "param x")


def test_the_result_is_lifted_before_borrows_are_counted() -> None:
    """canon_lift: lift_flat_values, then Task.return_."""
    assert trap(borrower(), "as-own", 1) == (TrapReason.HANDLE_NOT_OWNED, "result")


def test_who_implements_a_resource_is_lent_its_representation(client: Instance) -> None:
    """lower_borrow: no handle is made and nothing is counted, so `look` need not drop it."""
    client.invoke("make", (70,))
    assert client.invoke("look", (1,)) == 70
    text = "".join(texts(CLIENT))
    assert "open_scope" not in text
    assert "open_scope" in "".join(texts(BORROWER))


# -- within one component, and around a child

DONUT = """(component
  (core module $state
    (memory (export "memory") 1)
    (table (export "table") 1 funcref)
    (type $drop (func (param i32)))
    (func (export "drop-it") (param i32) (call_indirect (type $drop) (local.get 0) (i32.const 0))))
  (core instance $state (instantiate $state))
  (type $r (resource (rep i32)))
  (core func $new (canon resource.new $r))
  (core func $drop (canon resource.drop $r))
  (core module $fill
    (import "" "table" (table 1 funcref))
    (import "" "drop" (func $drop (param i32)))
    (elem (i32.const 0) func $drop))
  (core instance (instantiate $fill (with "" (instance
    (export "table" (table $state "table")) (export "drop" (func $drop))))))
  (func $drop-it (param "i" u32) (canon lift (core func $state "drop-it")))
  (component $child
    (import "r" (type $r (sub resource)))
    (import "drop-it" (func $drop-it (param "i" u32)))
    (core func $drop-it' (canon lower (func $drop-it)))
    (core func $drop (canon resource.drop $r))
    (core func $drop-inner (canon resource.drop $r))
    (core module $inner
      (import "" "drop" (func $drop (param i32)))
      (func (export "drop-inner") (param i32) (call $drop (local.get 0))))
    (core instance $inner (instantiate $inner (with "" (instance (export "drop" (func $drop-inner))))))
    (func $drop-inner (param "i" u32) (canon lift (core func $inner "drop-inner")))
    (core func $drop-inner' (canon lower (func $drop-inner)))
    (core module $core
      (import "" "drop-it" (func $drop-it (param i32)))
      (import "" "drop" (func $drop (param i32)))
      (import "" "drop-inner" (func $drop-inner (param i32)))
      (func (export "ask") (param i32 i32) (call $drop-it (local.get 1)) (call $drop (local.get 0)))
      (func (export "inner") (param i32) (call $drop-inner (local.get 0))))
    (core instance $core (instantiate $core (with "" (instance (export "drop-it" (func $drop-it'))
      (export "drop" (func $drop)) (export "drop-inner" (func $drop-inner'))))))
    (func (export "ask") (param "x" (borrow $r)) (param "i" u32) (canon lift (core func $core "ask")))
    (func (export "inner") (param "x" (borrow $r)) (canon lift (core func $core "inner"))))
  (instance $child (instantiate $child (with "r" (type $r)) (with "drop-it" (func $drop-it))))
  (core func $ask (canon lower (func $child "ask")))
  (core func $inner (canon lower (func $child "inner")))
  (func (export "make") (param "rep" u32) (result u32) (canon lift (core func $new)))
  (func (export "ask") (param "x" u32) (param "i" u32) (canon lift (core func $ask)))
  (func (export "inner") (param "x" u32) (canon lift (core func $inner)))
  (func (export "drop") (param "x" u32) (canon lift (core func $drop))))"""


def test_what_is_lent_cannot_be_dropped_from_inside_the_call() -> None:
    """canon_resource_drop: trap_if(h.num_lends != 0); the parent may be entered by its child."""
    instance = run(DONUT)
    assert [instance.invoke("make", (n,)) for n in (5, 6)] == [1, 2]
    instance.invoke("ask", (1, 2))
    instance.invoke("drop", (1,))
    assert instance.invoke("make", (7,)) == 1
    assert trap(instance, "ask", 1, 1) == (TrapReason.HANDLE_LENT, None)


def test_a_call_inside_may_drop_what_its_caller_borrowed() -> None:
    """"Tasks": a borrow counts in the task that it was lowered for, whoever drops it."""
    instance = run(DONUT)
    instance.invoke("make", (5,))
    instance.invoke("inner", (1,))
    instance.invoke("drop", (1,))


SELF_CALLS = """(component
  (type $r (resource (rep i32)))
  (core func $new (canon resource.new $r))
  (core func $rep (canon resource.rep $r))
  (core func $drop (canon resource.drop $r))
  (core module $core
    (memory (export "memory") 1)
    (global $at (mut i32) (i32.const 1024))
    (func (export "realloc") (param i32 i32 i32 i32) (result i32)
      (global.set $at (i32.add (global.get $at) (i32.const 64)))
      (global.get $at))
    (func (export "digits") (param $a i32) (param $b i32) (param $c i32) (result i32)
      (i32.add
        (i32.mul (local.get $a) (i32.const 100))
        (i32.add (i32.mul (local.get $b) (i32.const 10)) (local.get $c))))
    (func (export "listed") (param $at i32) (param $n i32) (result i32) (local $sum i32)
      (block $done (loop $next
        (br_if $done (i32.eqz (local.get $n)))
        (local.set $sum (i32.add (i32.mul (local.get $sum) (i32.const 10)) (i32.load (local.get $at))))
        (local.set $at (i32.add (local.get $at) (i32.const 4)))
        (local.set $n (i32.sub (local.get $n) (i32.const 1)))
        (br $next)))
      (local.get $sum)))
  (core instance $core (instantiate $core))
  (func $digits (param "a" (own $r)) (param "b" (own $r)) (param "c" (own $r)) (result u32)
    (canon lift (core func $core "digits")))
  (func $listed (param "xs" (list (own $r))) (result u32)
    (canon lift (core func $core "listed") (memory (core memory $core "memory")) (realloc (core func $core "realloc"))))
  (core func $digits' (canon lower (func $digits)))
  (core func $listed' (canon lower (func $listed) (memory (core memory $core "memory"))))
  (core module $lists
    (import "" "memory" (memory 1))
    (import "" "listed" (func $listed (param i32 i32) (result i32)))
    (func (export "listed") (param i32 i32 i32) (result i32)
      (i32.store (i32.const 8) (local.get 0))
      (i32.store (i32.const 12) (local.get 1))
      (i32.store (i32.const 16) (local.get 2))
      (call $listed (i32.const 8) (i32.const 3))))
  (core instance $lists (instantiate $lists (with "" (instance
    (export "memory" (memory $core "memory")) (export "listed" (func $listed'))))))
  (func (export "make") (param "rep" u32) (result u32) (canon lift (core func $new)))
  (func (export "rep") (param "i" u32) (result u32) (canon lift (core func $rep)))
  (func (export "drop") (param "i" u32) (canon lift (core func $drop)))
  (func (export "digits") (param "a" u32) (param "b" u32) (param "c" u32) (result u32)
    (canon lift (core func $digits')))
  (func (export "listed") (param "a" u32) (param "b" u32) (param "c" u32) (result u32)
    (canon lift (core func $lists "listed"))))"""


@pytest.mark.parametrize("function", ["digits", "listed"])
def test_all_is_lifted_before_anything_is_lowered(function: str) -> None:
    """In one table one sees it: 1, 3 and 2 are freed, so that they come out as 2, 3 and 1, with what they stood for."""
    instance = run(SELF_CALLS)
    assert [instance.invoke("make", (n,)) for n in (50, 60, 70, 80)] == [1, 2, 3, 4]
    assert instance.invoke(function, (1, 3, 2)) == 231
    assert [instance.invoke("rep", (i,)) for i in (2, 3, 1, 4)] == [50, 70, 60, 80]
    instance.invoke("drop", (4,))
    assert instance.invoke(function, (2, 1, 3)) == 312


@pytest.mark.parametrize(
    ("function", "site"), [("digits", "param c"), ("listed", "param xs[]")]
)
def test_a_handle_that_is_given_twice(function: str, site: str) -> None:
    instance = run(SELF_CALLS)
    for n in (50, 60):
        instance.invoke("make", (n,))
    assert trap(instance, function, 1, 2, 1) == (TrapReason.UNKNOWN_HANDLE, site)


# -- resources of the host's

HOSTED = """(component
  (import "r" (type $r (sub resource)))
  (import "make" (func $make (result (own $r))))
  (import "take" (func $take (param "x" (own $r))))
  (import "look" (func $look (param "x" (borrow $r)) (param "n" u32)))
  (component $app
    (import "r" (type $r (sub resource)))
    (import "make" (func $make (result (own $r))))
    (import "take" (func $take (param "x" (own $r))))
    (import "look" (func $look (param "x" (borrow $r)) (param "n" u32)))
    (core func $make' (canon lower (func $make)))
    (core func $take' (canon lower (func $take)))
    (core func $look' (canon lower (func $look)))
    (core func $drop' (canon resource.drop $r))
    (core module $m
      (import "" "look" (func $look (param i32 i32)))
      (import "" "drop" (func $drop (param i32)))
      (func (export "lent") (param i32) (call $look (local.get 0) (i32.const 9)) (call $drop (local.get 0))))
    (core instance $m (instantiate $m (with "" (instance
      (export "look" (func $look')) (export "drop" (func $drop'))))))
    (func (export "make") (result u32) (canon lift (core func $make')))
    (func (export "take") (param "x" u32) (canon lift (core func $take')))
    (func (export "look") (param "x" u32) (param "n" u32) (canon lift (core func $look')))
    (func (export "lent") (param "x" (borrow $r)) (canon lift (core func $m "lent")))
    (func (export "drop") (param "x" u32) (canon lift (core func $drop'))))
  (instance $app (instantiate $app (with "r" (type $r)) (with "make" (func $make)) (with "take" (func $take))
    (with "look" (func $look))))
  (component $other
    (import "r" (type $r (sub resource)))
    (import "lent" (func $lent (param "x" (borrow $r))))
    (core func $lent' (canon lower (func $lent)))
    (core module $m
      (import "" "lent" (func $lent (param i32)))
      (func (export "pass") (param i32) (result i32) (call $lent (local.get 0)) (local.get 0)))
    (core instance $m (instantiate $m (with "" (instance (export "lent" (func $lent'))))))
    (func (export "pass") (param "x" (own $r)) (result (own $r)) (canon lift (core func $m "pass"))))
  (instance $other (instantiate $other (with "r" (type $r)) (with "lent" (func $app "lent"))))
  (export "pass" (func $other "pass"))
  (export "make" (func $app "make"))
  (export "take" (func $app "take"))
  (export "look" (func $app "look"))
  (export "drop" (func $app "drop")))"""


def test_the_hosts_own_resources() -> None:
    """The host's boundary and the adapters work on the same tables; the host is told when the last owner is gone."""
    host = Host(make=Handle(500))
    instance = run(HOSTED, host)
    assert [instance.invoke("make", ()) for _ in range(2)] == [1, 2]
    instance.invoke("look", (2, 3))
    instance.invoke("take", (1,))
    instance.invoke("drop", (2,))
    assert host.dropped == [(("r",), 500)]
    assert host.logged == [Handle(500), 3, Handle(500)]
    assert instance.invoke("pass", (Handle(800),)) == Handle(800)
    assert host.logged[3:] == [Handle(800), 9]
    assert instance.invoke("make", ()) == 2
    assert trap(instance, "take", 1) == (TrapReason.UNKNOWN_HANDLE, "param x")
