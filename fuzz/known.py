"""Known differences between engines: `corpus/known/*.toml`.

A divergence that matches one is counted on its own line instead of becoming a finding. What must match: the signature
(a regular expression, searched), what the divergence shows (likewise, over its lines; anything where *shows* is empty),
features of the case (each a regular expression that has to match one of them as a whole), and the engine's version
(a prefix).
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal

import msgspec

from fact.model.settings import Reentrance
from fuzz.coverage.possible import POSSIBLE
from fuzz.divergence import Divergence
from fuzz.engines.reference import TracedReferenceEngine
from fuzz.errors import UsageError
from fuzz.examine import Engines, Examination, divergence_among
from fuzz.observe import observe

DIRECTORY = Path(__file__).resolve().parent.parent / "corpus" / "known"


class KnownDifference(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """*engine* is the one that differs from the reference; *case* a file that shows it, *section* what decides it.

    *verdict*: `engine wrong`, `specification unclear` or `specification changed`. *reentrance* is the setting without
    which there is no such difference; empty: there is under any.
    """

    title: str
    engine: str
    versions: tuple[str, ...]
    signature: str
    features: tuple[str, ...]
    verdict: str
    section: str
    case: str
    link: str = ""
    note: str = ""
    shows: str = ""
    reentrance: Literal["", "guarded", "free"] = ""
    id: str = ""

    def explains(self, divergence: Divergence, features: frozenset[str], versions: Mapping[str, str]) -> bool:
        """Whether *divergence*, of a case with *features*, is this one; *versions* of the engines by name."""
        version = versions.get(self.engine, "")
        return (
            any(self.engine in side.engines for side in divergence.sides)
            and any(version.startswith(v) for v in self.versions)
            and all(some_match(pattern, features) for pattern in self.features)
            and re.search(self.signature, divergence.signature) is not None
            and re.search(self.shows, str(divergence)) is not None
        )


def some_match(pattern: str, features: Iterable[str]) -> bool:
    matches = re.compile(pattern).fullmatch
    return any(map(matches, features))


def known_under(reentrance: Reentrance) -> tuple[KnownDifference, ...]:
    """The known differences that there are under a setting; `UsageError` as `load_known`."""
    return tuple(k for k in load_known() if k.reentrance in ("", reentrance.value))


def load_known(directory: Path = DIRECTORY) -> tuple[KnownDifference, ...]:
    """Every known difference in a directory, by file name; `UsageError` names what is missing or wrong."""
    if not directory.is_dir():
        raise UsageError(f"{directory}: no such directory: known differences are read from factfuzz's source tree")
    return tuple(_load(path) for path in sorted(directory.glob("*.toml")))


def _load(path: Path) -> KnownDifference:
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
        known = msgspec.convert(document | {"id": path.stem}, KnownDifference)
        re.compile(known.signature)
        re.compile(known.shows)
    except (OSError, ValueError, msgspec.ValidationError, re.error) as error:
        raise UsageError(f"{path}: {error}") from None
    if unknown := [pattern for pattern in known.features if not some_match(pattern, POSSIBLE)]:
        raise UsageError(f"{path}: no such feature: {', '.join(unknown)}")
    return known


def explanation(
    known: Sequence[KnownDifference], divergence: Divergence, features: Iterable[str], versions: Mapping[str, str]
) -> KnownDifference | None:
    """The first known difference that *divergence* is an instance of."""
    present = frozenset(features)
    return next((k for k in known if k.explains(divergence, present, versions)), None)


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
        explained = explanation(known, examined.divergence, present, versions)
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
