"""An engine in a process of its own, for commands that have to outlive it.

An engine under test may abort the process it runs in, hang, or use up what the machine has. A campaign's workers may
die; `factfuzz run`, `wast` and `minimize` may not, nor may whoever makes a case smaller over which an engine dies.
There the engine is a child process (`fuzz.engines.isolated_server` is its side): its end is an exception here
(`EngineEnded`), and the next component gets a new child, which `fuzz.engines.forkserver` makes in milliseconds.
Requests and calls of the host nest: while the child waits for the host's answer it serves requests.
"""

from __future__ import annotations

import signal
import weakref
from collections.abc import Callable, Sequence
from functools import cache
from itertools import count
from multiprocessing.reduction import ForkingPickler
from time import monotonic, sleep
from typing import Any, TypeVar

from fact.link import Environment
from fact.model.values import Handle, Value
from fact.run.host import DroppingHost, Host
from fuzz.engines.base import (
    NOTHING,
    Engine,
    EngineDied,
    EngineEnded,
    EngineExceeded,
    EngineHung,
    EngineInfo,
    Loaded,
    Running,
)
from fuzz.engines.forkserver import ForkFailed
from fuzz.engines.isolated_process import IsolatedProcess
from fuzz.engines.isolated_server import decoded, encoded
from fuzz.engines.limits import Limits
from fuzz.processes import how_ended

T = TypeVar("T")

PAUSE_SECONDS = 0.002

LOOK_SECONDS = 0.05
"""How often a process that takes its time is looked at, whether it keeps to its limits."""


class Child:
    """A process that runs engine *make()*, started when it is first needed and again after its end."""

    def __init__(self, make: Callable[[], Engine], limits: Limits) -> None:
        self.limits = limits
        self._make = make
        self._process: IsolatedProcess | None = None
        self._hosts: dict[int, Host] = {}
        self._forgotten: list[int] = []
        self._numbers = count()
        self._deadline: float | None = None
        self.generation = 0
        """Counts processes that have ended: what one made does not exist in the next."""

    def request(self, *message: object) -> Any:
        """The child's answer; raises what the engine raised, or `EngineEnded`. The time for a request that comes while
        another one is served is part of that one's."""
        process = self._running()
        forgotten = tuple(self._forgotten)
        del self._forgotten[: len(forgotten)]
        sent = ForkingPickler.dumps(("asked", forgotten, *message))
        outermost = self._deadline is None
        if outermost:
            self._deadline = monotonic() + self.limits.seconds
            process.begin(self.limits.printed)
        try:
            kind, *reply = self._exchange(process, sent)
        except (EOFError, OSError):  # the latter in the middle of a message
            try:
                raise self._death(process) from None
            finally:
                self.close()
        except BaseException:  # the answer may still be on its way
            self.close()
            raise
        finally:
            if outermost:
                self._deadline = None
        if kind == "returned":
            return reply[0]
        raised = decoded(kind, *reply)
        if isinstance(raised, MemoryError):
            exceeded = EngineExceeded("memory", self.limits.memory, process.printed())
            self.close()
            raise exceeded
        raise raised

    def keep(self, thing: object) -> int:
        """A number for what the child is about to make, which it forgets when *thing*, which stands for that here, is
        no more."""
        number = next(self._numbers)
        weakref.finalize(thing, self._forgotten.append, number)
        return number

    def keep_host(self, host: Host) -> int:
        """The number by which the child calls *host*."""
        number = next(self._numbers)
        self._hosts[number] = host
        return number

    def forget_host(self, number: int) -> None:
        self._hosts.pop(number, None)

    def _exchange(self, process: IsolatedProcess, sent: Any) -> Any:
        process.pipe.send_bytes(sent)
        while True:
            self._wait(process)
            kind, *reply = process.pipe.recv()
            if kind != "host":
                return kind, *reply
            answer = self._answer(*reply)
            if process is not self._process:
                raise EngineDied("it died while the host answered")
            process.pipe.send(answer)

    def _answer(self, host: int, wanted: str, *details: Any) -> tuple[object, ...]:
        """What *host* makes of one question: a call of a function, or the end of a resource."""
        answering = self._hosts[host]
        try:
            match wanted, details:
                case "call", (path, type, args):
                    return "returned", answering(path, type, args)
                case "drop", (path, number) if isinstance(answering, DroppingHost):
                    answering.drop(path, number)
        except EngineEnded:
            raise
        except Exception as error:
            return encoded(error)
        return "returned", None

    def _running(self) -> IsolatedProcess:
        if self._process is None:
            try:
                self._process = IsolatedProcess(self._make, self.limits)
            except ForkFailed as error:
                raise EngineDied(f"it cannot be started: {error}") from None
        return self._process

    def _wait(self, process: IsolatedProcess) -> None:
        """Until there is a message. Raises `EngineHung` and `EngineExceeded`."""
        assert self._deadline is not None
        while not process.pipe.poll(max(0.0, min(LOOK_SECONDS, self._deadline - monotonic()))):
            self._look(process)
        if monotonic() > process.looked + LOOK_SECONDS:
            self._look(process)

    def _look(self, process: IsolatedProcess) -> None:
        """Raises `EngineHung`, `EngineExceeded`, and `EOFError` when the process has ended, though another that it
        started may hold on to the pipe."""
        assert self._deadline is not None
        process.looked = monotonic()
        if process.has_ended() and not process.pipe.poll():
            raise EOFError
        if process.looked >= self._deadline:
            raise EngineHung(self.limits.seconds, process.printed())
        if process.resident_bytes() > self.limits.memory:
            raise EngineExceeded("memory", self.limits.memory, process.printed())
        if process.printed_bytes() > self.limits.printed:
            raise EngineExceeded("output", self.limits.printed, process.printed())

    def _death(self, process: IsolatedProcess) -> EngineEnded:
        """What came of a process that closed its pipe; it may live on without."""
        while not process.has_ended():
            sleep(PAUSE_SECONDS)
            try:
                self._look(process)
            except EOFError:
                break
            except EngineEnded as ended:
                return ended
        printed = process.printed()
        code = self.close()
        if code == -signal.SIGXFSZ:
            return EngineExceeded("output", self.limits.printed, printed)
        return EngineDied(how_ended(code), printed)

    @property
    def pid(self) -> int | None:
        return None if self._process is None else self._process.pid

    def close(self) -> int | None:
        """Ends the process, if there is one; a later request starts another. The exit code, None if nobody knows it."""
        if self._process is None:
            return None
        process, self._process = self._process, None
        self._hosts.clear()
        self._forgotten.clear()
        self.generation += 1
        return process.end()


