"""What a worker does: opens engines, runs the cases it is told to, reports, and may die at any moment."""

from __future__ import annotations

import gc
import os
import sys
from collections import deque
from collections.abc import Iterable, Iterator
from multiprocessing.connection import Connection
from time import perf_counter

from fuzz.campaign.config import CampaignConfig
from fuzz.campaign.journal import Journal, State
from fuzz.campaign.messages import (
    Check,
    CheckKnown,
    Described,
    FromWorker,
    Keep,
    Kept,
    KnownChecked,
    Minimise,
    Ready,
    RerunCase,
    RunCases,
    Shown,
    Stop,
    Survived,
    Task,
    receive_in_worker,
    send,
)
from fuzz.campaign.process import WorkerFiles
from fuzz.campaign.tally import Tally, observed
from fuzz.campaign.worker_triage import checked, minimised
from fuzz.case import Origin, case_of
from fuzz.coverage.possible import ORDER
from fuzz.examine import Examination, by_name, examine, full_case
from fuzz.known import known_under, set_aside
from fuzz.minimise.crashes import death_in
from fuzz.minimise.shrink import size
from fuzz.script import to_wast
from fuzz.triage.deaths import death_verdict
from fuzz.triage.signature import signature_of
from fuzz.triage.verdict import verdict_of
from fuzz.version import factfuzz_version
from generators.families import AnyBlueprint, from_json, to_json
from generators.stream import CaseStream

REPORT_SECONDS = 0.2
OUTPUT_BYTES = 1 << 20
"""What engines print goes to a file; past this size it starts again."""

COLLECTED_AT = 5_000
"""New objects after which the interpreter looks for cycles among them: a case makes some thousands, and few of those
that live through a case live much longer."""


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
        self.shown_before: dict[str, tuple[tuple[int, ...], int]] = {}
        """By signature: the least size and the lowest number of the cases that were sent."""
        self.tally = Tally()
        self.features = ORDER if "reference" in self.engines else ()
        self.feature_numbers = {feature: i for i, feature in enumerate(self.features)}
        gc.collect()
        gc.freeze()
        gc.set_threshold(COLLECTED_AT, 10, 10)

    def work(self) -> None:
        """Until told to stop. Raises `EOFError` or `OSError` when the supervisor is gone."""
        known = tuple((k.id, k.title, k.verdict) for k in self.known_differences)
        self.send(Ready(self.versions, factfuzz_version(), self.features, known))
        while (task := self.next_task()) is not None:
            match task:
                case RunCases(first=first, end=end):
                    self.run(first, end)
                case RerunCase():
                    self.rerun(task)
                case Minimise():
                    minimised(self, task)
                case Check():
                    self.send(checked(self, task))
                case CheckKnown():
                    from fuzz.triage.known import check_known

                    found = check_known(tuple(self.engines), self.versions, self.config.reentrance)
                    self.send(KnownChecked({known.id: state for known, state in found}))
                case Keep(numbers=numbers):
                    self.send(Kept(tuple(self.made(numbers))))
            self.journal.idle()

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
        """Reports now and then, and at once when something is found; the last report says that the task is done."""
        reported = began = perf_counter()
        number = first
        while number < end and not self.stopped():
            self.one(number)
            number += 1
            now = perf_counter()
            self.tally.busy += now - began
            began = now
            if number < end and (self.tally.shown or now - reported > REPORT_SECONDS):
                self.report(first, number, done=False)
                first, reported = number, now
        self.journal.idle()
        self.report(first, number, done=True)

    def one(self, number: int) -> None:
        began = perf_counter()
        self.journal.making(number)
        blueprint = self.stream(number)
        self.case(number, blueprint, perf_counter() - began)

    def case(self, number: int, blueprint: AnyBlueprint, generating: float) -> None:
        examined = self.examined(number, blueprint, State.RUNNING)
        self.tally.add(number, examined, {"generate": generating})
        examined, known = self.set_aside(examined)
        self.tally.add_known(number, known)
        if examined.divergence is not None:
            signature = signature_of(examined.divergence, examined)
            self.tally.add_divergence(number, signature)
            smallest = size(blueprint)
            least, lowest = self.shown_before.get(signature, (smallest, number))
            if signature not in self.shown_before or smallest < least or number < lowest:
                self.shown_before[signature] = min(smallest, least), min(number, lowest)
                self.tally.shown.append(self.shown(number, examined, signature))

    def examined(self, number: int, blueprint: AnyBlueprint, state: State) -> Examination:
        """Examined while the journal names it."""
        self.journal.running(number, to_json(blueprint).encode(), state)
        return examine(blueprint, self.engines, self.announce)

    def set_aside(self, examined: Examination) -> tuple[Examination, tuple[str, ...]]:
        return set_aside(
            self.known_differences, examined, self.engines, self.versions, self.config.reentrance
        )

    def announce(self, engine: str) -> None:
        self.journal.engine(self.engine_numbers[engine])

    def report(self, first: int, next_case: int, *, done: bool) -> None:
        self.send(self.tally.report(first, next_case, done, self.feature_numbers))
        self.tally = Tally()
        sys.stdout.flush()
        if os.fstat(1).st_size > OUTPUT_BYTES:
            os.ftruncate(1, 0)

    def shown(self, number: int, examined: Examination, signature: str) -> Shown:
        """A finding's script, and everything else about it."""
        assert examined.divergence is not None
        features = tuple(sorted(examined.features))
        died = death_in(examined)
        if died is None:
            verdict = verdict_of(examined.divergence, examined)
            case = full_case(examined, self.engines, self.origin(number, features))
        else:
            verdict = death_verdict(died.engine, died.how, died.printed)
            others = {name: engine for name, engine in self.engines.items() if name != died.engine}
            case = full_case(examined, others, self.origin(number, features)).with_verdict(verdict.lines)
        return Shown(signature, number, verdict, to_wast(case), size(examined.blueprint), observed(examined), features)

    def origin(self, number: int, features: tuple[str, ...] = ()) -> Origin:
        return Origin(seed=self.config.seed, number=number, features=features, reentrance=self.config.reentrance.value)

    # -- cases that are kept

    def made(self, numbers: Iterable[int]) -> Iterator[tuple[int, str]]:
        for number in numbers:
            if self.stopped():
                return
            self.journal.making(number)
            yield number, to_wast(case_of(self.stream(number), self.origin(number)))

    # -- cases over which a worker died

    def rerun(self, task: RerunCase) -> None:
        """Describes the case before it runs: it may be the last thing this process does."""
        self.journal.making(task.number)
        began = perf_counter()
        blueprint = from_json(task.blueprint) if task.blueprint else self.stream(task.number)
        generating = perf_counter() - began
        wast = to_wast(case_of(blueprint, self.origin(task.number)))
        self.send(Described(task.number, wast, size(blueprint)))
        if task.blueprint:
            self.examined(task.number, blueprint, State.MINIMISING)
            self.send(Survived())
        else:
            self.case(task.number, blueprint, generating)
            self.tally.busy += perf_counter() - began
            self.journal.idle()
            self.report(task.number, task.number + 1, done=True)
