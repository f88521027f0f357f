"""The partition is the least one: against a brute force search (design decision: interval stabbing)."""

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fact.link.partition import stab

pytestmark = pytest.mark.property

intervals = st.tuples(st.integers(0, 7), st.integers(0, 7)).map(lambda pair: (min(pair), max(pair)))


def fewest_points(spans: list[tuple[int, int]]) -> int:
    candidates = range(8)
    return next(
        n
        for n in range(len(candidates) + 1)
        if any(all(any(a <= p <= b for p in points) for a, b in spans) for points in combinations(candidates, n))
    )


@given(st.lists(intervals, max_size=8))
def test_every_interval_is_hit_with_the_fewest_points(spans: list[tuple[int, int]]) -> None:
    points = stab(spans)
    assert all(first <= point <= last for (first, last), point in zip(spans, points, strict=True))
    assert len(set(points)) == fewest_points(spans)


@given(st.lists(intervals, max_size=8), st.data())
def test_an_adapter_is_never_made_before_one_it_calls(spans: list[tuple[int, int]], data: st.DataObject) -> None:
    """A caller is ready no earlier, and due no earlier, than its callee: then its point is no earlier either."""
    if len(spans) < 2:
        return
    callee, caller = data.draw(st.permutations(range(len(spans))))[:2]
    spans[caller] = max(spans[caller][0], spans[callee][0]), max(spans[caller])
    spans[callee] = spans[callee][0], min(spans[callee][1], spans[caller][1])
    spans[callee] = min(spans[callee]), max(spans[callee])
    spans[caller] = spans[caller][0], max(spans[caller][1], spans[callee][1])
    points = stab(spans)
    assert points[callee] <= points[caller]
