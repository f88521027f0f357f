"""What cases were found to show, on disk: a run that was ended goes on, and cases that come later are all that is new.

A SQLite database, by the SHA-256 of a case's bytes. It holds measurements of one state of the code (`fuzz.cmin.code`);
those of another are thrown away. A case measured with coverage of our Python serves those who want none, too. One
process at a time has it open. One that cannot be read is put out of the way, and everything is measured again.
"""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from time import monotonic
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from fuzz.cmin.measure import Measured
from fuzz.errors import UsageError

T = TypeVar("T")

FORMAT = "factfuzz cmin 1"

COMMIT_SECONDS = 0.5
"""About as much work is lost with the process."""

AT_ONCE = 20_000
"""Cases in one question to the database."""

_SCHEMA = """
    CREATE TABLE about (format TEXT NOT NULL, code TEXT NOT NULL);
    CREATE TABLE elements (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
    CREATE TABLE cases (
        sha BLOB PRIMARY KEY, python INTEGER NOT NULL, seconds REAL NOT NULL, unreadable TEXT NOT NULL,
        told TEXT NOT NULL, shown BLOB NOT NULL, checksum INTEGER NOT NULL
    );
"""
"""*shown*: numbers of elements, ascending, 32 bits each."""

_MAGIC = b"SQLite format 3\0"


class Damaged(Exception):
    """The database cannot be read, or holds what was not written."""


@dataclass(frozen=True, slots=True)
class Rows:
    """Some cases: *shown* holds what each shows, one after the other, *lengths* how much each."""

    shas: list[bytes]
    seconds: list[float]
    lengths: list[int]
    shown: NDArray[np.uint32]


class Index:
    """Open from `open_index` to `close`. Methods raise `sqlite3.DatabaseError` and `Damaged`."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        self._ids: dict[str, int] = dict(database.execute("SELECT name, id FROM elements"))
        self._names = {number: name for name, number in self._ids.items()}
        if len(self._names) != max(self._names, default=-1) + 1:
            raise Damaged("elements are missing")
        self._committed = monotonic()

    @property
    def names(self) -> list[str]:
        """Of elements, `KIND NAME`, by number."""
        return [self._names[number] for number in range(len(self._names))]

    def __len__(self) -> int:
        return int(self._database.execute("SELECT count(*) FROM cases").fetchone()[0])

    def add(self, sha: bytes, measured: Measured, python: bool) -> None:
        """On disk with the next one that is added after `COMMIT_SECONDS`, or at the end."""
        shown = np.array(sorted(map(self._number, set(measured.elements))), dtype="<u4").tobytes()
        self._database.execute(
            "INSERT OR REPLACE INTO cases VALUES (?, ?, ?, ?, ?, ?, ?)",
            (sha, int(python), measured.seconds, measured.unreadable, "\n".join(measured.told), shown,
             _checksum(sha, shown)),
        )
        if monotonic() > self._committed + COMMIT_SECONDS:
            self.commit()

    def commit(self) -> None:
        self._database.commit()
        self._committed = monotonic()

    def _number(self, name: str) -> int:
        if (number := self._ids.get(name)) is None:
            number = len(self._ids)
            self._database.execute("INSERT INTO elements VALUES (?, ?)", (number, name))
            self._ids[name] = number
            self._names[number] = name
        return number

    def missing(self, wanted: Iterable[bytes], python: bool) -> list[bytes]:
        """Those of *wanted* that are yet to be measured."""
        known = {sha for (sha,) in self._database.execute("SELECT sha FROM cases WHERE python >= ?", (int(python),))}
        return [sha for sha in wanted if sha not in known]

    def total_shown(self) -> int:
        """How much all cases show together."""
        return int(self._database.execute("SELECT coalesce(sum(length(shown)), 0) FROM cases").fetchone()[0]) // 4

    def withdraw(self, sha: bytes, elements: Iterable[str]) -> None:
        """A case no longer counts as showing these."""
        (rows,) = self.rows([sha])
        gone = [self._ids[name] for name in elements if name in self._ids]
        rest = np.setdiff1d(rows.shown, gone).astype("<u4").tobytes()
        self._database.execute(
            "UPDATE cases SET shown = ?, checksum = ? WHERE sha = ?", (rest, _checksum(sha, rest), sha)
        )

    def rows(self, wanted: Iterable[bytes]) -> Iterator[Rows]:
        """Those of *wanted* that show something, in this order, some thousands at a time."""
        for shas in _chunks(wanted, AT_ONCE):
            found = self._found(shas)
            kept = [sha for sha in shas if sha in found and found[sha][1]]
            data = b"".join(found[sha][1] for sha in kept)
            shown = np.frombuffer(data, "<u4")
            if len(shown) and int(shown.max()) >= len(self._names):
                raise Damaged("a case shows what has no name")
            yield Rows(kept, [found[sha][0] for sha in kept], [len(found[sha][1]) // 4 for sha in kept], shown)

    def _found(self, shas: Sequence[bytes]) -> dict[bytes, tuple[float, bytes]]:
        marks = ",".join("?" * len(shas))
        rows = self._database.execute(
            f"SELECT sha, seconds, shown, checksum FROM cases WHERE sha IN ({marks})", list(shas)
        )
        found = {}
        for sha, seconds, shown, checksum in rows:
            if _checksum(sha, shown) != checksum:
                raise Damaged(f"case {sha.hex()[:12]} is not what was written")
            found[sha] = seconds, shown
        return found

    def unreadable(self, wanted: Iterable[bytes]) -> dict[bytes, str]:
        """Those of *wanted* that are no cases, and why."""
        return self._told("unreadable", wanted)

    def disagreements(self, wanted: Iterable[bytes]) -> dict[bytes, str]:
        """Those of *wanted* on which our engines disagree, and what about: some lines."""
        return self._told("told", wanted)

    def _told(self, column: str, wanted: Iterable[bytes]) -> dict[bytes, str]:
        told = dict(self._database.execute(f"SELECT sha, {column} FROM cases WHERE {column} != ''"))
        return {sha: told[sha] for sha in wanted if sha in told}

    def close(self) -> None:
        self._database.commit()
        self._database.close()


def _checksum(sha: bytes, shown: bytes) -> int:
    return zlib.crc32(shown, zlib.crc32(sha))


def _chunks(of: Iterable[T], size: int) -> Iterator[list[T]]:
    rest = iter(of)
    while chunk := list(islice(rest, size)):
        yield chunk


# -- opening


def open_index(path: Path, code: str) -> tuple[Index, str]:
    """The index at *path*, made if it is not there, and what is to be told of it, if anything. Raises `UsageError`
    when another process has it open, when it cannot be written, and when *path* is something else."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("ab"), path.open("rb") as file:
            beginning = file.read(len(_MAGIC))
    except OSError as error:
        raise UsageError(f"{path}: no index can be kept there: {error.strerror or error}") from None
    if beginning and beginning != _MAGIC and path.name != DEFAULT_NAME:
        raise UsageError(f"{path}: is not an index of `factfuzz cmin`; name another file")
    try:
        return _opened(path, code)
    except (Damaged, sqlite3.DatabaseError) as error:
        if isinstance(error, sqlite3.OperationalError):
            raise UsageError(f"{path}: cannot be used as an index: {error}") from None
    aside = put_aside(path)
    return _opened(path, code)[0], f"{path}: was damaged, is now {aside.name}, and all is measured again"


