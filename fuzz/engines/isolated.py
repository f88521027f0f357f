"""An engine in a process of its own, for commands that have to outlive it.

An engine under test may abort the process it runs in. A campaign's workers may die; `factfuzz run` and `factfuzz wast`
may not, so there the engine is a child process: its death is an exception here (`EngineDied`), and the next component
gets a new child. Requests and calls of the host nest: while the child waits for the host's answer it serves requests.
"""

from __future__ import annotations

import atexit
import contextlib
import multiprocessing
import os
import signal
import tempfile
import threading
from collections.abc import Callable, Sequence
from functools import cache
from multiprocessing import connection, parent_process
from multiprocessing.connection import Connection
from multiprocessing.reduction import DupFd
from typing import IO, Any, TypeVar

from fact.errors import Unsupported
from fact.link import Environment
from fact.model.traps import Trap, TrapReason
from fact.model.types import FuncType
from fact.model.values import BadHandle, Handle, Value
from fact.run.host import DroppingHost, Host
from fuzz.engines.base import NOTHING, Engine, EngineDied, EngineHung, EngineInfo, Loaded, Refusal, Running

T = TypeVar("T")

SECONDS = 60.0
"""How long the child may take for one answer."""


# -- the parent's side


class Child:
    """A process that runs engine *make()*, started when it is first needed and again after it died."""

    def __init__(self, make: Callable[[], Engine], seconds: float = SECONDS) -> None:
        self._make = make
        self._seconds = seconds
        self._process: Any = None
        self._pipe: Connection | None = None
        self._stderr: IO[bytes] | None = None
        """What the process writes to stderr. The file has no name, so that none is left behind, however we end."""
        self._hosts: dict[int, Host] = {}
        self.generation = 0
        """Counts processes: what one made does not exist in the next."""
        atexit.register(self.close)

    def request(self, *message: object) -> Any:
        """The child's answer; raises what the engine raised, `EngineDied` or `EngineHung`."""
        pipe = self._connection()
        try:
            pipe.send(message)
            while True:
                if not pipe.poll(self._seconds):
                    self.close()
                    raise EngineHung(self._seconds)
                kind, *reply = pipe.recv()
                match kind:
                    case "host":
                        pipe.send(self._answer(*reply))
                    case "returned":
                        return reply[0]
                    case _:
                        raise _decoded(kind, *reply)
        except (EOFError, BrokenPipeError, ConnectionResetError):
            raise self._death() from None

    def keep_host(self, host: Host) -> int:
        """The number by which the child calls *host*."""
        self._hosts[len(self._hosts)] = host
        return len(self._hosts) - 1

    def _answer(self, host: int, wanted: str, *details: Any) -> tuple[object, ...]:
        """What *host* makes of one question: a call of a function, or the end of a resource."""
        answering = self._hosts[host]
        try:
            match wanted, details:
                case "call", (path, type, args):
                    return "returned", answering(path, type, args)
                case "drop", (path, number) if isinstance(answering, DroppingHost):
                    answering.drop(path, number)
        except Exception as error:
            return _encoded(error)
        return "returned", None

    def _connection(self) -> Connection:
        if self._pipe is None:
            context = multiprocessing.get_context("spawn")
            self._pipe, theirs = context.Pipe()
            self._stderr = tempfile.TemporaryFile()  # noqa: SIM115
            arguments = self._make, theirs, _Inherited(self._stderr.fileno())
            self._process = context.Process(target=_serve, args=arguments, daemon=True)
            self._process.start()
            theirs.close()
            self.generation += 1
        return self._pipe

    def _death(self) -> EngineDied:
        self._process.join(5)
        code = self._process.exitcode
        how = signal.Signals(-code).name if code is not None and code < 0 else f"exit status {code}"
        said = self._said_on_stderr()
        self.close()
        lines = [line.strip() for line in said.partition("stack backtrace:")[0].splitlines()]
        return EngineDied(": ".join([how, *filter(None, lines)][:4]))

    def _said_on_stderr(self) -> str:
        if self._stderr is None:
            return ""
        self._stderr.seek(0)
        return self._stderr.read().decode(errors="replace")

    def close(self) -> None:
        """Ends the process; a later request starts another one."""
        if self._pipe is not None:
            self._pipe.close()
            self._pipe = None
            self._process.kill()
            self._process.join()
        if self._stderr is not None:
            self._stderr.close()
            self._stderr = None


