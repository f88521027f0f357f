"""The tables of an index as records: rows in, rows out, and nothing in memory."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol, TypeVar

import msgspec

from fuzz.store.blocks import DamagedBlock, dictionary_id, pack_bits, pack_names, unpack_bits, unpack_names
from fuzz.store.errors import NOT_DECODED, DamagedIndex, damaged, os_errors
from fuzz.store.records import Death, Finding, FirstCase, KnownCheck, RunKey, Sample, Session

_FIRST_CASES = "first_case WHERE typeof(number) = 'integer' AND typeof(sha) = 'text' AND typeof(run) = 'text'"
"""The rows that can be read."""

Record = TypeVar("Record", bound=msgspec.Struct, covariant=True)


class _Decoder(Protocol[Record]):
    def decode(self, data: bytes, /) -> Record: ...


class Index:
    """Methods raise `OSError` with the index's file name; those that read raise `DamagedIndex` for what is no
    record."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self.connection = connection
        self.path = path

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing of what is put meanwhile."""
        self.execute("BEGIN IMMEDIATE")
        try:
            yield
            self.execute("COMMIT")
        except BaseException:
            with contextlib.suppress(sqlite3.Error):  # SQLite may have rolled back by itself
                self.connection.execute("ROLLBACK")
            raise

    # -- writing

    def put_dictionary(self, names: Sequence[str]) -> str:
        """Its id."""
        id = dictionary_id(names)
        self.execute("INSERT OR IGNORE INTO dictionary VALUES (?, ?)", id, pack_names(names))
        return id

    def put_run(self, key: RunKey, dictionary: str) -> None:
        self.execute("INSERT OR IGNORE INTO run VALUES (?, ?)", key.id, msgspec.json.encode(key).decode())
        self.execute("INSERT OR IGNORE INTO possible VALUES (?, ?)", key.id, dictionary)

    def put_block(self, run: str, number: int, done: int, counts: bytes) -> None:
        self.execute("INSERT OR REPLACE INTO block VALUES (?, ?, ?, ?)", run, number, pack_bits(done), counts)

    def put_finding(self, finding: Finding) -> None:
        self.execute("INSERT OR REPLACE INTO finding VALUES (?, ?)", finding.signature, msgspec.msgpack.encode(finding))

    def put_session(self, session: Session) -> None:
        self.execute("INSERT OR REPLACE INTO session VALUES (?, ?)", session.id, msgspec.msgpack.encode(session))

    def put_sample(self, sample: Sample) -> None:
        self.execute("INSERT OR IGNORE INTO sample VALUES (?, ?, ?)",
                  sample.session, sample.seconds, _sorted.encode(sample))

    def put_death(self, death: Death) -> None:
        self.execute("INSERT OR IGNORE INTO death VALUES (?)", msgspec.msgpack.encode(death))

    def put_known_check(self, check: KnownCheck) -> None:
        self.execute("INSERT OR REPLACE INTO known_check VALUES (?, ?, ?)",
                  check.run, check.id, msgspec.msgpack.encode(check))

    def put_first_case(self, case: FirstCase) -> None:
        self.execute("INSERT OR REPLACE INTO first_case VALUES (?, ?, ?)", case.run, case.number, case.sha)

    # -- reading

    def dictionaries(self) -> dict[str, tuple[str, ...]]:
        try:
            return {id: unpack_names(names) for id, names in self.rows("SELECT id, names FROM dictionary")}
        except DamagedBlock as error:
            raise damaged(self.path, str(error)) from None

    def runs(self) -> dict[str, RunKey]:
        runs = self.rows("SELECT id, key FROM run")
        return {id: self._decoded(msgspec.json.Decoder(RunKey), key.encode(), "run") for id, key in runs}

    def possible(self) -> dict[str, list[str]]:
        """The dictionaries of each run."""
        found: dict[str, list[str]] = {}
        for run, dictionary in self.rows("SELECT run, dictionary FROM possible ORDER BY run, dictionary"):
            found.setdefault(run, []).append(dictionary)
        return found

    def blocks(self) -> Iterator[tuple[str, int, int, bytes]]:
        """Run, number, bitmap of cases done, packed counts."""
        for run, number, done, counts in self.rows("SELECT run, number, done, counts FROM block ORDER BY run, number"):
            try:
                yield run, number, unpack_bits(done), counts
            except DamagedBlock as error:
                raise self.damaged_block(run, number, error) from None

    def block(self, run: str, number: int) -> tuple[int, bytes] | None:
        """Bitmap of cases done, packed counts."""
        for done, counts in self.rows("SELECT done, counts FROM block WHERE run = ? AND number = ?", run, number):
            return unpack_bits(done), counts
        return None

    def finding(self, signature: str) -> Finding | None:
        return next(self._records("SELECT record FROM finding WHERE signature = ?", Finding, signature), None)

    def findings(self) -> Iterator[Finding]:
        return self._records("SELECT record FROM finding", Finding)

    def session(self, id: str) -> Session | None:
        return next(self._records("SELECT record FROM session WHERE id = ?", Session, id), None)

    def sessions(self) -> Iterator[Session]:
        return self._records("SELECT record FROM session", Session)

    def samples(self) -> Iterator[Sample]:
        return self._records("SELECT record FROM sample", Sample)

    def deaths(self) -> Iterator[Death]:
        return self._records("SELECT record FROM death", Death)

    def known_checks(self) -> Iterator[KnownCheck]:
        return self._records("SELECT record FROM known_check", KnownCheck)

    def first_cases(self) -> Iterator[FirstCase]:
        """Without rows that cannot be read. None of a store that was written before they were kept."""
        if self._keeps_first_cases():
            for run, number, sha in self.rows(f"SELECT run, number, sha FROM {_FIRST_CASES} ORDER BY run, number"):
                yield FirstCase(run, number, sha)

    def unreadable_first_cases(self) -> Iterator[tuple[object, object]]:
        """The keys of those rows."""
        if self._keeps_first_cases():
            every, good = (f"SELECT run, number FROM {rows}" for rows in ("first_case", _FIRST_CASES))
            yield from self.rows(f"{every} EXCEPT {good}")

    def _keeps_first_cases(self) -> bool:
        return any(self.rows("SELECT 1 FROM sqlite_master WHERE name = 'first_case'"))

    def rows(self, query: str, *given: object) -> Iterator[tuple[Any, ...]]:
        with os_errors(self.path):
            yield from self.connection.execute(query, given)

    def execute(self, statement: str, *given: object) -> None:
        with os_errors(self.path):
            self.connection.execute(statement, given)

    def _records(self, query: str, type: type[Record], *given: object) -> Iterator[Record]:
        decoder = msgspec.msgpack.Decoder(type)
        for (record,) in self.rows(query, *given):
            yield self._decoded(decoder, record, type.__name__.lower())

    def _decoded(self, decoder: _Decoder[Record], data: bytes, what: str) -> Record:
        try:
            return decoder.decode(data)
        except NOT_DECODED as error:
            raise damaged(self.path, f"a {what} cannot be read: {error}") from None

    def damaged_block(self, run: str, number: int, error: DamagedBlock) -> DamagedIndex:
        return damaged(self.path, f"block {number} of run {run}: {error}")


_sorted = msgspec.msgpack.Encoder(order="sorted")
