"""A finding with everything that its article tells."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass

import msgspec

from fuzz.report.features import Totals
from fuzz.report.page import FindingView, KnownView
from fuzz.report.specification import section_view
from fuzz.store.records import Finding, RunKey

MOST_SCRIPT = 200_000
MOST_OBSERVED = 20_000
"""Characters that are shown; the rest is in the store."""
USUAL_ENGINES = ("reference", "compiled", "native")


@dataclass(frozen=True, slots=True)
class Kept:
    """A finding, its script, and the path at which that is stored."""

    finding: Finding
    wast: str
    path: str


def article(kept: Kept, totals: Totals, run: RunKey | None, number: int, known_as: KnownView | None) -> FindingView:
    """*run* is that of the smallest case, *number* the finding's on this page."""
    finding, verdict = kept.finding, kept.finding.verdict
    seen = totals.seen("signatures", finding.signature)
    observed = pretty(finding.document)
    return FindingView(
        anchor=f"finding-{number}", name=finding.name, signature=finding.signature, kind=verdict.kind,
        title=verdict.title, alone=verdict.alone, section=section_view(verdict.section), message=verdict.message,
        why=verdict.why, sides=verdict.sides, lines=verdict.lines, cases=seen.cases if seen else 0,
        first=totals.first("signatures", finding.signature), last=totals.last("signatures", finding.signature),
        first_seen=finding.first_seen, last_seen=finding.last_seen, minimised=finding.minimised,
        reproduced=finding.smallest.reproduced, tried=finding.smallest.tried,
        origin=totals.place(finding.smallest.run, finding.smallest.number), path=kept.path,
        commands=commands(kept.path, run), wast=kept.wast[:MOST_SCRIPT],
        wast_cut=max(0, len(kept.wast) - MOST_SCRIPT), observed=observed[:MOST_OBSERVED],
        observed_cut=max(0, len(observed) - MOST_OBSERVED), features=finding.features, known_as=known_as,
    )


def commands(path: str, run: RunKey | None) -> tuple[str, ...]:
    """What shows the finding again; the script says itself under which setting it ran."""
    engines = tuple(name for name, _ in run.engines) if run else USUAL_ENGINES
    some = "" if sorted(engines) == sorted(USUAL_ENGINES) else f" --engine {shlex.quote(','.join(engines))}"
    # a path that begins with a hyphen would be read as an option
    quoted = shlex.quote(f"./{path}" if path.startswith("-") else path)
    return (f"factfuzz run {quoted}{some}",)


def pretty(document: bytes) -> str:
    """JSON with indentation; empty if it says nothing; as it stands if it is none."""
    try:
        decoded = msgspec.json.decode(document)
    except msgspec.DecodeError:
        return document.decode(errors="replace")
    if not decoded:
        return ""
    text = msgspec.json.format(msgspec.json.encode(decoded), indent=2).decode()
    return re.sub(r"[ \t]+$", "", text, flags=re.MULTILINE)
