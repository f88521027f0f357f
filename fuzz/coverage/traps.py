"""Traps: reason, what was done when it came, and where in a value."""

from __future__ import annotations

from itertools import product

from fact.model.traps import TrapReason
from fuzz.coverage.groups import Excluded, Group, named

LIFTED = ("adapter param", "host import param", "adapter result", "export result")
"""What guests pass: lifted."""

LOWERED = ("export param", "adapter param", "adapter result", "host import result")
"""What guests are passed: lowered."""

ROLES = ("callee", "realloc", "post-return", "destructor", "start")

_PLACES = ("flat", "flat payload", "in memory", "memory payload", "element")

_OF_SCALARS = (TrapReason.INVALID_CHAR, TrapReason.INVALID_DISCRIMINANT)
_OF_HANDLES = (
    TrapReason.UNKNOWN_HANDLE, TrapReason.WRONG_RESOURCE_TYPE, TrapReason.HANDLE_LENT, TrapReason.HANDLE_NOT_OWNED,
)
_OF_RANGES = (
    TrapReason.INVALID_UTF8, TrapReason.INVALID_UTF16, TrapReason.STRING_TOO_LONG, TrapReason.LIST_TOO_LONG,
    TrapReason.POINTER_MISALIGNED, TrapReason.POINTER_OUT_OF_BOUNDS,
)
_OF_AREAS = (TrapReason.POINTER_MISALIGNED, TrapReason.POINTER_OUT_OF_BOUNDS)
_OF_REALLOC = (TrapReason.REALLOC_MISALIGNED, TrapReason.REALLOC_OUT_OF_BOUNDS)
_OF_CODE = (TrapReason.UNREACHABLE, TrapReason.INTEGER_DIVIDE_BY_ZERO, TrapReason.UNCAUGHT_EXCEPTION)

AREAS = {
    "params area": ("adapter param", "host import param"),
    "returned area": ("adapter result", "export result"),
    "result area": ("adapter result", "host import result"),
}
"""Areas that guests point to, with whose values they hold."""

_LEAVING = ("adapter", "host lower", "resource.new", "resource.drop")


def at_value(reason: TrapReason, place: str, side: str) -> tuple[str, ...]:
    """The features of a trap over a part of a value: where in it, and whose it is. An area is some side's."""
    if place.endswith("area"):
        return (f"trap: {reason.value}, {place} of {side}",)
    return f"trap: {reason.value}, {place}", f"trap: {reason.value}, {side}"


def in_code(reason: TrapReason, role: str) -> str:
    return f"trap: {reason.value if reason in _OF_CODE else 'of another kind'} in {role}"


def _over_values() -> list[str]:
    sides = {
        **dict.fromkeys((*_OF_SCALARS, *_OF_HANDLES, *_OF_RANGES), LIFTED), **dict.fromkeys(_OF_REALLOC, LOWERED),
    }
    found = [f"{reason.value}, {where}" for reason, found in sides.items() for where in (*_PLACES, *found)]
    found.remove("handle-lent, export result")
    found += [f"{reason.value}, {area} of {side}" for reason, (area, of) in product(_OF_AREAS, AREAS.items())
              for side in of]
    return [*found, *(f"{reason.value}, params area of {side}" for reason in _OF_REALLOC for side in LOWERED[:2])]


TRAPS = Group(
    "trap", "reason of traps: in which part of a value, whose value at which boundary; or in what core code",
    named(
        "trap",
        *_over_values(),
        *(f"{reason.value} in {role}" for reason, role in product(_OF_CODE, ROLES)),
        *(f"of another kind in {role}" for role in ROLES),
        *(f"cannot-leave by {what} in {role}" for what in _LEAVING for role in ("realloc", "post-return")),
        "cannot-enter by a call", "cannot-enter by resource.drop", "borrows-left, adapter", "borrows-left, export",
        *(f"{reason} by {what}" for reason in ("unknown-handle", "wrong-resource-type")
          for what in ("resource.rep", "resource.drop")),
        "handle-lent by resource.drop", "host-trap, host import",
    ),
)

EXCLUDED = (
    Excluded("trap: handle-table-full", "it takes 2^28 handles"),
    Excluded("trap: handle-lent, export result",
             "a handle is lent for as long as a call from its instance lasts, and that ends before its own call does"),
    Excluded("trap: out-of-fuel", "generated guests end; campaigns give no fuel"),
    Excluded("trap: lifting, export param or host import result", "the host passes values, not bits"),
    Excluded("trap: lowering, flat values of their own", "only what realloc returns can be wrong about lowering"),
)
