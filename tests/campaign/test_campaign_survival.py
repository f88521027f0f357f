"""Workers are killed, disks fill up, directories are no good; the campaign goes on, or says why not."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from campaign_fakes import Campaign
from campaign_running import processes_in, wait_until
from campaign_stores import content

from fuzz.campaign import Event
from fuzz.campaign.events import Progress, Warned, WorkerLost
from fuzz.errors import UsageError
from fuzz.store.fsck import check
from fuzz.store.store import Store


def test_workers_killed_from_outside_cost_no_case(campaign: Campaign, tmp_path: Path) -> None:
    campaign("good", "better", cases=100, out=tmp_path / "undisturbed")
    killed: list[int] = []
    seen: list[Event] = []

    def cases_done() -> int:
        return max((e.figures.cases for e in list(seen) if isinstance(e, Progress)), default=-1)

    def kill_some() -> None:
        for cases, number in ((0, signal.SIGKILL), (20, signal.SIGTERM), (50, signal.SIGKILL)):
            while cases_done() < cases:
                time.sleep(0.002)
            for process in processes_in(tmp_path):
                if process.pid != os.getpid():
                    process.send_signal(number)
                    killed.append(process.pid)

    killer = threading.Thread(target=kill_some, daemon=True)
    killer.start()
    summary, events = campaign("good", "slow", cases=100, workers=2, events=seen)
    killer.join(10)
    lost = [e for e in events if isinstance(e, WorkerLost)]
    assert len(killed) >= 3 and lost
    assert {e.why for e in lost} <= {"killed by SIGKILL", "killed by SIGTERM"}
    assert [e for e in lost if e.case is not None and not e.note] == [], "none of them is a finding"
    assert (summary.exit_status, summary.figures.findings, summary.figures.crashes) == (0, (), 0)
    assert content(tmp_path / "out").done.popitem()[1] == ((0, 100),)
    assert summary.figures.calls == sum(c.calls for c in content(tmp_path / "undisturbed").counts.values())
    with Store.reading(tmp_path / "out") as store:
        assert len(store.deaths()) == len(lost) and not any(death.signature for death in store.deaths())


def test_workers_are_replaced_after_so_many_cases(campaign: Campaign, tmp_path: Path) -> None:
    def processes() -> set[str]:
        return {line.split()[0] for line in (tmp_path / "clock").read_text().splitlines()}

    summary, events = campaign("good", "tells-when", cases=192, workers=2, cases_per_worker=16)
    assert (summary.figures.cases, [e for e in events if isinstance(e, WorkerLost)]) == (192, [])
    assert len(processes()) > 2
    assert content(tmp_path / "out").done.popitem()[1] == ((0, 192),)


def test_the_clock_ends_a_campaign(campaign: Campaign) -> None:
    began = time.monotonic()
    summary, events = campaign("good", "slow", seconds=3.0, workers=2)
    assert 3.0 <= time.monotonic() - began < 8.0
    assert summary.figures.cases > 0 and not summary.interrupted
    left = [e.seconds_left for e in events if isinstance(e, Progress) and e.seconds_left is not None]
    assert left == sorted(left, reverse=True) and left[-1] < 1


def test_the_clock_ends_a_campaign_whose_worker_hangs(campaign: Campaign) -> None:
    began = time.monotonic()
    campaign("always-sleeps", seconds=2.0)
    assert time.monotonic() - began < 10.0


# -- with workers that are started as ever


PROGRAM = """
import sys
from pathlib import Path
from fuzz.campaign import CampaignConfig, run_campaign
from fuzz.campaign.plain import PlainView
if __name__ == "__main__":
    config = CampaignConfig(seed=1, engines={engines}, out=Path("out"), workers={workers}, cases={cases}, seconds=60.0,
        case_timeout=600.0, open_engines="campaign_fakes:open_fakes", source="campaign_fakes:small_blueprints")
    status = run_campaign(config, PlainView(sys.stdout, 0.5)).exit_status
    print("loaded", *sorted({{name.partition(".")[0] for name in sys.modules}}))
    print(Path("/proc/self/status").read_text())
    sys.exit(status)
