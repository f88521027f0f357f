"""What an experiment found: as text, as Markdown, as JSON, and its curves as SVG."""

from __future__ import annotations

import io
import json
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from html import escape
from math import inf, isinf
from statistics import median
from typing import Any

from guidance_faults import HIDDEN
from guidance_stats import NEARLY_ALL, Arms, Compared, Pair, compared, curve, measures, quartiles
from guidance_trial import Event, Trial
from rich import box
from rich.console import Console
from rich.table import Table

from fuzz.report.drawing import Drawing, draw
from fuzz.report.page import Line, Plot

TITLES = {
    "random": "random Hypothesis", "swarm": "Hypothesis with swarm", "features": "atheris with features",
    "coverage": "atheris without features",
}
MOMENTS = (10, 30, 60, 120, 180, 240, 300)
POINTS = 120


@dataclass(frozen=True, slots=True)
class Part:
    """A table: *head* and *rows* of cells; what is in the first columns, *texts* of them, is text, the rest numbers."""

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    texts: int = 1


def parts(arms: Arms) -> list[Part]:
    results = [compared(arms, measure) for measure in measures(arms)]
    return [_medians(arms, results), _pairs(results), _over_time(arms), _costs(arms), _faults(arms)]


def _medians(arms: Arms, results: Sequence[Compared]) -> Part:
    rows = [(result.measure.name, *(_spread(result.values[arm]) for arm in arms)) for result in results]
    return Part("Medians of the trials (first and third quartile)", ("", *map(_title, arms)), tuple(rows))


def _pairs(results: Sequence[Compared]) -> Part:
    rows = [(result.measure.name if number == 0 else "", *_pair(pair, result))
            for result in results for number, pair in enumerate(result.pairs)]
    head = ("", "first", "second", "median", "median", "U", "p", "p, Holm", "A12", "")
    return Part("Each pair of arms: Mann-Whitney U (two-sided), A12: the probability that the first is better", head,
                tuple(rows), 3)


def _pair(pair: Pair, result: Compared) -> tuple[str, ...]:
    medians = result.medians()
    verdict = "" if not pair.clear else f"{_title(pair.first if pair.a12 > 0.5 else pair.second)} is better"
    return (_title(pair.first), _title(pair.second), number(medians[pair.first]), number(medians[pair.second]),
            f"{pair.u:g}", _p(pair.p), _p(pair.adjusted), f"{pair.a12:.2f}", verdict)


def _over_time(arms: Arms) -> Part:
    seconds = _seconds(arms)
    moments = [*(m for m in MOMENTS if m < seconds), seconds]
    columns = [curve(trials, events, moments) for events in (_features, _found) for trials in arms.values()]
    rows = [(f"{moment:g} s", *map(number, values)) for moment, *values in zip(moments, *columns, strict=True)]
    head = ("CPU time", *(f"features, {_title(arm)}" for arm in arms), *(f"faults, {_title(arm)}" for arm in arms))
    return Part("Features and planted faults over time: medians", head, tuple(rows))


def _costs(arms: Arms) -> Part:
    def share(trial: Trial, name: str) -> float:
        return 100 * trial.shares[name] / trial.cpu

    kinds: tuple[tuple[str, Callable[[Trial], float]], ...] = (
        ("trials", lambda t: 0),
        ("cases", lambda t: t.cases),
        ("cases/s", lambda t: t.cases / t.cpu),
        ("valid, %", lambda t: 100 * t.valid / t.cases if t.cases else 0),
        ("making cases, % of CPU", lambda t: 100 - sum(share(t, name) for name in t.shares)),
        ("running, %", lambda t: share(t, "run")),
        ("looking for faults, %", lambda t: share(t, "faults")),
        ("keeping cases, %", lambda t: share(t, "keep")),
        ("memory, MiB", lambda t: t.memory / 2**20),
    )
    rows = [(name, *(number(len(trials) if name == "trials" else median(map(of, trials))) for trials in arms.values()))
            for name, of in kinds]
    return Part("What the time went to: medians", ("", *map(_title, arms)), tuple(rows))


