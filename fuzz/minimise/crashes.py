"""The smallest case over which an engine's process ends: it aborts, hangs, or uses more than it may.

Only that engine runs, in a process of its own, and there cases are rendered and assembled; whether the case can be made
is tried there, too, before it is made here. Whoever asks lives on.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from time import monotonic

from wasmtime import wat2wasm

from fact.model.settings import Reentrance
from fuzz.campaign.config import imported
from fuzz.compare import call_text, describe, state_of
from fuzz.divergence import Divergence, Side
from fuzz.engines.base import Engine, EngineEnded
from fuzz.engines.isolated import IsolatedEngine
from fuzz.engines.limits import MIB, Limits
from fuzz.examine import Examination
from fuzz.minimise.shrink import Shrunk, shrink
from fuzz.observe import Observation, Program, observe
from fuzz.outcome import Crashed, Exceeded, Outcome, TimedOut
from fuzz.triage.deaths import death_signature
from generators.families import AnyBlueprint, render
from generators.stream import CaseStream, Source

TIGHT = Limits(seconds=2.0, memory=512 * MIB, printed=MIB)
"""What a case gets while others are tried, if it ends within that too: ordinary ones need far less."""

LEAST_SECONDS = 0.25
TIMES_ORDINARY = 20.0
"""A case that takes so many times as long as any that ended counts as one that hangs, if it takes `LEAST_SECONDS`."""

ORDINARY_CASES = 3
"""How many cases must have ended before that is known."""

CASES_IN_A_PROCESS = 250
"""An engine's memory may grow from case to case, which no case is to blame for."""


@dataclass(frozen=True, slots=True)
class Suspect:
    """An engine that ended, as a campaign opens it: *open_engines* is `module:name`, a function from engine names and
    reentrance to engines. *limits* are those under which it ended."""

    name: str
    limits: Limits = field(default_factory=Limits)
    open_engines: str = "fuzz.engines.registry:open_engines"
    reentrance: Reentrance = Reentrance.GUARDED

    def isolated(self) -> IsolatedEngine:
        return IsolatedEngine(partial(_opened, imported(self.open_engines), self.name, self.reentrance), self.limits)


def _opened(open_engines: Callable[[Sequence[str], Reentrance], list[Engine]], name: str, rule: Reentrance) -> Engine:
    return open_engines([name], rule)[0]


@dataclass(frozen=True, slots=True)
class Death:
    """*how* the process of *engine* ended, and what it *printed* last: what `fuzz.triage.deaths` judges by."""

    engine: str
    how: str
    printed: str

    @property
    def signature(self) -> str:
        return death_signature(self.engine, self.how, self.printed)


def death_in(examined: Examination) -> Death | None:
    """The first end of an engine's process in an examination."""
    for name, observation in examined.observations.items():
        for outcome in _outcomes(observation):
            if (death := death_of(name, outcome)) is not None:
                return death
    return None


def death_of(engine: str, outcome: Outcome) -> Death | None:
    """None for an outcome that the process of *engine* survived."""
    match outcome:
        case Crashed(how=how, printed=printed) if how:
            return Death(engine, how, printed)
        case TimedOut(printed=printed) | Exceeded(printed=printed):
            return Death(engine, describe(outcome), printed)
    return None


def death_shows(suspect: Suspect, blueprint: AnyBlueprint, signature: str) -> bool:
    """Whether a case ends the suspect in the way that *signature* says, in a fresh process and under all its limits."""
    test = DeathTest(suspect)
    try:
        return test.shows(blueprint, signature)
    finally:
        test.close()


def shrink_death(
    source: Source[AnyBlueprint], seed: int, number: int, signature: str, suspect: Suspect, seconds: float,
    stopped: Callable[[], bool] = lambda: False, *, start: AnyBlueprint | None = None,
    improved: Callable[[Shrunk], object] = lambda _: None,
) -> Shrunk | None:
    """The smallest case that ends the suspect as *signature* says, found from *start*, or case *number* of *seed*, on.

    None if that does not end it so, or if there is no such case because making it ends a process. *source* is
    importable. The search ends after *seconds* or when *stopped* says so; what hangs or uses too much is then checked
    under all of the suspect's limits, which takes its time. *improved* is told of better ones that need no check.
    """
    test = DeathTest(suspect)
    try:
        if not test.can_make(source, seed, number):
            return None
        first = CaseStream(source, seed)(number) if start is None else start
        test.tighten(first, signature)
        found: list[Shrunk] = []
        certain = signature.startswith("crash ")
        shrunk = shrink(
            source, seed, number, signature, test, seconds, stopped, start=start,
            improved=improved if certain else found.append,
        )
        if shrunk is None or certain:
            return shrunk
        smallest = _smallest_confirmed(found, test, signature)
        return None if smallest is None else replace(shrunk, examination=smallest)
    finally:
        test.close()


