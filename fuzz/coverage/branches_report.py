"""A census of branches as a table for people, and as data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from fuzz.coverage.branches import Census, Tally
from fuzz.errors import UsageError


def kinds_named(census: Census, names: Sequence[str]) -> dict[str, dict[str, Tally]]:
    """The tallies of these kinds of functions, of all without *names*; `UsageError` for a name that is none."""
    kinds = census.kinds()
    if unknown := [name for name in names if name not in kinds]:
        raise UsageError(f"no function of the kind {unknown[0]!r} was emitted: there are {', '.join(kinds) or 'none'}")
    return {name: kinds[name] for name in dict.fromkeys(names)} or kinds


def parts(census: Census, kinds: Mapping[str, Mapping[str, Tally]], not_run: Sequence[str]) -> Iterator[RenderableType]:
    """The report, from top to bottom: what was never taken, by kind of function; the share of each kind."""
    for kind, tallies in kinds.items():
        never = {name: tally for name, tally in tallies.items() if not tally.cases}
        if never:
            yield Text(f"\n{kind}: never taken", style="bold")
            yield _never(never)
    for line in not_run:
        yield Text(f"not run: {line}", style="yellow")
    yield Text(f"\nbranches in the adapters of {census.cases} case{'s' * (census.cases != 1)}", style="bold")
    yield _shares(kinds)


def _never(tallies: Mapping[str, Tally]) -> Table:
    table = _table()
    table.add_column("branch", overflow="fold")
    table.add_column("in the adapters of", justify="right")
    table.add_column("for example", overflow="fold", style="dim")
    for name, tally in sorted(tallies.items(), key=lambda item: -item[1].emitted):
        table.add_row(Text(name.partition(": ")[2]), str(tally.emitted), Text(tally.emitted_in))
    return table


def _shares(kinds: Mapping[str, Mapping[str, Tally]]) -> Table:
    table = _table()
    table.add_column("function")
    for column in ("taken", "branches", "share"):
        table.add_column(column, justify="right")
    sums = [0, 0]
    for kind, tallies in kinds.items():
        taken = sum(1 for tally in tallies.values() if tally.cases)
        sums = [sums[0] + taken, sums[1] + len(tallies)]
        table.add_row(Text(kind), *_figures(taken, len(tallies)))
    if len(kinds) > 1:
        table.add_row("all", *_figures(*sums), style="bold")
    return table


def _figures(taken: int, count: int) -> tuple[str, str, str]:
    return str(taken), str(count), f"{100 * taken // count} %" if count else ""


def _table() -> Table:
    return Table(box=None, header_style="dim")


def data(census: Census, kinds: Mapping[str, Mapping[str, Tally]], not_run: Sequence[str]) -> dict[str, Any]:
    """The same as data, with what was taken too."""
    return {
        "cases": census.cases,
        "kinds": [
            {"kind": kind, "branches": len(tallies), "taken": sum(1 for tally in tallies.values() if tally.cases),
             "names": [_row(name, tally) for name, tally in tallies.items()]}
            for kind, tallies in kinds.items()
        ],
        "not_run": list(not_run),
    }


def _row(name: str, tally: Tally) -> dict[str, Any]:
    return {
        "name": name, "emitted": tally.emitted, "emitted_in": tally.emitted_in,
        "cases": tally.cases, "times": tally.times, "taken_in": tally.taken_in or None,
    }
