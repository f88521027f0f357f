"""Workers that were lost over a case: it is run again by itself in a fresh process, and what comes of that decides."""

from __future__ import annotations

from dataclasses import dataclass, field

from msgspec.structs import replace

from fuzz.campaign.config import CampaignConfig
from fuzz.campaign.desk import NO_ENGINE
from fuzz.campaign.handle import WorkerHandle
from fuzz.campaign.journal import Entry, State
from fuzz.campaign.messages import Described, RerunCase, Shown
from fuzz.triage.deaths import death_signature, death_verdict

RERUNS = 3
"""How often a case is run again whose worker is killed from outside each time: then it may be the system's doing, over
the memory that the case takes."""

CONFIRMED_OFTEN = 3
"""Once so many cases have shown a signature twice in a row, further ones are taken at their word."""


@dataclass(frozen=True, slots=True)
class Loss:
    """The end of one worker over a case. *how* in words; *printed* what it printed last."""

    worker: int
    engine: str
    how: str
    printed: str
    from_outside: bool
    over_time: bool

    @property
    def signature(self) -> str:
        return death_signature(self.engine, self.how, self.printed)


def loss_of(worker: WorkerHandle, entry: Entry, how: str, config: CampaignConfig) -> Loss:
    number = len(config.engines) if worker.at_fault or entry.engine is None else entry.engine
    engine = config.engines[number] if number < len(config.engines) else NO_ENGINE
    return Loss(worker.number, engine, how, worker.output(), worker.killed_from_outside, worker.over_time)


@dataclass(slots=True)
class Rerun:
    """A case over which workers were lost, the latest last. *described* by the process that runs it now."""

    task: RerunCase
    losses: list[Loss] = field(default_factory=list)
    described: Described | None = None

    @property
    def number(self) -> int:
        return self.task.number

    @property
    def counted(self) -> bool:
        """Whether the case is one of the run, not one that was tried while another was made smaller."""
        return not self.task.blueprint

    @property
    def settled(self) -> bool:
        """Whether it need not be run again: a second loss in a row that nobody from outside is to blame for."""
        last = self.losses[-1]
        return len(self.losses) > 1 and (not last.from_outside or len(self.losses) > RERUNS)

    @property
    def harmless(self) -> str:
        """Why the loss was no finding, after the case has run without harm; empty if it is one all the same."""
        last = self.losses[-1]
        if last.from_outside:
            return "killed from outside: the case did no harm when it was run again"
        if last.over_time:
            return "the case answered in time when it was run again"
        return ""

    def shown(self, seed: int) -> Shown:
        """As a finding: its last loss."""
        last = self.losses[-1]
        verdict = death_verdict(last.engine, last.how, last.printed)
        if last.engine == NO_ENGINE:
            verdict = replace(verdict, kind="our bug", why="No engine was running: the generators or factfuzz failed.")
        described = self.described or Described(self.number, _undescribed(seed, self.number), (0,))
        return Shown(last.signature, self.number, verdict, with_verdict(described.wast, verdict.lines), described.size,
                     b"{}", described.features)


def rerun_of(entry: Entry, counted: bool) -> RerunCase:
    return RerunCase(entry.number, b"" if counted else entry.blueprint)


def in_a_case(entry: Entry) -> bool:
    return entry.state is not State.IDLE


def with_verdict(wast: str, lines: tuple[str, ...]) -> str:
    """A script with what disagreed behind its first line of comment."""
    first, newline, rest = wast.partition("\n")
    return "".join([first, newline, *(f";; {line}".rstrip() + "\n" for line in lines), rest])


def _undescribed(seed: int, number: int) -> str:
    return f";; Case {number} of seed {seed}: its worker was lost while the case was made.\n(component)\n"
