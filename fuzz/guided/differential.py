"""The target `differential`: a unit on every engine, and what the engines reached told to libFuzzer."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence

from fact.model.settings import Reentrance
from fuzz.case import Case, Origin
from fuzz.coverage.possible import POSSIBLE
from fuzz.divergence import Divergence
from fuzz.engines.compiled import CompiledEngine
from fuzz.engines.registry import open_traced
from fuzz.errors import UsageError
from fuzz.examine import Engines, Examination, by_name, examine, examine_rendered, full_case
from fuzz.expect import with_expectations
from fuzz.guided.counters import Counters
from fuzz.guided.disagreement import Disagreement, Found, case_text, script_text, write_beside
from fuzz.guided.figures import Figures
from fuzz.guided.scripts import Ran, past_known, ran_case, ran_script, typed_program
from fuzz.guided.settings import Settings
from fuzz.guided.units import Drawn, Told, Units, Written
from fuzz.heap import return_large_blocks
from fuzz.known import known_under, set_aside
from fuzz.minimise.shrink import reduce_from
from fuzz.outcome import Misused, Refused
from fuzz.triage.signature import signature_of
from fuzz.triage.verdict import verdict_of
from generators.families import AnyBlueprint

COLLECTED_AT = 5_000
"""As in `fuzz.campaign.worker`."""

COARSE = (128, 8, 1)

MINIMISE_SECONDS = 15.0


def open_engines(settings: Settings) -> Engines:
    """A reference that tells features, and adapters that count branches, where they are asked for."""
    reentrance = Reentrance(settings.reentrance)
    opened = by_name(open_traced(settings.engines, reentrance))
    if "compiled" in opened and "branches" in settings.feedback:
        opened["compiled"] = CompiledEngine(reentrance=reentrance, branches=True)
    return opened


class Differential:
    """Runs units. Raises `Disagreement` for a divergence that is not known; its script is then beside libFuzzer's
    artifacts.

    The engines are opened at the first unit: libFuzzer's handlers of signals must be there before wasmtime's, which
    hand on what is not theirs.
    """

    def __init__(
        self, settings: Settings, counters: Counters, units: Units | None = None,
        opener: Callable[[Settings], Engines] = open_engines,
    ) -> None:
        self.settings = settings
        self.counters = counters
        self.units = Units() if units is None else units
        self.figures = Figures()
        self.reentrance = Reentrance(settings.reentrance)
        self.known = known_under(self.reentrance)
        self.titles = {k.id: k.title for k in self.known}
        self._opener = opener
        self._opened: Engines | None = None
        self._alike = ""
        """Where not empty, the one signature that counts."""

    def __call__(self, data: bytes) -> None:
        found = self.found(data)
        if found is None or (self._alike and found.signature != self._alike):
            return
        print("\n".join(["", *found.lines]), file=sys.stderr, flush=True)
        raise Disagreement(found, write_beside(self.settings.artifacts, found))

    def told(self) -> str:
        return self.figures.line(len(POSSIBLE))

    def found(self, data: bytes) -> Found | None:
        """The divergence that a unit shows and that is not known."""
        engines = self.engines
        match self.units.read(data):
            case Drawn() as drawn:
                return self._drawn(drawn, engines)
            case Told(case=case):
                return self._told(case, engines)
            case Written(text=text):
                return self._written(text, engines)
            case None:
                self._nothing()
                return None

    def minimised(self, blueprint: AnyBlueprint) -> AnyBlueprint | None:
        """The smallest case that the minimiser finds in some seconds to show what *blueprint* shows; None if there is
        none smaller, or nothing is shown."""
        examined = self._not_known(examine(blueprint, self.engines))
        signature = _signature(examined)
        if not signature:
            return None
        shrunk = reduce_from(
            blueprint, signature, lambda b: self._not_known(examine(b, self.engines)), MINIMISE_SECONDS, sign=_signature
        )
        return None if shrunk is None or shrunk.examination.blueprint == blueprint else shrunk.examination.blueprint

    def _not_known(self, examined: Examination) -> Examination:
        return set_aside(self.known, examined, self.engines, self.versions, self.reentrance)[0]

    @property
    def engines(self) -> Engines:
        if self._opened is None:
            self._opened = self._opener(self.settings)
            self.versions = {name: engine.info.version for name, engine in self._opened.items()}
            return_large_blocks()
            gc.collect()
            gc.freeze()
            gc.set_threshold(COLLECTED_AT, 10, 10)
            if self.settings.alike is not None and (shown := self.found(self.settings.alike.read_bytes())) is not None:
                self._alike = shown.signature
        return self._opened

    # -- cases

    def _drawn(self, drawn: Drawn, engines: Engines) -> Found | None:
        examined = examine_rendered(drawn.blueprint, drawn.rendered, engines)
        self.figures.add(drawn.made, is_valid(examined))
        if examined.program is None:
            self.figures.remark(f"{drawn.made or 'a unit of the corpus'}: {text_problem(examined)}")
            return None
        self._count(examined.features, [o.branches for o in examined.observations.values()])
        examined, known = set_aside(self.known, examined, engines, self.versions, self.reentrance)
        self._name(known)
        divergence = examined.divergence
        if divergence is None:
            return None
        lines = explained(divergence, examined)
        return Found(lines, signature_of(divergence, examined), lambda: self._full_text(examined, lines))

    def _full_text(self, examined: Examination, lines: Sequence[str]) -> str:
        origin = Origin(features=tuple(sorted(examined.features)), reentrance=self.settings.reentrance)
        return case_text(full_case(examined, self.engines, origin), lines)

    # -- cases without a blueprint, and scripts

    def _told(self, case: Case, engines: Engines) -> Found | None:
        try:
            program = typed_program(case)
        except ValueError:
            self._nothing()
            return None
        expecting = next(iter(engines.values()))
        return self._ran(
            ran_case(program, engines), lambda lines: case_text(with_expectations(case, expecting, program), lines)
        )

    def _written(self, text: str, engines: Engines) -> Found | None:
        try:
            ran = ran_script(text, engines)
        except (UsageError, ValueError):
            self._nothing()
            return None
        return self._ran(ran, lambda lines: script_text(text, lines))

    def _ran(self, ran: Ran, text: Callable[[Sequence[str]], str]) -> Found | None:
        self.figures.add("", valid=True)
        self._count(ran.features, [ran.branches])
        divergence, known = past_known(ran, self.known, self.versions)
        self._name(known)
        if divergence is None:
            return None
        lines = explained(divergence, None)
        return Found(lines, signature_of(divergence, None), lambda: text(lines))

    def _nothing(self) -> None:
        self.figures.nothing += 1

    # -- what is told

    def _count(self, features: Iterable[str], branches: Iterable[Mapping[str, int]]) -> None:
        taken = [(name, times) for counts in branches for name, times in counts.items() if times]
        self.figures.features.update(features)
        self.figures.branches.update(name for name, _ in taken)
        if "features" in self.settings.feedback:
            for feature in features:
                self.counters.add(feature)
        if "branches" in self.settings.feedback:
            for name, times in taken:
                self.counters.add(name, coarse(times))

    def _name(self, known: Iterable[str]) -> None:
        self.figures.known.update(known)
        for id in known:
            self.figures.remark(f"known difference {id}: {self.titles[id]}")


def _signature(examined: Examination) -> str:
    return "" if examined.divergence is None else signature_of(examined.divergence, examined)


def coarse(times: int) -> int:
    """How often a branch was taken, as libFuzzer is told: it keeps a unit for every number that is new to it."""
    return next(step for step in COARSE if step <= times)


def is_valid(examined: Examination) -> bool:
    """Whether its text assembles, and the engines accept it and what its calls pass."""
    outcomes = [outcome for o in examined.observations.values() for outcome in o.outcomes()]
    return examined.program is not None and not any(isinstance(outcome, Refused | Misused) for outcome in outcomes)


def text_problem(examined: Examination) -> str:
    assert examined.divergence is not None
    return "; ".join(side.saw for side in examined.divergence.sides)


def explained(divergence: Divergence, examined: Examination | None) -> tuple[str, ...]:
    """What disagrees, and whose mistake it is, as far as engines can tell."""
    verdict = verdict_of(divergence, examined)
    section = f"  [{verdict.section}]" if verdict.section else ""
    return *divergence.lines(), f"{verdict.kind}: {verdict.why}{section}"
