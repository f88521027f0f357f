"""What a store holds, as data.

Everything that is counted belongs to a *run* (the cases of one seed under one setting) and there to a *block* of
`BLOCK` consecutive case numbers; what was done when belongs to a *session* (one supervisor process). So stores can be
merged without counting anything twice.
"""

from __future__ import annotations

import hashlib
from typing import Annotated

import msgspec

from fuzz.triage.records import Verdict

BLOCK = 4096
"""Cases in one block."""

Count = Annotated[int, msgspec.Meta(ge=0)]


class RunKey(msgspec.Struct, frozen=True):
    """What determines the cases of a run and their outcomes. *engines*: names with versions, in the order of the
    campaign; *source* the generators, `module:name`; *factfuzz* our own version."""

    seed: int
    engines: tuple[tuple[str, str], ...]
    reentrance: str
    source: str
    factfuzz: str

    @property
    def id(self) -> str:
        """The same for the same run on every machine."""
        return hashlib.sha256(msgspec.json.encode(self)).hexdigest()[:16]


class EngineCount(msgspec.Struct, frozen=True):
    """Seconds are time inside this engine, summed over workers."""

    cases: int = 0
    load: float = 0.0
    instantiate: float = 0.0
    call: float = 0.0

    @property
    def seconds(self) -> float:
        return self.load + self.instantiate + self.call

    def plus(self, other: EngineCount) -> EngineCount:
        return EngineCount(self.cases + other.cases, self.load + other.load, self.instantiate + other.instantiate,
                           self.call + other.call)


class Seen(msgspec.Struct, frozen=True):
    """In how many cases something was seen, and the lowest and the highest of their numbers."""

    cases: int
    first: int
    last: int

    def plus(self, other: Seen) -> Seen:
        return Seen(self.cases + other.cases, min(self.first, other.first), max(self.last, other.last))


class Counts(msgspec.Struct, frozen=True):
    """What came of some cases. *busy* is workers' time on them, *own* our part of it by phase, all in seconds.

    *features* by name; *signatures* of divergences, crashes and hangs that no known difference explains; *known* by id
    of the known difference; *unmapped* messages of engines by number of times; *unlisted* features that
    `fuzz.coverage` does not list. *divergences* and *deaths* count cases.
    """

    cases: int = 0
    calls: int = 0
    busy: float = 0.0
    divergences: int = 0
    deaths: int = 0
    engines: dict[str, EngineCount] = {}
    own: dict[str, float] = {}
    features: dict[str, Seen] = {}
    signatures: dict[str, Seen] = {}
    known: dict[str, Seen] = {}
    unmapped: dict[str, int] = {}
    unlisted: tuple[str, ...] = ()


class KeptCase(msgspec.Struct, frozen=True):
    """A case of a finding. *sha* names its file; *size* orders cases, smaller is better; *run* and *number* say where
    it comes from; *reduced*: it is smaller than what was generated; *reproduced* of *tried* times in fresh processes
    (0 of 0: not checked yet)."""

    sha: str
    size: tuple[int, ...]
    run: str
    number: int
    reduced: bool = False
    reproduced: int = 0
    tried: int = 0

    @property
    def flaky(self) -> bool:
        return self.reproduced < self.tried

    @property
    def checked(self) -> bool:
        return self.tried > 0


class Finding(msgspec.Struct, frozen=True):
    """One signature. *first_seen* and *last_seen* are wall-clock seconds since 1970; *original* is the first case as
    it was generated, *smallest* the smallest that shows the signature (they may be the same). *minimised*: the time
    for that has been spent, whatever came of it. *document*: JSON of what engines saw."""

    name: str
    signature: str
    verdict: Verdict
    original: KeptCase
    smallest: KeptCase
    first_seen: float
    last_seen: float
    minimised: bool = False
    document: bytes = b"{}"
    features: tuple[str, ...] = ()
    """Of the smallest case: by them a known difference is recognised later on."""

    @property
    def flaky(self) -> bool:
        return self.smallest.flaky


class Session(msgspec.Struct, frozen=True):
    """One supervisor process. *id* is unique everywhere; *began* wall-clock; *seconds* how long it ran so far.

    *ended*: `time`, `cases`, `interrupted`, `error: ...`; empty while it runs, and for ever if it was killed.
    """

    id: str
    run: str
    host: str
    pid: int
    workers: int
    began: float
    seconds: float = 0.0
    cases: int = 0
    ended: str = ""


class Sample(msgspec.Struct, frozen=True):
    """The state of a session at one moment, *seconds* after it began; counts are of this session only, apart from
    *features* and *findings*, which are the store's. Memory is resident bytes, *cpu* seconds of processor time of the
    workers that are alive and of those that are gone; *engines*: cases and seconds inside, so far."""

    session: str
    seconds: float
    wall: float
    cases: int
    calls: int
    features: int
    findings: int
    divergences: int
    known: int
    deaths: int
    supervisor_bytes: int
    worker_bytes: tuple[int, ...]
    cpu: float
    engines: dict[str, EngineCount] = {}


class Death(msgspec.Struct, frozen=True):
    """A worker that was lost. *how* in words; *case* in hand, None between cases; *signature* of the finding that it
    became, empty if it was none: killed from outside, or over something that did not happen again."""

    session: str
    worker: int
    wall: float
    how: str
    case: int | None = None
    signature: str = ""
    note: str = ""


class FirstCase(msgspec.Struct, frozen=True):
    """A case that is kept because it was the first of its run to show some feature. *sha* names its file."""

    run: str
    number: int
    sha: str


class KnownCheck(msgspec.Struct, frozen=True):
    """Whether the script that shows a known difference still shows it with the engines of a run: `differs`, `agrees`
    (it no longer occurs), or `not applicable` (engine absent, another version, another setting)."""

    run: str
    id: str
    state: str
