"""Thread-local storage: CanonicalABI.md, "canon context.get" and ".set", "Threads", "Lifting and Lowering Context"."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from run_components import Path, outcome, started

from fact.model.settings import Reentrance
from fact.model.traps import TrapReason
from fact.model.types import FuncType
from fact.model.values import Handle, Value
from fact.run import Instance

pytestmark = pytest.mark.usefixtures("engine")


def context(type: str = "i32") -> str:
    """Built-ins for both slots, and the instance `context` of them."""
    return f"""
      (core func $get0 (canon context.get {type} 0)) (core func $set0 (canon context.set {type} 0))
      (core func $get1 (canon context.get {type} 1)) (core func $set1 (canon context.set {type} 1))
      (core instance $context (export "get0" (func $get0)) (export "set0" (func $set0))
        (export "get1" (func $get1)) (export "set1" (func $set1)))"""


IMPORTS = """
        (import "context" "get0" (func $get0 (result i32)))
        (import "context" "set0" (func $set0 (param i32)))
        (import "context" "get1" (func $get1 (result i32)))
        (import "context" "set1" (func $set1 (param i32)))"""

BOTH = """
        (func $both (result i32) (i32.add (i32.mul (call $get0) (i32.const 100)) (call $get1)))"""
"""Tells both slots in one number."""


def test_slots_begin_as_zero_in_each_call() -> None:
    instance = started(f"""(component {context()}
      (core module $m {IMPORTS} {BOTH}
        (func (export "f") (param i32) (result i32)
          (local.set 0 (i32.add (i32.mul (call $both) (i32.const 10000)) (local.get 0)))
          (call $set0 (i32.const 12)) (call $set1 (i32.const 34))
          (i32.add (local.get 0) (call $both))))
      (core instance $i (instantiate $m (with "context" (instance $context))))
      (func (export "f") (param "n" u32) (result u32) (canon lift (core func $i "f"))))""")
    assert [outcome(instance, "f", n) for n in (5, 6)] == [1239, 1240]


@pytest.mark.parametrize(("type", "value"), [("i32", 2**32 - 1), ("i64", 2**64 - 1)])
def test_slots_hold_all_bits(type: str, value: int) -> None:
    interface = "u32" if type == "i32" else "u64"
    instance = started(f"""(component {context(type)}
      (core module $m
        (import "context" "get1" (func $get (result {type})))
        (import "context" "set1" (func $set (param {type})))
        (func (export "f") (param {type}) (result {type}) (call $set (local.get 0)) (call $get)))
      (core instance $i (instantiate $m (with "context" (instance $context))))
      (func (export "f") (param "n" {interface}) (result {interface}) (canon lift (core func $i "f"))))""")
    assert outcome(instance, "f", value) == value


STATE = """
        (global $seen (mut i32) (i32.const 0))
        (func (export "seen") (result i32) (global.get $seen))
        (memory (export "memory") 1)"""


def test_post_return_goes_on_in_its_calls_thread_and_realloc_has_its_own() -> None:
    instance = started(f"""(component {context()}
      (core module $m {IMPORTS} {BOTH} {STATE}
        (func (export "realloc") (param i32 i32 i32 i32) (result i32)
          (global.set $seen (i32.add (global.get $seen) (call $both)))
          (call $set0 (i32.const 99)) (call $set1 (i32.const 99))
          (i32.const 8))
        (func (export "f") (param i32 i32) (result i32)
          (call $set0 (i32.const 12)) (call $set1 (i32.const 34))
          (call $both))
        (func (export "post") (param i32)
          (global.set $seen (i32.add (i32.mul (global.get $seen) (i32.const 10000)) (call $both)))))
      (core instance $i (instantiate $m (with "context" (instance $context))))
      (func (export "f") (param "s" string) (result u32) (canon lift (core func $i "f")
        (memory (core memory $i "memory")) (realloc (core func $i "realloc")) (post-return (core func $i "post"))))
      (func (export "seen") (result u32) (canon lift (core func $i "seen"))))""")
    assert outcome(instance, "f", "text") == 1234
    assert outcome(instance, "seen") == 1234, "realloc saw 0, post-return the call's"


def test_the_callers_slots_are_back_after_a_call_and_its_realloc() -> None:
    """The callee's result is lowered by the caller's realloc."""
    instance = started(f"""(component
      (component $Callee {context()}
        (core module $m {IMPORTS}
          (memory (export "memory") 1)
          (data (i32.const 0) "\\08\\00\\00\\00\\02\\00\\00\\00hi")
          (func (export "f") (result i32) (call $set0 (i32.const 77)) (call $set1 (i32.const 77)) (i32.const 0)))
        (core instance $i (instantiate $m (with "context" (instance $context))))
        (func (export "f") (result string) (canon lift (core func $i "f") (memory (core memory $i "memory")))))
      (instance $callee (instantiate $Callee))
      {context()}
      (core module $libc {IMPORTS} {BOTH} {STATE}
        (func (export "realloc") (param i32 i32 i32 i32) (result i32)
          (global.set $seen (call $both))
          (call $set0 (i32.const 99)) (call $set1 (i32.const 99))
          (i32.const 64)))
      (core instance $libc (instantiate $libc (with "context" (instance $context))))
      (core func $f (canon lower (func $callee "f")
        (memory (core memory $libc "memory")) (realloc (core func $libc "realloc"))))
      (core module $m {IMPORTS}
        (import "" "f" (func $f (param i32)))
        {BOTH}
        (func (export "run") (result i32)
          (call $set0 (i32.const 12)) (call $set1 (i32.const 34)) (call $f (i32.const 0)) (call $both)))
      (core instance $i (instantiate $m (with "context" (instance $context))
        (with "" (instance (export "f" (func $f))))))
      (func (export "run") (result u32) (canon lift (core func $i "run")))
      (func (export "seen") (result u32) (canon lift (core func $libc "seen"))))""")
    assert outcome(instance, "run") == 1234
    assert outcome(instance, "seen") == 0


def test_a_destructor_has_slots_of_its_own() -> None:
    instance = started(f"""(component {context()}
      (core module $store {IMPORTS} {BOTH} {STATE}
        (func (export "dtor") (param i32)
          (global.set $seen (i32.add (call $both) (local.get 0)))
          (call $set0 (i32.const 99)) (call $set1 (i32.const 99))))
      (core instance $store (instantiate $store (with "context" (instance $context))))
      (type $item (resource (rep i32) (dtor (core func $store "dtor"))))
      (core func $new (canon resource.new $item))
      (core func $drop (canon resource.drop $item))
      (core module $m {IMPORTS}
        (import "" "new" (func $new (param i32) (result i32)))
        (import "" "drop" (func $drop (param i32)))
        {BOTH}
        (func (export "run") (result i32)
          (call $set0 (i32.const 12)) (call $set1 (i32.const 34))
          (call $drop (call $new (i32.const 5)))
          (call $both)))
      (core instance $i (instantiate $m (with "context" (instance $context))
        (with "" (instance (export "new" (func $new)) (export "drop" (func $drop))))))
      (export $r "item" (type $item))
      (func (export "make") (param "n" u32) (result (own $r)) (canon lift (core func $new)))
      (func (export "run") (result u32) (canon lift (core func $i "run")))
      (func (export "seen") (result u32) (canon lift (core func $store "seen"))))""")
    assert outcome(instance, "run") == 1234
    assert outcome(instance, "seen") == 5
    instance.invoke("make", [6])
    instance.drop(Handle(1))
    assert outcome(instance, "seen") == 6


def test_a_start_function_has_slots_of_its_own_and_resources() -> None:
    """It makes two, drops the first, and leaves the second in the table; a call sees none of its slots."""
    instance = started(f"""(component {context()}
      (type $item (resource (rep i32)))
      (core func $new (canon resource.new $item))
      (core func $drop (canon resource.drop $item))
      (core func $rep (canon resource.rep $item))
      (core module $m {IMPORTS}
        (import "" "new" (func $new (param i32) (result i32)))
        (import "" "drop" (func $drop (param i32)))
        {BOTH} {STATE}
        (func $start
          (global.set $seen (call $both))
          (call $set0 (i32.const 12)) (call $set1 (i32.const 34))
          (global.set $seen (i32.add (global.get $seen) (call $both)))
          (call $drop (call $new (i32.const 5)))
          (drop (call $new (i32.const 6)))
          (call $drop (call $new (i32.const 7))))
        (func (export "both") (result i32) (call $both))
        (start $start))
      (core instance $i (instantiate $m (with "context" (instance $context))
        (with "" (instance (export "new" (func $new)) (export "drop" (func $drop))))))
      (func (export "both") (result u32) (canon lift (core func $i "both")))
      (func (export "rep") (param "i" u32) (result u32) (canon lift (core func $rep)))
      (func (export "seen") (result u32) (canon lift (core func $i "seen"))))""")
    assert outcome(instance, "seen") == 1234
    assert outcome(instance, "both") == 0
    assert outcome(instance, "rep", 1) == 6


def test_a_call_within_a_call_of_the_same_instance() -> None:
    """The host calls in again: the inner thread has slots of its own, and the outer one finds its own again."""
    seen: list[Value | None] = []

    def host(path: Path, type: FuncType, args: Sequence[Value]) -> None:
        if args == [12]:
            seen.append(instance.invoke("run", [56]))

    instance: Instance = started(
        f"""(component
      (import "host" (func $host (param "n" u32)))
      (core func $host (canon lower (func $host)))
      {context()}
      (core module $m
        (import "" "host" (func $host (param i32)))
        (import "context" "get0" (func $get (result i32)))
        (import "context" "set0" (func $set (param i32)))
        (func (export "run") (param i32) (result i32)
          (local.set 0 (i32.add (call $get) (local.get 0)))
          (call $set (local.get 0)) (call $host (local.get 0)) (call $get)))
      (core instance $i (instantiate $m (with "context" (instance $context))
        (with "" (instance (export "host" (func $host))))))
      (func (export "run") (param "n" u32) (result u32) (canon lift (core func $i "run"))))""",
        host,
        Reentrance.FREE,
    )
    assert instance.invoke("run", [12]) == 12
    assert seen == [56]


def test_built_ins_as_callee_and_post_return() -> None:
    """`get` is context.get itself; `f` hands its result to context.set, `g` to resource.drop, which may not leave."""
    instance = started(f"""(component {context()}
      (type $item (resource (rep i32)))
      (core func $new (canon resource.new $item))
      (core func $drop (canon resource.drop $item))
      (core module $m (func (export "f") (param i32) (result i32) (local.get 0)))
      (core instance $i (instantiate $m))
      (func (export "get") (result u32) (canon lift (core func $get0)))
      (func (export "f") (param "n" u32) (result u32) (canon lift (core func $i "f") (post-return (core func $set0))))
      (func (export "g") (param "n" u32) (result u32)
        (canon lift (core func $new) (post-return (core func $drop)))))""")
    assert outcome(instance, "f", 5) == 5
    assert outcome(instance, "get") == 0
    assert outcome(instance, "g", 5) == (TrapReason.CANNOT_LEAVE, None)
