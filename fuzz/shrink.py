"""The smallest case that shows a divergence of one signature, within a time."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from time import monotonic

import msgspec
from hypothesis.database import InMemoryExampleDatabase
from hypothesis.strategies import SearchStrategy

from fuzz.examine import Examination
from fuzz.stream import CaseStream, prepared
from generators.blueprint import Blueprint, to_json

Test = Callable[[Blueprint], Examination]

MAX_STEPS = 2000


class _Reproduced(Exception):
    """Tells Hypothesis that an example shows the divergence."""


class _Ended(BaseException):
    """Takes us out of Hypothesis, which lets everything through that is no `Exception`."""


@dataclass(frozen=True, slots=True)
class Shrunk:
    examination: Examination
    tried: int


def size(blueprint: Blueprint) -> tuple[int, int, int, int]:
    """What small means: calls, component definitions, items in them, length of the whole."""
    definitions = blueprint.definitions
    return len(blueprint.calls), len(definitions), sum(len(d.items) for d in definitions), len(to_json(blueprint))


def shrink(
    strategy: SearchStrategy[Blueprint], seed: int, number: int, signature: str, test: Test, seconds: float,
    stopped: Callable[[], bool] = lambda: False,
) -> Shrunk | None:
    """The smallest case of *signature* found from case *number* of *seed* on; None if that does not show it.

    Ends after *seconds* or when *stopped* says so, with the best so far.
    """
    search = _Search(signature, test, monotonic() + seconds, stopped)
    database = InMemoryExampleDatabase()
    data = CaseStream(strategy, seed).accepted_bytes(number)
    replay = prepared(strategy, search.hypothesis_step, database)
    with contextlib.suppress(_Reproduced):
        replay.hypothesis.fuzz_one_input(data)  # type: ignore[attr-defined]
    with contextlib.suppress(_Ended):
        with contextlib.suppress(_Reproduced):
            replay()
        search.by_hand()
    return None if search.best is None else Shrunk(search.best, search.tried)


class _Search:
    """The best so far, and when to stop."""

    def __init__(self, signature: str, test: Test, deadline: float, stopped: Callable[[], bool]) -> None:
        self.signature = signature
        self.test = test
        self.deadline = deadline
        self.stopped = stopped
        self.best: Examination | None = None
        self.tried = 0

    def hypothesis_step(self, blueprint: Blueprint) -> None:
        if self.shows(blueprint):
            raise _Reproduced

    def shows(self, blueprint: Blueprint) -> bool:
        if self.tried and (self.tried >= MAX_STEPS or monotonic() > self.deadline or self.stopped()):
            raise _Ended
        self.tried += 1
        found = self.test(blueprint)
        if found.divergence is None or found.divergence.signature != self.signature:
            return False
        if self.best is None or size(blueprint) < size(self.best.blueprint):
            self.best = found
        return True

    def by_hand(self) -> None:
        """Drops calls as long as that helps; Hypothesis may have run out of time before it came to them."""
        while self.best is not None and any(map(self.shows, _with_fewer_calls(self.best.blueprint))):
            pass


def _with_fewer_calls(blueprint: Blueprint) -> Iterator[Blueprint]:
    calls = blueprint.calls
    for i in range(len(calls) if len(calls) > 1 else 0):
        yield msgspec.structs.replace(blueprint, calls=calls[:i] + calls[i + 1 :])