DEFAULT_NAME = "index.db"


def put_aside(path: Path) -> Path:
    """Out of the way, as `NAME.damaged`."""
    aside = path.with_name(f"{path.name}.damaged")
    path.replace(aside)
    path.with_name(f"{path.name}-journal").unlink(missing_ok=True)
    return aside


def _opened(path: Path, code: str) -> tuple[Index, str]:
    database = sqlite3.connect(path, timeout=1.0)
    try:
        database.execute("PRAGMA locking_mode = EXCLUSIVE")
        database.execute("PRAGMA synchronous = NORMAL")
        database.execute("BEGIN EXCLUSIVE")
        told = _prepared(path, database, code)
        database.commit()
        return Index(database), told
    except BaseException:
        database.close()
        raise


def _prepared(path: Path, database: sqlite3.Connection, code: str) -> str:
    tables = {name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if not tables:
        for statement in _SCHEMA.split(";"):
            database.execute(statement)
        database.execute("INSERT INTO about VALUES (?, ?)", (FORMAT, code))
        return ""
    if "about" not in tables:
        raise UsageError(f"{path}: is another kind of database, where an index of `factfuzz cmin` is expected")
    row = database.execute("SELECT format, code FROM about").fetchone()
    if row is None or not tables.issuperset({"elements", "cases"}):
        raise Damaged("it lacks tables")
    if row == (FORMAT, code):
        return ""
    count = database.execute("SELECT count(*) FROM cases").fetchone()[0]
    for table in ("cases", "elements", "about"):
        database.execute(f"DELETE FROM {table}")
    database.execute("INSERT INTO about VALUES (?, ?)", (FORMAT, code))
    return f"{path}: what it holds was measured by another version, and is measured again" if count else ""
