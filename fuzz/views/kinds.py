"""The classes of findings, as they are shown."""

from __future__ import annotations

from fuzz.triage.records import KINDS

COLOURS = {
    "engine wrong": "red", "crash": "magenta", "hang": "yellow", "resource use": "yellow",
    "specification unclear": "cyan", "our bug": "blue",
}
"""Of those that a terminal has; the worst class first."""

ORDER = tuple(COLOURS)

assert set(ORDER) == set(KINDS)
