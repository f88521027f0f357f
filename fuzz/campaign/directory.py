"""The directory that a campaign writes to: made when needed, used by one campaign at a time, left only if it holds
something."""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

from fuzz.errors import UsageError

LOCK = ".campaign.lock"
WORKER_FILES = ".worker-*"
"""Journals and output of workers; a campaign that was killed leaves them behind."""


@contextlib.contextmanager
def opened_directory(path: Path) -> Iterator[Path]:
    """Raises `UsageError` when files cannot be written there or another campaign does."""
    made = _made(path)
    lock = path / LOCK
    try:
        descriptor = os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise UsageError(f"{path}: cannot be written to: {error.strerror}") from None
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise UsageError(f"{path}: another campaign is writing to this directory") from None
        for left_behind in path.glob(WORKER_FILES):
            left_behind.unlink(missing_ok=True)
        try:
            yield path
        finally:
            lock.unlink(missing_ok=True)
    finally:
        os.close(descriptor)
        for directory in made:
            with contextlib.suppress(OSError):
                directory.rmdir()


def _made(path: Path) -> list[Path]:
    """The directories that had to be made, innermost first."""
    missing = [p for p in (path, *path.parents) if not p.exists()]
    try:
        path.mkdir(parents=True, exist_ok=True)
    except FileExistsError:
        raise UsageError(f"{path}: is a file, where a directory for findings is expected") from None
    except OSError as error:
        raise UsageError(f"{path}: cannot be made: {error.strerror}") from None
    return missing
