"""CanonicalABI.md, "Flat Lifting" and "Flat Lowering": values out of core values, and into them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol, cast

from fact.abi.context import LiftLowerContext
from fact.abi.despecialization import despecialize
from fact.abi.flattening import flatten_type, flatten_variant
from fact.abi.handles import lift_borrow, lift_own, lower_borrow, lower_own
from fact.abi.layout import Cases, Fields
from fact.abi.loading import load_list_from_range, unpack_flags_from_int
from fact.abi.options import CoreValue
from fact.abi.scalars import (
    canonicalize_nan32,
    canonicalize_nan64,
    char_to_i32,
    convert_i32_to_char,
    convert_int_to_bool,
    decode_i32_as_float,
    decode_i64_as_float,
    encode_float_as_i32,
    encode_float_as_i64,
    maybe_scramble_nan32,
    maybe_scramble_nan64,
)
from fact.abi.storing import hinted, match_case, pack_flags_into_int, store_list_into_range
from fact.abi.strings import String, load_string_from_range
from fact.abi.transcoding import store_string_into_range
from fact.abi.violation import Violation, trap_if
from fact.errors import Unsupported
from fact.model.traps import TrapReason
from fact.model.types import Borrow, CoreValType, Flags, List, Own, Prim, Record, ValType, Variant
from fact.model.values import Case, Value


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
    match despecialize(t):
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
        case Prim.STRING:
            return lift_flat_string(cx, vi)
        case List(element, length):
            return lift_flat_list(cx, vi, element, length)
        case Record(fields):
            return tuple(lift_flat_record(cx, vi, fields))
        case Variant(cases):
            return lift_flat_variant(cx, vi, cases)
        case Flags(labels):
            return unpack_flags_from_int(next_i32(vi), labels)
        case Own() as own:
            return lift_own(cx, next_i32(vi), own)
        case Borrow() as borrow:
            return lift_borrow(cx, next_i32(vi), borrow)
    raise Unsupported(f"values of type {t}")


def next_i32(vi: FlatValues) -> int:
    return cast(int, vi.next("i32"))


def next_i64(vi: FlatValues) -> int:
    return cast(int, vi.next("i64"))


def next_ptr(cx: LiftLowerContext, vi: FlatValues) -> int:
    return cast(int, vi.next(cx.memory.ptr_type))


def lift_flat_unsigned(i: int, t_width: int) -> int:
    return i % (1 << t_width)


def lift_flat_signed(i: int, t_width: int) -> int:
    i %= 1 << t_width
    return i - (1 << t_width) if i >= 1 << (t_width - 1) else i


def lift_flat_string(cx: LiftLowerContext, vi: FlatValues) -> String:
    ptr = next_ptr(cx, vi)
    packed_length = next_ptr(cx, vi)
    return load_string_from_range(cx, ptr, packed_length)


def lift_flat_list(
    cx: LiftLowerContext, vi: FlatValues, elem_type: ValType, maybe_length: int | None
) -> tuple[Value, ...]:
    """A `Violation` names the element by its index."""
    if maybe_length is None:
        ptr = next_ptr(cx, vi)
        length = next_ptr(cx, vi)
        return load_list_from_range(cx, ptr, length, elem_type)
    a: list[Value] = []
    try:
        for _ in range(maybe_length):
            a.append(lift_flat(cx, vi, elem_type))
    except Violation as violation:
        raise violation.within(len(a)) from None
    return tuple(a)


def lift_flat_record(cx: LiftLowerContext, vi: FlatValues, fields: Fields) -> list[Value]:
    """The values of *fields*, in order. A `Violation` names the field by its label."""
    record = []
    for label, t in fields:
        try:
            record.append(lift_flat(cx, vi, t))
        except Violation as violation:
            raise violation.within(label) from None
    return record


class CoerceValueIter:
    """The slots of a variant's payload, of *flat_types*, taken as what the case at hand wants."""

    __slots__ = ("_flat_types", "_vi")

    def __init__(self, flat_types: Iterator[CoreValType], vi: FlatValues) -> None:
        self._flat_types = flat_types
        self._vi = vi

    def next(self, want: CoreValType, /) -> CoreValue:
        have = next(self._flat_types)
        x = self._vi.next(have)
        match have, want:
            case "i32", "f32":
                return decode_i32_as_float(cast(int, x))
            case "i64", "i32":
                return wrap_i64_to_i32(cast(int, x))
            case "i64", "f32":
                return decode_i32_as_float(wrap_i64_to_i32(cast(int, x)))
            case "i64", "f64":
                return decode_i64_as_float(cast(int, x))
            case _:
                return x


