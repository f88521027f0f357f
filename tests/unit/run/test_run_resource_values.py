"""Handles in values, in memory and spilled: CanonicalABI.md, "Loading", "Storing", "Lifting and Lowering Values"."""

from __future__ import annotations

import pytest
from run_components import outcome, started

from fact.model.traps import TrapReason
from fact.model.values import Case, Handle, Value
from fact.run import Instance

pytestmark = pytest.mark.usefixtures("engine")

BOTH = """
    (core module $libc
      (memory (export "memory") 1)
      (global $next (mut i32) (i32.const 256))
      (func (export "realloc") (param i32 i32 i32 i32) (result i32)
        (local $at i32)
        (local.set $at (i32.and (i32.add (global.get $next) (i32.const 7)) (i32.const -8)))
        (global.set $next (i32.add (local.get $at) (local.get 3)))
        (local.get $at)))
    (core instance $libc (instantiate $libc))
"""

MANY = " ".join(f'(param "p{i}" u32)' for i in range(16))

def component() -> str:
    """A shop whose functions take handles in all kinds of values and return a number made of the representations."""
    return f"""(component {BOTH}
    (type $item (resource (rep i32)))
    (core func $new (canon resource.new $item))
    (core func $rep (canon resource.rep $item))
    (core module $m
      (import "" "rep" (func $rep (param i32) (result i32)))
      (import "" "new" (func $new (param i32) (result i32)))
      (import "libc" "memory" (memory 1))
      (func $at (param $list i32) (param $i i32) (result i32)
        (i32.load (i32.add (local.get $list) (i32.mul (local.get $i) (i32.const 4)))))
      (func (export "owns") (param i32 i32) (result i32) (local $i i32) (local $sum i32)
        (block $end (loop $next
          (br_if $end (i32.eq (local.get $i) (local.get 1)))
          (local.set $sum (i32.add (i32.mul (local.get $sum) (i32.const 100))
            (call $rep (call $at (local.get 0) (local.get $i)))))
          (local.set $i (i32.add (local.get $i) (i32.const 1)))
          (br $next)))
        (local.get $sum))
      (func (export "borrows") (param i32 i32) (result i32) (local $i i32) (local $sum i32)
        (block $end (loop $next
          (br_if $end (i32.eq (local.get $i) (local.get 1)))
          (local.set $sum (i32.add (i32.mul (local.get $sum) (i32.const 100)) (call $at (local.get 0) (local.get $i))))
          (local.set $i (i32.add (local.get $i) (i32.const 1)))
          (br $next)))
        (local.get $sum))
      (func (export "pair") (param i32 i32) (result i32)
        (i32.add (i32.mul (local.get 0) (i32.const 100)) (call $rep (local.get 1))))
      (func (export "choice") (param i32 i64) (result i32)
        (if (result i32) (i32.eq (local.get 0) (i32.const 1))
          (then (call $rep (i32.wrap_i64 (local.get 1)))) (else (i32.wrap_i64 (local.get 1)))))
      (func (export "spilled") (param i32) (result i32)
        (i32.add (i32.mul (call $rep (i32.load offset=64 (local.get 0))) (i32.const 100))
          (i32.load offset=68 (local.get 0))))
      (func (export "make-all") (param $n i32) (result i32) (local $i i32)
        (block $end (loop $next
          (br_if $end (i32.eq (local.get $i) (local.get $n)))
          (i32.store offset=16 (i32.mul (local.get $i) (i32.const 4))
            (call $new (i32.add (local.get $i) (i32.const 40))))
          (local.set $i (i32.add (local.get $i) (i32.const 1)))
          (br $next)))
        (i32.store (i32.const 0) (i32.const 16)) (i32.store (i32.const 4) (local.get $n))
        (i32.const 0))
      (func (export "maybe") (param $n i32) (result i32)
        (i32.store8 (i32.const 0) (i32.ne (local.get $n) (i32.const 0)))
        (i32.store (i32.const 4)
          (if (result i32) (local.get $n) (then (call $new (local.get $n))) (else (i32.const 99))))
        (i32.const 0)))
    (core instance $i (instantiate $m (with "libc" (instance $libc)) (with "" (instance
      (export "rep" (func $rep)) (export "new" (func $new))))))
    (export $r "item" (type $item))
    (type $pair-type (record (field "n" u8) (field "it" (own $r))))
    (export $pair "pair-type" (type $pair-type))
    (type $choice-type (variant (case "none") (case "one" (own $r)) (case "num" u64)))
    (export $choice "choice-type" (type $choice-type))
    (func (export "make") (param "n" u32) (result (own $r)) (canon lift (core func $new)))
    (func (export "owns") (param "xs" (list (own $r))) (result u32) (canon lift (core func $i "owns")
      (memory (core memory $libc "memory")) (realloc (core func $libc "realloc"))))
    (func (export "borrows") (param "xs" (list (borrow $r))) (result u32) (canon lift (core func $i "borrows")
      (memory (core memory $libc "memory")) (realloc (core func $libc "realloc"))))
    (func (export "pair") (param "p" $pair) (result u32) (canon lift (core func $i "pair")))
    (func (export "choice") (param "c" $choice) (result u32) (canon lift (core func $i "choice")))
    (func (export "spilled") {MANY} (param "it" (own $r)) (param "that" (borrow $r)) (result u32)
      (canon lift (core func $i "spilled")
        (memory (core memory $libc "memory")) (realloc (core func $libc "realloc"))))
    (func (export "make-all") (param "n" u32) (result (list (own $r))) (canon lift (core func $i "make-all")
      (memory (core memory $libc "memory"))))
    (func (export "maybe") (param "n" u32) (result (option (own $r))) (canon lift (core func $i "maybe")
      (memory (core memory $libc "memory")))))"""


