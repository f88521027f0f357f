"""A campaign whose processes are killed: by an engine that does so before a given call, by the supervisor itself at a
given step, or by whoever watches. Everything in here runs in processes of its own.

What is to be killed next stands in a file: whoever gets to it first takes it away, and does it.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import sys
from collections.abc import Sequence
from multiprocessing import forkserver
from pathlib import Path
from types import FrameType
from typing import Any

import msgspec
from campaign_fakes import Component, FakeEngine, open_fakes

from fact.model.settings import Reentrance
from fact.model.values import Value
from fuzz.campaign import CampaignConfig, run_campaign
from fuzz.engines.base import Engine
from fuzz.errors import UsageError

CALLS = Path("calls")
"""A byte for each call of an engine, by any worker."""

AT_CALL, AT_STEP = Path("kill-at-call"), Path("kill-at-step")
"""The number of the call, or how many steps of the supervisor are still to go; then who is to be killed."""

DONE = Path("killed")
"""Says which processes were."""

SUPERVISOR = Path("supervisor")
EVENTS = Path("events")
"""A line of JSON for each."""


def supervise(config: CampaignConfig) -> None:
    """The supervisor's process. Its workers come from the process that it has come from itself."""
    os.setpgid(0, 0)
    forkserver._forkserver.ensure_running = lambda: None  # type: ignore[attr-defined]
    given = multiprocessing.get_context
    multiprocessing.get_context = lambda method=None: given("forkserver" if method == "spawn" else method)  # type: ignore
    signal.signal(signal.SIGUSR1, _count_steps)
    write(SUPERVISOR, str(os.getpid()))
    _count_steps()
    with EVENTS.open("ab", buffering=0) as events:
        try:
            sys.exit(run_campaign(config, lambda event: events.write(msgspec.json.encode(event) + b"\n")).exit_status)
        except UsageError as error:
            events.write(msgspec.json.encode({"type": "refused", "message": str(error)}) + b"\n")
            sys.exit(2)


def write(path: Path, text: str) -> None:
    """Nobody sees half of it."""
    part = path.with_suffix(f".{os.getpid()}")
    part.write_text(text)
    part.rename(path)


# -- at a step of the supervisor


def _count_steps(*_: object) -> None:
    """From here on, if the file says so: a step is a call of a function of ours."""
    with contextlib.suppress(FileNotFoundError):
        _count_down(int(AT_STEP.read_text().split()[0]))


def _count_down(left: int) -> None:
    def step(frame: FrameType, event: str, _: Any) -> None:
        nonlocal left
        if event == "call" and "/fuzz/" in frame.f_code.co_filename:
            left -= 1
            if left <= 0:
                sys.setprofile(None)
                _kill_as_told(AT_STEP)

    sys.setprofile(step)


def _kill_as_told(told: Path) -> None:
    """Ourselves, and others: from a worker its supervisor, from a supervisor one of its workers, if it has any."""
    claimed = told.with_suffix(f".{os.getpid()}")
    try:
        told.rename(claimed)
    except FileNotFoundError:
        return
    _, victim = claimed.read_text().split()
    claimed.unlink()
    me, supervisor = os.getpid(), int(SUPERVISOR.read_text())
    workers = [me] if me != supervisor else [child.pid for child in multiprocessing.active_children() if child.pid][:1]
    pids = sorted(victims(victim, workers, supervisor), key=me.__eq__)
    write(DONE, " ".join(map(str, pids)))
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def victims(victim: str, workers: list[int], supervisor: int) -> list[int]:
    """Where there is no worker, the supervisor is to be killed in its place."""
    match victim:
        case "worker":
            return workers or [supervisor]
        case "both":
            return [*workers, supervisor]
    return [supervisor]


# -- before a call of an engine


class MortalEngine(FakeEngine):
    """Like *engine*, but that it counts its calls, and may kill."""

    def __init__(self, engine: FakeEngine) -> None:
        self.info = engine.info
        self._misdeed = engine.misdeed

    def misdeed(self, component: Component) -> Value | None:  # type: ignore[override]
        if count_call() >= next_call():
            _kill_as_told(AT_CALL)
        return self._misdeed(component)


def count_call() -> int:
    descriptor = os.open(CALLS, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.write(descriptor, b".")
    size = os.fstat(descriptor).st_size
    os.close(descriptor)
    return size


def next_call() -> float:
    try:
        return int(AT_CALL.read_text().split()[0])
    except (FileNotFoundError, IndexError):
        return float("inf")


def open_mortals(names: Sequence[str], reentrance: Reentrance) -> list[Engine]:
    """Cases over which an engine dies are not made smaller here: that takes seconds, and is tested elsewhere."""
    from fuzz.campaign import worker_triage

    worker_triage.shrink_death = lambda *_, **__: None  # type: ignore[assignment]
    worker_triage.death_shows = lambda *_, **__: True  # type: ignore[assignment]
    opened = open_fakes(names, reentrance)
    return [MortalEngine(opened[0]), *opened[1:]]  # type: ignore[arg-type]
