"""Where the kept cases go: a directory of scripts, whole at any time.

New files are written before any old one is removed. What an earlier `factfuzz cmin` kept there belongs to the corpus,
so that whatever is removed is shown by something that stays.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import msgspec

from fuzz.cmin.corpus import CaseFile
from fuzz.errors import UsageError
from fuzz.files import sync_directory, write_atomically
from fuzz.store.directory import INDEX as CAMPAIGN_INDEX

OURS = ".cmin"
"""In OUT: the index, unless it is elsewhere, and what was kept. No case; git ignores it."""

KEPT = "kept.json"

_HASH = re.compile(r"(?:[\w-]+-)?[0-9a-f]{16,}")
_SHORT = 12
_LONGEST = 80


class Kept(msgspec.Struct, frozen=True):
    """What was kept, by the version *code*. *files*: by name, the SHA-256 of each; *elements*: all that the corpus
    showed; *shown*: by name of a file the positions in *elements* of what it showed when it was measured."""

    code: str
    python: bool
    files: dict[str, str]
    elements: list[str]
    shown: dict[str, list[int]]


@dataclass(frozen=True, slots=True)
class Written:
    """How many files were new, and how many were removed."""

    new: int
    removed: int


def prepared(out: Path, force: bool) -> bool:
    """Whether there are cases in *out* that belong to the corpus. Raises `UsageError` if it is not for us to write to:
    it has files, `factfuzz cmin` did not write them, and *force* does not say that they are to be dealt with like the
    rest of the corpus."""
    if out.exists() and not out.is_dir():
        raise UsageError(f"{out}: is a file, where a directory for the kept cases is expected")
    for directory in (out.absolute(), *out.absolute().parents):
        if (directory / CAMPAIGN_INDEX).exists():
            raise UsageError(f"{out}: is the directory of a campaign, or in one ({directory}); name another one")
    if not out.exists() or not any(out.iterdir()):
        return False
    if not force and not (out / OURS).is_dir():
        raise UsageError(
            f"{out}: has files that `factfuzz cmin` did not write; with --force its cases join the corpus, and those "
            "that are not needed are removed"
        )
    return True


def made(out: Path) -> Path:
    """The directory for what is ours in *out*. Raises `UsageError`."""
    ours = out / OURS
    try:
        ours.mkdir(parents=True, exist_ok=True)
        ignored = ours / ".gitignore"
        if not ignored.exists():
            ignored.write_text("*\n")
    except OSError as error:
        raise UsageError(f"{out}: cannot be written to: {error.strerror or error}") from None
    return ours


def there(out: Path) -> dict[str, bytes]:
    """Scripts directly in *out* by name, with the SHA-256 of each."""
    return {path.name: sha for path in sorted(out.glob("[!.]*.wast")) if (sha := _sha(path)) is not None}


def names_of(cases: Sequence[CaseFile], found: Mapping[str, bytes]) -> dict[bytes, str]:
    """A file name for each: the one that it has among those *found* in OUT; else its own, where that tells people
    something and nobody else has it; else one from its content. Nothing that is there is written over."""
    names = {sha: name for name, sha in sorted(found.items(), reverse=True)}
    taken = {name.lower() for name in found}
    for case in sorted(cases, key=lambda case: case.sha):
        if case.sha not in names:
            names[case.sha] = name = next(name for name in _possible(case) if name.lower() not in taken)
            taken.add(name.lower())
    return {case.sha: names[case.sha] for case in cases}


def _possible(case: CaseFile) -> Iterator[str]:
    stem = re.sub(r"[^\w.+-]", "_", Path(case.path).name.removesuffix(".wast"))[:_LONGEST].lstrip(".-")
    digits = case.sha.hex()
    if stem and not _HASH.fullmatch(stem):
        yield f"{stem}.wast"
        yield f"{stem}-{digits[:_SHORT]}.wast"
    yield f"{digits[:_SHORT]}.wast"
    yield f"{digits}.wast"
    yield from (f"{digits}-{number}.wast" for number in count(2))


def write(
    out: Path, cases: Sequence[CaseFile], kept: Kept, found: Mapping[str, bytes], covered: Container[bytes]
) -> Written:
    """*cases* are in *out* when this returns, under the names in *kept*. Of what was *found* there, cases that *cases*
    have all of, *covered*, are gone; whatever else is there stays. Raises `UsageError` where a case is not what it was
    when it was read, or *out* cannot be written to."""
    names = {sha: name for name, sha in kept.files.items()}
    new = [case for case in cases if names[case.sha.hex()] not in found]
    try:
        for case in new:
            write_atomically(out / names[case.sha.hex()], _read(case))
        write_atomically(out / OURS / KEPT, msgspec.json.encode(kept))
        gone = [name for name, sha in found.items() if name not in kept.files and sha in covered]
        for name in gone:
            (out / name).unlink(missing_ok=True)
        if gone:
            sync_directory(out)
    except OSError as error:
        raise UsageError(f"{out}: cannot be written to: {error.strerror or error}") from None
    return Written(len(new), len(gone))


def _read(case: CaseFile) -> bytes:
    try:
        data = Path(case.path).read_bytes()
    except OSError as error:
        raise UsageError(f"{case.path}: cannot be read any more: {error.strerror or error}") from None
    if hashlib.sha256(data).digest() != case.sha:
        raise UsageError(f"{case.path}: was changed meanwhile; the same command begins with what it is now")
    return data


def _sha(path: Path) -> bytes | None:
    try:
        return hashlib.sha256(path.read_bytes()).digest()
    except OSError:
        return None


def read_kept(out: Path) -> Kept:
    """What was kept there. Raises `UsageError`."""
    path = out / OURS / KEPT
    try:
        return msgspec.json.decode(path.read_bytes(), type=Kept)
    except FileNotFoundError:
        raise UsageError(f"{out}: `factfuzz cmin` has not kept anything there") from None
    except (OSError, msgspec.MsgspecError) as error:
        raise UsageError(f"{path}: cannot be read: {error}") from None
