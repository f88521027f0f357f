"""What a worker does about a finding: makes its case smaller, and checks that it shows again."""

from __future__ import annotations

from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

from fuzz.campaign.config import CampaignConfig
from fuzz.campaign.journal import State
from fuzz.campaign.messages import Check, Checked, Minimise, Minimised
from fuzz.engines.limits import Limits
from fuzz.examine import Examination
from fuzz.minimise.crashes import Suspect, death_shows, shrink_death
from fuzz.minimise.shrink import Shrunk, shrink, size
from fuzz.script import from_wast
from fuzz.triage.signature import signature_of
from generators.families import AnyBlueprint

if TYPE_CHECKING:
    from fuzz.campaign.worker import Worker

TELL_SECONDS = 1.0
"""Between two smaller cases that are told of: a worker may die while it tries the next."""


def minimised(worker: Worker, task: Minimise) -> None:
    """Tells of smaller cases as they are found, and at the end what came of it."""
    telling = _Telling(worker, task)
    start = _blueprint(task.path)
    if task.engine:
        shrunk = shrink_death(
            worker.source, worker.config.seed, task.number, task.signature, _suspect(worker.config, task.engine),
            task.seconds, worker.stopped, start=start, improved=telling.improved,
        )
    else:
        def test(blueprint: AnyBlueprint) -> Examination:
            return worker.set_aside(worker.examined(task.number, blueprint, State.MINIMISING))[0]

        shrunk = shrink(
            worker.source, worker.config.seed, task.number, task.signature, test, task.seconds, worker.stopped,
            sign=_signature, start=start, improved=telling.improved,
        )
    telling.end(shrunk)


def _blueprint(path: str) -> AnyBlueprint | None:
    return from_wast(Path(path).read_text(encoding="utf-8")).blueprint


def _suspect(config: CampaignConfig, engine: str) -> Suspect:
    limits = Limits(config.case_timeout, config.memory, config.output)
    return Suspect(engine, limits, config.open_engines, config.reentrance)


def _signature(examined: Examination) -> str:
    return "" if examined.divergence is None else signature_of(examined.divergence, examined)


def checked(worker: Worker, task: Check) -> Checked:
    """How often the case shows its signature."""
    blueprint = _blueprint(task.path)
    reproduced = tried = 0
    while blueprint is not None and tried < task.times and not worker.stopped():
        tried += 1
        if task.engine:
            reproduced += death_shows(_suspect(worker.config, task.engine), blueprint, task.signature)
        else:
            examined = worker.set_aside(worker.examined(task.number, blueprint, State.MINIMISING))[0]
            reproduced += _signature(examined) == task.signature
    return Checked(task.signature, task.sha, reproduced, tried)


class _Telling:
    """Sends the supervisor what got smaller, now and then."""

    def __init__(self, worker: Worker, task: Minimise) -> None:
        self.worker = worker
        self.task = task
        self.began = self.told = perf_counter()
        before = _blueprint(task.path)
        self.smallest = None if before is None else size(before)

    def improved(self, shrunk: Shrunk) -> None:
        if perf_counter() - self.told >= TELL_SECONDS:
            self.tell(shrunk, done=False)

    def end(self, shrunk: Shrunk | None) -> None:
        self.tell(shrunk, done=True)

    def tell(self, shrunk: Shrunk | None, *, done: bool) -> None:
        self.told = perf_counter()
        shown, tried, trouble = None, 0, ""
        if shrunk is not None:
            tried = shrunk.tried
            trouble = "" if shrunk.trouble is None else f"{type(shrunk.trouble).__name__}: {shrunk.trouble}"
            smallest = size(shrunk.examination.blueprint)
            if self.smallest is None or smallest < self.smallest:
                self.smallest = smallest
                shown = self.worker.shown(self.task.number, shrunk.examination, self.task.signature)
        self.worker.send(
            Minimised(
                self.task.signature, shown, tried, perf_counter() - self.began, done, trouble,
                broken_off=done and self.worker.stopped(),
            )
        )
        self.worker.journal.idle()
