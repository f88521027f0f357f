"""What a campaign's events say, in words: the lines that the views share."""

from __future__ import annotations

from collections import deque

from fuzz.campaign.events import (
    Figures,
    FindingWritten,
    KnownGone,
    Progress,
    Started,
    Summary,
    Warned,
    WorkerLost,
    cases_per_second,
)
from fuzz.views.kinds import ORDER
from fuzz.views.words import clock, duration, plural, rate, size, worker_name

RECENT_SECONDS = 10.0


class Pace:
    """Cases a second over the last seconds."""

    def __init__(self) -> None:
        self._noted: deque[tuple[float, int]] = deque()

    def note(self, figures: Figures) -> None:
        self._noted.append((figures.seconds, figures.cases))
        while len(self._noted) > 2 and self._noted[1][0] <= figures.seconds - RECENT_SECONDS:
            self._noted.popleft()

    @property
    def now(self) -> float:
        """0 before there are two moments to compare."""
        if not self._noted:
            return 0.0
        (began, before), (ended, after) = self._noted[0], self._noted[-1]
        return max(0, after - before) / (ended - began) if ended > began else 0.0


class Findings:
    """Tells of findings; of one that is told again, and disagrees as before, in one line."""

    def __init__(self) -> None:
        self._told: dict[str, tuple[str, ...]] = {}

    def lines(self, event: FindingWritten) -> list[str]:
        same = self._told.get(event.name) == event.verdict
        news = "finding" if event.name not in self._told else finding_state(event.minimised, event.reproduced,
                                                                             event.tried)
        self._told[event.name] = event.verdict
        return [f"{news}: {event.name}, {event.kind}: {event.path}", *(f"  {x}" for x in event.verdict if not same)]


def finding_state(minimised: bool, reproduced: int, tried: int) -> str:
    """What has been done about a finding: `minimised, reproduced 3 of 3`."""
    states = ["minimised" if minimised else "not minimised yet"]
    if tried:
        states.append(f"{'flaky: ' if reproduced < tried else ''}reproduced {reproduced} of {tried}")
    return ", ".join(states)


def started_line(event: Started) -> str:
    engines = ", ".join(f"{name} {version}" for name, version in event.engines.items())
    bound = [plural(event.cases, "case")] if event.cases is not None else []
    bound += [duration(event.seconds)] if event.seconds is not None else []
    resumed = f", goes on after {plural(event.resumed, 'case')}" if event.resumed else ""
    return (f"seed {event.seed}, {', '.join(bound) or 'no end'}, {plural(event.workers, 'worker')}{resumed}; "
            f"engines: {engines}; in {event.directory}")


def progress_line(event: Progress, now: float) -> str:
    f = event.figures
    parts = [
        f"{clock(f.seconds):>8}", plural(f.cases, "case"), f"{rate(now)} now, {rate(f.cases_per_second)} on average",
        plural(len(f.unexplained), "finding"), plural(known_cases(f), "known case"),
        f"{features_text(f)} features", *([size(memory(f))] if memory(f) else []),
    ]
    return "  ".join(parts) + (f"  {ending}" if (ending := ending_text(event)) else "")


def ending_text(event: Progress) -> str:
    """How long it goes on: the time left, or what is being finished; empty if neither is known."""
    if event.finishing:
        return finishing_text(event.figures)
    return "" if event.seconds_left is None else f"{duration(event.seconds_left)} left"


def finishing_text(figures: Figures) -> str:
    """`finishing: minimising 2 findings, checking 1, 4 to come; 1 case runs`."""
    states = [worker.state for worker in figures.workers]
    minimising, checking, running = (states.count(s) for s in ("minimising", "checking", "running"))
    rest = figures.waiting - minimising - checking
    counts = {"minimising {}": minimising, "checking {}": checking, "{} to come": rest}
    doing = [(words, count) for words, count in counts.items() if count > 0]
    parts = [words.format(f"{count}" if i else plural(count, "finding")) for i, (words, count) in enumerate(doing)]
    said = [", ".join(parts)] if parts else []
    said += [plural(running, "case") + (" runs" if running == 1 else " run")] if running else []
    return "finishing" + (f": {'; '.join(said)}" if said else "")


