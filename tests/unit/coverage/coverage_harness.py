"""Components around one value, and the features that the reference sees in them."""

from __future__ import annotations

from collections.abc import Sequence

from wasmtime import wat2wasm

from fact.model.values import Value
from fuzz.coverage.groups import group_of
from fuzz.engines.reference import TracedReferenceEngine
from fuzz.observe import Given, Observation, Program, observe

AREA, AT = 256, 512
"""Where a caller's guest has what is spilled, and what a pointer points to."""

BUMP = """(local $at i32)
  (local.set $at (i32.and (i32.add (global.get $top) (i32.sub (local.get 2) (i32.const 1)))
    (i32.sub (i32.const 0) (local.get 2))))
  (global.set $top (i32.add (local.get $at) (local.get 3)))
  (memory.copy (local.get $at) (local.get 0)
    (select (local.get 1) (local.get 3) (i32.lt_u (local.get 1) (local.get 3))))
  (local.get $at)"""
"""The body of a realloc that always moves."""


def ran(text: str, *calls: tuple[str, tuple[Value, ...]], host: Value | None = None) -> Observation:
    """What the traced reference did with a component; its import `h`, if any, returns *host*."""
    made = calls or (("f", ()),)
    return observe(TracedReferenceEngine(), Program(bytes(wat2wasm(text)), made, (), {("h",): Given(host)}))


def features(text: str, *calls: tuple[str, tuple[Value, ...]], host: Value | None = None) -> frozenset[str]:
    observation = ran(text, *calls, host=host)
    assert observation.refusal is None, observation.refusal
    return observation.features


def of_group(found: frozenset[str], *groups: str) -> set[str]:
    return {feature for feature in found if group_of(feature) in groups}


def data(segments: Sequence[tuple[int, bytes]]) -> str:
    return " ".join(
        f'(data (i32.const {at}) "{"".join(f"{chr(92)}{b:02x}" for b in content)}")' for at, content in segments
    )


def callee(type: str, core: str, encoding: str = "utf8", realloc: str = BUMP, body: str = "", more: str = "") -> str:
    """A component that exports `g`, which takes a value of *type* as core values of types *core*."""
    return f"""(core module $M (memory (export "m") 1) (global $top (mut i32) (i32.const 1024))
        (func (export "r") (param i32 i32 i32 i32) (result i32) {realloc})
        (func (export "g") (param {core}) {body}))
      (core instance $i (instantiate $M))
      (func (export "g") (param "v" {type}) (canon lift (core func $i "g") string-encoding={encoding}
        (memory (core memory $i "m")) (realloc (core func $i "r")) {more}))"""


def caller(
    type: str, core: str, constants: str, encoding: str = "utf8", segments: Sequence[tuple[int, bytes]] = ()
) -> str:
    """A component whose export `f` calls the imported `g` with *constants*, core values of types *core*."""
    return f"""(import "g" (func $g (param "v" {type})))
      (core module $Memory (memory (export "m") 1) {data(segments)})
      (core instance $memory (instantiate $Memory))
      (core func $c (canon lower (func $g) string-encoding={encoding} (memory (core memory $memory "m"))))
      (core module $M (import "" "g" (func $g (param {core}))) (func (export "f") (call $g {constants})))
      (core instance $i (instantiate $M (with "" (instance (export "g" (func $c))))))
      (func (export "f") (canon lift (core func $i "f")))"""


def two(called: str, calling: str) -> str:
    """Both in one component: `f` of the one is its export."""
    return f"""(component (component $Callee {called}) (instance $callee (instantiate $Callee))
      (component $Caller {calling}) (instance $caller (instantiate $Caller (with "g" (func $callee "g"))))
      (export "f" (func $caller "f")))"""


def passed(
    type: str, core: str, constants: str, *, encodings: tuple[str, str] = ("utf8", "utf8"), realloc: str = BUMP,
    segments: Sequence[tuple[int, bytes]] = (), body: str = "", more: str = "",
) -> str:
    """One guest passes a value to another."""
    return two(
        callee(type, core, encodings[1], realloc, body, more), caller(type, core, constants, encodings[0], segments)
    )


def consts(*values: int) -> str:
    return " ".join(f"(i32.const {v})" for v in values)
