"""The smallest script that shows the first divergence of another, within a time, as a file."""

from __future__ import annotations

import contextlib
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from time import monotonic

from fact.model.settings import Reentrance
from fuzz.divergence import Divergence
from fuzz.engines.base import EngineEnded
from fuzz.engines.limits import Limits
from fuzz.errors import UsageError
from fuzz.files import write_atomically
from fuzz.minimise.scripts.blueprints import Generated, generated, reduced
from fuzz.minimise.scripts.model import ScriptParts, load_parts, script_of
from fuzz.minimise.scripts.observed import Saw, not_supported
from fuzz.minimise.scripts.reducer import reduce_script
from fuzz.minimise.scripts.result import header_of, record_of, script_text
from fuzz.minimise.scripts.search import DEATH_PATIENCE, Oracle, OutOfTime, Search, Target, WentBack
from fuzz.minimise.scripts.signature import ScriptDivergence, script_divergence
from fuzz.minimise.scripts.size import Size, size_of
from fuzz.minimise.scripts.sugar import readable
from fuzz.minimise.scripts.trial import FUEL, ChildRunner, IsolatedRunner, Runner, Setting
from fuzz.triage.records import Verdict
from fuzz.triage.verdict import verdict_of

CHECK_SECONDS = 2.0
"""How often the best so far is written to the file, after it was read back and run as a script."""

RUN_SECONDS = 20.0
"""How long one engine may take for an answer, unless told otherwise."""

BLUEPRINT_SHARE = 0.5
"""Of the time, for the blueprint of a case that factfuzz generated."""

MAX_NESTING = 50_000
"""Calls within each other: instructions that tools made may be nested some thousand deep."""

Tell = Callable[[Callable[[], str]], object]
"""Told in words how far the search is, which are made if they are wanted."""


@dataclass(frozen=True, slots=True)
class Minimised:
    """What came of it. *complete*: nothing that is known here makes it any smaller."""

    out: Path
    signature: str
    divergence: Divergence
    verdict: Verdict
    before: Size
    after: Size
    tried: int
    kept: int
    seconds: float
    complete: bool
    stumbled: tuple[str, ...] = ()
    """Passes that could not go on, and why: mistakes of ours."""


@dataclass(frozen=True, slots=True)
class Task:
    """*names* of engines; *limits* of one run of a script on one of them."""

    path: Path
    out: Path
    names: tuple[str, ...]
    reentrance: Reentrance
    limits: Limits = field(default_factory=lambda: Limits(seconds=RUN_SECONDS))

    def isolated(self) -> IsolatedRunner:
        return IsolatedRunner(Setting(self.reentrance, None), self.names, self.limits)


class NoDivergence(UsageError):
    """There is nothing to minimise."""


def out_path(case: Path, out: Path | None) -> Path:
    """*out*, or the place beside *case*. Raises `UsageError` where it is *case* itself, or no file can be."""
    path = out if out is not None else case.with_name(f"{case.stem}.min.wast")
    if path.is_dir():
        raise UsageError(f"{path}: is a directory, where the file for the smaller script is expected")
    if not path.absolute().parent.is_dir():
        raise UsageError(f"{path}: there is no directory {path.absolute().parent}")
    if path.exists() and case.exists() and path.samefile(case):
        raise UsageError(f"{path}: is the script that is to be minimised; another file is expected for the smaller one")
    return path


def minimise(
    task: Task, seconds: float, stopped: Callable[[], bool] = lambda: False, tell: Tell = lambda _: None
) -> Minimised:
    """Writes the best so far to *out* as it improves. Raises `UsageError` for what is no script, `NoDivergence` where
    engines agree, `OSError` if *out* cannot be written."""
    began = monotonic()
    sys.setrecursionlimit(max(sys.getrecursionlimit(), MAX_NESTING))
    parts = load_parts(task.path)
    exact = task.isolated()
    try:
        case = generated(task.path, exact.opened)
        if case is not None:
            return _minimised_case(task, case, parts, exact, seconds, stopped, tell)
        job = _Job(task, exact, parts, began)
        return job.run(began + seconds, stopped, tell)
    finally:
        exact.close()


def _minimised_case(
    task: Task, case: Generated, parts: ScriptParts, exact: IsolatedRunner, seconds: float, stopped: Callable[[], bool],
    tell: Tell,
) -> Minimised:
    """By its blueprint first; then, where its script shows the divergence as well, by its text."""
    began = monotonic()
    text = reduced(case, exact.opened, task.reentrance, task.limits, seconds * BLUEPRINT_SHARE, stopped,
                   lambda words: tell(lambda: words), lambda better: write_atomically(task.out, better.encode()))
    write_atomically(task.out, text.encode())
    smaller = load_parts(task.out)
    before, after = (size_of(p, p.text) for p in (parts, smaller))
    done = Minimised(task.out, case.signature, case.divergence, verdict_of(case.divergence, case.examined), before,
                     after, 0, 0, monotonic() - began, complete=False)
    with contextlib.suppress(NoDivergence):
        job = _Job(replace(task, path=task.out), exact, smaller, began)
        job.source, job.before = task.path, before
        done = replace(job.run(began + seconds, stopped, tell), before=before)
    return done