def _faults(arms: Arms) -> Part:
    """In how many trials of each arm, and when."""
    found = {arm: Counter(event.name for trial in trials for event in trial.faults) for arm, trials in arms.items()}
    when = {arm: {name: median([_when(trial, name) for trial in trials]) for name in HIDDEN}
            for arm, trials in arms.items()}
    names = sorted(HIDDEN, key=lambda name: (-sum(c[name] for c in found.values()), name))
    rows = [(name, *(_times(found[arm][name], when[arm][name]) for arm in arms)) for name in names]
    return Part("Planted faults: in how many trials, and the median of the CPU seconds it took (if more than half did)",
                ("fault", *map(_title, arms)), tuple(rows))


def _times(count: int, seconds: float) -> str:
    return str(count) if isinf(seconds) else f"{count}, {number(seconds)} s"


def _when(trial: Trial, fault: str) -> float:
    return next((event.cpu for event in trial.faults if event.name == fault), inf)


def notes(arms: Arms) -> list[str]:
    """What a reader has to know of how it was done, and what is amiss."""
    trials = [trial for found in arms.values() for trial in found]
    said = [
        f"{_seconds(arms):g} CPU seconds a trial (user and system of its process, everything included; imports and "
        "instrumentation, too).",
        "Guided arms begin with an empty corpus; half of what they make are fresh cases (Hypothesis with swarm), half "
        "mutations. What steers them are the features of fuzz/coverage, or else what of the Python of fact/abi ran.",
        f"Of each case the reference (traced) and the compiled engine run, then they look for those of {len(HIDDEN)} "
        "planted faults that the trial did not find yet. wasmtime's component model takes no part.",
        f"The time to so many features: {NEARLY_ALL:.0%} of the most that the median trial of an arm reached; "
        "a trial that never got there counts as one that takes for ever.",
        "Holm: p adjusted for the pairs of one measure; a name stands behind a pair where that is below 0.05.",
    ]
    for what, digests in (("shared", {t.sources["shared"] for t in trials}),
                          ("guided", {t.sources["guided"] for t in trials if t.arm in ("features", "coverage")})):
        if len(digests) > 1:
            said.append(f"WARNING: trials ran different versions of the {what} code: {', '.join(sorted(digests))}")
    if len({len(found) for found in arms.values()}) > 1:
        said.append("WARNING: arms do not have the same number of trials")
    if disagreed := sum(trial.disagreed for trial in trials):
        said.append(f"In {disagreed} cases the engines without a fault disagreed; no faults were looked for in these.")
    return said


# -- cells


def number(value: float) -> str:
    if isinf(value):
        return "never"
    if value >= 100 or value == int(value):
        return f"{value:,.0f}"
    return f"{value:.1f}"


def _spread(values: Sequence[float]) -> str:
    low, high = quartiles(values)
    return f"{number(median(values))} ({number(low)} - {number(high)})"


def _p(p: float) -> str:
    return f"{p:.3f}" if p >= 0.001 else f"{p:.0e}"


def _title(arm: str) -> str:
    return TITLES.get(arm, arm)


def _seconds(arms: Arms) -> float:
    return min(trial.seconds for trials in arms.values() for trial in trials)


def _features(trial: Trial) -> Sequence[Event]:
    return trial.features


def _found(trial: Trial) -> Sequence[Event]:
    return trial.faults


# -- forms


def as_text(arms: Arms, width: int = 170) -> str:
    out = Console(file=io.StringIO(), width=width, highlight=False)
    for part in parts(arms):
        table = Table(title=part.title, title_justify="left", box=box.SIMPLE_HEAD)
        for index, head in enumerate(part.head):
            table.add_column(head, justify="left" if index < part.texts or not head else "right")
        for row in part.rows:
            table.add_row(*row)
        out.print(table)
    for line in notes(arms):
        out.print(line, markup=False)
    assert isinstance(out.file, io.StringIO)
    return "".join(f"{line.rstrip()}\n" for line in out.file.getvalue().splitlines())


def as_markdown(arms: Arms) -> str:
    def row(cells: Iterable[str]) -> str:
        return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"

    lines: list[str] = []
    for part in parts(arms):
        rule = ["---" if index < part.texts or not head else "--:" for index, head in enumerate(part.head)]
        lines += [f"**{part.title}**", "", row(part.head), row(rule), *map(row, part.rows), ""]
    return "\n".join([*lines, *(f"- {line}" for line in notes(arms)), ""])


