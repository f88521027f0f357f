"""What a worker of the census does: looks for many faults in each case at once, and shrinks what was found.

The right engines run a case once. A fault that changes nothing in it, or whose function was not called for it, is not
run; nor is one that takes traps away where there was none to take. So most cases cost little more than in a campaign.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from time import perf_counter
from typing import Any

from faulty import CompilerFault, Fault, FaultyEngine, ReferenceFault, forget_loaded, right_engine
from faulty_all import BY_NAME
from wasmtime import WasmtimeError, wat2wasm

from fact.abi import forget
from fact.link import Environment
from fact.model.plan import InstantiateModule
from fuzz.compare import compare
from fuzz.engines.base import NOTHING, Engine, EngineInfo, Loaded
from fuzz.engines.pipeline import adapters_of, plan_of
from fuzz.examine import by_name, examine
from fuzz.minimise.shrink import shrink
from fuzz.observe import Observation, Program, observe
from generators.families import AnyBlueprint, render, swarm
from generators.stream import CaseStream

NATIVE_EVERY = 10
"""Every so many cases wasmtime runs, to see how long a case takes in a campaign."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """Cases *first* to *last* - 1 of *seed*, in which the faults *wanted* are looked for."""

    seed: int
    first: int
    last: int
    wanted: tuple[str, ...]
    native: bool = True


@dataclass(frozen=True, slots=True)
class Searched:
    """*found*: the first case of each fault that was found. *campaign*: seconds that a campaign would have taken."""

    chunk: Chunk
    found: dict[str, int]
    campaign: float
    whole: float


@dataclass(frozen=True, slots=True)
class Minimal:
    """*components*: instances with core code of their own. *text* is the component. *trouble*: `Shrunk.trouble`."""

    fault: str
    seconds: float
    tried: int
    calls: int
    components: int
    lines: int
    text: str
    trouble: str = ""


def search(chunk: Chunk) -> Searched:
    began, campaign, found = perf_counter(), 0.0, dict[str, int]()
    wanted = [Wanted(BY_NAME[name]) for name in chunk.wanted]
    stream = CaseStream(swarm, chunk.seed)
    native = 0.0
    for number in range(chunk.first, chunk.last):
        forget_loaded()
        at = perf_counter()
        blueprint = stream(number)
        seen = _right(blueprint)
        campaign += perf_counter() - at
        if seen is None:
            continue
        if chunk.native and number % NATIVE_EVERY == 0:
            at = perf_counter()
            observe(right_engine("native"), seen.program)
            native += (perf_counter() - at) * NATIVE_EVERY
        for fault in wanted:
            if fault.name not in found and fault.shows(seen, chunk.native):
                found[fault.name] = number
    return Searched(chunk, found, campaign + native, perf_counter() - began)


# -- one case


@dataclass(slots=True)
class Seen:
    """What the right engines did with a case, and which functions they called for it."""

    program: Program
    observations: dict[str, Observation]
    called: frozenset[int]

    def native(self) -> Observation:
        if "native" not in self.observations:
            self.observations["native"] = observe(right_engine("native"), self.program)
        return self.observations["native"]


def program_of(blueprint: AnyBlueprint) -> Program | None:
    """None where our own text cannot be assembled."""
    rendered = render(blueprint)
    try:
        binary = bytes(wat2wasm(rendered.text))
    except WasmtimeError:
        return None
    return Program(binary, rendered.calls, rendered.log_prefixes, rendered.host)


class Calling:
    """Notes which functions of *faults* are called, by `id`."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.called: set[int] = set()
        functions = {id(f.function): f for f in faults if isinstance(f, ReferenceFault | CompilerFault)}
        self._places = [(place, self._noting(number, fault.function))
                        for number, fault in functions.items() for place in fault.bindings()]

    def _noting(self, number: int, right: Callable[..., Any]) -> Callable[..., Any]:
        def noted(*args: Any, **named: Any) -> Any:
            self.called.add(number)
            return right(*args, **named)

        return noted

    @contextmanager
    def noted(self) -> Iterator[set[int]]:
        """The set fills while this is entered; what is remembered of types is forgotten before and after."""
        self.called.clear()
        forget()
        for (owner, name, _), noting in self._places:
            setattr(owner, name, noting)
        try:
            yield self.called
        finally:
            for (owner, name, right), _ in self._places:
                setattr(owner, name, right)
            forget()


