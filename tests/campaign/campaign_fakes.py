"""Engines that behave badly on chosen cases. They run nothing: what they answer follows from the component's bytes.

Workers import this module by name, so that its functions can be named in a campaign's configuration. What an engine has
to remember from one process to the next lies in files in the working directory, which workers share with their test.
"""

from __future__ import annotations

import ctypes
import os
import signal
import time
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache, partial
from pathlib import Path

import wasmtime
from hypothesis.strategies import SearchStrategy

from fact.link import Environment
from fact.model.settings import Reentrance
from fact.model.traps import Trap, TrapReason
from fact.model.values import Handle, Value
from fact.run.host import Host
from fuzz.campaign.events import Event, Summary
from fuzz.coverage.possible import ORDER
from fuzz.engines.base import NOTHING, Engine, EngineInfo
from fuzz.errors import UsageError
from generators.axes import EVERYTHING, Axes
from generators.blueprint import Blueprint
from generators.cases import blueprints
from generators.families import to_json

Campaign = Callable[..., tuple[Summary, list[Event]]]
"""What the fixture `campaign` is: runs one."""

MIB = 1 << 20
LARGE = 600
"""Bytes of a component from which `small_is_fatal` lets it live."""


@dataclass(frozen=True, slots=True)
class Component:
    """What a fake knows of a component: a number that follows from its bytes, and how many there are; *times* how often
    it was loaded before, by any process, once somebody has asked."""

    number: int
    size: int
    times: dict[str, int] = field(default_factory=dict)


Misdeed = Callable[[Component], Value | None]
"""Called before every call of an export; may not return."""


class FakeEngine:
    def __init__(self, name: str, misdeed: Misdeed) -> None:
        version = Path("version")
        self.info = EngineInfo(name, version.read_text() if version.exists() else "1.0", "a fake", ())
        self.misdeed = misdeed

    def load(self, binary: bytes, environment: Environment = NOTHING) -> FakeLoaded:
        loaded = TracedFake if self.info.name == "reference" else FakeLoaded
        return loaded(Component(zlib.crc32(binary), len(binary)), self.misdeed)


class FakeLoaded:
    def __init__(self, component: Component, misdeed: Misdeed) -> None:
        self.component = component
        self.misdeed = misdeed

    def instantiate(self, host: Host) -> FakeLoaded:
        return self

    def invoke(self, function: str, args: Sequence[Value]) -> Value | None:
        if "-log-" in function:
            return 0
        answer = self.misdeed(self.component)
        return self.component.number % 251 if answer is None else answer

    def drop(self, handle: Handle) -> None:
        raise ValueError(f"{handle} was never given to the host")


class TracedFake(FakeLoaded):
    """Tells features, as the reference does."""

    def features(self) -> frozenset[str]:
        return frozenset(name for i, name in enumerate(ORDER) if self.component.number >> i % 29 & 15 == 5)


# -- misdeeds


def _well(_: Component) -> None:
    return None


def _on(divisor: int, act: Callable[[], Value | None]) -> Misdeed:
    """Misbehaves on components whose number *divisor* divides."""
    return lambda component: act() if component.number % divisor == 0 else None


def _differ() -> Value:
    return -1


def _abort() -> None:
    print("about to abort", flush=True)
    os.abort()


def _segfault() -> None:
    ctypes.string_at(0)


def _sleep() -> None:
    time.sleep(3600)


def _pause_in_c() -> None:
    """With the interpreter's lock held: no other thread of the process runs Python any more."""
    Path("pausing").touch()
    ctypes.PyDLL(None).pause()


def _loop_in_wasm() -> None:
    store = wasmtime.Store()
    module = wasmtime.Module(store.engine, '(module (func (export "f") (loop (br 0))))')
    wasmtime.Instance(store, module, []).exports(store)["f"](store)  # type: ignore[operator]


def _leak() -> None:
    kept = [b"x" * (16 * MIB) for _ in range(256)]
    assert len(kept) == 256


def _leak_natively() -> None:
    libc = ctypes.CDLL(None)
    libc.malloc.restype = ctypes.c_void_p
    for _ in range(256):
        memory = libc.malloc(ctypes.c_size_t(16 * MIB))
        if memory is None:
            os.write(2, b"memory allocation of 16777216 bytes failed\n")
            os.abort()
        libc.memset(ctypes.c_void_p(memory), 1, ctypes.c_size_t(16 * MIB))


def _print_for_ever() -> None:
    while True:
        os.write(1, b"and so on\n" * 10_000)


def _print_natively() -> None:
    """As a C program does that looks at no result."""
    write = ctypes.PyDLL(None).write
    line = b"and so on, natively\n" * 10_000
    while True:
        write(1, line, len(line))


def _raise() -> None:
    raise RuntimeError("engine fell over")


def _raise_unmapped() -> None:
    raise Trap(TrapReason.UNMAPPED, None, "a wording nobody knows")


