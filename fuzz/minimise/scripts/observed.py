"""What engines make of each command of a script, and the first command that they differ on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from fact.link import Environment
from fact.model.types import FuncType
from fact.model.values import Handle, Value
from fact.run.host import Host
from fuzz.compare import compare
from fuzz.difference import differing_kind
from fuzz.divergence import Divergence, Side
from fuzz.engines.base import NOTHING, Engine, EngineInfo, Loaded, Running
from fuzz.observe import CallObservation, HostCall, Observation, Program, Seconds, failure
from fuzz.outcome import Misused, NotSupported, Outcome, Returned
from fuzz.wast import Event, Script, ScriptHost, run_commands
from fuzz.wast.signatures import function_types
from fuzz.wast.spectest import Serve
from generators.behaviours import respond
from generators.blueprint import HostFunction
from generators.handles_text import DROP


@dataclass(frozen=True, slots=True)
class Step:
    """What one engine did at one point: *stage* is `load`, `instantiate` or `call`."""

    stage: str
    function: str
    args: tuple[Value, ...]
    outcome: Outcome | None
    """None: loaded, or instantiated."""
    type: FuncType | None = None
    host_calls: tuple[HostCall, ...] = ()


@dataclass(frozen=True, slots=True)
class Saw:
    """A command on one engine: what it did, and whether that is what the command expects."""

    steps: tuple[Step, ...]
    verdict: str
    why: str


@dataclass(frozen=True, slots=True)
class Difference:
    """*index* is that of the command."""

    index: int
    divergence: Divergence


def observe_script(script: Script, engine: Engine, host: Iterable[HostFunction]) -> tuple[Saw, ...]:
    """One for each command."""
    recorder = _Recorder(engine)
    answering = _Host({f.path: _serves(f) for f in host}, recorder)
    return tuple(recorder.saw(event) for event in run_commands(script, recorder, answering))


def _serves(function: HostFunction) -> Serve:
    return lambda args: respond(function.behaviour, args)


def first_difference(seen: Mapping[str, Sequence[Saw]]) -> Difference | None:
    """*seen* by engine. What an engine does not support is not compared, nor what depends on that."""
    count = min(map(len, seen.values()), default=0)
    for index in range(count):
        at = {name: saw[index] for name, saw in seen.items()}
        found = _difference(at)
        if found is not None:
            calls = sum(any(s.stage == "call" for s in saw.steps) for saw in next(iter(seen.values()))[:index])
            return Difference(index, found if found.call is None else replace(found, call=calls))
    return None


def _difference(at: Mapping[str, Saw]) -> Divergence | None:
    taking_part = {name: saw for name, saw in at.items() if saw.verdict != "unsupported"}
    for number in range(max((len(saw.steps) for saw in taking_part.values()), default=0)):
        steps = {name: saw.steps[number] for name, saw in taking_part.items() if number < len(saw.steps)}
        found = _of_step(steps)
        if found is not None:
            return found
    return _of_verdicts(taking_part)


def _of_step(steps: Mapping[str, Step]) -> Divergence | None:
    first = next(iter(steps.values()))
    type = next((s.type for s in steps.values() if s.type is not None), None)
    if first.stage == "call":
        calls = ((first.function, first.args),)
        program = Program(b"", calls, (), {}, () if type is None else (type,))
        found = compare({name: _observation(step) for name, step in steps.items()}, program)
        return found if found is None else _typed(found, type, steps)
    return compare({name: _observation(step) for name, step in steps.items()}, Program(b"", (), (), {}))


def _observation(step: Step) -> Observation:
    if step.stage == "call":
        assert step.outcome is not None
        call = CallObservation(step.outcome, host_calls=step.host_calls)
        return Observation(None, "", (call,), (), Seconds())
    return Observation(step.outcome, step.stage, (), step.host_calls, Seconds())


def _typed(found: Divergence, type: FuncType | None, steps: Mapping[str, Step]) -> Divergence:
    """With the type of two results that differ in its signature, as for generated cases."""
    if found.position != "call" or type is None or type.result is None:
        return found
    outcomes = [steps[side.engines[0]].outcome for side in found.sides]
    values = [o.value for o in outcomes if isinstance(o, Returned)]
    if len(values) < len(outcomes):
        return found
    kind = differing_kind(type.result, values)
    signature = found.signature.replace("call ", f"call result {kind}: ", 1)
    return replace(found, signature=signature)


def _of_verdicts(at: Mapping[str, Saw]) -> Divergence | None:
    """Engines that did the same, but not all of them what the command expects: an assertion about messages."""
    verdicts = {name: saw.verdict for name, saw in at.items()}
    if set(verdicts.values()) <= {"passed"} or set(verdicts.values()) <= {"failed"}:
        return None
    groups = [tuple(n for n, v in verdicts.items() if v == verdict) for verdict in ("passed", "failed")]
    sides = tuple(Side(names, at[names[0]].why or at[names[0]].verdict) for names in groups if names)
    words = " | ".join(f"{'+'.join(names)}={at[names[0]].verdict}" for names in groups if names)
    return Divergence("assertion", None, "", sides, f"assertion {words}")


# -- recording


class _Recorder:
    """An engine that notes what comes of everything that a script does with it."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.steps: list[Step] = []
        self.host_calls: list[HostCall] = []

    @property
    def info(self) -> EngineInfo:
        return self.engine.info

    def saw(self, event: Event) -> Saw:
        steps = tuple(self.steps)
        self.steps.clear()
        return Saw(steps, event.verdict, event.why)

    def note(self, stage: str, function: str, args: Sequence[Value], outcome: Outcome | None,
             type: FuncType | None = None) -> None:
        self.steps.append(Step(stage, function, tuple(args), outcome, type, tuple(self.host_calls)))
        self.host_calls.clear()

    def load(self, binary: bytes, environment: Environment = NOTHING) -> Loaded:
        try:
            loaded = self.engine.load(binary, environment)
        except Exception as error:
            self.note("load", "", (), failure(error))
            raise
        self.note("load", "", (), None)
        return _Component(loaded, binary, environment, self)


