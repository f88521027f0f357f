"""Rounds of a property test within its time, and how a run's time is shared."""

from __future__ import annotations

import pytest
import time_limit
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.errors import Flaky
from time_limit import Clock, is_repeated, repeated, rounds


class Time:
    """A clock that goes on by *step* seconds each time somebody looks."""

    def __init__(self, step: float = 0.0) -> None:
        self.now, self.step = 1000.0, step

    def __call__(self) -> float:
        self.now += self.step
        return self.now


@pytest.fixture
def ticking(monkeypatch: pytest.MonkeyPatch) -> Time:
    clock = Time(1.0)
    monkeypatch.setattr(time_limit, "monotonic", clock)
    return clock


EACH = settings(max_examples=10, database=None, derandomize=False, deadline=None)


def test_a_test_goes_on_round_after_round(ticking: Time) -> None:
    seen: list[int] = []

    @EACH
    @given(st.integers())
    def test(n: int) -> None:
        seen.append(n)

    done = rounds(test, {}, ticking.now + 100)
    assert done.rounds >= 5
    assert done.examples == len(seen) > 60
    assert len(set(seen)) > 20, "other ones in each round"


def test_it_ends_within_a_round_when_the_time_is_up(ticking: Time) -> None:
    @settings(EACH, max_examples=1000)
    @given(st.integers())
    def test(n: int) -> None:
        pass

    done = rounds(test, {}, ticking.now + 50)
    assert done.rounds == 0
    assert 1 < done.examples <= 51


def test_it_ends_where_examples_draw_as_they_go_on(ticking: Time) -> None:
    """Hypothesis knows how much each example draws, and takes one that is cut off for flaky."""

    @settings(EACH, max_examples=1000)
    @given(st.booleans(), st.data())
    def test(first: bool, data: st.DataObject) -> None:
        data.draw(st.integers(0, 2))
        data.draw(st.integers(0, 10**9))

    for seconds in range(20, 40):
        done = rounds(test, {}, ticking.now + seconds)
        assert done.stopped and not done.rounds


def test_a_flaky_test_fails_all_the_same(ticking: Time) -> None:
    outcomes = iter([False] + [True] * 1000)

    @EACH
    @given(st.integers())
    def test(n: int) -> None:
        assert next(outcomes)

    with pytest.raises(Flaky):
        rounds(test, {}, ticking.now + 50)


def test_a_failure_is_made_small_although_the_time_is_up(ticking: Time) -> None:
    @settings(EACH, max_examples=1000)
    @given(st.integers(0, 10**9))
    def test(n: int) -> None:
        assert n < 1000

    with pytest.raises(AssertionError, match="1000 < 1000") as failure:
        rounds(test, {}, ticking.now + 12)
    assert "n=1000" in "".join(failure.value.__notes__)


def test_each_test_is_run_once_at_the_least(ticking: Time) -> None:
    calls: list[int] = []
    assert rounds(lambda n: calls.append(n), {"n": 7}, ticking.now - 1).rounds == 1
    assert calls == [7]


def test_what_hypothesis_runs_is_whole_again_afterwards(ticking: Time) -> None:
    @EACH
    @given(st.integers())
    def test(n: int) -> None:
        pass

    inner = test.hypothesis.inner_test  # type: ignore[attr-defined]
    rounds(test, {}, ticking.now + 5)
    assert test.hypothesis.inner_test is inner  # type: ignore[attr-defined]


def test_which_tests_another_round_is_of_use_to() -> None:
    assert is_repeated(given(st.integers())(lambda n: None))
    assert is_repeated(repeated(lambda: None))
    assert not is_repeated(lambda: None)


def test_time_is_shared_and_what_is_left_over_goes_to_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    time = Time()
    monkeypatch.setattr(time_limit, "monotonic", time)
    clock = Clock(90.0, tests=3)
    assert clock.next_end() - time.now == 30
    time.now += 10  # it took less
    assert clock.next_end() - time.now == 40
    time.now += 75  # it took more
    assert clock.next_end() - time.now == 5
    assert not clock.is_over
    time.now += 5
    assert clock.is_over


def test_workers_share_the_tests_and_end_together(monkeypatch: pytest.MonkeyPatch) -> None:
    time = Time()
    monkeypatch.setattr(time_limit, "monotonic", time)
    clock = Clock(100.0, tests=10, workers=2)
    assert clock.next_end() - time.now == 20
    time.now += 95
    assert clock.next_end() - time.now == 5
