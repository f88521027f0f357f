"""Handles where they seldom are: in full tables, in 64-bit memories, in values too large for one function; and the text
that says what happens to them.

CanonicalABI.md, "Table State" (Table.add), "Loading", "Storing".
"""

from __future__ import annotations

import pytest
from adapters_components import RAW, SHOP, SHOP_IMPORTS, Host, exports, planned, run, texts, trap, with_shop

from fact.adapters import compile_adapters, handles
from fact.model.traps import TrapReason
from fact.model.values import Handle
from fact.run import prepare_compiled

ROOM = 2


@pytest.fixture
def little_room(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tables of `ROOM` handles instead of Table.MAX_LENGTH."""
    text = handles.support_text().replace("0x0fffffff", str(ROOM))
    assert text != handles.support_text()
    monkeypatch.setattr(handles, "support_text", lambda: text)


CLIENT = f"""(component
{SHOP}
  (instance $shop (instantiate $shop))
  (component $app {SHOP_IMPORTS} {RAW})
  (instance $app (instantiate $app {with_shop()}))
{exports("app", "make", "drop", "take")})"""


@pytest.mark.usefixtures("little_room")
def test_a_result_for_a_full_table() -> None:
    instance = run(CLIENT)
    assert [instance.invoke("make", (n,)) for n in (5, 6)] == [1, 2]
    instance.invoke("drop", (1,))
    assert instance.invoke("make", (7,)) == 1
    assert trap(instance, "make", 8) == (TrapReason.HANDLE_TABLE_FULL, "result")


@pytest.mark.usefixtures("little_room")
def test_a_parameter_for_a_full_table() -> None:
    instance = run(CLIENT)
    for rep in (5, 6):
        instance.invoke("make", (rep,))
    assert instance.invoke("take", (1,)) == 5
    instance.invoke("make", (7,))
    assert instance.invoke("take", (1,)) == 7
    assert trap(instance, "take", 2) == (TrapReason.HANDLE_TABLE_FULL, "param x")


@pytest.mark.usefixtures("little_room")
def test_resource_new_in_a_full_table() -> None:
    """It has no site."""
    instance = run("""(component
      (type $r (resource (rep i32)))
      (core func $new (canon resource.new $r))
      (func (export "new") (param "rep" u32) (result u32) (canon lift (core func $new))))""")
    assert [instance.invoke("new", (n,)) for n in range(ROOM)] == [1, 2]
    assert trap(instance, "new", 9) == (TrapReason.HANDLE_TABLE_FULL, None)


@pytest.mark.usefixtures("little_room")
def test_what_the_host_passes_to_a_full_table() -> None:
    """The host's boundary has the same limit on the same table."""
    instance = run("""(component
      (import "r" (type $r (sub resource)))
      (import "make" (func $make (result (own $r))))
      (core func $make' (canon lower (func $make)))
      (core func $drop (canon resource.drop $r))
      (func (export "make") (result u32) (canon lift (core func $make')))
      (func (export "drop") (param "i" u32) (canon lift (core func $drop))))""", Host(make=Handle(3)))
    assert [instance.invoke("make", ()) for _ in range(ROOM)] == [1, 2]
    instance.invoke("drop", (2,))
    assert instance.invoke("make", ()) == 2
    assert trap(instance, "make")[0] is TrapReason.HANDLE_TABLE_FULL


# -- through memory


def lists(caller: str, callee: str, element: str = "(own $r)", size: int = 4) -> str:
    """`pass` makes *n* resources, each of representation 100 + its number, writes the handles to elements of *size*
    bytes, and passes them on: first as a list of *element*, whose first word each is. `counted` says which came where:
    the sum of place times representation. *caller* and *callee* are the types of addresses."""

    def memory(p: str) -> str:
        return f'(memory (export "memory") {"i64 " if p == "i64" else ""}1)'

    def at(p: str, address: str) -> str:
        return address if p == "i32" else f"(i64.extend_i32_u {address})"

    return f"""(component
  (component $shop
    (type $r' (resource (rep i32)))
    (core func $new (canon resource.new $r'))
    (core func $rep (canon resource.rep $r'))
    (core module $core
      (import "" "rep" (func $rep (param i32) (result i32)))
      {memory(callee)}
      (func (export "realloc") (param {callee} {callee} {callee} {callee}) (result {callee}) ({callee}.const 4096))
      (func (export "count") (param $at {callee}) (param $n {callee}) (result i32) (local $sum i32) (local $place i32)
        (block $done (loop $next
          (br_if $done ({callee}.eqz (local.get $n)))
          (local.set $place (i32.add (local.get $place) (i32.const 1)))
          (local.set $sum (i32.add (local.get $sum)
            (i32.mul (local.get $place) (call $rep (i32.load (local.get $at))))))
          (local.set $at ({callee}.add (local.get $at) ({callee}.const {size})))
          (local.set $n ({callee}.sub (local.get $n) ({callee}.const 1)))
          (br $next)))
        (local.get $sum)))
    (core instance $core (instantiate $core (with "" (instance (export "rep" (func $rep))))))
    (export $r "r" (type $r'))
    (func (export "make") (param "rep" u32) (result (own $r)) (canon lift (core func $new)))
    (func (export "count") (param "xs" (list {element})) (result u32)
      (canon lift (core func $core "count") (memory (core memory $core "memory"))
        (realloc (core func $core "realloc")))))
  (instance $shop (instantiate $shop))
  (component $app
    (import "r" (type $r (sub resource)))
    (import "make" (func $make (param "rep" u32) (result (own $r))))
    (import "count" (func $count (param "xs" (list {element})) (result u32)))
    (core module $libc {memory(caller)})
    (core instance $libc (instantiate $libc))
    (core func $make' (canon lower (func $make)))
    (core func $count' (canon lower (func $count) (memory (core memory $libc "memory"))))
    (core module $core
      (import "" "memory" {memory(caller).replace('(export "memory") ', "")})
      (import "" "make" (func $make (param i32) (result i32)))
      (import "" "count" (func $count (param {caller} {caller}) (result i32)))
      (func (export "pass") (param $n i32) (param $words i32) (result i32) (local $i i32) (local $at i32)
        (loop $next
          (i32.store {at(caller, "(local.get $at)")} (call $make (i32.add (i32.const 100) (local.get $i))))
          (local.set $at (i32.add (local.get $at) (i32.const 4)))
          (local.set $i (i32.add (local.get $i) (i32.const 1)))
          (br_if $next (i32.lt_u (local.get $i) (i32.mul (local.get $n) (local.get $words)))))
        (call $count ({caller}.const 0) {at(caller, "(local.get $n)")})))
    (core instance $core (instantiate $core (with "" (instance
      (export "memory" (memory $libc "memory")) (export "make" (func $make')) (export "count" (func $count'))))))
    (func (export "pass") (param "n" u32) (param "words" u32) (result u32) (canon lift (core func $core "pass"))))
  (instance $app (instantiate $app (with "r" (type $shop "r")) (with "make" (func $shop "make"))
    (with "count" (func $shop "count"))))
  (export "pass" (func $app "pass")))"""


@pytest.mark.parametrize("caller", ["i32", "i64"])
@pytest.mark.parametrize("callee", ["i32", "i64"])
def test_a_list_of_handles_between_memories(caller: str, callee: str) -> None:
    instance = run(lists(caller, callee))
    assert instance.invoke("pass", (5, 1)) == sum((i + 1) * (100 + i) for i in range(5))


def test_elements_too_large_for_one_function() -> None:
    """Thirty handles an element: walked by functions of their own, in both walks in the same order."""
    element = f"(tuple {' '.join(['(own $r)'] * 30)})"
    instance = run(lists("i32", "i32", element, 120))
    assert instance.invoke("pass", (4, 30)) == sum((i + 1) * (100 + 30 * i) for i in range(4))


def test_a_thousand_handles_at_once() -> None:
    instance = run(lists("i32", "i32"))
    assert instance.invoke("pass", (1000, 1)) == sum((i + 1) * (100 + i) for i in range(1000))


def test_handles_cost_fuel_like_everything_else() -> None:
    plan = planned(lists("i32", "i32"))
    instance = prepare_compiled(plan, compile_adapters(plan), fuel=2000).instantiate(Host())
    assert instance.invoke("pass", (2, 1)) == 302
    assert trap(instance, "pass", 1000, 1) == (TrapReason.OUT_OF_FUEL, None)


# -- the text


def test_types_are_named_in_the_text() -> None:
    """Whoever reads it at night does not look numbers up."""
    text = "".join(texts(CLIENT))
    for line in (
        ";; built-in 2: resource.drop root.shop.r, in root.app",
        ";; adapter 1, take: func(x: own<root.shop.r>) -> u32",
        ";; -- lift result: own<root.shop.r>",
        ";; -- lift param x: own<root.shop.r>",
        ";; -- lower param x: own<root.shop.r>",
        ";; -- call root.shop.core.dtor",
    ):
        assert line in text, line
    assert "own<0>" not in text


def test_all_adapter_modules_and_the_built_ins_lean_on_the_same_tables() -> None:
    modules = compile_adapters(planned(CLIENT))
    assert {support for module in modules for support in module.support} == set(modules[0].support)
    (support,) = modules[0].support
    assert support.memories == ()
