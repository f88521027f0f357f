"""Hands out cases, collects what comes of them, and replaces workers that die. Never loads an engine itself."""

from __future__ import annotations

import contextlib
import multiprocessing
import signal
import threading
from collections import deque
from collections.abc import Iterator
from multiprocessing import connection
from pathlib import Path
from time import monotonic
from types import FrameType

from fuzz.campaign.allotment import Allotment
from fuzz.campaign.config import CampaignConfig
from fuzz.campaign.crash import crash_of
from fuzz.campaign.directory import opened_directory
from fuzz.campaign.events import Figures, FindingWritten, Finished, Progress, Started, Summary, View, WorkerLost
from fuzz.campaign.findings import Finding, Findings
from fuzz.campaign.handle import WorkerHandle
from fuzz.campaign.journal import Entry, State
from fuzz.campaign.messages import (
    CannotStart,
    Diverged,
    FromWorker,
    Ready,
    Report,
    RunCases,
    ShrinkCase,
    Shrunken,
    Task,
)
from fuzz.campaign.totals import Totals
from fuzz.coverage.store import FeatureStore, Run
from fuzz.errors import UsageError
from fuzz.outcome import Crashed, TimedOut

TICK = 0.1
PROGRESS_SECONDS = 0.25
TASKS_AHEAD = 2
GRACE_SECONDS = 1.2
"""How long a worker may take to leave once told to."""

STORE_SECONDS = 10.0
"""Between two writes of the features seen."""

START_ATTEMPTS = 3
SHRINKING_SHARE = 0.5
"""Of the workers' time, as long as there are cases to run."""

SHRINKING_AFTERWARDS = 30.0
"""Seconds of shrinking at the most after the last case of a campaign with a number of cases."""


def run_campaign(config: CampaignConfig, view: View) -> Summary:
    """Runs to the last case, to the clock or to Ctrl-C. Raises `UsageError` when it cannot begin or cannot write."""
    with opened_directory(config.directory) as directory, _interrupts() as interrupts:
        supervisor = Supervisor(config, directory, view, interrupts)
        try:
            supervisor.run()
        except BrokenPipeError:  # of a view: whoever read what it writes is gone
            raise
        except OSError as error:
            raise UsageError(f"{config.directory}: {error.strerror or error}") from error
        finally:
            supervisor.close()
    figures = supervisor.figures()
    summary = Summary(figures, bool(interrupts), str(directory) if figures.findings else None)
    view(Finished(summary))
    return summary


