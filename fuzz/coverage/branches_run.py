"""Cases run with counters in their adapters: generated ones, and scripts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from wasmtime import WasmtimeError, wat2wasm

from fact.link import Environment
from fact.model.settings import Reentrance
from fuzz.compare import describe
from fuzz.engines.base import NOTHING, EngineInfo
from fuzz.engines.compiled import CompiledEngine, CountedComponent
from fuzz.errors import UsageError
from fuzz.inputs import one_line
from fuzz.observe import Program, observe
from fuzz.script import reentrance_in_header
from fuzz.scripts import host_of
from fuzz.wast import load_script, run_commands
from generators.families import AnyBlueprint, render, swarm
from generators.stream import CaseStream

FUEL = 2_000_000_000
"""For each call of a script: some seconds. One that takes more ends by a trap."""


@dataclass(frozen=True, slots=True)
class Job:
    """A case that is to be run; *run* raises `UsageError` if it is no script, or cannot be assembled."""

    case: str
    run: Callable[[], Ran]


def jobs(scripts: Sequence[Path], seed: int | None, cases: int, reentrance: Reentrance | None) -> Iterator[Job]:
    """Scripts, and the first *cases* cases of *seed* if it is given. Without *reentrance*, what each script says."""
    for path in scripts:
        yield Job(str(path), partial(run_script, path, reentrance))
    if seed is not None:
        stream = CaseStream(swarm, seed)
        for number in range(cases):
            case = f"case {number} of seed {seed}"
            yield Job(case, partial(_run_number, case, stream, number, reentrance or Reentrance.GUARDED))


def _run_number(case: str, stream: CaseStream[AnyBlueprint], number: int, reentrance: Reentrance) -> Ran:
    return run_generated(case, stream(number), reentrance)


@dataclass(frozen=True, slots=True)
class Ran:
    """A case, in words, the components that it loaded, and what of it was not run, a line each."""

    case: str
    components: tuple[CountedComponent, ...]
    not_run: tuple[str, ...] = ()

    @property
    def branches(self) -> Mapping[str, int]:
        """How often each branch was taken."""
        found: dict[str, int] = {}
        for component in self.components:
            for name, times in component.branches().items():
                found[name] = found.get(name, 0) + times
        return found


def run_generated(case: str, blueprint: AnyBlueprint, reentrance: Reentrance = Reentrance.GUARDED) -> Ran:
    """A generated case. Raises `UsageError` if its text cannot be assembled, which is a mistake of the generators."""
    rendered = render(blueprint)
    engine = _Keeping(CompiledEngine(reentrance=reentrance, branches=True))
    try:
        binary = bytes(wat2wasm(rendered.text))
    except WasmtimeError as error:
        raise UsageError(f"{case}: {one_line(str(error))}") from error
    observation = observe(engine, Program(binary, rendered.calls, rendered.log_prefixes, rendered.host))
    refused = observation.refusal if observation.stage == "load" else None
    return Ran(case, tuple(engine.loaded), () if refused is None else (f"{case}: {describe(refused, None)}",))


def run_script(path: Path, reentrance: Reentrance | None = None) -> Ran:
    """A script; without *reentrance*, what its header says. Raises `UsageError` if it is none."""
    script = load_script(path)
    wanted = reentrance_in_header(path) if reentrance is None else reentrance
    engine = _Keeping(CompiledEngine(FUEL, reentrance=wanted, branches=True))
    not_run = [
        f"{path}: line {event.line}: {event.why}"
        for event in run_commands(script, engine, host_of(script))
        if event.depends_on is None and (event.verdict == "unsupported" or event.why.startswith("refused"))
    ]
    return Ran(str(path), tuple(engine.loaded), tuple(not_run))


class _Keeping:
    """An engine that keeps what it has loaded."""

    def __init__(self, engine: CompiledEngine) -> None:
        self._engine = engine
        self.loaded: list[CountedComponent] = []

    @property
    def info(self) -> EngineInfo:
        return self._engine.info

    def load(self, binary: bytes, environment: Environment = NOTHING) -> CountedComponent:
        loaded = self._engine.load(binary, environment)
        assert isinstance(loaded, CountedComponent), "the engine was asked for counters"
        self.loaded.append(loaded)
        return loaded
