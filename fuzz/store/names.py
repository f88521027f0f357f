"""Findings' names for people, which are also names of files."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Container, Iterable
from itertools import count

DIGITS = 8
"""Of the hash in a name; more only where two signatures would share one."""

NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


def finding_name(signature: str, digits: int = DIGITS) -> str:
    """Position and outcomes, readable, then what tells signatures apart: `call-cannot-enter-vs-returned-2b0e5b6c`."""
    words = [*_words(signature.partition("; ")[0]), hashlib.sha256(signature.encode()).hexdigest()[:digits]]
    return "-".join(filter(None, words))


def free_name(signature: str, taken: Container[str]) -> str:
    """The shortest name of a signature that is not *taken*."""
    return next(name for n in count(DIGITS, 8) if (name := finding_name(signature, n)) not in taken)


def names_of(signatures: Iterable[str]) -> dict[str, str]:
    """By signature; depends on which there are, not on their order. Those that would share a name all get longer
    ones."""
    groups: dict[str, list[str]] = {}
    for signature in set(signatures):
        groups.setdefault(finding_name(signature, DIGITS), []).append(signature)
    names: dict[str, str] = {}
    for group in groups.values():
        for digits in count(DIGITS, 8):
            found = {signature: finding_name(signature, digits) for signature in group}
            if len(set(found.values())) == len(group):
                names |= found
                break
    return names


def _words(outcomes: str) -> list[str]:
    """Of `call a=returned | b=trapped:cannot-enter`, and of texts without `=`, such as `crash native signal 6`."""
    position = re.findall(r"[a-z0-9]+", outcomes.partition("=")[0])[:1 if "=" in outcomes else 2]
    kinds = dict.fromkeys(re.findall(r"=(?:[a-z]+:)?([a-z-]+)", outcomes))
    return [*position, re.sub("-+", "-", "-vs-".join(kinds)[:48]).strip("-")]