def lift_flat_variant(cx: LiftLowerContext, vi: FlatValues, cases: Cases) -> Case:
    """Takes all slots, whichever the case. A `Violation` in the payload names the case by its label."""
    _, *flat_types = flatten_variant(cases, cx.ptr_type)
    case_index = next_i32(vi)
    trap_if(case_index >= len(cases), TrapReason.INVALID_DISCRIMINANT, case_index)
    label, t = cases[case_index]
    remaining = iter(flat_types)
    try:
        v = None if t is None else lift_flat(cx, CoerceValueIter(remaining, vi), t)
    except Violation as violation:
        raise violation.within(label) from None
    for have in remaining:
        vi.next(have)
    return Case(label, v)


def wrap_i64_to_i32(i: int) -> int:
    return i % (1 << 32)


def lower_flat(cx: LiftLowerContext, v: Value, t: ValType) -> list[CoreValue]:
    """*v*, a value of type *t*, as core values. Raises `Violation`."""
    match despecialize(t):
        case Prim.BOOL:
            return [int(cast(bool, v))]
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
        case Prim.STRING:
            return lower_flat_string(cx, v)
        case List(element, length):
            return lower_flat_list(cx, cast(Sequence[Value], v), element, length)
        case Record(fields):
            return lower_flat_record(cx, cast(Sequence[Value], v), fields)
        case Variant(cases):
            return lower_flat_variant(cx, cast(Case, v), cases)
        case Flags(labels):
            return [pack_flags_into_int(cast("frozenset[str]", v), labels)]
        case Own() as own:
            return [lower_own(cx, v, own)]
        case Borrow() as borrow:
            return [lower_borrow(cx, v, borrow)]
    raise Unsupported(f"values of type {t}")


def lower_flat_signed(v: Value, core_bits: int) -> list[CoreValue]:
    return [cast(int, v) % (1 << core_bits)]


def lower_flat_string(cx: LiftLowerContext, v: Value) -> list[CoreValue]:
    ptr, packed_length = store_string_into_range(cx, hinted(v))
    return [ptr, packed_length]


def lower_flat_list(
    cx: LiftLowerContext, v: Sequence[Value], elem_type: ValType, maybe_length: int | None
) -> list[CoreValue]:
    """A `Violation` names the element by its index."""
    if maybe_length is None:
        ptr, length = store_list_into_range(cx, v, elem_type)
        return [ptr, length]
    flat: list[CoreValue] = []
    for i, e in enumerate(v):
        try:
            flat += lower_flat(cx, e, elem_type)
        except Violation as violation:
            raise violation.within(i) from None
    return flat


def lower_flat_record(cx: LiftLowerContext, vs: Sequence[Value], fields: Fields) -> list[CoreValue]:
    """The values of *fields*, in order. A `Violation` names the field by its label."""
    flat: list[CoreValue] = []
    for (label, t), v in zip(fields, vs, strict=True):
        try:
            flat += lower_flat(cx, v, t)
        except Violation as violation:
            raise violation.within(label) from None
    return flat


def lower_flat_variant(cx: LiftLowerContext, v: Case, cases: Cases) -> list[CoreValue]:
    """Fills all slots, whichever the case: unused ones are zero. A `Violation` in the payload names the case."""
    case_index = match_case(v, cases)
    _, *flat_types = flatten_variant(cases, cx.ptr_type)
    label, t = cases[case_index]
    payload: list[CoreValue] = []
    if t is not None:
        try:
            flat = lower_flat(cx, cast(Value, v.payload), t)
        except Violation as violation:
            raise violation.within(label) from None
        slots = zip(flat, flatten_type(t, cx.ptr_type), flat_types, strict=False)
        payload = [coerce_to_slot(fv, have, want) for fv, have, want in slots]
    payload += [0] * (len(flat_types) - len(payload))
    return [case_index, *payload]


def coerce_to_slot(fv: CoreValue, have: CoreValType, want: CoreValType) -> CoreValue:
    match have, want:
        case "f32", "i32":
            return encode_float_as_i32(fv)
        case "f32", "i64":
            return encode_float_as_i32(fv)
        case "f64", "i64":
            return encode_float_as_i64(fv)
        case _:
            return fv
