"""What a set of features is made of: groups of names, and reasons why others are none."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Group:
    """*members* are features, each `name: fact`; *meaning* says on one line what they tell of a case."""

    name: str
    meaning: str
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Excluded:
    """Combinations that look possible, *what*, and *why* no case can show them, or none here."""

    what: str
    why: str


def named(group: str, *facts: str) -> tuple[str, ...]:
    """The features of these facts, each once, in order."""
    return tuple(f"{group}: {fact}" for fact in dict.fromkeys(facts))


def group_of(feature: str) -> str:
    """The name of its group."""
    return feature.partition(":")[0]
