"""Opening the index.

The write-ahead log lets others read while a campaign writes, but needs memory that all of them share: on file systems
that several machines mount, the index has a rollback journal instead. A store that nobody writes to has neither: its
index is one file that may be copied, or lie where nothing can be written.
"""

from __future__ import annotations

import contextlib
import re
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

from fuzz.errors import UsageError
from fuzz.store.directory import INDEX
from fuzz.store.errors import usage_error, usage_errors
from fuzz.store.index import Index

VERSION = 2
"""Of the tables. Before 2 there was no `first_case`."""

APPLICATION = 0x66F022

_SHARED = {
    "9p", "afs", "beegfs", "ceph", "cifs", "coda", "gfs2", "glusterfs", "gpfs", "lustre", "ncpfs", "nfs", "nfs4",
    "ocfs2", "prl_fs", "smb3", "smbfs", "vboxsf", "virtiofs",
}
_WAIT_SECONDS = 10.0

TABLES = {
    "dictionary": "(id TEXT PRIMARY KEY, names BLOB NOT NULL) WITHOUT ROWID",
    "run": "(id TEXT PRIMARY KEY, key TEXT NOT NULL) WITHOUT ROWID",
    "possible": "(run TEXT, dictionary TEXT, PRIMARY KEY (run, dictionary)) WITHOUT ROWID",
    "block": "(run TEXT, number INTEGER, done BLOB NOT NULL, counts BLOB NOT NULL, PRIMARY KEY (run, number))",
    "finding": "(signature TEXT PRIMARY KEY, record BLOB NOT NULL)",
    "session": "(id TEXT PRIMARY KEY, record BLOB NOT NULL) WITHOUT ROWID",
    "sample": "(session TEXT, seconds REAL, record BLOB, PRIMARY KEY (session, seconds, record)) WITHOUT ROWID",
    "death": "(record BLOB PRIMARY KEY) WITHOUT ROWID",
    "known_check": "(run TEXT, id TEXT, record BLOB NOT NULL, PRIMARY KEY (run, id)) WITHOUT ROWID",
    "first_case": "(run TEXT, number INTEGER, sha TEXT NOT NULL, PRIMARY KEY (run, number)) WITHOUT ROWID",
}


def make_tables(connection: sqlite3.Connection) -> None:
    """All or none of them."""
    connection.executescript(f"""
        BEGIN IMMEDIATE;
        {"".join(f"CREATE TABLE {name} {columns};" for name, columns in TABLES.items())}
        PRAGMA application_id = {APPLICATION};
        PRAGMA user_version = {VERSION};
        COMMIT;
    """)


def _add_missing_tables(connection: sqlite3.Connection) -> None:
    connection.executescript(f"""
        BEGIN IMMEDIATE;
        {"".join(f"CREATE TABLE IF NOT EXISTS {name} {columns};" for name, columns in TABLES.items())}
        PRAGMA user_version = {VERSION};
        COMMIT;
    """)


def open_for_writing(directory: Path) -> sqlite3.Connection:
    """Makes what is missing; the caller holds the directory's lock. Raises `UsageError`."""
    path = directory / INDEX
    with usage_errors(path):
        connection = sqlite3.connect(path, timeout=_WAIT_SECONDS, isolation_level=None)
        try:
            version = _version(connection, path)
            if version is None:
                make_tables(connection)
            elif version < VERSION:
                _add_missing_tables(connection)
            mode = "DELETE" if is_shared(directory) else "WAL"
            with contextlib.suppress(sqlite3.OperationalError):  # somebody reads all the while: it stays as it is
                connection.execute(f"PRAGMA journal_mode = {mode}")
            mode = connection.execute("PRAGMA journal_mode").fetchone()[0]
            connection.execute(f"PRAGMA synchronous = {'NORMAL' if mode == 'wal' else 'FULL'}")
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
            yield Index(connection, path)
        except OSError as error:
            if error.filename != str(path):
                raise
            raise usage_error(error, path) from None


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
