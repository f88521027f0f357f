"""What came of one action on one engine."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from fact.model.traps import TrapReason
from fact.model.values import Value


@dataclass(frozen=True, slots=True)
class Returned:
    value: Value | None


@dataclass(frozen=True, slots=True)
class Trapped:
    """*site* is None for engines that do not tell it; *message* is the engine's own text and never compared,
    except when the reason is UNMAPPED. *state* explains the trap, a sentence a line; it is never compared."""

    reason: TrapReason
    site: str | None = None
    message: str = ""
    state: tuple[str, ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class Refused:
    """The component was not accepted: *kind* is malformed, invalid or unlinkable."""

    kind: str
    message: str


@dataclass(frozen=True, slots=True)
class Crashed:
    """The engine raised something it should not, or died: *how* its process then ended (`killed by SIGABRT`), *printed*
    the last that it wrote."""

    message: str
    how: str = field(default="", compare=False)
    printed: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class TimedOut:
    seconds: float
    printed: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Exceeded:
    """The engine used more than *limit* bytes of *what*, and was ended."""

    what: Literal["memory", "output"]
    limit: int
    printed: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Misused:
    """The host was made to pass on or drop a handle that it does not hold; nothing ran."""

    message: str


@dataclass(frozen=True, slots=True)
class NotSupported:
    """The engine names a construct it does not support; never a divergence."""

    construct: str


Outcome: TypeAlias = Returned | Trapped | Refused | Crashed | TimedOut | Exceeded | Misused | NotSupported
