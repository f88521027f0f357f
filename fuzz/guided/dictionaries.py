"""Words that targets' inputs are made of: `fuzz/targets/NAME.dict`, in libFuzzer's format, one `"word"` a line."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

DIRECTORY = Path(__file__).resolve().parents[1] / "targets"

_LINE = re.compile(r'"((?:[^"\\]|\\.)*)"')
_ESCAPE = re.compile(rb"\\(?:x([0-9a-fA-F]{2})|(.))")
_PLAIN_PATH = re.compile(r"[\w@%+=:,./-]+", re.ASCII)


def dictionary_flags(name: str) -> dict[str, str]:
    """The flag that gives libFuzzer the dictionary; none where its path would not survive the shells of `-fork`."""
    path = str(DIRECTORY / f"{name}.dict")
    return {"dict": path} if _PLAIN_PATH.fullmatch(path) else {}


@cache
def words(name: str) -> tuple[bytes, ...]:
    text = (DIRECTORY / f"{name}.dict").read_text(encoding="ascii")
    return tuple(_unescaped(m[1].encode()) for line in text.splitlines() if (m := _LINE.fullmatch(line.strip())))


def _unescaped(word: bytes) -> bytes:
    return _ESCAPE.sub(lambda m: m[2] if m[1] is None else bytes.fromhex(m[1].decode()), word)
