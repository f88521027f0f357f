"""Features as a table for people, and as data: possible, seen, never seen, excluded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from fuzz.coverage.groups import Excluded, Group, group_of
from fuzz.coverage.possible import EXCLUDED, GROUPS, UNDRAWN
from fuzz.coverage.seen import Seen
from fuzz.errors import UsageError


def groups_named(names: Sequence[str]) -> tuple[Group, ...]:
    """All groups when no names are given; `UsageError` for a name that is none."""
    known = {group.name: group for group in GROUPS}
    if unknown := [name for name in names if name not in known]:
        raise UsageError(f"no group is called {unknown[0]!r}: there are {', '.join(known)}")
    return tuple(known[name] for name in dict.fromkeys(names)) or GROUPS


def excluded_of(groups: Sequence[Group]) -> tuple[Excluded, ...]:
    names = {group.name for group in groups}
    return tuple(e for e in EXCLUDED if group_of(e.what) in names)


def parts(
    groups: Sequence[Group], seen: Seen | None, missing: bool, unreadable: Sequence[str]
) -> Iterator[RenderableType]:
    """The report, from top to bottom: features by group, what is excluded, totals. Without *seen* it tells what is
    possible; *missing*: only what was never seen."""
    for group in groups:
        rows = group.members if seen is None else _rows(group, seen, missing)
        if rows:
            yield Text(f"\n{group.name}: {group.meaning}", style="bold")
            yield _table_of(rows, seen)
    if not missing and excluded_of(groups):
        yield Text("\nnot possible", style="bold")
        yield _excluded(excluded_of(groups))
    for line in unreadable:
        yield Text(f"not run: {line}", style="yellow")
    if seen is not None and seen.unlisted:
        yield Text(f"seen, but not listed as possible: {'; '.join(sorted(seen.unlisted))}", style="red")
    where = "" if seen is None else f" in {seen.cases} case{'s' * (seen.cases != 1)}"
    yield Text(f"\nfeatures{where}", style="bold")
    yield _totals(groups, seen)


def _rows(group: Group, seen: Seen, missing: bool) -> list[str]:
    """Seen ones first, the rarest last; then those never seen."""
    shown = [] if missing else [f for f in group.members if f in seen.counts]
    return [*sorted(shown, key=lambda f: -seen.counts[f]), *(f for f in group.members if f not in seen.counts)]


def _table_of(rows: Sequence[str], seen: Seen | None) -> Table:
    table = _table()
    table.add_column("feature", overflow="fold")
    if seen is None:
        for feature in rows:
            table.add_row(Text(_fact(feature)))
        return table
    table.add_column("cases", justify="right")
    table.add_column("first seen in", overflow="fold", style="dim")
    for feature in rows:
        count = seen.counts.get(feature)
        style = "yellow" if count is None else ""
        table.add_row(Text(_fact(feature), style=style), Text("never" if count is None else str(count), style=style),
                      Text(seen.first.get(feature) or UNDRAWN.get(feature, "")))
    return table


def _table() -> Table:
    return Table(box=None, header_style="dim")


def _fact(feature: str) -> str:
    return feature.partition(": ")[2]


def _excluded(excluded: Sequence[Excluded]) -> Table:
    table = _table()
    table.add_column("what", overflow="fold", ratio=1)
    table.add_column("why", overflow="fold", ratio=1)
    for one in excluded:
        table.add_row(Text(one.what), Text(one.why))
    return table


def _totals(groups: Sequence[Group], seen: Seen | None) -> Table:
    table = _table()
    table.add_column("group")
    columns = ("possible",) if seen is None else ("seen", "possible", "never seen")
    for column in columns:
        table.add_column(column, justify="right")
    all_of_them = [0] * len(columns)
    for group in groups:
        figures = _figures(group, seen)
        all_of_them = [a + b for a, b in zip(all_of_them, figures, strict=True)]
        table.add_row(group.name, *map(str, figures))
    if len(groups) > 1:
        table.add_row("all", *map(str, all_of_them), style="bold")
    return table


def _figures(group: Group, seen: Seen | None) -> list[int]:
    if seen is None:
        return [len(group.members)]
    count = sum(f in seen.counts for f in group.members)
    return [count, len(group.members), len(group.members) - count]


def data(groups: Sequence[Group], seen: Seen | None, missing: bool, unreadable: Sequence[str]) -> dict[str, Any]:
    """The same as data. Without *seen* features have no counts."""
    def feature(name: str) -> dict[str, Any]:
        if seen is None:
            return {"feature": name}
        found = {"feature": name, "cases": seen.counts.get(name, 0), "first": seen.first.get(name)}
        return found | {"why": UNDRAWN[name]} if name in UNDRAWN and not found["cases"] else found

    def members(group: Group) -> Sequence[str]:
        return group.members if seen is None else _rows(group, seen, missing)

    document: dict[str, Any] = {
        "groups": [
            {"group": g.name, "meaning": g.meaning, "possible": len(g.members),
             **({} if seen is None else {"seen": _figures(g, seen)[0]}),
             "features": [feature(name) for name in members(g)]}
            for g in groups
        ],
        "possible": sum(len(g.members) for g in groups),
        "excluded": [{"what": e.what, "why": e.why} for e in excluded_of(groups)],
    }
    if seen is not None:
        document |= {
            "cases": seen.cases, "seen": sum(_figures(g, seen)[0] for g in groups),
            "unreadable": list(unreadable), "unlisted": sorted(seen.unlisted),
        }
    return document
