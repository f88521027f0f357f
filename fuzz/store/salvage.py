"""A new index of all that can still be read of a damaged one."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from pathlib import Path

from fuzz.files import sync_directory
from fuzz.store.checks import put_aside
from fuzz.store.database import TABLES, make_tables
from fuzz.store.directory import INDEX, NEW_INDEX
from fuzz.store.errors import SQLITE_ERRORS


def salvage(directory: Path) -> int:
    """The number of rows saved. The damaged index, if there is one, is moved to `lost`. The caller holds the lock.
    Raises `OSError` and `sqlite3.Error`, and then leaves it where it was."""
    path, new = directory / INDEX, directory / NEW_INDEX
    for leftover in (new, Path(f"{new}-journal")):
        leftover.unlink(missing_ok=True)
    with contextlib.closing(sqlite3.connect(new, isolation_level=None)) as target:
        make_tables(target)
        rows = _copied(path, target) if path.exists() else 0
    if path.exists():
        keep = directory / f"damaged-{INDEX}"
        keep.unlink(missing_ok=True)
        os.link(path, keep)
        put_aside(directory, keep)
    for log in (f"{path}-wal", f"{path}-shm", f"{path}-journal"):  # else they would be taken for the new one's
        Path(log).unlink(missing_ok=True)
    new.replace(path)
    sync_directory(directory)
    return rows


def _copied(path: Path, target: sqlite3.Connection) -> int:
    """Reads each table from both ends up to what cannot be read."""
    count = 0
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as source:
        target.execute("BEGIN")
        source.text_factory = lambda text: text.decode(errors="surrogateescape")
        for table in TABLES:
            for direction in ("ASC", "DESC"):
                with contextlib.suppress(*SQLITE_ERRORS):
                    for row in source.execute(f"SELECT * FROM {table} ORDER BY {_key(source, table)} {direction}"):
                        count += _inserted(target, table, row)
        target.execute("COMMIT")
    return count


def _key(source: sqlite3.Connection, table: str) -> str:
    """What a table is stored by: not an index of it, which may be damaged as well."""
    if not TABLES[table].endswith("WITHOUT ROWID"):
        return "rowid"
    columns = source.execute(f"PRAGMA table_info({table})").fetchall()
    return next((name for _, name, *_, key in columns if key == 1), "1")


def _inserted(target: sqlite3.Connection, table: str, row: tuple[object, ...]) -> int:
    try:
        marks = ", ".join("?" for _ in row)
        return target.execute(f"INSERT OR IGNORE INTO {table} VALUES ({marks})", row).rowcount
    except UnicodeEncodeError:  # of text that is damaged
        return 0
