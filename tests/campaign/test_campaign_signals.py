"""Signals: Ctrl-C, the end of a terminal, processes that are stopped and go on."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from campaign_running import Running, is_alive, wait_until
from campaign_stores import content, findings_in

from fuzz.campaign import CampaignConfig
from fuzz.store.store import Store

Start = Callable[..., Running]


@pytest.fixture
def start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, quick_start: None) -> Iterator[Start]:
    """Starts a campaign in *tmp_path*."""
    monkeypatch.chdir(tmp_path)
    running: list[Running] = []

    def started(*engines: str, **given: Any) -> Running:
        config = CampaignConfig(
            seed=given.pop("seed", 10), engines=engines, out=tmp_path / "out", workers=given.pop("workers", 1),
            open_engines="campaign_fakes:open_fakes", source="campaign_fakes:small_blueprints", **given,
        )
        running.append(Running(config))
        return running[-1]

    yield started
    for campaign in running:
        with contextlib.suppress(ProcessLookupError):
            campaign.signal(signal.SIGKILL)
        campaign.end()


def interrupted(running: Running) -> float:
    """Seconds until it has ended."""
    began = time.monotonic()
    running.signal(signal.SIGINT)
    running.end()
    return time.monotonic() - began


def check_ended_by_interrupt(running: Running) -> None:
    (finished,) = running.events("finished")
    assert finished["summary"]["interrupted"]
    with Store.reading(Path("out")) as store:
        assert store.sessions()[-1].ended == "interrupted"


def test_interrupt_while_all_workers_hang(start: Start) -> None:
    seconds = []
    while not seconds or (min(seconds) >= 2.0 and len(seconds) < 3):
        running = start("always-sleeps", workers=2, case_timeout=600.0)
        running.wait_for(lambda f: sum(w["case"] is not None for w in f["workers"]) == 2)
        seconds.append(interrupted(running))
        (finished,) = running.events("finished")
        assert finished["summary"]["interrupted"] and finished["summary"]["figures"]["cases"] == 0
    assert min(seconds) < 2.0
    assert not Path("out").exists(), "no case has come to an end, so there is nothing to be kept"


def test_interrupt_in_the_middle_of_minimising(start: Start) -> None:
    running = start("good", "differs-slowly", cases=1, minimise_seconds=600.0)
    running.wait_for(lambda f: f["waiting"] == 1 and f["workers"][0]["state"] == "minimising")
    wait_until(lambda: any(f.smallest.reduced for f in findings_in(Path("out")).values()))
    assert interrupted(running) < 10.0, "though the time for minimising is far from over"
    check_ended_by_interrupt(running)
    (before,) = findings_in(Path("out")).values()
    assert not before.minimised and before.smallest.size < before.original.size, "the best so far is kept"
    again = start("good", "differs-slowly", cases=1, minimise_seconds=1.0)
    assert again.end() == 1
    (after,) = findings_in(Path("out")).values()
    assert after.minimised and after.smallest.size <= before.smallest.size and not after.flaky
    assert (after.smallest.reproduced, after.original) == (3, before.original)


def test_the_end_of_the_terminal(start: Start) -> None:
    running = start("good", "slow", cases=400)
    running.wait_for(lambda f: f["cases"] > 0)
    running.signal(signal.SIGHUP)
    seen = max(f["cases"] for f in running.figures())
    running.wait_for(lambda f: f["cases"] > seen + 20)
    running.signal(signal.SIGTERM)
    assert running.end() == 0
    check_ended_by_interrupt(running)


def test_a_worker_that_is_stopped_for_a_while(start: Start) -> None:
    running = start("good", "tells-when", cases=100, case_timeout=60.0)
    running.wait_for(lambda f: f["cases"] > 0)
    worker = at_work()
    os.kill(worker, signal.SIGSTOP)
    running.wait_for(lambda f: f["workers"][0]["seconds_on_case"] > 1.0)
    os.kill(worker, signal.SIGCONT)
    assert running.end() == 0
    assert running.events("worker-lost") == []
    assert all_counted(100)


def test_a_worker_that_is_stopped_for_good(start: Start) -> None:
    """It is like one that hangs; but its case does not hang again."""
    running = start("good", "tells-when", cases=100, case_timeout=2.0)
    running.wait_for(lambda f: f["cases"] > 0)
    os.kill(at_work(), signal.SIGSTOP)
    assert running.end() == 0, "no finding"
    (lost,) = running.events("worker-lost")
    assert "in time" in lost["note"]
    assert all_counted(100)


def at_work() -> int:
    """The worker that runs cases."""
    wait_until(Path("clock").exists)
    return int(Path("clock").read_text().split()[-2])


def all_counted(cases: int) -> bool:
    (done,) = content(Path("out")).done.values()
    return done == ((0, cases),)


def test_a_supervisor_that_is_stopped_for_longer_than_a_case_may_take(start: Start) -> None:
    running = start("good", "crawls", cases=8, case_timeout=4.0)
    running.wait_for(lambda f: any(w["case"] is not None for w in f["workers"]))
    running.signal(signal.SIGSTOP)
    time.sleep(5.0)
    running.signal(signal.SIGCONT)
    assert running.end() == 0
    assert running.events("worker-lost") == [] and all_counted(8)


def test_workers_do_not_outlive_a_supervisor_that_is_killed(start: Start) -> None:
    running = start("good", "slow", workers=2)
    running.wait_for(lambda f: f["cases"] > 0)
    workers = running.workers()
    assert len(workers) >= 2
    running.signal(signal.SIGKILL)
    assert running.end() == -signal.SIGKILL
    wait_until(lambda: not any(map(is_alive, workers)))
    with Store.reading(Path("out")) as store:
        assert not store.is_being_written() and store.sessions()[0].ended == ""
    assert list(Path("out").glob(".worker-*"))
    with Store.writing(Path("out")):
        assert not list(Path("out").glob(".worker-*")), "whoever comes next clears up"
