"""Units without a blueprint on several engines: cases, and scripts that people wrote."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from fact.link import Environment
from fuzz.case import Case
from fuzz.compare import compare
from fuzz.divergence import Divergence
from fuzz.engines.base import NOTHING, Counted, Engine, EngineInfo, Loaded
from fuzz.examine import Engines, program_of
from fuzz.known import explanation
from fuzz.minimise.scripts.model import ACTING
from fuzz.minimise.scripts.observed import first_difference, observe_script
from fuzz.observe import Program, features_of, observe
from fuzz.script import host_in_header
from fuzz.triage.entries import KnownDifference
from fuzz.wast import Script, load_script
from fuzz.wast.script import Perform

Without = Callable[[Collection[str]], Divergence | None]
"""The first difference among the engines but these."""


@dataclass(frozen=True, slots=True)
class Ran:
    """What a unit exercised, and where its engines differ."""

    features: frozenset[str]
    branches: Mapping[str, int]
    differs: Without


def typed_program(case: Case) -> Program:
    """Raises `ValueError` when its text cannot be assembled."""
    return replace(program_of(case), types=tuple(call.type for call in case.calls))


def ran_case(program: Program, engines: Engines) -> Ran:
    seen = {name: observe(engine, program) for name, engine in engines.items()}

    def differs(without: Collection[str]) -> Divergence | None:
        return compare({name: o for name, o in seen.items() if name not in without}, program)

    features = frozenset[str]().union(*(o.features for o in seen.values()))
    return Ran(features, _sums(o.branches for o in seen.values()), differs)


def ran_script(text: str, engines: Engines) -> Ran:
    """Its calls count, not what it expects of them. Raises `UsageError` where wasm-tools cannot read it, `ValueError`
    where its header cannot be read."""
    script, host = _without_expectations(_script(text)), host_in_header(text)
    keeping = {name: _Keeping(engine) for name, engine in engines.items()}
    seen = {name: observe_script(script, engine, host) for name, engine in keeping.items()}

    def differs(without: Collection[str]) -> Divergence | None:
        found = first_difference({name: saws for name, saws in seen.items() if name not in without})
        return None if found is None else found.divergence

    loaded = [component for engine in keeping.values() for component in engine.loaded]
    features = frozenset[str]().union(*map(features_of, loaded))
    return Ran(features, _sums(c.branches() for c in loaded if isinstance(c, Counted)), differs)


def past_known(
    ran: Ran, known: Sequence[KnownDifference], versions: Mapping[str, str]
) -> tuple[Divergence | None, tuple[str, ...]]:
    """The first divergence that is not known, and the ids of those that are, as `fuzz.known.set_aside`."""
    without: list[str] = []
    ids: list[str] = []
    while (found := ran.differs(without)) is not None:
        explained = explanation(known, found, ran.features, versions)
        if explained is None:
            break
        ids.append(explained.id)
        without.append(explained.engine)
    return found, tuple(ids)


def _sums(counted: Iterable[Mapping[str, int]]) -> dict[str, int]:
    sums: dict[str, int] = {}
    for counts in counted:
        for name, times in counts.items():
            sums[name] = sums.get(name, 0) + times
    return sums


def _script(text: str) -> Script:
    with tempfile.TemporaryDirectory(prefix="factfuzz-unit-") as directory:
        path = Path(directory, "unit.wast")
        path.write_text(text)
        return load_script(path)


def _without_expectations(script: Script) -> Script:
    commands = tuple(
        Perform(line=command.line, action=command.action) if isinstance(command, ACTING) else command
        for command in script.commands
    )
    return msgspec.structs.replace(script, commands=commands)


class _Keeping:
    """An engine that keeps what it loads."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.loaded: list[Loaded] = []

    @property
    def info(self) -> EngineInfo:
        return self._engine.info

    def load(self, binary: bytes, environment: Environment = NOTHING) -> Loaded:
        loaded = self._engine.load(binary, environment)
        self.loaded.append(loaded)
        return loaded
