"""Counts of runs side by side, and features by group with their gaps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from fuzz.coverage.groups import Group, group_of
from fuzz.coverage.possible import EXCLUDED, GROUPS, ORDER, UNDRAWN
from fuzz.report.page import FeatureView, GroupView, Place
from fuzz.store.records import Counts, Seen

Counted: TypeAlias = Literal["features", "signatures", "known"]


@dataclass(frozen=True, slots=True)
class Totals:
    """Counts by run; a number of a case means something only with the *seeds* of the run."""

    by_run: Mapping[str, Counts]
    seeds: Mapping[str, int]

    def seen(self, what: Counted, name: str) -> Seen | None:
        """In all runs together: only the number of cases means something then."""
        total: Seen | None = None
        for counts in self.by_run.values():
            if (seen := getattr(counts, what).get(name)) is not None:
                total = seen if total is None else total.plus(seen)
        return total

    def first(self, what: Counted, name: str) -> Place | None:
        """In the first run that has it."""
        return next((self.place(run, getattr(counts, what)[name].first)
                     for run, counts in self.by_run.items() if name in getattr(counts, what)), None)

    def last(self, what: Counted, name: str) -> Place | None:
        """In the last run that has it."""
        return next((self.place(run, getattr(counts, what)[name].last)
                     for run, counts in reversed(list(self.by_run.items())) if name in getattr(counts, what)), None)

    def place(self, run: str, case: int) -> Place:
        return Place(self.seeds.get(run), case)


def group_views(possible: Sequence[str], totals: Totals) -> tuple[GroupView, ...]:
    """Of the features that are *possible* in a store, in our order; those of another version of factfuzz stay in their
    groups. Without any, of all that we know."""
    there = set(possible) or set(ORDER)
    members: dict[str, list[str]] = {}
    for feature in (*(f for f in ORDER if f in there), *sorted(there.difference(ORDER))):
        members.setdefault(group_of(feature), []).append(feature)
    known = {group.name: group for group in GROUPS}
    names = [*(name for name in known if name in members), *(name for name in members if name not in known)]
    return tuple(_group_view(known.get(name, Group(name, "", ())), members[name], totals) for name in names)


def _group_view(group: Group, members: Sequence[str], totals: Totals) -> GroupView:
    views = [_feature_view(feature, totals) for feature in members]
    excluded = tuple((e.what.partition(": ")[2], e.why) for e in EXCLUDED if group_of(e.what) == group.name)
    return GroupView(group.name, group.meaning, sum(view.cases > 0 for view in views),
                     tuple(sorted(views, key=lambda view: view.cases)), excluded)


def _feature_view(feature: str, totals: Totals) -> FeatureView:
    seen = totals.seen("features", feature)
    fact = feature.partition(": ")[2] or feature
    if seen is None:
        return FeatureView(fact, 0, why=UNDRAWN.get(feature, ""))
    return FeatureView(fact, seen.cases, totals.first("features", feature))
