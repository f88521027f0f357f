"""Opening the index, and SQLite's errors in plain words.

The write-ahead log lets others read while a campaign writes, but needs memory that all of them share: on file systems
that several machines mount, the index has a rollback journal instead. A store that nobody writes to has neither: its
index is one file that may be copied, or lie where nothing can be written.
"""

from __future__ import annotations

import contextlib
import errno
import re
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

from fuzz.errors import UsageError
from fuzz.store.directory import INDEX
from fuzz.store.index import DamagedIndex, Index

VERSION = 1
"""Of the tables."""

APPLICATION = 0x66F022

_SHARED = {
    "9p", "afs", "beegfs", "ceph", "cifs", "coda", "gfs2", "glusterfs", "gpfs", "lustre", "ncpfs", "nfs", "nfs4",
    "ocfs2", "prl_fs", "smb3", "smbfs", "vboxsf", "virtiofs",
}
_WAIT_SECONDS = 10.0

_TABLES = f"""
BEGIN IMMEDIATE;
CREATE TABLE dictionary (id TEXT PRIMARY KEY, names BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE run (id TEXT PRIMARY KEY, key TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE possible (run TEXT, dictionary TEXT, PRIMARY KEY (run, dictionary)) WITHOUT ROWID;
CREATE TABLE block (run TEXT, number INTEGER, done BLOB NOT NULL, counts BLOB NOT NULL, PRIMARY KEY (run, number));
CREATE TABLE finding (signature TEXT PRIMARY KEY, record BLOB NOT NULL);
CREATE TABLE session (id TEXT PRIMARY KEY, record BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE sample (session TEXT, seconds REAL, record BLOB, PRIMARY KEY (session, seconds, record)) WITHOUT ROWID;
CREATE TABLE death (record BLOB PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE known_check (run TEXT, id TEXT, record BLOB NOT NULL, PRIMARY KEY (run, id)) WITHOUT ROWID;
PRAGMA application_id = {APPLICATION};
PRAGMA user_version = {VERSION};
COMMIT;
"""


@contextlib.contextmanager
def sqlite_errors(path: Path) -> Iterator[None]:
    """SQLite's errors become `OSError`s that say what was wrong."""
    try:
        yield
    except sqlite3.Error as error:
        raise os_error(error, path) from error


def os_error(error: sqlite3.Error, path: Path) -> OSError:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code == sqlite3.SQLITE_FULL:
        return OSError(errno.ENOSPC, "the disk is full", str(path))
    number, said = {
        sqlite3.SQLITE_READONLY: (errno.EROFS, "cannot be written to"),
        sqlite3.SQLITE_PERM: (errno.EACCES, "cannot be written to"),
        sqlite3.SQLITE_CANTOPEN: (errno.EACCES, "cannot be opened"),
        sqlite3.SQLITE_BUSY: (errno.EBUSY, "another process keeps it locked"),
        sqlite3.SQLITE_CORRUPT: (errno.EIO, "is damaged: `factfuzz fsck` tells more"),
        sqlite3.SQLITE_NOTADB: (errno.EIO, "is damaged: `factfuzz fsck` tells more"),
    }.get(code, (errno.EIO, "cannot be read or written"))
    return OSError(number, f"{said} (SQLite: {error})", str(path))


def open_for_writing(directory: Path) -> sqlite3.Connection:
    """Makes what is missing; the caller holds the directory's lock. Raises `UsageError`."""
    path = directory / INDEX
    with usage_errors(path):
        connection = sqlite3.connect(path, timeout=_WAIT_SECONDS, isolation_level=None)
        try:
            if _version(connection, path) is None:
                connection.executescript(_TABLES)
            mode = "DELETE" if is_shared(directory) else "WAL"
            with contextlib.suppress(sqlite3.OperationalError):  # somebody reads all the while: it stays as it is
                mode = connection.execute(f"PRAGMA journal_mode = {mode}").fetchone()[0]
            connection.execute(f"PRAGMA synchronous = {'NORMAL' if mode.upper() == 'WAL' else 'FULL'}")
        except BaseException:
            connection.close()
            raise
        return connection


