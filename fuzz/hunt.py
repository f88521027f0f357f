"""Looks for the first divergence between engines, in this process, and shrinks it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fuzz.case import Case, Origin
from fuzz.divergence import Divergence
from fuzz.engines.base import Engine
from fuzz.examine import by_name, examine, full_case
from fuzz.minimise.shrink import shrink
from generators.families import AnyBlueprint
from generators.stream import CaseStream, Source

SHRINK_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class Found:
    """*cases* were needed to see it; *original*, *tried* and *trouble* tell of the shrinking (`Shrunk`)."""

    case: Case
    divergence: Divergence
    cases: int
    original: AnyBlueprint
    tried: int
    trouble: Exception | None = None


def hunt(
    engines: Sequence[Engine], seed: int, max_cases: int, source: Source[AnyBlueprint],
    shrink_seconds: float = SHRINK_SECONDS,
) -> Found | None:
    """The first divergence among cases 0 to *max_cases* - 1 of *seed*, shrunk; None if the engines agree on them."""
    stream = CaseStream(source, seed)
    named = by_name(engines)
    for number in range(max_cases):
        blueprint = stream(number)
        divergence = examine(blueprint, named).divergence
        if divergence is None:
            continue
        shrunk = shrink(
            source, seed, number, divergence.signature, lambda b: examine(b, named), shrink_seconds
        )
        smallest = examine(blueprint, named) if shrunk is None else shrunk.examination
        case = full_case(smallest, named, Origin(seed=seed, number=number))
        tried, trouble = (0, None) if shrunk is None else (shrunk.tried, shrunk.trouble)
        return Found(case, smallest.divergence or divergence, number + 1, blueprint, tried, trouble)
    return None
