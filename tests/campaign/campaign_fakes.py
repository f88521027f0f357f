"""Engines that behave badly on chosen cases. They run nothing: what they answer follows from the component's bytes.

Workers import this module by name, so that its functions can be named in a campaign's configuration.
"""

from __future__ import annotations

import os
import signal
import time
import zlib
from collections.abc import Callable, Sequence
from functools import lru_cache

from hypothesis.strategies import SearchStrategy

from fact.link import Environment
from fact.model.settings import Reentrance
from fact.model.traps import Trap, TrapReason
from fact.model.values import Handle, Value
from fact.run.host import Host
from fuzz.campaign.events import Event, Summary
from fuzz.engines.base import NOTHING, Engine, EngineInfo
from fuzz.errors import UsageError
from generators.axes import EVERYTHING, Axes
from generators.blueprint import Blueprint
from generators.cases import blueprints

Campaign = Callable[..., tuple[Summary, list[Event]]]
"""What the fixture `campaign` is: runs one."""

Misdeed = Callable[[int], Value | None]
"""Called with a number that follows from the component, before the first call on an instance; may not return."""


class FakeEngine:
    def __init__(self, name: str, misdeed: Misdeed) -> None:
        self.info = EngineInfo(name, "1.0", "a fake", ())
        self.misdeed = misdeed

    def load(self, binary: bytes, environment: Environment = NOTHING) -> FakeLoaded:
        return FakeLoaded(zlib.crc32(binary), self.misdeed)


class FakeLoaded:
    def __init__(self, number: int, misdeed: Misdeed) -> None:
        self.number = number
        self.misdeed = misdeed

    def instantiate(self, host: Host) -> FakeLoaded:
        return self

    def invoke(self, function: str, args: Sequence[Value]) -> Value | None:
        if "-log-" in function:
            return 0
        answer = self.misdeed(self.number)
        return self.number % 251 if answer is None else answer

    def drop(self, handle: Handle) -> None:
        raise ValueError(f"{handle} was never given to the host")


def _well(_number: int) -> None:
    return None


def _differs(number: int) -> Value | None:
    return -1 if number % 5 == 0 else None


def _aborts(number: int) -> None:
    if number % 13 == 0:
        print("about to abort", flush=True)
        os.abort()


def _segfaults(number: int) -> None:
    if number % 13 == 0:
        os.kill(os.getpid(), signal.SIGSEGV)


def _hangs(number: int) -> None:
    if number % 17 == 0:
        time.sleep(3600)


def _raises(number: int) -> None:
    if number % 5 == 0:
        raise RuntimeError("engine fell over")


def _prints(_number: int) -> None:
    os.write(1, b"noise on standard output\n" * 50)
    os.write(2, b"noise on standard error\n" * 50)


def _unmapped(number: int) -> None:
    if number % 5 == 0:
        raise Trap(TrapReason.UNMAPPED, None, "a wording nobody knows")


def _slow(_number: int) -> None:
    time.sleep(0.02)


MISDEEDS: dict[str, Misdeed] = {
    "good": _well, "better": _well, "differs": _differs, "aborts": _aborts, "segfaults": _segfaults, "hangs": _hangs,
    "raises": _raises, "prints": _prints, "unmapped": _unmapped, "slow": _slow,
}


def open_fakes(names: Sequence[str], reentrance: Reentrance) -> list[Engine]:
    if "refuses-to-open" in names:
        raise UsageError("there is no such engine")
    if "cannot-open" in names:
        os._exit(3)
    return [FakeEngine(name, MISDEEDS[name]) for name in names]


@lru_cache
def small_blueprints(_: Axes = EVERYTHING) -> SearchStrategy[Blueprint]:
    return blueprints(max_components=1, hostile=False, spilled=False, reentrance=False)
