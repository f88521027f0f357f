"""The best script so far, and whether a smaller one shows the same divergence."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from time import monotonic

from fuzz.engines.base import EngineEnded
from fuzz.minimise.scripts.model import NotAssembled, ScriptParts, script_of
from fuzz.minimise.scripts.observed import Saw
from fuzz.minimise.scripts.signature import end_signature, script_divergence
from fuzz.minimise.scripts.size import Size, size_of
from fuzz.minimise.scripts.trial import Runner

LEAST_PATIENCE = 0.5
TIMES_AS_LONG = 10.0
"""A candidate that takes so many times as long as the best so far, and `LEAST_PATIENCE` seconds, is given up: what is
left of a loop may have no end."""

DEATH_PATIENCE = 3.0
"""The same where an engine's end is looked for, which may be that it does not answer."""


class OutOfTime(Exception):
    """The search has ended with the best so far."""


class WentBack(Exception):
    """The best is one from before: what a pass has at hand may be no part of it."""


@dataclass(frozen=True, slots=True)
class Target:
    """A divergence that is to stay: *engines* are those that show it, *death* the one whose process ends, if any."""

    signature: str
    engines: tuple[str, ...]
    death: str = ""


@dataclass(slots=True)
class Oracle:
    """Whether scripts show the *target*."""

    runner: Runner
    target: Target
    path: str

    def shows(self, parts: ScriptParts) -> bool:
        began = monotonic()
        shows = self._shows(parts)
        if shows and not self.target.death:
            self.runner.be_patient(max(LEAST_PATIENCE, TIMES_AS_LONG * (monotonic() - began)))
        return shows

    def _shows(self, parts: ScriptParts) -> bool:
        try:
            script = script_of(parts, self.path)
        except NotAssembled:
            return False
        seen: dict[str, tuple[Saw, ...]] = {}
        target = self.target
        for name in sorted(target.engines, key=lambda n: (n != target.death, n != "native")):
            try:
                seen[name] = self.runner.run(name, script, parts.record.host)
            except EngineEnded as ended:
                if name != target.death or end_signature(name, ended) != target.signature:
                    return False
            else:
                if name == target.death:
                    return False
        if target.death:
            return all(_accepted(saws) for saws in seen.values())
        found = script_divergence({name: seen[name] for name in target.engines})
        return found is not None and found.signature == target.signature


def _accepted(saws: Sequence[Saw]) -> bool:
    """Whether an engine took every component."""
    return all(step.outcome is None or step.stage == "call" for saw in saws for step in saw.steps)


@dataclass(slots=True)
class Search:
    """*after* is called after each candidate, *tell* told how far it is."""

    oracle: Oracle
    best: ScriptParts
    deadline: float
    stopped: Callable[[], bool] = lambda: False
    after: Callable[[Search], object] = lambda _: None
    tell: Callable[[Callable[[], str]], object] = lambda _: None
    size: Size = field(init=False)
    tried: int = 0
    kept: int = 0
    doing: str = ""
    stumbled: dict[str, str] = field(default_factory=dict)
    """Passes that could not go on, and over what."""
    seen: set[str] = field(default_factory=set)
    """Texts that do not show it, or that one had to go back from."""

    def __post_init__(self) -> None:
        self.size = size_of(self.best, self.best.text)

    def improves(self, parts: ScriptParts) -> bool:
        """Whether *parts* is smaller than the best and shows the same; it is the best from now on, then.

        Raises `OutOfTime`, and `WentBack` when *after* made another one the best.
        """
        if monotonic() > self.deadline or self.stopped():
            raise OutOfTime
        text = parts.text
        if text in self.seen:
            return False
        size = size_of(parts, text)
        if size >= self.size:
            return False
        self.tried += 1
        shows = self.oracle.shows(parts)
        if shows:
            self.best, self.size = parts, size
            self.kept += 1
        else:
            self.seen.add(text)
        best = self.best
        self.after(self)
        self.tell(self.words)
        if self.best is not best:
            raise WentBack
        return shows

    def go_back(self, parts: ScriptParts) -> None:
        """*parts* is the best again; what was the best until now will not be tried once more."""
        self.seen.add(self.best.text)
        self.best, self.size = parts, size_of(parts, parts.text)

    def words(self) -> str:
        return f"{self.doing}: {self.size}; {self.tried} tried, {self.kept} kept"


def fewer(
    search: Search, items: Sequence[object], without: Callable[[Sequence[object]], ScriptParts | None]
) -> list[object]:
    """Delta debugging: takes runs of *items* out, from the end, all of them first, then halves, quarters, ...

    *without* makes the best script without such a run, None if it cannot be. What cannot be missed is returned.
    """
    left: list[object] = list(items)
    count = len(left)
    while count:
        end = len(left)
        while end > 0:
            begin = max(0, end - count)
            made = without(left[begin:end])
            if made is not None and search.improves(made):
                del left[begin:end]
            end = begin
        count = min(count, len(left) + 1) // 2
    return left
