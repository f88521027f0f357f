"""Whole components from text, run by either of our engines, for the tests of resources.

`SHOP` implements a resource type, `CLIENT` uses it. What a client exports takes and returns the indices of its own
handle table as plain integers, so that the host can try any.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar

import wasmtime

from fact.adapters import compile_adapters
from fact.decode import decode
from fact.link import link, partition
from fact.model.plan import Plan
from fact.model.settings import Reentrance
from fact.model.traps import Trap, TrapReason
from fact.model.types import FuncType
from fact.model.values import Value
from fact.run import Host, Instance, Prepared, prepare_compiled, prepare_reference

Path = tuple[str, ...]


def plan_of(wat: str) -> Plan:
    return link(decode(bytes(wasmtime.wat2wasm(wat))))


def nobody(path: Path, type: FuncType, args: Sequence[Value]) -> None:
    raise AssertionError(f"no host function {path} is expected to be called")


def prepared(plan: Plan, engine: str, reentrance: Reentrance) -> Prepared:
    if engine == "reference":
        return prepare_reference(plan, reentrance=reentrance)
    partitioned = partition(plan)
    return prepare_compiled(partitioned, compile_adapters(partitioned, reentrance=reentrance), reentrance=reentrance)


ENGINES = ("reference", "compiled")
_engine = ContextVar("engine", default="reference")


@contextmanager
def started_by(engine: str) -> Iterator[None]:
    """Until it closes, `started` is by *engine*."""
    token = _engine.set(engine)
    try:
        yield
    finally:
        _engine.reset(token)


def started(wat: str, host: Host = nobody, reentrance: Reentrance = Reentrance.GUARDED) -> Instance:
    return started_plan(plan_of(wat), host, reentrance)


def started_plan(plan: Plan, host: Host, reentrance: Reentrance = Reentrance.GUARDED) -> Instance:
    return prepared(plan, _engine.get(), reentrance).instantiate(host)


def outcome(instance: Instance, function: str, *args: Value) -> Value | tuple[TrapReason, str | None] | None:
    """What the call returns, or the reason and the site of its trap."""
    try:
        return instance.invoke(function, args)
    except Trap as trap:
        return trap.reason, trap.site


SHOP = """
(component $Shop
  (core module $store
    (global $count (mut i32) (i32.const 0))
    (global $last (mut i32) (i32.const 0))
    (func (export "dtor") (param i32)
      (global.set $count (i32.add (global.get $count) (i32.const 1)))
      (global.set $last (local.get 0)))
    (func (export "dropped") (result i32) (i32.add (i32.mul (global.get $count) (i32.const 1000)) (global.get $last))))
  (core instance $store (instantiate $store))
  (type $item (resource (rep i32) (dtor (core func $store "dtor"))))
  (core func $new (canon resource.new $item))
  (core func $rep (canon resource.rep $item))
  (core func $drop (canon resource.drop $item))
  (core module $m
    (import "" "new" (func $new (param i32) (result i32)))
    (import "" "rep" (func $rep (param i32) (result i32)))
    (import "" "drop" (func $drop (param i32)))
    (func (export "make") (param i32) (result i32) (call $new (local.get 0)))
    (func (export "look") (param i32) (result i32) (local.get 0))
    (func (export "take") (param i32) (result i32) (call $rep (local.get 0)) (call $drop (local.get 0)))
    (func (export "look2") (param i32 i32))
    (func (export "give") (param i32) (result i32) (local.get 0))
    (func (export "rep-of") (param i32) (result i32) (call $rep (local.get 0)))
    (func (export "drop-own") (param i32) (call $drop (local.get 0))))
  (core instance $i (instantiate $m (with "" (instance
    (export "new" (func $new)) (export "rep" (func $rep)) (export "drop" (func $drop))))))
  (export $r "item" (type $item))
  (func (export "make") (param "n" u32) (result (own $r)) (canon lift (core func $i "make")))
  (func (export "look") (param "it" (borrow $r)) (result u32) (canon lift (core func $i "look")))
  (func (export "look2") (param "it" (borrow $r)) (param "that" (own $r)) (canon lift (core func $i "look2")))
  (func (export "take") (param "it" (own $r)) (result u32) (canon lift (core func $i "take")))
  (func (export "keep") (param "it" (own $r)) (result u32) (canon lift (core func $i "give")))
  (func (export "give") (param "index" u32) (result (own $r)) (canon lift (core func $i "give")))
  (func (export "make-raw") (param "n" u32) (result u32) (canon lift (core func $i "make")))
  (func (export "rep-of") (param "index" u32) (result u32) (canon lift (core func $i "rep-of")))
  (func (export "drop-own") (param "index" u32) (canon lift (core func $i "drop-own")))
  (func (export "dropped") (result u32) (canon lift (core func $store "dropped"))))
"""
"""`dropped` is 1000 times the number of destructor calls, plus the last representation."""

SHOP_TYPE = """
    (export "item" (type $r (sub resource)))
    (export "make" (func (param "n" u32) (result (own $r))))
    (export "look" (func (param "it" (borrow $r)) (result u32)))
    (export "look2" (func (param "it" (borrow $r)) (param "that" (own $r))))
    (export "take" (func (param "it" (own $r)) (result u32)))
    (export "keep" (func (param "it" (own $r)) (result u32)))
    (export "give" (func (param "index" u32) (result (own $r))))"""

CLIENT = f"""
(component $Client
  (import "shop" (instance $shop {SHOP_TYPE}))
  (alias export $shop "item" (type $item))
  (core func $make (canon lower (func $shop "make")))
  (core func $look (canon lower (func $shop "look")))
  (core func $look2 (canon lower (func $shop "look2")))
  (core func $take (canon lower (func $shop "take")))
  (core func $keep (canon lower (func $shop "keep")))
  (core func $give (canon lower (func $shop "give")))
  (core func $drop (canon resource.drop $item))
  (func (export "make") (param "n" u32) (result u32) (canon lift (core func $make)))
  (func (export "look") (param "index" u32) (result u32) (canon lift (core func $look)))
  (func (export "look2") (param "index" u32) (param "that" u32) (canon lift (core func $look2)))
  (func (export "take") (param "index" u32) (result u32) (canon lift (core func $take)))
  (func (export "keep") (param "index" u32) (result u32) (canon lift (core func $keep)))
  (func (export "give") (param "index" u32) (result u32) (canon lift (core func $give)))
  (func (export "drop") (param "index" u32) (canon lift (core func $drop))))
"""
"""Its lifts are of adapters and built-ins straight: no core module is in between."""

PAIR = f"""(component {SHOP} {CLIENT}
  (instance $shop (instantiate $Shop))
  (instance $client (instantiate $Client (with "shop" (instance $shop))))
  (export "shop" (instance $shop))
  (export "client" (instance $client)))"""
