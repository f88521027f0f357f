"""Hands out cases, puts what comes of them into the store, replaces workers that die. Never loads an engine itself."""

from __future__ import annotations

import errno
import os
import socket
import time
import uuid
from collections import deque
from dataclasses import dataclass
from time import monotonic

from msgspec.structs import replace

from fuzz.campaign.allotment import Allotment
from fuzz.campaign.casualties import Casualties
from fuzz.campaign.config import CampaignConfig
from fuzz.campaign.crew import Crew
from fuzz.campaign.desk import Desk
from fuzz.campaign.events import (
    Event,
    Figures,
    FindingWritten,
    Finished,
    KnownGone,
    Progress,
    Started,
    Summary,
    View,
    Warned,
)
from fuzz.campaign.figures import Figurer
from fuzz.campaign.handle import WorkerHandle
from fuzz.campaign.interrupts import Interrupts
from fuzz.campaign.journal import Entry
from fuzz.campaign.keeping import Keeping
from fuzz.campaign.losses import Loss, in_a_case, loss_of, rerun_of
from fuzz.campaign.messages import (
    CannotStart,
    Check,
    Checked,
    CheckKnown,
    Described,
    FromWorker,
    Keep,
    Kept,
    KnownChecked,
    Minimise,
    Minimised,
    Ready,
    Report,
    RerunCase,
    RunCases,
    Survived,
    Task,
)
from fuzz.errors import UsageError
from fuzz.store.records import Finding, KnownCheck, RunKey, Session
from fuzz.store.store import Store

TICK = 0.05
FLUSH_SECONDS = 0.25
TASKS_AHEAD = 2
GRACE_SECONDS = 1.2
"""How long a worker may take to leave once told to."""

START_ATTEMPTS = 3
KILLED_STARTS = 20
"""As many workers in a row may be killed from outside before they are ready."""

FINISHING_SECONDS = 30.0
"""For minimising and checking what is found, at the most, after the last case."""


def run_campaign(config: CampaignConfig, view: View) -> Summary:
    """Runs to the last case, to the clock or to Ctrl-C. Raises `UsageError` when it cannot begin or cannot write."""
    view = _ViewOnTerminal(view)
    with Interrupts() as interrupts:
        try:
            with Store.writing(config.directory) as store:
                supervisor = Supervisor(config, store, view, interrupts)
                try:
                    supervisor.run()
                except UsageError as error:
                    supervisor.end(f"error: {error}")
                    raise
                finally:
                    supervisor.close()
                summary = supervisor.summary()
        except BrokenPipeError:  # of a view: whoever read what it writes is gone
            raise
        except OSError as error:
            raise UsageError(f"{config.directory}: {error.strerror or error}") from error
    view(Finished(summary))
    return summary


def later(moment: float) -> float:
    """A little: sessions stay in their order though the clock was set back meanwhile."""
    return moment + 0.001


class _ViewOnTerminal:
    """A view that is given up when its terminal is gone: the campaign goes on."""

    def __init__(self, view: View) -> None:
        self._view: View | None = view

    def __call__(self, event: Event) -> None:
        try:
            if self._view is not None:
                self._view(event)
        except OSError as error:
            if error.errno != errno.EIO:
                raise
            self._view = None


@dataclass(slots=True)
class _Current:
    """The run and the session, once the first worker has told what its engines are."""

    run: str
    session: Session
    desk: Desk
    keeping: Keeping
    allotment: Allotment
    casualties: Casualties


