"""A worker process: opens engines, runs the cases it is told to, reports, and may die at any moment."""

from __future__ import annotations

import gc
import os
import resource
import signal
import sys
import traceback
from collections import deque
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from time import perf_counter

from fuzz.campaign.config import CampaignConfig
from fuzz.campaign.journal import Journal, State
from fuzz.campaign.messages import (
    CannotStart,
    Diverged,
    FromWorker,
    Ready,
    RunCases,
    ShrinkCase,
    Shrunken,
    Stop,
    Task,
    receive_in_worker,
    send,
)
from fuzz.campaign.tally import Tally, observed
from fuzz.case import Origin
from fuzz.coverage.possible import ORDER
from fuzz.engines.isolated import leave_with_parent
from fuzz.errors import UsageError
from fuzz.examine import Examination, by_name, examine, full_case
from fuzz.known import known_under, set_aside
from fuzz.minimise.shrink import shrink
from fuzz.script import to_wast
from generators.families import AnyBlueprint, to_json
from generators.stream import CaseStream

REPORT_SECONDS = 0.2
OUTPUT_BYTES = 1 << 20
"""What engines print goes to a file; past this size it starts again."""

FILE_BYTES = 64 << 20
"""The most that one case can make that file grow to."""

FAULT_STATUS = 70
"""A worker's exit status when the fault is ours, not an engine's."""


@dataclass(frozen=True, slots=True)
class WorkerFiles:
    journal: Path
    output: Path


def main(config: CampaignConfig, files: WorkerFiles, pipe: Connection) -> None:
    """The entry point of the process."""
    _settle(files.output)
    try:
        worker = Worker(config, files, pipe)
    except Exception as error:
        message = str(error) if isinstance(error, UsageError) else f"{type(error).__name__}: {error}"
        send(pipe, CannotStart(message, isinstance(error, UsageError)))
        return
    try:
        worker.work()
    except (EOFError, BrokenPipeError, ConnectionResetError):
        worker.journal.idle()
    except Exception:
        traceback.print_exc()
        sys.stderr.flush()
        os._exit(FAULT_STATUS)
    os._exit(0)


