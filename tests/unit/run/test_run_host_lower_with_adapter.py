"""A host lower whose realloc is an adapter, called by an adapter: between these two the host lower has to be made."""

from __future__ import annotations

import pytest
from wasmtime import wat2wasm

from fact.adapters import compile_adapters
from fact.decode import decode
from fact.link import link, partition
from fact.model.plan import Plan
from fact.model.traps import Trap, TrapReason
from fact.model.types import FuncType
from fact.model.values import Value
from fact.run import Prepared, prepare_compiled, prepare_reference

TEXT = """(component
  (import "text" (func $text (result string)))
  (component $Heap
    (core module $m (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 16)))
    (core instance $i (instantiate $m))
    (func (export "realloc") (param "a" u32) (param "b" u32) (param "c" u32) (param "d" u32) (result u32)
      (canon lift (core func $i "realloc"))))
  (component $Relay
    (import "realloc" (func $realloc (param "a" u32) (param "b" u32) (param "c" u32) (param "d" u32) (result u32)))
    (import "text" (func $text (result string)))
    (core module $m (memory (export "memory") 1))
    (core instance $i (instantiate $m))
    (core func $realloc (canon lower (func $realloc)))
    (core func $text
      (canon lower (func $text) (memory (core memory $i "memory")) (realloc (core func $realloc))))
    (func (export "relay") (param "pointer" u32) (canon lift (core func $text))))
  (component $App
    (import "relay" (func $relay (param "pointer" u32)))
    (core func $relay (canon lower (func $relay)))
    (core module $m (import "" "f" (func $f (param i32))) (func (export "run") (call $f (i32.const 64))))
    (core instance $i (instantiate $m (with "" (instance (export "f" (func $relay))))))
    (func (export "run") (canon lift (core func $i "run"))))
  (instance $heap (instantiate $Heap))
  (instance $relay (instantiate $Relay (with "realloc" (func $heap "realloc")) (with "text" (func $text))))
  (instance $app (instantiate $App (with "relay" (func $relay "relay"))))
  (export "run" (func $app "run")))"""


def plan() -> Plan:
    return partition(link(decode(bytes(wat2wasm(TEXT)))))


def host(path: tuple[str, ...], type: FuncType, args: object) -> Value:
    return "text"


REFERENCE, COMPILED = prepare_reference(plan()), prepare_compiled(plan(), compile_adapters(plan()))


@pytest.mark.parametrize("prepared", [REFERENCE, COMPILED], ids=["reference", "compiled"])
def test_it_is_there_and_its_realloc_may_not_leave(prepared: Prepared) -> None:
    """CanonicalABI.md, "Lifting and Lowering Context": a realloc may not leave its component instance."""
    with pytest.raises(Trap) as raised:
        prepared.instantiate(host).invoke("run", ())
    assert raised.value.reason is TrapReason.CANNOT_LEAVE


def test_the_two_adapters_are_in_two_modules_and_the_plan_says_why() -> None:
    first, second = plan().adapter_modules
    assert (first.adapters, second.adapters) == ((0,), (1,))
    assert second.apart == "adapter 1 (func2) calls host lower 0 (text), which is made with adapter 0 (realloc)"
