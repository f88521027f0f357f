"""One trial: what is done with each case, the same in all arms, and what is noted of it.

A trial ends when its process has used so much CPU time, user and system, everything included: imports, instrumentation,
making cases, running them, looking for faults, keeping cases. So what else the machine does makes no difference.
"""

from __future__ import annotations

import gc
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from time import monotonic, process_time

import msgspec
from guidance_faults import Lookout, Seen, program_of

from fuzz.case import Origin, case_of
from fuzz.compare import compare
from fuzz.files import write_atomically
from fuzz.observe import Observation
from fuzz.outcome import Misused, Refused
from fuzz.script import to_wast
from fuzz.version import package_version, versions
from generators.families import AnyBlueprint

ROOT = Path(__file__).resolve().parents[2]

COLLECTED_AT = 5_000
"""As in a campaign's worker."""

GUIDED = ("generators/mutation/", "fuzz/guided/", "fuzz/targets/")
"""What only guided arms use."""


class Event(msgspec.Struct, frozen=True, array_like=True):
    """A feature or a fault was met for the first time, after *cpu* seconds, in case number *case* (from 0 on).
    *looking*: how many of the seconds went to looking for faults."""

    name: str
    cpu: float
    case: int
    looking: float = 0.0


class Trial(msgspec.Struct, frozen=True, kw_only=True):
    """*cases*: all that were tried; *valid* those of them that assemble and that the reference loads and calls.

    *disagreed*: cases on which the right engines differ, in which no faults were looked for. *shares*: CPU seconds by
    what they were spent on; what is missing to *cpu* made the cases (and, in guided arms, chose and mutated them).
    *sources*: digests of the code that all arms use, and of what only guided arms use. *memory*: bytes, at most.
    *notes*: counts of the guided arms' own.
    """

    arm: str
    seed: int
    seconds: float
    cpu: float
    wall: float
    cases: int
    valid: int
    disagreed: int
    features: tuple[Event, ...]
    faults: tuple[Event, ...]
    shares: dict[str, float]
    sources: dict[str, str]
    versions: dict[str, str]
    memory: int
    notes: dict[str, int] = {}


def trial_path(out: Path, arm: str, seed: int) -> Path:
    return out / f"{arm}-{seed}.json"


def read_trials(out: Path) -> list[Trial]:
    """Those that are done, by arm and seed. Raises `ValueError` where a file is no trial."""
    trials = []
    for path in sorted(out.glob("*-*.json")):
        try:
            trials.append(msgspec.json.decode(path.read_bytes(), type=Trial))
        except msgspec.MsgspecError as error:
            raise ValueError(f"{path} is no trial: {error}") from error
    return sorted(trials, key=lambda trial: (trial.arm, trial.seed))


class Recorder:
    """Runs the cases of one trial. *keep*: the directory for cases that showed a new feature."""

    def __init__(self, arm: str, seed: int, seconds: float, keep: Path | None) -> None:
        self.arm = arm
        self.seed = seed
        self.seconds = seconds
        self.keep = keep
        self.began = monotonic()
        self.lookout = Lookout()
        self.cases = self.valid = self.disagreed = 0
        self.features: dict[str, Event] = {}
        self.faults: list[Event] = []
        self.shares = {"run": 0.0, "faults": 0.0, "keep": 0.0}
        self.notes: dict[str, int] = {}
        self.pending: Seen | None = None
        """The case that was run last, as long as no faults were looked for in it."""
        if keep is not None:
            keep.mkdir(parents=True, exist_ok=True)
            for path in keep.glob("*.wast"):
                path.unlink()
        gc.collect()
        gc.freeze()
        gc.set_threshold(COLLECTED_AT, 10, 10)

    @property
    def over(self) -> bool:
        return process_time() >= self.seconds

    def case(self, blueprint: AnyBlueprint) -> None:
        """`run`, and `look`."""
        self.run(blueprint)
        self.look()

    def run(self, blueprint: AnyBlueprint) -> frozenset[str]:
        """Gives its features. What comes after the end of the trial is not noted."""
        number = self.cases
        with self._spent("run"):
            program = program_of(blueprint)
            seen = None if program is None else self.lookout.right(program)
        now = process_time()
        if now >= self.seconds:
            return frozenset()
        self.cases += 1
        if seen is None or not _accepted(reference := seen.observations["reference"]):
            return frozenset()
        self.valid += 1
        self.disagreed += compare(seen.observations, seen.program) is not None
        new = [feature for feature in sorted(reference.features) if feature not in self.features]
        self.features |= {feature: Event(feature, now, number, self.shares["faults"]) for feature in new}
        if new and self.keep is not None:
            with self._spent("keep"):
                self._keep(self.keep / f"{number:06}.wast", blueprint, reference.features)
        self.pending = seen
        return reference.features

    def look(self) -> None:
        """Looks for faults in the case that was run last, once."""
        if self.pending is None:
            return
        with self._spent("faults"):
            found = self.lookout.found_in(self.pending)
        self.pending = None
        now = process_time()
        if now < self.seconds:
            self.faults += [Event(name, now, self.cases - 1, self.shares["faults"]) for name in found]

    def note(self, what: str) -> None:
        self.notes[what] = self.notes.get(what, 0) + 1

    def trial(self) -> Trial:
        return Trial(
            arm=self.arm, seed=self.seed, seconds=self.seconds, cpu=process_time(), wall=monotonic() - self.began,
            cases=self.cases, valid=self.valid, disagreed=self.disagreed, features=tuple(self.features.values()),
            faults=tuple(self.faults), shares=self.shares, sources=sources(),
            versions=versions() | {"atheris": package_version("atheris")},
            memory=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024, notes=self.notes,
        )

    @contextmanager
    def _spent(self, on: str) -> Iterator[None]:
        began = process_time()
        try:
            yield
        finally:
            self.shares[on] += process_time() - began

    def _keep(self, path: Path, blueprint: AnyBlueprint, features: frozenset[str]) -> None:
        path.write_text(to_wast(case_of(blueprint, Origin(features=tuple(sorted(features))))))


def _accepted(observation: Observation) -> bool:
    outcomes = (observation.refusal, *(call.outcome for call in observation.calls))
    return not any(isinstance(outcome, Refused | Misused) for outcome in outcomes)


def finish(recorder: Recorder, path: Path) -> None:
    """The trial is on disk when this returns, or not at all."""
    write_atomically(path, msgspec.json.encode(recorder.trial()) + b"\n")


def sources(root: Path = ROOT) -> dict[str, str]:
    """Short digests of the code that a trial runs."""
    digests = {"shared": sha256(), "guided": sha256()}
    for room in ("fact", "generators", "fuzz", "tests/faults"):
        for path in sorted((root / room).rglob("*")):
            if path.suffix in (".py", ".wat") and path.is_file():
                name = path.relative_to(root).as_posix()
                digest = digests["guided" if name.startswith(GUIDED) else "shared"]
                digest.update(f"{name}\0{path.stat().st_size}\0".encode() + path.read_bytes())
    return {name: digest.hexdigest()[:12] for name, digest in digests.items()}