@contextlib.contextmanager
def _interrupts() -> Iterator[list[int]]:
    """Collects SIGINT and SIGTERM instead of obeying them; outside of the main thread there is nothing to collect."""
    collected: list[int] = []
    if threading.current_thread() is not threading.main_thread():
        yield collected
        return

    def collect(number: int, _frame: FrameType | None) -> None:
        collected.append(number)

    before = {number: signal.signal(number, collect) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield collected
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class Supervisor:
    """The state of a campaign."""

    def __init__(self, config: CampaignConfig, directory: Path, view: View, interrupts: list[int]) -> None:
        self.config = config
        self.directory = directory
        self.view = view
        self.interrupts = interrupts
        self.context = multiprocessing.get_context("spawn")
        self.began = monotonic()
        self.allotment = Allotment(config.cases)
        self.findings = Findings(directory, config.seed, config.reentrance)
        self.totals = Totals(config.seed, config.engines)
        self.store = FeatureStore(directory)
        self.stored = monotonic()
        self.shrinks: deque[ShrinkCase] = deque()
        self.shrinking_seconds = 0.0
        self.cases_ended: float | None = None
        self.ended: float | None = None
        self.progress_shown = 0.0
        self.started = False
        self.failed_starts = 0
        self.workers: list[WorkerHandle] = []

    def run(self) -> None:
        for number in range(self.config.workers):
            self.workers.append(self.new_worker(number))
        while not (self.interrupts or self.time_is_up() or self.all_done()):
            self.receive(TICK)
            self.stop_hanging()
            self.hand_out()
            self.show_progress()
            if monotonic() - self.stored >= STORE_SECONDS:
                self.store_features()
        self.ended = monotonic()
        self.dismiss()
        self.findings.write_counts()
        self.store_features()

    def figures(self) -> Figures:
        seconds = (self.ended or monotonic()) - self.began
        return self.totals.figures(seconds, self.findings.figures())

    def close(self) -> None:
        for worker in self.workers:
            worker.kill()
            worker.end()
            worker.remove_files()

    # -- when to end

    def time_is_up(self) -> bool:
        return self.config.seconds is not None and monotonic() - self.began >= self.config.seconds

    def all_done(self) -> bool:
        """All cases run and all findings shrunk, or as much of that as there is time for."""
        if not self.allotment.exhausted or any(isinstance(t, RunCases) for w in self.workers for t in w.tasks):
            return False
        if self.cases_ended is None:
            self.cases_ended = monotonic()
        if monotonic() - self.cases_ended >= SHRINKING_AFTERWARDS:
            return True
        return self.started and not self.shrinks and not any(w.tasks for w in self.workers)

    def dismiss(self) -> None:
        """Every worker reports and leaves; those that do not are killed."""
        for worker in self.workers:
            worker.stop()
        deadline = monotonic() + GRACE_SECONDS
        while self.workers and monotonic() < deadline and len(self.interrupts) < 2:
            self.receive(deadline - monotonic())

    # -- workers

    def new_worker(self, number: int) -> WorkerHandle:
        return WorkerHandle(number, self.config, self.directory, self.context)

    def receive(self, seconds: float) -> None:
        """Waits for messages, at most for *seconds*, and takes in all there are."""
        ready = connection.wait([w.pipe for w in self.workers], max(seconds, 0))
        for worker in [w for w in self.workers if w.pipe in ready]:
            try:
                for message in worker.messages():
                    self.take(worker, message)
            except EOFError:
                self.bury(worker)

    def stop_hanging(self) -> None:
        for worker in self.workers:
            if worker.seconds_on_case() > self.config.case_timeout:
                worker.timed_out = True
                worker.kill()

    def bury(self, worker: WorkerHandle) -> None:
        """Takes the tasks of a dead worker back, and starts another in its place."""
        entry, how = worker.end()
        self.workers.remove(worker)
        self.take_back(worker, entry)
        try:
            self.note_death(worker, entry, how)
        finally:
            worker.remove_files()
        if not worker.stopping:
            self.view(WorkerLost(worker.number, how, None if entry.state is State.IDLE else entry.number))
            self.workers.append(self.new_worker(worker.number))

    def note_death(self, worker: WorkerHandle, entry: Entry, how: str) -> None:
        """A finding if there was a case in hand. Raises `UsageError` when no worker ever gets ready."""
        if entry.state is not State.IDLE:
            self.crashed(worker, entry, how)
        if not worker.stopping and not worker.ready:
            self.failed_starts += 1
            if self.failed_starts >= START_ATTEMPTS:
                raise UsageError(f"workers cannot start: {how}: {worker.output().strip()[-300:]}")

    def take_back(self, worker: WorkerHandle, entry: Entry) -> None:
        """The case in hand counts as run; those after it, and the tasks not begun, are for others."""
        for position, task in enumerate(worker.tasks):
            match task:
                case RunCases(first=first, end=end) if position == 0:
                    rest = worker.next
                    if entry.state in (State.MAKING, State.RUNNING) and first <= entry.number < end:
                        rest = entry.number + 1
                        self.totals.cases += rest - worker.next
                    self.allotment.give_back(rest, end)
                case RunCases(first=first, end=end):
                    self.allotment.give_back(first, end)
                case ShrinkCase() if position > 0:
                    self.shrinks.append(task)

    def crashed(self, worker: WorkerHandle, entry: Entry, how: str) -> None:
        engine = "factfuzz" if worker.at_fault or entry.engine is None else self.config.engines[entry.engine]
        outcome = TimedOut(self.config.case_timeout) if worker.timed_out else Crashed(how)
        crash = crash_of(entry, engine, outcome, worker.output(), self.config.seed)
        self.totals.crashes += 1
        finding = self.findings.add(crash.signature, crash.number, crash.wast, crash.observed)
        if finding is not None:
            self.show_finding(finding, crash.verdict)

    # -- messages

    def take(self, worker: WorkerHandle, message: FromWorker) -> None:
        match message:
            case Ready():
                self.worker_ready(worker, message)
            case CannotStart(message=text, usage=True):
                raise UsageError(text)
            case CannotStart(message=text):
                raise UsageError(f"workers cannot start: {text}")
            case Report():
                self.totals.add(message)
                worker.next = message.next
                if message.done:
                    worker.task_done()
            case Diverged():
                self.diverged(message)
            case Shrunken():
                self.shrunken(message)
                worker.task_done()

    def worker_ready(self, worker: WorkerHandle, message: Ready) -> None:
        worker.ready = True
        self.failed_starts = 0
        self.totals.features_possible = message.features
        self.totals.known_differences = message.known
        if not self.started:
            self.started = True
            config = self.config
            self.view(Started(config.seed, message.versions, config.workers, config.cases, config.seconds,
                              str(config.directory)))

    def diverged(self, message: Diverged) -> None:
        self.totals.divergences += 1
        finding = self.findings.add(message.signature, message.number, message.wast, message.document)
        if finding is not None:
            self.show_finding(finding, message.verdict)
            self.shrinks.append(ShrinkCase(message.number, message.signature, self.config.shrink_seconds))

    def shrunken(self, message: Shrunken) -> None:
        self.shrinking_seconds += message.seconds
        if message.wast:
            finding = self.findings.replace(message.signature, message.wast, message.document, message.tried)
            self.show_finding(finding, message.verdict)

    # -- handing out

    def hand_out(self) -> None:
        for worker in self.workers:
            while worker.ready and len(worker.tasks) < TASKS_AHEAD and (task := self.next_task()) is not None:
                worker.give(task)

    def next_task(self) -> Task | None:
        if self.shrinks and self.may_shrink():
            return self.shrinks.popleft()
        return self.allotment.take()

    def may_shrink(self) -> bool:
        if self.allotment.exhausted:
            return True
        shrinking = sum(isinstance(t, ShrinkCase) for w in self.workers for t in w.tasks)
        available = (monotonic() - self.began) * self.config.workers * SHRINKING_SHARE
        return shrinking < max(1, self.config.workers // 2) and self.shrinking_seconds <= available

    # -- showing

    def show_progress(self) -> None:
        now = monotonic()
        if self.started and now - self.progress_shown >= PROGRESS_SECONDS:
            self.progress_shown = now
            left = None if self.config.seconds is None else max(0.0, self.config.seconds - (now - self.began))
            self.view(Progress(self.figures(), left))

    def store_features(self) -> None:
        self.stored = monotonic()
        totals = self.totals
        if totals.features:
            seen = {name: (count, totals.first[name]) for name, count in totals.features.items()}
            self.store.write(Run(self.config.seed, totals.cases, seen, tuple(sorted(totals.unlisted))))

    def show_finding(self, finding: Finding, verdict: tuple[str, ...]) -> None:
        path = str(self.findings.path(finding))
        self.view(FindingWritten(finding.name, finding.signature, path, verdict, finding.shrunk))
