"""The summary in plain words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from fuzz.report.page import FindingView, Page
from fuzz.report.words import listed, number
from fuzz.views.words import duration, plural

ENDED = {
    "time": "its time was over",
    "cases": "it had run all cases asked for",
    "interrupted": "interrupted",
}
RUNNING, KILLED = "still running", "killed: it never said that it ended"
_SAID = {
    "": ("has no engine that stands alone", "have no engine that stands alone"),
    "crash": ("is a crash", "are crashes"),
    "hang": ("is a hang", "are hangs"),
    "resource use": ("takes too much memory or output", "take too much memory or output"),
    "our bug": ("is a bug of ours", "are bugs of ours"),
    "specification unclear": ("is a place where the specification is unclear",
                              "are places where the specification is unclear"),
}


def ended_in_words(ended: str, alive: bool) -> str:
    """How a session ended; *alive*: its process is there."""
    if not ended:
        return RUNNING if alive else KILLED
    return ENDED.get(ended, ended)


def sentences(page: Page) -> tuple[str, ...]:
    """What a reader wants to know first, most important first."""
    return tuple(_sentences(page))


def _sentences(page: Page) -> Iterator[str]:
    if not page.cases and not page.findings:
        yield "No case has been run yet." if page.running else "No case was run."
        return
    time = f"In {duration(page.seconds)}, " if page.seconds else ""
    what = plural(len(page.findings), "finding") if page.findings else "nothing that is not known"
    yield f"{time}{plural(page.cases, 'case')}: {'; '.join(filter(None, (what, _of_findings(page.findings))))}."
    if flaky := sum(f.flaky for f in page.findings):
        yield f"{'It' if len(page.findings) == 1 else f'{number(flaky)} of them'} did not come again every time."
    if page.known_findings:
        yield f"{plural(len(page.known_findings), 'finding')} became known since."
    yield from _of_known(page)
    if page.unmapped:
        yield f"{plural(len(page.unmapped), 'message')} of engines could not be read."
    if page.running:
        yield "The campaign is still running."


def _of_findings(findings: Sequence[FindingView]) -> str:
    """Each finding is counted once: by who stands alone, or else by its class."""
    said = Counter((f.alone, "") if f.kind == "engine wrong" else ("", f.kind) for f in findings)
    return listed(_part(alone, kind, count) for (alone, kind), count in said.items())


def _part(alone: str, kind: str, count: int) -> str:
    if alone:
        return f"{alone} stands alone in {number(count)}"
    return f"{number(count)} {_SAID[kind][count != 1]}"


def _of_known(page: Page) -> Iterator[str]:
    if page.known:
        cases = sum(known.cases for known in page.known)
        yield (f"{plural(len(page.known), 'known difference')} showed {number(cases)} "
               f"{'time' if cases == 1 else 'times'}.")
    if page.gone:
        yield f"{plural(len(page.gone), 'known difference')} no longer {'occurs' if len(page.gone) == 1 else 'occur'}."
