"""What a campaign is asked to do."""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fact.model.settings import Reentrance
from fuzz.errors import UsageError

if TYPE_CHECKING:
    from fuzz.engines.base import Engine
    from generators.families import AnyBlueprint
    from generators.stream import Source

MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class CampaignConfig:
    """Ends after *cases* cases, after *seconds*, or when interrupted, whichever is first.

    *case_timeout* is in seconds, *memory* and *output* (what a worker may print over one case) in bytes. A worker is
    replaced after *cases_per_worker* cases. Minimising gets *minimise_share* of the workers' time as long as there are
    cases to run, and *minimise_seconds* for one finding.

    *open_engines* and *source* are importable as `module:name`: a function from engine names and a setting for
    reentrance to engines, and one from what a batch does without to a strategy. Each worker calls them for itself.
    """

    seed: int
    engines: tuple[str, ...] = ("reference", "compiled", "native")
    cases: int | None = None
    seconds: float | None = None
    workers: int = field(default_factory=lambda: available_cores())
    out: Path | None = None
    case_timeout: float = 20.0
    memory: int = 2048 * MIB
    output: int = 16 * MIB
    cases_per_worker: int = 20_000
    minimise_share: float = 0.25
    minimise_seconds: float = 15.0
    open_engines: str = "fuzz.engines.registry:open_traced"
    source: str = "generators.families:swarm"
    reentrance: Reentrance = Reentrance.GUARDED

    def __post_init__(self) -> None:
        if self.workers < 1:
            raise UsageError(f"{self.workers} workers: at least 1 is needed")
        if self.cases is not None and self.cases < 0:
            raise UsageError(f"{self.cases} cases: 0 or more")
        for what, value in (("time", self.seconds), ("timeout", self.case_timeout)):
            if value is not None and not 0 < value < float("inf"):
                raise UsageError(f"a {what} of {value} s: it must be more than 0")
        if self.memory < 256 * MIB:
            raise UsageError(f"{self.memory / MIB:g} MiB of memory for a worker: it needs 256 MiB at least")
        if not 0 < self.minimise_share <= 1:
            raise UsageError(f"a share of {self.minimise_share} for minimising: more than 0, at most 1")
        if not self.engines:
            raise UsageError("no engine is named")

    @property
    def directory(self) -> Path:
        return self.out if self.out is not None else Path("factfuzz-out") / f"seed-{self.seed}"

    def engines_opened(self) -> list[Engine]:
        opener: Callable[[Sequence[str], Reentrance], list[Engine]] = imported(self.open_engines)
        return opener(self.engines, self.reentrance)

    def cases_from(self) -> Source[AnyBlueprint]:
        made: Source[AnyBlueprint] = imported(self.source)
        return made


def available_cores() -> int:
    """The cores that this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:
        return os.cpu_count() or 1


def imported(name: str) -> Any:
    """The object at `module:name`."""
    module, _, attribute = name.partition(":")
    return getattr(importlib.import_module(module), attribute)
