"""A finding with everything that its article tells."""

from __future__ import annotations

import re
from dataclasses import dataclass

import msgspec

from fuzz.report.features import Totals
from fuzz.report.page import FindingView, KnownView
from fuzz.report.specification import section_view
from fuzz.store.records import Finding

MOST_SCRIPT = 200_000
MOST_OBSERVED = 20_000
"""Characters that are shown; the rest is in the store."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A finding, its script, where that is, and the command that runs it."""

    finding: Finding
    wast: str
    path: str
    rerun: str


def article(kept: Kept, totals: Totals, number: int, known_as: KnownView | None) -> FindingView:
    """*number* is the finding's on this page."""
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
        rerun=kept.rerun, wast=kept.wast[:MOST_SCRIPT],
        wast_cut=max(0, len(kept.wast) - MOST_SCRIPT), observed=observed[:MOST_OBSERVED],
        observed_cut=max(0, len(observed) - MOST_OBSERVED), features=finding.features, known_as=known_as,
    )


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
