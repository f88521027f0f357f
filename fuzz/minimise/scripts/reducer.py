"""The smallest script that shows the first divergence of another, within a time."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from fact.model.settings import Reentrance
from fuzz.engines.base import EngineEnded
from fuzz.engines.limits import Limits
from fuzz.errors import UsageError
from fuzz.minimise.scripts.model import ScriptParts, load_parts, script_of
from fuzz.minimise.scripts.observed import Saw, not_supported
from fuzz.minimise.scripts.passes_bodies import constant_bodies, less_code, trapping_bodies
from fuzz.minimise.scripts.passes_definitions import (
    fewer_core_fields,
    fewer_definitions,
    fewer_exports,
    without_unused,
)
from fuzz.minimise.scripts.passes_parts import fewer_parts, plainer_options
from fuzz.minimise.scripts.passes_script import fewer_directives, plain_directives, plainer_values, without_names
from fuzz.minimise.scripts.passes_text import less_text
from fuzz.minimise.scripts.result import header_of, record_of, script_text, write_atomically
from fuzz.minimise.scripts.search import Oracle, OutOfTime, Search, Target
from fuzz.minimise.scripts.signature import ScriptDivergence, script_divergence
from fuzz.minimise.scripts.size import Size
from fuzz.minimise.scripts.trial import FUEL, ChildRunner, IsolatedRunner, Runner, Setting

Pass = Callable[[Search], None]

PASSES: tuple[tuple[str, Pass], ...] = (
    ("fewer directives", fewer_directives),
    ("plain directives", plain_directives),
    ("what nobody refers to", without_unused),
    ("functions that trap", trapping_bodies),
    ("what nobody refers to", without_unused),
    ("fewer definitions", fewer_definitions),
    ("fewer core fields", fewer_core_fields),
    ("fewer exports", fewer_exports),
    ("what nobody refers to", without_unused),
    ("functions that return zeros", constant_bodies),
    ("plainer options", plainer_options),
    ("less code", less_code),
    ("plainer values", plainer_values),
    ("fewer parts", fewer_parts),
    ("less text", less_text),
    ("fewer names", without_names),
)
"""The boldest first; all again until nothing helps."""

CHECK_SECONDS = 2.0
"""How often the best so far is written to the file, after it was read back and run as a script."""


@dataclass(frozen=True, slots=True)
class Minimised:
    """What came of it. *complete*: nothing that is known here makes it any smaller."""

    divergence: ScriptDivergence
    before: Size
    after: Size
    tried: int
    kept: int
    seconds: float
    complete: bool
    out: Path


@dataclass(frozen=True, slots=True)
class Task:
    """*names* of engines; *limits* of one run of a script on one of them."""

    path: Path
    out: Path
    names: tuple[str, ...]
    reentrance: Reentrance
    limits: Limits = Limits(seconds=20.0)

    def isolated(self) -> IsolatedRunner:
        return IsolatedRunner(Setting(self.reentrance, None), self.names, self.limits)


class NoDivergence(UsageError):
    """There is nothing to minimise."""


def observed(parts: ScriptParts, runner: Runner, names: Sequence[str], path: str) -> dict[str, tuple[Saw, ...]]:
    """What each engine makes of a script. Raises `NotAssembled`, `EngineEnded`."""
    script = script_of(parts, path)
    order = sorted(names, key=lambda name: name != "native")
    seen = {name: runner.run(name, script, parts.record.host) for name in order}
    return {name: seen[name] for name in names}


def minimise(
    task: Task, deadline: float, stopped: Callable[[], bool] = lambda: False,
    progress: Callable[[Search], object] = lambda _: None,
) -> Minimised:
    """Writes the best so far to *out* as it improves. Raises `UsageError` for what is no script, `NoDivergence` where
    engines agree, `OSError` if *out* cannot be written."""
    began = monotonic()
    parts = load_parts(task.path)
    exact = task.isolated()
    try:
        found = _whole_divergence(parts, exact, task)
        job = _Job(task, exact, found, began)
        return job.run(parts, deadline, stopped, progress)
    finally:
        exact.close()


def _whole_divergence(parts: ScriptParts, runner: Runner, task: Task) -> ScriptDivergence:
    seen = observed(parts, runner, task.names, str(task.path))
    found = script_divergence(seen)
    if found is None:
        lacking = "; ".join(f"{name} does not support: {what}" for name, what in not_supported(seen).items())
        raise NoDivergence(f"{task.path}: the engines agree, there is nothing to minimise"
                           f" ({', '.join(task.names)}{'; ' + lacking if lacking else ''})")
    return found


class _Job:
    """One script on its way."""

    def __init__(self, task: Task, exact: Runner, found: ScriptDivergence, began: float) -> None:
        self.task, self.exact, self.found, self.began = task, exact, found, began
        self.written: ScriptParts | None = None
        self.checked = began
        self.before: Size | None = None

    def run(
        self, parts: ScriptParts, deadline: float, stopped: Callable[[], bool], progress: Callable[[Search], object]
    ) -> Minimised:
        shortened = parts.with_directives(parts.directives[: self.found.index + 1])
        runner, target = self.fast_runner(shortened)
        try:
            search = Search(Oracle(runner, target, str(self.task.path)), parts, deadline, stopped, self.better, progress)
            self.before = search.size
            complete = self.search(search, shortened)
            self.finish(search)
            return Minimised(self.found, self.before, search.size, search.tried, search.kept,
                             monotonic() - self.began, complete, self.task.out)
        finally:
            if runner is not self.exact:
                runner.close()

    def fast_runner(self, parts: ScriptParts) -> tuple[Runner, Target]:
        """Engines in one process, if the divergence shows there; and no more engines than show it."""
        engines = _telling(self.found)
        for fuel in (FUEL, None):
            runner = ChildRunner(Setting(self.task.reentrance, fuel), self.task.limits)
            target = self.target(parts, runner, engines)
            if target is not None:
                return runner, target
            runner.close()
        target = self.target(parts, self.exact, self.task.names)
        if target is None:
            raise NoDivergence(f"{self.task.path}: the divergence does not come again when the script is run once more")
        return self.exact, target

    def target(self, parts: ScriptParts, runner: Runner, engines: tuple[str, ...]) -> Target | None:
        """What these engines show of the divergence; None if it is not at the same command."""
        if self.found.death:
            target = Target(self.found.signature, engines, self.found.death)
            return target if Oracle(runner, target, str(self.task.path)).shows(parts) else None
        with contextlib.suppress(EngineEnded):
            found = script_divergence(observed(parts, runner, engines, str(self.task.path)))
            if found is not None and found.index == self.found.index:
                return Target(found.signature, engines)
        return None

    def search(self, search: Search, shortened: ScriptParts) -> bool:
        """Whether it came to an end by itself."""
        try:
            search.improves(shortened)
            before = None
            while before != search.size:
                before = search.size
                for name, change in PASSES:
                    search.doing = name
                    change(search)
        except OutOfTime:
            return False
        return True

    def better(self, search: Search) -> None:
        if monotonic() > self.checked + CHECK_SECONDS:
            self.write(search)
            self.checked = monotonic()

    def finish(self, search: Search) -> None:
        if not self.write(search) and self.written is not None:
            search.best = self.written

    def write(self, search: Search) -> bool:
        """Writes the best so far, if it shows the same as a script that is read back."""
        text = self.text(search)
        if text is None:
            return False
        write_atomically(self.task.out, text)
        self.written = search.best
        return True

    def text(self, search: Search) -> str | None:
        task = self.task
        try:
            told = observed(search.best, self.exact, task.names, str(task.path))
        except EngineEnded:
            return None
        found = script_divergence(told)
        if found is None or found.signature != self.found.signature:
            return None
        assert self.before is not None
        divergence, reentrance = found.divergence, task.reentrance.value
        header = header_of(task.path, str(self.before), str(search.size), divergence, reentrance, task.out)
        record = record_of(search.best.record, divergence, reentrance)
        text = script_text(search.best, told.get("reference"), list(header), record)
        return text if self.reads_back(text) else None

    def reads_back(self, text: str) -> bool:
        with tempfile.TemporaryDirectory(prefix="factfuzz-minimize-") as directory:
            path = Path(directory, "script.wast")
            path.write_text(text, encoding="utf-8")
            try:
                found = script_divergence(observed(load_parts(path), self.exact, self.task.names, str(path)))
            except (UsageError, EngineEnded):
                return False
        return found is not None and found.signature == self.found.signature


def _telling(found: ScriptDivergence) -> tuple[str, ...]:
    """One engine of each side, the reference among them if it takes part."""
    if found.death:
        names = [name for side in found.divergence.sides for name in side.engines]
        return tuple(dict.fromkeys([*(n for n in names if n == "reference"), found.death]))
    return tuple("reference" if "reference" in side.engines else side.engines[0] for side in found.divergence.sides)
