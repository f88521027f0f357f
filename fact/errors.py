"""What `fact` raises. Every error says what was wrong, where, and what would be accepted."""

from __future__ import annotations

MAX_MESSAGE = 2_000
"""Characters that are shown: names in a binary may be of any length."""


def _shortened(message: str) -> str:
    return message if len(message) <= MAX_MESSAGE else f"{message[:MAX_MESSAGE]}..."


class FactError(Exception):
    """Base of every error that `fact` raises about its input."""


class Malformed(FactError):
    """The bytes are not a component: *offset* is the byte at which that became certain."""

    def __init__(self, message: str, offset: int) -> None:
        super().__init__(f"{_shortened(message)} (at byte {offset:#x})")
        self.message = message
        self.offset = offset


class Unsupported(FactError):
    """A construct that factfuzz knows by name and refuses; *offset* is its first byte, if known."""

    def __init__(self, construct: str, offset: int | None = None) -> None:
        where = "" if offset is None else f" (at byte {offset:#x})"
        super().__init__(f"not supported: {_shortened(construct)}{where}")
        self.construct = construct
        self.offset = offset


class LinkError(FactError):
    """A valid component that cannot be linked, or one that validation should have refused.

    *offset* is the first byte of the definition at fault, once that is known.
    """

    def __init__(self, message: str, offset: int | None = None) -> None:
        super().__init__(_shortened(message) if offset is None else f"{_shortened(message)} (at byte {offset:#x})")
        self.message = message
        self.offset = offset
