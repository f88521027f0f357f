"""Measures rows: native, compiled and a bare copy take turns in one process, on one thread.

Times are of the thread's processor, not of the wall, so that other processes count for little; of all repetitions of a
row the fastest counts, for each contestant.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from time import thread_time

from bench_guests import ARENA, DATA
from bench_rows import Row
from wasmtime import Func, Instance, Limits, Memory, MemoryType, Module, Store

from fact.model.types import FuncType
from fact.model.values import Value
from fact.run import Profile
from fact.run.engine import engine
from fuzz.engines.base import Refusal, Running
from fuzz.engines.compiled import CompiledEngine
from fuzz.engines.native import NativeEngine

MIN_BYTES = 1_000_000
"""What one run of the loop carries at least."""


@dataclass(frozen=True, slots=True)
class Effort:
    """*seconds* are what one run of a loop should take, of which each contestant makes *repetitions*."""

    seconds: float
    repetitions: int


FULL = Effort(0.008, 11)
QUICK = Effort(0.003, 5)


class Differs(Exception):
    """A callee did not receive the same from both engines."""


@dataclass(frozen=True, slots=True)
class Result:
    """Nanoseconds a call. *refused*: what the compiled engine said instead of running the row."""

    row: Row
    native: float
    copy: float
    compiled: float | None
    refused: str = ""

    @property
    def ratio_native(self) -> float | None:
        """How many times as fast as native."""
        return None if self.compiled is None else self.native / self.compiled

    @property
    def ratio_copy(self) -> float | None:
        """How many times as fast as a bare copy of as many bytes: 1.0 is as fast."""
        return None if self.compiled is None else self.copy / self.compiled

    @property
    def bytes_per_second(self) -> float | None:
        return None if self.compiled is None else self.row.size / self.compiled * 1e9

    @property
    def shortfalls(self) -> tuple[str, ...]:
        """What the row aims at and did not reach."""
        if self.ratio_native is None or self.ratio_copy is None:
            return (f"refused: {self.refused}",)
        missed = []
        if self.ratio_native < self.row.native:
            missed.append(f"{self.ratio_native:.2f} times native, aim {self.row.native:g}")
        if self.row.copy is not None and self.ratio_copy < self.row.copy:
            missed.append(f"{self.ratio_copy:.2f} times a copy, aim {self.row.copy:g}")
        return tuple(missed)


@cache
def engines() -> tuple[NativeEngine, CompiledEngine]:
    return NativeEngine(), CompiledEngine(profile=Profile.RUNS_FAST)


def measure(row: Row, effort: Effort) -> Result:
    """Raises `Differs` when the callee did not receive the same from both engines."""
    native_engine, compiled_engine = engines()
    native = native_engine.load(row.binary).instantiate(no_imports)
    try:
        compiled = compiled_engine.load(row.binary).instantiate(no_imports)
    except Refusal as refusal:
        native_time, copy_time = race(row, [runner(native), copier(row)], effort)
        return Result(row, native_time, copy_time, None, refusal.message)
    check(row, native, compiled)
    native_time, copy_time, compiled_time = race(row, [runner(native), copier(row), runner(compiled)], effort)
    return Result(row, native_time, copy_time, compiled_time)


def no_imports(path: tuple[str, ...], _type: FuncType, _args: Sequence[Value]) -> Value | None:
    raise KeyError(path)


def check(row: Row, native: Running, compiled: Running) -> None:
    for call in range(row.calls):
        found = []
        for running in (native, compiled):
            running.invoke("once", [call])
            found.append(running.invoke("digest", []))
        if found[0] != found[1]:
            raise Differs(f"{row.name}, call {call}: the callee's digest is {found[1]:#x}, with native {found[0]:#x}")


# -- the race

Run = Callable[[int], object]
"""Makes so many turns."""


def runner(running: Running) -> Run:
    return lambda turns: running.invoke("run", [turns])


def race(row: Row, contestants: Sequence[Run], effort: Effort) -> list[float]:
    """Nanoseconds a call of each of *contestants*, who run one after another in every repetition."""
    turns = [enough_turns(row, run, effort.seconds) for run in contestants]
    fastest = [float("inf")] * len(contestants)
    for _ in range(effort.repetitions):
        for i, run in enumerate(contestants):
            fastest[i] = min(fastest[i], seconds(run, turns[i]) / turns[i])
    return [time / row.calls * 1e9 for time in fastest]


def enough_turns(row: Row, run: Run, target: float) -> int:
    """As many as take *target* seconds and carry `MIN_BYTES`."""
    run(1)  # the first to touch its pages: a hundred times as slow
    turns = 1
    while (taken := seconds(run, turns)) < target / 4:
        turns *= 2 if taken > target / 50 else 8
    return max(round(turns * target / taken), -(-MIN_BYTES // (row.size * row.calls)), 1)


def seconds(run: Run, turns: int) -> float:
    began = thread_time()
    run(turns)
    return thread_time() - began


# -- the bare copy

COPIER = """\
(module
  (import "to" "memory" (memory $to 1))
  (import "from" "memory" (memory $from 1))
  (func (export "copy") (param $size i32) (param $turns i32)
    (loop $next
      (memory.copy $to $from (i32.const {to}) (i32.const {source}) (local.get $size))
      (br_if $next (local.tee $turns (i32.sub (local.get $turns) (i32.const 1))))))
  ;; pages that nobody has written to are all the same one, which stays in the cache
  (func (export "fill") (memory.fill $from (i32.const 0) (i32.const 1) (i32.const {length}))))
"""

COPIER_PAGES = 32


def copier(row: Row) -> Run:
    """Copies as many bytes as a turn of *row* carries, in as many copies."""
    store, copy = copy_function()
    return lambda turns: copy(store, row.size, turns * row.calls)


@cache
def copy_function() -> tuple[Store, Func]:
    chosen = engine(metered=False, profile=Profile.RUNS_FAST)
    store = Store(chosen)
    memories = [Memory(store, MemoryType(Limits(COPIER_PAGES, None))) for _ in range(2)]
    text = COPIER.format(to=ARENA, source=DATA, length=COPIER_PAGES << 16)
    exports = Instance(store, Module(chosen, text), memories).exports(store)
    copy, fill = exports["copy"], exports["fill"]
    assert isinstance(copy, Func) and isinstance(fill, Func)
    fill(store)
    return store, copy
