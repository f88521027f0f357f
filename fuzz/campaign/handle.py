"""The supervisor's view of one worker process."""

from __future__ import annotations

import contextlib
import os
import signal
from collections import deque
from collections.abc import Iterator
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnContext
from pathlib import Path
from time import monotonic

from fuzz.campaign.config import CampaignConfig
from fuzz.campaign.journal import Entry, State, new_journal
from fuzz.campaign.messages import FromWorker, RunCases, Stop, Task, receive_in_supervisor, send
from fuzz.campaign.worker import FAULT_STATUS, WorkerFiles, main

TAIL_BYTES = 4096


class WorkerHandle:
    """A process, its pipe, its journal, and the tasks it was given, the one in hand first.

    *next* is the first case of the task in hand that is not accounted for.
    """

    def __init__(self, number: int, config: CampaignConfig, directory: Path, context: SpawnContext) -> None:
        self.number = number
        self.files = WorkerFiles(directory / f".worker-{number}.journal", directory / f".worker-{number}.output")
        self.journal = new_journal(self.files.journal)
        self.pipe: Connection
        self.pipe, theirs = context.Pipe()
        self.process = context.Process(target=main, args=(config, self.files, theirs), daemon=True)
        self.process.start()
        theirs.close()
        self.ready = False
        self.stopping = False
        self.tasks: deque[Task] = deque()
        self.next = 0
        self.timed_out = False
        self._seen = (0, monotonic())

    def give(self, task: Task) -> None:
        """A worker that is gone will be noticed by what it does not send."""
        if not self.tasks and isinstance(task, RunCases):
            self.next = task.first
        self.tasks.append(task)
        self._send(task)

    def task_done(self) -> Task:
        done = self.tasks.popleft()
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

    def seconds_on_case(self) -> float:
        """How long the worker has been at the same case; 0 between cases."""
        begun, state = self.journal.progress()
        if begun != self._seen[0] or state is State.IDLE:
            self._seen = (begun, monotonic())
        return monotonic() - self._seen[1]

    def kill(self) -> None:
        self.process.kill()

    def end(self) -> tuple[Entry, str]:
        """After the worker's death: the case in hand, and how it died."""
        self.process.join()
        self.pipe.close()
        entry = self.journal.entry()
        self.journal.close()
        if self.at_fault:
            return entry, f"raised {self.output().strip().rpartition(chr(10))[2][:200]}"
        return entry, death(self.process.exitcode)

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


def death(exit_code: int | None) -> str:
    """An exit code of `multiprocessing` in words: `killed by SIGABRT`, `exited with status 3`."""
    if exit_code is not None and exit_code < 0:
        try:
            return f"killed by {signal.Signals(-exit_code).name}"
        except ValueError:
            return f"killed by signal {-exit_code}"
    return f"exited with status {exit_code}"
