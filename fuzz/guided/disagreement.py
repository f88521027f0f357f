"""What the target `differential` reports."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from fuzz.case import Case
from fuzz.files import write_atomically
from fuzz.script import to_wast
from fuzz.store.names import finding_name


@dataclass(frozen=True, slots=True)
class Found:
    """A divergence that is not known. *lines* explain it, as `factfuzz run` does; *signature* is the same for all units
    that show the same mistake; *text* gives the unit as a script that says all this."""

    lines: tuple[str, ...]
    signature: str
    text: Callable[[], str]


class Disagreement(Exception):
    """Engines disagree, in a way that is not known; the whole of it is in *found*, and in the file *path*."""

    def __init__(self, found: Found, path: Path) -> None:
        super().__init__(f"{found.lines[0].removeprefix('disagreement: ')}; written: {path}")
        self.found = found
        self.path = path


def write_beside(artifacts: str, found: Found) -> Path:
    """Where libFuzzer's artifacts go, under the name that a campaign would give it: the smallest one that was seen so
    far. Raises `OSError`."""
    path = Path(f"{artifacts}{finding_name(found.signature)}.wast")
    data = found.text().encode()
    if not path.exists() or path.stat().st_size > len(data):
        write_atomically(path, data)
    return path


def case_text(case: Case, lines: Sequence[str]) -> str:
    return to_wast(case.with_verdict(tuple(lines)))


def script_text(text: str, lines: Sequence[str]) -> str:
    """*text* with what disagrees before it, in place of what may stand there from before."""
    told = [f";; {line}".rstrip() for line in lines]
    return "\n".join([*told, "", *text.splitlines(), ""])
