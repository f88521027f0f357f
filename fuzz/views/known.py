"""The known differences, for those who only tell of them."""

from __future__ import annotations

from fuzz.store.records import RunKey
from fuzz.triage.entries import DIRECTORY, KnownDifference, entries


def known_differences() -> dict[str, KnownDifference]:
    """By id; none where factfuzz is installed without its corpus. Raises `UsageError` for one that cannot be read."""
    return {known.id: known for known in entries()} if DIRECTORY.is_dir() else {}


def concerns(known: KnownDifference, run: RunKey) -> bool:
    """Whether it could have shown in that run: the engine took part, in such a version, under such a setting."""
    return known.is_of(dict(run.engines)) and known.is_under(run.reentrance)
