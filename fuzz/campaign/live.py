"""A campaign on a terminal: one picture that is kept up to date, findings scrolling past above it."""

from __future__ import annotations

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from fuzz.campaign.events import Event, Figures, FindingWritten, Finished, Progress, Started, WorkerLost
from fuzz.campaign.plain import (
    features_text,
    finding_lines,
    lost_line,
    part,
    shares,
    started_line,
    summary_lines,
)


class LiveView:
    """For terminals. Stops its picture when the campaign has finished; `close` when it ended otherwise."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._live: Live | None = None

    def __call__(self, event: Event) -> None:
        match event:
            case Started():
                self._console.print(Text(started_line(event)))
                self._live = Live(console=self._console, refresh_per_second=4, transient=True, auto_refresh=False)
                self._live.start()
            case Progress() if self._live is not None:
                self._live.update(picture(event), refresh=True)
            case FindingWritten():
                self._console.print(Text("\n".join(finding_lines(event)), style="red"))
            case WorkerLost():
                self._console.print(Text(lost_line(event), style="yellow"))
            case Finished():
                self.close()
                style = "green" if event.summary.exit_status == 0 else "red"
                *lines, verdict = summary_lines(event.summary)
                self._console.print(Text("\n".join(lines)))
                self._console.print(Text(verdict, style=f"bold {style}"))

    def close(self) -> None:
        if self._live is not None:
            self._live.stop()
            self._live = None


def picture(event: Progress) -> RenderableType:
    """The figures at one moment."""
    f = event.figures
    return Group(_counts(f, event.seconds_left), _engines(f), Text(_time(f), style="dim"))


def _counts(f: Figures, seconds_left: float | None) -> Table:
    table = Table.grid(padding=(0, 3))
    cells = [
        ("cases", f"{f.cases}"), ("cases/s", f"{f.cases_per_second:.0f}"), ("calls", f"{f.calls}"),
        ("calls/s", f"{f.calls_per_second:.0f}"), ("divergences", f"{f.divergences}"),
        ("known", f"{sum(k.cases for k in f.known)}"), ("findings", f"{len(f.findings)}"),
        ("unmapped", f"{sum(f.unmapped.values())}"),
        ("features", features_text(f)), ("seconds", f"{f.seconds:.0f}"),
    ]
    if seconds_left is not None:
        cells.append(("left", f"{seconds_left:.0f}"))
    alarming = {"divergences": f.divergences, "findings": len(f.findings), "unmapped": len(f.unmapped)}
    table.add_row(*(Text(name, style="dim") for name, _ in cells))
    table.add_row(*(Text(value, style="bold red" if alarming.get(name) else "bold") for name, value in cells))
    return table


def _engines(f: Figures) -> Table:
    table = Table("engine", "cases/s", "share of time", "load", "instantiate", "call", box=None, header_style="dim")
    for name, e in f.engines.items():
        table.add_row(name, f"{e.cases_per_second:.0f}", f"{f.share(name):.0%}", part(e.load, e.seconds),
                      part(e.instantiate, e.seconds), part(e.call, e.seconds))
    return table


def _time(f: Figures) -> str:
    ours = [(name, share) for name, share in shares(f) if name not in f.engines]
    return "our own time: " + ", ".join(f"{name} {share:.0%}" for name, share in ours)
