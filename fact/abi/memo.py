"""What follows from a type alone is worked out once for each type object.

Rules are written as the specification has them, recursive over types. Each element of a list would pay for the size of
its type, and so would the hash of a type: results are remembered by the identity of the arguments.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from inspect import signature
from typing import Any, TypeVar, TypeVarTuple, cast

Ts = TypeVarTuple("Ts")
R = TypeVar("R")

REMEMBERED = 1 << 11
"""Results of one rule; when there are more, it starts afresh. They keep the types of components that are long gone
alive: room for some dozens of components, or one that is very large, is enough."""

_memories: list[dict[Any, tuple[object, Any]]] = []


def by_identity(rule: Callable[[*Ts], R]) -> Callable[[*Ts], R]:
    """*rule*, a function of one or two immutable arguments, which is asked once for the same objects."""
    found: dict[Any, tuple[object, Any]] = {}
    _memories.append(found)

    def ask(key: object, *args: Any) -> tuple[object, Any]:
        hit = args, rule(*args)
        if len(found) >= REMEMBERED:
            found.clear()
        found[key] = hit  # the arguments stay alive: nothing else can take their identity
        return hit

    def of_one(a: Any) -> Any:
        return (found.get(id(a)) or ask(id(a), a))[1]

    def of_two(a: Any, b: Any) -> Any:
        key = id(a), id(b)
        return (found.get(key) or ask(key, a, b))[1]

    return cast("Callable[[*Ts], R]", wraps(rule)(of_one if len(signature(rule).parameters) == 1 else of_two))


def forget() -> None:
    """For whoever replaces a rule while the program runs: what was remembered may have come from the other one."""
    for found in _memories:
        found.clear()