def close_written(connection: sqlite3.Connection) -> None:
    """Leaves one file if nobody reads just now and there is room."""
    with contextlib.suppress(sqlite3.Error):
        connection.execute("PRAGMA busy_timeout = 0")
        connection.execute("PRAGMA journal_mode = DELETE")
    connection.close()


@contextlib.contextmanager
def opened_for_reading(directory: Path) -> Iterator[Index]:
    """In one transaction: what others write meanwhile is not seen. Raises `UsageError`."""
    path = directory / INDEX
    check_is_there(directory)
    with contextlib.ExitStack() as stack:
        with usage_errors(path):
            try:
                connection = _reading(path, "ro")
            except sqlite3.OperationalError:  # it needs recovery, and that cannot be done there
                copied = stack.enter_context(tempfile.TemporaryDirectory(prefix="factfuzz-"))
                for name in (INDEX, f"{INDEX}-wal", f"{INDEX}-journal"):
                    if (directory / name).exists():
                        shutil.copyfile(directory / name, Path(copied) / name)
                connection = _reading(Path(copied) / INDEX, "rw")
            stack.callback(connection.close)
            if _version(connection, path) is None:
                raise UsageError(f"{directory}: no campaign has stored anything here yet")
        try:
            yield Index(connection)
        except sqlite3.Error as error:
            raise _usage_error(error, path) from None


def check_is_there(directory: Path) -> None:
    """Raises `UsageError` if there is no index."""
    if not directory.exists():
        raise UsageError(f"{directory}: no such directory")
    if not directory.is_dir():
        raise UsageError(f"{directory}: is a file, where the directory of a campaign is expected")
    if not (directory / INDEX).is_file():
        raise UsageError(f"{directory}: is not the directory of a campaign: {INDEX} is missing")


def _reading(path: Path, mode: str) -> sqlite3.Connection:
    connection = sqlite3.connect(
        f"file:{quote(str(path.absolute()))}?mode={mode}", uri=True, timeout=_WAIT_SECONDS, isolation_level=None
    )
    try:
        connection.execute("BEGIN")
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except BaseException:
        connection.close()
        raise
    return connection


def _version(connection: sqlite3.Connection, path: Path) -> int | None:
    """The tables' version; None if there are none yet."""
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    application = connection.execute("PRAGMA application_id").fetchone()[0]
    tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    if (version, application, tables) == (0, 0, 0):
        return None
    if application != APPLICATION:
        raise UsageError(f"{path}: is a database of something else, not a campaign's index")
    if version > VERSION:
        raise UsageError(f"{path}: was written by a newer factfuzz: its version is {version}, this one reads {VERSION}")
    return version


@contextlib.contextmanager
def usage_errors(path: Path) -> Iterator[None]:
    """SQLite's errors, and the system's, become `UsageError`s."""
    try:
        yield
    except sqlite3.Error as error:
        raise _usage_error(error, path) from None
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror or error}") from None


def _usage_error(error: sqlite3.Error, path: Path) -> UsageError:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    kind = DamagedIndex if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB) else UsageError
    return kind(f"{path}: {os_error(error, path).strerror}")


def is_shared(path: Path, mounts: Path = Path("/proc/self/mountinfo")) -> bool:
    """Whether other machines may mount the file system that *path* lies on."""
    try:
        lines = mounts.read_text(errors="surrogateescape").splitlines()
    except OSError:
        return False
    place = path.resolve()
    kind, depth = "", -1
    for line in lines:
        fields, _, after = line.partition(" - ")
        point = Path(re.sub(r"\\([0-7]{3})", lambda m: chr(int(m[1], 8)), fields.split(" ")[4]))
        if place.is_relative_to(point) and len(point.parts) >= depth:
            kind, depth = after.split(" ")[0], len(point.parts)
    return kind in _SHARED or kind.startswith("fuse.")
