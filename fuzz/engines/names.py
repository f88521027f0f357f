"""The names of the engines; for those who must not load any."""

from __future__ import annotations

from collections.abc import Sequence

from fuzz.errors import UsageError

NAMES = ("reference", "compiled", "native")
"""In the order in which results are shown; the reference first, because expectations come from it."""


def check_names(names: Sequence[str]) -> None:
    """Raises `UsageError` for an unknown or repeated name, or none at all."""
    if not names:
        raise UsageError(f"no engine is named: there are {', '.join(NAMES)}")
    for name in names:
        if name not in NAMES:
            raise UsageError(f"unknown engine {name!r}: there are {', '.join(NAMES)}")
        if names.count(name) > 1:
            raise UsageError(f"engine {name!r} is named twice")