def _smallest_confirmed(found: Sequence[Shrunk], test: DeathTest, signature: str) -> Examination | None:
    """The last of *found* that shows the same under all limits. Mostly that is the very last; but what takes long and
    ends may have been made too fast, and then as few as possible are tried to find where that came in."""
    test.relax()
    confirmed, low, high = None, 0, len(found)
    middle = high - 1
    while low < high:
        examined = test.examined(found[middle].examination.blueprint)
        if examined is not None and _signature(examined) == signature:
            confirmed, low = examined, middle + 1
        else:
            high = middle
        middle = (low + high) // 2
    return confirmed


def _signature(examined: Examination) -> str:
    return "" if examined.divergence is None else examined.divergence.signature


class DeathTest:
    """Runs blueprints on the suspect; the examination's divergence, if there is one, is the end of its process."""

    def __init__(self, suspect: Suspect) -> None:
        self.suspect = suspect
        self._engine = suspect.isolated()
        self._limits = suspect.limits
        self._hurries = False
        self._ordinary: list[float] = []
        self._cases = 0

    def __call__(self, blueprint: AnyBlueprint) -> Examination:
        """Raises `EngineEnded` when there is no program because making it ends the process, and what making it
        raises otherwise."""
        self._cases += 1
        if self._cases % CASES_IN_A_PROCESS == 0:
            self.close()
        self._engine.limits = self.suspect.limits
        program = self._engine.call(program_of, blueprint)
        self._engine.limits = replace(self._limits, seconds=self._patience())
        began = monotonic()
        observation = observe(self._engine, program)
        divergence = self._divergence(observation, program)
        if divergence is None:
            self._ordinary.append(monotonic() - began)
        return Examination(blueprint, program, {self.suspect.name: observation}, divergence, {})

    def examined(self, blueprint: AnyBlueprint) -> Examination | None:
        """None if there is no program."""
        try:
            return self(blueprint)
        except Exception:
            return None

    def shows(self, blueprint: AnyBlueprint, signature: str) -> bool:
        examined = self.examined(blueprint)
        return examined is not None and _signature(examined) == signature

    def can_make(self, source: Source[AnyBlueprint], seed: int, number: int) -> bool:
        """Whether a process that makes case *number* survives it."""
        try:
            self._engine.call(_make, source, seed, number)
        except EngineEnded:
            return False
        return True

    def tighten(self, blueprint: AnyBlueprint, signature: str) -> None:
        """Limits under which cases are tried in less time, if *blueprint* shows the same under those; a hang need not
        last longer than any ordinary case would."""
        full = self.suspect.limits
        self._limits = Limits(
            min(full.seconds, TIGHT.seconds), min(full.memory, TIGHT.memory), min(full.printed, TIGHT.printed)
        )
        if self.shows(blueprint, signature):
            self._hurries = signature.startswith("hang ")
        else:
            self.relax()

    def relax(self) -> None:
        """All of the suspect's limits again."""
        self._limits = self.suspect.limits
        self._hurries = False

    def close(self) -> None:
        self._engine.close()

    def _patience(self) -> float:
        if not self._hurries or len(self._ordinary) < ORDINARY_CASES:
            return self._limits.seconds
        return min(self._limits.seconds, max(LEAST_SECONDS, TIMES_ORDINARY * max(self._ordinary)))

    def _divergence(self, observation: Observation, program: Program) -> Divergence | None:
        name = self.suspect.name
        for index, outcome in enumerate(_outcomes(observation)):
            if (death := death_of(name, outcome)) is not None:
                side = Side((name,), describe(outcome), state_of(outcome))
                if observation.refusal is not None:
                    return Divergence(observation.stage, None, "", (side,), death.signature)
                call = index // 2
                return Divergence("call", call, call_text(*program.calls[call]), (side,), death.signature)
        return None


def _outcomes(observation: Observation) -> list[Outcome]:
    """In order: that of loading, or those of each call and of reading the logs after it."""
    if observation.refusal is not None:
        return [observation.refusal]
    return [o for c in observation.calls for o in (c.outcome, c.log_failure or c.outcome)]


# -- in the child


def program_of(blueprint: AnyBlueprint) -> Program:
    """Raises `wasmtime.WasmtimeError` when the text cannot be assembled."""
    rendered = render(blueprint)
    return Program(bytes(wat2wasm(rendered.text)), rendered.calls, rendered.log_prefixes, rendered.host)


def _make(source: Source[AnyBlueprint], seed: int, number: int) -> None:
    CaseStream(source, seed)(number)
