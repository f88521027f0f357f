"""What was seen where: the features of campaigns and of scripts, added up."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from fact.link import Environment
from fuzz.engines.base import NOTHING, EngineInfo
from fuzz.engines.reference import TracedComponent, TracedReferenceEngine
from fuzz.errors import UsageError
from fuzz.script import reentrance_in_header
from fuzz.scripts import host_of
from fuzz.store.directory import INDEX
from fuzz.store.records import Counts, RunKey
from fuzz.store.store import Store
from fuzz.wast import load_script, run_commands, script_paths

FUEL = 2_000_000_000
"""For each call of a script: some seconds. One that takes more ends by a trap."""


@dataclass(slots=True)
class Seen:
    """*cases* of campaigns, and scripts. By feature: in how many of these, and the first of them in words."""

    cases: int = 0
    counts: dict[str, int] = field(default_factory=dict)
    first: dict[str, str] = field(default_factory=dict)
    unlisted: set[str] = field(default_factory=set)

    def add_run(self, key: RunKey, counts: Counts, possible: frozenset[str]) -> None:
        """A run can be of another version of factfuzz, and name what is no feature now."""
        self.cases += counts.cases
        self.unlisted.update(counts.unlisted, counts.features.keys() - possible)
        for feature, seen in counts.features.items():
            if feature in possible:
                self._add(feature, seen.cases, f"case {seen.first} of seed {key.seed}")

    def add_script(self, path: Path, features: Iterable[str], possible: frozenset[str]) -> None:
        self.cases += 1
        for feature in features:
            if feature in possible:
                self._add(feature, 1, str(path))
            else:
                self.unlisted.add(feature)

    def _add(self, feature: str, count: int, where: str) -> None:
        self.counts[feature] = self.counts.get(feature, 0) + count
        self.first.setdefault(feature, where)


@dataclass(frozen=True, slots=True)
class Sources:
    """What paths lead to: runs of campaigns with their counts, and scripts to run."""

    runs: tuple[tuple[RunKey, Counts], ...]
    scripts: tuple[Path, ...]


def sources(paths: Sequence[Path]) -> Sources:
    """A directory is that of a campaign if it has an index, else one of scripts. Raises `UsageError`."""
    runs: list[tuple[RunKey, Counts]] = []
    scripts: list[Path] = []
    for path in paths:
        if (path / INDEX).exists():
            with Store.reading(path) as store:
                runs.extend((key, store.totals(run)) for run, key in store.runs())
        elif path.is_file() and path.suffix != ".wast":
            raise UsageError(f"{path}: a campaign's directory, a .wast script, or a directory of scripts is expected")
        else:
            scripts.extend(script_paths([path]))
    return Sources(tuple(runs), tuple(dict.fromkeys(scripts)))


def features_of_script(path: Path) -> frozenset[str]:
    """What the reference exercises when it runs a script. Raises `UsageError`."""
    return _run(path).features()


def _run(path: Path) -> _Collecting:
    script = load_script(path)
    engine = _Collecting(TracedReferenceEngine(FUEL, reentrance_in_header(path)))
    for event in run_commands(script, engine, host_of(script)):
        if event.depends_on is None and (event.verdict == "unsupported" or event.why.startswith("refused")):
            engine.not_run.append(f"{path}: line {event.line}: {event.why}")
    return engine


class _Collecting:
    """An engine that keeps what it has loaded; and, a line each, what of the script it has not run."""

    def __init__(self, engine: TracedReferenceEngine) -> None:
        self._engine = engine
        self.loaded: list[TracedComponent] = []
        self.not_run: list[str] = []

    @property
    def info(self) -> EngineInfo:
        return self._engine.info

    def load(self, binary: bytes, environment: Environment = NOTHING) -> TracedComponent:
        loaded = self._engine.load(binary, environment)
        self.loaded.append(loaded)
        return loaded

    def features(self) -> frozenset[str]:
        return frozenset[str]().union(*(loaded.features() for loaded in self.loaded))


def add_up(found: Sources, possible: frozenset[str], announce: Callable[[Path], object]) -> tuple[Seen, list[str]]:
    """All of *found* together, and what could not be run, a line each: scripts that cannot be read,
    components that are refused. *announce* is told each script before it runs. Raises `UsageError` when there is
    nothing but one script that cannot be read."""
    seen, unreadable = Seen(), list[str]()
    for key, counts in found.runs:
        seen.add_run(key, counts, possible)
    for path in found.scripts:
        announce(path)
        try:
            engine = _run(path)
            seen.add_script(path, engine.features(), possible)
            unreadable += engine.not_run
        except UsageError as error:
            if len(found.scripts) == 1 and not found.runs:
                raise
            unreadable.append(str(error))
    return seen, unreadable
