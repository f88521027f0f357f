"""Runs one component's calls on one engine and notes everything that the engines can be compared by.

The calls go to one instance, in order; after a trap what follows gets a fresh instance. After each call that returns,
the digest of every guest log is read. Among the calls the host may drop what it holds (`DROP`);
as the last part of the path of a call of the host, `DROP` says that the last owner of a resource of the host's, of that
representation, is gone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from time import perf_counter

from fact.errors import Unsupported
from fact.model.traps import Trap
from fact.model.types import FuncType
from fact.model.values import BadHandle, Handle, Value
from fuzz.engines.base import Counted, Engine, EngineEnded, EngineExceeded, EngineHung, Loaded, Refusal, Running, Traced
from fuzz.outcome import Crashed, Exceeded, Misused, NotSupported, Outcome, Refused, Returned, TimedOut, Trapped
from generators.behaviours import respond
from generators.blueprint import Behaviour
from generators.handles_text import DROP


@dataclass(frozen=True, slots=True)
class Given:
    """The host returns this value, which somebody gave as such."""

    value: Value | None


@dataclass(frozen=True, slots=True)
class Program:
    """What an engine needs of a case: *calls* are export paths with arguments.

    *types*, one for each call, only serve to show values; where nobody knows them there are none.
    """

    binary: bytes
    calls: tuple[tuple[str, tuple[Value, ...]], ...]
    log_prefixes: tuple[str, ...]
    host: Mapping[tuple[str, ...], Behaviour | Given]
    types: tuple[FuncType, ...] = ()

    def type_of(self, call: int) -> FuncType | None:
        return self.types[call] if call < len(self.types) else None


@dataclass(frozen=True, slots=True)
class HostCall:
    """The component called the host's function *path*, of *type*."""

    path: tuple[str, ...]
    args: tuple[Value, ...]
    type: FuncType | None = field(default=None, compare=False)

    @property
    def name(self) -> str:
        if self.path[-1] == DROP:
            return f"drop of {'#'.join(self.path[:-1])}"
        return "#".join(self.path)


@dataclass(frozen=True, slots=True)
class CallObservation:
    """*digests*: one for each log prefix, after a call that returned; *log_failure* when they could not be read.

    *host_calls* include those of start functions when the call began with a fresh instance.
    """

    outcome: Outcome
    digests: tuple[int, ...] = ()
    log_failure: Outcome | None = None
    host_calls: tuple[HostCall, ...] = ()


@dataclass(frozen=True, slots=True)
class Seconds:
    """Time spent inside the engine."""

    load: float = 0.0
    instantiate: float = 0.0
    call: float = 0.0

    @property
    def total(self) -> float:
        return self.load + self.instantiate + self.call


@dataclass(frozen=True, slots=True)
class Observation:
    """*refusal*: what came of loading or instantiating when there is no instance to call; *stage* says which of the two
    it was. *host_calls* are those of start functions when there are no *calls*, to which they would belong. *features*
    are those that the engine saw, if it is one that looks; *branches* how often each branch of its adapters was taken,
    by name, if it counts them: 0 for those that were not."""

    refusal: Outcome | None
    stage: str
    calls: tuple[CallObservation, ...]
    host_calls: tuple[HostCall, ...]
    seconds: Seconds
    features: frozenset[str] = frozenset()
    branches: Mapping[str, int] = field(default_factory=dict, hash=False)

    def outcomes(self) -> list[Outcome]:
        return [c.outcome for c in self.calls] if self.refusal is None else [self.refusal]


def failure(error: Exception) -> Outcome:
    """What an exception of an engine stands for: a trap, a refusal, or else a crash."""
    match error:
        case Trap():
            return Trapped(error.reason, error.site, error.message or "", error.state)
        case Refusal(kind="unsupported"):
            return NotSupported(error.message)
        case Refusal():
            return Refused(error.kind, error.message)
        case Unsupported():
            return NotSupported(error.construct)
        case EngineHung():
            return TimedOut(error.seconds, error.printed)
        case EngineExceeded():
            return Exceeded(error.what, error.limit, error.printed)
        case EngineEnded():
            return Crashed(str(error), error.how, error.printed)
    return Crashed(f"{type(error).__name__}: {error}")


