"""What supervisor and worker tell each other, as MessagePack over a pipe."""

from __future__ import annotations

from multiprocessing.connection import Connection
from typing import TypeAlias

import msgspec

from fuzz.store.records import EngineCount
from fuzz.triage.records import Verdict


class RunCases(msgspec.Struct, frozen=True, tag="run"):
    """Run cases *first* to *end* - 1."""

    first: int
    end: int


class RerunCase(msgspec.Struct, frozen=True, tag="rerun"):
    """Run the case over which a worker died, after a `Described`: case *number*, or, where it was tried while another
    was made smaller, the *blueprint* (JSON), which then is not counted."""

    number: int
    blueprint: bytes = b""


class Minimise(msgspec.Struct, frozen=True, tag="minimise"):
    """Make the case of a finding smaller, and report every improvement. *engine* is the one that died, empty for a
    divergence; *path* that of the smallest so far."""

    signature: str
    number: int
    path: str
    seconds: float
    engine: str = ""


class Check(msgspec.Struct, frozen=True, tag="check"):
    """Run a case several times, and tell how often it showed *signature*. *engine* as in `Minimise`."""

    signature: str
    number: int
    sha: str
    path: str
    times: int
    engine: str = ""


class CheckKnown(msgspec.Struct, frozen=True, tag="check-known"):
    """Look whether the scripts of the known differences still show them."""


class Keep(msgspec.Struct, frozen=True, tag="keep"):
    """Make these cases once more, to be kept; without running them."""

    numbers: tuple[int, ...]


class Stop(msgspec.Struct, frozen=True, tag="stop"):
    """Finish the case in hand, report, and leave."""


Task: TypeAlias = RunCases | RerunCase | Minimise | Check | CheckKnown | Keep


class Ready(msgspec.Struct, frozen=True, tag="ready"):
    versions: dict[str, str]
    """Of the engines, by name."""
    factfuzz: str
    features: tuple[str, ...]
    """All that are possible; reports name them by their index here. None at all when no engine looks for them."""
    known: tuple[tuple[str, str, str], ...]
    """Known differences: id, title, verdict."""


class CannotStart(msgspec.Struct, frozen=True, tag="cannot-start"):
    message: str
    usage: bool
    """Whether it is the user's to mend."""


class Shown(msgspec.Struct, frozen=True, tag="shown"):
    """A case that shows a signature. *size*: smaller is better; *document*: JSON of what the engines saw; *features*
    those of the case."""

    signature: str
    number: int
    verdict: Verdict
    wast: str
    size: tuple[int, ...]
    document: bytes
    features: tuple[str, ...]


class Report(msgspec.Struct, frozen=True, tag="report"):
    """What came of cases *first* to *next* - 1; *done* that the task is over (with *next* before its end only when
    stopped). Features are numbered as in `Ready`: cases, first and last of their numbers."""

    first: int
    next: int
    done: bool
    calls: int
    busy: float
    divergences: int
    engines: dict[str, EngineCount]
    own: dict[str, float]
    features: dict[int, tuple[int, int, int]]
    unlisted: tuple[str, ...]
    """Features that are not among those possible: a fault of `fuzz.coverage`."""
    unmapped: dict[str, int]
    known: dict[str, tuple[int, int, int]]
    """By id of the known difference that explains the case."""
    signatures: dict[str, tuple[int, int, int]]
    shown: tuple[Shown, ...]
    """For signatures that this worker sees for the first time, or in a smaller case than before."""


class Described(msgspec.Struct, frozen=True, tag="described"):
    """The case of a `RerunCase`, which is about to run."""

    number: int
    wast: str
    size: tuple[int, ...]
    features: tuple[str, ...] = ()


class Survived(msgspec.Struct, frozen=True, tag="survived"):
    """The blueprint of a `RerunCase` did no harm this time."""


class Minimised(msgspec.Struct, frozen=True, tag="minimised"):
    """*shown*: the smallest so far, None if there is none smaller; *done* that this is the last of it, *broken_off*
    that it is so because the worker was told to stop. *trouble*: what a generator raised on choices tried, a fault of
    its own."""

    signature: str
    shown: Shown | None
    tried: int
    seconds: float
    done: bool
    trouble: str = ""
    broken_off: bool = False


class Checked(msgspec.Struct, frozen=True, tag="checked"):
    signature: str
    sha: str
    reproduced: int
    tried: int


class KnownChecked(msgspec.Struct, frozen=True, tag="known-checked"):
    """By id of the known difference: `differs`, `agrees`, `not applicable`."""

    states: dict[str, str]


class Kept(msgspec.Struct, frozen=True, tag="kept"):
    """Cases by number, as scripts that expect nothing: all that were asked for, fewer if told to stop."""

    cases: tuple[tuple[int, str], ...]


ToWorker: TypeAlias = RunCases | RerunCase | Minimise | Check | CheckKnown | Keep | Stop
FromWorker: TypeAlias = (
    Ready | CannotStart | Report | Described | Survived | Minimised | Checked | KnownChecked | Kept
)

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
    """Raises `EOFError` when the worker is gone and nothing it sent is left, or when that is no message: then an engine
    has written where it should not."""
    try:
        message: FromWorker = _FROM_WORKER.decode(pipe.recv_bytes())
    except msgspec.MsgspecError:
        raise EOFError from None
    return message
