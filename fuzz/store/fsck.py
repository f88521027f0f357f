"""Whether a store is consistent, and making it so."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import msgspec

from fuzz.store import cases
from fuzz.store.checks import Found, find
from fuzz.store.database import check_is_there, close_written, open_for_writing, opened_for_reading
from fuzz.store.directory import INDEX, has_index
from fuzz.store.errors import DamagedFile, DamagedIndex, usage_errors
from fuzz.store.index import Index
from fuzz.store.lock import is_locked, locked
from fuzz.store.salvage import salvage

_PASSES = 10
"""One repair may uncover another problem; there are few ways in which one depends on another."""


class Problem(msgspec.Struct, frozen=True):
    """*where*: what has it; *what* is wrong, in words; *remedy*: what a repair does, or has done; *harmless*: nothing
    is lost or wrong, as after a process was killed."""

    kind: str
    where: str
    what: str
    remedy: str
    harmless: bool
    repaired: bool = False


def check(path: Path, repair: bool) -> tuple[Problem, ...]:
    """All problems of the store at *path*; *repair*: does away with them as far as it can. Raises `UsageError` for what
    is no store, was written by a newer version, or, to be repaired, is being written to."""
    missing = path.is_dir() and not has_index(path) and any(cases.kept(path))
    if not missing:
        check_is_there(path)
    if repair:
        with locked(path), usage_errors(path):
            return tuple(_repaired(path))
    if missing:
        return (_MISSING,)
    live = is_locked(path)
    try:
        with usage_errors(path), opened_for_reading(path) as index:
            return tuple(_problem(found) for found in _found(path, index, live))
    except DamagedIndex as error:
        return (_damaged(error),)


_SALVAGE = "what can be read of it is saved, cases that nothing refers to any more are moved to lost/"
_MISSING = Problem("index", INDEX, "is missing or empty", "a new one is made, cases are moved to lost/", harmless=False)


def _damaged(error: Exception) -> Problem:
    what = str(error).partition(f"{INDEX}: ")[2].removesuffix(": `factfuzz fsck` tells more")
    return Problem("index", INDEX, what or str(error), _SALVAGE, harmless=False)


def _repaired(path: Path) -> Iterator[Problem]:
    told: dict[tuple[str, str, str], Problem] = {}
    left: set[tuple[str, str, str]] = set()
    for _ in range(_PASSES):
        problems = _repair_pass(path)
        before, left = left, {(p.kind, p.where, p.what) for p in problems}
        for problem in problems:
            told.setdefault((problem.kind, problem.where, problem.what), problem)
        if left in (set(), before):
            break
    for key, problem in told.items():
        yield msgspec.structs.replace(problem, repaired=key not in left)


def _repair_pass(path: Path) -> list[Problem]:
    """What there was to repair, after having tried to."""
    if not has_index(path):
        salvage(path)
        return [_MISSING]
    try:
        with _index(path) as index:
            found = list(_found(path, index, live=False))
            with index.transaction():
                for fix in (fix for one in found for fix in one.fixes):
                    fix()
            return [_problem(one) for one in found]
    except (DamagedIndex, DamagedFile) as error:
        salvage(path)
        return [_damaged(error)]


@contextlib.contextmanager
def _index(path: Path) -> Iterator[Index]:
    connection = open_for_writing(path)
    try:
        yield Index(connection, path / INDEX)
    finally:
        close_written(connection)


def _found(path: Path, index: Index, live: bool) -> Iterator[Found]:
    """Raises `DamagedIndex` or `DamagedFile` where SQLite itself finds it damaged."""
    said = [row[0] for row in index.rows("PRAGMA integrity_check(3)")]
    if said != ["ok"]:
        raise DamagedIndex(f"{path / INDEX}: is damaged ({'; '.join(said)})")
    yield from find(path, index, live)


def _problem(found: Found) -> Problem:
    return Problem(found.kind, found.where, found.what, found.remedy, found.harmless)
