"""Choices inside a composite strategy."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import TypeVar

from hypothesis import strategies as st

T = TypeVar("T")


def pick(draw: st.DrawFn, options: Sequence[T]) -> T:
    """One of *options*, each as likely as another; the first is what shrinking tends to. No choice, no draw."""
    return options[0] if len(options) == 1 else options[draw(_below(len(options)))]


def seldom(draw: st.DrawFn, out_of: int) -> bool:
    """True once in *out_of* times."""
    return pick(draw, range(out_of)) == out_of - 1


def often(draw: st.DrawFn, out_of: int) -> bool:
    """False once in *out_of* times; shrinking tends to False."""
    return pick(draw, range(out_of)) > 0


OFTEN = (False, True, True)
SELDOM = (False, False, True)


def several(
    draw: st.DrawFn, element: Callable[[], T], *, least: int, most: int, more: Sequence[bool],
    weight: Callable[[T], int] = lambda _: 1,
) -> list[T]:
    """At least *least* elements, another one for as long as a choice from *more* says so and less than *most* is there.

    An element and the choice before it are drawn as a group, so that shrinking can take out any one of them. For that
    reason the choice comes before the first elements too, and is not heeded.
    """
    made: list[T] = []
    total = 0
    while total < most and (one := draw(_maybe(element, more, len(made) < least))):
        made.extend(one)
        total += weight(one[0])
    return made


@st.composite
def _maybe(draw: st.DrawFn, element: Callable[[], T], more: Sequence[bool], needed: bool) -> list[T]:
    return [element()] if pick(draw, more) or needed else []


@lru_cache(maxsize=256)
def _below(count: int) -> st.SearchStrategy[int]:
    return st.sampled_from(range(count))
