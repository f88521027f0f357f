"""Workers die, hang, are interrupted; the campaign goes on and loses nothing."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import threading
import time
import zlib
from pathlib import Path

import pytest
from campaign_fakes import Campaign, small_blueprints

from fuzz.campaign import CampaignConfig, Event, run_campaign
from fuzz.campaign.directory import opened_directory
from fuzz.campaign.events import Progress, WorkerLost
from fuzz.case import Origin, case_of
from fuzz.errors import UsageError
from fuzz.examine import program_of
from fuzz.script import from_wast
from generators.stream import CaseStream


def cases_where(divisor: int, count: int, seed: int = 7) -> list[int]:
    """The numbers of the cases among the first *count* on which a fake that looks for *divisor* misbehaves."""
    stream = CaseStream(small_blueprints(), seed)
    bad = []
    for number in range(count):
        blueprint = stream(number)
        if blueprint.calls and zlib.crc32(program_of(case_of(blueprint, Origin())).binary) % divisor == 0:
            bad.append(number)
    return bad


@pytest.mark.parametrize(("engine", "signal_name"), [("aborts", "SIGABRT"), ("segfaults", "SIGSEGV")])
def test_an_engine_that_kills_its_worker(campaign: Campaign, tmp_path: Path, engine: str, signal_name: str) -> None:
    bad = cases_where(13, 48)
    assert bad
    summary, events = campaign("good", engine, cases=48, workers=2)
    assert summary.figures.cases == 48, "every case counts once"
    assert summary.figures.crashes == len(bad)
    lost = [e.case for e in events if isinstance(e, WorkerLost) and e.case is not None]
    assert sorted(lost) == bad
    (finding,) = summary.figures.findings
    assert (finding.first_case, finding.cases) == (bad[0], len(bad))
    assert engine in finding.signature and signal_name in finding.signature
    text = (tmp_path / "out" / f"{finding.name}.wast").read_text()
    case = from_wast(text)
    assert case.origin.number in bad
    assert case.blueprint == CaseStream(small_blueprints(), 7)(case.origin.number)
    assert engine != "aborts" or "about to abort" in text, "what was printed before the end is kept"
    assert summary.exit_status == 1


def test_a_case_that_takes_too_long(campaign: Campaign) -> None:
    bad = cases_where(17, 32)
    assert bad
    summary, _ = campaign("good", "hangs", cases=32, workers=2, case_timeout=0.5)
    assert (summary.figures.cases, summary.figures.crashes) == (32, len(bad))
    (finding,) = summary.figures.findings
    assert finding.signature == "timeout hangs"


def test_a_worker_killed_from_outside_costs_no_case(campaign: Campaign) -> None:
    killed: list[int] = []
    before = children(os.getpid())
    seen: list[Event] = []

    def kill_a_worker() -> None:
        while not any(isinstance(e, Progress) and e.figures.cases for e in list(seen)):
            time.sleep(0.05)
        new = (c for c in children(os.getpid()) if c not in before)
        child = next(c for c in new if b"spawn_main" in Path(f"/proc/{c}/cmdline").read_bytes())
        os.kill(child, signal.SIGKILL)
        killed.append(child)

    killer = threading.Thread(target=kill_a_worker, daemon=True)
    killer.start()
    summary, events = campaign("good", "slow", cases=200, workers=2, events=seen)
    killer.join(10)
    assert killed
    assert summary.figures.cases == 200
    assert [e.why for e in events if isinstance(e, WorkerLost)] == ["killed by SIGKILL"]


def children(pid: int) -> list[int]:
    return [int(c) for task in Path(f"/proc/{pid}/task").iterdir() for c in (task / "children").read_text().split()]


def test_the_clock_ends_a_campaign(campaign: Campaign) -> None:
    began = time.monotonic()
    summary, events = campaign("good", "slow", seconds=12.0, workers=2)
    assert 12.0 <= time.monotonic() - began < 15.0
    assert summary.figures.cases > 0 and not summary.interrupted
    left = [e.seconds_left for e in events if isinstance(e, Progress) and e.seconds_left is not None]
    assert left == sorted(left, reverse=True) and left[-1] < 1


def test_the_clock_ends_a_campaign_whose_worker_hangs(campaign: Campaign) -> None:
    began = time.monotonic()
    campaign("hangs", seconds=3.0)
    assert time.monotonic() - began < 10.0


PROGRAM = """
import sys
from pathlib import Path
from fuzz.campaign import CampaignConfig, run_campaign
from fuzz.campaign.plain import PlainView
if __name__ == "__main__":
    config = CampaignConfig(seed=1, engines=("good", "slow"), out=Path({out!r}), workers=2,
        open_engines="campaign_fakes:open_fakes", source="campaign_fakes:small_blueprints")
    sys.exit(run_campaign(config, PlainView(sys.stdout, 0.5)).exit_status)
