"""A campaign goes on where it ended, whoever ended it, as if it had never stopped."""

from __future__ import annotations

import sqlite3
import time
from itertools import count
from pathlib import Path

import pytest
from campaign_fakes import Campaign
from campaign_stores import content, findings_in

from fuzz.campaign.events import FindingWritten, Progress, Started
from fuzz.campaign.resuming import LastRun, last_run
from fuzz.errors import UsageError
from fuzz.store.fsck import check
from fuzz.store.store import Store

LITTLE = 0.01
"""Seconds for making a case smaller, where that does not matter."""


def test_in_three_sessions_as_in_one(campaign: Campaign, tmp_path: Path) -> None:
    whole, _ = campaign("reference", "differs", cases=40, out=tmp_path / "whole", minimise_seconds=LITTLE)
    parts = []
    for cases, workers in ((13, 1), (14, 3), (40, 2)):
        parts.append(campaign("reference", "differs", cases=cases, workers=workers, minimise_seconds=LITTLE))
    assert content(tmp_path / "out") == content(tmp_path / "whole")
    assert [s.figures.cases for s, _ in parts] == [13, 14, 40]
    assert [s.figures.resumed_cases for s, _ in parts] == [0, 13, 14]
    assert [e.resumed for _, events in parts for e in events if isinstance(e, Started)] == [0, 13, 14]
    last = parts[-1][0].figures
    assert (last.calls, last.features_seen, last.divergences) == (
        whole.figures.calls, whole.figures.features_seen, whole.figures.divergences
    )
    assert {f.name: f.cases for f in last.findings} == {f.name: f.cases for f in whole.figures.findings}
    assert last.cases_per_second == (40 - 14) / last.seconds
    with Store.reading(tmp_path / "out") as store:
        assert [(s.workers, s.cases, s.ended) for s in store.sessions()] == [
            (1, 13, "cases"), (3, 1, "cases"), (2, 26, "cases")
        ]
    assert [problem for problem in check(tmp_path / "out", repair=False) if not problem.harmless] == []


def test_there_is_nothing_left_to_do(campaign: Campaign, tmp_path: Path) -> None:
    first, _ = campaign("good", "differs", cases=8, minimise_seconds=LITTLE)
    before = content(tmp_path / "out"), findings_in(tmp_path / "out")
    for cases in (8, 5):
        again, events = campaign("good", "differs", cases=cases, minimise_seconds=LITTLE)
        assert again.figures.cases == 8 and again.exit_status == first.exit_status == 1
        assert not [e for e in events if isinstance(e, FindingWritten)]
        assert (content(tmp_path / "out"), findings_in(tmp_path / "out")) == before


def test_another_seed_in_the_same_directory(campaign: Campaign, tmp_path: Path) -> None:
    for seed in (7, 8):
        campaign("good", "differs", cases=16, seed=seed, out=tmp_path / str(seed), minimise_seconds=LITTLE)
        together, _ = campaign("good", "differs", cases=16, seed=seed, minimise_seconds=LITTLE)
        assert (together.figures.cases, together.figures.resumed_cases) == (16, 0), "figures are those of the run"
    both, first, second = (content(tmp_path / name) for name in ("out", "7", "8"))
    assert both.counts == first.counts | second.counts and both.done == first.done | second.done
    assert both.findings == second.findings | first.findings, "the earlier one stays where both show the same"
    assert set(first.findings) & set(second.findings), "some are found twice"
    scripts = [p.stem for p in (tmp_path / "out" / "findings").iterdir()]
    assert sorted(scripts) == sorted(name for name, *_ in both.findings.values())
    assert last_run(tmp_path / "out") == LastRun(8, ("good", "differs"), "guarded")


