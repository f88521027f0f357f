"""Takes out an item that only hands functions on, and has those who used it use what it handed on."""

from __future__ import annotations

from collections.abc import Iterator

from generators.blueprint import Blueprint, Guest
from generators.rewriting.bypass import bypassed


def bypasses(b: Blueprint) -> Iterator[Blueprint]:
    """Without one child, bundle or relift; what it got from elsewhere is used directly."""
    for d, definition in enumerate(b.definitions):
        for i, item in enumerate(definition.items):
            if not isinstance(item, Guest) and (without_it := bypassed(b, d, i)) is not None:
                yield without_it