class Supervisor:
    """The state of a campaign."""

    def __init__(self, config: CampaignConfig, store: Store, view: View, interrupts: Interrupts) -> None:
        self.config = config
        self.store = store
        self.view = view
        self.interrupts = interrupts
        self.crew = Crew(config, store.path)
        self.began = monotonic()
        self.current: _Current | None = None
        self.figurer = Figurer(config, store, self.crew)
        self.alone: deque[Task] = deque()
        """For processes that do nothing else."""
        self.failed_starts = 0
        self.flushed = monotonic()
        self.cases_ended: float | None = None

    def run(self) -> None:
        """Raises `OSError` when the store cannot be written, `UsageError` when workers cannot start."""
        self.crew.fill()
        while not (self.interrupts or self.all_done()):
            self.receive(TICK)
            self.look_after()
            self.hand_out()
            self.show_progress()
            self.flush()
        self.dismiss()
        self.end("interrupted" if self.interrupts else "time" if self.time_is_up() else "cases")

    def summary(self) -> Summary:
        figures = self.figures()
        return Summary(figures, bool(self.interrupts), str(self.store.path) if figures.findings else None)

    def figures(self) -> Figures:
        waiting = 0 if self.current is None else self.current.desk.waiting()
        return self.figurer.figures(waiting)

    def close(self) -> None:
        """Ends what is still there."""
        self.crew.end()

    # -- when to end

    def time_is_up(self) -> bool:
        return self.config.seconds is not None and monotonic() - self.began >= self.config.seconds

    def no_more_cases(self) -> bool:
        return self.time_is_up() or (self.current is not None and self.current.allotment.exhausted)

    def all_done(self) -> bool:
        """All cases run and all findings minimised and checked, or as much of that as there is time for."""
        if self.current is None:
            return self.time_is_up()
        if not self.no_more_cases() or (self.case_in_work() and not self.time_is_up()):
            return False
        if self.cases_ended is None:
            self.cases_ended = monotonic()
        return monotonic() - self.cases_ended >= FINISHING_SECONDS or not (
            self.current.casualties.reruns or self.current.desk.waiting() or self.current.keeping.waiting()
            or self.work_in_hand()
        )

    def case_in_work(self) -> bool:
        running = (isinstance(task, RunCases) for worker in self.crew.everybody for task in worker.tasks)
        reruns = () if self.current is None else self.current.casualties.reruns
        return any(running) or any(rerun.counted for rerun in reruns)

    def work_in_hand(self) -> bool:
        """Beside cases."""
        return any(isinstance(task, Minimise | Check | Keep) for worker in self.crew.everybody for task in worker.tasks)

    def dismiss(self) -> None:
        """Every worker reports and leaves; those that do not are killed."""
        self.crew.hiring = False
        for worker in self.crew.in_places:
            worker.stop()
        deadline = monotonic() + GRACE_SECONDS
        while self.crew.in_places and monotonic() < deadline and len(self.interrupts) < 2:
            self.receive(deadline - monotonic())

    def end(self, how: str) -> None:
        if self.current is not None:
            self.current.session = replace(self.current.session, ended=how)
            self.write()

    # -- workers

    def receive(self, seconds: float) -> None:
        for worker, message in self.crew.messages(seconds):
            if message is None:
                self.bury(worker)
            else:
                self.take(worker, message)

    def look_after(self) -> None:
        """Ends workers that are over a limit, replaces those that are worn, fills places."""
        for worker in self.crew.everybody:
            worker.look()
            if not worker.over and (over := worker.exceeded()):
                worker.over = over
                worker.kill()
        self.crew.relieve()
        self.crew.fill()

    def bury(self, worker: WorkerHandle) -> None:
        """Takes back the tasks of a dead worker, and has the case in hand run again."""
        entry, how = worker.end()
        self.crew.remove(worker)
        try:
            loss = loss_of(worker, entry, how, self.config)
            self.lost(worker, entry, loss)
        finally:
            worker.remove_files()
        if not worker.stopping and not worker.ready:
            self.could_not_start(worker, loss)
        self.crew.fill()

    def could_not_start(self, worker: WorkerHandle, loss: Loss) -> None:
        """One such is nothing; several in a row end the campaign, unless others are at work: then it waits a little.
        Raises `UsageError`."""
        self.failed_starts += 1
        if self.failed_starts < (KILLED_STARTS if loss.from_outside else START_ATTEMPTS):
            return
        said = f"workers cannot start: {worker.complaint or f'{loss.how}: {loss.printed.strip()[-300:]}'}"
        if not any(w.ready for w in self.crew.in_places):
            raise UsageError(said)
        self.failed_starts = 0
        self.crew.pause()
        self.view(Warned(said))

    def lost(self, worker: WorkerHandle, entry: Entry, loss: Loss) -> None:
        in_hand, *others = worker.tasks or (None,)
        for task in others:
            assert task is not None
            self.give_back(task)
        if self.current is None:  # then it had no task, and there is no session to note it in
            return
        casualties = self.current.casualties
        match in_hand:
            case RunCases(end=end):
                casualties.lost_running(worker, entry, loss, end)
            case RerunCase():
                casualties.lost_again(in_hand, entry, loss)
            case Minimise() | Check():
                self.current.desk.worker_lost(in_hand, from_outside=loss.from_outside)
                what = "a case was made smaller" if isinstance(in_hand, Minimise) else "a finding was checked"
                casualties.note(loss, entry.number if in_a_case(entry) else None, f"while {what}")
                if in_a_case(entry) and entry.blueprint and not loss.from_outside:
                    casualties.rerun(rerun_of(entry, counted=False), loss)
            case Keep():
                self.current.keeping.worker_lost(in_hand)
                casualties.note(loss, None, "while a case that is kept was made once more")
            case CheckKnown():
                self.view(Warned(f"known differences could not be looked at: the worker {loss.how}"))
            case _:
                if not worker.stopping:
                    casualties.note(loss, None, "")

    def give_back(self, task: Task) -> None:
        assert self.current is not None, "no task before the first worker was ready"
        match task:
            case RunCases(first=first, end=end):
                self.current.allotment.give_back(first, end)
            case Minimise() | Check():
                self.current.desk.given_back(task)
            case Keep():
                self.current.keeping.done(task)
            case RerunCase() | CheckKnown():
                self.alone.append(task)

    # -- messages

    def take(self, worker: WorkerHandle, message: FromWorker) -> None:
        match message:
            case Ready():
                self.worker_ready(worker, message)
                return
            case CannotStart(message=text, usage=True):
                raise UsageError(text)
            case CannotStart(message=text):
                worker.complaint = text
                return
        assert self.current is not None, "no task before the first worker was ready"
        match message:
            case Report():
                self.take_report(worker, message)
            case Described():
                self.current.casualties.of(worker.tasks[0]).described = message
            case Survived():
                self.current.casualties.survived(worker.tasks[0])
                worker.task_done()
            case Minimised():
                self.changed(self.current.desk.take_minimised(message))
                if message.trouble:
                    self.view(Warned(f"a generator failed while a case was made smaller: {message.trouble}"))
                if message.done:
                    worker.task_done()
            case Checked():
                self.changed(self.current.desk.take_checked(message))
                worker.task_done()
            case Kept():
                self.current.keeping.take(message)
                task = worker.task_done()
                assert isinstance(task, Keep), "what is kept was asked for"
                self.current.keeping.done(task)
            case KnownChecked(states=states):
                self.known_checked(states)
                worker.task_done()

    def worker_ready(self, worker: WorkerHandle, message: Ready) -> None:
        worker.ready = True
        self.failed_starts = 0
        if self.current is None:
            self.begin(message)

    def begin(self, message: Ready) -> None:
        """The run and the session: now it is known what the engines are."""
        config = self.config
        key = RunKey(config.seed, tuple(message.versions.items()), config.reentrance.value, config.source,
                     message.factfuzz)
        run = self.store.begin_run(key, message.features)
        began = max([time.time(), *(later(s.began) for s in self.store.sessions())])
        session = Session(uuid.uuid4().hex, run, socket.gethostname(), os.getpid(), config.workers, began)
        self.store.begin_session(session)
        done = self.store.done(run)
        desk = Desk(self.store, config, run)
        allotment = Allotment(config.cases, done)
        casualties = Casualties(self.store, run, session.id, config.seed, desk, allotment, self.alone, self.view,
                                self.changed)
        self.current = _Current(run, session, desk, Keeping(self.store, run), allotment, casualties)
        self.figurer.begin(run, session.id, message)
        self.alone.append(CheckKnown())
        self.write()
        self.view(Started(config.seed, message.versions, config.workers, config.cases, config.seconds,
                          str(self.store.path), done.count, run))

    def take_report(self, worker: WorkerHandle, report: Report) -> None:
        assert self.current is not None, "no task before the first worker was ready"
        task = worker.tasks[0]
        if isinstance(task, RerunCase):
            self.current.casualties.survived(task)  # what comes of its loss is on disk before the case is done
        if report.next > report.first:
            self.store.add(self.current.run, report.first, report.next, self.figurer.counts(report))
            worker.cases += report.next - report.first
            worker.next = report.next
        for shown in report.shown:
            self.changed(self.current.desk.add(shown))
        self.current.desk.seen(report.signatures)
        if not report.done:
            return
        if isinstance(task, RunCases):
            self.current.allotment.give_back(report.next, task.end)
        worker.task_done()

    def changed(self, finding: Finding | None) -> None:
        if finding is not None:
            self.show_finding(finding)

    def known_checked(self, states: dict[str, str]) -> None:
        assert self.current is not None, "no task before the first worker was ready"
        for id, state in states.items():
            self.store.set_known_check(KnownCheck(self.current.run, id, state))
            if state == "agrees":
                self.view(KnownGone(id, self.figurer.known_title(id)))

    # -- handing out

    def hand_out(self) -> None:
        if self.current is None:
            return
        ahead = 1 if self.no_more_cases() else TASKS_AHEAD  # what takes seconds waits for whoever has nothing to do
        for worker in self.crew.available():
            while len(worker.tasks) < ahead and (task := self.next_task()) is not None:
                worker.give(task)
        if not self.alone and (check := self.current.desk.next_check()) is not None:
            self.alone.append(check)
        if self.alone and self.crew.give_alone(self.alone[0]):
            self.alone.popleft()

    def next_task(self) -> Task | None:
        assert self.current is not None, "no task before the first worker was ready"
        if self.no_more_cases():
            return self.current.desk.next_minimise_of_all() or self.current.keeping.next_of_all()
        minimise = self.current.desk.next_minimise(monotonic() - self.began)
        return minimise or self.current.keeping.next() or self.current.allotment.take()

    # -- writing and showing

    def flush(self) -> None:
        now = monotonic()
        if now - self.flushed >= FLUSH_SECONDS:
            self.write()

    def write(self) -> None:
        """Raises `OSError`."""
        self.flushed = monotonic()
        if self.current is not None:
            self.figurer.sample(self.current.session.id)
            session = replace(self.current.session, seconds=self.figurer.seconds, cases=self.figurer.cases_of_session)
            self.current.session = session
            self.store.update_session(session)
        self.store.flush()

    def show_progress(self) -> None:
        if self.current is not None and self.figurer.due():
            seconds = self.config.seconds
            left = None if seconds is None else max(0.0, seconds - (monotonic() - self.began))
            self.view(Progress(self.figures(), left, self.cases_ended is not None))

    def show_finding(self, finding: Finding) -> None:
        """When it is on disk."""
        self.write()
        path = self.store.path / "findings" / f"{finding.name}.wast"
        case, verdict = finding.smallest, finding.verdict
        self.view(FindingWritten(finding.name, finding.signature, str(path), verdict.lines, finding.minimised,
                                 verdict.kind, finding.flaky, case.reproduced, case.tried))
