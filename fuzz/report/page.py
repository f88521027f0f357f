"""All that a report shows, as data: `fuzz.report.gather` makes it from a store, `fuzz.report.render` makes HTML of it.

Seconds on the *axis* count the time in which any session ran: what lies between sessions takes no room there.
Moments are wall-clock seconds since 1970.
"""

from __future__ import annotations

import msgspec

from fuzz.triage.records import SideSaw


class RunView(msgspec.Struct, frozen=True):
    id: str
    seed: int
    engines: tuple[tuple[str, str], ...]
    reentrance: str
    source: str
    factfuzz: str
    cases: int


class SessionView(msgspec.Struct, frozen=True):
    """*ended* in words; *seconds* how long it ran, *workers* how many."""

    seed: int | None
    host: str
    workers: int
    began: float
    seconds: float
    cases: int
    ended: str
    most_bytes: int = 0
    """The most memory that its processes had together."""


class EngineView(msgspec.Struct, frozen=True):
    """*share* of the workers' time; *rate*: cases in a second of one worker in which only this engine runs."""

    name: str
    versions: tuple[str, ...]
    cases: int
    rate: float
    share: float


class PhaseView(msgspec.Struct, frozen=True):
    """Our own part of the workers' time."""

    name: str
    share: float


class Line(msgspec.Struct, frozen=True):
    """One curve: for each stretch without a gap, points of axis seconds and values."""

    label: str
    stretches: tuple[tuple[tuple[float, float], ...], ...]


class Gap(msgspec.Struct, frozen=True):
    """At this second of the axis nothing ran for *seconds*."""

    at: float
    seconds: float


class Row(msgspec.Struct, frozen=True):
    """Values of the lines, in their order, from *begin* to *end* on the axis; None where nothing is known."""

    begin: float
    end: float
    values: tuple[float | None, ...]


class Plot(msgspec.Struct, frozen=True):
    """*unit* of the values, *seconds* the length of the axis; *rows* the same curves as a short table."""

    name: str
    title: str
    unit: str
    about: str
    seconds: float
    lines: tuple[Line, ...]
    gaps: tuple[Gap, ...]
    rows: tuple[Row, ...]


class Place(msgspec.Struct, frozen=True):
    """A case of a run."""

    seed: int | None
    case: int


class SectionView(msgspec.Struct, frozen=True):
    """*link* leads to the heading of the specification; empty if it names none."""

    text: str
    link: str = ""


class KnownView(msgspec.Struct, frozen=True):
    """A known difference; *agrees* and *differs* are the engines (with versions) of runs in which its script no longer
    showed it, or still did."""

    id: str
    title: str
    verdict: str
    section: SectionView
    link: str = ""
    cases: int = 0
    first: Place | None = None
    agrees: tuple[str, ...] = ()
    differs: tuple[str, ...] = ()


class FindingView(msgspec.Struct, frozen=True):
    """*wast* is the smallest case, *path* leads to it, *rerun* is a command for a shell; *observed* is JSON of what
    engines saw, pretty. *cut* of both: so many characters are left out here. *known_as*: the known difference that
    it has become since."""

    anchor: str
    name: str
    signature: str
    kind: str
    title: str
    alone: str
    section: SectionView
    message: str
    why: str
    sides: tuple[SideSaw, ...]
    lines: tuple[str, ...]
    cases: int
    first: Place | None
    last: Place | None
    first_seen: float
    last_seen: float
    minimised: bool
    reproduced: int
    tried: int
    origin: Place
    path: str
    rerun: str
    wast: str
    wast_cut: int
    observed: str
    observed_cut: int
    features: tuple[str, ...]
    known_as: KnownView | None = None

    @property
    def flaky(self) -> bool:
        return self.reproduced < self.tried


class DeathView(msgspec.Struct, frozen=True):
    """*finding* is the anchor of what it became, empty if nothing."""

    wall: float
    host: str
    worker: int
    how: str
    place: Place | None
    note: str
    finding: str = ""
    finding_name: str = ""


class FeatureView(msgspec.Struct, frozen=True):
    """*fact* is the feature's name without its group; *why* it is never seen, where that is known."""

    fact: str
    cases: int
    first: Place | None = None
    why: str = ""


class GroupView(msgspec.Struct, frozen=True):
    """Never-seen *features* first, then the rarest; *excluded*: what looks possible and is not, and why."""

    name: str
    meaning: str
    seen: int
    features: tuple[FeatureView, ...]
    excluded: tuple[tuple[str, str], ...] = ()

    @property
    def possible(self) -> int:
        return len(self.features)


class Page(msgspec.Struct, frozen=True):
    """*directories* it was made of; *running*: a campaign is writing to one of them. *seconds* on the axis, *until* the
    last moment that is told of. *known_findings* were findings when they were seen and are known now. *gone* are known
    differences that no longer occur."""

    directories: tuple[str, ...]
    running: bool
    sentences: tuple[str, ...]
    cases: int
    calls: int
    seconds: float
    began: float | None
    until: float | None
    divergences: int
    died: int
    features_seen: int
    features_possible: int
    runs: tuple[RunView, ...]
    sessions: tuple[SessionView, ...]
    engines: tuple[EngineView, ...]
    phases: tuple[PhaseView, ...]
    findings: tuple[FindingView, ...]
    known_findings: tuple[FindingView, ...]
    known: tuple[KnownView, ...]
    gone: tuple[KnownView, ...]
    deaths: tuple[DeathView, ...]
    unmapped: tuple[tuple[str, int], ...]
    unlisted: tuple[str, ...]
    plots: tuple[Plot, ...]
    groups: tuple[GroupView, ...]

    @property
    def rate(self) -> float:
        """Cases a second."""
        return self.cases / self.seconds if self.seconds else 0.0

    @property
    def by_kind(self) -> tuple[tuple[str, int], ...]:
        """Findings that are not known, by class, in the order in which they stand."""
        kinds = [finding.kind for finding in self.findings]
        return tuple((kind, kinds.count(kind)) for kind in dict.fromkeys(kinds))
