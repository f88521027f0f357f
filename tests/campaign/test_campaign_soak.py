"""Workers, supervisors and both are killed again and again, at moments that a seed decides: what is stored in the end
is what a run has stored that nobody disturbed."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import random
import signal
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest
from campaign_mortal import AT_CALL, AT_STEP, CALLS, DONE, SUPERVISOR, supervise, victims, write
from campaign_running import PATIENCE, is_alive, processes_in, wait_until
from campaign_stores import Content, content

from fuzz.campaign import CampaignConfig, run_campaign
from fuzz.store.fsck import check

SEED, KILLS = 5, 50


@dataclass(frozen=True)
class Kill:
    """*victim*: worker, supervisor, both. *moment*: after *amount* further calls of an engine, steps of the supervisor,
    or bytes that the supervisor has written."""

    victim: str
    moment: str
    amount: int


def kills(seed: int, count: int) -> list[Kill]:
    draw = random.Random(seed)
    most = {"call": 60, "step": 3000, "bytes": 100_000}
    moments = (draw.choice(list(most)) for _ in range(count))
    return [Kill(draw.choice(["worker", "supervisor", "both"]), m, draw.randint(1, most[m])) for m in moments]


class Soaked:
    """A campaign that is begun again whenever its supervisor was killed."""

    def __init__(self, out: Path) -> None:
        self.out = out
        self.process: BaseProcess | None = None
        self.starts = 0

    @property
    def ended(self) -> bool:
        return self.process is not None and self.process.exitcode is not None

    def running(self) -> BaseProcess:
        if self.process is None or self.ended:
            self.starts += 1
            config = config_in(self.out, workers=1 + self.starts % 3)
            self.process = multiprocessing.get_context("forkserver").Process(target=supervise, args=(config,))
            self.process.start()
        return self.process

    def strike(self, kill: Kill) -> None:
        """Returns when it has happened."""
        process = self.running()
        if kill.moment == "bytes":
            self._strike_at_bytes(process, kill)
        else:
            calls = CALLS.stat().st_size if CALLS.exists() else 0
            at = AT_CALL if kill.moment == "call" else AT_STEP
            write(at, f"{kill.amount + (calls if kill.moment == 'call' else 0)} {kill.victim}")
            if kill.moment == "step" and SUPERVISOR.exists() and SUPERVISOR.read_text() == str(process.pid):
                os.kill(process.pid or 0, signal.SIGUSR1)
            wait_until(lambda: DONE.exists() or process.exitcode is not None)
            pids = [int(pid) for pid in DONE.read_text().split()]
            DONE.unlink()
            wait_until(lambda: not any(map(is_alive, pids)))
        wait_until(lambda: process.exitcode is not None or is_alive(process.pid or 0))
        if process.exitcode is not None:
            assert process.exitcode == -signal.SIGKILL, "it has come to its end, or died of something else"

    def _strike_at_bytes(self, process: BaseProcess, kill: Kill) -> None:
        limit = written(process) + kill.amount
        wait_until(lambda: written(process) >= limit or process.exitcode is not None)
        assert process.exitcode is None, "it has come to its end"
        supervisor = process.pid or 0
        workers = [p.pid for p in processes_in(Path.cwd()) if p.pid not in (os.getpid(), supervisor)][:1]
        pids = victims(kill.victim, workers, supervisor)
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        wait_until(lambda: not any(map(is_alive, pids)))


def written(process: BaseProcess) -> int:
    """Bytes that the process has handed to the kernel."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{process.pid}/io").read_text().splitlines():
            if line.startswith("wchar:"):
                return int(line.split()[1])
    return 0


def config_in(out: Path, workers: int) -> CampaignConfig:
    return CampaignConfig(
        seed=21, engines=("reference", "some-of-each"), cases=500, workers=workers, out=out, minimise_seconds=0.05,
        open_engines="campaign_mortal:open_mortals", source="campaign_fakes:small_blueprints",
    )


@pytest.fixture
def undisturbed(tmp_path: Path, quick_start: None, monkeypatch: pytest.MonkeyPatch) -> Content:
    (tmp_path / "undisturbed").mkdir()
    monkeypatch.chdir(tmp_path / "undisturbed")
    run_campaign(config_in(tmp_path / "undisturbed" / "out", 1), lambda _: None)
    monkeypatch.chdir(tmp_path)
    return content(tmp_path / "undisturbed" / "out")


def test_a_campaign_that_is_killed_fifty_times(tmp_path: Path, undisturbed: Content) -> None:
    out = tmp_path / "out"
    soaked = Soaked(out)
    before: Content | None = None
    for kill in kills(SEED, KILLS):
        soaked.strike(kill)
        if soaked.ended:
            before = nothing_lost(before, out)
    process = soaked.running()
    process.join(PATIENCE)
    assert process.exitcode == 1, "there are findings"
    assert KILLS / 2 < soaked.starts <= KILLS + 1
    assert content(out) == undisturbed
    assert [problem for problem in check(out, repair=False) if not problem.harmless] == []
    assert {kind for _, kind, _, _ in undisturbed.findings.values()} > {"crash"}


def nothing_lost(before: Content | None, out: Path) -> Content | None:
    """Between two sessions there is never less than there was."""
    if not (out / "campaign.db").exists():
        assert before is None
        return None
    now = content(out)
    if before is not None:
        assert before.findings.keys() <= now.findings.keys()
        for run, counts in before.counts.items():
            assert counts.cases <= now.counts[run].cases
    return now
