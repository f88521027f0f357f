"""Cases measured by several processes. A case may end the one that measures it: then the others that it was to measure
are measured by a new one, and so is that case, once more and by itself. If it ends that, too, that is told.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from queue import SimpleQueue

from fuzz.cmin.measure import Measured, Order, home, measure_all
from fuzz.engines.base import EngineEnded
from fuzz.engines.isolated import IsolatedEngine
from fuzz.engines.limits import MIB, Limits

AT_ONCE = 16
"""Cases in one request."""

CASES_PER_PROCESS = 5_000
"""Then another takes over: what a long life leaves behind does not add up."""


@dataclass(frozen=True, slots=True)
class Ended:
    """A case over which the process ended, twice: *how*, in words."""

    how: str


@dataclass(frozen=True, slots=True)
class Crew:
    """How many *workers* there are, and what one case may take: *seconds*, and bytes of *memory*. *python*: they trace
    our Python. *measure* is importable."""

    workers: int
    seconds: float = 20.0
    memory: int = 2048 * MIB
    python: bool = False
    measure: Callable[[Sequence[Order], bool], list[Measured]] = measure_all

    def measured(
        self, orders: Iterable[Order], stopped: Callable[[], object] = lambda: False
    ) -> Iterator[tuple[Order, Measured | Ended]]:
        """Each of *orders* with what came of it, in any order, until *stopped*: what is in hand then is finished."""
        given = _Given(orders, stopped)
        answers: SimpleQueue[tuple[Order, Measured | Ended] | BaseException | None] = SimpleQueue()
        threads = [
            threading.Thread(target=self._work, args=(given, answers), daemon=True) for _ in range(self.workers)
        ]
        for thread in threads:
            thread.start()
        working = len(threads)
        try:
            while working:
                answer = answers.get()
                if answer is None:
                    working -= 1
                elif isinstance(answer, BaseException):
                    raise answer
                else:
                    yield answer
        finally:
            given.end()
        for thread in threads:
            thread.join()

    def _work(self, given: _Given, answers: SimpleQueue[tuple[Order, Measured | Ended] | BaseException | None]) -> None:
        engine = IsolatedEngine(home, Limits(self.seconds, self.memory))
        try:
            done = 0
            while orders := given.next():
                for answer in self._each(engine, orders):
                    answers.put(answer)
                done += len(orders)
                if done >= CASES_PER_PROCESS:
                    engine.close()
                    done = 0
        except BaseException as error:
            answers.put(error)
        finally:
            engine.close()
            answers.put(None)

    def _each(self, engine: IsolatedEngine, orders: Sequence[Order]) -> Iterator[tuple[Order, Measured | Ended]]:
        try:
            yield from zip(orders, engine.call(self.measure, orders, self.python), strict=True)
        except EngineEnded as ended:
            if len(orders) > 1:
                for order in orders:
                    yield from self._each(engine, [order])
                return
            yield orders[0], self._again(engine, orders[0], ended)

    def _again(self, engine: IsolatedEngine, order: Order, ended: EngineEnded) -> Measured | Ended:
        engine.close()
        try:
            (measured,) = engine.call(self.measure, [order], self.python)
            return measured
        except EngineEnded as again:
            return Ended(str(again) if str(again) == str(ended) else f"{ended}; then {again}")


class _Given:
    """What is still to be given out, to several threads."""

    def __init__(self, orders: Iterable[Order], stopped: Callable[[], object]) -> None:
        self._orders = iter(orders)
        self._stopped = stopped
        self._lock = threading.Lock()
        self._ended = False

    def next(self) -> list[Order]:
        """Nothing at the end."""
        with self._lock:
            if self._ended or self._stopped():
                return []
            return list(islice(self._orders, AT_ONCE))

    def end(self) -> None:
        self._ended = True
