"""What supervisor and worker tell each other, as MessagePack over a pipe."""

from __future__ import annotations

from multiprocessing.connection import Connection
from typing import TypeAlias

import msgspec

from fuzz.campaign.events import EngineFigures


class RunCases(msgspec.Struct, frozen=True, tag="run"):
    """Run cases *first* to *end* - 1."""

    first: int
    end: int


class ShrinkCase(msgspec.Struct, frozen=True, tag="shrink"):
    number: int
    signature: str
    seconds: float


class Stop(msgspec.Struct, frozen=True, tag="stop"):
    """Finish the case in hand, report, and leave."""


Task: TypeAlias = RunCases | ShrinkCase


class Ready(msgspec.Struct, frozen=True, tag="ready"):
    versions: dict[str, str]
    """Of the engines, by name."""
    features: tuple[str, ...]
    """All that are possible; reports name them by their index here. None at all when no engine looks for them."""
    known: tuple[tuple[str, str, str], ...]
    """Known differences: id, title, verdict."""


class CannotStart(msgspec.Struct, frozen=True, tag="cannot-start"):
    message: str
    usage: bool
    """Whether it is the user's to mend."""


class Report(msgspec.Struct, frozen=True, tag="report"):
    """What came since the last report. *next* is the first case of the task that is not accounted for yet; *done*
    that the task is over (with *next* before its end only when stopped)."""

    next: int
    done: bool
    cases: int
    calls: int
    busy: float
    engines: dict[str, EngineFigures]
    own: dict[str, float]
    features: dict[int, int]
    """Cases by the feature that they show."""
    first: dict[int, int]
    """The lowest case that showed a feature, where it is lower than what this worker has reported before."""
    unlisted: tuple[str, ...]
    """Features that are not among those possible: a fault of `fuzz.coverage`."""
    unmapped: dict[str, int]
    known: dict[str, int]
    """Cases by the id of the known difference that explains them."""


class Diverged(msgspec.Struct, frozen=True, tag="diverged"):
    """*wast* and *document* (JSON) only for the first divergence of a signature in this worker."""

    number: int
    signature: str
    verdict: tuple[str, ...]
    wast: str
    document: bytes


class Shrunken(msgspec.Struct, frozen=True, tag="shrunken"):
    """The end of a `ShrinkCase`; *wast* is empty when the divergence did not show again."""

    number: int
    signature: str
    verdict: tuple[str, ...]
    wast: str
    document: bytes
    tried: int
    seconds: float


ToWorker: TypeAlias = RunCases | ShrinkCase | Stop
FromWorker: TypeAlias = Ready | CannotStart | Report | Diverged | Shrunken

_ENCODER = msgspec.msgpack.Encoder()
_TO_WORKER = msgspec.msgpack.Decoder(ToWorker)
_FROM_WORKER = msgspec.msgpack.Decoder(FromWorker)


def send(pipe: Connection, message: ToWorker | FromWorker) -> None:
    """Raises `OSError` when the other end is gone."""
    pipe.send_bytes(_ENCODER.encode(message))


def receive_in_worker(pipe: Connection) -> ToWorker:
    """Raises `EOFError` when the supervisor is gone."""
    message: ToWorker = _TO_WORKER.decode(pipe.recv_bytes())
    return message


def receive_in_supervisor(pipe: Connection) -> FromWorker:
    """Raises `EOFError` when the worker is gone and nothing it sent is left."""
    message: FromWorker = _FROM_WORKER.decode(pipe.recv_bytes())
    return message
