from __future__ import annotations

import multiprocessing
import os
import time
from collections.abc import Iterator
from multiprocessing.context import BaseContext
from multiprocessing.forkserver import ensure_running
from pathlib import Path
from typing import Any

import pytest
from campaign_fakes import Campaign
from campaign_running import processes_in

from fuzz.campaign import CampaignConfig, Event, Summary, run_campaign

_spawned = multiprocessing.get_context
_forked = _spawned("forkserver")


def _context(method: str | None = None) -> BaseContext:
    """Workers come out of a process that has imported what they need, which takes a fiftieth of the time."""
    return _forked if method == "spawn" else _spawned(method)


@pytest.fixture
def quick_start(monkeypatch: pytest.MonkeyPatch) -> None:
    """Workers of campaigns in this process start within milliseconds. They are processes with everything of their own,
    as ever, but children of another one."""
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(Path(__file__).parent), str(Path(__file__).parents[2])]))
    _forked.set_forkserver_preload(["campaign_warm"])
    ensure_running()
    monkeypatch.setattr("multiprocessing.get_context", _context)


@pytest.fixture
def campaign(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, quick_start: None) -> Campaign:
    """Runs a campaign with fake engines, whose files lie in *tmp_path*; returns its summary and its events, which also
    come into *events*, if given, as they happen."""
    monkeypatch.chdir(tmp_path)

    def run(*engines: str, **given: Any) -> tuple[Summary, list[Event]]:
        events: list[Event] = given.pop("events", [])
        view = given.pop("view", events.append)
        config = CampaignConfig(
            seed=given.pop("seed", 7), engines=engines, out=given.pop("out", tmp_path / "out"),
            open_engines="campaign_fakes:open_fakes", source=given.pop("source", "campaign_fakes:small_blueprints"),
            workers=given.pop("workers", 1), minimise_seconds=given.pop("minimise_seconds", 0.3), **given,
        )
        return run_campaign(config, view), events

    return run


@pytest.fixture(autouse=True)
def nothing_left(tmp_path: Path) -> Iterator[None]:
    """After each test: no new child, no process that works in its directory, no file of a worker."""
    before = multiprocessing.active_children()
    yield
    assert [child for child in multiprocessing.active_children() if child not in before] == []
    deadline = time.monotonic() + 10
    while (left := [p for p in processes_in(tmp_path) if p.pid != os.getpid()]) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert left == []
    assert list(tmp_path.rglob(".worker-*")) == []