"""


def start(
    tmp_path: Path, engines: tuple[str, ...], cases: int | None = None, workers: int = 2
) -> subprocess.Popen[str]:
    """A campaign in a process of its own, whose workers are at work."""
    program = tmp_path / "program.py"
    program.write_text(PROGRAM.format(engines=engines, cases=cases, workers=workers))
    path = os.pathsep.join([str(Path(__file__).parent), str(Path(__file__).parents[2])])
    process = subprocess.Popen(
        [sys.executable, program], stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": path},
        cwd=tmp_path,
    )
    assert process.stdout is not None
    while "/s on average" not in (line := process.stdout.readline()):
        assert line, "it has ended"
    return process


def gone(tmp_path: Path) -> None:
    wait_until(lambda: processes_in(tmp_path) == [])


def test_interrupt_ends_within_two_seconds_with_the_summary(tmp_path: Path) -> None:
    process = start(tmp_path, ("good", "slow"))
    began = time.monotonic()
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=60)
    assert time.monotonic() - began < 2.5, "with the end of the process, of which two seconds are ours"
    assert "interrupted after" in out and "all engines agree" in out
    assert process.returncode == 0
    gone(tmp_path)


def test_the_supervisor_stays_small(tmp_path: Path) -> None:
    process = start(tmp_path, ("good", "slow"), cases=40)
    out, _ = process.communicate(timeout=120)
    assert process.returncode == 0
    lines = {words[0]: words[1:] for line in out.splitlines() if (words := line.split())}
    assert {"fuzz", "sqlite3", "msgspec"} <= set(lines["loaded"])
    assert not {"wasmtime", "generators", "hypothesis", "campaign_fakes"} & set(lines["loaded"])
    assert int(lines["VmHWM:"][0]) < 60 * 1024, "kB"


@pytest.mark.parametrize("engine", ["slow", "always-pauses-in-c"])
def test_workers_do_not_outlive_a_supervisor_that_is_killed(tmp_path: Path, engine: str) -> None:
    """Not even one in which an engine keeps everything else from running."""
    process = start(tmp_path, ("good", engine))
    wait_until(lambda: engine == "slow" or (tmp_path / "pausing").exists())
    process.kill()
    process.wait()
    gone(tmp_path)
    with Store.writing(tmp_path / "out"):
        pass


def test_the_next_case_after_an_abort(tmp_path: Path) -> None:
    """There is a process that waits to take over. It has a second on a machine with nothing else to do."""
    process = start(tmp_path, ("tells-when",), workers=1)
    moments = [seconds_to_the_next_case(tmp_path, process.pid) for _ in range(2)]
    wait_until(lambda: told_deaths(tmp_path))
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=60)
    print("seconds from an abort to the next case:", moments)
    assert min(moments) < 3.0
    assert "killed by SIGABRT" in out
    gone(tmp_path)


def told_deaths(tmp_path: Path) -> int:
    """Told when the case in hand has been run again."""
    with Store.reading(tmp_path / "out") as store:
        return len(store.deaths())


def seconds_to_the_next_case(tmp_path: Path, supervisor: int) -> float:
    wait_until(lambda: settled(tmp_path, supervisor))
    worker = clock(tmp_path)[-1][0]
    os.kill(worker, signal.SIGABRT)
    killed = time.monotonic()

    def later() -> list[float]:
        return [at for pid, at in clock(tmp_path) if at > killed and pid != worker]

    wait_until(later)
    return min(later()) - killed


def settled(tmp_path: Path, supervisor: int) -> bool:
    """Whether somebody waits to take over, and nobody starts any more."""
    others = [p for p in processes_in(tmp_path) if p.pid != supervisor]
    before = [p.cpu_times().user for p in others]
    time.sleep(0.5)
    workers = {pid for pid, at in clock(tmp_path) if at > time.monotonic() - 0.5}
    waiting = [(p, b) for p, b in zip(others, before, strict=True) if p.is_running() and p.pid not in workers]
    return bool(waiting) and max(p.cpu_times().user - b for p, b in waiting) < 0.05


def clock(tmp_path: Path) -> list[tuple[int, float]]:
    lines = (tmp_path / "clock").read_text().split("\n")[:-1] if (tmp_path / "clock").exists() else []
    return [(int(pid), float(at)) for pid, at in map(str.split, lines)]


# -- what cannot be


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


def test_a_disk_that_is_full_from_the_beginning(
    campaign: Campaign, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[int] = []

    def allocate(descriptor: int, offset: int, size: int) -> None:
        made.append(size)
        if len(made) > 1:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "posix_fallocate", allocate)
    with pytest.raises(UsageError, match="out: No space left on device"):
        campaign("good", cases=1, workers=2)
    assert len(made) == 2
    assert not (tmp_path / "out").exists()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 12 MiB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=12m", "factfuzz-test", str(disk)]
    if subprocess.run(command, stderr=subprocess.DEVNULL, check=False).returncode:
        pytest.skip("nothing can be mounted here")
    yield disk
    subprocess.run(["umount", disk], check=True)


def fill(path: Path) -> None:
    """Takes all the room that is left."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT)
    try:
        while True:
            os.write(descriptor, bytes(4096))
    except OSError as error:
        assert error.errno == errno.ENOSPC
    finally:
        os.close(descriptor)


