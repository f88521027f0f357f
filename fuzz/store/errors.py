"""SQLite's errors, in plain words."""

from __future__ import annotations

import contextlib
import errno
import sqlite3
import zlib
from collections.abc import Iterator
from pathlib import Path

import msgspec

from fuzz.errors import UsageError

_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR)
"""The last: a table or a column is missing."""

_SAID = {
    sqlite3.SQLITE_FULL: (errno.ENOSPC, "the disk is full"),
    sqlite3.SQLITE_READONLY: (errno.EROFS, "cannot be written to"),
    sqlite3.SQLITE_PERM: (errno.EACCES, "cannot be written to"),
    sqlite3.SQLITE_CANTOPEN: (errno.EACCES, "cannot be opened"),
    sqlite3.SQLITE_BUSY: (errno.EBUSY, "another process keeps it locked"),
}

NOT_DECODED = (msgspec.MsgspecError, zlib.error, ValueError, TypeError, RecursionError)
"""What decoding raises for bytes that are no record."""

SQLITE_ERRORS = (sqlite3.Error, UnicodeDecodeError)
"""What SQLite's functions raise; the latter over its own messages, when a damaged schema is quoted in them."""


class DamagedIndex(UsageError):
    """The file is there, but is no index or no longer a whole one."""


class DamagedFile(OSError):
    """The same, found by SQLite."""


def os_error(error: sqlite3.Error | UnicodeDecodeError, path: Path) -> OSError:
    """Its file name is *path*."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in _DAMAGED or isinstance(error, UnicodeDecodeError) or "Could not decode" in str(error):
        return DamagedFile(errno.EIO, f"is damaged ({error}): `factfuzz fsck` tells more", str(path))
    number, said = _SAID.get(code, (errno.EIO, f"cannot be read or written ({error})"))
    return OSError(number, said, str(path))


def damaged(path: Path, what: str) -> DamagedIndex:
    return DamagedIndex(f"{path}: is damaged: {what}: `factfuzz fsck` tells more")


@contextlib.contextmanager
def os_errors(path: Path) -> Iterator[None]:
    """SQLite's errors become `OSError`s."""
    try:
        yield
    except SQLITE_ERRORS as error:
        raise os_error(error, path) from error


@contextlib.contextmanager
def usage_errors(path: Path) -> Iterator[None]:
    """SQLite's errors about *path*, and the system's, become `UsageError`s."""
    try:
        yield
    except SQLITE_ERRORS as error:
        raise usage_error(os_error(error, path), path) from None
    except OSError as error:
        raise usage_error(error, path) from None


def usage_error(error: OSError, path: Path) -> UsageError:
    kind = DamagedIndex if isinstance(error, DamagedFile) else UsageError
    return kind(f"{path}: {error.strerror or error}")
