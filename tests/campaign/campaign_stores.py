"""What the store of a campaign says that does not depend on how long anything took."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from msgspec.structs import replace

from fuzz.store.records import Counts, Finding
from fuzz.store.store import Store


def without_seconds(counts: Counts) -> Counts:
    engines = {name: replace(e, load=0.0, instantiate=0.0, call=0.0) for name, e in counts.engines.items()}
    return replace(counts, busy=0.0, own={}, engines=engines)


@dataclass(frozen=True)
class Content:
    """Of each run what was counted and which cases are done; of each finding its name, its class, and the case that it
    was first seen in."""

    counts: dict[str, Counts]
    done: dict[str, tuple[tuple[int, int], ...]]
    findings: dict[str, tuple[str, str, str, int]]


def content(directory: Path) -> Content:
    with Store.reading(directory) as store:
        runs = [run for run, _ in store.runs()]
        return Content(
            {run: without_seconds(store.totals(run)) for run in runs},
            {run: store.done(run).ranges() for run in runs},
            {f.signature: (f.name, f.verdict.kind, f.original.run, f.original.number) for f in store.findings()},
        )


def findings_in(directory: Path) -> dict[str, Finding]:
    """By signature."""
    with Store.reading(directory) as store:
        return {finding.signature: finding for finding in store.findings()}