def observed(parts: ScriptParts, runner: Runner, names: Sequence[str], path: str) -> dict[str, tuple[Saw, ...]]:
    """What each engine makes of a script. Raises `NotAssembled`, `EngineEnded`."""
    script = script_of(parts, path)
    order = sorted(names, key=lambda name: name != "native")
    seen = {name: runner.run(name, script, parts.record.host) for name in order}
    return {name: seen[name] for name in names}


class _Job:
    """One script on its way. *source*: the file it is from."""

    def __init__(self, task: Task, exact: Runner, parts: ScriptParts, began: float) -> None:
        self.task, self.exact, self.parts, self.began = task, exact, parts, began
        self.source = task.path
        self.before = size_of(parts, parts.text)
        self.found = self.whole_divergence()
        self.written: ScriptParts | None = None
        self.checked = began - CHECK_SECONDS
        """When the best so far was written last; the first is written at once."""

    def whole_divergence(self) -> ScriptDivergence:
        task = self.task
        seen = observed(self.parts, self.exact, task.names, str(task.path))
        found = script_divergence(seen)
        if found is None:
            lacking = "".join(f"; {name} does not support it: {what}" for name, what in not_supported(seen).items())
            raise NoDivergence(f"{task.path}: the engines agree, there is nothing to minimise"
                               f" ({', '.join(task.names)}{lacking})")
        return found

    def run(self, deadline: float, stopped: Callable[[], bool], tell: Tell) -> Minimised:
        found = self.found
        shortened = self.parts.with_directives(self.parts.directives[: found.index + 1])
        runner, target = self.fast_runner(shortened)
        try:
            oracle = Oracle(runner, target, str(self.task.path))
            search = Search(oracle, self.parts, deadline, stopped, self.better, tell)
            complete = self.search(search, shortened)
            self.finish(search)
            return Minimised(
                self.task.out, found.signature, found.divergence, found.verdict(), self.before, search.size,
                search.tried, search.kept, monotonic() - self.began, complete,
                tuple(f"{name}: {why}" for name, why in search.stumbled.items()))
        finally:
            if runner is not self.exact:
                runner.close()

    def search(self, search: Search, shortened: ScriptParts) -> bool:
        with contextlib.suppress(OutOfTime, WentBack):
            search.improves(shortened)
        return reduce_script(search)

    def fast_runner(self, parts: ScriptParts) -> tuple[Runner, Target]:
        """Engines in one process, if the divergence shows there; and no more engines than show it."""
        engines = _telling(self.found)
        for fuel in (FUEL, None):
            runner = ChildRunner(Setting(self.task.reentrance, fuel), self.task.limits)
            if self.found.death:
                runner.be_patient(DEATH_PATIENCE)
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

    # -- the file

    def better(self, search: Search) -> None:
        """Writes it, now and then."""
        if search.best is not self.written and monotonic() > self.checked + CHECK_SECONDS:
            if not self.write(search):
                self.be_exact(search)
            self.checked = monotonic()

    def be_exact(self, search: Search) -> None:
        """What fewer engines in one process took for the same is not: back to what was, and all engines from now on."""
        search.go_back(self.parts if self.written is None else self.written)
        search.oracle = Oracle(
            self.exact, Target(self.found.signature, self.task.names, self.found.death), str(self.task.path))

    def finish(self, search: Search) -> None:
        if self.write(search):
            return
        search.go_back(self.parts if self.written is None else self.written)
        if self.written is None and not self.write(search):
            raise NoDivergence(f"{self.task.path}: the divergence does not come again when the script is run once more")

    def write(self, search: Search) -> bool:
        """Writes the best so far, if it shows the same as a script that is read back."""
        text = self.text(search)
        if text is None:
            return False
        write_atomically(self.task.out, text.encode())
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
        reentrance = task.reentrance.value
        header = header_of(self.source, str(self.before), str(search.size), found.divergence, reentrance, task.out)
        record = record_of(search.best.record, found.divergence, reentrance)
        lines = list(header)
        for parts in (_readable(search.best), search.best):
            text = script_text(parts, told.get("reference"), lines, record)
            if self.reads_back(text):
                return text
        return None

    def reads_back(self, text: str) -> bool:
        with tempfile.TemporaryDirectory(prefix="factfuzz-minimize-") as directory:
            path = Path(directory, "script.wast")
            path.write_text(text, encoding="utf-8")
            try:
                found = script_divergence(observed(load_parts(path), self.exact, self.task.names, str(path)))
            except (UsageError, EngineEnded):
                return False
        return found is not None and found.signature == self.found.signature


def _readable(parts: ScriptParts) -> ScriptParts:
    return parts.with_directives(
        replace(d, body=readable(d.body)) if d.body is not None and d.unique else d for d in parts.directives)


def _telling(found: ScriptDivergence) -> tuple[str, ...]:
    """One engine of each side, the reference among them if it takes part."""
    if found.death:
        names = [name for side in found.divergence.sides for name in side.engines]
        return tuple(dict.fromkeys([*(n for n in names if n == "reference"), found.death]))
    return tuple("reference" if "reference" in side.engines else side.engines[0] for side in found.divergence.sides)
