"""Round after round of a test, with new examples each time, until its share of the time is over."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic
from typing import Any, TypeVar
from unittest import SkipTest

from hypothesis import is_hypothesis_test
from hypothesis.errors import Flaky, UnsatisfiedAssumption

F = TypeVar("F", bound=Callable[..., None])


def repeated(test: F) -> F:
    """Marks a test that runs Hypothesis inside: each call of it makes new examples."""
    test.repeated = True  # type: ignore[attr-defined]
    return test


def is_repeated(test: Callable[..., None]) -> bool:
    """Whether another call of *test* tries something new. The others make their cases from fixed seeds."""
    return is_hypothesis_test(test) or hasattr(test, "repeated")


class TimeIsUp(SkipTest):
    """Takes us out of Hypothesis, which lets whatever skips a test through."""


@dataclass(slots=True)
class Rounds:
    """What a test came to within its time; *examples* that Hypothesis made inside it are not counted. *stopped*: the
    last round was not finished."""

    rounds: int = 0
    examples: int = 0
    stopped: bool = False


def rounds(test: Callable[..., None], arguments: dict[str, Any], end: float) -> Rounds:
    """Calls *test* until the clock (`monotonic`) says *end*, but once at the least. Raises what it raises: a failing
    example is first made as small as Hypothesis can in five minutes, whatever the time."""
    done = Rounds()
    handle: Any = getattr(test, "hypothesis", None)
    inner: Any = getattr(handle, "inner_test", None)
    try:
        if handle is not None:
            handle.inner_test = _timed(inner, end, done)
        while not done.rounds or monotonic() < end:
            test(**arguments)
            done.rounds += 1
    except TimeIsUp:
        pass
    except Flaky:  # an example that is known to draw more, and now does not
        if not done.stopped:
            raise
    finally:
        if handle is not None:
            handle.inner_test = inner
    return done


def _timed(inner: Callable[..., None], end: float, done: Rounds) -> Callable[..., None]:
    """*inner*, which ends the round when it is called too late, unless it has failed."""
    failed = False

    @functools.wraps(inner)
    def timed(*args: Any, **kwargs: Any) -> None:
        nonlocal failed
        if not failed and done.examples and monotonic() > end:
            done.stopped = True
            raise TimeIsUp("the time is up")
        done.examples += 1
        try:
            inner(*args, **kwargs)
        except UnsatisfiedAssumption:
            raise
        except Exception:
            failed = True
            raise

    return timed


class Clock:
    """Shares *seconds* among the tests that are still to come: a test that needs less leaves more for the others."""

    def __init__(self, seconds: float, tests: int, workers: int = 1) -> None:
        self.began = monotonic()
        self.end = self.began + seconds
        self.tests = tests
        self.workers = workers

    @property
    def is_over(self) -> bool:
        return monotonic() >= self.end

    def next_end(self) -> float:
        """When the next of the tests is to end. With several workers nobody knows how many tests are to come."""
        now = monotonic()
        if self.workers > 1:
            return min(self.end, now + (self.end - self.began) * self.workers / max(1, self.tests))
        share = (self.end - now) / max(1, self.tests)
        self.tests -= 1
        return now + share