def _settle(output: Path) -> None:
    """A process group of its own (Ctrl-C is the supervisor's), output to a bounded file, no life without a parent."""
    os.setpgid(0, 0)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    descriptor = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND, 0o600)
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)
    os.close(descriptor)
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
    bound = FILE_BYTES if limit == resource.RLIM_INFINITY else min(FILE_BYTES, limit)
    resource.setrlimit(resource.RLIMIT_FSIZE, (bound, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
    leave_with_parent()


class Worker:
    """The state of a worker: engines, cases, tasks not yet begun, and what was counted since the last report."""

    def __init__(self, config: CampaignConfig, files: WorkerFiles, pipe: Connection) -> None:
        self.config = config
        self.pipe = pipe
        self.journal = Journal(files.journal)
        self.engines = by_name(config.engines_opened())
        self.source = config.cases_from()
        self.stream = CaseStream(self.source, config.seed)
        self.engine_numbers = {name: i for i, name in enumerate(self.engines)}
        self.tasks: deque[Task] = deque()
        self.told_to_stop = False
        self.versions = {name: engine.info.version for name, engine in self.engines.items()}
        self.known_differences = known_under(config.reentrance)
        self.written_signatures: set[str] = set()
        self.tally = Tally()
        self.features = ORDER if "reference" in self.engines else ()
        self.feature_numbers = {feature: i for i, feature in enumerate(self.features)}
        self.reported_first: dict[int, int] = {}
        gc.collect()
        gc.freeze()

    def work(self) -> None:
        """Until told to stop. Raises `EOFError` or `OSError` when the supervisor is gone."""
        known = tuple((k.id, k.title, k.verdict) for k in self.known_differences)
        self.send(Ready(self.versions, self.features, known))
        while (task := self.next_task()) is not None:
            match task:
                case RunCases(first=first, end=end):
                    self.run(first, end)
                case ShrinkCase():
                    self.shrink(task)

    def next_task(self) -> Task | None:
        """Waits for a task; None when told to stop."""
        while not self.tasks and not self.told_to_stop:
            self.take(receive_in_worker(self.pipe))
        return None if self.told_to_stop else self.tasks.popleft()

    def send(self, message: FromWorker) -> None:
        send(self.pipe, message)

    def take(self, message: Task | Stop) -> None:
        if isinstance(message, Stop):
            self.told_to_stop = True
        else:
            self.tasks.append(message)

    def stopped(self) -> bool:
        while self.pipe.poll(0):
            self.take(receive_in_worker(self.pipe))
        return self.told_to_stop

    # -- running

    def run(self, first: int, end: int) -> None:
        reported = began = perf_counter()
        for number in range(first, end):
            if self.stopped():
                break
            self.one(number)
            now = perf_counter()
            self.tally.busy += now - began
            began = now
            if now - reported > REPORT_SECONDS and number + 1 < end:
                self.report(number + 1, done=False)
                reported = now
            first = number + 1
        self.journal.idle()
        self.report(first, done=True)

    def one(self, number: int) -> None:
        began = perf_counter()
        self.journal.making(number)
        blueprint = self.stream(number)
        generated = perf_counter()
        self.journal.running(number, to_json(blueprint).encode())
        examined = examine(blueprint, self.engines, self.announce)
        self.tally.add(number, examined, {"generate": generated - began})
        examined, known = self.set_aside(examined)
        self.tally.known.update(known)
        if examined.divergence is not None:
            self.diverged(number, examined)

    def set_aside(self, examined: Examination) -> tuple[Examination, tuple[str, ...]]:
        return set_aside(
            self.known_differences, examined, self.engines, self.versions, self.config.reentrance
        )

    def announce(self, engine: str) -> None:
        self.journal.engine(self.engine_numbers[engine])

    def report(self, next_case: int, *, done: bool) -> None:
        self.send(self.tally.report(next_case, done, self.feature_numbers, self.reported_first))
        self.tally = Tally()
        sys.stdout.flush()
        if os.fstat(1).st_size > OUTPUT_BYTES:
            os.ftruncate(1, 0)

    def diverged(self, number: int, examined: Examination) -> None:
        assert examined.divergence is not None
        signature, verdict = examined.divergence.signature, examined.divergence.lines()
        if signature in self.written_signatures:
            self.send(Diverged(number, signature, verdict, "", b""))
        else:
            self.written_signatures.add(signature)
            self.send(Diverged(number, signature, verdict, *self.written(number, examined)))

    def written(self, number: int, examined: Examination) -> tuple[str, bytes]:
        """The script and the document of a finding."""
        origin = Origin(seed=self.config.seed, number=number, features=tuple(sorted(examined.features)),
                        reentrance=self.config.reentrance.value)
        return to_wast(full_case(examined, self.engines, origin)), observed(examined)

    # -- shrinking

    def shrink(self, task: ShrinkCase) -> None:
        def test(blueprint: AnyBlueprint) -> Examination:
            self.journal.running(task.number, to_json(blueprint).encode(), State.SHRINKING)
            examined = examine(blueprint, self.engines, self.announce)
            return self.set_aside(examined)[0]

        began = perf_counter()
        shrunk = shrink(
            self.source, self.config.seed, task.number, task.signature, test, task.seconds, self.stopped
        )
        if shrunk is None or shrunk.examination.divergence is None:
            self.send(Shrunken(task.number, task.signature, (), "", b"", 0, perf_counter() - began))
        else:
            wast, document = self.written(task.number, shrunk.examination)
            verdict = shrunk.examination.divergence.lines()
            self.send(Shrunken(task.number, task.signature, verdict, wast, document, shrunk.tried,
                               perf_counter() - began))
        self.journal.idle()
