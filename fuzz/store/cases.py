"""Cases by the SHA-256 of their bytes: `cases/ab/abcd...wast`, written once and never changed."""

from __future__ import annotations

import contextlib
import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

from fuzz.files import sync_directory, write_atomically
from fuzz.store.directory import CASES

_SHA = re.compile("[0-9a-f]{64}")


def sha_of(wast: bytes) -> str:
    return hashlib.sha256(wast).hexdigest()


def case_path(directory: Path, sha: str) -> Path:
    """Raises `ValueError` for what is no SHA-256 in hexadecimal digits."""
    if not _SHA.fullmatch(sha):
        raise ValueError(f"{sha!r} does not name a case")
    return directory / CASES / sha[:2] / f"{sha}.wast"


def keep(directory: Path, wast: bytes) -> str:
    """Its name; on disk when this returns. Raises `OSError`."""
    sha = sha_of(wast)
    path = case_path(directory, sha)
    if not path.exists():
        if not path.parent.is_dir():
            path.parent.mkdir(parents=True, exist_ok=True)
            sync_directory(path.parent.parent)
            sync_directory(directory)
        write_atomically(path, wast)
    return sha


def read(directory: Path, sha: str) -> bytes | None:
    """None when it is missing or its bytes are not what its name says. Raises other `OSError`s."""
    try:
        wast = case_path(directory, sha).read_bytes()
    except (FileNotFoundError, ValueError):
        return None
    return wast if sha_of(wast) == sha else None


def kept(directory: Path) -> Iterator[Path]:
    """Files of all cases that are there, referred to or not."""
    for path in sorted((directory / CASES).glob("*/*.wast")):
        if _SHA.fullmatch(path.stem):
            yield path


def remove(path: Path) -> None:
    path.unlink(missing_ok=True)
    with contextlib.suppress(OSError):
        path.parent.rmdir()
