"""What happens in a campaign, as one stream of events, and the figures they carry."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import msgspec


class EngineFigures(msgspec.Struct, frozen=True):
    """Seconds are time inside this engine, summed over workers."""

    cases: int = 0
    load: float = 0.0
    instantiate: float = 0.0
    call: float = 0.0

    @property
    def seconds(self) -> float:
        return self.load + self.instantiate + self.call

    @property
    def cases_per_second(self) -> float:
        """While only this engine is running, in one worker."""
        return self.cases / self.seconds if self.seconds else 0.0


class FindingFigures(msgspec.Struct, frozen=True):
    """One group of divergences. *cases* showed it, *first_case* is the lowest of their numbers."""

    name: str
    signature: str
    cases: int
    first_case: int
    shrunk: bool


class KnownFigures(msgspec.Struct, frozen=True):
    """A known difference (`fuzz.known`) and the number of cases it explained."""

    id: str
    title: str
    verdict: str
    cases: int


class Figures(msgspec.Struct, frozen=True):
    """The state of a campaign. *busy* is the time workers spent on cases, *own* our part of it by phase.

    *divergences* are those that no known difference explains; the others are in *known*.
    *crashes* are cases on which a worker died or was stopped for taking too long.
    """

    seed: int
    cases: int = 0
    calls: int = 0
    seconds: float = 0.0
    busy: float = 0.0
    engines: dict[str, EngineFigures] = {}
    own: dict[str, float] = {}
    features_seen: int = 0
    features_possible: int | None = None
    divergences: int = 0
    crashes: int = 0
    unmapped: dict[str, int] = {}
    findings: tuple[FindingFigures, ...] = ()
    known: tuple[KnownFigures, ...] = ()

    @property
    def cases_per_second(self) -> float:
        return self.cases / self.seconds if self.seconds else 0.0

    @property
    def calls_per_second(self) -> float:
        return self.calls / self.seconds if self.seconds else 0.0

    def share(self, engine: str) -> float:
        """The part of the workers' time spent inside *engine*, between 0 and 1."""
        figures = self.engines.get(engine, EngineFigures())
        return figures.seconds / self.busy if self.busy else 0.0

    @property
    def exit_status(self) -> int:
        """0: the engines agreed on all cases, except for what is known, and every message of theirs was understood."""
        return 1 if self.divergences or self.crashes or self.unmapped else 0


class Summary(msgspec.Struct, frozen=True):
    """*directory* holds the findings; None when there are none and nothing was left behind."""

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
            name: {**msgspec.structs.asdict(e), "seconds": e.seconds, "cases_per_second": e.cases_per_second,
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
    seed: int
    engines: dict[str, str]
    """Name to version."""
    workers: int
    cases: int | None
    seconds: float | None
    directory: str


class Progress(msgspec.Struct, frozen=True, tag="progress"):
    """Several times a second."""

    figures: Figures
    seconds_left: float | None


class FindingWritten(msgspec.Struct, frozen=True, tag="finding"):
    """A new finding, or the same one again after shrinking. *verdict*: lines that say what disagreed."""

    name: str
    signature: str
    path: str
    verdict: tuple[str, ...]
    shrunk: bool


class WorkerLost(msgspec.Struct, frozen=True, tag="worker-lost"):
    """*case* is None when the worker died between cases, which is no finding."""

    worker: int
    why: str
    case: int | None


class Finished(msgspec.Struct, frozen=True, tag="finished"):
    summary: Summary


Event: TypeAlias = Started | Progress | FindingWritten | WorkerLost | Finished
View: TypeAlias = Callable[[Event], None]
