"""The entries of `corpus/known`: differences that are known, and how a finding is recognised as one of them.

What must match: the signature of outcomes, or that of a death (a regular expression, searched), what was shown
(likewise, over its lines), features of the case (each a regular expression that has to match one of them as a whole),
the engine's version (a prefix), and where *at* is given, the whole signature (a regular expression, searched).

Nothing here imports an engine.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Literal

import msgspec

from fuzz.errors import UsageError
from fuzz.store.records import Finding

DIRECTORY = Path(__file__).resolve().parents[2] / "corpus" / "known"


class KnownDifference(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """*engine* is the one that differs from the reference, or that ends; *case* a file that shows it, *section* what
    decides it.

    *verdict*: `engine wrong`, `specification unclear`, `specification changed`, `crash`, `hang` or `resource use`.
    *reentrance* is the setting without which there is no such difference; empty: there is under any.
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
    at: str = ""
    reentrance: Literal["", "guarded", "free"] = ""
    id: str = ""

    def is_of(self, versions: Mapping[str, str]) -> bool:
        """Whether it is a difference of one of these engines, in its version."""
        version = versions.get(self.engine)
        return version is not None and any(version.startswith(v) for v in self.versions)

    def is_under(self, reentrance: str) -> bool:
        return self.reentrance in ("", reentrance)

    def matches(self, seen: Seen, versions: Mapping[str, str]) -> bool:
        """Whether what was seen, with engines of these versions, is this one."""
        return (
            self.engine in seen.engines
            and self.is_of(versions)
            and all(some_match(pattern, seen.features) for pattern in self.features)
            and re.search(self.signature, seen.plain) is not None
            and re.search(self.shows, seen.lines) is not None
            and (not self.at or re.search(self.at, seen.signature()) is not None)
        )


class Seen(msgspec.Struct, frozen=True):
    """A divergence or a death, as entries look at it. *engines* took part in it; *plain* is the signature of outcomes,
    or of the death, *signature* gives the whole one; *lines* show it."""

    engines: Collection[str]
    plain: str
    lines: str
    features: frozenset[str]
    signature: Callable[[], str]


def some_match(pattern: str, features: Iterable[str]) -> bool:
    matches = re.compile(pattern).fullmatch
    return any(map(matches, features))


@cache
def entries(directory: Path = DIRECTORY) -> tuple[KnownDifference, ...]:
    """All in a directory, by file name; `UsageError` names what is missing or wrong."""
    if not directory.is_dir():
        raise UsageError(f"{directory}: no such directory: known differences are read from factfuzz's source tree")
    return tuple(_load(path) for path in sorted(directory.glob("*.toml")))


def _load(path: Path) -> KnownDifference:
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
        known = msgspec.convert(document | {"id": path.stem}, KnownDifference)
        for pattern in (known.signature, known.shows, known.at, *known.features):
            re.compile(pattern)
    except (OSError, ValueError, msgspec.ValidationError, re.error) as error:
        raise UsageError(f"{path}: {error}") from None
    return known


def known_for(
    finding: Finding, versions: Mapping[str, str], reentrance: str = "guarded",
    known: Sequence[KnownDifference] | None = None,
) -> KnownDifference | None:
    """The known difference that a finding in a store is by now; None if it is none.

    *versions* are those of the engines of its run, *reentrance* is the run's; *known* are the entries of corpus/known
    unless given. Raises `UsageError` as `entries` does.
    """
    verdict = finding.verdict
    seen = Seen(
        tuple(name for side in verdict.sides for name in side.engines), verdict.signature_plain,
        "\n".join(verdict.lines), frozenset(finding.features), lambda: finding.signature,
    )
    found = entries() if known is None else known
    return next((k for k in found if k.is_under(reentrance) and k.matches(seen, versions)), None)
