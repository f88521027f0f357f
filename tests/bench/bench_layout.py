"""Where the fields of a record are."""

from __future__ import annotations

from collections.abc import Sequence


def offsets(widths: Sequence[int]) -> tuple[list[int], int]:
    """Offsets of fields that are *widths* bytes wide and aligned to as much, and the size of the record."""
    places: list[int] = []
    end = 0
    for width in widths:
        end += -end % width
        places.append(end)
        end += width
    return places, end + -end % max(widths)