def test_another_version_is_another_run(campaign: Campaign, tmp_path: Path) -> None:
    campaign("good", "differs", cases=8, minimise_seconds=LITTLE)
    (tmp_path / "version").write_text("2.0")
    summary, events = campaign("good", "differs", cases=8, minimise_seconds=LITTLE)
    (started,) = (e for e in events if isinstance(e, Started))
    assert (started.engines["differs"], started.resumed, summary.figures.cases) == ("2.0", 0, 8)
    told = content(tmp_path / "out")
    assert len(told.counts) == 2 and len({str(c) for c in told.counts.values()}) == 1


def test_a_run_that_a_repair_has_taken_out(campaign: Campaign, tmp_path: Path) -> None:
    out = tmp_path / "out"
    first, _ = campaign("good", "differs", cases=16, minimise_seconds=LITTLE)
    with sqlite3.connect(out / "campaign.db") as connection:
        connection.execute("UPDATE run SET key = 'no longer a run'")
    assert all(problem.repaired or problem.harmless for problem in check(out, repair=True))
    assert last_run(out) is None, "its sessions went with it"
    other, _ = campaign("good", "differs", cases=16, seed=8, minimise_seconds=LITTLE)
    assert {f.name for f in other.figures.findings} >= {f.name for f in first.figures.findings}, "what it found stays"
    again, _ = campaign("good", "differs", cases=16, minimise_seconds=LITTLE)
    assert (again.figures.cases, again.figures.resumed_cases) == (16, 0)
    assert check(out, repair=False) == ()


def test_what_the_last_run_was(campaign: Campaign, tmp_path: Path) -> None:
    assert last_run(None) is None and last_run(tmp_path / "out") is None
    campaign("good", "better", cases=1, seed=3)
    campaign("better", cases=1, seed=4)
    assert last_run(tmp_path / "out") == LastRun(4, ("better",), "guarded")
    (tmp_path / "out" / "campaign.db").write_bytes(b"not a database, but long enough to be taken for one" * 100)
    with pytest.raises(UsageError):
        last_run(tmp_path / "out")


def test_one_campaign_a_directory(campaign: Campaign, tmp_path: Path) -> None:
    campaign("good", cases=1)
    with Store.writing(tmp_path / "out"):
        with pytest.raises(UsageError, match="another campaign is writing to this directory"):
            campaign("good", cases=2)
        assert content(tmp_path / "out").done.popitem()[1] == ((0, 1),), "others may read"
    assert campaign("good", cases=2)[0].figures.cases == 2


def test_a_clock_that_jumps(campaign: Campaign, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By days, back and forth, whenever somebody looks at it."""
    days = count()
    now = time.time
    began = time.monotonic()
    with monkeypatch.context() as patched:
        patched.setattr("time.time", lambda: now() + (-1) ** next(days) * next(days) * 86400.0)
        summary, events = campaign("good", "differs", cases=24, seed=7, minimise_seconds=LITTLE)
        campaign("good", "differs", cases=24, seed=8, minimise_seconds=LITTLE)
        patched.setattr("time.time", lambda: now() - 1000 * 86400.0)
        campaign("good", "differs", cases=24, seed=9, minimise_seconds=LITTLE)
    elapsed = time.monotonic() - began
    figures = summary.figures
    assert figures.cases == 24 and 0 < figures.seconds < elapsed
    assert figures.cases_per_second == 24 / figures.seconds
    shown = [e.figures.seconds for e in events if isinstance(e, Progress)]
    assert shown == sorted(shown)
    with Store.reading(tmp_path / "out") as store:
        sessions = store.sessions()
        seeds = dict(store.runs())
        assert [seeds[s.run].seed for s in sessions] == [7, 8, 9], "in the order in which they were"
        for session in sessions:
            assert 0 < session.seconds < elapsed and session.cases == 24
            sampled = [s.seconds for s in store.samples(session.id)]
            assert sampled == sorted(sampled) and all(0 <= s <= session.seconds for s in sampled)
        assert all(f.first_seen <= f.last_seen for f in store.findings())
    assert last_run(tmp_path / "out") == LastRun(9, ("good", "differs"), "guarded")