class _Inherited:
    """In the arguments of a process that is started: a file descriptor, which arrives there as a number."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def __reduce__(self) -> tuple[Callable[[Any], int], tuple[object]]:
        return _detached, (DupFd(self._descriptor),)


def _detached(sent: Any) -> int:
    descriptor: int = sent.detach()
    return descriptor


class IsolatedEngine:
    """`Engine` *make()*, in a child process. *make* is importable: a class or function of a module."""

    def __init__(self, make: Callable[[], Engine], seconds: float = SECONDS) -> None:
        self._child = Child(make, seconds)
        self._info: EngineInfo | None = None

    @property
    def info(self) -> EngineInfo:
        if self._info is None:
            info: EngineInfo = self._child.request("info")
            self._info = info
        return self._info

    def load(self, binary: bytes, environment: Environment = NOTHING) -> Loaded:
        number: int = self._child.request("load", binary, environment)
        return _IsolatedComponent(self._child, number, self._child.generation)

    def call(self, function: Callable[..., T], *args: object) -> T:
        """*function*, importable, called in the child."""
        result: T = self._child.request("call", function, args)
        return result


class _Remote:
    def __init__(self, child: Child, number: int, generation: int) -> None:
        self._child = child
        self._number = number
        self._generation = generation

    def request(self, kind: str, *message: object) -> Any:
        if self._child.generation != self._generation:
            raise EngineDied("it died before this")
        return self._child.request(kind, self._number, *message)


class _IsolatedComponent(_Remote):
    def instantiate(self, host: Host) -> Running:
        number: int = self.request("instantiate", self._child.keep_host(host))
        return _IsolatedInstance(self._child, number, self._generation)


class _IsolatedInstance(_Remote):
    def invoke(self, function: str, args: Sequence[Value]) -> Value | None:
        result: Value | None = self.request("invoke", function, tuple(args))
        return result

    def drop(self, handle: Handle) -> None:
        self.request("drop", handle)


@cache
def isolated(make: Callable[[], Engine]) -> IsolatedEngine:
    """One for everybody in this process who wants that engine."""
    return IsolatedEngine(make)


# -- the child's side


def leave_with_parent() -> None:
    """Ends this process when its parent has ended, however that came, even while an engine hangs."""
    threading.Thread(target=_outwait_parent, daemon=True).start()


def _outwait_parent() -> None:
    parent = parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(1)


def _serve(make: Callable[[], Engine], pipe: Connection, stderr: int) -> None:
    os.dup2(stderr, 2)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    leave_with_parent()
    server = _Server(make(), pipe)
    with contextlib.suppress(EOFError, BrokenPipeError, ConnectionResetError):
        while True:
            server.serve(pipe.recv())


class _Server:
    def __init__(self, engine: Engine, pipe: Connection) -> None:
        self._engine = engine
        self._pipe = pipe
        self._components: list[Loaded] = []
        self._instances: list[Running] = []

    def serve(self, request: tuple[Any, ...]) -> None:
        try:
            reply: tuple[object, ...] = ("returned", self._perform(*request))
        except Exception as error:
            reply = _encoded(error)
        self._pipe.send(reply)

    def _perform(self, kind: str, *message: Any) -> object:
        match kind, message:
            case "info", ():
                return self._engine.info
            case "call", (function, args):
                return function(*args)
            case "load", (binary, environment):
                self._components.append(self._engine.load(binary, environment))
                return len(self._components) - 1
            case "instantiate", (number, host):
                self._instances.append(self._components[number].instantiate(self._host(host)))
                return len(self._instances) - 1
            case "invoke", (number, function, args):
                return self._instances[number].invoke(function, args)
            case "drop", (number, handle):
                return self._instances[number].drop(handle)
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
                    raise _decoded(kind, *message)
                case _:
                    self.serve((kind, *message))


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


def _encoded(error: Exception) -> tuple[object, ...]:
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
    return "raised", "other", f"{type(error).__name__}: {error}"


def _decoded(_: str, what: str, *details: Any) -> Exception:
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
    return RuntimeError(*details)
