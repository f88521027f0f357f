"""Adapter modules: how many, what is in them, and where they stand among the steps."""

from __future__ import annotations

from pathlib import Path

import pytest
from wasmtime import wat2wasm

from fact.decode import decode
from fact.errors import LinkError
from fact.link import link, partition
from fact.link.describe import plan_text
from fact.link.needs import adapter_needs
from fact.model.plan import AdapterRef, InstanceExport, InstantiateAdapters, InstantiateModule, Plan
from fact.model.syntax import Sort

COMPONENTS = Path(__file__).parents[2] / "components"


def partitioned(text: str) -> Plan:
    return partition(link(decode(bytes(wat2wasm(text)))))


def chain(length: int) -> str:
    """Components in a row, each lowering the one before as a direct import."""
    parts = ["""(component $C0 (core module $m (func (export "f"))) (core instance $i (instantiate $m))
                  (func (export "f") (canon lift (core func $i "f")))) (instance $c0 (instantiate $C0))"""]
    parts += [
        f"""(component $C{n} (import "f" (func $f)) (core func $l (canon lower (func $f)))
              (core module $m (import "" "f" (func)) (export "f" (func 0)))
              (core instance $i (instantiate $m (with "" (instance (export "f" (func $l))))))
              (func (export "f") (canon lift (core func $i "f"))))
            (instance $c{n} (instantiate $C{n} (with "f" (func $c{n - 1} "f"))))"""
        for n in range(1, length)
    ]
    return f"(component {' '.join(parts)} (export \"f\" (func $c{length - 1} \"f\")))"


def assert_in_order(plan: Plan) -> None:
    """Whatever a step or an adapter refers to has been made before it."""
    instances: set[int] = set()
    adapters: set[int] = set()
    for step in plan.steps:
        match step:
            case InstantiateAdapters(index):
                members = plan.adapter_modules[index].adapters
                adapters.update(members)
                needed = [need for a in members for need in adapter_needs(plan, plan.adapters[a])]
            case InstantiateModule():
                needed = list(step.args)
        for item in needed:
            if isinstance(item, InstanceExport):
                assert item.instance in instances
            elif isinstance(item, AdapterRef):
                assert item.index in adapters
        if isinstance(step, InstantiateModule):
            instances.add(step.instance)
    assert adapters == set(range(len(plan.adapters)))


def test_a_chain_of_direct_imports_needs_a_module_a_link() -> None:
    plan = partitioned(chain(5))
    assert len(plan.adapter_modules) == 4
    assert_in_order(plan)


@pytest.mark.parametrize("length", [2, 3])
def test_an_order_that_goes_round_in_a_circle_is_refused(length: int) -> None:
    """By itself, or together with what the steps need."""
    plan = link(decode(bytes(wat2wasm(chain(length)))))
    with pytest.raises(LinkError, match="wait for each other in a circle"):
        partition(plan, order=lambda _: [(0, 1), (1, 0)])
    with pytest.raises(LinkError, match="wait for each other in a circle"):
        partition(plan, order=lambda plan: [(len(plan.steps) - 1, 0)])


def test_clients_of_one_server_share_one_adapter_module() -> None:
    plan = partitioned((COMPONENTS / "counter-star.wat").read_text())
    assert len(plan.adapter_modules) == 1
    assert plan.adapter_modules[0].adapters == (0, 1, 2)
    assert_in_order(plan)


def test_adapters_that_call_adapters_are_made_together_or_in_order() -> None:
    relays = "".join(
        f"""(component $R{n} (import "f" (func $f)) (core func $l (canon lower (func $f)))
              (func (export "f") (canon lift (core func $l))))
            (instance $r{n} (instantiate $R{n} (with "f" (func ${"a" if n == 0 else f"r{n - 1}"} "f"))))"""
        for n in range(4)
    )
    plan = partitioned(f"""(component
      (component $A (core module $m (func (export "f"))) (core instance $i (instantiate $m))
        (func (export "f") (canon lift (core func $i "f"))))
      (instance $a (instantiate $A)) {relays} (export "f" (func $r3 "f")))""")
    assert len(plan.adapters) == 4
    assert len(plan.adapter_modules) == 1
    assert plan.adapter_modules[0].due is None
    assert_in_order(plan)


def test_an_unneeded_memory_option_does_not_delay_an_adapter() -> None:
    """Scalars in registers touch no memory: the clients' memories, made after the server, do not count."""
    plan = partitioned((COMPONENTS / "counter-star.wat").read_text())
    assert all(a.options.memory is not None for a in plan.adapters)
    assert plan.adapter_modules[0].ready == 0


def test_the_plan_text_says_why_a_module_stands_where_it_does() -> None:
    text = plan_text(partitioned((COMPONENTS / "counter-star.wat").read_text()))
    assert "needs root.server.core; first used by root.red.fixup" in text
    assert "3 adapters in 1 adapter module" in text


def star(clients: int) -> str:
    """Clients with a memory each that all call one server, whose memory is the other one of every adapter."""
    numbers = range(clients)
    return f"""(component
      (component $S
        (core module $m (memory (export "m") 1) (func (export "f") (param i32 i32))
          (func (export "r") (param i32 i32 i32 i32) (result i32) unreachable))
        (core instance $i (instantiate $m))
        (func (export "f") (param "s" string)
          (canon lift (core func $i "f") (memory (core memory $i "m")) (realloc (core func $i "r")))))
      (instance $s (instantiate $S))
      (core module $client (memory (export "m") 1))
      {" ".join(f"(core instance $c{n} (instantiate $client))" for n in numbers)}
      {" ".join(f'(core func $l{n} (canon lower (func $s "f") (memory (core memory $c{n} "m"))))' for n in numbers)}
      (core module $user {" ".join(f'(import "" "f{n}" (func (param i32 i32)))' for n in numbers)})
      (core instance (instantiate $user (with "" (instance
        {" ".join(f'(export "f{n}" (func $l{n}))' for n in numbers)})))))"""


def memories(plan: Plan, adapters: tuple[int, ...]) -> set[InstanceExport]:
    needed = [need for a in adapters for need in adapter_needs(plan, plan.adapters[a])]
    return {item for item in needed if isinstance(item, InstanceExport) and item.sort is Sort.CORE_MEMORY}


@pytest.mark.parametrize(("clients", "modules"), [(99, 1), (100, 2), (150, 2), (198, 2), (199, 3)])
def test_no_adapter_module_needs_more_memories_than_a_module_may_have(clients: int, modules: int) -> None:
    """wasmtime allows 100. Its own adapter modules are not split: it panics when one would need more."""
    plan = partitioned(star(clients))
    assert len(plan.adapter_modules) == modules
    assert all(len(memories(plan, m.adapters)) <= 100 for m in plan.adapter_modules)
    assert sorted(a for m in plan.adapter_modules for a in m.adapters) == list(range(clients))
    assert_in_order(plan)