def seen_by_right(program: Program, reference: Engine, calling: Calling) -> Seen:
    """What *reference* and the compiled engine do with a case. The adapters are compiled once, while it is noted what
    is called for that."""
    adapters_of.cache_clear()
    with calling.noted() as called:
        observed = observe(reference, program)
        if observed.refusal is None:
            adapters_of(program.binary)
    observations = {"reference": observed, "compiled": observe(right_engine("compiled"), program)}
    return Seen(program, observations, frozenset(called))


@cache
def _calling() -> Calling:
    return Calling(BY_NAME.values())


def _right(blueprint: AnyBlueprint) -> Seen | None:
    """None where the right engines do not agree, or there is nothing to run."""
    if (program := program_of(blueprint)) is None:
        return None
    seen = seen_by_right(program, right_engine("reference"), _calling())
    return seen if compare(seen.observations, program) is None else None


class Wanted:
    """A fault that is looked for."""

    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        self.name = fault.name
        self.engine: FaultyEngine = fault.planted()
        self.others = [engine.info.name for engine in fault.others()]

    def shows(self, seen: Seen, native: bool) -> bool:
        if isinstance(self.fault, ReferenceFault | CompilerFault) and id(self.fault.function) not in seen.called:
            return False
        observed = self.observed(seen.program)
        if observed is None:
            return False
        observations = {self.engine.info.name: observed}
        if self.others != ["native"]:
            observations |= {name: seen.observations[name] for name in self.others if name != "native"}
        elif not native or compare({**seen.observations, "native": seen.native()}, seen.program) is not None:
            return False
        else:
            observations["native"] = seen.native()
        return compare(observations, seen.program) is not None

    def observed(self, program: Program) -> Observation | None:
        """None where the fault changes nothing."""
        try:
            loaded = self.engine.load(program.binary)
        except Exception:
            return observe(self.engine, program)
        if not self.engine.changed and not isinstance(self.fault, ReferenceFault):
            return None
        return observe(_Loaded(self.engine.info, loaded), program)


@dataclass(frozen=True, slots=True)
class _Loaded:
    """An engine that has loaded its one component already."""

    info: EngineInfo
    loaded: Loaded

    def load(self, binary: bytes, environment: Environment = NOTHING) -> Loaded:
        return self.loaded


# -- shrinking


def minimal(fault: str, seed: int, number: int, seconds: float) -> Minimal | None:
    """The smallest case that shows *fault*, from case *number* of *seed* on; None if that does not show it."""
    planted = BY_NAME[fault]
    engines: Sequence[Engine] = [*planted.others(), planted.planted()]
    named: Mapping[str, Engine] = by_name(engines)
    divergence = examine(CaseStream(swarm, seed)(number), named).divergence
    if divergence is None:
        return None
    began = perf_counter()
    shrunk = shrink(swarm, seed, number, divergence.signature, lambda b: examine(b, named), seconds)
    took = perf_counter() - began
    if shrunk is None or shrunk.examination.program is None:
        return None
    smallest = shrunk.examination.blueprint
    text = render(smallest).text
    plan = plan_of(shrunk.examination.program.binary)
    owners = {step.owner for step in plan.steps if isinstance(step, InstantiateModule)}
    return Minimal(fault, took, shrunk.tried, len(smallest.calls), len(owners), len(text.splitlines()), text,
                   "" if shrunk.trouble is None else repr(shrunk.trouble))
