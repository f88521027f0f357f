"""Engines that end their process when they are passed one character, in the way that their name says.

The fork server imports this module by name.
"""

from __future__ import annotations

import ctypes
import os
import time
from collections.abc import Callable, Sequence
from functools import lru_cache

import wasmtime
from hypothesis.strategies import SearchStrategy

from fact.link import Environment
from fact.model.settings import Reentrance
from fact.model.values import Handle, Value
from fact.run.host import Host
from fuzz.engines.base import NOTHING, Engine, EngineInfo
from generators.axes import EVERYTHING, Axes
from generators.blueprint import Blueprint
from generators.cases import blueprints
from generators.graphs import GraphBlueprint
from generators.graphs_cases import graph_blueprints

CHUNK = 16 << 20


def aborts() -> None:
    os.write(2, b"thread '<unnamed>' (123) panicked at crates/deadly/src/misdeed.rs:17:5:\nno such luck\n")
    os.abort()


def segfaults() -> None:
    ctypes.string_at(0)


def leaves() -> None:
    os._exit(3)


def spins() -> None:
    """In native code, without end."""
    store = wasmtime.Store()
    module = wasmtime.Module(store.engine, '(module (func (export "spin") (loop (br 0))))')
    spin = wasmtime.Instance(store, module, []).exports(store)["spin"]
    assert isinstance(spin, wasmtime.Func)
    spin(store)


def holds_on() -> None:
    """In native code, without end, and without giving up the interpreter: no other thread of Python runs."""
    ctypes.PyDLL(None).pause()


def leaks() -> None:
    kept = []
    while True:
        kept.append(bytearray(CHUNK))
        kept[-1][:: 4096] = b"x" * (CHUNK // 4096)


def prints() -> None:
    while True:
        os.write(1, b"another line of many\n" * 1000)


def grumbles() -> None:
    os.write(2, b"something is odd\n")


def dawdles(arguments: int) -> None:
    """The longer, the more it is passed."""
    time.sleep(0.08 * arguments)


MISDEEDS: dict[str, Callable[[], None]] = {
    "aborts": aborts, "segfaults": segfaults, "leaves": leaves, "spins": spins, "holds-on": holds_on, "leaks": leaks,
    "prints": prints, "grumbles": grumbles,
}


class Deadly:
    def __init__(self, name: str) -> None:
        self.info = EngineInfo(name, "1", "deadly", ())
        self.misdeed = MISDEEDS.get(name)

    def load(self, binary: bytes, environment: Environment = NOTHING) -> Deadly:
        return self

    def instantiate(self, host: Host) -> Deadly:
        return self

    def invoke(self, function: str, args: Sequence[Value]) -> Value | None:
        if any(isinstance(a, str) and len(a) == 1 for a in args):
            dawdles(len(args)) if self.misdeed is None else self.misdeed()
        return 0

    def drop(self, handle: Handle) -> None:
        return None


def open_deadly(names: Sequence[str], reentrance: Reentrance) -> list[Engine]:
    return [Deadly(name) for name in names]


@lru_cache
def small_cases(_: Axes = EVERYTHING) -> SearchStrategy[Blueprint]:
    return blueprints(max_components=2, hostile=False, spilled=False, reentrance=False)


@lru_cache
def cases_that_cannot_be_made(axes: Axes = EVERYTHING) -> SearchStrategy[Blueprint]:
    return small_cases(axes).map(_aborting)


def _aborting(_: Blueprint) -> Blueprint:
    os.abort()


@lru_cache
def cases_that_wasmtime_dies_of(axes: Axes = EVERYTHING) -> SearchStrategy[GraphBlueprint]:
    """Some of them."""
    return graph_blueprints(axes=axes, aborts=True)