class _Component:
    def __init__(self, loaded: Loaded, binary: bytes, environment: Environment, recorder: _Recorder) -> None:
        self.loaded, self.recorder = loaded, recorder
        self.binary, self.environment = binary, environment

    def instantiate(self, host: Host) -> Running:
        try:
            running = self.loaded.instantiate(host)
        except Exception as error:
            self.recorder.note("instantiate", "", (), failure(error))
            raise
        self.recorder.note("instantiate", "", (), None)
        return _Instance(running, self)


class _Instance:
    def __init__(self, running: Running, component: _Component) -> None:
        self.running, self.component = running, component

    def invoke(self, function: str, args: Sequence[Value]) -> Value | None:
        types = function_types(self.component.binary, self.component.environment)
        type, recorder = types.get(function), self.component.recorder
        try:
            value = self.running.invoke(function, args)
        except (KeyError, ValueError) as error:  # what the script asks for, nobody could do
            recorder.note("call", function, args, Misused(str(error)), type)
            raise
        except Exception as error:
            recorder.note("call", function, args, failure(error), type)
            raise
        recorder.note("call", function, args, Returned(value), type)
        return value

    def drop(self, handle: Handle) -> None:
        recorder = self.component.recorder
        try:
            self.running.drop(handle)
        except Exception as error:
            recorder.note("call", DROP, (handle,), failure(error))
            raise
        recorder.note("call", DROP, (handle,), Returned(None))


class _Host(ScriptHost):
    """Notes the calls of what it offers *more* than every script's host."""

    def __init__(self, more: Mapping[tuple[str, ...], Serve], recorder: _Recorder) -> None:
        super().__init__(more)
        self._more, self._recorder = more, recorder
        self.offers_more = True
        """So that nobody validates once more what a candidate imports."""

    def __call__(self, path: tuple[str, ...], type: FuncType, args: Sequence[Value], /) -> Value | None:
        if path in self._more:
            self._recorder.host_calls.append(HostCall(path, tuple(args), type))
        return super().__call__(path, type, args)

    def drop(self, path: tuple[str, ...], number: int) -> None:
        if self._more:
            self._recorder.host_calls.append(HostCall((*path, DROP), (Handle(number),)))
        super().drop(path, number)


def not_supported(seen: Mapping[str, Sequence[Saw]]) -> dict[str, str]:
    """By engine the first thing that it does not support."""
    found: dict[str, str] = {}
    for name, saws in seen.items():
        for saw in saws:
            if saw.verdict == "unsupported" or any(isinstance(s.outcome, NotSupported) for s in saw.steps):
                found.setdefault(name, saw.why)
    return found
