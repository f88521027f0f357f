"""What the live view draws: the figures of one moment, for a terminal of a given size."""

from __future__ import annotations

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from fuzz.campaign.events import Figures, Progress, Started, WorkerFigures, cases_per_second
from fuzz.campaign.told import (
    ending_text,
    features_text,
    kinds,
    known_cases,
    memory,
    part,
    shares,
)
from fuzz.views.kinds import COLOURS
from fuzz.views.words import BARS, PLAIN_BARS, clock, duration, plural, rate, size, sparkline

STATE_STYLES = {"starting": "dim", "idle": "dim", "minimising": "cyan", "checking": "cyan"}
WIDE = 112
"""Columns from which engines and workers stand side by side."""

LABEL = 10
LONG_ON_CASE = 5.0
"""Seconds from which a case is worth a look."""


class Headline:
    """What does not change during a campaign."""

    def __init__(self, started: Started | None = None) -> None:
        self.text = "" if started is None else f"seed {started.seed}"
        self.cases = None if started is None else started.cases
        self.seconds = None if started is None else started.seconds


def picture(
    event: Progress, headline: Headline, now: float, *, width: int = 80, height: int = 24, plain: bool = False
) -> list[RenderableType]:
    """*now*: cases a second over the last seconds; *plain*: the terminal cannot show more than ASCII.

    Never higher than *height* - 1 lines, so that it can be drawn over itself: workers are left out, and counted.
    """
    f = event.figures
    lines = _lines(event, headline, now, width, plain)
    engines = _engines(f)
    room = height - 2 - len(lines)
    if width >= WIDE:
        both = Table.grid(padding=(0, 4))
        both.add_row(engines, _workers(f, max(1, room - 2)))
        return [*lines, Text(), both]
    below = room - len(f.engines) - 2
    gaps = below - len(f.workers) >= 2
    workers = _workers(f, max(1, below))
    return [*lines, Text(), engines, Text(), workers] if gaps else [*lines, engines, workers]


def _lines(event: Progress, headline: Headline, now: float, width: int, plain: bool) -> list[RenderableType]:
    f = event.figures
    rows = [
        ("time", _time(event, headline, width, plain)),
        ("cases", _cases(f, now)),
        ("features", _features(f, width, plain)),
        ("findings", _findings(f)),
        ("known", _known(f)),
        ("memory", _memory(f)),
        ("overhead", _own(f)),
    ]
    lines = [Text.assemble((f"{name:{LABEL}}", "dim"), text, no_wrap=True, overflow="ellipsis") for name, text in rows]
    return [_rule(headline, width, plain), *lines]


def _rule(headline: Headline, width: int, plain: bool) -> Text:
    dash = "-" if plain else "─"
    title = f"{dash * 2} factfuzz {headline.text} "
    return Text(title + dash * max(0, width - len(title)), style="dim", no_wrap=True, overflow="crop")


def _time(event: Progress, headline: Headline, width: int, plain: bool) -> Text:
    f = event.figures
    text = Text(clock(f.seconds), style="bold")
    if event.finishing:
        return text.append("   ").append(ending_text(event), style="bold cyan")
    share = _share_done(event, headline)
    if share is not None:
        bar = max(10, min(40, width - 50))
        full, empty = ("#", ".") if plain else ("━", "─")
        done = round(bar * share)
        text.append("   ").append(full * done, style="green").append(empty * (bar - done), style="dim")
        text.append(f"  {share:.0%}")
    return text.append(f"   {ending}") if (ending := ending_text(event)) else text


def _share_done(event: Progress, headline: Headline) -> float | None:
    """Of the time or the cases asked for, whichever is nearer to its end; None if there is no end."""
    f = event.figures
    parts = []
    if event.seconds_left is not None and f.seconds + event.seconds_left > 0:
        parts.append(f.seconds / (f.seconds + event.seconds_left))
    if headline.cases:
        parts.append(f.cases / headline.cases)
    return min(1.0, max(parts)) if parts else None


