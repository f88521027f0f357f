"""Scripts on several engines: what each made of every command, and where they differ.

`factfuzz wast` asks each engine whether the assertions hold; `factfuzz run CASE.wast` shows every call side by side.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fact.link import Environment
from fact.model.types import FuncType
from fact.model.values import Handle, Value, same_value
from fact.run.host import Host
from fuzz.compare import call_text, describe, same_outcome, state_of
from fuzz.difference import difference_line
from fuzz.engines.base import NOTHING, Engine, EngineInfo, Loaded, Refusal, Running
from fuzz.errors import UsageError
from fuzz.invocations import outcome_data
from fuzz.observe import failure
from fuzz.outcome import NotSupported, Outcome, Returned
from fuzz.script import host_in_header
from fuzz.wast import Event, FileReport, Script, ScriptHost, load_script, run_commands
from fuzz.wast.explained import Explanation, explain
from fuzz.wast.report import summarise
from fuzz.wast.signatures import function_types
from fuzz.wast.spectest import Serve
from fuzz.wast.summary import report_data
from generators.behaviours import respond
from generators.blueprint import Behaviour
from generators.handles_text import DROP


@dataclass(frozen=True, slots=True)
class Action:
    """A call that a script made on one engine, or one that a component made of the host that a case describes."""

    function: str
    args: tuple[Value, ...]
    outcome: Outcome
    type: FuncType | None = None

    @property
    def text(self) -> str:
        return call_text(self.function, self.args, self.type)

    @property
    def told(self) -> str:
        """What came of it, in words."""
        return describe(self.outcome, None if self.type is None else self.type.result)


@dataclass(frozen=True, slots=True)
class Command:
    """One command of a script on every engine: the verdicts, and the calls it made."""

    line: int
    events: dict[str, Event]
    actions: dict[str, tuple[Action, ...]]

    @property
    def diverges(self) -> bool:
        """Whether the engines that support the command did different things."""
        made = [
            (name, actions) for name, actions in self.actions.items()
            if not any(isinstance(a.outcome, NotSupported) for a in actions)
            and self.events[name].verdict != "unsupported"
        ]
        return any(not _same(made[0], other) for other in made[1:])

    @property
    def first_difference(self) -> str:
        """Where two engines' results differ first, if that is inside of them; empty otherwise."""
        for i in range(min(map(len, self.actions.values()), default=0)):
            at = {name: actions[i] for name, actions in self.actions.items()}
            returned = [(f"on {n}", a.outcome.value) for n, a in at.items() if isinstance(a.outcome, Returned)]
            type = next(iter(at.values())).type
            if returned and (line := difference_line(None if type is None else type.result, returned)):
                return line
        return ""


def _same(a: tuple[str, tuple[Action, ...]], b: tuple[str, tuple[Action, ...]]) -> bool:
    return len(a[1]) == len(b[1]) and all(
        _same_call(x, y) and same_outcome(a[0], x.outcome, b[0], y.outcome) for x, y in zip(a[1], b[1], strict=True)
    )


def _same_call(a: Action, b: Action) -> bool:
    return a.function == b.function and len(a.args) == len(b.args) and all(map(same_value, a.args, b.args))


@dataclass(frozen=True, slots=True)
class ScriptRun:
    """A whole script on every engine."""

    path: str
    commands: tuple[Command, ...]
    reports: tuple[FileReport, ...]

    @property
    def agrees(self) -> bool:
        return not any(command.diverges for command in self.commands)

    @property
    def ok(self) -> bool:
        return self.agrees and all(report.ok for report in self.reports)


def run_script_on(path: Path, engines: Sequence[Engine]) -> ScriptRun:
    """Raises `UsageError` for a file that is not a script."""
    script = load_script(path)
    by_engine = {engine.info.name: list(_run_one(script, engine)) for engine in engines}
    reports = tuple(
        summarise(str(path), name, (event for event, _ in events)) for name, events in by_engine.items()
    )
    commands = tuple(
        Command(
            line=next(iter(at.values()))[0].line,
            events={name: event for name, (event, _) in at.items()},
            actions={name: actions for name, (_, actions) in at.items()},
        )
        for at in (
            {name: events[i] for name, events in by_engine.items()} for i in range(len(script.commands))
        )
    )
    return ScriptRun(str(path), commands, reports)


def report_on(script: Script, engine: Engine, explanations: Sequence[Explanation] = ()) -> FileReport:
    """Whether the script's assertions hold on one engine."""
    name = engine.info.name
    events = run_commands(script, engine, host_of(script))
    return summarise(script.path, name, explain(events, script.path, name, explanations))


def _run_one(script: Script, engine: Engine) -> Iterator[tuple[Event, tuple[Action, ...]]]:
    recorder = _Recorder(engine)
    for event in run_commands(script, recorder, _RecordedHost(_offered_by(script), recorder)):
        yield event, recorder.taken()


def host_of(script: Script) -> ScriptHost:
    """The host that the header of a case describes, besides what every script may import."""
    return ScriptHost(_offered_by(script))


