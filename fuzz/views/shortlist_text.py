"""The short list and single findings, to be read."""

from __future__ import annotations

from collections.abc import Sequence

import click

from fuzz.triage.records import SideSaw
from fuzz.views.kinds import COLOURS
from fuzz.views.safe import LONGEST, safe, safe_lines
from fuzz.views.shortlist import Listed, Shortlist
from fuzz.views.words import moment, plural

SAW = 240
"""Characters of what an engine saw, in the list."""

WHOLE = 1_000_000


def list_lines(found: Shortlist, in_full: bool) -> list[str]:
    """Every finding in a few lines; those that are known in one each, or like the others if *in_full*."""
    if not found.open and not found.known:
        return ["no findings"]
    lines = [line for i, x in enumerate(found.open, 1) for line in (*short_lines(x, f"{i}. "), "")]
    if found.known:
        lines.append("known by now, and not counted:")
        for x in found.known:
            lines += short_lines(x, "") if in_full else [safe(f"  {x.name}: {x.known}, {plural(x.cases, 'case')}")]
        lines.append("")
    return [*lines, counts_line(found)]


def counts_line(found: Shortlist) -> str:
    kinds = [x.kind for x in found.open]
    counts = ", ".join(f"{kind} {kinds.count(kind)}" for kind in dict.fromkeys(kinds))
    known = f"; {len(found.known)} known by now" if found.known else ""
    return plural(len(found.open), "finding") + (f": {counts}" if counts else "") + known


def short_lines(x: Listed, number: str) -> list[str]:
    """What one wants to know before reading the case; with colours, which `click.echo` takes out for a pipe."""
    alone = f", {x.alone} stands alone" if x.alone else ""
    indent = " " * len(number) or "  "
    texts = [
        x.title, *_sides(x.sides, SAW, with_state=False), *([x.section] if x.section else []),
        f"{cases_text(x)}; {state_text(x)}", *([f"known by now: {x.known}"] if x.known else []),
        x.path, *([x.rerun] if x.rerun != f"factfuzz run {x.path}" else []),
    ]
    head = f"{number or '  '}{safe(x.name)}  {click.style(x.kind, COLOURS[x.kind], bold=True)}{safe(alone)}"
    return [head, *(safe(indent + "  " + text) for text in texts)]


def whole_lines(x: Listed, wast: str, longest: int = LONGEST) -> list[str]:
    """All that is known of one finding, its script last; lines are cut after *longest* characters."""
    rows = [
        ("class", x.kind), ("stands alone", x.alone), ("why", x.why), ("section", x.section),
        ("message", x.message), ("cases", cases_text(x)), ("seen", f"{moment(x.first_seen)} to {moment(x.last_seen)}"),
        ("state", state_text(x)), ("known as", x.known), ("signature", x.signature),
        ("seed", "" if x.seed is None else str(x.seed)),
        ("engines", ", ".join(f"{name} {version}" for name, version in x.engines.items())),
        ("script", x.path), ("rerun", x.rerun),
    ]
    lines = [x.name, *(f"  {name:13} {text}" for name, text in rows if text), "", x.title]
    lines += x.lines[1:] or [f"  {line}" for line in _sides(x.sides, WHOLE, with_state=True)]
    return [safe(line, longest) for line in lines] + ["", *safe_lines(wast, WHOLE, longest)]


def cases_text(x: Listed) -> str:
    if x.cases == 0:
        return f"case {x.first_case}"
    if x.cases == 1:
        return f"1 case, number {x.first_case}"
    return f"{plural(x.cases, 'case')}, first {x.first_case}, last {x.last_case}"


def state_text(x: Listed) -> str:
    """`minimised, reproduced 3 of 3`."""
    minimised = "minimised" if x.minimised else "not minimised"
    if not x.tried:
        return f"{minimised}, not checked"
    return f"{minimised}, {'flaky: ' if x.flaky else ''}reproduced {x.reproduced} of {x.tried}"


def _sides(sides: Sequence[SideSaw], longest: int, *, with_state: bool) -> list[str]:
    width = max((len(", ".join(side.engines)) for side in sides), default=0)
    lines = []
    for side in sides:
        lines.append(f"{', '.join(side.engines):{width}}  {safe(side.saw, longest)}")
        if with_state:
            lines += [f"{'':{width}}    {line}" for line in side.state]
    return lines