def as_json(arms: Arms) -> str:
    """Numbers as they are; a time that never came is null."""
    at = _grid(arms)

    def plain(value: float) -> float | None:
        return None if isinf(value) else value

    data: dict[str, Any] = {
        "seconds": _seconds(arms),
        "trials": {arm: len(trials) for arm, trials in arms.items()},
        "notes": notes(arms),
        "measures": [
            {
                "name": result.measure.name,
                "more_is_better": result.measure.more,
                "values": {arm: list(map(plain, values)) for arm, values in result.values.items()},
                "medians": {arm: plain(value) for arm, value in result.medians().items()},
                "pairs": [{"first": pair.first, "second": pair.second, "u": pair.u, "p": pair.p,
                           "p_holm": pair.adjusted, "a12": pair.a12} for pair in result.pairs],
            }
            for result in (compared(arms, measure) for measure in measures(arms))
        ],
        "curves": {"seconds": at, **{
            what: {arm: curve(trials, events, at) for arm, trials in arms.items()}
            for what, events in (("features", _features), ("faults", _found))
        }},
        "faults": {arm: Counter(event.name for trial in trials for event in trial.faults)
                   for arm, trials in arms.items()},
    }
    return json.dumps(data, indent=1) + "\n"


def _grid(arms: Arms) -> list[float]:
    return [_seconds(arms) * step / POINTS for step in range(POINTS + 1)]


# -- curves

STYLES = ("#8a8a8a", "#1f77b4", "#d62728", "#2ca02c")
ROW, MARGIN = 340, 26


def as_svg(arms: Arms) -> str:
    """Medians as lines, from the first to the third quartile as a band."""
    drawn = [("Features reached", "features", _features), ("Planted faults found", "faults", _found)]
    width, height = 760, ROW * len(drawn) + MARGIN
    body = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" '
            'font-size="12">', f'<rect width="{width}" height="{height}" fill="#fff"/>']
    for index, arm in enumerate(arms):
        body.append(f'<text x="{52 + index * 175}" y="16" fill="{STYLES[index % len(STYLES)]}">'
                    f'{escape(_title(arm))} ({len(arms[arm])})</text>')
    for index, (title, unit, events) in enumerate(drawn):
        body += [f'<g transform="translate(0 {MARGIN + ROW * index})">', *_plot(arms, title, unit, events, width),
                 "</g>"]
    return "\n".join([*body, "</svg>", ""])


def _plot(arms: Arms, title: str, unit: str, events: Callable[[Trial], Sequence[Event]], width: int) -> list[str]:
    at = _grid(arms)
    lines, bands = [], []
    for arm, trials in arms.items():
        low = curve(trials, events, at, lambda values: quartiles(values)[0])
        high = curve(trials, events, at, lambda values: quartiles(values)[1])
        lines.append(Line(arm, (tuple(zip(at, curve(trials, events, at), strict=True)),)))
        bands.append(Line(arm, ((*zip(at, high, strict=True), *reversed(list(zip(at, low, strict=True)))),)))
    plot = Plot("", title, unit, "", _seconds(arms), (*bands, *lines), (), ())
    return list(_shapes(draw(plot, width - 12, ROW - 10), title, len(bands)))


def _shapes(drawing: Drawing, title: str, bands: int) -> Iterable[str]:
    yield f'<text x="{drawing.left}" y="14" font-weight="bold">{escape(title)}</text>'
    for mark in drawing.up:
        yield f'<path d="M{drawing.left} {mark.at}H{drawing.right}" stroke="#ddd"/>'
        yield f'<text x="{drawing.left - 6}" y="{mark.at + 4}" text-anchor="end">{escape(mark.label)}</text>'
    for mark in drawing.across:
        yield f'<text x="{mark.at}" y="{drawing.bottom + 18}" text-anchor="middle">{escape(mark.label)}</text>'
    for index, shape in enumerate(drawing.curves):
        colour = STYLES[index % bands % len(STYLES)]
        look = f'fill="{colour}" fill-opacity="0.15"' if index < bands else f'fill="none" stroke="{colour}"'
        yield f'<path d="{shape.path}" {look}/>'