def _offered_by(script: Script) -> dict[tuple[str, ...], Serve]:
    try:
        functions = host_in_header(Path(script.path).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UsageError(f"{script.path}: {error}") from None
    return {f.path: _serves(f.behaviour) for f in functions}


def _serves(behaviour: Behaviour) -> Serve:
    return lambda args: respond(behaviour, args)


# -- recording


class _Recorder:
    """An engine that notes every call made through it."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._actions: list[Action] = []

    @property
    def info(self) -> EngineInfo:
        return self._engine.info

    def load(self, binary: bytes, environment: Environment = NOTHING) -> Loaded:
        try:
            loaded = self._engine.load(binary, environment)
            return _RecordedComponent(loaded, function_types(binary, environment), self._actions)
        except Exception as error:
            if not isinstance(error, Refusal):
                self._actions.append(Action("load", (), failure(error)))
            raise

    def note(self, action: Action) -> None:
        self._actions.append(action)

    def taken(self) -> tuple[Action, ...]:
        actions = tuple(self._actions)
        self._actions.clear()
        return actions


class _RecordedHost(ScriptHost):
    """A host that tells of the calls that it offers *more* for, and of its resources that are dropped."""

    def __init__(self, more: Mapping[tuple[str, ...], Serve], recorder: _Recorder) -> None:
        super().__init__(more)
        self._more, self._recorder = more, recorder

    def __call__(self, path: tuple[str, ...], type: FuncType, args: Sequence[Value], /) -> Value | None:
        if path not in self._more:
            return super().__call__(path, type, args)
        name = f"(host) {'#'.join(path)}"
        try:
            value = super().__call__(path, type, args)
        except Exception as error:
            self._recorder.note(Action(name, tuple(args), failure(error), type))
            raise
        self._recorder.note(Action(name, tuple(args), Returned(value), type))
        return value

    def drop(self, path: tuple[str, ...], number: int) -> None:
        if self.offers_more:
            self._recorder.note(Action(f"(host) drop of {'#'.join(path)}", (Handle(number),), Returned(None)))
        super().drop(path, number)


@dataclass(frozen=True, slots=True)
class _RecordedComponent:
    loaded: Loaded
    types: dict[str, FuncType]
    actions: list[Action]

    def instantiate(self, host: Host) -> Running:
        try:
            return _RecordedInstance(self.loaded.instantiate(host), self.types, self.actions)
        except Exception as error:
            self.actions.append(Action("instantiate", (), failure(error)))
            raise


@dataclass(frozen=True, slots=True)
class _RecordedInstance:
    running: Running
    types: dict[str, FuncType]
    actions: list[Action]

    def invoke(self, function: str, args: Sequence[Value]) -> Value | None:
        try:
            value = self.running.invoke(function, args)
        except Exception as error:
            self.actions.append(Action(function, tuple(args), failure(error), self.types.get(function)))
            raise
        self.actions.append(Action(function, tuple(args), Returned(value), self.types.get(function)))
        return value

    def drop(self, handle: Handle) -> None:
        try:
            self.running.drop(handle)
        except Exception as error:
            self.actions.append(Action(DROP, (handle,), failure(error)))
            raise
        self.actions.append(Action(DROP, (handle,), Returned(None)))


# -- words


def run_lines(run: ScriptRun) -> list[str]:
    """Every call with a line an engine, every other problem, and what it comes to."""
    lines = []
    width = max(len(report.engine) for report in run.reports)
    for command in run.commands:
        calls = {name: actions for name, actions in command.actions.items() if actions}
        for i in range(max(map(len, calls.values()), default=0)):
            first = next(actions[i] for actions in calls.values() if len(actions) > i)
            lines.append(f"line {command.line}: {first.text}")
            for name, actions in calls.items():
                said = actions[i].told if len(actions) > i else "made no such call"
                lines.append(f"  {name:{width}}  {said}")
                if len(actions) > i:
                    lines += [f"  {'':{width}}    {line}" for line in state_of(actions[i].outcome)]
        for name, event in command.events.items():
            if event.verdict != "passed":
                lines.append(f"line {command.line}: {name}: {event.verdict}: {' '.join(event.why.split())}")
        if command.diverges:
            lines.append(f"line {command.line}: the engines disagree")
            if command.first_difference:
                lines.append(f"  first difference: {command.first_difference}")
    for report in run.reports:
        unsupported = f", {report.unsupported} unsupported" if report.unsupported else ""
        lines.append(f"{report.engine:{width}}  {report.passed} passed, {report.failed} failed{unsupported}")
    if len(run.reports) > 1:
        lines.append("all agree" if run.agrees else "disagreement")
    return lines


def run_data(run: ScriptRun) -> dict[str, Any]:
    return {
        "path": run.path,
        "agree": run.agrees,
        "commands": [
            {
                "line": c.line,
                "diverges": c.diverges,
                "first_difference": c.first_difference or None,
                "engines": {
                    name: {
                        "verdict": event.verdict,
                        "why": event.why,
                        "calls": [
                            {"call": a.text, **outcome_data(a.outcome, a.type)}
                            for a in c.actions[name]
                        ],
                    }
                    for name, event in c.events.items()
                },
            }
            for c in run.commands
        ],
        "reports": [report_data(r) for r in run.reports],
    }
