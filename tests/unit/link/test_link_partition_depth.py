"""Nothing runs into a limit of recursion at depth 100."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from link_samples import section
from wasmtime import wat2wasm

from fact.adapters import compile_adapters
from fact.decode import decode
from fact.link import link, partition
from fact.link.describe import plan_text
from fact.link.plan_json import plan_data
from fact.model.plan import Plan
from fact.model.types import FuncType
from fact.model.values import Case, Value
from fact.run import prepare_compiled, prepare_reference

DEPTH = 100
NUMBER = '(param "n" u32) (result u32)'


def partitioned(text: str) -> Plan:
    return partitioned_binary(bytes(wat2wasm(text)))


def partitioned_binary(binary: bytes) -> Plan:
    plan = partition(link(decode(binary)))
    assert plan_text(plan)
    assert plan_data(plan)
    return plan


def results(plan: Plan, value: Value) -> list[Value | None]:
    def host(path: tuple[str, ...], type: FuncType, args: Sequence[Value]) -> Value | None:
        raise AssertionError(f"{path} is not imported")

    instances = [p.instantiate(host) for p in (prepare_reference(plan), prepare_compiled(plan, compile_adapters(plan)))]
    return [instance.invoke("f", [value]) for instance in instances]


def adding(callee: str) -> str:
    """A core module that adds one to what *callee*, a core function, gives."""
    return f"""(core module $M (import "" "f" (func $f (param i32) (result i32)))
        (func (export "f") (param i32) (result i32) (i32.add (i32.const 1) (call $f (local.get 0)))))
      (core instance $m (instantiate $M (with "" (instance (export "f" (func {callee}))))))
      (func $up (export "f") {NUMBER} (canon lift (core func $m "f")))"""


INNERMOST = f"""(core module $M (func (export "f") (param i32) (result i32) (local.get 0)))
  (core instance $m (instantiate $M))
  (func (export "f") {NUMBER} (canon lift (core func $m "f")))"""


EMPTY_COMPONENT = b"\x04\x08\0asm\r\0\1\0"
"""As a section of the component around it."""


def around(inner: bytes, fields: str) -> bytes:
    """A component of component *inner*, number 0, and *fields*. Text cannot be nested as deeply."""
    binary = bytes(wat2wasm(f"(component (component) {fields})"))
    assert binary.count(EMPTY_COMPONENT) == 1
    return binary.replace(EMPTY_COMPONENT, section(4, inner))


def test_instances_nested_in_each_other_each_calling_the_next() -> None:
    binary = bytes(wat2wasm(f"(component {INNERMOST})"))
    for _ in range(DEPTH - 1):
        binary = around(
            binary, f'(instance $c (instantiate 0)) (core func $l (canon lower (func $c "f"))) {adding("$l")}'
        )
    plan = partitioned_binary(binary)
    assert len(plan.component_instances) == DEPTH
    assert len(plan.ancestors(DEPTH - 1)) == DEPTH
    assert results(plan, 7) == [7 + DEPTH - 1] * 2


def test_a_chain_of_adapters() -> None:
    links = "".join(
        f"""(component $C{i} (import "f" (func $f {NUMBER})) (core func $l (canon lower (func $f))) {adding("$l")})
          (instance $c{i} (instantiate $C{i} (with "f" (func $c{i - 1} "f"))))"""
        for i in range(1, DEPTH + 1)
    )
    plan = partitioned(f"""(component (component $C0 {INNERMOST}) (instance $c0 (instantiate $C0)) {links}
      (export "f" (func $c{DEPTH} "f")))""")
    assert len(plan.adapters) == DEPTH
    assert results(plan, 7) == [7 + DEPTH] * 2


def test_adapters_that_are_the_callee_of_the_next() -> None:
    """No core code between them: a lower is lifted again at once, and all of them are made in one module."""
    links = "".join(
        f"""(component $C{i} (import "f" (func $f {NUMBER})) (core func $l (canon lower (func $f)))
            (func (export "f") {NUMBER} (canon lift (core func $l))))
          (instance $c{i} (instantiate $C{i} (with "f" (func $c{i - 1} "f"))))"""
        for i in range(1, DEPTH + 1)
    )
    plan = partitioned(f"""(component (component $C0 {INNERMOST}) (instance $c0 (instantiate $C0)) {links}
      (export "f" (func $c{DEPTH} "f")))""")
    assert (len(plan.adapters), len(plan.adapter_modules)) == (DEPTH, 1)
    assert results(plan, 7) == [7] * 2


TYPE_DEPTH = 90
MEMORY = """(core module $Memory (memory (export "memory") 1) (global $top (mut i32) (i32.const 64))
    (func (export "realloc") (param i32 i32 i32 i32) (result i32)
      (global.set $top (i32.and (i32.add (global.get $top) (i32.const 7)) (i32.const -8)))
      (global.get $top)
      (global.set $top (i32.add (global.get $top) (local.get 3)))))
  (core instance $memory (instantiate $Memory))"""
OPTIONS = '(memory (core memory $memory "memory")) (realloc (core func $memory "realloc"))'


@pytest.mark.parametrize(
    ("outer", "innermost", "core", "answer", "expected"),
    [
        ("(list {})", 5, "i32 i32", "(local.get 1)", 1),
        ("(tuple {})", 5, "i32", "(local.get 0)", 5),
        ("(option {})", Case("none"), "i32", "(i32.load8_u (local.get 0))", 1),
    ],
)
def test_types_nested_in_each_other(outer: str, innermost: Value, core: str, answer: str, expected: int) -> None:
    """A list is passed by pointer and length, tuples of one as what they hold, and so many options in memory."""
    wraps = TYPE_DEPTH - (outer == "(option {})")
    value: Value = innermost
    for _ in range(wraps):
        value = Case("some", value) if "option" in outer else (value,)
    types = ["(type $t0 u8)", *(f"(type $t{i} {outer.format(f'$t{i - 1}')})" for i in range(1, TYPE_DEPTH + 1))]
    signature = f'(param "x" $t{TYPE_DEPTH}) (result u32)'
    callee = f"(func $f (param {core}) (result i32))"
    arguments = " ".join(f"(local.get {i})" for i in range(len(core.split())))
    plan = partitioned(f"""(component
      (component $Server {" ".join(types)} {MEMORY}
        (core module $M (import "" "memory" (memory 1)) (func (export "f") (param {core}) (result i32) {answer}))
        (core instance $m (instantiate $M (with "" (instance $memory))))
        (func (export "f") {signature} (canon lift (core func $m "f") {OPTIONS})))
      (component $Client {" ".join(types)} (import "f" (func $f {signature})) {MEMORY}
        (core func $l (canon lower (func $f) {OPTIONS}))
        (core module $M (import "" "f" {callee})
          (func (export "f") (param {core}) (result i32) (call $f {arguments})))
        (core instance $m (instantiate $M (with "" (instance (export "f" (func $l))))))
        (func (export "f") {signature} (canon lift (core func $m "f") {OPTIONS})))
      (instance $s (instantiate $Server))
      (instance $c (instantiate $Client (with "f" (func $s "f"))))
      (export "f" (func $c "f")))""")
    assert results(plan, value) == [expected] * 2
