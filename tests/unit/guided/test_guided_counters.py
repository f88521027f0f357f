from __future__ import annotations

from collections import Counter

import pytest

from fuzz.coverage.possible import ORDER
from fuzz.guided.counters import HASHED, Counters, size


class Block:
    def __init__(self) -> None:
        self.hits: Counter[int] = Counter()

    def hit(self, slot: int, times: int, /) -> None:
        self.hits[slot] += times


def test_a_name_has_the_same_counter_in_whatever_order_names_come() -> None:
    names = [f"branch {i}" for i in range(300)]
    one, other = Block(), Block()
    for counters, order in ((Counters(one, ORDER), names), (Counters(other, ORDER), names[::-1])):
        for name in (*order, *ORDER):
            counters.add(name)
    assert one.hits == other.hits


def test_listed_names_have_counters_of_their_own_and_others_hardly_share() -> None:
    block = Block()
    counters = Counters(block, ORDER)
    for name in ORDER:
        counters.add(name)
    assert block.hits == Counter(range(len(ORDER)))
    for i in range(2000):
        counters.add(f"branch {i}")
    assert len(block.hits) > len(ORDER) + 2000 * 0.97
    assert max(block.hits) < size(ORDER) == len(ORDER) + HASHED
    assert counters.kept == {*ORDER, *(f"branch {i}" for i in range(2000))}


@pytest.mark.parametrize(
    ("times", "hits"),
    [(0, 0), (1, 1), (2, 2), (3, 3), (4, 4), (7, 4), (8, 8), (15, 8), (31, 16), (32, 32), (127, 32), (128, 128),
     (1 << 40, 128)],
)
def test_a_count_is_told_as_far_as_libfuzzer_can_tell(times: int, hits: int) -> None:
    block = Block()
    counters = Counters(block, ["a"])
    counters.add("a", times)
    assert block.hits.total() == hits
    assert counters.kept == ({"a"} if hits else set())
