"""A campaign as plain lines, for logs and pipes."""

from __future__ import annotations

from time import monotonic
from typing import TextIO

from fuzz.campaign.events import Event, FindingWritten, Finished, KnownGone, Progress, Started, Warned, WorkerLost
from fuzz.campaign.told import (
    Findings,
    Pace,
    gone_line,
    lost_line,
    progress_line,
    started_line,
    summary_lines,
    warning_line,
)
from fuzz.views.safe import safe_lines

LINE_SECONDS = 5.0


class PlainView:
    """Writes a line every few seconds, later every minute, one for each finding, and the summary."""

    def __init__(self, out: TextIO, line_seconds: float = LINE_SECONDS) -> None:
        self._out = out
        self._line_seconds = line_seconds
        self._last = monotonic()
        self._pace = Pace()
        self._findings = Findings()

    def __call__(self, event: Event) -> None:
        match event:
            case Started():
                self._write(started_line(event))
            case Progress():
                self._pace.note(event.figures)
                if monotonic() - self._last >= self._pause(event.figures.seconds):
                    self._last = monotonic()
                    self._write(progress_line(event, self._pace.now))
            case FindingWritten():
                self._write("\n".join(self._findings.lines(event)))
            case WorkerLost():
                self._write(lost_line(event))
            case Warned():
                self._write(warning_line(event))
            case KnownGone():
                self._write(gone_line(event))
            case Finished():
                self._write("\n".join(summary_lines(event.summary)))

    def _pause(self, seconds: float) -> float:
        """Between two lines: the longer a campaign runs, the longer, so that a night's log can be read."""
        return self._line_seconds * min(max(seconds / 300, 1), 12)

    def _write(self, text: str) -> None:
        print("\n".join(safe_lines(text)), file=self._out, flush=True)
