"""Components around one value that crosses a boundary: each edge between the host and guests, or between two guests.

Core values are i32; a value that flattens to more than one is returned through memory, at `AREA`.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass

import pytest
import wasmtime

from fact.model.traps import Trap, TrapReason
from fact.model.types import FuncType
from fact.model.values import Value
from fuzz.engines.base import Engine
from fuzz.engines.native import NativeInstance

AREA = 256
AT = 512
"""Where what a pointer points to lies, if anywhere."""
BUMP = """(local $at i32)
  (local.set $at (i32.and (i32.add (global.get $top) (i32.sub (local.get 2) (i32.const 1)))
                          (i32.sub (i32.const 0) (local.get 2))))
  (global.set $top (i32.add (local.get $at) (local.get 3)))
  (loop $more (if (i32.gt_u (global.get $top) (i32.mul (memory.size) (i32.const 65536)))
    (then (drop (memory.grow (i32.const 16))) (br $more))))
  (memory.copy (local.get $at) (local.get 0)
    (select (local.get 1) (local.get 3) (i32.lt_u (local.get 1) (local.get 3))))
  (local.get $at)"""
"""The body of a realloc that works."""


def assemble(text: str) -> bytes:
    return bytes(wasmtime.wat2wasm(text))


def no_host(path: tuple[str, ...], type: FuncType, args: Sequence[Value], /) -> Value | None:
    raise AssertionError(f"{path} was called")


@dataclass(frozen=True)
class Sent:
    """A value of *type* as a guest sends it: flat as the core values *flat*, or stored as the bytes *stored* at `AREA`.

    *data* are further segments of its memory; *definition*: that of `$t`, where *type* refers to it.
    """

    type: str
    flat: tuple[int, ...]
    stored: bytes = b""
    data: tuple[tuple[int, bytes], ...] = ()
    encoding: str = "utf8"
    definition: str = ""

    @property
    def params(self) -> str:
        return f"(param {' '.join(['i32'] * len(self.flat))})"

    @property
    def by_pointer(self) -> bool:
        return len(self.flat) > 1

    @property
    def segments(self) -> str:
        return " ".join(f'(data (i32.const {at}) "{"".join(f"{chr(92)}{b:02x}" for b in content)}")'
                        for at, content in ((AREA, self.stored), *self.data))

    @property
    def exported(self) -> str:
        return f'(type $d {self.definition}) (export $t "t" (type $d))' if self.definition else ""

    @property
    def imported(self) -> str:
        return f'(type $d {self.definition}) (import "t" (type $t (eq $d)))' if self.definition else ""


# -- values and outcomes


def start(engine: Engine, text: str) -> NativeInstance:
    running = engine.load(assemble(text)).instantiate(no_host)
    assert isinstance(running, NativeInstance)
    return running


def reason_of(running: NativeInstance, *args: Value) -> TrapReason:
    with pytest.raises(Trap) as caught:
        running.invoke("f", args)
    assert caught.value.message
    return caught.value.reason


def outcome(engine: Engine, text: str, args: Sequence[Value] = (), answer: Value | None = None) -> TrapReason | None:
    """The reason of the trap of a component's function f; None when it returns. The host gives *answer*."""
    running = engine.load(assemble(text)).instantiate(lambda path, type, args: answer)
    try:
        running.invoke("f", args)
    except Trap as trap:
        return trap.reason
    return None


def pointed(type: str, pointer: int, length: int, content: bytes = b"", encoding: str = "utf8") -> Sent:
    """A string, list or map at *pointer*; *content* is at `AT`."""
    data = ((AT, content),) if content else ()
    return Sent(type, (pointer, length), struct.pack("<II", pointer, length), data, encoding)


def lifts(sent: Sent, *encodings: str) -> dict[str, str]:
    """A component for each edge on which the value is lifted; *encodings* are those of a receiving guest."""
    return {
        "result to host": result_to_host(sent), "argument to host": argument_to_host(sent),
        **{f"argument to guest, {e}": argument_to_guest(sent, e) for e in encodings or ("utf8",)},
        **{f"result to guest, {e}": result_to_guest(sent, e) for e in encodings or ("utf8",)},
    }


# -- parts


def _gives(sent: Sent, pointer: int, name: str = "g") -> str:
    core = pointer if sent.by_pointer else sent.flat[0]
    return f"""{sent.exported}
      (core module $M (memory (export "m") 1) {sent.segments} (func (export "g") (result i32) (i32.const {core})))
      (core instance $m (instantiate $M))
      (func (export "{name}") (result {sent.type})
        (canon lift (core func $m "g") string-encoding={sent.encoding} (memory (core memory $m "m"))))"""


def _passes(sent: Sent, pages: int) -> str:
    """Calls `$g` with the value, from export f."""
    constants = " ".join(f"(i32.const {v})" for v in sent.flat)
    return f"""(core module $Memory (memory (export "m") {pages}) {sent.segments})
      (core instance $memory (instantiate $Memory))
      (core func $c (canon lower (func $g) string-encoding={sent.encoding} (memory (core memory $memory "m"))))
      (core module $M (import "" "g" (func $g {sent.params})) (func (export "f") (call $g {constants})))
      (core instance $m (instantiate $M (with "" (instance (export "g" (func $c))))))
      (func (export "f") (canon lift (core func $m "f")))"""


def _allocating(realloc: str, pages: int, more: str = "") -> str:
    return f"""(core module $A (memory (export "m") {pages}) (global $top (mut i32) (i32.const 1024))
        (func (export "r") (param i32 i32 i32 i32) (result i32) {realloc}) {more})
      (core instance $a (instantiate $A))"""