"""


def start(tmp_path: Path) -> subprocess.Popen[str]:
    """A campaign without end in a process of its own, past its first progress."""
    program = tmp_path / "program.py"
    program.write_text(PROGRAM.format(out=str(tmp_path / "out")))
    path = os.pathsep.join([str(Path(__file__).parent), str(Path(__file__).parents[2])])
    process = subprocess.Popen(
        [sys.executable, program], stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": path}
    )
    assert process.stdout is not None
    while "/s  " not in (line := process.stdout.readline()):
        assert line, "it has ended"
    return process


def test_interrupt_ends_within_two_seconds_with_the_summary(tmp_path: Path) -> None:
    process = start(tmp_path)
    workers = children(process.pid)
    began = time.monotonic()
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=10)
    assert time.monotonic() - began < 2.0
    assert "interrupted after" in out and "all engines agree" in out
    assert process.returncode == 0
    assert gone(workers)


def test_workers_do_not_outlive_a_supervisor_that_is_killed(tmp_path: Path) -> None:
    process = start(tmp_path)
    workers = children(process.pid)
    process.kill()
    process.wait()
    assert gone(workers)


def gone(processes: list[int]) -> bool:
    """Whether all of them have ended, or do so within seconds."""
    deadline = time.monotonic() + 5
    while (left := [p for p in processes if Path(f"/proc/{p}").exists()]) and time.monotonic() < deadline:
        time.sleep(0.05)
    return not left


def test_engines_that_cannot_be_opened(campaign: Campaign) -> None:
    with pytest.raises(UsageError, match="there is no such engine"):
        campaign("refuses-to-open", cases=1)
    with pytest.raises(UsageError, match="workers cannot start: exited with status 3"):
        campaign("cannot-open", cases=1)


def test_directories_that_cannot_be_used(campaign: Campaign, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="is a file, where a directory"):
        campaign("good", cases=1, out=tmp_path / "file")
    with pytest.raises(UsageError, match="cannot be made"):
        campaign("good", cases=1, out=tmp_path / "file" / "under")
    with pytest.raises(UsageError, match=r"cannot be made|cannot be written"):
        campaign("good", cases=1, out=Path("/proc/nothing"))


def test_a_disk_that_is_full(campaign: Campaign, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[int] = []

    def allocate(descriptor: int, offset: int, size: int) -> None:
        made.append(size)
        if len(made) > 1:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    before = children(os.getpid())
    monkeypatch.setattr(os, "posix_fallocate", allocate)
    with pytest.raises(UsageError, match="out: No space left on device"):
        campaign("good", cases=1, workers=2)
    assert len(made) == 2
    assert not (tmp_path / "out").exists()
    left = set(children(os.getpid())) - set(before)
    assert not [c for c in left if b"spawn_main" in Path(f"/proc/{c}/cmdline").read_bytes()]


def test_files_of_workers_that_cannot_start_do_not_stay(campaign: Campaign, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="workers cannot start"):
        campaign("cannot-open", cases=1, workers=2)
    assert not (tmp_path / "out").exists()


def test_what_a_killed_campaign_left_is_removed(campaign: Campaign, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / ".worker-5.journal").write_bytes(b"")
    campaign("good", cases=1, workers=1)
    assert list(out.iterdir()) == []


def test_a_view_that_nobody_reads_any_more(tmp_path: Path) -> None:
    def view(event: object) -> None:
        if isinstance(event, Progress):
            raise BrokenPipeError

    config = CampaignConfig(
        seed=7, engines=("good",), out=tmp_path / "out", workers=1, seconds=10.0,
        open_engines="campaign_fakes:open_fakes", source="campaign_fakes:small_blueprints",
    )
    with pytest.raises(BrokenPipeError):
        run_campaign(config, view)
    assert not (tmp_path / "out").exists()


def test_one_campaign_a_directory(campaign: Campaign, tmp_path: Path) -> None:
    with opened_directory(tmp_path / "out"), pytest.raises(UsageError, match="another campaign"):
        campaign("good", cases=1)
