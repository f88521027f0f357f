"""Engines with a planted fault, a unit that shows it, and counters that remember, for tests."""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path

from fuzz.engines.reference import TracedReferenceEngine
from fuzz.examine import Engines
from fuzz.guided.counters import Counters
from fuzz.guided.differential import Differential
from fuzz.guided.settings import Settings
from fuzz.guided.units import write_unit
from generators.families import swarm
from generators.stream import CaseStream

FAULTS = str(Path(__file__).parents[2] / "faults")


class Block:
    """Counters by number."""

    def __init__(self) -> None:
        self.hits: dict[int, int] = {}

    def hit(self, slot: int, times: int, /) -> None:
        self.hits[slot] = self.hits.get(slot, 0) + times


def faulty(settings: Settings) -> Engines:
    """The compiled engine swaps the first two arguments of one core type."""
    if FAULTS not in sys.path:
        sys.path.append(FAULTS)
    from faulty_all import BY_NAME

    return {"reference": TracedReferenceEngine(), "compiled": BY_NAME["arguments swapped"].planted()}


@cache
def unit_that_shows_it() -> bytes:
    finding = Differential(Settings(), Counters(Block()), opener=faulty)
    stream = CaseStream(swarm, 1)
    return next(unit for unit in map(write_unit, map(stream, range(60))) if finding.found(unit) is not None)
