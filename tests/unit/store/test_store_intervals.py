"""Sets of case numbers."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from fuzz.store.intervals import Intervals, ranges_of_bits
from fuzz.store.records import BLOCK

RANGES = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), max_size=8)
few = settings(max_examples=60, derandomize=True, deadline=None, database=None)


def numbers(ranges: object) -> set[int]:
    return {n for first, end in ranges for n in range(first, end)}  # type: ignore[attr-defined]


@few
@given(RANGES, st.integers(-2, 45), st.integers(-2, 45))
def test_as_a_set_of_numbers(ranges: list[tuple[int, int]], first: int, end: int) -> None:
    intervals, members = Intervals.of(ranges), numbers(ranges)
    assert intervals.count == len(members)
    assert {n for n in range(-5, 50) if n in intervals} == members
    assert numbers(intervals.ranges()) == members
    assert all(a_end < b for (_, a_end), (b, _) in zip(intervals.ranges(), intervals.ranges()[1:], strict=False))
    missing = intervals.missing(first, end)
    assert numbers(missing) == set(range(first, end)) - members
    assert list(missing) == sorted(missing)
    assert intervals == Intervals.of(reversed(ranges))


@few
@given(st.sets(st.integers(0, 3 * BLOCK - 1), max_size=30))
def test_of_bitmaps(members: set[int]) -> None:
    bits: dict[int, int] = {}
    for n in members:
        bits[n // BLOCK] = bits.get(n // BLOCK, 0) | 1 << n % BLOCK
    assert numbers(Intervals.of_blocks(bits).ranges()) == members
    assert all(numbers(ranges_of_bits(b)) == {n % BLOCK for n in members if n // BLOCK == number}
               for number, b in bits.items())


def test_full_blocks_are_one_range() -> None:
    whole = (1 << BLOCK) - 1
    assert Intervals.of_blocks({0: whole, 1: whole, 3: 1}).ranges() == ((0, 2 * BLOCK), (3 * BLOCK, 3 * BLOCK + 1))
    assert "a" not in Intervals.of([(0, 5)]) and -1 not in Intervals.of([(0, 5)])
    assert Intervals().missing(3, 5) == ((3, 5),)
