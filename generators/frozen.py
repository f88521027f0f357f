"""Tuples of frozen data, with a change."""

from __future__ import annotations

from typing import TypeVar

T = TypeVar("T")


def put(items: tuple[T, ...], position: int, item: T) -> tuple[T, ...]:
    """*items* with *item* in place of the one at *position*."""
    return (*items[:position], item, *items[position + 1 :])
