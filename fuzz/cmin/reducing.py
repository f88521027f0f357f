"""One case made smaller, as long as it shows what is asked of it. Runs in a process of its own, which a case may end.

Whoever asks gives a little time at once and gets the best so far, so that the end of the process costs little. What was
tried is remembered from one request to the next, while the process lives.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path
from time import monotonic

import msgspec
from wasmtime import wat2wasm

from fact.model.settings import Reentrance
from fuzz.case import Log, case_rendered
from fuzz.cmin.measure import engines_for, jumps_of, settle
from fuzz.compare import compare
from fuzz.engines.base import Refusal
from fuzz.expect import with_expectations
from fuzz.minimise.shrink import reductions_of
from fuzz.observe import Observation, Program, observe
from fuzz.outcome import NotSupported, Refused
from fuzz.script import from_wast, to_wast
from fuzz.validate import FEATURES, presume_valid, validate_with
from generators.components import Rendered
from generators.families import AnyBlueprint, from_json, render, to_json

ENTRIES = 4
"""So many of a guest's log are written for each call: they take much room."""


class Wish(msgspec.Struct, frozen=True):
    """The script at *path*, and the elements (`KIND NAME`) that smaller ones must show. *best*: a blueprint, as JSON,
    from which to go on; empty to begin with the script's own."""

    path: str
    needed: frozenset[str]
    best: str = ""


class Best(msgspec.Struct, frozen=True):
    """*blueprint*, as JSON, empty if the script has none; after *tried* cases were run. *exhausted*: nothing that we
    know to try makes it any smaller."""

    blueprint: str
    tried: int
    exhausted: bool


def reduce(wish: Wish, seconds: float) -> Best:
    """Goes on for about so long."""
    settle()
    search = _going_on(wish)
    if search is None:
        return Best("", 0, True)
    search.go_on(monotonic() + seconds)
    return Best(to_json(search.best), search.tried, search.exhausted)


def written(wish: Wish) -> str:
    """The script of *wish.best*, or, without one, of the case itself, that expects what the reference says. The header
    of a smaller case names the features that it is needed for."""
    settle()
    case = from_wast(Path(wish.path).read_text(encoding="utf-8"))
    blueprint = from_json(wish.best) if wish.best else case.blueprint
    if blueprint is None:
        return to_wast(case)
    origin = case.origin
    if wish.best:
        features = tuple(sorted(e.removeprefix("feature ") for e in wish.needed if e.startswith("feature ")))
        origin = msgspec.structs.replace(origin, features=features, verdict=())
    rendered = render(blueprint)
    teller = engines_for(Reentrance(origin.reentrance))[0]
    told = with_expectations(case_rendered(blueprint, rendered, origin), teller, _assembled(rendered))
    return to_wast(replace(told, calls=tuple(replace(call, logs=tuple(map(_last, call.logs))) for call in told.calls)))


def _last(log: Log) -> Log:
    """How many entries there are tells most, and what stands in the last."""
    entries = log.entries[-ENTRIES:]
    return replace(log, first=log.count - len(entries), entries=entries)


def _assembled(rendered: Rendered) -> Program:
    """Raises `wasmtime.WasmtimeError`."""
    return Program(bytes(wat2wasm(rendered.text)), rendered.calls, rendered.log_prefixes, rendered.host)


_latest: list[_Search] = []
"""At most one."""


def _going_on(wish: Wish) -> _Search | None:
    if _latest and _latest[0].goes_on(wish):
        return _latest[0]
    _latest.clear()
    case = from_wast(Path(wish.path).read_text(encoding="utf-8"))
    blueprint = from_json(wish.best) if wish.best else case.blueprint
    if blueprint is not None:
        _latest.append(_Search(wish, blueprint, Reentrance(case.origin.reentrance)))
    return _latest[0] if _latest else None


class _Search:
    """The smallest so far of one wish."""

    def __init__(self, wish: Wish, start: AnyBlueprint, reentrance: Reentrance) -> None:
        self.best = start
        self.tried = 0
        self.exhausted = False
        self._wish = wish
        self._engines = engines_for(reentrance)
        self._features = {e.removeprefix("feature ") for e in wish.needed if e.startswith("feature ")}
        self._with_jumps = any(e.startswith("python ") for e in wish.needed)
        self._size = _size(start, render(start))
        self._seen: set[int] = set()
        self._steps = self._reductions()

    def goes_on(self, wish: Wish) -> bool:
        return (wish.path, wish.needed) == (self._wish.path, self._wish.needed)

    def go_on(self, until: float) -> None:
        for _ in self._steps:
            if monotonic() >= until:
                return
        self.exhausted = True

    def _reductions(self) -> Iterator[None]:
        """Yields after every case that was run. Ends when no reduction makes the best smaller; at once if a case is
        not what its blueprint says."""
        self.tried += 1
        before = None if self._shows(_assembled(render(self.best))) else self.best
        yield
        while before is not self.best:
            before = self.best
            for reduction in reductions_of(self.best):
                passed: int | None = 0
                while passed is not None:
                    place, passed = passed, None
                    for smaller in islice(reduction(self.best), place, None):
                        if self._is_new(smaller):
                            took = self._takes(smaller)
                            yield
                            if took:  # what comes next stands where that stood
                                passed = place
                                break
                        place += 1

    def _is_new(self, blueprint: AnyBlueprint) -> bool:
        key = hash(to_json(blueprint))
        new = key not in self._seen
        self._seen.add(key)
        return new

    def _takes(self, blueprint: AnyBlueprint) -> bool:
        try:
            rendered = render(blueprint)
            size = _size(blueprint, rendered)
            if size >= self._size:
                return False
            program = _assembled(rendered)
        except Exception:  # a reduction need not make sense
            return False
        self.tried += 1
        if not self._shows(program):
            return False
        self.best, self._size = blueprint, size
        return True

    def _shows(self, program: Program) -> bool:
        """The reference first: it is fast, and says no to most. Those that it takes are mostly valid, the others need
        not be looked at."""
        reference, compiled = self._engines
        presume_valid(program.binary)
        observations = {"reference": observe(reference, program)}
        if not self._features <= observations["reference"].features or _unfit(observations["reference"]):
            return False
        try:
            validate_with(program.binary, *FEATURES)
        except Refusal:
            return False
        observations["compiled"] = observe(compiled, program)
        divergence = compare(observations, program)
        shown = {f"branch {name}" for name, times in observations["compiled"].branches.items() if times > 0}
        shown |= {f"feature {name}" for name in observations["reference"].features}
        if divergence is not None:
            shown.add(disagreement := f"disagreement {divergence.signature}")
            if disagreement not in self._wish.needed:
                return False
        if self._with_jumps:
            shown |= {f"python {jump}" for jump in jumps_of(self._engines, program)}
        return self._wish.needed <= shown


def _unfit(observation: Observation) -> bool:
    return isinstance(observation.refusal, Refused | NotSupported)


def _size(blueprint: AnyBlueprint, rendered: Rendered) -> int:
    """About as long as the script will be."""
    return len(rendered.text) + len(to_json(blueprint))
