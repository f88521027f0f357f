"""Known differences between engines: `corpus/known/*.toml` (`fuzz.triage.entries`).

A divergence that matches one is counted on its own line instead of becoming a finding.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from fact.model.settings import Reentrance
from fuzz.coverage.possible import POSSIBLE
from fuzz.divergence import Divergence
from fuzz.engines.reference import TracedReferenceEngine
from fuzz.errors import UsageError
from fuzz.examine import Engines, Examination, divergence_among
from fuzz.observe import observe
from fuzz.triage.entries import DIRECTORY, KnownDifference, Seen, entries, some_match
from fuzz.triage.signature import signature_of


def known_under(reentrance: Reentrance) -> tuple[KnownDifference, ...]:
    """The known differences that there are under a setting; `UsageError` as `load_known`."""
    return tuple(k for k in load_known() if k.is_under(reentrance.value))


def load_known(directory: Path = DIRECTORY) -> tuple[KnownDifference, ...]:
    """Every known difference in a directory, by file name; `UsageError` names what is missing or wrong."""
    known = entries(directory)
    for k in known:
        if unknown := [pattern for pattern in k.features if not some_match(pattern, POSSIBLE)]:
            raise UsageError(f"{directory / k.id}.toml: no such feature: {', '.join(unknown)}")
    return known


def explanation(
    known: Sequence[KnownDifference], divergence: Divergence, features: Iterable[str], versions: Mapping[str, str],
    examined: Examination | None = None,
) -> KnownDifference | None:
    """The first known difference that *divergence* is an instance of; *examined* is what showed it."""
    seen = Seen(
        tuple(name for side in divergence.sides for name in side.engines), divergence.signature, str(divergence),
        frozenset(features), lambda: signature_of(divergence, examined),
    )
    return next((k for k in known if k.matches(seen, versions)), None)


def set_aside(
    known: Sequence[KnownDifference], examined: Examination, engines: Engines, versions: Mapping[str, str],
    reentrance: Reentrance = Reentrance.GUARDED,
) -> tuple[Examination, tuple[str, ...]]:
    """*examined* with the first divergence that is not known, and the ids of those that are.

    From a known difference on, the engine that differs has gone its own way: the others are compared without it.
    """
    if examined.divergence is None or examined.program is None:
        return examined, ()
    present = examined.features or features_by_reference(examined, reentrance)
    observations = dict(examined.observations)
    ids: list[str] = []
    while examined.divergence is not None and examined.program is not None:
        explained = explanation(known, examined.divergence, present, versions, examined)
        if explained is None:
            break
        ids.append(explained.id)
        del observations[explained.engine]
        rest = divergence_among(observations, examined.blueprint, examined.program, engines)
        examined = replace(examined, divergence=rest)
    return examined, tuple(ids)


def features_by_reference(examined: Examination, reentrance: Reentrance) -> frozenset[str]:
    """What the case exercises when the reference runs it under that setting, which did not take part."""
    assert examined.program is not None, "asked for what has run"
    return observe(TracedReferenceEngine(reentrance=reentrance), examined.program).features
