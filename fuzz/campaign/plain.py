"""A campaign as plain lines, for logs and pipes."""

from __future__ import annotations

from time import monotonic
from typing import TextIO

from fuzz.campaign.events import Event, Figures, FindingWritten, Finished, Progress, Started, Summary, WorkerLost

LINE_SECONDS = 5.0


class PlainView:
    """Writes a line every few seconds, one for each finding, and the summary."""

    def __init__(self, out: TextIO, line_seconds: float = LINE_SECONDS) -> None:
        self._out = out
        self._line_seconds = line_seconds
        self._last = monotonic()

    def __call__(self, event: Event) -> None:
        match event:
            case Started():
                self._write(started_line(event))
            case Progress() if monotonic() - self._last >= self._line_seconds:
                self._last = monotonic()
                self._write(progress_line(event))
            case FindingWritten():
                self._write("\n".join(finding_lines(event)))
            case WorkerLost():
                self._write(lost_line(event))
            case Finished():
                self._write("\n".join(summary_lines(event.summary)))

    def _write(self, text: str) -> None:
        print(text, file=self._out, flush=True)


def started_line(event: Started) -> str:
    engines = ", ".join(f"{name} {version}" for name, version in event.engines.items())
    bound = [plural(event.cases, "case")] if event.cases is not None else []
    bound += [f"{event.seconds:g} s"] if event.seconds is not None else []
    return f"seed {event.seed}, {', '.join(bound) or 'no end'}, {plural(event.workers, 'worker')}; engines: {engines}"


def progress_line(event: Progress) -> str:
    f = event.figures
    left = "" if event.seconds_left is None else f", {event.seconds_left:.0f} s left"
    return (f"{f.seconds:6.0f} s  {plural(f.cases, 'case')}  {f.cases_per_second:.0f}/s  {plural(f.calls, 'call')}"
            f"  {plural(f.divergences, 'divergence')}  {features_text(f)} features{left}")


def finding_lines(event: FindingWritten) -> list[str]:
    return [f"{'shrunk' if event.shrunk else 'finding'} {event.name}: {event.path}", *(f"  {x}" for x in event.verdict)]


def lost_line(event: WorkerLost) -> str:
    where = "between cases" if event.case is None else f"on case {event.case}"
    return f"worker {event.worker} {event.why} {where}; another takes its place"


def summary_lines(summary: Summary) -> list[str]:
    f = summary.figures
    ended = "interrupted after" if summary.interrupted else "done in"
    lines = [
        f"{ended} {f.seconds:.1f} s: {plural(f.cases, 'case')} ({f.cases_per_second:.1f}/s), "
        f"{plural(f.calls, 'call')} ({f.calls_per_second:.1f}/s), {features_text(f)} features seen",
        "workers' time: " + ", ".join(f"{name} {share:.0%}" for name, share in shares(f)),
    ]
    lines += [
        f"  {name}: {e.cases_per_second:.0f} cases/s; load {part(e.load, e.seconds)}, instantiate "
        f"{part(e.instantiate, e.seconds)}, call {part(e.call, e.seconds)}"
        for name, e in f.engines.items()
    ]
    lines += [f"unmapped message, {plural(count, 'time')}: {message}" for message, count in f.unmapped.items()]
    lines += [f"known, {plural(k.cases, 'case')}: {k.title} ({k.verdict}; {k.id})" for k in f.known]
    if f.crashes:
        lines.append(f"{plural(f.crashes, 'case')} ended a worker")
    for finding in f.findings:
        lines.append(f"finding {finding.name}: {plural(finding.cases, 'case')}, first {finding.first_case}: "
                     f"{finding.signature}")
    if summary.directory is not None:
        lines.append(f"findings are in {summary.directory}")
    lines.append(verdict(f))
    return lines


def verdict(figures: Figures) -> str:
    """The last line of a summary."""
    if figures.exit_status == 0:
        if len(figures.engines) == 1:
            return f"nothing to compare: only {next(iter(figures.engines))} took part"
        return "all engines agree" + (", except for known differences" if figures.known else "")
    counts = ((figures.divergences, "divergence"), (figures.crashes, "lost worker"))
    found = " and ".join(plural(count, what) for count, what in counts if count)
    said = [f"{found} in {plural(len(figures.findings), 'group')}"] if found else []
    said += ["messages that nobody mapped"] if figures.unmapped else []
    return "; ".join(said)


def shares(figures: Figures) -> list[tuple[str, float]]:
    """The parts of the workers' time: engines, our own phases, and the rest."""
    if not figures.busy:
        return []
    parts = [(name, e.seconds / figures.busy) for name, e in figures.engines.items()]
    parts += [(phase, seconds / figures.busy) for phase, seconds in figures.own.items()]
    return [*parts, ("other", max(0.0, 1 - sum(share for _, share in parts)))]


def part(seconds: float, total: float) -> str:
    return f"{seconds / total:.0%}" if total else "-"


def features_text(figures: Figures) -> str:
    possible = figures.features_possible
    return f"{figures.features_seen}" if possible is None else f"{figures.features_seen} of {possible}"


def plural(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
