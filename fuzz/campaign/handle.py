"""The supervisor's view of one worker process."""

from __future__ import annotations

import contextlib
import math
import os
import signal
from collections import deque
from collections.abc import Iterator
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnContext
from pathlib import Path

import psutil

from fuzz.campaign.clock import Stopwatch
from fuzz.campaign.config import MIB, CampaignConfig
from fuzz.campaign.events import WorkerState
from fuzz.campaign.journal import Entry, State, new_journal
from fuzz.campaign.messages import (
    Check,
    CheckKnown,
    FromWorker,
    Keep,
    Minimise,
    RerunCase,
    RunCases,
    Stop,
    Task,
    receive_in_supervisor,
    send,
)
from fuzz.campaign.process import FAULT_STATUS, WorkerFiles, main
from fuzz.processes import how_ended
from fuzz.store.directory import WORKER_FILES

TAIL_BYTES = 4096
LEAST_CASES = 200
"""A worker that uses much memory from the start is kept for so many cases all the same."""

START_SECONDS, SECONDS_FOR_KNOWN = 120.0, 600.0
LEAVING_SECONDS = 0.5
"""How long a process may be there after it has closed its pipe."""

NO_ANSWER = "no answer"
EXTERNAL = frozenset({signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT})
"""Signals that come from outside: an engine that dies of its own fault does not send them to itself."""


