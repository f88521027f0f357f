"""What follows from a type alone is worked out once for each type object.

Rules are written as the specification has them, recursive over types. Each element of a list would pay for the size of
its type, and so would the hash of a type: results are remembered by the identity of the arguments.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, TypeVarTuple

Ts = TypeVarTuple("Ts")
R = TypeVar("R")

REMEMBERED = 1 << 14
"""Results of one rule; when there are more, it starts afresh."""

_memories: list[dict[tuple[int, ...], tuple[object, Any]]] = []


def by_identity(rule: Callable[[*Ts], R]) -> Callable[[*Ts], R]:
    """*rule*, a function of immutable arguments, which is asked once for the same objects."""
    found: dict[tuple[int, ...], tuple[object, Any]] = {}
    _memories.append(found)

    @wraps(rule)
    def remembering(*args: *Ts) -> R:
        key = tuple(map(id, args))
        if (hit := found.get(key)) is None:
            if len(found) >= REMEMBERED:
                found.clear()
            hit = found[key] = (args, rule(*args))  # the arguments stay alive: nothing else can take their identity
        result: R = hit[1]
        return result

    return remembering


def forget() -> None:
    """For whoever replaces a rule while the program runs: what was remembered may have come from the other one."""
    for found in _memories:
        found.clear()
