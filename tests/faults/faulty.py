"""Planted faults: engines that are wrong in one known way, for a harness to be seen to fail on.

A harness that was never seen to fail has not been tested. Each fault of this room is put into one engine, and a hunt
over generated cases (`fuzz.hunt`) has to find it within a stated number of cases, put the engine at fault alone on its
side, and shrink the case to one call on at most two component definitions that have a guest.

A fault is data: a name, a line that says what is wrong, the section of CanonicalABI.md that it breaks, the hunt that
has to find it, and a function over the data of one stage. The code under test has no hooks for this:

| fault | engine | what its function changes | listed in `faulty_...` |
|---|---|---|---|
| `AdapterFault` | compiled | text, support modules or sites of an adapter module | `adapters`, `strings`, `vectors` |
| `CompilerFault` | compiled | one function of `fact.adapters`, while it compiles | `compiler`, `boundaries`, `order` |
| `PlanFault` | compiled or reference | the plan, after linking and partitioning, in that engine only | `plans` |
| `ReferenceFault` | reference | one function of `fact.abi` or `fact.run`, while that engine runs | `reference` |

`test_faults` hunts them all, and hunts without any fault, which must find nothing; `census` finds out in which case of
a campaign each is met. To add a fault, add it to a list (`faulty_all` has all lists).
Edits of text go stale when the compiler writes other text: a fault that changes nothing in any case of its hunt fails.
The numbers of cases are bounds with room, several times what a fault needs on each of three seeds. Most hunts draw
from foci that are put together here, so that they stay as they are when the generators' distribution changes; each says
what is special about it. Cases are counted after focusing.

Seed, clock and random order are fixed, so that a minimal case is the same on every machine. If a test fails because a
minimal case has too many components, look at the case in its message: a reduction is missing in `fuzz.minimise.reduce`.

Differences between wasmtime and the specification are known (re-entrance through a parent, calls out of post-return),
so most hunts set the reference against compiled alone; a few have native take part, with foci that stay clear of those
differences.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any, Literal

from faulty_focus import EVERYTHING, Focus

from fact.abi import forget
from fact.adapters import compile_adapters
from fact.link import Environment
from fact.model.plan import CompiledAdapterModule, Plan
from fact.model.values import Handle, Value
from fact.run import prepare_compiled, prepare_reference
from fact.run.host import Host
from fuzz.engines.base import NOTHING, Engine, EngineInfo, Loaded, Running
from fuzz.engines.compiled import CompiledEngine
from fuzz.engines.native import NativeEngine
from fuzz.engines.pipeline import adapters_of, plan_of
from fuzz.engines.reference import ReferenceEngine
from generators.blueprint import Blueprint, Guest
from generators.families import AnyBlueprint
from generators.handles import HandleBlueprint

EngineName = Literal["reference", "compiled", "native"]
Function = Callable[..., Any]

SEED = 1

FUEL = 20_000_000
"""For each call: what a fault makes of a guest's data may keep the guest going for ever."""


@dataclass(frozen=True, slots=True)
class Hunt:
    """At most *cases* cases of *focus*. *others* are the engines without a fault: compiled for a fault in the
    reference and the reference for other faults, unless some are named. *components*: how many definitions with a
    guest the minimal case may have; more than two only where two cannot show the fault: a comment says why. *calls*:
    how many calls."""

    cases: int
    focus: Focus = EVERYTHING
    others: tuple[EngineName, ...] = ()
    components: int = 2
    calls: int = 1


def definitions_with_guests(blueprint: AnyBlueprint) -> int:
    """The component definitions that have core code of their own; the rest is composition."""
    if isinstance(blueprint, HandleBlueprint):
        return sum(not d.relay for d in blueprint.definitions)
    assert isinstance(blueprint, Blueprint), "no fault is hunted in graphs alone"
    return sum(any(isinstance(item, Guest) for item in d.items) for d in blueprint.definitions)


# -- faults


@dataclass(frozen=True, kw_only=True)
class Fault:
    """*section* is the one of CanonicalABI.md that the fault breaks, Explainer.md's where it says so."""

    name: str
    description: str
    section: str
    hunt: Hunt

    @property
    def engine(self) -> EngineName:
        """The engine that the fault sits in."""
        raise TypeError("a fault sits in some stage")

    def planted(self) -> FaultyEngine:
        """A new engine with this fault."""
        raise TypeError("a fault sits in some stage")

    def others(self) -> list[Engine]:
        """The engines without a fault that the hunt compares with."""
        default: EngineName = "reference" if self.engine == "compiled" else "compiled"
        return [right_engine(name) for name in self.hunt.others or (default,)]


@dataclass(frozen=True, kw_only=True)
class AdapterFault(Fault):
    """*edit* gives the faulty module: the same object, or an equal one, where there is nothing to be wrong about."""

    edit: Callable[[CompiledAdapterModule], CompiledAdapterModule]

    @property
    def engine(self) -> EngineName:
        return "compiled"

    def planted(self) -> FaultyEngine:
        def load(engine: FaultyEngine, binary: bytes) -> Loaded:
            plan, right = plan_of(binary), adapters_of(binary)
            wrong = tuple(map(self.edit, right))
            engine.note(wrong != right)
            return prepare_compiled(plan, wrong, fuel=FUEL) if wrong != right else _loaded("compiled", binary)

        return FaultyEngine(right_engine(self.engine).info, load)


