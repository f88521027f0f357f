"""A campaign whose processes are killed: by an engine that does so before a given call, by the supervisor itself at a
given step, or by whoever watches. Everything in here runs in processes of its own.

What is to be killed next stands in a file: whoever gets to it first renames it and does it.
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

from campaign_fakes import Component, FakeEngine, open_fakes

from fact.model.settings import Reentrance
from fact.model.values import Value
from fuzz.campaign import CampaignConfig, run_campaign
from fuzz.engines.base import Engine

CALLS = Path("calls")
"""A byte for each call of an engine, by any worker."""

AT_CALL, AT_STEP = Path("kill-at-call"), Path("kill-at-step")
"""The number of the call, or how many steps of the supervisor are still to go; then who is to be killed."""

DONE = Path("killed")
SUPERVISOR = Path("supervisor")


def supervise(config: CampaignConfig) -> None:
    """The supervisor's process. Its workers come from the process that it has come from."""
    os.setpgid(0, 0)
    SUPERVISOR.write_text(str(os.getpid()))
    forkserver._forkserver.ensure_running = lambda: None  # type: ignore[attr-defined]
    forkserver._forkserver._forkserver_address = os.environ["FORKSERVER"]  # type: ignore[attr-defined]
    original = multiprocessing.get_context
    multiprocessing.get_context = lambda method=None: original("forkserver" if method == "spawn" else method)  # type: ignore
    signal.signal(signal.SIGUSR1, _count_steps)
    with contextlib.suppress(FileNotFoundError):
        _count_steps()
    sys.exit(run_campaign(config, lambda _: None).exit_status)


# -- at a step of the supervisor


def _count_steps(*_: object) -> None:
    """From here on: a step is a call of a function of ours."""
    left = int(AT_STEP.read_text().split()[0])

    def step(frame: FrameType, event: str, _: Any) -> None:
        nonlocal left
        if event == "call" and "/fuzz/" in frame.f_code.co_filename:
            left -= 1
            if left <= 0:
                sys.setprofile(None)
                _kill_as_told(AT_STEP)

    sys.setprofile(step)


def _kill_as_told(told: Path) -> None:
    try:
        told.rename(DONE)
    except FileNotFoundError:
        return
    _, victim = DONE.read_text().split()
    kill(victim)


def kill(victim: str, worker: int | None = None) -> None:
    """*worker*: which one, if it is not the process that calls this."""
    supervisor = int(SUPERVISOR.read_text())
    if worker is None:
        children = multiprocessing.active_children() if os.getpid() == supervisor else []
        worker = os.getpid() if os.getpid() != supervisor else next((c.pid for c in children), None)
    victims = [worker] if victim == "worker" else [supervisor] if victim == "supervisor" else [worker, supervisor]
    for pid in sorted(filter(None, victims), key=lambda pid: pid == os.getpid()):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


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
    """Cases over which an engine dies are not made smaller here: that takes seconds, and there are other tests of it."""
    from fuzz.campaign import worker_triage

    worker_triage.shrink_death = lambda *_, **__: None  # type: ignore[assignment]
    worker_triage.death_shows = lambda *_, **__: True  # type: ignore[assignment]
    opened = open_fakes(names, reentrance)
    return [MortalEngine(opened[0]), *opened[1:]]  # type: ignore[arg-type]
