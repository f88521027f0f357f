"""What came of a script on one engine: events as they happen, and their sum."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from fuzz.wast.features import feature_of

Verdict: TypeAlias = Literal["passed", "failed", "unsupported", "explained"]
VERDICTS: tuple[Verdict, ...] = ("passed", "failed", "explained", "unsupported")

RAISED = "the engine raised"
"""Begins the *why* of an event in which an engine did what no engine should."""

AFTER_A_FAILURE = "what a failed line should have made"
"""Stands for a feature where commands depend on a line that failed."""


@dataclass(frozen=True, slots=True)
class Event:
    """One command of the script. *why* says why it failed or what is not supported;
    on a passed command it is a remark, or empty. *depends_on* is the line that should have made what it needs."""

    line: int
    verdict: Verdict
    why: str = ""
    depends_on: int | None = None


@dataclass(frozen=True, slots=True)
class Problem:
    """*kind* is failed, unsupported, explained or remark. *dependents* counts commands that fell with this one."""

    line: int
    kind: str
    message: str
    dependents: int = 0


@dataclass(frozen=True, slots=True)
class FileReport:
    """Numbers of commands; *engine* by name. *features* says what the unsupported ones need."""

    path: str
    engine: str
    passed: int
    failed: int
    unsupported: int
    problems: tuple[Problem, ...]
    explained: int = 0
    features: Mapping[str, int] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        return self.failed == 0


def summarise(path: str, engine: str, events: Iterable[Event]) -> FileReport:
    """A command that only lacks what an earlier one should have made shares that one's feature, or its explanation."""
    listed = list(events)
    origins = {event.line: event for event in listed if event.depends_on is None}
    followers: Counter[int] = Counter()
    counts: Counter[Verdict] = Counter()
    features: Counter[str] = Counter()
    line_of: dict[int, int] = {}
    for event in listed:
        origin = event
        if event.depends_on is not None:
            line_of[event.line] = line_of.get(event.depends_on, event.depends_on)
            followers[line_of[event.line]] += 1
            origin = origins.get(line_of[event.line], event)
        explained = event.verdict == "unsupported" and origin.verdict == "explained"
        verdict: Verdict = "explained" if explained else event.verdict
        counts[verdict] += 1
        if verdict == "unsupported":
            features[AFTER_A_FAILURE if origin.verdict == "failed" else feature_of(origin.why)] += 1
    problems = tuple(
        Problem(e.line, "remark" if e.verdict == "passed" else e.verdict, e.why, followers[e.line])
        for e in listed if e.why and e.depends_on is None)
    return FileReport(path, engine, counts["passed"], counts["failed"], counts["unsupported"], problems,
                      counts["explained"], dict(features))
