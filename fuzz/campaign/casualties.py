"""Cases over which workers were lost: which are run again, and what is made of it."""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import replace as replaced

from fuzz.campaign.allotment import Allotment
from fuzz.campaign.desk import Desk
from fuzz.campaign.events import View, WorkerLost
from fuzz.campaign.handle import WorkerHandle
from fuzz.campaign.journal import Entry
from fuzz.campaign.losses import CONFIRMED_OFTEN, RERUNS, Loss, Rerun, in_a_case, rerun_of
from fuzz.campaign.messages import RerunCase, Task
from fuzz.store.records import Counts, Death, Finding, Seen
from fuzz.store.store import Store


class Casualties:
    """Of one session. *alone* are tasks for processes that do nothing else: reruns come first there. *show* is told of
    findings that are new."""

    def __init__(
        self, store: Store, run: str, session: str, seed: int, desk: Desk, allotment: Allotment, alone: deque[Task],
        view: View, show: Callable[[Finding | None], None],
    ) -> None:
        self._store = store
        self._run = run
        self._session = session
        self._seed = seed
        self._desk = desk
        self._allotment = allotment
        self._alone = alone
        self._view = view
        self._show = show
        self.reruns: list[Rerun] = []
        self._confirmed: dict[str, int] = {}
        self._lost_at: Counter[int] = Counter()
        """Workers lost between cases, by the first case that they had not reported."""

    def of(self, task: Task) -> Rerun:
        return next(r for r in self.reruns if r.task == task)

    def lost_running(self, worker: WorkerHandle, entry: Entry, loss: Loss, end: int) -> None:
        """What was not reported is for others, the case in hand for a fresh process."""
        if not in_a_case(entry) or not worker.next <= entry.number < end:
            self.lost_between(worker, loss, end)
            return
        self._allotment.give_back(worker.next, entry.number)
        self._allotment.give_back(entry.number + 1, end)
        if worker.stopping:
            self._allotment.give_back(entry.number, entry.number + 1)
        elif self.is_taken_at_its_word(loss, entry.number):
            self.count_death(entry.number, loss.signature)
            self.note(loss, entry.number, "", loss.signature)
        else:
            self.rerun(rerun_of(entry, counted=True), loss)

    def is_taken_at_its_word(self, loss: Loss, number: int) -> bool:
        """Whether a loss needs no rerun: many of that signature were confirmed, and an earlier case is kept."""
        if loss.from_outside or self._confirmed.get(loss.signature, 0) < CONFIRMED_OFTEN:
            return False
        found = self._store.finding(loss.signature)
        return found is not None and found.original.number < number

    def lost_between(self, worker: WorkerHandle, loss: Loss, end: int) -> None:
        """Nobody knows over which case; but if it happens again and again, it is the first that was not reported: even
        the journal may be gone, written over by an engine."""
        first = worker.next
        if not worker.stopping:
            self.note(loss, None, "")
            self._lost_at[first] += 1
            if self._lost_at[first] > RERUNS:
                self.rerun(RerunCase(first), replaced(loss, from_outside=True))
                first += 1
        self._allotment.give_back(first, end)

    def rerun(self, task: RerunCase, loss: Loss) -> None:
        self.reruns.append(Rerun(task, [loss]))
        self._alone.appendleft(task)

    def lost_again(self, task: RerunCase, entry: Entry, loss: Loss) -> None:
        again = self.of(task)
        if not in_a_case(entry):  # perhaps it was not the case
            self.note(loss, None, "")
            loss = replaced(loss, from_outside=True)
        again.losses.append(loss)
        if not again.settled:
            self._alone.appendleft(task)
            return
        self.reruns.remove(again)
        self._confirmed[loss.signature] = self._confirmed.get(loss.signature, 0) + 1
        self.found_dead(again, reproduced=1)
        if again.counted:
            self.count_death(again.number, loss.signature)

    def survived(self, task: Task) -> None:
        """A case over which a worker was lost has done no harm this time."""
        again = self.of(task)
        self.reruns.remove(again)
        if reason := again.harmless:
            self.note(again.losses[-1], again.number, reason)
        else:
            self.found_dead(again, reproduced=0)

    def found_dead(self, again: Rerun, reproduced: int) -> None:
        shown = again.shown(self._seed)
        finding = self._desk.add(shown, reproduced=reproduced, tried=1, reduced=not again.counted)
        note = "" if reproduced else "it did not happen again"
        self.note(again.losses[-1], again.number, note, shown.signature)
        self._show(finding)

    def count_death(self, number: int, signature: str) -> None:
        counts = Counts(cases=1, deaths=1, signatures={signature: Seen(1, number, number)})
        self._store.add(self._run, number, number + 1, counts)

    def note(self, loss: Loss, case: int | None, note: str, signature: str = "") -> None:
        """Keeps that a worker was lost, and tells of it."""
        death = Death(self._session, loss.worker, time.time(), loss.how, case, signature, note)
        self._store.add_death(death)
        self._view(WorkerLost(loss.worker, loss.how, case, note))
