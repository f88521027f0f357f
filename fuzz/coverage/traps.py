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

_ANY = ("flat", "flat payload", "in memory", "memory payload", "element")
_RESULT = ("flat", "in memory", "memory payload", "element")
_POINTING_RESULT = _RESULT[1:]

_OF_ONE_VALUE = (
    TrapReason.INVALID_CHAR, TrapReason.INVALID_DISCRIMINANT, TrapReason.UNKNOWN_HANDLE,
    TrapReason.WRONG_RESOURCE_TYPE, TrapReason.HANDLE_LENT, TrapReason.HANDLE_NOT_OWNED,
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


def places(side: str, reason: TrapReason) -> tuple[str, ...]:
    """Where in a value of *side* a reason can be found."""
    if side.endswith("param"):
        return _ANY
    return _RESULT if reason in _OF_ONE_VALUE else _POINTING_RESULT


def at_value(reason: TrapReason, place: str, side: str) -> str:
    return f"trap: {reason.value} {place}, {side}"


def in_code(reason: TrapReason, role: str) -> str:
    return f"trap: {reason.value if reason in _OF_CODE else 'of another kind'} in {role}"


TRAPS = Group(
    "trap", "reason of traps, with the place in the value at its boundary, or with what core code ran",
    named("trap", *(
        feature.removeprefix("trap: ") for feature in (
            *(at_value(reason, place, side) for reason in (*_OF_ONE_VALUE, *_OF_RANGES) for side in LIFTED
              for place in places(side, reason)),
            *(at_value(reason, place, side) for reason in _OF_REALLOC for side in LOWERED
              for place in places(side, reason)),
            *(at_value(reason, area, side) for reason, (area, sides) in product(_OF_AREAS, AREAS.items())
              for side in sides),
            *(at_value(reason, "params area", side) for reason in _OF_REALLOC for side in LOWERED[:2]),
            *(in_code(reason, role) for reason, role in product(_OF_CODE, ROLES)),
            *(f"trap: of another kind in {role}" for role in ROLES),
            *(f"trap: cannot-leave by {what} in {role}" for what, role in product(_LEAVING, ("realloc", "post-return"))),
            "trap: cannot-enter by a call", "trap: cannot-enter by resource.drop",
            "trap: borrows-left, adapter", "trap: borrows-left, export",
            "trap: unknown-handle by resource.rep", "trap: unknown-handle by resource.drop",
            "trap: wrong-resource-type by resource.rep", "trap: wrong-resource-type by resource.drop",
            "trap: handle-lent by resource.drop",
            "trap: host-trap, host import",
        )
    )),
)

EXCLUDED = (
    Excluded("trap: handle-table-full", "it takes 2^28 handles"),
    Excluded("trap: out-of-fuel", "generated guests end; campaigns give no fuel"),
    Excluded("trap: lifting, export param or host import result", "the host passes values, not bits"),
    Excluded("trap: lowering, flat values of their own", "only what realloc returns can be wrong about lowering"),
)
