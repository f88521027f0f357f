"""A census of branches: what of the code of adapters cases have taken, by the names of `fact.model.branches.Branch`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(slots=True)
class Tally:
    """Of one name: the cases in whose adapters there was such a branch, those that took it, how often they did. The
    first case of each sort, in words."""

    emitted: int
    emitted_in: str
    cases: int = 0
    times: int = 0
    taken_in: str = ""


@dataclass(slots=True)
class Census:
    """By name, in the order in which names came."""

    cases: int = 0
    tallies: dict[str, Tally] = field(default_factory=dict)

    def add(self, case: str, branches: Mapping[str, int]) -> None:
        """A *case*, in words, and how often it took each branch of its adapters."""
        self.cases += 1
        for name, times in branches.items():
            tally = self.tallies.get(name)
            if tally is None:
                tally = self.tallies[name] = Tally(0, case)
            tally.emitted += 1
            if times:
                tally.taken_in = tally.taken_in or case
                tally.cases += 1
                tally.times += times

    def kinds(self) -> dict[str, dict[str, Tally]]:
        """The names of each kind of function, sorted; adapters first, support modules last."""
        found: dict[str, dict[str, Tally]] = {}
        for name in sorted(self.tallies, key=lambda name: (*_order(kind_of(name)), name)):
            found.setdefault(kind_of(name), {})[name] = self.tallies[name]
        return found


def kind_of(name: str) -> str:
    """The kind of the function that the branch is in."""
    return name.partition(": ")[0]


def _order(kind: str) -> tuple[bool, bool, str]:
    """Functions of support modules have a module in front of their name, as built-ins do."""
    return kind != "adapter", "." in kind, kind