class IsolatedEngine:
    """`Engine` *make()*, in a child process. *make* is importable: a class or function of a module, or a `partial` of
    one."""

    def __init__(self, make: Callable[[], Engine], limits: Limits | None = None) -> None:
        self._child = Child(make, limits or Limits())
        self._info: EngineInfo | None = None

    @property
    def limits(self) -> Limits:
        return self._child.limits

    @limits.setter
    def limits(self, limits: Limits) -> None:
        """Those of time and memory hold at once, what the kernel enforces from the next process on."""
        self._child.limits = limits

    @property
    def info(self) -> EngineInfo:
        if self._info is None:
            info: EngineInfo = self._child.request("info")
            self._info = info
        return self._info

    @property
    def pid(self) -> int | None:
        """Of the process, if there is one."""
        return self._child.pid

    def load(self, binary: bytes, environment: Environment = NOTHING) -> Loaded:
        loaded = _IsolatedComponent(self._child)
        loaded.request("load", binary, environment)
        return loaded

    def call(self, function: Callable[..., T], *args: object) -> T:
        """*function*, importable, called in the child."""
        result: T = self._child.request("call", function, args)
        return result

    def close(self) -> None:
        """Ends the process; whatever comes next starts another."""
        self._child.close()


class _Remote:
    """What the child has made under a number."""

    def __init__(self, child: Child) -> None:
        self._child = child
        self._generation = child.generation
        self.number = child.keep(self)

    def request(self, kind: str, *message: object) -> Any:
        if self._child.generation != self._generation:
            raise EngineDied("it died before this")
        return self._child.request(kind, self.number, *message)


class _IsolatedComponent(_Remote):
    def instantiate(self, host: Host) -> Running:
        if self._child.generation != self._generation:
            raise EngineDied("it died before this")
        instance = _IsolatedInstance(self._child)
        number = self._child.keep_host(host)
        weakref.finalize(instance, self._child.forget_host, number)
        instance.request("instantiate", self.number, number)
        return instance


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
