"""Choices inside a composite strategy."""

from __future__ import annotations

from collections.abc import Sequence
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


@lru_cache(maxsize=256)
def _below(count: int) -> st.SearchStrategy[int]:
    return st.sampled_from(range(count))
