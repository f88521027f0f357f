"""A campaign on a terminal: one picture that is kept up to date, findings scrolling past above it."""

from __future__ import annotations

import contextlib

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.live import Live
from rich.text import Text

from fuzz.campaign.events import Event, FindingWritten, Finished, KnownGone, Progress, Started, Warned, WorkerLost
from fuzz.campaign.picture import Headline, picture
from fuzz.campaign.told import (
    Findings,
    Pace,
    gone_line,
    lost_line,
    started_line,
    summary_lines,
    warning_line,
)
from fuzz.views.kinds import COLOURS
from fuzz.views.safe import safe_lines


class LiveView:
    """For terminals. Stops its picture when the campaign has finished; `close` when it ended otherwise."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._live: Live | None = None
        self._headline = Headline()
        self._pace = Pace()
        self._findings = Findings()

    def __call__(self, event: Event) -> None:
        match event:
            case Started():
                self._headline = Headline(event)
                self._print(started_line(event))
                self._live = Live(console=self._console, transient=True, auto_refresh=False)
                self._live.start()
            case Progress():
                self._pace.note(event.figures)
                if self._live is not None:
                    self._live.update(_Fitting(event, self._headline, self._pace.now), refresh=True)
            case FindingWritten():
                head, *lines = self._findings.lines(event)
                self._print(head, f"bold {COLOURS.get(event.kind, 'red')}")
                self._print("\n".join(lines), COLOURS.get(event.kind, "red"))
            case WorkerLost():
                self._print(lost_line(event), "yellow")
            case Warned():
                self._print(warning_line(event), "bold yellow")
            case KnownGone():
                self._print(gone_line(event), "bold cyan")
            case Finished():
                self.close()
                style = "green" if event.summary.exit_status == 0 else "red"
                *lines, verdict = summary_lines(event.summary)
                self._print("\n".join(lines))
                self._print(verdict, f"bold {style}")

    def close(self) -> None:
        """Gives output and cursor back, also where the terminal is gone."""
        live, self._live = self._live, None
        if live is not None:
            with contextlib.suppress(OSError):
                live.stop()

    def _print(self, text: str, style: str = "") -> None:
        if text:
            self._console.print(Text("\n".join(safe_lines(text)), style=style), highlight=False)


class _Fitting:
    """The picture in the size that the terminal has at the moment it is drawn."""

    def __init__(self, event: Progress, headline: Headline, now: float) -> None:
        self._event = event
        self._headline = headline
        self._now = now

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        plain = options.ascii_only
        parts: list[RenderableType] = picture(
            self._event, self._headline, self._now, width=options.max_width, height=console.height, plain=plain
        )
        yield Group(*parts)
