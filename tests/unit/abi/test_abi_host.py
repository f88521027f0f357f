"""The reference at the host: CanonicalABI.md, "Embedding"; values are those of `fact.model.values`. And on wasmtime."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from abi_guests import Guest, lifted_string
from wasmtime import Module

from fact.abi import (
    CanonicalOptions,
    ComponentInstance,
    CoreValue,
    CoreValueIter,
    LiftLowerContext,
    flat_functype,
    forget,
    invoke,
    lift,
    lift_flat,
    lower_flat,
    to_host,
)
from fact.model.types import CoreFuncType, FuncType, List, Prim, Record, Tuple
from fact.model.values import Case, same_value
from fact.run.engine import engine
from fact.run.raw import CoreMemory, CoreStore, core_function, signature


def test_lifted_strings_reach_the_host_as_plain_text_wherever_they_are() -> None:
    string = lifted_string("é", "utf16")
    value = to_host((1, string, Case("some", (string, "c")), (string,), frozenset({"a"}), Case("none")))
    assert same_value(value, (1, "é", Case("some", ("é", "c")), ("é",), frozenset({"a"}), Case("none")))


def test_values_without_lifted_strings_are_left_as_they_are() -> None:
    numbers = tuple(range(10))
    assert to_host(numbers) is numbers


def test_results_of_a_call_from_the_host_are_plain() -> None:
    guest = Guest()
    guest.memory.data[:10] = bytes.fromhex("0800000002000000") + b"hi"
    ft = flat_functype(FuncType((), Prim.STRING), "lift")
    result = invoke(lift(lambda _: (0,), ft, guest.cx.opts, ComponentInstance()), [])
    assert same_value(result, "hi")


def test_rules_asked_again_after_forgetting_give_the_same() -> None:
    t = Record((("a", List(Tuple((Prim.U8, Prim.STRING)))),))
    guest = Guest()
    flat = lower_flat(guest.cx, (((1, "x"),),), t)
    forget()
    assert lift_flat(guest.cx, CoreValueIter(flat), t) == (((1, "x"),),)


GROWING = """
(module
  (memory (export "memory") %s 1)
  (global $top (mut %s) (%s.const 65536))
  (func (export "realloc") (param %s %s %s %s) (result %s)
    (drop (memory.grow (%s.const 1)))
    (global.get $top)
    (global.set $top (%s.add (global.get $top) (%s.const 65536)))))
"""


@pytest.mark.parametrize("pointer", ["i32", "i64"])
def test_wasmtime_memories_that_every_call_of_realloc_grows(pointer: str) -> None:
    wat = GROWING % (("i64" if pointer == "i64" else "",) + (pointer,) * 10)
    store = CoreStore(engine(False))
    instance = store.instantiate(Module(engine(False), wat), [])
    realloc_type = signature(CoreFuncType((pointer,) * 4, (pointer,)))  # type: ignore[arg-type]
    realloc = core_function(store.state, instance.export("realloc"), realloc_type)
    memory = CoreMemory(store.state, instance.export("memory"), pointer)  # type: ignore[arg-type]
    cx = LiftLowerContext(CanonicalOptions("utf8", memory, realloc), ComponentInstance())
    t, value = List(Tuple((Prim.STRING, List(Prim.U32), Prim.CHAR))), (("é語", (1, 2), "x"), ("", (), "😀"))
    flat: Sequence[CoreValue] = lower_flat(cx, value, t)
    assert flat == [65536, 2]
    assert len(memory) == 6 * 65536
    assert same_value(to_host(lift_flat(cx, CoreValueIter(flat), t)), value)
