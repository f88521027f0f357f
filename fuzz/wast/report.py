"""What came of a script on one engine: events as they happen, and their sum."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, TypeAlias

Verdict: TypeAlias = Literal["passed", "failed", "unsupported"]


@dataclass(frozen=True, slots=True)
class Event:
    """One command of the script. *why* says why it failed or what is not supported;
    on a passed command it is a remark, or empty."""

    line: int
    verdict: Verdict
    why: str = ""


@dataclass(frozen=True, slots=True)
class Problem:
    """*kind* is failed, unsupported or remark."""

    line: int
    kind: str
    message: str


@dataclass(frozen=True, slots=True)
class FileReport:
    """Numbers of commands; *engine* by name."""

    path: str
    engine: str
    passed: int
    failed: int
    unsupported: int
    problems: tuple[Problem, ...]

    @property
    def ok(self) -> bool:
        return self.failed == 0


def summarise(path: str, engine: str, events: Iterable[Event]) -> FileReport:
    counts: dict[Verdict, int] = {"passed": 0, "failed": 0, "unsupported": 0}
    problems = []
    for event in events:
        counts[event.verdict] += 1
        if event.why:
            problems.append(Problem(event.line, "remark" if event.verdict == "passed" else event.verdict, event.why))
    return FileReport(path, engine, counts["passed"], counts["failed"], counts["unsupported"], tuple(problems))
