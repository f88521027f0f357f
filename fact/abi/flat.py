"""CanonicalABI.md, "Flat Lifting" and "Flat Lowering": values out of core values, and into them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, cast

from fact.abi.context import LiftLowerContext, Violation
from fact.abi.loading import canonicalize_nan32, canonicalize_nan64, convert_i32_to_char, convert_int_to_bool
from fact.abi.options import CoreValue
from fact.abi.storing import char_to_i32, maybe_scramble_nan32, maybe_scramble_nan64
from fact.errors import Unsupported
from fact.model.types import CoreValType, Prim, ValType
from fact.model.values import Value


class FlatValues(Protocol):
    """Core values, taken one by one as the type that is wanted next."""

    def next(self, want: CoreValType, /) -> CoreValue: ...


class CoreValueIter:
    """The flat parameters or results of a core call, whose types are as wanted."""

    __slots__ = ("_values",)

    def __init__(self, values: Sequence[CoreValue]) -> None:
        self._values = iter(values)

    def next(self, _want: CoreValType, /) -> CoreValue:
        return next(self._values)


def lift_flat(cx: LiftLowerContext, vi: FlatValues, t: ValType) -> Value:
    """The value of type *t* that the next core values stand for. Raises `Violation`."""
    match t:
        case Prim.BOOL:
            return convert_int_to_bool(next_i32(vi))
        case Prim.U8:
            return lift_flat_unsigned(next_i32(vi), 8)
        case Prim.U16:
            return lift_flat_unsigned(next_i32(vi), 16)
        case Prim.U32:
            return lift_flat_unsigned(next_i32(vi), 32)
        case Prim.U64:
            return lift_flat_unsigned(next_i64(vi), 64)
        case Prim.S8:
            return lift_flat_signed(next_i32(vi), 8)
        case Prim.S16:
            return lift_flat_signed(next_i32(vi), 16)
        case Prim.S32:
            return lift_flat_signed(next_i32(vi), 32)
        case Prim.S64:
            return lift_flat_signed(next_i64(vi), 64)
        case Prim.F32:
            return canonicalize_nan32(vi.next("f32"))
        case Prim.F64:
            return canonicalize_nan64(vi.next("f64"))
        case Prim.CHAR:
            return convert_i32_to_char(next_i32(vi))
    raise Unsupported(f"values of type {t}")


def next_i32(vi: FlatValues) -> int:
    return cast(int, vi.next("i32"))


def next_i64(vi: FlatValues) -> int:
    return cast(int, vi.next("i64"))


def lift_flat_unsigned(i: int, t_width: int) -> int:
    return i % (1 << t_width)


def lift_flat_signed(i: int, t_width: int) -> int:
    i %= 1 << t_width
    return i - (1 << t_width) if i >= 1 << (t_width - 1) else i


def lift_flat_record(cx: LiftLowerContext, vi: FlatValues, fields: tuple[tuple[str, ValType], ...]) -> list[Value]:
    """The values of *fields*, in order. A `Violation` names the field by its label."""
    record = []
    for label, t in fields:
        try:
            record.append(lift_flat(cx, vi, t))
        except Violation as violation:
            raise violation.within(label) from None
    return record


def lower_flat(cx: LiftLowerContext, v: Value, t: ValType) -> list[CoreValue]:
    """*v*, a value of type *t*, as core values."""
    match t:
        case Prim.BOOL:
            return [int(v)]
        case Prim.U8 | Prim.U16 | Prim.U32 | Prim.U64:
            return [cast(int, v)]
        case Prim.S8 | Prim.S16 | Prim.S32:
            return lower_flat_signed(v, 32)
        case Prim.S64:
            return lower_flat_signed(v, 64)
        case Prim.F32:
            return [maybe_scramble_nan32(v)]
        case Prim.F64:
            return [maybe_scramble_nan64(v)]
        case Prim.CHAR:
            return [char_to_i32(v)]
    raise Unsupported(f"values of type {t}")


def lower_flat_signed(v: Value, core_bits: int) -> list[CoreValue]:
    return [cast(int, v) % (1 << core_bits)]


def lower_flat_record(
    cx: LiftLowerContext, vs: Sequence[Value], fields: tuple[tuple[str, ValType], ...]
) -> list[CoreValue]:
    """The values of *fields*, in order. A `Violation` names the field by its label."""
    flat: list[CoreValue] = []
    for (label, t), v in zip(fields, vs, strict=True):
        try:
            flat += lower_flat(cx, v, t)
        except Violation as violation:
            raise violation.within(label) from None
    return flat
