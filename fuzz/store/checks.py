"""What can be wrong with a store whose index can be read: each problem with what would repair it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from fuzz.store import cases
from fuzz.store.blocks import DamagedBlock, Outline, dictionary_id, outline, unpack_bits, unpack_names
from fuzz.store.directory import FINDINGS, INDEX, LOST, leftovers
from fuzz.store.errors import NOT_DECODED
from fuzz.store.index import Index
from fuzz.store.names import NAME, free_name
from fuzz.store.records import Death, Finding, FirstCase, KeptCase, KnownCheck, RunKey, Sample, Session
from fuzz.store.writing import copy_path, is_copy, unreferenced, write_copies

MADE_AGAIN = "is made again when the run goes on"
AGAIN = "their cases are run again when the run goes on"


@dataclass(frozen=True)
class Found:
    """*remedy* says what *fixes* do; *harmless*: nothing is lost or wrong, and the next campaign sees to it."""

    kind: str
    where: str
    what: str
    remedy: str
    fixes: tuple[Callable[[], object], ...]
    harmless: bool = False


def find(path: Path, index: Index, live: bool) -> Iterator[Found]:
    """Problems in the order in which they are best repaired. What a *live* campaign has in hand is none. Raises
    `OSError` and `DamagedIndex` where the index itself cannot be read."""
    dictionaries = dict[str, tuple[str, ...]]()
    runs, findings = set[str](), dict[str, Finding]()
    yield from _dictionaries(index, dictionaries)
    yield from _runs(index, dictionaries, runs)
    yield from _findings(path, index, findings)
    yield from _blocks(index, runs, dictionaries, findings)
    yield from _other_records(index, runs, findings)
    for finding in findings.values():
        yield from _cases_of(path, index, finding)
    yield from _first_cases(path, index, runs)
    if not live:
        yield from _files(path, findings, list(index.first_cases()))


def _dictionaries(index: Index, good: dict[str, tuple[str, ...]]) -> Iterator[Found]:
    for id, data in index.rows("SELECT id, names FROM dictionary"):
        try:
            names = unpack_names(data)
        except DamagedBlock as error:
            yield _row(index, "features", f"list {id}", f"cannot be read: {error}", "dictionary", id=id)
            continue
        if dictionary_id(names) == id:
            good[id] = names
        else:
            yield _row(index, "features", f"list {id}", "holds other names than it says", "dictionary", id=id)


def _runs(index: Index, dictionaries: Mapping[str, object], good: set[str]) -> Iterator[Found]:
    for id, text in index.rows("SELECT id, key FROM run"):
        try:
            key = msgspec.json.decode(text, type=RunKey)
        except NOT_DECODED as error:
            yield _row(index, "run", id, f"cannot be read: {error}", "run", id=id)
            continue
        if key.id == id:
            good.add(id)
        else:
            yield _row(index, "run", id, "is not the run that it says", "run", id=id)
    for run, dictionary in index.rows("SELECT run, dictionary FROM possible"):
        if run not in good or dictionary not in dictionaries:
            yield _row(index, "run", run, f"its list of features {dictionary} or the run itself is missing", "possible",
                       run=run, dictionary=dictionary)


def _findings(path: Path, index: Index, good: dict[str, Finding]) -> Iterator[Found]:
    names = dict[str, str]()
    for signature, record in index.rows("SELECT signature, record FROM finding ORDER BY signature"):
        try:
            finding = msgspec.msgpack.decode(record, type=Finding)
        except NOT_DECODED as error:
            yield _row(index, "finding", signature, f"cannot be read: {error}", "finding", signature=signature)
            continue
        if finding.signature != signature:
            yield _row(index, "finding", signature, "is of another signature", "finding", signature=signature)
            continue
        good[signature] = finding
        if not NAME.fullmatch(finding.name) or finding.name in names:
            renamed = msgspec.structs.replace(finding, name=free_name(signature, names))
            yield Found("finding", signature, f"its name {finding.name!r} is another finding's or no name",
                        f"is named {renamed.name}", (partial(index.put_finding, renamed),))
        names[finding.name] = signature


def _blocks(
    index: Index, runs: set[str], dictionaries: dict[str, tuple[str, ...]], findings: Mapping[str, Finding]
) -> Iterator[Found]:
    counted = set[str]()
    for run, number, done, counts in index.rows("SELECT run, number, done, counts FROM block ORDER BY run, number"):
        what, sketch = "", Outline(0, frozenset())
        try:
            sketch, bits = outline(counts, dictionaries), unpack_bits(done).bit_count()
            if sketch.cases != bits:
                what = f"counts {sketch.cases} cases, but {bits} are done"
        except DamagedBlock as error:
            what = f"cannot be read: {error}"
        if run not in runs:
            what = "belongs to no run that there is"
        elif not what and (lost := sorted(sketch.signatures - findings.keys())):
            what = f"counts cases of a finding that is not there: {lost[0]}"
        if what:
            yield _row(index, "block", f"{run} block {number}", what, "block", AGAIN, run=run, number=number)
        counted |= sketch.signatures
    for signature in sorted(findings.keys() - counted):
        yield Found("finding", signature, "no case is counted for it: a merge may have taken another store's counts",
                    "nothing needs to be done", (), harmless=True)


def _other_records(index: Index, runs: set[str], findings: Mapping[str, Finding]) -> Iterator[Found]:
    sessions = set[str]()
    for id, session in _decoded(index, "session", "id", Session):
        if isinstance(session, Session) and session.id == id and session.run in runs:
            sessions.add(id)
        else:
            yield _row(index, "session", id, "cannot be read, or belongs to no run that there is", "session", id=id)
    for id, sample in _decoded(index, "sample", "session", Sample):
        if not isinstance(sample, Sample) or sample.session not in sessions:
            yield _row(index, "sample", id, "cannot be read, or belongs to no session that there is", "sample",
                       session=id)
    for record, death in _decoded(index, "death", "record", Death):
        if not isinstance(death, Death):
            yield _row(index, "death", "", "cannot be read", "death", record=record)
        elif death.signature and death.signature not in findings:
            yield _row(index, "death", death.how, f"became a finding that is not there: {death.signature}", "death",
                       record=record)
    for run, check in _decoded(index, "known_check", "run", KnownCheck):
        if not isinstance(check, KnownCheck) or run not in runs:
            yield _row(index, "known difference", run, "cannot be read, or belongs to no run that there is",
                       "known_check", run=run)


def _decoded(index: Index, table: str, key: str, type: type[msgspec.Struct]) -> Iterator[tuple[Any, object]]:
    """The key of each row, and its record, or None if it cannot be read."""
    for id, record in index.rows(f"SELECT {key}, record FROM {table}"):
        try:
            yield id, msgspec.msgpack.decode(record, type=type)
        except NOT_DECODED:
            yield id, None


def _row(
    index: Index, kind: str, where: str, what: str, table: str, remedy: str = "is taken out of the index",
    **key: object,
) -> Found:
    """A row that has to go."""
    condition = " AND ".join(f"{column} = ?" for column in key)
    return Found(kind, where, what, remedy,
                 (partial(index.execute, f"DELETE FROM {table} WHERE {condition}", *key.values()),))


def _cases_of(path: Path, index: Index, finding: Finding) -> Iterator[Found]:
    """Its cases are there, and their bytes are what their names say."""
    whole = {sha for sha in (finding.original.sha, finding.smallest.sha) if cases.read(path, sha) is not None}
    roles = {finding.original.sha: ("original", finding.original), finding.smallest.sha: ("smallest", finding.smallest)}
    for sha, (role, case) in roles.items():
        if sha not in whole:
            yield _missing_case(path, index, finding, role, case, whole)


def _missing_case(
    path: Path, index: Index, finding: Finding, role: str, case: KeptCase, whole: set[str]
) -> Found:
    copy = copy_path(path, finding.name)
    what = f"its {role} case {case.sha[:12]} is missing or has other bytes"
    if case.sha == finding.smallest.sha and is_copy(copy, finding):
        return Found("case", finding.name, what, f"is made from {copy}", (partial(_restored, path, case.sha, copy),))
    if whole:
        other = finding.original if role == "smallest" else finding.smallest
        changed = msgspec.structs.replace(finding, **{role: other}, minimised=finding.minimised and role == "original")
        return Found("case", finding.name, what, "the other of its two cases takes its place",
                     (partial(_put_aside, path, case.sha), partial(index.put_finding, changed)))
    delete = partial(index.execute, "DELETE FROM finding WHERE signature = ?", finding.signature)
    return Found("case", finding.name, what, "the finding is taken out, and its cases are run again",
                 (partial(_put_aside, path, case.sha), delete))


def _restored(path: Path, sha: str, copy: Path) -> None:
    wast = copy.read_bytes()
    _put_aside(path, sha)
    cases.keep(path, wast)


def _put_aside(path: Path, sha: str) -> None:
    try:
        case = cases.case_path(path, sha)
    except ValueError:
        return
    if case.exists():
        put_aside(path, case)


def _put_damaged_aside(path: Path, sha: str) -> None:
    if cases.read(path, sha) is None:
        _put_aside(path, sha)


def put_aside(path: Path, file: Path) -> None:
    """Moves it to `lost`. Raises `OSError`."""
    lost = path / LOST
    lost.mkdir(exist_ok=True)
    names = (file.name if n == 0 else f"{file.stem}-{n}{file.suffix}" for n in range(10_000))
    file.rename(next(lost / name for name in names if not (lost / name).exists()))


def _first_cases(path: Path, index: Index, runs: set[str]) -> Iterator[Found]:
    good = list(index.first_cases())
    for run, number in index.unreadable_first_cases():
        yield _row(index, "first case", f"{run} case {number}", "cannot be read", "first_case", MADE_AGAIN,
                   run=run, number=number)
    for first in good:
        if first.run in runs and cases.read(path, first.sha) is not None:
            continue
        what = "its case is missing or has other bytes" if first.run in runs else "belongs to no run that there is"
        row = _row(index, "first case", f"{first.run} case {first.number}", what, "first_case", MADE_AGAIN,
                   run=first.run, number=first.number)
        yield replace(row, fixes=(partial(_put_damaged_aside, path, first.sha), *row.fixes))


def _files(path: Path, findings: Mapping[str, Finding], firsts: Iterable[FirstCase]) -> Iterator[Found]:
    for file in leftovers(path):
        yield Found("leftover", str(file.relative_to(path)), "was left behind by a process that was killed",
                    "is removed", (partial(file.unlink, missing_ok=True),), harmless=True)
    for case in unreferenced(path, findings.values(), firsts):
        yield Found("leftover", str(case.relative_to(path)), "is a case that nothing refers to",
                    f"is moved to {LOST}/", (partial(put_aside, path, case),), harmless=True)
    names = {finding.name: finding for finding in findings.values()}
    for name, finding in names.items():
        if not is_copy(copy_path(path, name), finding) and cases.read(path, finding.smallest.sha) is not None:
            yield Found("copy", f"{FINDINGS}/{name}.wast", "is missing, or is not the finding's smallest case",
                        "is written", (partial(write_copies, path, [finding]),), harmless=True)
    for file in sorted((path / FINDINGS).glob("*.wast")):
        if file.stem not in names:
            yield Found("copy", f"{FINDINGS}/{file.name}", f"is of no finding in {INDEX}", f"is moved to {LOST}/",
                        (partial(put_aside, path, file),), harmless=True)