def _cases(f: Figures, now: float) -> Text:
    text = Text().append(f"{f.cases:,}", style="bold").append(f"   {rate(now)} now", style="bold")
    text.append(f", {rate(f.cases_per_second)} on average   {plural(f.calls, 'call')}")
    return text.append(f"   {f.resumed_cases:,} resumed", style="dim") if f.resumed_cases else text


def _features(f: Figures, width: int, plain: bool) -> Text:
    text = Text().append(features_text(f), style="bold")
    if f.features_possible:
        text.append(f"  {f.features_seen / f.features_possible:.0%}")
    room = min(60, width - LABEL - len(text.plain) - 3)
    curve = sparkline(f.features_over_time, room, PLAIN_BARS if plain else BARS)
    return text.append("   ").append(curve, style="green")


def _findings(f: Figures) -> Text:
    text = Text().append(f"{len(f.unexplained)}", style="bold red" if f.unexplained else "bold")
    for i, (kind, count) in enumerate(kinds(f).items()):
        text.append(": " if i == 0 else ", ").append(f"{kind} {count}", style=COLOURS.get(kind, "red"))
    if flaky := sum(x.flaky for x in f.unexplained):
        text.append(f" ({flaky} flaky)", style="yellow")
    if unmapped := sum(f.unmapped.values()):
        text.append(f"   {plural(unmapped, 'unmapped message')}", style="bold red")
    return text


def _known(f: Figures) -> Text:
    text = Text(f"{plural(len(f.known), 'difference')} in {plural(known_cases(f), 'case')}")
    since = len(f.findings) - len(f.unexplained)
    return text.append(f", and {plural(since, 'finding')} that became known since") if since else text


def _memory(f: Figures) -> Text:
    if not memory(f):
        return Text("-")
    resident = [w.resident for w in f.workers]
    text = Text().append(size(memory(f)), style="bold").append(f"   supervisor {size(f.supervisor_bytes)}")
    return text.append(f", largest worker {size(max(resident))}") if resident else text


def _own(f: Figures) -> Text:
    ours = [(name, share) for name, share in shares(f) if name not in f.engines]
    return Text(", ".join(f"{name} {share:.0%}" for name, share in ours) or "-", style="dim")


def _table(*heads: str) -> Table:
    table = Table(box=None, header_style="dim", padding=(0, 2, 0, 0), pad_edge=False)
    for i, head in enumerate(heads):
        table.add_column(head, justify="left" if i == 0 or head == "does" else "right", no_wrap=True)
    return table


def _engines(f: Figures) -> Table:
    table = _table("engine", "cases/s", "time", "load", "inst.", "call")
    for name, e in f.engines.items():
        table.add_row(name, f"{cases_per_second(e):.0f}", f"{f.share(name):.0%}", part(e.load, e.seconds),
                      part(e.instantiate, e.seconds), part(e.call, e.seconds))
    return table


def _workers(f: Figures, most: int) -> Table:
    table = _table("worker", "does", "case", "for", "memory", "cases")
    shown = f.workers if len(f.workers) <= most else f.workers[: most - 1]
    for w in shown:
        table.add_row(*_worker(w))
    if len(shown) < len(f.workers):
        rest = f.workers[len(shown) :]
        table.add_row(f"+{len(rest)}", "", "", "", size(sum(w.resident for w in rest)),
                      f"{sum(w.cases for w in rest)}", style="dim")
    return table


def _worker(w: WorkerFigures) -> list[Text]:
    busy = w.case is not None and w.state not in ("idle", "starting")
    long = busy and w.state == "running" and w.seconds_on_case >= LONG_ON_CASE
    return [
        Text(f"{w.number}"), Text(w.state, style=STATE_STYLES.get(w.state, "")),
        Text(f"{w.case}" if busy else "-"),
        Text(duration(w.seconds_on_case) if busy else "-", style="bold yellow" if long else ""),
        Text(size(w.resident) if w.resident else "-"), Text(f"{w.cases}"),
    ]
