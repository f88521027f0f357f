"""Choices inside a composite strategy."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from random import Random
from typing import TypeVar

from hypothesis import strategies as st
from hypothesis.internal.conjecture.data import ConjectureData
from hypothesis.strategies._internal.lazy import unwrap_strategies
from hypothesis.strategies._internal.numbers import IntegersStrategy
from hypothesis.strategies._internal.strategies import OneOfStrategy, SampledFromStrategy

T = TypeVar("T")

_WEIGHTED = 128
"""From so many numbers on, Hypothesis' strategy makes the ends more likely."""


class ByChance:
    """What composite strategies draw from where there is no Hypothesis: its `draw` takes every choice from *random*.

    It knows the strategies that are drawn inside those of `generators`: integers within bounds, elements, alternatives.
    """

    def __init__(self, random: Random) -> None:
        self.random = random

    @property
    def draw(self) -> st.DrawFn:
        """It raises `TypeError` for a strategy that it does not know."""
        return self._drawn  # type: ignore[return-value]

    def _drawn(self, strategy: st.SearchStrategy[T], label: object = None) -> T:
        if isinstance(strategy, _Maybe):
            return strategy.do_draw(None)  # type: ignore[return-value]
        match unwrap_strategies(strategy):  # type: ignore[no-untyped-call]
            case IntegersStrategy(start=int(start), end=int(end)):
                return self.draw_integer(start, end)  # type: ignore[return-value]
            case SampledFromStrategy(elements=elements):
                return elements[self.draw_integer(0, len(elements) - 1)]  # type: ignore[no-any-return]
            case OneOfStrategy(original_strategies=alternatives):
                chosen: st.SearchStrategy[T] = alternatives[self.draw_integer(0, len(alternatives) - 1)]
                return self._drawn(chosen)
        raise TypeError(f"nothing to draw by chance from {strategy!r}: integers, sampled_from or one_of are")

    def draw_integer(self, least: int, most: int) -> int:
        """Both ends are included."""
        return self.random.randint(least, most)


def pick(draw: st.DrawFn, options: Sequence[T]) -> T:
    """One of *options*, each as likely as another; the first is what shrinking tends to. No choice, no draw.

    Asking Hypothesis' data for the number costs half of what a strategy's draw does, and makes the same choice.
    """
    if len(options) == 1:
        return options[0]
    data = getattr(draw, "__self__", None)
    if isinstance(data, ByChance):
        return options[data.draw_integer(0, len(options) - 1)]
    if len(options) < _WEIGHTED and isinstance(data, ConjectureData):
        return options[data.draw_integer(0, len(options) - 1)]
    return options[draw(_below(len(options)))]


def seldom(draw: st.DrawFn, out_of: int) -> bool:
    """True once in *out_of* times."""
    return pick(draw, range(out_of)) == out_of - 1


def often(draw: st.DrawFn, out_of: int) -> bool:
    """False once in *out_of* times; shrinking tends to False."""
    return pick(draw, range(out_of)) > 0


def several(
    draw: st.DrawFn, element: Callable[[], T], *, least: int, most: int, more: Sequence[int],
    weight: Callable[[T], int] = lambda _: 1,
) -> list[T]:
    """Elements of a total weight of at least *least*, another one for as long as chance has it and *most* allows.

    *more* has the odds: with i elements there, another one follows more[i] times out of more[i] + 1 (its last entry
    from there on).

    An element and the choice before it are drawn as a group, so that shrinking can take out any one of them. For that
    reason the choice comes before the first elements too, and is not heeded.
    """
    made: list[T] = []
    total = 0
    while total < most and (one := draw(_Maybe(draw, element, more[min(len(made), len(more) - 1)], total < least))):
        made.extend(one)
        total += weight(one[0])
    return made


class _Maybe(st.SearchStrategy[list[T]]):
    """What `st.composite` would make of `do_draw`, at a third of its price.

    Hypothesis asks every new strategy for two properties, and works them out anew unless they are given.
    """

    force_is_empty = False
    force_has_reusable_values = False

    def __init__(self, draw: st.DrawFn, element: Callable[[], T], more: int, needed: bool) -> None:
        super().__init__()
        self.draw, self.element, self.more, self.needed = draw, element, more, needed

    def do_draw(self, _: object) -> list[T]:
        return [self.element()] if often(self.draw, self.more + 1) or self.needed else []


@lru_cache(maxsize=256)
def _below(count: int) -> st.SearchStrategy[int]:
    return st.integers(0, count - 1)