def test_a_disk_that_fills_up(campaign: Campaign, tmp_path: Path, small_disk: Path) -> None:
    campaign("reference", "differs", cases=60, minimise_seconds=0.01)
    out, filler = small_disk / "out", small_disk / "filler"

    def fill_when_cases_are_done(event: Event) -> None:
        if isinstance(event, Progress) and event.figures.cases > 10 and not filler.exists():
            fill(filler)

    with pytest.raises(UsageError, match=r"No space left on device|the disk is full"):
        campaign("reference", "differs", cases=60, out=out, view=fill_when_cases_are_done, minimise_seconds=0.01)
    assert [problem for problem in check(out, repair=False) if not problem.harmless] == []
    (done,) = content(out).done.values()
    fill(small_disk / "more")
    with pytest.raises(UsageError, match=r"No space left on device|the disk is full"):
        campaign("reference", "differs", cases=60, out=out, minimise_seconds=0.01)
    assert list(content(out).done.values()) == [done], "what was there is there"
    filler.unlink()
    (small_disk / "more").unlink()
    summary, _ = campaign("reference", "differs", cases=60, out=out, minimise_seconds=0.01)
    assert summary.figures.cases == 60 and summary.figures.resumed_cases > 0
    assert content(out) == content(tmp_path / "out")
    assert [problem for problem in check(out, repair=False) if not problem.harmless] == []


def test_a_disk_that_cannot_be_written_to(campaign: Campaign, small_disk: Path) -> None:
    campaign("good", cases=4, out=small_disk / "out")
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    with pytest.raises(UsageError, match=r"cannot be written to: Read-only file system"):
        campaign("good", cases=8, out=small_disk / "out")
    with pytest.raises(UsageError, match=r"cannot be made: Read-only file system"):
        campaign("good", cases=8, out=small_disk / "another")
    assert list(content(small_disk / "out").done.values()) == [((0, 4),)], "it can be read"


def test_files_of_workers_that_cannot_start_do_not_stay(campaign: Campaign, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="workers cannot start"):
        campaign("cannot-open", cases=1, workers=2)
    assert not (tmp_path / "out").exists()


def test_what_a_killed_campaign_left_is_removed(campaign: Campaign, tmp_path: Path) -> None:
    out = tmp_path / "out"
    (out / "findings").mkdir(parents=True)
    for name in (".worker-5.journal", ".worker-5.output", "findings/.x.wast.123"):
        (out / name).write_bytes(b"")
    campaign("good", cases=1, workers=1)
    assert [str(p.relative_to(out)) for p in out.rglob("*") if p.is_file()] == ["campaign.db"]


def test_a_view_that_nobody_reads_any_more(campaign: Campaign, tmp_path: Path) -> None:
    def view(event: object) -> None:
        if isinstance(event, Progress) and event.figures.cases and event.figures.seconds > 2.0:
            raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        campaign("good", "slow", seconds=60.0, view=view)
    assert [p.name for p in (tmp_path / "out").iterdir()] == ["campaign.db"]
    assert campaign("good", "slow", cases=1)[0].figures.cases > 0, "what was counted until then is kept"


def test_a_terminal_that_is_gone(campaign: Campaign, tmp_path: Path) -> None:
    def view(event: object) -> None:
        raise OSError(errno.EIO, "the terminal is gone")

    assert campaign("good", "better", cases=20, view=view)[0].figures.cases == 20


def test_known_differences_are_looked_at(campaign: Campaign, tmp_path: Path) -> None:
    _, events = campaign("good", "slow", cases=60)
    assert not [e for e in events if isinstance(e, Warned)]
    with Store.reading(tmp_path / "out") as store:
        assert {known.state for known in store.known_checks()} == {"not applicable"}, "of engines that do not take part"
