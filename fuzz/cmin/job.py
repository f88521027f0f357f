"""A corpus made small, from paths to what there is to tell."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from shutil import rmtree
from time import perf_counter

from fuzz.cmin.check import Checked, check
from fuzz.cmin.code import code_key
from fuzz.cmin.corpus import CaseFile, Corpus, read_corpus
from fuzz.cmin.cover import Cover, cover
from fuzz.cmin.index import DEFAULT_NAME, Damaged, Index, open_index, put_aside
from fuzz.cmin.loading import Cases, load
from fuzz.cmin.measure import Order
from fuzz.cmin.output import OURS, Kept, Written, made, names_of, prepared, read_kept, there, write
from fuzz.cmin.progress import Tell, untold
from fuzz.cmin.rounds import SHRUNK
from fuzz.cmin.shrinking import begun
from fuzz.cmin.shrinking import shrunk as make_smaller
from fuzz.cmin.weights import WEIGHTS
from fuzz.cmin.workers import Crew, Ended
from fuzz.errors import UsageError

Stopped = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Task:
    """*index* is where measurements are kept, None for a file in *out*; *prefer* one of `WEIGHTS`; a cover better than
    the greedy one is searched for in so many seconds, *search*; kept cases are made smaller for *shrink* seconds."""

    corpus: tuple[Path, ...]
    out: Path
    crew: Crew
    index: Path | None = None
    prefer: str = "balanced"
    search: float = 30.0
    shrink: float = 0.0
    force: bool = False
    check: bool = False


class Interrupted(Exception):
    """It was asked to end. *measured* of *cases* cases are in the index."""

    def __init__(self, measured: int, cases: int) -> None:
        super().__init__(f"{measured:,} of {cases:,} cases are measured")
        self.measured = measured
        self.cases = cases


@dataclass(frozen=True, slots=True)
class Smaller:
    """*made* cases out of *tried* that were run; *stopped*: before its time."""

    made: int
    tried: int
    stopped: bool


@dataclass(slots=True)
class Minimised:
    """What came of it. *names* of the kept files; *bytes* of all of them; *kinds*: how much of each kind the corpus
    shows; *measured*: how many cases were, now; *ended* and *disagreeing*: by path, how a case ended the process that
    measured it, and what our engines disagree about; *told*: what there is to say of the index; *seconds* by stage.
    *shrunk*: what came of making cases smaller, if that was asked for."""

    corpus: Corpus
    names: tuple[str, ...]
    cover: Cover
    written: Written
    bytes: int
    kinds: dict[str, int]
    measured: int
    disagreeing: dict[str, str]
    ended: dict[str, str]
    told: str
    seconds: dict[str, float]
    shrunk: Smaller | None = None
    checked: Checked | None = None

    @property
    def interrupted(self) -> bool:
        stopped = self.shrunk is not None and self.shrunk.stopped
        return stopped or (self.checked is not None and self.checked.interrupted)

    @property
    def ok(self) -> bool:
        return not self.ended and not self.disagreeing and (self.checked is None or self.checked.ok)


def minimise(task: Task, stopped: Stopped = lambda: False, tell: Tell = untold) -> Minimised:
    """Raises `UsageError`, and `Interrupted` once *stopped*; then the same call goes on where this one ended."""
    again = prepared(task.out, task.force)
    ours = made(task.out)
    path = task.index or ours / DEFAULT_NAME
    for _ in range(2):
        try:
            with _index(path) as (index, told):
                return _minimised(task, again, index, told, stopped, tell)
        except (Damaged, sqlite3.DatabaseError) as error:
            if isinstance(error, sqlite3.OperationalError):
                raise UsageError(f"{path}: {error}") from None
            put_aside(path)
    raise UsageError(f"{path}: is damaged as soon as it is written; name another file by --index")


@contextmanager
def _index(path: Path) -> Iterator[tuple[Index, str]]:
    index, told = open_index(path, code_key())
    try:
        yield index, told
    finally:
        index.close()


def _minimised(task: Task, again: bool, index: Index, told: str, stopped: Stopped, tell: Tell) -> Minimised:
    clock = _Clock()
    corpus = _corpus(task, again, tell)
    clock.done("reading")
    measured, ended = _measured(task, corpus, index, stopped, tell)
    corpus.unreadable += [(corpus.cases[sha].path, why) for sha, why in index.unreadable(corpus.cases).items()]
    clock.done("measuring")
    tell("chooses cases")
    cases = load(index, corpus.cases, task.crew.python)
    if not cases.shas:
        raise UsageError(_nothing(task, corpus, ended))
    measured_shas = frozenset(cases.shas)
    all_files, shrunk = dict(corpus.cases), None
    if task.shrink:
        cases, chosen, shrunk = _shrunk(task, all_files, index, stopped, tell)
        clock.done("making smaller")
    else:
        chosen = cover(cases.matrix, WEIGHTS[task.prefer](cases.bytes, cases.seconds), task.search)
        clock.done("choosing")
        if stopped():
            raise Interrupted(len(corpus.cases) - len(ended), len(corpus.cases))
    tell("writes cases")
    files = [all_files[cases.shas[row]] for row in chosen.rows]
    found = there(task.out)
    kept = _kept(task, cases, chosen, names_of(files, found))
    written = write(task.out, files, kept, found, measured_shas)
    rmtree(made(task.out) / SHRUNK, ignore_errors=True)
    clock.done("writing")
    result = Minimised(
        corpus, tuple(kept.files), chosen, written, sum(file.bytes for file in files), _kinds(kept.elements), measured,
        {corpus.cases[sha].path: why for sha, why in index.disagreements(corpus.cases).items()}, ended, told,
        clock.seconds, shrunk,
    )
    if task.check:
        result.checked = _checked(task, kept, index, stopped, tell)
        clock.done("checking")
    return result


def _shrunk(
    task: Task, files: dict[bytes, CaseFile], index: Index, stopped: Stopped, tell: Tell
) -> tuple[Cases, Cover, Smaller]:
    """Adds those that are made to *files*."""
    before = len(files)
    shrinking = begun(made(task.out), files, index, task.crew, task.prefer, task.shrink, stopped, tell)
    chosen = make_smaller(shrinking, task.search)
    return chosen.cases, chosen.cover, Smaller(len(files) - before, shrinking.tried, bool(stopped()))


class _Clock:
    def __init__(self) -> None:
        self._since = perf_counter()
        self.seconds: dict[str, float] = {}

    def done(self, stage: str) -> None:
        now = perf_counter()
        self.seconds[stage], self._since = now - self._since, now


def _corpus(task: Task, again: bool, tell: Tell) -> Corpus:
    paths = list(task.corpus)
    out = task.out.resolve()
    if again and not any(out.is_relative_to(path.resolve()) for path in paths):
        paths.append(task.out)
    if (unfinished := task.out / OURS / SHRUNK).is_dir():
        paths.append(unfinished)
    return read_corpus(paths, lambda files: tell("reads files", files))


def _measured(
    task: Task, corpus: Corpus, index: Index, stopped: Stopped, tell: Tell
) -> tuple[int, dict[str, str]]:
    """How many cases were measured, and by path how others ended the process that did. Raises `Interrupted`."""
    wanted = index.missing(corpus.cases, task.crew.python)
    before = len(corpus.cases) - len(wanted)
    orders = (Order(corpus.cases[sha].path, sha) for sha in wanted)
    done, ended = 0, dict[str, str]()
    tell("measures cases", before, len(corpus.cases))
    for order, measured in task.crew.measured(orders, stopped):
        if isinstance(measured, Ended):
            ended[order.path] = measured.how
        else:
            index.add(order.sha, measured, task.crew.python)
        done += 1
        tell("measures cases", before + done, len(corpus.cases))
    index.commit()
    if done < len(wanted) or stopped():
        raise Interrupted(before + done - len(ended), len(corpus.cases))
    return done - len(ended), ended


def _nothing(task: Task, corpus: Corpus, ended: Mapping[str, str]) -> str:
    """Why there is nothing to keep."""
    told = [*corpus.unreadable, *ended.items()]
    first = f"; the first of {len(told):,}: {told[0][0]}: {told[0][1]}" if told else ""
    return f"{', '.join(map(str, task.corpus))}: no case that can be run{first}"


def _kept(task: Task, cases: Cases, chosen: Cover, names: Mapping[bytes, str]) -> Kept:
    elements = cases.elements
    positions = {element: i for i, element in enumerate(elements)}
    files, shown = dict[str, str](), dict[str, list[int]]()
    for row in chosen.rows:
        name = names[cases.shas[row]]
        files[name] = cases.shas[row].hex()
        shown[name] = [positions[element] for element in cases.shown(row)]
    return Kept(code_key(), task.crew.python, files, elements, shown)


def _kinds(elements: list[str]) -> dict[str, int]:
    kinds: dict[str, int] = {}
    for element in elements:
        kind = element.partition(" ")[0]
        kinds[kind] = kinds.get(kind, 0) + 1
    return kinds


# -- checking


def check_only(task: Task, stopped: Stopped = lambda: False, tell: Tell = untold) -> Checked:
    """Whether OUT still shows all that it was kept for. Raises `UsageError`."""
    kept = read_kept(task.out)
    return _check(task, kept, stopped, tell)


def _check(task: Task, kept: Kept, stopped: Stopped, tell: Tell) -> Checked:
    count = len(kept.files)
    crew = replace(task.crew, python=kept.python)
    checked = check(task.out, kept, crew, stopped, lambda done: tell("checks kept cases", done, count))
    checked.another_version = kept.code != code_key()
    return checked


def _checked(task: Task, kept: Kept, index: Index, stopped: Stopped, tell: Tell) -> Checked:
    """What a case does not show each time, it is not kept for again."""
    checked = _check(task, kept, stopped, tell)
    for name, gone in checked.unsteady.items():
        index.withdraw(bytes.fromhex(kept.files[name]), gone)
    return checked