class WorkerHandle:
    """A process, its pipe, its journal, and the tasks it was given, the one in hand first.

    *number* is the place that it takes, *serial* its own. *next* is the first case of the task in hand that is not
    accounted for; *cases* counts those it has run. *over* says which limit it was ended for, if it was.
    """

    def __init__(
        self, number: int, serial: int, config: CampaignConfig, directory: Path, context: SpawnContext
    ) -> None:
        self.number = number
        self.serial = serial
        self.config = config
        prefix = WORKER_FILES.replace("*", str(serial))
        self.files = WorkerFiles(directory / f"{prefix}.journal", directory / f"{prefix}.output")
        self.journal = new_journal(self.files.journal)
        self.pipe: Connection
        self.pipe, theirs = context.Pipe()
        self.process = context.Process(target=main, args=(config, self.files, theirs))
        try:
            self.process.start()
        except OSError:
            self.pipe.close()
            self.journal.close()
            self.remove_files()
            raise
        finally:
            theirs.close()
        self.ready = False
        self.stopping = False
        self.retiring = False
        """It gets no more tasks, and leaves when it has done those it has."""
        self.tasks: deque[Task] = deque()
        self.next = 0
        self.cases = 0
        self.over = ""
        self.complaint = ""
        """Why it cannot start, in its own words."""
        self.ended = False
        """Its process has; what it has said may not be read yet."""
        self._begun = 0
        self._on_case = Stopwatch()
        self._on_task = Stopwatch()
        self._counter = psutil.Process(self.process.pid)
        self._usage = (0, 0.0)

    def give(self, task: Task) -> None:
        """A worker that is gone will be noticed by what it does not send."""
        if not self.tasks and isinstance(task, RunCases):
            self.next = task.first
        if not self.tasks:
            self._on_task = Stopwatch()
        self.tasks.append(task)
        self._send(task)

    def task_done(self) -> Task:
        done = self.tasks.popleft()
        self._on_task = Stopwatch()
        if self.tasks and isinstance(following := self.tasks[0], RunCases):
            self.next = following.first
        return done

    def stop(self) -> None:
        if not self.stopping:
            self.stopping = True
            self._send(Stop())

    def _send(self, message: Task | Stop) -> None:
        with contextlib.suppress(OSError):
            send(self.pipe, message)

    def messages(self) -> Iterator[FromWorker]:
        """What has arrived. Raises `EOFError` when the worker is gone."""
        while self.pipe.poll(0):
            try:
                yield receive_in_supervisor(self.pipe)
            except OSError:
                raise EOFError from None

    # -- what it is at

    def look(self) -> None:
        """Takes the time on the case in hand and the use of memory and processor; to be called now and then."""
        if self.process.exitcode is not None:
            self.ended = True
            self._kill_group()
            return
        begun, state = self.journal.progress()
        if begun != self._begun or state is State.IDLE:
            self._begun = begun
            self._on_case = Stopwatch()
        self._on_case.tick()
        self._on_task.tick()
        with contextlib.suppress(psutil.Error):
            times = self._counter.cpu_times()
            self._usage = (self._counter.memory_info().rss, times.user + times.system)

    @property
    def seconds_on_case(self) -> float:
        """How long the worker has been at the same case; 0 between cases."""
        return self._on_case.seconds

    @property
    def resident_bytes(self) -> int:
        return self._usage[0]

    @property
    def cpu_seconds(self) -> float:
        return self._usage[1]

    def exceeded(self) -> str:
        """Which limit the worker is over, in words; empty if none."""
        if self.seconds_on_case > self.config.case_timeout:
            return f"{NO_ANSWER} within {self.config.case_timeout:g} s"
        if not self.ready and self._on_task.seconds > START_SECONDS:
            return f"{NO_ANSWER} within {START_SECONDS:g} s, before it was ready"
        if self._on_task.seconds > (allowed := self._seconds_for_task()):
            return f"{NO_ANSWER} within {allowed:g} s"
        if self.resident_bytes > self.config.memory:
            return f"memory: more than {self.config.memory / MIB:g} MiB"
        with contextlib.suppress(OSError):
            if self.files.output.stat().st_size > self.config.output:
                return f"printed more than {self.config.output / MIB:g} MiB"
        return ""

    def _seconds_for_task(self) -> float:
        """For all of it, where the journal says nothing: it is idle meanwhile, or an engine has written over it. A case
        has its time twice, also while it is made."""
        timeout = self.config.case_timeout
        match self.tasks[0] if self.tasks else None:
            case RunCases(first=first, end=end):
                return (end - first) * 2 * timeout + 10
            case RerunCase():
                return 2 * timeout + 10
            case Minimise(seconds=seconds):
                return 2 * seconds + 10 * timeout
            case Check(times=times):
                return times * (timeout + 10)
            case CheckKnown():
                return SECONDS_FOR_KNOWN
            case Keep(numbers=numbers):
                return len(numbers) * timeout + 10
        return math.inf

    @property
    def worn(self) -> bool:
        """Whether it is time for another: many cases, or much memory that no single case is to blame for."""
        full = self.resident_bytes > self.config.memory * 3 // 4 and self.cases >= LEAST_CASES
        return full or self.cases >= self.config.cases_per_worker

    @property
    def doing(self) -> WorkerState:
        if not self.ready:
            return "starting"
        if not self.tasks:
            return "idle"
        match self.tasks[0]:
            case Minimise():
                return "minimising"
            case Check() | CheckKnown():
                return "checking"
        return "running"

    def case_in_hand(self) -> int | None:
        entry = self.journal.head()
        return None if entry.state is State.IDLE else entry.number

    # -- its end

    def kill(self) -> None:
        """With its whole process group: an engine may have started processes of its own."""
        self.process.kill()
        self._kill_group()

    def _kill_group(self) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if self.process.pid is not None:
                os.killpg(self.process.pid, signal.SIGKILL)

    def end(self) -> tuple[Entry, str]:
        """After the worker's death, or the end of its pipe: the case in hand, and how it died."""
        self.process.join(LEAVING_SECONDS)
        if self.process.exitcode is None:
            self.over = self.over or f"{NO_ANSWER}: it closed its connection and ran on"
            self.kill()
            self.process.join()
        self._kill_group()
        self.pipe.close()
        entry = self.journal.entry()
        self.journal.close()
        if self.over:
            return entry, self.over
        if self.at_fault:
            return entry, f"raised {self.output().strip().rpartition(chr(10))[2][:200]}"
        return entry, how_ended(self.process.exitcode)

    @property
    def killed_from_outside(self) -> bool:
        code = self.process.exitcode
        return not self.over and code is not None and code < 0 and -code in EXTERNAL

    @property
    def over_time(self) -> bool:
        return self.over.startswith(NO_ANSWER)

    @property
    def at_fault(self) -> bool:
        """Whether the worker died of a fault of our own."""
        return self.process.exitcode == FAULT_STATUS

    def output(self) -> str:
        """The last of what the worker, and engines in it, printed."""
        try:
            with self.files.output.open("rb") as file:
                file.seek(0, os.SEEK_END)
                file.seek(max(0, file.tell() - TAIL_BYTES))
                return file.read().decode("utf-8", "replace")
        except OSError:
            return ""

    def remove_files(self) -> None:
        for path in (self.files.journal, self.files.output):
            path.unlink(missing_ok=True)
