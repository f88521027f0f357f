"""What an engine in a process of its own may use."""

from __future__ import annotations

from dataclasses import dataclass

MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Limits:
    """*seconds* for one answer; *memory*, bytes that are resident; *printed*, bytes in one answer's time."""

    seconds: float = 60.0
    memory: int = 2048 * MIB
    printed: int = 16 * MIB
