"""The child's side of an engine in a process of its own: it opens the engine and serves the parent's requests."""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import sys
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection
from typing import Any

from fact.errors import Unsupported
from fact.model.traps import Trap, TrapReason
from fact.model.types import FuncType
from fact.model.values import BadHandle, Value
from fact.run.host import Host
from fuzz.engines.base import Engine, Loaded, Refusal, Running
from fuzz.engines.limits import Limits
from fuzz.processes import bound

BACKSTOP_BYTES = 8 << 30
"""The least that a process may map for data. The parent looks at what is resident; this is for when it does not get to
it. Memories count as soon as they are declared, used or not, so that it may not be tight."""


def serve(make: Callable[[], Engine], limits: Limits, pipe: int, output: int) -> None:
    """The whole life of the process: requests come through *pipe*; what is printed goes to *output*."""
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.close(output)
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    os.environ["RUST_BACKTRACE"] = "0"
    _bound(limits)
    requests = Connection(pipe)
    server = _Server(make, requests)
    with contextlib.suppress(EOFError, BrokenPipeError, ConnectionResetError):
        while True:
            server.serve(*requests.recv())


def _bound(limits: Limits) -> None:
    """Printing past its bound is a signal, of which Python would have made an error that an engine may survive."""
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
    bound(resource.RLIMIT_FSIZE, 2 * limits.printed)
    bound(resource.RLIMIT_DATA, max(4 * limits.memory, BACKSTOP_BYTES))
    bound(resource.RLIMIT_CORE, 0)


class _Server:
    """Components and instances by the numbers that the parent gave them, until it forgets them."""

    def __init__(self, make: Callable[[], Engine], pipe: Connection) -> None:
        self._make = make
        self._pipe = pipe
        self._opened: Engine | None = None
        self._held: dict[int, Any] = {}

    def serve(self, _: str, forgotten: Sequence[int], *request: Any) -> None:
        for number in forgotten:
            self._held.pop(number, None)
        try:
            reply: tuple[object, ...] = ("returned", self._perform(*request))
        except Exception as error:
            reply = encoded(error)
        sys.stdout.flush()
        self._pipe.send(reply)

    @property
    def _engine(self) -> Engine:
        if self._opened is None:
            self._opened = self._make()
        return self._opened

    def _perform(self, kind: str, *message: Any) -> object:
        match kind, message:
            case "info", ():
                return self._engine.info
            case "call", (function, args):
                return function(*args)
            case "load", (number, binary, environment):
                self._held[number] = self._engine.load(binary, environment)
                return None
            case "instantiate", (number, component, host):
                loaded: Loaded = self._held[component]
                self._held[number] = loaded.instantiate(self._host(host))
                return None
            case "invoke", (number, function, args):
                running: Running = self._held[number]
                return running.invoke(function, args)
            case "drop", (number, handle):
                held: Running = self._held[number]
                held.drop(handle)
                return None
        raise ValueError(f"unknown request {kind!r}")

    def _host(self, number: int) -> Host:
        return _RemoteHost(self, number)

    def ask(self, *question: object) -> Any:
        """The parent's answer; what it wants first is served meanwhile."""
        self._pipe.send(question)
        while True:
            kind, *message = self._pipe.recv()
            match kind:
                case "returned":
                    return message[0]
                case "raised":
                    raise decoded(kind, *message)
                case _:
                    self.serve(kind, *message)


class _RemoteHost:
    """The host in the parent."""

    def __init__(self, server: _Server, number: int) -> None:
        self._server = server
        self._number = number

    def __call__(self, path: tuple[str, ...], type: FuncType, args: Sequence[Value], /) -> Value | None:
        answer: Value | None = self._server.ask("host", self._number, "call", path, type, tuple(args))
        return answer

    def drop(self, path: tuple[str, ...], number: int) -> None:
        self._server.ask("host", self._number, "drop", path, number)


# -- exceptions on their way


def encoded(error: Exception) -> tuple[object, ...]:
    match error:
        case Trap():
            return "raised", "trap", error.reason.value, error.site, error.message, error.state
        case Refusal():
            return "raised", "refusal", error.kind, error.message
        case Unsupported():
            return "raised", "unsupported", error.construct, error.offset
        case BadHandle():
            return "raised", "handle", str(error)
        case KeyError():
            return "raised", "key", error.args[0] if error.args else ""
        case ValueError():
            return "raised", "value", str(error)
        case MemoryError():
            return "raised", "memory"
    return "raised", "other", f"{type(error).__name__}: {error}"


def decoded(_: str, what: str, *details: Any) -> Exception:
    match what:
        case "trap":
            reason, site, message, state = details
            return Trap(TrapReason(reason), site, message, state)
        case "refusal":
            return Refusal(*details)
        case "unsupported":
            return Unsupported(*details)
        case "handle":
            return BadHandle(*details)
        case "key":
            return KeyError(*details)
        case "value":
            return ValueError(*details)
        case "memory":
            return MemoryError("an engine was given no more memory")
    return RuntimeError(*details)
