"""What came of it, in words and as data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from fuzz.cmin.check import Checked
from fuzz.cmin.job import Minimised, Task
from fuzz.cmin.measure import KINDS
from fuzz.cmin.weights import MEANINGS
from fuzz.views.safe import safe
from fuzz.views.words import duration, plural, size

FEW = 5
"""So many are named of each kind of trouble, unless all are asked for."""

_NOUNS = {
    "feature": "feature", "branch": "adapter branch", "python": "Python jump", "disagreement": "disagreement",
}


def lines(task: Task, done: Minimised | Checked, verbose: bool) -> Iterator[str]:
    """For people; *verbose*: all names."""
    return _check_lines(done, verbose) if isinstance(done, Checked) else _lines(task, done, verbose)


def _lines(task: Task, done: Minimised, verbose: bool) -> Iterator[str]:
    corpus, cover = done.corpus, done.cover
    if done.told:
        yield safe(done.told)
    yield from _files(done, verbose)
    shown = ", ".join(plural(done.kinds[kind], _NOUNS[kind]) for kind in KINDS if kind in done.kinds)
    yield f"the corpus shows {shown}"
    before = sum(file.bytes for file in corpus.cases.values())
    yield (f"kept {plural(len(cover.rows), 'case')} of {len(corpus.cases):,}, {size(done.bytes)} of {size(before)}; "
           f"{cover.forced:,} of them have something that no other case has")
    yield f"at least {plural(cover.least_rows, 'case')} are needed: {_above(len(cover.rows), cover.least_rows)}"
    yield (f"weight {cover.weight:.1f}, at least {cover.least_weight:.1f} is needed: "
           f"{_above(cover.weight, cover.least_weight)} ({task.prefer}: {MEANINGS[task.prefer]})")
    took = ", ".join(f"{stage} {duration(seconds)}" for stage, seconds in done.seconds.items())
    yield f"{plural(done.measured, 'case')} measured now; {took}"
    if done.shrunk is not None:
        yield (f"{plural(done.shrunk.made, 'case')} made smaller, of {done.shrunk.tried:,} tried"
               f"{'; interrupted: the same command goes on' if done.shrunk.stopped else ''}")
    written = done.written
    yield f"written to {task.out}: {written.new:,} new, {written.removed:,} removed"
    if done.checked is not None:
        yield from _check_lines(done.checked, verbose)


def _above(value: float, least: float) -> str:
    percent = 100 * (value / least - 1) if least else 0.0
    return "a smallest set" if percent < 5e-4 else f"at most {max(percent, 0.001):.2g} % above the smallest"


def _files(done: Minimised, verbose: bool) -> Iterator[str]:
    corpus = done.corpus
    copies = f", {corpus.copies:,} of them copies" if corpus.copies else ""
    others = f"; {plural(len(corpus.others), 'other file')} passed over" if corpus.others else ""
    yield f"{plural(corpus.files, 'file')}{copies}{others}"
    if verbose:
        yield from (f"  passed over: {safe(path)}" for path in corpus.others)
    unreadable = [f"{path}: {why}" for path, why in corpus.unreadable]
    yield from _named("cannot be run", unreadable, verbose)
    yield from _named("ended the process that measured it, and is not kept", _told(done.ended), verbose)
    yield from _named("our engines disagree", _told(done.disagreeing), verbose)


def _told(by_path: Mapping[str, str]) -> list[str]:
    return [f"{path}: {'; '.join(why.splitlines())}" for path, why in by_path.items()]


def _named(what: str, found: Sequence[str], verbose: bool) -> Iterator[str]:
    if found:
        yield f"{plural(len(found), 'case')}: {what}"
        shown = found if verbose else found[:FEW]
        yield from (f"  {safe(line, 200)}" for line in shown)
        if len(shown) < len(found):
            yield f"  and {len(found) - len(shown):,} more: --verbose names all"


def _check_lines(checked: Checked, verbose: bool) -> Iterator[str]:
    yield from (f"{safe(name)}: {safe(why)}" for name, why in checked.troubles.items())
    for name, elements in checked.unsteady.items():
        yield f"{safe(name)}: does not show each time: {safe('; '.join(elements), 300)}"
    lost = checked.lost if verbose else checked.lost[:FEW]
    for one in lost:
        yield f"lost: {safe(one.element)}"
        yield from (f"  {safe(why)}" for why in one.why[:FEW])
    if len(lost) < len(checked.lost):
        yield f"and {len(checked.lost) - len(lost):,} more lost: --verbose names all"
    if checked.another_version and not checked.ok:
        yield "the corpus was measured by another version of factfuzz, which may have had other names for what is lost"
    if not checked.complete:
        yield "the check was interrupted"
    elif checked.ok:
        yield (f"checked: {plural(checked.cases, 'kept case')}, measured again, show all of "
               f"{plural(checked.elements, 'element')}")
    elif checked.unsteady and checked.lost:
        yield "what is not shown each time does not count any more: the same command chooses again"


# -- data


def data(task: Task, done: Minimised | Checked) -> dict[str, Any]:
    """For `--json`."""
    return _check_data(done) if isinstance(done, Checked) else _data(task, done)


def _data(task: Task, done: Minimised) -> dict[str, Any]:
    corpus, cover = done.corpus, done.cover
    return {
        "out": str(task.out), "files": corpus.files, "copies": corpus.copies, "cases": len(corpus.cases),
        "kept": len(cover.rows), "forced": cover.forced, "least_kept": cover.least_rows, "prefer": task.prefer,
        "weight": cover.weight, "least_weight": cover.least_weight,
        "bytes_before": sum(file.bytes for file in corpus.cases.values()), "bytes": done.bytes,
        **{name: done.kinds.get(kind, 0) for kind, name in (
            ("feature", "features"), ("branch", "branches"), ("python", "python"), ("disagreement", "disagreements"),
        )},
        "measured": done.measured, "new": done.written.new, "removed": done.written.removed,
        "shrunk": None if done.shrunk is None else {
            "made": done.shrunk.made, "tried": done.shrunk.tried, "interrupted": done.shrunk.stopped,
        },
        "unreadable": [{"path": path, "why": why} for path, why in corpus.unreadable],
        "ended": [{"path": path, "how": how} for path, how in done.ended.items()],
        "disagreeing": [{"path": path, "about": why.splitlines()} for path, why in done.disagreeing.items()],
        "passed_over": corpus.others, "seconds": {stage: round(s, 3) for stage, s in done.seconds.items()},
        "names": sorted(done.names), "told": done.told,
        "check": None if done.checked is None else _check_data(done.checked),
    }


def _check_data(checked: Checked) -> dict[str, Any]:
    return {
        "ok": checked.ok, "complete": checked.complete, "another_version": checked.another_version,
        "cases": checked.cases, "elements": checked.elements,
        "lost": [{"element": one.element, "why": list(one.why)} for one in checked.lost],
        "troubles": [{"name": name, "why": why} for name, why in checked.troubles.items()],
        "unsteady": [{"name": name, "elements": elements} for name, elements in checked.unsteady.items()],
    }