@pytest.fixture
def shop() -> Instance:
    instance = started(component())
    assert [instance.invoke("make", [n]) for n in (11, 22, 33)] == [Handle(1), Handle(2), Handle(3)]
    return instance


ONE, TWO, THREE = Handle(1), Handle(2), Handle(3)


def test_lists(shop: Instance) -> None:
    assert outcome(shop, "borrows", (THREE, ONE, THREE)) == 331133
    assert outcome(shop, "owns", (TWO, ONE, THREE)) == 221133
    assert outcome(shop, "owns", ()) == 0


def test_records_and_variants(shop: Instance) -> None:
    assert outcome(shop, "pair", (5, TWO)) == 522
    assert outcome(shop, "choice", Case("none")) == 0
    assert outcome(shop, "choice", Case("num", 1)) == 1
    assert outcome(shop, "choice", Case("one", ONE)) == 11


def test_spilled_parameters(shop: Instance) -> None:
    assert outcome(shop, "spilled", *range(16), TWO, THREE) == 2233


def test_results_are_numbered_in_the_order_of_the_value(shop: Instance) -> None:
    made = shop.invoke("make-all", [3])
    assert made == (Handle(4), Handle(5), Handle(6))
    assert outcome(shop, "owns", (Handle(6), Handle(4))) == 4240
    assert outcome(shop, "maybe", 0) == Case("none")
    assert outcome(shop, "maybe", 9) == Case("some", Handle(7))


# -- between components


