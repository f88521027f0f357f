"""Partitioned components behave as written: random components with resources, destructors that are adapters, shims that
are filled late, start functions and segments, with steps moved and with none moved: both of our engines make the same
calls of the host, in the same order, with the same results, and the same trap if there is one."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis_profiles import times
from step_orders import another_order, moved
from wasmtime import wat2wasm

from fact.adapters import compile_adapters
from fact.decode import decode
from fact.link import link, partition
from fact.link.order import written_order
from fact.model.traps import Trap
from fact.model.types import FuncType
from fact.model.values import Value
from fact.run import prepare_compiled, prepare_reference
from fact.run.prepare import Prepared

LOG = '(import "log" (func $log (param "v" u32)))'


class Component:
    """Component *i* of a random tree. *maps* and *takes* are core functions of type (i32) -> (i32) and (i32) -> () that
    its next core module may be given."""

    def __init__(self, random: Random, i: int, shops: Sequence[int]) -> None:
        self.random, self.i = random, i
        self.parts = [LOG, "(core func $log (canon lower (func $log)))"]
        self.given = ['(with "log" (func $log))']
        self.maps: list[str] = []
        self.takes: list[str] = []
        for j in range(i):
            if random.random() < 0.5:
                self.import_functions(j)
        for j in shops:
            if random.random() < 0.5:
                self.import_resource(j)
        self.modules = random.randint(1, 4)
        self.shop = random.randrange(self.modules) if random.random() < 0.5 else None
        for k in range(self.modules):
            self.module(k)
            if k == self.shop:
                self.resource()
        self.exports()

    def import_functions(self, j: int) -> None:
        for name, type, known in ((f"map{j}", '(param "v" u32) (result u32)', self.maps),
                                  (f"take{j}", '(param "v" u32)', self.takes)):
            self.parts += [f'(import "{name}" (func ${name} {type}))',
                           f"(core func $c-{name} (canon lower (func ${name})))"]
            self.given.append(f'(with "{name}" (func $i{j} "{name[:-len(str(j))]}"))')
            known.append(f"$c-{name}")

    def import_resource(self, j: int) -> None:
        self.parts.append(f"""(import "r{j}" (type $r{j} (sub resource)))
          (import "make{j}" (func $make{j} (param "v" u32) (result (own $r{j}))))
          (core func $c-make{j} (canon lower (func $make{j}))) (core func $drop{j} (canon resource.drop $r{j}))""")
        self.given.append(f'(with "r{j}" (type $i{j} "r")) (with "make{j}" (func $i{j} "make"))')
        self.pair(f"pair{j}", f"$c-make{j}", f"$drop{j}")

    def pair(self, name: str, make: str, drop: str) -> None:
        """A function that makes a resource and drops it."""
        self.parts.append(f"""(core module ${name} (import "" "make" (func $make (param i32) (result i32)))
            (import "" "drop" (func $drop (param i32))) (func (export "take") (param i32)
              (call $drop (call $make (local.get 0)))))
          (core instance ${name} (instantiate ${name} (with "" (instance
            (export "make" (func {make})) (export "drop" (func {drop}))))))
          (alias core export ${name} "take" (core func ${name}))""")
        self.takes.append(f"${name}")

    def resource(self) -> None:
        self.parts.append(f"""(type $own (resource (rep i32) (dtor (core func {self.random.choice(self.takes)}))))
          (core func $new (canon resource.new $own)) (core func $drop (canon resource.drop $own))""")
        self.pair("pair", "$new", "$drop")

    def some(self, known: Sequence[str]) -> list[str]:
        return self.random.sample(known, min(len(known), self.random.randint(0, 2)))

    def module(self, k: int) -> None:
        """Its function `map` calls what it is given and counts in memory; `go`, perhaps its start function, tells the
        host what is in memory and what a function in the table returns, and calls what takes."""
        random = self.random
        maps, takes = self.some(self.maps), self.some(self.takes)
        memory, table = (random.randrange(k) if k and random.random() < 0.5 else None for _ in range(2))
        imports = [f'(import "map" "{n}" (func $map{n} (param i32) (result i32)))' for n in range(len(maps))]
        imports += [f'(import "take" "{n}" (func $take{n} (param i32)))' for n in range(len(takes))]
        imports += [] if memory is None else ['(import "memory" "m" (memory 1)) (export "m" (memory 0))']
        imports += [] if table is None else ['(import "table" "t" (table 3 funcref)) (export "t" (table 0))']
        own = "" if memory is not None else '(memory (export "m") 1)'
        own += "" if table is not None else '(table (export "t") 3 funcref)'
        slot, byte = random.randrange(3), random.randrange(3)
        calls = "".join(f"(local.set 1 (i32.add (local.get 1) (call $map{n} (i32.add (local.get 0) (i32.const 9)))))"
                        for n in range(len(maps)))
        text = f"""(core module $m{k} (import "log" "log" (func $log (param i32))) {" ".join(imports)} {own}
          (func $map (export "map") (param i32) (result i32) (local i32)
            (if (i32.gt_u (local.get 0) (i32.const 30)) (then (return (i32.const 0))))
            (i32.store8 (i32.const {byte}) (i32.add (i32.load8_u (i32.const {byte})) (i32.const {k + 1})))
            {calls} (i32.add (local.get 1) (i32.load8_u (i32.const 1))))
          (func (export "take") (param i32) (call $log (i32.add (local.get 0) (i32.const {1000 * self.i + 100 * k}))))
          (func $go (export "go") (call $log (i32.load8_u (i32.const {byte})))
            (if (i32.eqz (ref.is_null (table.get (i32.const {slot})))) (then
              (call $log (call_indirect (param i32) (result i32) (i32.const 20) (i32.const {slot})))))
            {"".join(f"(call $take{n} (i32.const {k + 7}))" for n in range(len(takes)))}
            (call $log (call $map (i32.const 1))))
          {f'(data (i32.const {random.choice((0, 1, 2, 65536))}) "{k}")' if random.random() < 0.4 else ""}
          {f"(elem (i32.const {random.choice((0, 1, 2, 2, 3))}) func $map)" if random.random() < 0.4 else ""}
          {"(start $go)" if random.random() < 0.3 else ""})"""
        given = ['(with "log" (instance (export "log" (func $log))))']
        for name, functions in (("map", maps), ("take", takes)):
            exports = "".join(f'(export "{n}" (func {function}))' for n, function in enumerate(functions))
            given += [f'(with "{name}" (instance {exports}))'] if functions else []
        given += [] if memory is None else [f'(with "memory" (instance $m{memory}))']
        given += [] if table is None else [f'(with "table" (instance $m{table}))']
        self.parts.append(f"""{text} (core instance $m{k} (instantiate $m{k} {" ".join(given)}))
          (alias core export $m{k} "map" (core func $map{k}-))
          (alias core export $m{k} "take" (core func $take{k}-))""")
        self.maps.append(f"$map{k}-")
        self.takes.append(f"$take{k}-")

    def exports(self) -> None:
        """Of any of its core modules, not the last one only: the others may be left to do."""
        self.parts.append(f"""
          (func (export "map") (param "v" u32) (result u32)
            (canon lift (core func $map{self.random.randrange(self.modules)}-)))
          (func (export "take") (param "v" u32) (canon lift (core func {self.random.choice(self.takes)})))
          (func (export "go") (canon lift (core func $m{self.random.randrange(self.modules)} "go")))""")
        if self.shop is not None:
            self.parts.append("""(export $r "r" (type $own))
              (func (export "make") (param "v" u32) (result (own $r)) (canon lift (core func $new)))""")


def tree(seed: int) -> tuple[bytes, list[tuple[str, list[Value]]]]:
    """A component, and calls of it."""
    random = Random(seed)
    shops: list[int] = []
    parts = [LOG]
    calls: list[tuple[str, list[Value]]] = []
    for i in range(random.randint(2, 5)):
        component = Component(random, i, shops)
        shops += [] if component.shop is None else [i]
        parts += [f"(component $c{i} {' '.join(component.parts)})",
                  f"(instance $i{i} (instantiate $c{i} {' '.join(component.given)}))",
                  *(f'(export "{name}{i}" (func $i{i} "{name}"))' for name in ("map", "take", "go"))]
        calls += [(f"go{i}", []), (f"take{i}", [3]), (f"map{i}", [1])]
    return bytes(wat2wasm(f"(component {' '.join(parts)})")), calls


def observed(prepared: Prepared, calls: Sequence[tuple[str, list[Value]]]) -> list[object]:
    """What the host was told, what the calls returned, and what trapped."""
    seen: list[object] = []

    def host(path: tuple[str, ...], type: FuncType, args: Sequence[Value]) -> Value | None:
        seen.append(args[0])
        return None

    try:
        instance = prepared.instantiate(host)
        for name, args in calls:
            seen.append((name, instance.invoke(name, args)))
    except Trap as trap:
        seen.append(trap.reason)
    return seen


@times(0.05)
@given(st.integers(200, 1 << 32))
def test_moved_steps_are_not_observed_whatever_the_tree(seed: int) -> None:
    binary, calls = tree(seed)
    plan = link(decode(binary))
    expected = observed(prepare_reference(plan), calls)
    assert observed(prepare_reference(another_order(plan, Random(seed))), calls) == expected
    for made in (partition(plan), partition(plan, order=written_order)):
        assert observed(prepare_compiled(made, compile_adapters(made)), calls) == expected


@pytest.mark.parametrize("start", range(0, 200, 50))
def test_moved_steps_are_not_observed(start: int) -> None:
    """Explainer.md, "Component Definitions": definitions are instantiated in their order."""
    reordered = differ = fewer = 0
    for seed in range(start, start + 50):
        binary, calls = tree(seed)
        plan = link(decode(binary))
        expected = observed(prepare_reference(plan), calls)
        for turn in range(2):
            other = another_order(plan, Random(turn))
            assert observed(prepare_reference(other), calls) == expected, f"seed {seed}"
            reordered += moved(plan, other)
        free, written = partition(plan), partition(plan, order=written_order)
        fewer += len(free.adapter_modules) < len(written.adapter_modules)
        if moved(free, written):
            differ += 1
            for found in (free, written):
                assert observed(prepare_compiled(found, compile_adapters(found)), calls) == expected, f"seed {seed}"
    assert reordered >= 75
    assert differ >= 3
    assert fewer >= 1
