"""One process at a time writes to a directory."""

from __future__ import annotations

import contextlib
import fcntl
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from time import sleep

from fuzz.errors import UsageError

LOCK = ".campaign.lock"
_ATTEMPTS = 10
_PAUSE = 0.02
"""Seconds. Somebody who only asks holds the lock for a moment."""


@contextlib.contextmanager
def locked(directory: Path) -> Iterator[None]:
    """Held by this process meanwhile. The kernel lets go of it when a process dies. Raises `UsageError`."""
    path = directory / LOCK
    descriptor = _taken(directory, path)
    try:
        with contextlib.suppress(OSError):  # the disk is full: then only the message of others is less clear
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, f"process {os.getpid()} on {socket.gethostname()}".encode(), 0)
        yield
    finally:
        path.unlink(missing_ok=True)
        os.close(descriptor)


def is_locked(directory: Path) -> bool:
    """Whether a live process writes there."""
    try:
        descriptor = os.open(directory / LOCK, os.O_RDONLY)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    finally:
        os.close(descriptor)
    return False


def _taken(directory: Path, path: Path) -> int:
    """A descriptor that holds the lock of the file that is there: not of one that its holder has just removed."""
    for attempt in range(_ATTEMPTS):
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as error:
            raise UsageError(f"{directory}: cannot be written to: {error.strerror}") from None
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if _is_at(descriptor, path):
                return descriptor
        except BlockingIOError:
            pass
        except OSError as error:
            os.close(descriptor)
            raise UsageError(f"{directory}: cannot be locked: {error.strerror}") from None
        os.close(descriptor)
        if attempt + 1 < _ATTEMPTS:
            sleep(_PAUSE)
    raise UsageError(
        f"{directory}: another campaign is writing to this directory{_holder(path)}; give this one a directory of its "
        "own, and bring them together by `factfuzz merge`"
    )


def _is_at(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False


def _holder(path: Path) -> str:
    with contextlib.suppress(OSError, UnicodeDecodeError):
        if told := path.read_text().strip():
            return f" ({told[:200]})"
    return ""