def pair() -> Instance:
    """A client that passes what it has in its own memory, which the host fills with indices."""
    return started(f"""(component
      (component $Shop {component().strip()[len("(component"):-1]})
      (component $Client {BOTH}
        (import "shop" (instance $shop
          (export "item" (type $r (sub resource)))
          (export "make" (func (param "n" u32) (result (own $r))))
          (export "owns" (func (param "xs" (list (own $r))) (result u32)))
          (export "borrows" (func (param "xs" (list (borrow $r))) (result u32)))
          (export "spilled" (func {MANY} (param "it" (own $r)) (param "that" (borrow $r)) (result u32)))
          (export "make-all" (func (param "n" u32) (result (list (own $r)))))
          (export "maybe" (func (param "n" u32) (result (option (own $r)))))))
        (core func $make (canon lower (func $shop "make")))
        (core func $owns (canon lower (func $shop "owns") (memory (core memory $libc "memory"))))
        (core func $borrows (canon lower (func $shop "borrows") (memory (core memory $libc "memory"))))
        (core func $spilled (canon lower (func $shop "spilled") (memory (core memory $libc "memory"))))
        (core func $make-all (canon lower (func $shop "make-all")
          (memory (core memory $libc "memory")) (realloc (core func $libc "realloc"))))
        (core func $maybe (canon lower (func $shop "maybe") (memory (core memory $libc "memory"))))
        (core module $poke
          (import "libc" "memory" (memory 1))
          (func (export "poke") (param i32 i32) (i32.store (local.get 0) (local.get 1)))
          (func (export "peek") (param i32) (result i32) (i32.load (local.get 0))))
        (core instance $poke (instantiate $poke (with "libc" (instance $libc))))
        (func (export "poke") (param "at" u32) (param "v" u32) (canon lift (core func $poke "poke")))
        (func (export "peek") (param "at" u32) (result u32) (canon lift (core func $poke "peek")))
        (func (export "make") (param "n" u32) (result u32) (canon lift (core func $make)))
        (func (export "owns") (param "at" u32) (param "n" u32) (result u32) (canon lift (core func $owns)))
        (func (export "borrows") (param "at" u32) (param "n" u32) (result u32) (canon lift (core func $borrows)))
        (func (export "spilled") (param "at" u32) (result u32) (canon lift (core func $spilled)))
        (func (export "make-all") (param "n" u32) (param "at" u32) (canon lift (core func $make-all)))
        (func (export "maybe") (param "n" u32) (param "at" u32) (canon lift (core func $maybe))))
      (instance $shop (instantiate $Shop))
      (instance $client (instantiate $Client (with "shop" (instance $shop))))
      (export "client" (instance $client)))""")


def run(instance: Instance, function: str, *args: Value) -> object:
    return outcome(instance, f"client#{function}", *args)


def with_handles(*at: int) -> Instance:
    """A client that holds 11, 22 and 33 as 1, 2 and 3, and has the indices *at* from address 1024 on."""
    instance = pair()
    assert [run(instance, "make", n) for n in (11, 22, 33)] == [1, 2, 3]
    for i, index in enumerate(at):
        run(instance, "poke", 1024 + 4 * i, index)
    return instance


def test_lists_between_components() -> None:
    instance = with_handles(3, 1, 2)
    assert run(instance, "borrows", 1024, 3) == 331122
    assert run(instance, "owns", 1024, 3) == 331122
    assert run(instance, "owns", 1024, 1) == (TrapReason.UNKNOWN_HANDLE, "param xs[]")


def test_one_handle_twice_in_a_list() -> None:
    assert run(with_handles(2, 2), "borrows", 1024, 2) == 2222
    assert run(with_handles(2, 2), "owns", 1024, 2) == (TrapReason.UNKNOWN_HANDLE, "param xs[]")


def test_a_list_leaves_the_table_in_the_order_of_its_elements() -> None:
    instance = with_handles(3, 1, 2)
    run(instance, "owns", 1024, 3)
    assert [run(instance, "make", 0) for _ in range(4)] == [2, 1, 3, 4]


def test_spilled_parameters_between_components() -> None:
    assert run(with_handles(*[0] * 16, 3, 1), "spilled", 1024) == 3311
    assert run(with_handles(*[0] * 16, 9, 1), "spilled", 1024) == (TrapReason.UNKNOWN_HANDLE, "param it")
    assert run(with_handles(*[0] * 16, 1, 1), "spilled", 1024) == (TrapReason.UNKNOWN_HANDLE, "param that")


def test_results_between_components() -> None:
    instance = with_handles()
    assert run(instance, "make-all", 3, 512) is None
    at, length = run(instance, "peek", 512), run(instance, "peek", 516)
    assert isinstance(at, int) and length == 3
    assert [run(instance, "peek", at + 4 * i) for i in range(3)] == [4, 5, 6]
    assert run(instance, "borrows", at, 3) == 404142
    assert run(instance, "maybe", 9, 768) is None
    assert [run(instance, "peek", at) for at in (768, 772)] == [1, 7]
    assert run(instance, "maybe", 0, 776) is None
    assert [run(instance, "peek", at) for at in (776, 780)] == [0, 0]
    assert run(instance, "make", 0) == 8
