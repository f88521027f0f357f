"""What the campaign in a directory was asked to do last."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from fuzz.store.directory import INDEX
from fuzz.store.store import Store


@dataclass(frozen=True, slots=True)
class LastRun:
    seed: int
    names: tuple[str, ...]
    reentrance: str


def last_run(directory: Path | None) -> LastRun | None:
    """None where no campaign has run. Raises `UsageError` for what is no store."""
    if directory is None or not (directory / INDEX).exists():
        return None
    with Store.reading(directory) as store:
        sessions, runs = store.sessions(), dict(store.runs())
    if not sessions:
        return None
    key = runs[max(sessions, key=lambda s: s.began).run]
    return LastRun(key.seed, tuple(name for name, _ in key.engines), key.reentrance)
