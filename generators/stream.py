"""Numbered cases: a seed and a number always give the same case.

Hypothesis makes each case from bytes that depend on seed and number alone. Unlike a run of `@given`, it then neither
mixes in constants of the modules that happen to be loaded nor lets one example depend on those before it, so that
cases can be made in any order, by any number of processes.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from typing import Generic, TypeAlias, TypeVar

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.database import ExampleDatabase
from hypothesis.strategies import SearchStrategy

from generators.axes import Axes, axes_of

T = TypeVar("T")

Source: TypeAlias = SearchStrategy[T] | Callable[[Axes], SearchStrategy[T]]
"""Where cases come from: one strategy for all, or one for what the batch does without."""

FIRST_SIZE, LAST_SIZE = 1 << 13, 1 << 17
"""Bytes for one case: what the first and the last attempts get. A case that needs more is not made."""

ATTEMPTS = 200


class CaseStream(Generic[T]):
    """The cases of one seed."""

    def __init__(self, source: Source[T], seed: int) -> None:
        self.seed = seed
        self._source = source
        self._made: list[T] = []
        self._prepared: tuple[SearchStrategy[T], Callable[[bytes], bytes | None]] | None = None

    def __call__(self, number: int) -> T:
        """Case *number*; raises `ValueError` when the strategy rejects (nearly) everything."""
        self._made.clear()
        made_from = self._from_bytes(number)
        for attempt in range(ATTEMPTS):
            if made_from(case_bytes(self.seed, number, attempt)) is not None:
                return self._made.pop()
        raise ValueError(f"case {number} of seed {self.seed}: the strategy rejected {ATTEMPTS} attempts")

    def strategy(self, number: int) -> SearchStrategy[T]:
        """What case *number* is drawn from."""
        if isinstance(self._source, SearchStrategy):
            return self._source
        return self._source(axes_of(self.seed, number))

    def accepted_bytes(self, number: int) -> bytes:
        """What `__call__` made case *number* from."""
        attempts = (case_bytes(self.seed, number, attempt) for attempt in range(ATTEMPTS))
        made_from = self._from_bytes(number)
        return next(data for data in attempts if made_from(data) is not None)

    def _from_bytes(self, number: int) -> Callable[[bytes], bytes | None]:
        strategy = self.strategy(number)
        if self._prepared is None or self._prepared[0] is not strategy:
            self._prepared = strategy, from_bytes(strategy, self._made.append)
        return self._prepared[1]


def examples(seed: int, count: int, source: Source[T]) -> Iterator[T]:
    """Cases 0 to *count* - 1 of *seed*."""
    stream = CaseStream(source, seed)
    return (stream(number) for number in range(count))


def from_bytes(
    strategy: SearchStrategy[T], body: Callable[[T], None], database: ExampleDatabase | None = None
) -> Callable[[bytes], bytes | None]:
    """A function that makes a value from bytes and hands it to *body*; it returns None if the bytes make no value.

    When *body* raises, the choices that led there are kept in *database*.
    """
    return prepared(strategy, body, database).hypothesis.fuzz_one_input  # type: ignore[attr-defined, no-any-return]


def prepared(
    strategy: SearchStrategy[T], body: Callable[[T], None], database: ExampleDatabase | None
) -> Callable[[], None]:
    """A Hypothesis test of *body* which makes nothing up: it replays and shrinks what *database* holds of it."""
    quiet = settings(
        database=database, deadline=None, phases=(Phase.reuse, Phase.shrink), report_multiple_bugs=False,
        suppress_health_check=tuple(HealthCheck), print_blob=False,
    )

    def replayed(made: T) -> None:
        body(made)

    return quiet(given(strategy)(replayed))


def case_bytes(seed: int, number: int, attempt: int) -> bytes:
    size = min(FIRST_SIZE << (attempt // 4), LAST_SIZE)
    return random.Random(f"factfuzz {seed} {number} {attempt}").randbytes(size)
