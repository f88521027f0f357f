"""`features.json` in a campaign's directory: which features its cases showed, in how many, and in which first."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, TypeAlias

import msgspec

from fuzz.errors import UsageError
from fuzz.files import write_atomically

NAME = "features.json"

Count: TypeAlias = Annotated[int, msgspec.Meta(ge=0)]


class Run(msgspec.Struct, frozen=True):
    """The cases of one seed. *features*: by name, the number of cases that showed it, and the lowest of their numbers.

    *unlisted* are features that `fuzz.coverage` does not list as possible: a fault of its own.
    """

    seed: int
    cases: Count
    features: dict[str, tuple[Count, Count]]
    unlisted: tuple[str, ...] = ()


class Document(msgspec.Struct, frozen=True):
    runs: tuple[Run, ...]


class FeatureStore:
    """What campaigns in a directory have seen. A run of the same seed takes the place of a shorter one: its cases are
    the same."""

    def __init__(self, directory: Path) -> None:
        """Raises `UsageError` when there is a file that is none of ours."""
        self._path = directory / NAME
        self._others = load_runs(self._path) if self._path.exists() else ()

    def write(self, run: Run) -> None:
        """Raises `OSError`, and then leaves what was there."""
        same = next((other for other in self._others if other.seed == run.seed), run)
        kept = tuple(other for other in self._others if other.seed != run.seed)
        document = Document((*kept, run if run.cases >= same.cases else same))
        write_atomically(self._path, msgspec.json.encode(document) + b"\n")


def load_runs(path: Path) -> tuple[Run, ...]:
    """Raises `UsageError`."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Document).runs
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from None
    except (msgspec.MsgspecError, RecursionError) as error:
        raise UsageError(f"{path}: is no record of features seen: {error}") from None
