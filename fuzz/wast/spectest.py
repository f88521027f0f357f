"""What the host of a script has to offer: the imports that the component model's public scripts expect.

`HOST_TYPES` is the same as a component, for its types alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from fact.model.syntax import Sort
from fact.model.traps import Trap, TrapReason
from fact.model.values import Handle, Value

Serve: TypeAlias = Callable[[Sequence[Value]], "Value | None"]
"""A function of the host's."""
Path: TypeAlias = tuple[str, ...]

HOST_ITEMS: dict[str, Sort] = {
    "host-echo-u32": Sort.FUNC, "host-return-two": Sort.FUNC, "host": Sort.INSTANCE,
}
"""Names of imports, and what they are given."""

SIMPLE_MODULE = """(module
  (func (export "f") (result i32) (i32.const 101))
  (global (export "g") i32 (i32.const 100)))"""

HOST_MODULES: dict[Path, str] = {("host", "simple-module"): SIMPLE_MODULE}
"""As text."""

SAME_RESOURCE: dict[Path, Path] = {("host", "resource1-again"): ("host", "resource1")}

HOST_TYPES = f"""(component
  (component $Host
    (core module $M
      (func (export "get") (result i32) unreachable)
      (func (export "map") (param i32) (result i32) unreachable)
      (func (export "take") (param i32 i32) unreachable))
    (core instance $m (instantiate $M))
    (core module $Simple {SIMPLE_MODULE.removeprefix("(module").removesuffix(")")})
    (export "simple-module" (core module $Simple))
    (func (export "return-three") (result u32) (canon lift (core func $m "get")))
    (component $Nested
      (core module $M (func (export "get") (result i32) unreachable))
      (core instance $m (instantiate $M))
      (func (export "return-four") (result u32) (canon lift (core func $m "get"))))
    (instance $nested (instantiate $Nested))
    (export "nested" (instance $nested))
    (type $r1' (resource (rep i32)))
    (export $r1 "resource1" (type $r1'))
    (type $r2' (resource (rep i32)))
    (export "resource2" (type $r2'))
    (export "resource1-again" (type $r1))
    (func (export "[constructor]resource1") (param "r" u32) (result (own $r1)) (canon lift (core func $m "map")))
    (func (export "[static]resource1.assert") (param "r" (own $r1)) (param "rep" u32)
      (canon lift (core func $m "take")))
    (func (export "[static]resource1.last-drop") (result u32) (canon lift (core func $m "get")))
    (func (export "[static]resource1.drops") (result u32) (canon lift (core func $m "get")))
    (func (export "[method]resource1.simple") (param "self" (borrow $r1)) (param "rep" u32)
      (canon lift (core func $m "take")))
    (func (export "[method]resource1.take-borrow") (param "self" (borrow $r1)) (param "b" (borrow $r1))
      (canon lift (core func $m "take")))
    (func (export "[method]resource1.take-own") (param "self" (borrow $r1)) (param "b" (own $r1))
      (canon lift (core func $m "take"))))
  (instance $host (instantiate $Host))
  (export "host" (instance $host))
  (core module $M
    (func (export "get") (result i32) unreachable)
    (func (export "map") (param i32) (result i32) unreachable))
  (core instance $m (instantiate $M))
  (func (export "host-return-two") (result u32) (canon lift (core func $m "get")))
  (func (export "host-echo-u32") (param "v" u32) (result u32) (canon lift (core func $m "map"))))"""


@dataclass(slots=True)
class Spectest:
    """One script's: it counts the resources that died. The representation of a resource is what it was made of."""

    drops: int = 0
    last_drop: int = 0

    def functions(self) -> dict[Path, Serve]:
        resource = "resource1"
        return {
            ("host-echo-u32",): lambda args: args[0],
            ("host-return-two",): lambda _: 2,
            ("host", "return-three"): lambda _: 3,
            ("host", "nested", "return-four"): lambda _: 4,
            ("host", f"[constructor]{resource}"): _construct,
            ("host", f"[static]{resource}.assert"): _assert_rep,
            ("host", f"[static]{resource}.last-drop"): lambda _: self.last_drop,
            ("host", f"[static]{resource}.drops"): lambda _: self.drops,
            ("host", f"[method]{resource}.simple"): _assert_rep,
            ("host", f"[method]{resource}.take-borrow"): lambda _: None,
            ("host", f"[method]{resource}.take-own"): lambda _: None,
        }

    def drop(self, number: int) -> None:
        self.drops += 1
        self.last_drop = number


def _construct(args: Sequence[Value]) -> Value:
    (rep,) = args
    assert isinstance(rep, int)
    return Handle(rep)


def _assert_rep(args: Sequence[Value]) -> None:
    handle, rep = args
    assert isinstance(rep, int)
    if handle != Handle(rep):
        raise Trap(TrapReason.HOST, None, f"the host was given {handle}, and expected that of {rep}")
