"""The one process that writes to a directory: what it finds when it opens it, and the copies of findings for people."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

from fuzz.errors import UsageError
from fuzz.files import write_atomically
from fuzz.store import cases
from fuzz.store.database import close_written, open_for_writing
from fuzz.store.directory import FINDINGS, INDEX, has_index, leftovers, made_directory
from fuzz.store.errors import usage_errors
from fuzz.store.index import Index
from fuzz.store.lock import locked
from fuzz.store.records import Finding, FirstCase


@contextlib.contextmanager
def opened_index(path: Path) -> Iterator[Index]:
    """The index, with the directory's lock held. Makes what is missing, removes what nobody needs before and after, and
    at the end what it made, if nothing came of it. Raises `UsageError`."""
    with made_directory(path), locked(path):
        made = not has_index(path)
        if made and any(cases.kept(path)):
            raise UsageError(f"{path}: has cases, but no {INDEX}: `factfuzz fsck --repair` puts them aside")
        try:
            index = Index(open_for_writing(path), path / INDEX)
        except BaseException:
            if made:
                _remove(path)
            raise
        try:
            with usage_errors(path / INDEX):
                findings, firsts = list(index.findings()), list(index.first_cases())
            with usage_errors(path):
                tidy(path, findings, firsts)
                write_copies(path, findings)
            yield index
            with contextlib.suppress(OSError):
                tidy(path, list(index.findings()), list(index.first_cases()))
        finally:
            empty = made and _is_empty(index)
            close_written(index.connection)
            if empty:
                _remove(path)


def tidy(path: Path, findings: Iterable[Finding], firsts: Iterable[FirstCase]) -> None:
    """Removes what nobody needs: files of processes that are gone, and cases that nothing refers to: a smaller one
    has taken their place, or their process was killed before it could say what they show. Raises `OSError`."""
    for file in leftovers(path):
        file.unlink(missing_ok=True)
    for case in unreferenced(path, findings, firsts):
        cases.remove(case)


def unreferenced(path: Path, findings: Iterable[Finding], firsts: Iterable[FirstCase]) -> list[Path]:
    """Cases that are neither the original nor the smallest of any finding, nor first to show a feature."""
    needed = {sha for finding in findings for sha in (finding.original.sha, finding.smallest.sha)}
    needed |= {first.sha for first in firsts}
    return [case for case in cases.kept(path) if case.stem not in needed]


def copy_path(path: Path, name: str) -> Path:
    return path / FINDINGS / f"{name}.wast"


def write_copies(path: Path, findings: Collection[Finding]) -> None:
    """Makes those that are missing or not what they should be. Raises `OSError`."""
    for finding in findings:
        copy = copy_path(path, finding.name)
        if is_copy(copy, finding):
            continue
        wast = cases.read(path, finding.smallest.sha)
        if wast is not None:
            copy.parent.mkdir(exist_ok=True)
            write_atomically(copy, wast)


def is_copy(copy: Path, finding: Finding) -> bool:
    """Whether the file is there and is the finding's smallest case."""
    try:
        return cases.sha_of(copy.read_bytes()) == finding.smallest.sha
    except FileNotFoundError:
        return False


def _is_empty(index: Index) -> bool:
    query = "SELECT NOT EXISTS (SELECT 1 FROM block UNION ALL SELECT 1 FROM finding UNION ALL SELECT 1 FROM death)"
    try:
        return bool(index.connection.execute(query).fetchone()[0])
    except sqlite3.Error:
        return False


def _remove(path: Path) -> None:
    """The index goes last: as long as it is there, everything else can be told to be left over."""
    with contextlib.suppress(OSError):
        for case in cases.kept(path):
            cases.remove(case)
        for file in leftovers(path):
            file.unlink(missing_ok=True)
        for name in (f"{INDEX}-wal", f"{INDEX}-shm", f"{INDEX}-journal", INDEX):
            (path / name).unlink(missing_ok=True)
