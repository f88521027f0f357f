"""The directory of a store: made when needed, left only if it holds something."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from fuzz.errors import UsageError

INDEX = "campaign.db"
NEW_INDEX = f".{INDEX}.new"
"""While a damaged one is repaired."""

CASES = "cases"
FINDINGS = "findings"
LOST = "lost"
"""What a repair took out of the way, because nothing refers to it any more."""

WORKER_FILES = ".worker-*"
"""Journals and output of workers."""


@contextlib.contextmanager
def made_directory(path: Path) -> Iterator[None]:
    """The directory is there meanwhile; directories that had to be made are removed again if they are empty at the
    end. Raises `UsageError`."""
    missing = [p for p in (path, *path.parents) if not p.exists()]
    try:
        path.mkdir(parents=True, exist_ok=True)
    except FileExistsError:
        raise UsageError(f"{path}: is a file, where a directory for findings is expected") from None
    except OSError as error:
        raise UsageError(f"{path}: cannot be made: {error.strerror}") from None
    try:
        yield
    finally:
        for directory in (path / CASES, path / FINDINGS, *missing) if missing else ():
            with contextlib.suppress(OSError):
                directory.rmdir()


def has_index(path: Path) -> bool:
    """An empty file is none: SQLite would begin a new one."""
    index = path / INDEX
    return index.is_file() and index.stat().st_size > 0


def leftovers(path: Path) -> list[Path]:
    """Files that only a process which writes here needs: of workers, and such as were not whole yet."""
    patterns = (WORKER_FILES, f"{NEW_INDEX}*", f"{FINDINGS}/.*", f"{CASES}/.*", f"{CASES}/*/.*")
    return sorted(file for pattern in patterns for file in path.glob(pattern) if file.is_file())
