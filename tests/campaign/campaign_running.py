"""A campaign in a process of its own, and what can be seen of it from outside."""

from __future__ import annotations

import contextlib
import json
import multiprocessing
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
from campaign_mortal import EVENTS, supervise

from fuzz.campaign import CampaignConfig

PATIENCE = 120.0


class Running:
    """In the working directory, from the moment it is made."""

    def __init__(self, config: CampaignConfig) -> None:
        EVENTS.unlink(missing_ok=True)
        self.process = multiprocessing.get_context("forkserver").Process(target=supervise, args=(config,))
        self.process.start()

    @property
    def pid(self) -> int:
        assert self.process.pid is not None
        return self.process.pid

    def events(self, *kinds: str) -> list[dict[str, Any]]:
        """So far, of these kinds or of all."""
        lines = EVENTS.read_text().split("\n")[:-1] if EVENTS.exists() else []
        return [e for e in map(json.loads, lines) if not kinds or e["type"] in kinds]

    def figures(self) -> Iterator[dict[str, Any]]:
        return (event["figures"] for event in self.events("progress"))

    def wait_for(self, condition: Callable[[dict[str, Any]], bool]) -> None:
        """Until some figures of the campaign are so."""
        wait_until(lambda: any(map(condition, self.figures())) or self.process.exitcode is not None)
        assert self.process.exitcode is None, "it has ended"

    def workers(self) -> list[int]:
        """Processes that it has started, and they have."""
        return [p.pid for p in processes_in(Path.cwd()) if p.pid not in (os.getpid(), self.pid)]

    def signal(self, number: int) -> None:
        os.kill(self.pid, number)

    def end(self) -> int:
        """Its exit status, once it has ended."""
        self.process.join(PATIENCE)
        assert self.process.exitcode is not None, "it does not end"
        return self.process.exitcode


def processes_in(directory: Path) -> list[psutil.Process]:
    """Those whose working directory it is: all that a campaign which began there has started, whoever their parent."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if process.status() != psutil.STATUS_ZOMBIE and Path(process.cwd()) == directory:
                found.append(process)
    return found


def is_alive(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def wait_until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "it does not happen"
        time.sleep(0.002)
