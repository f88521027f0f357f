"""Figures and moments in words, for a page that is read anywhere; and text from elsewhere made fit to be looked at.

What terminals say in the same words is in `fuzz.views.words`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime

_UNPRINTABLE = re.compile(r"[^ -~\n\t]")


def visible(text: str) -> str:
    """The same with everything that cannot be seen, or that changes the direction of what follows, written out:
    control characters as their pictures, others as `<U+202E>`. Line feeds and tabs stay."""
    return _UNPRINTABLE.sub(lambda match: picture(match[0]), text)


def picture(character: str) -> str:
    """A printable character is itself."""
    if character.isprintable():
        return character
    code = ord(character)
    if code < 0x20:
        return chr(0x2400 + code)
    return "\u2421" if code == 0x7F else f"<U+{code:04X}>"


def number(value: float) -> str:
    """`1,412,003`; with one decimal below 100 unless it is whole, two below 1."""
    if value == int(value) or abs(value) >= 100:
        return f"{round(value):,}"
    return f"{value:.2f}" if abs(value) < 1 else f"{value:.1f}"


def moment(wall: float) -> str:
    """Seconds since 1970 as `2026-08-14 21:03 UTC`."""
    return f"{minute(wall)} UTC"


def minute(wall: float) -> str:
    """The same without its zone; a clock that is out of all bounds as the number it gave."""
    try:
        return datetime.fromtimestamp(wall, UTC).strftime("%Y-%m-%d %H:%M")
    except (OverflowError, ValueError, OSError):
        return f"{wall:g} s after 1970,"


def percent(part: float, whole: float) -> str:
    """Rounded down from 99 on, so that 100% is all of it."""
    if not whole:
        return "-"
    share = 100 * part / whole
    return f"{int(share) if share > 99 else round(share)}%"


def listed(things: Iterable[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    *most, last = list(things) or [""]
    return f"{', '.join(most)} and {last}" if most else last