@dataclass(frozen=True, kw_only=True)
class PlanFault(Fault):
    """*edit* gives the faulty plan: the same object, or an equal one, where there is nothing to be wrong about."""

    edit: Callable[[Plan], Plan]
    within: Literal["compiled", "reference"] = "compiled"

    @property
    def engine(self) -> EngineName:
        return self.within

    def planted(self) -> FaultyEngine:
        def load(engine: FaultyEngine, binary: bytes) -> Loaded:
            right = plan_of(binary)
            wrong = self.edit(right)
            engine.note(wrong != right)
            if wrong == right:
                return _loaded(self.within, binary)
            if self.within == "reference":
                return prepare_reference(wrong, fuel=FUEL)
            return prepare_compiled(wrong, compile_adapters(wrong), fuel=FUEL)

        return FaultyEngine(right_engine(self.engine).info, load)


@dataclass(frozen=True, kw_only=True)
class _Replacement(Fault):
    """*wrong* takes the place of *function*: a function, wherever it is bound, or *owner*'s method of this name.

    *wrong* is made from the right one, which it may call.
    """

    function: Function
    wrong: Callable[[Function], Function]
    owner: type | None = None

    def bindings(self) -> tuple[tuple[Any, str, Any], ...]:
        """Owner, name and value of everything that refers to the function."""
        if self.owner is not None:
            return ((self.owner, self.function.__name__, self.function),)
        modules = [m for name, m in sys.modules.items() if name.startswith("fact.")]
        return tuple((m, name, v) for m in modules for name, v in vars(m).items() if v is self.function)


@dataclass(frozen=True, kw_only=True)
class CompilerFault(_Replacement):
    """*function* is one of `fact.adapters`."""

    @property
    def engine(self) -> EngineName:
        return "compiled"

    def planted(self) -> FaultyEngine:
        patch = Patch(self.bindings(), self.wrong(self.function))

        def load(engine: FaultyEngine, binary: bytes) -> Loaded:
            plan, right = plan_of(binary), adapters_of(binary)
            with patch.applied():
                wrong = compile_adapters(plan)
            engine.note(wrong != right)
            return prepare_compiled(plan, wrong, fuel=FUEL) if wrong != right else _loaded("compiled", binary)

        return FaultyEngine(right_engine(self.engine).info, load)


@dataclass(frozen=True, kw_only=True)
class ReferenceFault(_Replacement):
    """*function* is one of `fact.abi` or `fact.run`."""

    @property
    def engine(self) -> EngineName:
        return "reference"

    def planted(self) -> FaultyEngine:
        def load(engine: FaultyEngine, binary: bytes) -> Loaded:
            wrong = self.wrong(self.function)

            def noted(*args: Any) -> Any:
                engine.note(True)
                return wrong(*args)

            engine.note(False)
            return _PatchedLoaded(_loaded("reference", binary), Patch(self.bindings(), noted))

        return FaultyEngine(right_engine(self.engine).info, load)


# -- engines


@dataclass(slots=True)
class FaultyEngine:
    """Keeps the name of the engine that it stands in for. *changed*: whether the fault had any effect on the data, or
    the faulty function was called at all, in the case that was loaded last; *ever*: in any case so far."""

    info: EngineInfo
    _load: Callable[[FaultyEngine, bytes], Loaded]
    changed: bool = field(default=False, init=False)
    ever: bool = field(default=False, init=False)

    def load(self, binary: bytes, environment: Environment = NOTHING) -> Loaded:
        assert environment == NOTHING, "no generated root imports modules or components"
        return self._load(self, binary)

    def note(self, changed: bool) -> None:
        self.changed = changed
        self.ever |= changed


@dataclass(frozen=True, slots=True)
class Patch:
    """What `fact.abi` remembers of types is forgotten before and after: it may come from the other function."""

    bindings: tuple[tuple[Any, str, Any], ...]
    value: Function

    @contextmanager
    def applied(self) -> Iterator[None]:
        forget()
        for owner, name, _ in self.bindings:
            setattr(owner, name, self.value)
        try:
            yield
        finally:
            for owner, name, right in self.bindings:
                setattr(owner, name, right)
            forget()


@dataclass(frozen=True, slots=True)
class _PatchedLoaded:
    right: Loaded
    patch: Patch

    def instantiate(self, host: Host) -> Running:
        with self.patch.applied():
            return _PatchedRunning(self.right.instantiate(host), self.patch)


@dataclass(frozen=True, slots=True)
class _PatchedRunning:
    right: Running
    patch: Patch

    def invoke(self, function: str, args: Sequence[Value]) -> Value | None:
        with self.patch.applied():
            return self.right.invoke(function, args)

    def drop(self, handle: Handle) -> None:
        with self.patch.applied():
            self.right.drop(handle)


REMEMBERED = 2000
"""Hunts of one seed see the same first cases again and again: what is loaded once is kept."""

_memory: dict[tuple[str, bytes], Loaded] = {}


def _loaded(name: EngineName, binary: bytes) -> Loaded:
    if (loaded := _memory.get((name, binary))) is None:
        if len(_memory) == REMEMBERED:
            del _memory[next(iter(_memory))]
        loaded = _memory[name, binary] = _ENGINES[name].load(binary)
    return loaded


def forget_loaded() -> None:
    _memory.clear()


@dataclass(frozen=True, slots=True)
class _RightEngine:
    """One of our engines, which remembers what it has loaded."""

    info: EngineInfo

    def load(self, binary: bytes, environment: Environment = NOTHING) -> Loaded:
        assert environment == NOTHING, "no generated root imports modules or components"
        name: Any = self.info.name
        return _loaded(name, binary)


_ENGINES: Mapping[EngineName, Engine] = {"reference": ReferenceEngine(FUEL), "compiled": CompiledEngine(FUEL)}


@cache
def right_engine(name: EngineName) -> Engine:
    return NativeEngine() if name == "native" else _RightEngine(_ENGINES[name].info)


def edited(module: CompiledAdapterModule, wat: str) -> CompiledAdapterModule:
    return replace(module, wat=wat)
