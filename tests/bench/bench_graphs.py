"""Families of components by size: how their instances are wired is all that differs."""

from __future__ import annotations

from collections.abc import Callable

SIGNATURE = '(param "n" u32) (param "text" string) (result u32)'
CORE = "(param i32 i32 i32) (result i32)"
INDIRECT = "(call_indirect (type $t) (local.get 0) (local.get 1) (local.get 2) (i32.const 0))"
REALLOC = '(func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024))'
ANSWER = f'(func (export "f") {CORE} (i32.add (local.get 0) (local.get 2)))'
OPTIONS = '(memory (core memory $main "memory")) (realloc (core func $main "realloc"))'
PASS_ON = f"""(core module $Main
  (type $t (func {CORE}))
  (import "next" "f" (func $f (type $t)))
  (memory (export "memory") 1)
  (data (i32.const 8) "some data of its own")
  {REALLOC}
  (func (export "init"))
  (func (export "f") {CORE}
    (i32.add (i32.const 1) (call $f (local.get 0) (local.get 1) (local.get 2)))))"""
SHIM = f"""(core module $Shim
  (type $t (func {CORE}))
  (table (export "$imports") 1 funcref)
  (func (export "0") (type $t) {INDIRECT}))"""
FIXUP = f"""(core module $Fixup
  (import "" "$imports" (table 1 funcref))
  (import "" "0" (func $f {CORE}))
  (elem (i32.const 0) func $f))"""
INIT = '(core module $Init (import "" "init" (func $init)) (start $init))'


def server(name: str = "Server") -> str:
    """A component that adds the length of the text to the number."""
    return f"""(component ${name}
      (core module $Main (memory (export "memory") 1) {REALLOC} {ANSWER})
      (core instance $main (instantiate $Main))
      (func (export "f") {SIGNATURE} (canon lift (core func $main "f") {OPTIONS})))"""


def tooled(after: str = "", main: str = PASS_ON) -> str:
    """A component as `wasm-tools component new` wires it: the main module is given a shim's functions, whose table a
    fixup module fills with the lowers, which need the main module's memory."""
    return f"""(component $Link
      (import "f" (func $f {SIGNATURE}))
      {SHIM} {main} {FIXUP} {INIT if after else ""}
      (core instance $shim (instantiate $Shim))
      (core instance $main (instantiate $Main (with "next" (instance (export "f" (func $shim "0"))))))
      (core func $lower (canon lower (func $f) {OPTIONS}))
      (core instance (instantiate $Fixup (with "" (instance
        (export "$imports" (table $shim "$imports")) (export "0" (func $lower))))))
      {after}
      (func (export "f") {SIGNATURE} (canon lift (core func $main "f") {OPTIONS})))"""


INITIALISED = tooled('(core instance (instantiate $Init (with "" (instance $main))))')
STARTED = tooled(main=PASS_ON.replace('(func (export "init"))', "(func $start) (start $start)"))

SCALAR = '(param "n" u32) (result u32)'
DIRECT = f"""(component $Link
  (import "f" (func $f {SCALAR}))
  (core func $lower (canon lower (func $f)))
  (core module $Main
    (import "" "f" (func $f (param i32) (result i32)))
    (func (export "f") (param i32) (result i32) (i32.add (i32.const 1) (call $f (local.get 0)))))
  (core instance $main (instantiate $Main (with "" (instance (export "f" (func $lower))))))
  (func (export "f") {SCALAR} (canon lift (core func $main "f"))))"""
SCALAR_SERVER = f"""(component $Server
  (core module $Main (func (export "f") (param i32) (result i32) (local.get 0)))
  (core instance $main (instantiate $Main))
  (func (export "f") {SCALAR} (canon lift (core func $main "f"))))"""


def star(n: int, server: str, client: str) -> str:
    clients = [f'(instance $c{i} (instantiate $Link (with "f" (func $s "f")))) {export(i)}' for i in range(n)]
    return f"(component {server} {client} (instance $s (instantiate $Server)) {' '.join(clients)})"


def chain(n: int, server: str, link: str) -> str:
    links = [f'(instance $c{i} (instantiate $Link (with "f" (func $c{i - 1} "f"))))' for i in range(1, n + 1)]
    return f"(component {server} {link} (instance $c0 (instantiate $Server)) {' '.join(links)} {export(n)})"


def export(i: int) -> str:
    return f'(export "f{i}" (func $c{i} "f"))'


def late(n: int) -> str:
    """Servers each used by a module as soon as it is there; what all of these call through a shim is lowered last."""
    early = [
        f"""(instance $s{i} (instantiate $Server))
        (core func $l{i} (canon lower (func $s{i} "f")))
        (core instance $u{i} (instantiate $User
          (with "early" (instance (export "f" (func $l{i})))) (with "late" (instance (export "f" (func $shim "0"))))))
        (func $f{i} {SCALAR} (canon lift (core func $u{i} "f")))
        (export "f{i}" (func $f{i}))"""
        for i in range(n)
    ]
    shim, fixup = (m.replace(CORE, "(param i32) (result i32)") for m in (SHIM, FIXUP))
    return f"""(component
      {SCALAR_SERVER} {shim.replace("(local.get 1) (local.get 2)", "")} {fixup}
      (core module $User
        (import "early" "f" (func $early (param i32) (result i32)))
        (import "late" "f" (func $late (param i32) (result i32)))
        (func (export "f") (param i32) (result i32) (i32.add (call $early (local.get 0)) (call $late (i32.const 5)))))
      (core instance $shim (instantiate $Shim))
      {" ".join(early)}
      (instance $last (instantiate $Server))
      (core func $lower (canon lower (func $last "f")))
      (core instance (instantiate $Fixup (with "" (instance
        (export "$imports" (table $shim "$imports")) (export "0" (func $lower)))))))"""


FAMILIES: dict[str, Callable[[int], str]] = {
    "n clients of one server": lambda n: star(n, SCALAR_SERVER, DIRECT),
    "n clients, shim, main and fixup": lambda n: star(n, server(), tooled()),
    "n clients, shim, main, fixup, init": lambda n: star(n, server(), INITIALISED),
    "chain, direct imports": lambda n: chain(n, SCALAR_SERVER, DIRECT),
    "chain, shim, main and fixup": lambda n: chain(n, server(), tooled()),
    "chain, shim, main, fixup, init": lambda n: chain(n, server(), INITIALISED),
    "chain, shim, main with start, fixup": lambda n: chain(n, server(), STARTED),
    "n used early, one lowered late": late,
}
"""By name; what is made of n."""
