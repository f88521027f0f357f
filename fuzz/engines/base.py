"""The protocol between the fuzzer and an engine: load, instantiate, invoke.

`Trap` (fact.model.traps) says that execution trapped; `Refusal` that the engine did not accept a component.
Everything else an engine raises is a crash of the engine, recorded as such by `fuzz.compare`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias, runtime_checkable

from fact.link import Environment
from fact.model.values import Handle, Value
from fact.run.host import Host

RefusalKind: TypeAlias = Literal["malformed", "invalid", "unlinkable", "unsupported"]


NOTHING = Environment()
"""The environment of a root that imports neither modules nor components."""


class Refusal(Exception):
    """The engine does not accept this component. *kind* says at what stage, *message* is the engine's own."""

    def __init__(self, kind: RefusalKind, message: str) -> None:
        super().__init__(f"{kind}: {message}")
        self.kind: RefusalKind = kind
        self.message = message


class EngineEnded(Exception):
    """The process that an engine ran in is no more. *how* says in words what it came to, *printed* is the last that it
    wrote to its standard output and standard error, at most a few kB."""

    def __init__(self, how: str, printed: str = "") -> None:
        super().__init__(": ".join([how, *telling_lines(printed)]))
        self.how = how
        self.printed = printed


class EngineDied(EngineEnded):
    """It ended by itself; *how* is `killed by SIGABRT`, `exited with status 3`, or the like."""


class EngineHung(EngineEnded):
    """It gave no answer within *seconds*, and was killed."""

    def __init__(self, seconds: float, printed: str = "") -> None:
        super().__init__(hung_text(seconds), printed)
        self.seconds = seconds


Resource: TypeAlias = Literal["memory", "output"]


class EngineExceeded(EngineEnded):
    """It used more of *what* than *limit* bytes, and was killed."""

    def __init__(self, what: Resource, limit: int, printed: str = "") -> None:
        super().__init__(exceeded_text(what, limit), printed)
        self.what: Resource = what
        self.limit = limit


def hung_text(seconds: float) -> str:
    """What became of a process that took longer than *seconds*."""
    return f"no answer within {seconds:g} s"


def exceeded_text(what: Resource, limit: int) -> str:
    """What became of a process that used more of *what* than *limit* bytes."""
    amount = f"{limit / (1 << 20):g} MiB"
    return f"used more than {amount} of memory" if what == "memory" else f"printed more than {amount}"


TELLING = 3

_HINT = "note: run with `RUST_BACKTRACE"


def printed_lines(printed: str) -> list[str]:
    """The lines of what a process printed, fit for a terminal; without what is no news."""
    lines = [line.rstrip() for line in printed.splitlines() if line.strip() and not line.startswith(_HINT)]
    return ["".join(c if c.isprintable() else "?" for c in line) for line in lines]


def telling_lines(printed: str) -> list[str]:
    """The few lines that say why a process ended: a panic, or else the last ones."""
    lines = [line.strip() for line in printed_lines(printed.partition("stack backtrace:")[0])]
    panic = next((i for i, line in enumerate(lines) if "panicked at" in line), len(lines) - TELLING)
    return lines[max(0, panic):][:TELLING]


@dataclass(frozen=True, slots=True)
class EngineInfo:
    """What `factfuzz engines` prints."""

    name: str
    version: str
    description: str
    supports: tuple[str, ...]
    """Names of supported constructs, in the words of the README's table."""


class Running(Protocol):
    """An instance of a component."""

    def invoke(self, function: str, args: Sequence[Value]) -> Value | None:
        """Calls an export by path (`name`, or `instance#name`); raises `Trap`. After a trap every further call
        raises `Trap` with reason CANNOT_ENTER. `KeyError` for an unknown export, `ValueError` for values that do not
        fit its type, `BadHandle` for handles that the host does not hold."""
        ...

    def drop(self, handle: Handle) -> None:
        """The host drops an owned handle that it was given by this instance: the destructor runs. Raises `Trap`, as
        *invoke*, and `BadHandle` if the host does not hold it."""
        ...


class Loaded(Protocol):
    """A component, compiled; can be instantiated many times."""

    def instantiate(self, host: Host) -> Running:
        """Raises `Trap` when a start function traps, `Refusal` (unlinkable) when an import cannot be satisfied."""
        ...


@runtime_checkable
class Traced(Loaded, Protocol):
    """A component that notes what its instances exercise."""

    def features(self) -> frozenset[str]:
        """Of all that has run so far, from `fuzz.coverage.POSSIBLE`."""
        ...


@runtime_checkable
class Counted(Loaded, Protocol):
    """A component whose adapters count their branches."""

    def branches(self) -> Mapping[str, int]:
        """How often each branch was taken so far, in all its instances: 0 for those that were not."""
        ...


class Engine(Protocol):
    @property
    def info(self) -> EngineInfo: ...

    def load(self, binary: bytes, environment: Environment = NOTHING) -> Loaded:
        """Compiles a component binary; raises `Refusal`. *environment* holds what the root imports beside functions and
        resources of the host."""
        ...