def _takes(sent: Sent, encoding: str, realloc: str, pages: int, name: str = "g") -> str:
    return f"""{sent.exported} {_allocating(realloc, pages, f'(func (export "g") {sent.params})')}
      (func (export "{name}") (param "v" {sent.type}) (canon lift (core func $a "g") string-encoding={encoding}
        (memory (core memory $a "m")) (realloc (core func $a "r"))))"""


def _receives(sent: Sent, encoding: str, realloc: str, area: int) -> str:
    """Calls `$g`, which returns the value, from export f."""
    signature, call = ("(param i32)", f"(call $g (i32.const {area}))") if sent.by_pointer else (
        "(result i32)", "(drop (call $g))")
    return f"""{_allocating(realloc, 1)}
      (core func $c (canon lower (func $g) string-encoding={encoding}
        (memory (core memory $a "m")) (realloc (core func $a "r"))))
      (core module $M (import "" "g" (func $g {signature})) (func (export "f") {call}))
      (core instance $m (instantiate $M (with "" (instance (export "g" (func $c))))))
      (func (export "f") (canon lift (core func $m "f")))"""


def _two(sent: Sent, callee: str, caller: str) -> str:
    alias = '(alias export $callee "t" (type $t))' if sent.definition else ""
    given = '(with "t" (type $t))' if sent.definition else ""
    return f"""(component (component $Callee {callee}) (instance $callee (instantiate $Callee)) {alias}
      (component $Caller {sent.imported} {caller})
      (instance $caller (instantiate $Caller {given} (with "g" (func $callee "g"))))
      (export "f" (func $caller "f")))"""


# -- whole components


def single(module: str, lift: str) -> str:
    """A component that lifts core function f of a module as function f."""
    return f"""(component
      (core module $M {module}) (core instance $m (instantiate $M))
      (func (export "f") {lift}))"""


def result_to_host(sent: Sent, *, pointer: int = AREA) -> str:
    """Export f returns the value, or *pointer* to it."""
    return f"(component {_gives(sent, pointer, 'f')})"


def argument_to_host(sent: Sent) -> str:
    """Export f passes the value to the imported g."""
    return f"""(component {sent.imported} (import "g" (func $g (param "v" {sent.type}))) {_passes(sent, 1)})"""


def argument_to_guest(
    sent: Sent, encoding: str = "utf8", realloc: str = BUMP, *, pages: tuple[int, int] = (1, 1)
) -> str:
    """Export f of one guest passes the value to g of another, whose strings are in *encoding*; *pages* of each."""
    caller = f'(import "g" (func $g (param "v" {sent.type}))) {_passes(sent, pages[0])}'
    return _two(sent, _takes(sent, encoding, realloc, pages[1]), caller)


def result_to_guest(
    sent: Sent, encoding: str = "utf8", realloc: str = BUMP, *, pointer: int = AREA, area: int = AREA
) -> str:
    """Export f of one guest calls g of another, which returns the value, or *pointer* to it; *area*: the caller's."""
    caller = f'(import "g" (func $g (result {sent.type}))) {_receives(sent, encoding, realloc, area)}'
    return _two(sent, _gives(sent, pointer), caller)


def argument_from_host(sent: Sent, encoding: str = "utf8", realloc: str = BUMP) -> str:
    """Export f takes the value."""
    return f"(component {_takes(sent, encoding, realloc, 1, 'f')})"


def result_from_host(sent: Sent, encoding: str = "utf8", realloc: str = BUMP, *, area: int = AREA) -> str:
    """Export f calls the imported g, which returns the value."""
    caller = _receives(sent, encoding, realloc, area)
    return f'(component {sent.imported} (import "g" (func $g (result {sent.type}))) {caller})'


def echo(type: str, params: str, result: str | None = None, definition: str = "", encoding: str = "utf8") -> str:
    """Export f passes its argument to the imported h and returns what that returns.

    *params* are the argument's core types; *result* that of the result, None when it is returned through memory.
    """
    passed = " ".join(f"(local.get {i})" for i in range(len(params.split())))
    if result is None:
        signature = f"(param {params} i32)"
        body = f"""(func (export "f") (param {params}) (result i32) (local $at i32)
          (local.set $at (call $realloc (i32.const 0) (i32.const 0) (i32.const 8) (i32.const 16384)))
          (call $h {passed} (local.get $at)) (local.get $at))"""
    else:
        signature = f"(param {params}) (result {result})"
        body = f'(func (export "f") {signature} (call $h {passed}))'
    named = f'(type $d {definition}) (import "t" (type $t (eq $d)))' if definition else ""
    options = f"""string-encoding={encoding} (memory (core memory $a "m")) (realloc (core func $a "r"))
      {'(post-return (core func $a "free"))' if result in (None, "i32") else ''}"""
    free = '(func (export "free") (param i32) (global.set $top (i32.const 1024)))'
    return f"""(component {named}
      (import "h" (func $h (param "v" {type}) (result {type})))
      {_allocating(BUMP, 1, free)}
      (core func $c (canon lower (func $h) {options.partition("(post-return")[0]}))
      (core module $M
        (import "" "h" (func $h {signature}))
        (import "a" "r" (func $realloc (param i32 i32 i32 i32) (result i32)))
        {body})
      (core instance $m (instantiate $M (with "" (instance (export "h" (func $c)))) (with "a" (instance $a))))
      (func (export "f") (param "v" {type}) (result {type}) (canon lift (core func $m "f") {options})))"""
