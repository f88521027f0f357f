"""The findings of campaigns as a short list: the worst first, what is known apart."""

from __future__ import annotations

import contextlib
import shlex
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import msgspec

from fuzz.errors import UsageError
from fuzz.store.merge import merge
from fuzz.store.records import Finding, RunKey, Seen
from fuzz.store.store import Store
from fuzz.triage.entries import known_for
from fuzz.triage.records import SideSaw
from fuzz.views.kinds import ORDER
from fuzz.views.known import known_differences

KnownFor = Callable[[Finding, RunKey], str]
"""The id of the known difference that explains a finding by now; empty if none does."""


class Listed(msgspec.Struct, frozen=True):
    """One finding. *cases* showed it, from *first_case* to *last_case*; *first_seen* and *last_seen* are wall-clock
    seconds. *known*: the id of a known difference that explains it by now. *rerun* is a command for a shell."""

    name: str
    kind: str
    title: str
    signature: str
    sides: tuple[SideSaw, ...]
    alone: str
    section: str
    message: str
    why: str
    lines: tuple[str, ...]
    cases: int
    first_case: int
    last_case: int
    first_seen: float
    last_seen: float
    minimised: bool
    reproduced: int
    tried: int
    flaky: bool
    known: str
    path: str
    rerun: str
    seed: int | None
    engines: dict[str, str]
    sha: str


class Shortlist(msgspec.Struct, frozen=True):
    """*open* are the findings that no known difference explains, *known* the others."""

    open: tuple[Listed, ...]
    known: tuple[Listed, ...]

    @property
    def exit_status(self) -> int:
        return 1 if self.open else 0

    def of_kinds(self, kinds: Sequence[str]) -> Shortlist:
        """Only those classes; all for none."""
        if not kinds:
            return self
        return Shortlist(*(tuple(x for x in part if x.kind in kinds) for part in (self.open, self.known)))

    def named(self, name: str) -> Listed:
        """The finding of that name, or the only one whose name has *name* in it. Raises `UsageError`."""
        everything = (*self.open, *self.known)
        found = [x for x in everything if x.name == name] or [x for x in everything if name in x.name]
        if len(found) == 1:
            return found[0]
        if found:
            raise UsageError(f"{name}: {len(found)} findings have that in their names: "
                             f"{', '.join(x.name for x in found[:5])}")
        raise UsageError(f"{name}: neither a directory nor the name of a finding")


@contextlib.contextmanager
def opened_together(directories: Sequence[Path]) -> Iterator[Store]:
    """One store of what is in all of them; several are merged in a place of their own. Raises `UsageError`."""
    if len(directories) == 1:
        with Store.reading(directories[0]) as store:
            yield store
        return
    with tempfile.TemporaryDirectory(prefix="factfuzz-") as place:
        together = Path(place) / "together"
        merge(together, directories)
        with Store.reading(together) as store:
            yield store


def shortlist_of(store: Store, directories: Sequence[Path], known_for: KnownFor) -> Shortlist:
    """Of a store that `opened_together` made of *directories*; paths lead into those."""
    seen, runs = store.totals().signatures, dict(store.runs())
    paths = _paths(store, directories)
    listed = [_listed(f, seen.get(f.signature), runs.get(f.smallest.run), paths[f.signature], known_for)
              for f in store.findings()]
    listed.sort(key=lambda x: (ORDER.index(x.kind), -x.cases, x.name))
    return Shortlist(tuple(x for x in listed if not x.known), tuple(x for x in listed if x.known))


def _paths(store: Store, directories: Sequence[Path]) -> dict[str, Path]:
    """By signature, where its script is for a user."""
    paths: dict[str, Path] = {}
    for directory in directories:
        with contextlib.nullcontext(store) if len(directories) == 1 else Store.reading(directory) as source:
            for f in source.findings():
                best = store.finding(f.signature)
                if f.signature not in paths or (best is not None and best.smallest.sha == f.smallest.sha):
                    named = directory / "findings" / f"{f.name}.wast"
                    paths[f.signature] = named if named.exists() else source.case_path(f.smallest.sha)
    return paths


def _listed(finding: Finding, seen: Seen | None, key: RunKey | None, path: Path, known_for: KnownFor) -> Listed:
    verdict, case = finding.verdict, finding.smallest
    seen = seen or Seen(0, finding.original.number, finding.original.number)
    setting = f" --reentrance {key.reentrance}" if key is not None and key.reentrance != "guarded" else ""
    return Listed(
        name=finding.name, kind=verdict.kind, title=verdict.title, signature=finding.signature, sides=verdict.sides,
        alone=verdict.alone, section=verdict.section, message=verdict.message, why=verdict.why, lines=verdict.lines,
        cases=seen.cases, first_case=seen.first, last_case=seen.last, first_seen=finding.first_seen,
        last_seen=finding.last_seen, minimised=finding.minimised, reproduced=case.reproduced, tried=case.tried,
        flaky=finding.flaky, known="" if key is None else known_for(finding, key), path=str(path),
        rerun=f"factfuzz run {shlex.quote(str(path))}{setting}", seed=None if key is None else key.seed,
        engines={} if key is None else dict(key.engines), sha=case.sha,
    )


def script_of(store: Store, listed: Listed) -> str:
    """The text of a finding's script, or a comment that says why there is none."""
    try:
        return store.case_text(listed.sha)
    except (OSError, ValueError) as error:
        return f";; this case cannot be read: {error}; 'factfuzz fsck' says what is missing\n"


def known_by_now(finding: Finding, key: RunKey) -> str:
    """As `KnownFor`, by the entries of corpus/known."""
    known = known_for(finding, dict(key.engines), key.reentrance, tuple(known_differences().values()))
    return "" if known is None else known.id
