"""The tables of an index as records: rows in, rows out, and nothing in memory."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

import msgspec

from fuzz.errors import UsageError
from fuzz.store.blocks import DamagedBlock, dictionary_id, pack_bits, pack_names, unpack_bits, unpack_names
from fuzz.store.records import Death, Finding, KnownCheck, RunKey, Sample, Session

Record = TypeVar("Record", bound=msgspec.Struct)


class DamagedIndex(UsageError):
    """The file is there, but is no index or no longer a whole one."""


class Index:
    """Methods raise `sqlite3.Error`; those that read raise `DamagedIndex` for a record that is none."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing of what is put meanwhile."""
        self.connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            self.connection.execute("COMMIT")
        except BaseException:
            with contextlib.suppress(sqlite3.Error):  # SQLite may have rolled back by itself
                self.connection.execute("ROLLBACK")
            raise

    # -- writing

    def put_dictionary(self, names: Sequence[str]) -> str:
        """Its id."""
        id = dictionary_id(names)
        self.connection.execute("INSERT OR IGNORE INTO dictionary VALUES (?, ?)", (id, pack_names(names)))
        return id

    def put_run(self, key: RunKey, dictionary: str) -> None:
        self.connection.execute("INSERT OR IGNORE INTO run VALUES (?, ?)", (key.id, msgspec.json.encode(key).decode()))
        self.connection.execute("INSERT OR IGNORE INTO possible VALUES (?, ?)", (key.id, dictionary))

    def put_block(self, run: str, number: int, done: int, counts: bytes) -> None:
        self.connection.execute("INSERT OR REPLACE INTO block VALUES (?, ?, ?, ?)",
                                (run, number, pack_bits(done), counts))

    def put_finding(self, finding: Finding) -> None:
        self.connection.execute("INSERT OR REPLACE INTO finding VALUES (?, ?)",
                                (finding.signature, msgspec.msgpack.encode(finding)))

    def put_session(self, session: Session) -> None:
        self.connection.execute("INSERT OR REPLACE INTO session VALUES (?, ?)",
                                (session.id, msgspec.msgpack.encode(session)))

    def put_sample(self, sample: Sample) -> None:
        self.connection.execute("INSERT OR IGNORE INTO sample VALUES (?, ?, ?)",
                                (sample.session, sample.seconds, _sorted.encode(sample)))

    def put_death(self, death: Death) -> None:
        self.connection.execute("INSERT OR IGNORE INTO death VALUES (?)", (msgspec.msgpack.encode(death),))

    def put_known_check(self, check: KnownCheck) -> None:
        self.connection.execute("INSERT OR REPLACE INTO known_check VALUES (?, ?, ?)",
                                (check.run, check.id, msgspec.msgpack.encode(check)))

    # -- reading

    def dictionaries(self) -> dict[str, tuple[str, ...]]:
        try:
            return {id: unpack_names(names) for id, names in self._rows("SELECT id, names FROM dictionary")}
        except DamagedBlock as error:
            raise DamagedIndex(f"the index is damaged: {error}: `factfuzz fsck` tells more") from None

    def runs(self) -> dict[str, RunKey]:
        return {id: _decoded(key.encode(), RunKey, json=True) for id, key in self._rows("SELECT id, key FROM run")}

    def possible(self) -> dict[str, list[str]]:
        """The dictionaries of each run."""
        found: dict[str, list[str]] = {}
        for run, dictionary in self._rows("SELECT run, dictionary FROM possible ORDER BY run, dictionary"):
            found.setdefault(run, []).append(dictionary)
        return found

    def blocks(self) -> Iterator[tuple[str, int, int, bytes]]:
        """Run, number, bitmap of cases done, packed counts."""
        for run, number, done, counts in self._rows("SELECT run, number, done, counts FROM block ORDER BY run, number"):
            try:
                yield run, number, unpack_bits(done), counts
            except DamagedBlock as error:
                raise damaged_block(run, number, error) from None

    def block(self, run: str, number: int) -> tuple[int, bytes] | None:
        """Bitmap of cases done, packed counts."""
        for done, counts in self._rows("SELECT done, counts FROM block WHERE run = ? AND number = ?", run, number):
            return unpack_bits(done), counts
        return None

    def findings(self) -> Iterator[Finding]:
        return self._records("SELECT record FROM finding", Finding)

    def sessions(self) -> Iterator[Session]:
        return self._records("SELECT record FROM session", Session)

    def samples(self) -> Iterator[Sample]:
        return self._records("SELECT record FROM sample", Sample)

    def samples_of(self, session: str) -> Iterator[Sample]:
        return self._records("SELECT record FROM sample WHERE session = ?", Sample, session)

    def deaths(self) -> Iterator[Death]:
        return self._records("SELECT record FROM death", Death)

    def known_checks(self) -> Iterator[KnownCheck]:
        return self._records("SELECT record FROM known_check", KnownCheck)

    def _rows(self, query: str, *given: object) -> Iterator[tuple[Any, ...]]:
        yield from self.connection.execute(query, given)

    def _records(self, query: str, type: type[Record], *given: object) -> Iterator[Record]:
        for (record,) in self._rows(query, *given):
            yield _decoded(record, type)


_sorted = msgspec.msgpack.Encoder(order="sorted")


def _decoded(data: bytes, type: type[Record], json: bool = False) -> Record:
    try:
        return msgspec.json.decode(data, type=type) if json else msgspec.msgpack.decode(data, type=type)
    except msgspec.MsgspecError as error:
        raise DamagedIndex(f"the index is damaged: a {type.__name__.lower()} cannot be read: {error}: "
                           "`factfuzz fsck` tells more") from None


def damaged_block(run: str, number: int, error: DamagedBlock) -> DamagedIndex:
    return DamagedIndex(f"the index is damaged: block {number} of run {run}: {error}: `factfuzz fsck` tells more")
