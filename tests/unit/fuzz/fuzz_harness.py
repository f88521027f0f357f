"""Engines and programs for tests: an engine answers as a table of functions says."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from fact.link import Environment
from fact.model.traps import Trap, TrapReason
from fact.model.types import FuncType
from fact.model.values import Handle, Value
from fact.run.host import Host
from fuzz.engines.base import NOTHING, EngineInfo
from fuzz.observe import Program
from generators.blueprint import Answer, Behaviour

Respond = Callable[..., "Value | None"]
"""Is given the host and the arguments."""
Answers = Mapping[str, Respond]


class TableEngine:
    """*answers* by export; a function gets the host and the arguments. *instances* counts instantiations."""

    def __init__(self, name: str, answers: Answers, *, on_load: Exception | None = None) -> None:
        self.info = EngineInfo(name, "1", "", ())
        self.answers = answers
        self.on_load = on_load
        self.instances = 0

    def load(self, binary: bytes, environment: Environment = NOTHING) -> TableEngine:
        if self.on_load is not None:
            raise self.on_load
        return self

    def instantiate(self, host: Host) -> TableRunning:
        self.instances += 1
        if "start" in self.answers:
            self.answers["start"](host)
        return TableRunning(self.answers, host)


class TableRunning:
    def __init__(self, answers: Answers, host: Host) -> None:
        self.answers = answers
        self.host = host

    def invoke(self, function: str, args: Sequence[Value]) -> Value | None:
        return self.answers[function](self.host, *args)

    def drop(self, handle: Handle) -> None:
        self.answers["drop"](self.host, handle)


def returns(value: Value | None) -> Callable[..., Value | None]:
    return lambda _host, *_args: value


def traps(reason: TrapReason, site: str | None = None, message: str | None = None) -> Callable[..., Value | None]:
    def trap(_host: Host, *_args: Value) -> Value | None:
        raise Trap(reason, site, message)

    return trap


def raises(error: Exception) -> Callable[..., Value | None]:
    def fail(_host: Host, *_args: Value) -> Value | None:
        raise error

    return fail


def calls_host(*args: Value) -> Callable[..., Value | None]:
    return lambda host, *_args: host(("h",), FuncType((), None), args)


def program(*functions: str, logs: tuple[str, ...] = ()) -> Program:
    host: dict[tuple[str, ...], Behaviour] = {("h",): Answer()}
    return Program(b"", tuple((f, ()) for f in functions), logs, host)
