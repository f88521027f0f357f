"""Which files of a corpus are cases: told by their content, whatever they are called, equal contents once."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from fuzz.errors import UsageError
from fuzz.inputs import MAX_FILE_BYTES

_LOOKS_LIKE_A_SCRIPT = re.compile(rb"\s*(?:;|\()")
_BEGINNING = 1 << 12


@dataclass(frozen=True, slots=True)
class CaseFile:
    """*sha* is that of the content, SHA-256; *path* is the first that was found to have it; *bytes* its length."""

    sha: bytes
    path: str
    bytes: int


@dataclass(slots=True)
class Corpus:
    """*files* were read, of which *copies* had the content of another; *unreadable*: path and why; *others*: files that
    do not look like a script, by content and name."""

    cases: dict[bytes, CaseFile] = field(default_factory=dict)
    files: int = 0
    copies: int = 0
    bytes: int = 0
    unreadable: list[tuple[str, str]] = field(default_factory=list)
    others: list[str] = field(default_factory=list)


def read_corpus(paths: Sequence[Path], told: Callable[[int], object] = lambda _: None) -> Corpus:
    """The scripts among *paths* and below them; raises `UsageError` for a path that does not exist.

    Below a directory hidden files and directories are passed over, and so are files whose name or content is not that
    of a script: those end in `.wast`, or have no suffix, as libFuzzer's, and begin with a comment or a form.
    """
    corpus = Corpus()
    for path in paths:
        if not path.exists():
            raise UsageError(f"{path}: no such file or directory: cases (.wast) or directories of them are expected")
    for path in paths:
        if path.is_dir():
            for file in _below(path, corpus):
                _read(corpus, file, given=False)
                told(corpus.files)
        else:
            _read(corpus, str(path), given=True)
    return corpus


def _below(directory: Path, corpus: Corpus) -> Iterator[str]:
    """Sorted, so that which of equal files counts does not depend on the file system."""
    def failed(error: OSError) -> None:
        corpus.unreadable.append((str(error.filename), error.strerror or str(error)))

    for root, directories, files in os.walk(directory, onerror=failed):
        directories[:] = sorted(name for name in directories if not name.startswith("."))
        yield from (os.path.join(root, name) for name in sorted(files) if not name.startswith("."))


def _read(corpus: Corpus, path: str, *, given: bool) -> None:
    suffix = os.path.splitext(path)[1]
    by_name = given or suffix == ".wast"
    if not by_name and suffix:
        corpus.others.append(path)
        return
    try:
        if not os.path.isfile(path):
            raise OSError("not a regular file")
        with open(path, "rb") as file:
            data = file.read(_BEGINNING)
            if not by_name and not _LOOKS_LIKE_A_SCRIPT.match(data):
                corpus.others.append(path)
                return
            data += file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        corpus.unreadable.append((path, error.strerror or str(error)))
        return
    if len(data) > MAX_FILE_BYTES:
        corpus.unreadable.append((path, f"is longer than the {MAX_FILE_BYTES >> 20} MiB that factfuzz reads"))
        return
    corpus.files += 1
    corpus.bytes += len(data)
    sha = hashlib.sha256(data).digest()
    if sha in corpus.cases:
        corpus.copies += 1
    else:
        corpus.cases[sha] = CaseFile(sha, path, len(data))
