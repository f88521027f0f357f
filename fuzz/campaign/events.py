"""What happens in a campaign, as one stream of events, and the figures they carry."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, TypeAlias

import msgspec

from fuzz.store.records import EngineCount

WorkerState: TypeAlias = Literal["starting", "idle", "running", "minimising", "checking"]


def cases_per_second(engine: EngineCount) -> float:
    """While only this engine is running, in one worker."""
    return engine.cases / engine.seconds if engine.seconds else 0.0


class WorkerFigures(msgspec.Struct, frozen=True):
    """What a worker is doing. *case* is the number of the case in hand, *seconds_on_case* for how long; *resident* its
    memory in bytes; *cases* how many this process has run."""

    number: int
    state: WorkerState = "starting"
    case: int | None = None
    seconds_on_case: float = 0.0
    resident: int = 0
    cases: int = 0


class FindingFigures(msgspec.Struct, frozen=True):
    """One finding. *cases* showed it, *first_case* is the lowest of their numbers; *kind* is its class.

    *minimised*: the time for that has been spent; *reproduced* of *tried* times in fresh processes (0 of 0: not checked
    yet). *known* is the id of the known difference that explains it by now; empty if none does.
    """

    name: str
    signature: str
    cases: int
    first_case: int
    minimised: bool = False
    kind: str = "engine wrong"
    flaky: bool = False
    reproduced: int = 0
    tried: int = 0
    known: str = ""


class KnownFigures(msgspec.Struct, frozen=True):
    """A known difference (`fuzz.known`) and the number of cases it explained."""

    id: str
    title: str
    verdict: str
    cases: int


class Figures(msgspec.Struct, frozen=True):
    """The state of a campaign. *busy* is the time workers spent on cases, *own* our part of it by phase.

    Counts are of the whole run, earlier sessions included: *resumed_cases* and *resumed_calls* are what those did.
    Times are of this session, and so are *engines*. *divergences* are those that no known difference explains; the
    others are in *known*. *crashes* are cases that ended a worker and became findings. *kinds* counts findings by
    class; *waiting* are findings that are still to be minimised or checked, those in hand included.
    *features_over_time* holds pairs of seconds and features seen until then, at most 200. Memory is in resident bytes.
    """

    seed: int
    cases: int = 0
    calls: int = 0
    seconds: float = 0.0
    busy: float = 0.0
    engines: dict[str, EngineCount] = {}
    own: dict[str, float] = {}
    features_seen: int = 0
    features_possible: int | None = None
    divergences: int = 0
    crashes: int = 0
    unmapped: dict[str, int] = {}
    findings: tuple[FindingFigures, ...] = ()
    known: tuple[KnownFigures, ...] = ()
    workers: tuple[WorkerFigures, ...] = ()
    supervisor_bytes: int = 0
    features_over_time: tuple[tuple[float, int], ...] = ()
    resumed_cases: int = 0
    resumed_calls: int = 0
    kinds: dict[str, int] = {}
    waiting: int = 0

    @property
    def cases_per_second(self) -> float:
        """Of this session, on average."""
        return max(0, self.cases - self.resumed_cases) / self.seconds if self.seconds else 0.0

    @property
    def calls_per_second(self) -> float:
        return max(0, self.calls - self.resumed_calls) / self.seconds if self.seconds else 0.0

    def share(self, engine: str) -> float:
        """The part of the workers' time spent inside *engine*, between 0 and 1."""
        figures = self.engines.get(engine, EngineCount())
        return figures.seconds / self.busy if self.busy else 0.0

    @property
    def unexplained(self) -> tuple[FindingFigures, ...]:
        """The findings that no known difference explains."""
        return tuple(f for f in self.findings if not f.known)

    @property
    def exit_status(self) -> int:
        """0: the engines agreed on all cases, except for what is known, and every message of theirs was understood."""
        nameless = not self.findings and (self.divergences or self.crashes)
        return 1 if self.unexplained or nameless or self.unmapped else 0


class Summary(msgspec.Struct, frozen=True):
    """*directory* holds the findings; None when there are none."""

    figures: Figures
    interrupted: bool
    directory: str | None

    @property
    def exit_status(self) -> int:
        return self.figures.exit_status

    def to_json(self) -> str:
        """One JSON object on one line: the figures, with the rates that follow from them."""
        f = self.figures
        engines = {
            name: {**msgspec.structs.asdict(e), "seconds": e.seconds, "cases_per_second": cases_per_second(e),
                   "share": f.share(name)}
            for name, e in f.engines.items()
        }
        document = {
            **msgspec.structs.asdict(f), "engines": engines, "cases_per_second": f.cases_per_second,
            "calls_per_second": f.calls_per_second, "native_share": f.share("native") if "native" in engines else None,
            "interrupted": self.interrupted, "directory": self.directory, "exit_status": self.exit_status,
        }
        return msgspec.json.encode(document).decode()


# -- events


class Started(msgspec.Struct, frozen=True, tag="started"):
    """*cases* and *seconds*: when to end. *resumed*: cases that earlier sessions of this run have done."""

    seed: int
    engines: dict[str, str]
    """Name to version."""
    workers: int
    cases: int | None
    seconds: float | None
    directory: str
    resumed: int = 0
    run: str = ""


class Progress(msgspec.Struct, frozen=True, tag="progress"):
    """Several times a second. *finishing*: the clock or the cases have come to their end, what is open is finished."""

    figures: Figures
    seconds_left: float | None
    finishing: bool = False


class FindingWritten(msgspec.Struct, frozen=True, tag="finding"):
    """A new finding, or the same one again after it was minimised or checked. *verdict*: what disagreed, in lines."""

    name: str
    signature: str
    path: str
    verdict: tuple[str, ...]
    minimised: bool = False
    kind: str = "engine wrong"
    flaky: bool = False
    reproduced: int = 0
    tried: int = 0


class WorkerLost(msgspec.Struct, frozen=True, tag="worker-lost"):
    """*case* is None when the worker died between cases; *note* says why it is no finding, where it is none."""

    worker: int
    why: str
    case: int | None
    note: str = ""


class Warned(msgspec.Struct, frozen=True, tag="warning"):
    """Something that the campaign goes on in spite of."""

    message: str


class KnownGone(msgspec.Struct, frozen=True, tag="known-gone"):
    """A known difference that these engines no longer show."""

    id: str
    title: str


class Finished(msgspec.Struct, frozen=True, tag="finished"):
    summary: Summary


Event: TypeAlias = Started | Progress | FindingWritten | WorkerLost | Warned | KnownGone | Finished
View: TypeAlias = Callable[[Event], None]
