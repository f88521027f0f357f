"""Components in which something goes wrong at one known place, and what becomes of them on the reference.

A sender lies about what it passes to a receiver; memories of both are 64 KiB, reallocs return `ROOM`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, cast

from wasmtime import wat2wasm

from fact.model.settings import Reentrance
from fuzz.compare import compare
from fuzz.divergence import Divergence
from fuzz.engines.reference import TracedReferenceEngine
from fuzz.examine import Examination
from fuzz.observe import CallObservation, Observation, Program, observe
from fuzz.outcome import Outcome, Returned

ROOM = 4096
RETURNED = Returned(None)


@dataclass(frozen=True)
class Passed:
    """A parameter of *type*: *flat* core values, and *data* in the sender's memory from address 16 on."""

    type: str
    flat: tuple[int, ...]
    data: str = ""
    sender: str = "utf8"
    receiver: str = "utf8"
    realloc: str = f"(i32.const {ROOM})"
    label: str = "x"

    @property
    def text(self) -> str:
        """Export `run` passes it from one component to another."""
        core = " ".join(["i32"] * len(self.flat))
        return f"""(component
          (component $Receiver
            (core module $M
              (memory (export "memory") 1)
              (func (export "realloc") (param i32 i32 i32 i32) (result i32) {self.realloc})
              (func (export "f") (param {core})))
            (core instance $m (instantiate $M))
            (func (export "f") (param "{self.label}" {self.type}) (canon lift (core func $m "f")
              (memory (core memory $m "memory")) (realloc (core func $m "realloc"))
              string-encoding={self.receiver})))
          (instance $receiver (instantiate $Receiver))
          (core module $Memory (memory (export "memory") 1) (data (i32.const 16) "{self.data}"))
          (core instance $memory (instantiate $Memory))
          (core func $f (canon lower (func $receiver "f") (memory (core memory $memory "memory"))
            string-encoding={self.sender}))
          (core module $Sender
            (import "" "f" (func $f (param {core})))
            (func (export "fine"))
            (func (export "run") (call $f {" ".join(f"(i32.const {v})" for v in self.flat)})))
          (core instance $sender (instantiate $Sender (with "" (instance (export "f" (func $f))))))
          (func (export "fine") (canon lift (core func $sender "fine")))
          (func (export "run") (canon lift (core func $sender "run"))))"""


@dataclass(frozen=True)
class Given:
    """A result of *type*, which a callee returns as one core value; the caller wants it at *area*, if it is spilled.

    Without *area* it is the host that calls."""

    type: str
    core: int
    data: str = ""
    callee: str = "utf8"
    area: int | None = None

    @property
    def text(self) -> str:
        """Export `run` calls for it."""
        server = f"""(component $Server
            (core module $M
              (memory (export "memory") 1) (data (i32.const 16) "{self.data}")
              (func (export "run") (result i32) (i32.const {self.core})))
            (core instance $m (instantiate $M))
            (func (export "run") (result {self.type}) (canon lift (core func $m "run")
              (memory (core memory $m "memory")) string-encoding={self.callee})))
          (instance $server (instantiate $Server))"""
        if self.area is None:
            return f'(component {server} (export "run" (func $server "run")))'
        return f"""(component {server}
          (core module $Memory
            (memory (export "memory") 1)
            (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const {ROOM})))
          (core instance $memory (instantiate $Memory))
          (core func $run (canon lower (func $server "run") (memory (core memory $memory "memory"))
            (realloc (core func $memory "realloc"))))
          (core module $Caller
            (import "" "run" (func $run (param i32)))
            (func (export "run") (call $run (i32.const {self.area}))))
          (core instance $caller (instantiate $Caller (with "" (instance (export "run" (func $run))))))
          (func (export "run") (canon lift (core func $caller "run"))))"""


def program(text: str, *functions: str) -> Program:
    return Program(bytes(wat2wasm(text)), tuple((f, ()) for f in functions or ("run",)), (), {})


def examination(
    made: Program, others: dict[str, Outcome], reentrance: Reentrance = Reentrance.GUARDED, call: int = -1
) -> Examination:
    """What the reference makes of it, beside engines that differ in the outcome of one call, the last one."""
    seen = observe(TracedReferenceEngine(reentrance=reentrance), made)
    observations = {"reference": seen, **{name: with_outcome(seen, outcome, call) for name, outcome in others.items()}}
    return Examination(cast(Any, None), made, observations, compare(observations, made), {})


def with_outcome(seen: Observation, outcome: Outcome, call: int) -> Observation:
    calls = list(seen.calls)
    calls[call] = CallObservation(outcome)
    return replace(seen, calls=tuple(calls))


def diverging(examined: Examination) -> Divergence:
    assert examined.divergence is not None
    return examined.divergence
