"""The smallest case that shows a divergence of one signature, within a time.

The blueprint is reduced part by part (`fuzz.minimise.reduce`), which takes a second or two. Then Hypothesis shrinks the
choices that the case was made from, which seldom gets further but may find a simpler topology; and that is reduced
again.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from time import monotonic
from typing import Any, TypeAlias

from hypothesis.database import InMemoryExampleDatabase
from hypothesis.errors import HypothesisException
from hypothesis.strategies import SearchStrategy

from fuzz.examine import Examination
from fuzz.minimise.graphs import graph_reductions, graph_size
from fuzz.minimise.handles import handle_reductions, handle_size
from fuzz.minimise.reduce import reductions
from generators.families import AnyBlueprint, to_json
from generators.graphs import GraphBlueprint
from generators.handles import HandleBlueprint
from generators.stream import CaseStream, Source, prepared

LEAST_SECONDS = 1.0
"""Hypothesis gets as long as the first reduction took, but not less than this."""

Test = Callable[[AnyBlueprint], Examination]

Sign = Callable[[Examination], str]
"""The signature of an examination's divergence, empty if there is none."""


def plain_signature(examined: Examination) -> str:
    """That of the outcomes only."""
    return "" if examined.divergence is None else examined.divergence.signature


class _Reproduced(Exception):
    """Tells Hypothesis that an example shows the divergence."""


class _Ended(BaseException):
    """Takes us out of Hypothesis, which lets everything through that is no `Exception`."""


@dataclass(frozen=True, slots=True)
class Shrunk:
    """*tried* counts the cases that were run. *trouble*: what the generator raised on choices that Hypothesis tried, a
    mistake of the generator's; shrinking has ended early for it."""

    examination: Examination
    tried: int
    trouble: Exception | None = None


def size(blueprint: AnyBlueprint) -> tuple[int, int, int, int]:
    """What small means: calls, component definitions, items in them, length of the whole; of a case about handles
    calls, instances, operations, length of the whole."""
    if isinstance(blueprint, HandleBlueprint):
        return *handle_size(blueprint), len(to_json(blueprint))
    if isinstance(blueprint, GraphBlueprint):
        return *graph_size(blueprint), len(to_json(blueprint))
    definitions = blueprint.definitions
    return len(blueprint.calls), len(definitions), sum(len(d.items) for d in definitions), len(to_json(blueprint))


Reduction: TypeAlias = Callable[[Any], Iterator[AnyBlueprint]]
"""Of blueprints of one family."""


def reductions_of(blueprint: AnyBlueprint) -> tuple[Reduction, ...]:
    """Those of its family."""
    match blueprint:
        case HandleBlueprint():
            return handle_reductions()
        case GraphBlueprint():
            return graph_reductions()
    return reductions()


def shrink(
    source: Source[AnyBlueprint], seed: int, number: int, signature: str, test: Test, seconds: float,
    stopped: Callable[[], bool] = lambda: False, *, sign: Sign = plain_signature, start: AnyBlueprint | None = None,
    improved: Callable[[Shrunk], object] = lambda _: None,
) -> Shrunk | None:
    """The smallest case of *signature* found from case *number* of *seed* on; None if that does not show it.

    With *start*, a case that somebody made smaller already, it begins there. Ends after *seconds* or when *stopped*
    says so, with the best so far; *improved* is told of every better one.
    """
    stream = CaseStream(source, seed)
    search = _Search(signature, test, monotonic() + seconds, stopped, sign, improved)
    with contextlib.suppress(_Ended):
        began = monotonic()
        if search.shows(stream(number) if start is None else start):
            search.reduce()
            if start is None or search.shows(stream(number)):
                with search.limited(max(LEAST_SECONDS, monotonic() - began)):
                    search.by_hypothesis(stream.strategy(number), stream.accepted_bytes(number))
                search.reduce()
    return search.shrunk()


def reduce_from(
    start: AnyBlueprint, signature: str, test: Test, seconds: float, stopped: Callable[[], bool] = lambda: False, *,
    sign: Sign = plain_signature, improved: Callable[[Shrunk], object] = lambda _: None,
) -> Shrunk | None:
    """As `shrink`, of a case of which only the blueprint is known."""
    search = _Search(signature, test, monotonic() + seconds, stopped, sign, improved)
    with contextlib.suppress(_Ended):
        if search.shows(start):
            search.reduce()
    return search.shrunk()


class _Search:
    """The best so far, and when to stop."""

    def __init__(
        self, signature: str, test: Test, deadline: float, stopped: Callable[[], bool], sign: Sign,
        improved: Callable[[Shrunk], object],
    ) -> None:
        self.signature = signature
        self.sign = sign
        self.improved = improved
        self.test = test
        self.deadline = deadline
        self.stopped = stopped
        self.best: Examination | None = None
        self.tried = 0
        self.trouble: Exception | None = None

    @contextlib.contextmanager
    def limited(self, seconds: float) -> Iterator[None]:
        """Ends what happens inside after *seconds*, and only that."""
        whole = self.deadline
        self.deadline = min(whole, monotonic() + seconds)
        with contextlib.suppress(_Ended):
            yield
        self.deadline = whole

    def shows(self, blueprint: AnyBlueprint) -> bool:
        """Whether it shows the divergence; the first one is run whatever the time."""
        if self.tried and (monotonic() > self.deadline or self.stopped()):
            raise _Ended
        self.tried += 1
        try:
            found = self.test(blueprint)
        except Exception:  # a reduction need not make sense
            return False
        if self.sign(found) != self.signature:
            return False
        if self.best is None or size(blueprint) < size(self.best.blueprint):
            self.best = found
            self.improved(Shrunk(found, self.tried))
        return True

    def shrunk(self) -> Shrunk | None:
        return None if self.best is None else Shrunk(self.best, self.tried, self.trouble)

    def reduce(self) -> None:
        """Until no reduction makes the best any smaller."""
        tried: set[AnyBlueprint] = set()
        before = None
        assert self.best is not None
        while before is not self.best:
            before = self.best
            for reduction in reductions_of(self.best.blueprint):
                while self.improved_by(reduction, tried):
                    pass

    def improved_by(self, reduction: Reduction, tried: set[AnyBlueprint]) -> bool:
        """Whether *reduction* makes the best any smaller."""
        assert self.best is not None
        best = self.best.blueprint
        for smaller in reduction(best):
            if smaller not in tried and size(smaller) < size(best):
                tried.add(smaller)
                if self.shows(smaller):
                    return True
        return False

    def by_hypothesis(self, strategy: SearchStrategy[AnyBlueprint], data: bytes) -> None:
        """Hypothesis keeps the choices that lead to an exception, and shrinks those it has kept. It tries choices that
        no case was made of, and what a strategy raises on them must not cost us the best so far: it is noted."""

        def step(blueprint: AnyBlueprint) -> None:
            if self.shows(blueprint):
                raise _Reproduced

        shrinking = prepared(strategy, step, InMemoryExampleDatabase())
        with contextlib.suppress(_Reproduced):
            shrinking.hypothesis.fuzz_one_input(data)  # type: ignore[attr-defined]
        try:
            shrinking()
        except (_Reproduced, HypothesisException):
            pass
        except Exception as error:
            self.trouble = error