class RecordingHost:
    """Answers as the program says, and keeps what it was called with."""

    def __init__(self, behaviours: Mapping[tuple[str, ...], Behaviour | Given]) -> None:
        self.behaviours = behaviours
        self.calls: list[HostCall] = []

    def __call__(self, path: tuple[str, ...], type: FuncType, args: Sequence[Value], /) -> Value | None:
        self.calls.append(HostCall(path, tuple(args), type))
        behaviour = self.behaviours[path]
        return behaviour.value if isinstance(behaviour, Given) else respond(behaviour, args)

    def drop(self, path: tuple[str, ...], number: int) -> None:
        self.calls.append(HostCall((*path, DROP), (Handle(number),)))

    def taken(self) -> tuple[HostCall, ...]:
        """The calls since the last time."""
        calls = tuple(self.calls)
        self.calls.clear()
        return calls


def observe(engine: Engine, program: Program) -> Observation:
    """Never raises: whatever an engine raises is part of the observation."""
    host = RecordingHost(program.host)
    began = perf_counter()
    try:
        loaded = engine.load(program.binary)
    except Exception as error:
        return Observation(failure(error), "load", (), (), Seconds(load=perf_counter() - began))
    loading = perf_counter() - began
    run = Session(loaded, host, program)
    first = run.instantiate()
    if first is not None:
        return Observation(
            first, "instantiate", (), host.taken(), Seconds(loading, run.instantiating), features_of(loaded),
            branches_of(loaded),
        )
    calls = tuple(run.call(function, args) for function, args in program.calls)
    seconds = Seconds(loading, run.instantiating, run.calling)
    return Observation(None, "", calls, host.taken(), seconds, features_of(loaded), branches_of(loaded))


def features_of(loaded: Loaded) -> frozenset[str]:
    return loaded.features() if isinstance(loaded, Traced) else frozenset()


def branches_of(loaded: Loaded) -> Mapping[str, int]:
    return loaded.branches() if isinstance(loaded, Counted) else {}


class Session:
    """Calls on a loaded component: the instance that is alive at present, and the time spent so far."""

    def __init__(self, loaded: Loaded, host: RecordingHost, program: Program) -> None:
        self.loaded = loaded
        self.host = host
        self.digests = tuple(f"{prefix}-log-digest" for prefix in program.log_prefixes)
        self.running: Running | None = None
        self.instantiating = 0.0
        self.calling = 0.0

    def instantiate(self) -> Outcome | None:
        began = perf_counter()
        try:
            self.running = self.loaded.instantiate(self.host)
        except Exception as error:
            return failure(error)
        finally:
            self.instantiating += perf_counter() - began
        return None

    def call(self, function: str, args: tuple[Value, ...]) -> CallObservation:
        if self.running is None and (failed := self.instantiate()) is not None:
            return CallObservation(failed, host_calls=self.host.taken())
        assert self.running is not None
        began = perf_counter()
        try:
            outcome: Outcome = Returned(perform(self.running, function, args))
        except BadHandle as bad:
            return CallObservation(Misused(str(bad)), host_calls=self.host.taken())
        except Exception as error:
            outcome = failure(error)
            self.running = None
            return CallObservation(outcome, host_calls=self.host.taken())
        finally:
            self.calling += perf_counter() - began
        return self.with_logs(self.running, outcome, self.host.taken())

    def with_logs(self, running: Running, outcome: Outcome, host_calls: tuple[HostCall, ...]) -> CallObservation:
        began = perf_counter()
        try:
            digests = tuple([_integer(running.invoke(name, ())) for name in self.digests])
        except Exception as error:
            self.running = None
            return CallObservation(outcome, log_failure=failure(error), host_calls=host_calls)
        finally:
            self.calling += perf_counter() - began
        return CallObservation(outcome, digests, None, host_calls)


def perform(running: Running, function: str, args: tuple[Value, ...]) -> Value | None:
    """The call, or the drop, that *function* and *args* stand for."""
    if function != DROP:
        return running.invoke(function, args)
    (handle,) = args
    assert isinstance(handle, Handle)
    running.drop(handle)
    return None


def _integer(value: Value | None) -> int:
    if isinstance(value, int):
        return value
    raise TypeError(f"a log export returned {value!r}")
