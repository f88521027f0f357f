"""CanonicalABI.md, "Lifting and Lowering Values": all parameters or results of a call, flat or spilled."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from fact.abi.context import LiftLowerContext
from fact.abi.flat import FlatValues, lift_flat_record, lower_flat_record
from fact.abi.flattening import ValueTypes
from fact.abi.layout import align_to
from fact.abi.loading import load_record
from fact.abi.options import CoreValue
from fact.abi.storing import store_record
from fact.abi.violation import Violation
from fact.model.traps import TrapReason
from fact.model.values import Value


def lift_flat_values(cx: LiftLowerContext, max_flat: int, vi: FlatValues, ts: ValueTypes) -> list[Value]:
    """The values of types *ts*, in order. Raises `Trap` whose site is the value's, or the spilled area's."""
    try:
        if len(ts.flat_types) <= max_flat:
            return lift_flat_record(cx, vi, ts.fields)
        ptr = cast(int, vi.next(cx.memory.ptr_type))
        trap_if_misaligned(ptr, ts, TrapReason.POINTER_MISALIGNED)
        trap_if_out_of_bounds(cx, ptr, ts, TrapReason.POINTER_OUT_OF_BOUNDS)
        return load_record(cx, ptr, ts.fields)
    except Violation as violation:
        raise violation.trap() from None


def lower_flat_values(
    cx: LiftLowerContext, max_flat: int, vs: Sequence[Value], ts: ValueTypes, out_param: FlatValues | None = None
) -> list[CoreValue]:
    """*vs*, values of types *ts*, as core values.

    Spilled values go where *out_param* points or, without it, into what realloc returns. Raises `Trap` whose site is
    the value's, or the spilled area's.
    """
    try:
        if len(ts.flat_types) <= max_flat:
            return lower_flat_record(cx, vs, ts.fields)
        if out_param is None:
            return lower_into_allocation(cx, vs, ts)
        return lower_into_out_param(cx, vs, ts, out_param)
    except Violation as violation:
        raise violation.trap() from None


def lower_into_allocation(cx: LiftLowerContext, vs: Sequence[Value], ts: ValueTypes) -> list[CoreValue]:
    ptr = cx.allocate(ts.alignment, ts.size)
    trap_if_misaligned(ptr, ts, TrapReason.REALLOC_MISALIGNED)
    trap_if_out_of_bounds(cx, ptr, ts, TrapReason.REALLOC_OUT_OF_BOUNDS)
    store_record(cx, vs, ptr, ts.fields)
    return [ptr]


def lower_into_out_param(
    cx: LiftLowerContext, vs: Sequence[Value], ts: ValueTypes, out_param: FlatValues
) -> list[CoreValue]:
    ptr = cast(int, out_param.next(cx.memory.ptr_type))
    trap_if_misaligned(ptr, ts, TrapReason.POINTER_MISALIGNED)
    trap_if_out_of_bounds(cx, ptr, ts, TrapReason.POINTER_OUT_OF_BOUNDS)
    store_record(cx, vs, ptr, ts.fields)
    return []


def trap_if_misaligned(ptr: int, ts: ValueTypes, reason: TrapReason) -> None:
    if ptr != align_to(ptr, ts.alignment):
        raise Violation(reason, (ts.area,), ptr)


def trap_if_out_of_bounds(cx: LiftLowerContext, ptr: int, ts: ValueTypes, reason: TrapReason) -> None:
    if ptr + ts.size > len(cx.memory):
        raise Violation(reason, (ts.area,), ptr)