def lost_line(event: WorkerLost) -> str:
    where = "between cases" if event.case is None else f"on case {event.case}"
    note = f"; {event.note}" if event.note else ""
    return f"{worker_name(event.worker)} {event.why} {where}{note}; another takes its place"


def warning_line(event: Warned) -> str:
    return f"warning: {event.message}"


def gone_line(event: KnownGone) -> str:
    return f"known difference no longer occurs: {event.title} ({event.id})"


def summary_lines(summary: Summary) -> list[str]:
    f = summary.figures
    ended = "interrupted after" if summary.interrupted else "done in"
    resumed = f", {plural(f.resumed_cases, 'case')} of them in earlier sessions" if f.resumed_cases else ""
    lines = [
        f"{ended} {duration(f.seconds)}: {plural(f.cases, 'case')} ({f.cases_per_second:.1f}/s{resumed}), "
        f"{plural(f.calls, 'call')} ({f.calls_per_second:.1f}/s), {features_text(f)} features seen",
        "workers' time: " + ", ".join(f"{name} {share:.0%}" for name, share in shares(f)),
    ]
    lines += [
        f"  {name}: {cases_per_second(e):.0f} cases/s; load {part(e.load, e.seconds)}, instantiate "
        f"{part(e.instantiate, e.seconds)}, call {part(e.call, e.seconds)}"
        for name, e in f.engines.items()
    ]
    lines += [f"unmapped message, {plural(count, 'time')}: {message}" for message, count in f.unmapped.items()]
    lines += [f"known, {plural(k.cases, 'case')}: {k.title} ({k.verdict}; {k.id})" for k in f.known]
    if f.crashes:
        lines.append(f"{plural(f.crashes, 'case')} ended a worker")
    for finding in f.findings:
        known = f"known by now as {finding.known}: " if finding.known else ""
        lines.append(f"{known}finding {finding.name}, {finding.kind}, {plural(finding.cases, 'case')}, first "
                     f"{finding.first_case}, {finding_state(finding.minimised, finding.reproduced, finding.tried)}: "
                     f"{finding.signature}")
    if summary.directory is not None:
        lines.append(f"to see them: factfuzz findings {summary.directory}; factfuzz report {summary.directory}")
    lines.append(verdict(f))
    return lines


def verdict(figures: Figures) -> str:
    """The last line of a summary."""
    if figures.exit_status == 0:
        if len(figures.engines) == 1:
            return f"nothing to compare: only {next(iter(figures.engines))} took part"
        if not figures.cases:
            return "no case was run"
        known = figures.known or figures.findings
        return "all engines agree" + (", except for known differences" if known else "")
    counts = ((figures.divergences, "divergence"), (figures.crashes, "lost worker"))
    seen = " and ".join(plural(count, what) for count, what in counts if count)
    found = plural(len(figures.unexplained), "finding")
    said = [f"{found}: {kinds_text(figures)}" + (f"; {seen}" if seen else "")] if figures.unexplained else []
    said += [seen] if seen and not figures.unexplained else []
    said += ["messages that nobody mapped"] if figures.unmapped else []
    return "; ".join(said)


def kinds(figures: Figures) -> dict[str, int]:
    """Findings that are not known, by class, the worst first."""
    found = [f.kind for f in figures.unexplained]
    counts = {kind: found.count(kind) for kind in dict.fromkeys((*ORDER, *found))}
    return {kind: count for kind, count in counts.items() if count}


def kinds_text(figures: Figures) -> str:
    """`engine wrong 2, crash 1`."""
    return ", ".join(f"{kind} {count}" for kind, count in kinds(figures).items())


def known_cases(figures: Figures) -> int:
    return sum(k.cases for k in figures.known)


def memory(figures: Figures) -> int:
    """Resident bytes of all processes; 0 if nobody has looked."""
    return figures.supervisor_bytes + sum(w.resident for w in figures.workers)


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
    return f"{figures.features_seen:,}" if possible is None else f"{figures.features_seen:,} of {possible:,}"
