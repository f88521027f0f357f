"""What of a guest's log a model of its handles has too."""

from __future__ import annotations

from generators.handles_state import DESTROYED, GOT, LOOKED, NOTED, REPRESENTATION


def about_handles(log: list[int]) -> list[int]:
    """The entries that a model has too."""
    found, entries = [], iter(log)
    for entry in entries:
        match entry >> 32:
            case kind if kind in (GOT, REPRESENTATION, LOOKED):
                found.append(entry)
            case kind if kind in (DESTROYED, NOTED):
                found += [entry, next(entries)]
    return found
