"""The worker processes of a campaign: one for each place, a spare one that takes the place of the next that is lost,
and one at a time that checks something by itself."""

from __future__ import annotations

import errno
import multiprocessing
from collections.abc import Iterator
from multiprocessing import connection
from pathlib import Path
from time import monotonic

from fuzz.campaign.config import CampaignConfig
from fuzz.campaign.handle import WorkerHandle
from fuzz.campaign.messages import FromWorker, Task

LATER = (errno.EAGAIN, errno.ENOMEM)
"""What the system says when it has no process to give at the moment."""

REFUSED_SECONDS, MOST_REFUSALS = 5.0, 60

CHECKING, SPARE = -1, -2
"""The places of the worker that checks by itself, and of the one that waits."""


class Crew:
    """Starts and ends processes; what they say and how they end is for others."""

    def __init__(self, config: CampaignConfig, directory: Path) -> None:
        self._config = config
        self._directory = directory
        self._context = multiprocessing.get_context("spawn")
        self._serial = 0
        self._places: dict[int, WorkerHandle] = {}
        self._spare: WorkerHandle | None = None
        self._checker: WorkerHandle | None = None
        self._leaving: list[WorkerHandle] = []
        self._cpu_of_the_gone = 0.0
        self._refused = 0
        self._ask_again = 0.0
        self.hiring = True
        """Whether processes are started in place of those that are gone."""

    @property
    def everybody(self) -> list[WorkerHandle]:
        others = (self._checker, self._spare)
        return [*self.in_places, *(w for w in others if w is not None), *self._leaving]

    @property
    def in_places(self) -> list[WorkerHandle]:
        return [worker for _, worker in sorted(self._places.items())]

    def available(self) -> Iterator[WorkerHandle]:
        """Those in places who can be given a task."""
        return (w for w in self.in_places if w.ready and not w.retiring)

    @property
    def cpu_seconds(self) -> float:
        """Of all workers so far."""
        return self._cpu_of_the_gone + sum(w.cpu_seconds for w in self.everybody)

    # -- coming

    def fill(self) -> None:
        """Somebody for every place, the spare one first; then a spare one, once the others are ready. Where the system
        has no process to give, it is asked again later. Raises `OSError` if it gives none, or has no room for files."""
        if not self.hiring or monotonic() < self._ask_again:
            return
        try:
            self._fill()
            self._refused = 0
        except OSError as error:
            self._refused += 1
            if error.errno not in LATER or self._refused > MOST_REFUSALS:
                raise
            self.pause()

    def pause(self) -> None:
        """Nobody is started for some seconds."""
        self._ask_again = monotonic() + REFUSED_SECONDS

    def _fill(self) -> None:
        for number in range(self._config.workers):
            if number not in self._places:
                self._places[number] = self._take_spare(number) or self._started(number)
        if self._spare is None and all(w.ready for w in self._places.values()):
            self._spare = self._started(SPARE)

    def _take_spare(self, number: int) -> WorkerHandle | None:
        spare = self._spare
        if spare is None or not spare.ready:
            return None
        self._spare, spare.number = None, number
        return spare

    def _started(self, number: int) -> WorkerHandle:
        self._serial += 1
        return WorkerHandle(number, self._serial, self._config, self._directory, self._context)

    def give_alone(self, task: Task) -> bool:
        """To a fresh process that does nothing else and then leaves; False if there is none at the moment."""
        if self._checker is not None or (spare := self._take_spare(CHECKING)) is None:
            return False
        self._checker = spare
        spare.give(task)
        return True

    # -- going

    def relieve(self) -> None:
        """A worker that is worn, one at a time, gets no more tasks, and leaves when it has none, if another can take
        over. So does the one that has checked something."""
        if self._checker is not None and not self._checker.tasks:
            self._checker.stop()
        for number, worker in list(self._places.items()):
            if worker.ready and worker.worn and not any(w.retiring for w in self._places.values()):
                worker.retiring = self._spare is not None and self._spare.ready
            if worker.retiring and not worker.tasks and (successor := self._take_spare(number)) is not None:
                worker.stop()
                self._leaving.append(worker)
                self._places[number] = successor

    def remove(self, worker: WorkerHandle) -> None:
        """One that is gone."""
        self._cpu_of_the_gone += worker.cpu_seconds
        if worker in self._leaving:
            self._leaving.remove(worker)
        elif worker is self._spare:
            self._spare = None
        elif worker is self._checker:
            self._checker = None
        else:
            del self._places[worker.number]

    def end(self) -> None:
        """Ends everybody at once."""
        self.hiring = False
        for worker in self.everybody:
            worker.kill()
        for worker in self.everybody:
            worker.end()
            worker.remove_files()
            self.remove(worker)

    # -- listening

    def messages(self, seconds: float) -> Iterator[tuple[WorkerHandle, FromWorker | None]]:
        """What arrives within *seconds*, in order; None when a worker is gone.

        A pipe whose worker has ended stays open as long as another process has it that an engine made.
        """
        ended = [w for w in self.everybody if w.ended]
        by_pipe = {w.pipe: w for w in self.everybody}
        for pipe in connection.wait(list(by_pipe), max(seconds, 0)):
            worker = by_pipe[pipe]  # type: ignore[index]
            deadline = monotonic() + 1
            try:
                for message in worker.messages():
                    yield worker, message
                    if monotonic() > deadline:
                        break
            except EOFError:
                yield worker, None
        for worker in ended:
            if worker in self.everybody and not worker.pipe.poll(0):
                yield worker, None
