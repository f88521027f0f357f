"""A campaign's status, to be read."""

from __future__ import annotations

import textwrap
from collections import Counter

from fuzz.views.safe import safe
from fuzz.views.status import RunStatus, SessionStatus, Status
from fuzz.views.words import ago, duration, moment, plural, rate, size, worker_name

DEATHS, SESSIONS = 5, 8
"""How many of the last ones are told one by one."""

WIDTH = 100


def status_lines(status: Status, now: float) -> list[str]:
    """*now*: wall-clock seconds since 1970."""
    lines = [f"{status.directory}: {_state(status, now)}"]
    lines += [_run(run, len(status.runs) > 1) for run in status.runs]
    rows = [
        *_cases(status), *_features(status), *_findings(status), *_known(status), *_unmapped(status),
        *_deaths(status, now), *_memory(status), *_sessions(status),
    ]
    return [safe(line) for line in (*lines, *rows, *_next(status))]


def _rows(name: str, texts: list[str]) -> list[str]:
    return [f"  {name if i == 0 else '':10}{text}" for i, text in enumerate(texts)]


def _state(status: Status, now: float) -> str:
    session = status.latest
    if session is None:
        return "being written, nothing done yet" if status.running else "nothing was done yet"
    match session.state:
        case "running":
            sign = f"; last written {ago(session.last_sign, now)}" if now - session.last_sign > 60 else ""
            return (f"running for {duration(session.seconds)}, {plural(session.workers, 'worker')}, process "
                    f"{session.pid} on {session.host}{sign}")
        case "killed":
            return (f"killed after {duration(session.seconds)}, last written {ago(session.last_sign, now)}; "
                    f"'factfuzz fuzz --out {status.directory}' goes on")
        case ended:
            return f"ended ({_ended(ended)}) after {duration(session.seconds)}, {ago(session.last_sign, now)}"


def _ended(how: str) -> str:
    return {"time": "its time was up", "cases": "all cases done"}.get(how, how)


def _run(run: RunStatus, several: bool) -> str:
    engines = ", ".join(f"{name} {version}" for name, version in run.engines.items())
    cases = f"; {plural(run.cases, 'case')}" if several else ""
    setting = "" if run.reentrance == "guarded" else f"; reentrance {run.reentrance}"
    return f"  seed {run.seed}; {engines}{setting}; factfuzz {run.factfuzz}{cases}"


def _cases(status: Status) -> list[str]:
    texts = [f"{plural(status.cases, 'case')}, {plural(status.calls, 'call')}"]
    session = status.latest
    if session is not None and (pace := session.pace).average is not None:
        parts = [("at the start", pace.start), ("at the end" if session.state != "running" else "lately", pace.end),
                 ("on average", pace.average)]
        parts += [("now", pace.now)] if session.state == "running" else []
        said = ", ".join(f"{_rate(value)} {when}" for when, value in parts if value is not None)
        texts.append(said + ("" if len(status.sessions) == 1 else " (of the last session)"))
    return _rows("cases", texts)


def _rate(per_second: float) -> str:
    return f"{per_second:.1f}/s" if per_second >= 10 else rate(per_second)


def _features(status: Status) -> list[str]:
    possible = status.features_possible
    share = f", {status.features_seen / possible:.0%}" if possible else ""
    return _rows("features", [f"{status.features_seen:,} of {possible:,} seen{share}"])


def _findings(status: Status) -> list[str]:
    since = [f"{status.known_by_now} more that became known since"] if status.known_by_now else []
    if not status.findings:
        return _rows("findings", ["none", *since])
    kinds = ", ".join(f"{kind} {count}" for kind, count in status.kinds.items())
    counts = ((status.flaky, "flaky"), (status.unminimised, "not minimised yet"), (status.unchecked, "not checked yet"))
    open_ones = ", ".join(f"{count} {what}" for count, what in counts if count)
    return _rows("findings", [f"{status.findings:,}: {kinds}", *([open_ones] if open_ones else []), *since])


def _known(status: Status) -> list[str]:
    seen = [f"{plural(k.cases, 'case'):>12}  {k.title} ({'; '.join(filter(None, (k.verdict, k.id)))})"
            for k in status.known if k.cases]
    gone = [f"no longer occurs: {k.title} ({k.id})" for k in status.known if k.no_longer]
    unseen = [k.id for k in status.known if not k.cases and not k.no_longer]
    return _rows("known", [*seen, *gone, *textwrap.wrap(f"not seen: {', '.join(unseen)}" if unseen else "", WIDTH,
                                                           break_on_hyphens=False)])


def _unmapped(status: Status) -> list[str]:
    return _rows("unmapped", [f"{plural(count, 'time')}: {message}" for message, count in status.unmapped.items()])


def _deaths(status: Status, now: float) -> list[str]:
    if not status.deaths:
        return []
    hows = Counter(d.how for d in status.deaths)
    texts = [f"{plural(len(status.deaths), 'worker')} lost: " + ", ".join(f"{h} {n}" for h, n in hows.most_common())]
    for d in status.deaths[-DEATHS:]:
        where = "between cases" if d.case is None else f"on case {d.case}"
        became = f": {d.finding}" if d.finding else f": {d.note}" if d.note else ""
        texts.append(f"{ago(d.wall, now)}, {worker_name(d.worker)} {d.how} {where}{became}")
    return _rows("deaths", texts)


def _memory(status: Status) -> list[str]:
    session = status.latest
    ranges = session.memory if session is not None else {}
    return _rows("memory", [
        f"{name + ':':15} {size(r.first)} at first, {size(r.last)} at last, {size(r.highest)} at most"
        for name, r in ranges.items()
    ])


def _sessions(status: Status) -> list[str]:
    left_out = len(status.sessions) - SESSIONS
    texts = [_session(s) for s in status.sessions[-SESSIONS:]]
    return _rows("sessions", [*([f"{plural(left_out, 'earlier session')}"] if left_out > 0 else []), *texts])


def _session(s: SessionStatus) -> str:
    jump = ""
    if s.clock_jump:
        way = "back" if s.clock_jump < 0 else "ahead"
        jump = f"; its clock was moved {way} by {duration(abs(s.clock_jump))}"
    state = s.state if s.state in ("running", "killed") else _ended(s.state)
    return (f"{moment(s.began)} on {s.host}: {duration(s.seconds)}, {plural(s.workers, 'worker')}, "
            f"{plural(s.cases, 'case')}; {state}{jump}")


def _next(status: Status) -> list[str]:
    return [
        f"  to read them: factfuzz findings {status.directory}",
        f"  as a page:    factfuzz report {status.directory}",
    ]