def _leave_a_child() -> None:
    """A process of its own holds on to whatever descriptors there are."""
    if os.fork() == 0:
        signal.pause()
    os.abort()


def _close_files() -> None:
    """All that a worker needs to be heard of, and then nothing more."""
    os.closerange(3, 256)
    time.sleep(3600)


def _overwrite_journal() -> None:
    """As a wild write may do."""
    for line in Path("/proc/self/maps").read_text().splitlines():
        if line.endswith(".journal"):
            ctypes.memset(int(line.partition("-")[0], 16), 0xEE, 4096)
    os.abort()


def _print_noise(_: Component) -> None:
    os.write(1, b"noise on standard output\n" * 50)
    os.write(2, b"noise on standard error\n" * 50)


def _slow(_: Component) -> None:
    time.sleep(0.02)


def _tell_when(_: Component) -> None:
    """Which process was at work, and when."""
    with Path("clock").open("a") as clock:
        clock.write(f"{os.getpid()} {time.monotonic()}\n")
    time.sleep(0.01)


def _crawl(_: Component) -> None:
    time.sleep(0.3)


def _times(what: str, component: Component) -> int:
    """How often the component was loaded before by an engine that asks this."""
    if what not in component.times:
        descriptor = os.open(f"{what}-{component.number}", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.write(descriptor, b".")
        component.times[what] = os.fstat(descriptor).st_size - 1
        os.close(descriptor)
    return component.times[what]


def _when(times: Callable[[int], bool], what: str, divisor: int, act: Callable[[], Value | None]) -> Misdeed:
    """Misbehaves on some of the times that it meets a component whose number *divisor* divides."""
    return lambda c: act() if c.number % divisor == 0 and times(_times(what, c)) else None


_once = partial(_when, lambda times: times == 0)
_every_second_time = partial(_when, lambda times: times % 2 == 0)


def _small_is_fatal(component: Component) -> Value:
    """Differs always; small components it does not survive."""
    if component.size < LARGE:
        os.abort()
    return -1


def _differs_slowly(component: Component) -> Value:
    time.sleep(0.25)
    return -1


def _some_of_each(component: Component) -> Value | None:
    """Aborts at some, differs at others."""
    if component.number % 41 == 0:
        _abort()
    return -1 if component.number % 5 == 0 else None


MISDEEDS: dict[str, Misdeed] = {
    "some-of-each": _some_of_each, "tells-when": _tell_when,
    "reference": _well, "good": _well, "better": _well, "slow": _slow, "crawls": _crawl, "noisy": _print_noise,
    "differs": _on(5, _differ), "differs-slowly": _differs_slowly, "raises": _on(5, _raise),
    "unmapped": _on(5, _raise_unmapped),
    "aborts": _on(13, _abort), "segfaults": _on(13, _segfault), "sleeps": _on(17, _sleep),
    "always-sleeps": _on(1, _sleep), "always-pauses-in-c": _on(1, _pause_in_c),
    "pauses-in-c": _on(17, _pause_in_c), "loops-in-wasm": _on(17, _loop_in_wasm),
    "leaks": _on(17, _leak), "leaks-natively": _on(17, _leak_natively),
    "prints-for-ever": _on(17, _print_for_ever), "prints-natively": _on(17, _print_natively),
    "leaves-a-child": _on(13, _leave_a_child), "closes-files": _on(17, _close_files),
    "overwrites-journal": _on(13, _overwrite_journal),
    "aborts-once": _once("aborted", 13, _abort), "aborts-at-times": _every_second_time("aborted", 13, _abort),
    "sleeps-once": _once("slept", 13, _sleep),
    "differs-once": _once("differed", 5, _differ), "differs-at-times": _every_second_time("differed", 5, _differ),
    "small-is-fatal": _small_is_fatal,
}


def open_fakes(names: Sequence[str], reentrance: Reentrance) -> list[Engine]:
    if "refuses-to-open" in names:
        raise UsageError("there is no such engine")
    if "cannot-open" in names:
        os._exit(3)
    return [FakeEngine(name, MISDEEDS[name]) for name in names]


# -- cases


@lru_cache
def small_blueprints(_: Axes = EVERYTHING) -> SearchStrategy[Blueprint]:
    return blueprints(max_components=1, hostile=False, spilled=False, reentrance=False)


RAISING = 11


@lru_cache
def raising_blueprints(_: Axes = EVERYTHING) -> SearchStrategy[Blueprint]:
    """A generator with a mistake: it raises for some of what `small_blueprints` gives."""
    return small_blueprints().map(_raise_for_some)


def raises_for(blueprint: Blueprint) -> bool:
    return zlib.crc32(to_json(blueprint).encode()) % RAISING == 0


def _raise_for_some(blueprint: Blueprint) -> Blueprint:
    if raises_for(blueprint):
        raise RuntimeError("generator fell over")
    return blueprint
