"""CanonicalABI.md, "Storing": values into linear memory. The rest of the section is in `transcoding` and `scalars`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from fact.abi.context import LiftLowerContext
from fact.abi.despecialization import despecialize
from fact.abi.handles import lower_borrow, lower_own
from fact.abi.layout import (
    Cases,
    Fields,
    align_to,
    alignment,
    discriminant_type,
    elem_size,
    elem_size_flags,
    max_case_alignment,
)
from fact.abi.memo import by_identity
from fact.abi.options import ptr_size
from fact.abi.scalars import char_to_i32, encode_float_as_i32, encode_float_as_i64, encode_scalars, is_scalar
from fact.abi.strings import String, string_of_host
from fact.abi.transcoding import PtrAndLength, store_string_into_range
from fact.abi.violation import Violation, trap_if
from fact.errors import Unsupported
from fact.model.traps import TrapReason
from fact.model.types import Borrow, Flags, List, Own, Prim, Record, ValType, Variant
from fact.model.values import Case, Value


def store(cx: LiftLowerContext, v: Value, t: ValType, ptr: int) -> None:
    """Writes *v*, a value of type *t*, at *ptr*, which is aligned and in bounds. Raises `Violation`."""
    match despecialize(t):
        case Prim.BOOL:
            store_int(cx, int(bool(v)), ptr, 1)
        case Prim.U8:
            store_int(cx, v, ptr, 1)
        case Prim.U16:
            store_int(cx, v, ptr, 2)
        case Prim.U32:
            store_int(cx, v, ptr, 4)
        case Prim.U64:
            store_int(cx, v, ptr, 8)
        case Prim.S8:
            store_int(cx, v, ptr, 1, signed=True)
        case Prim.S16:
            store_int(cx, v, ptr, 2, signed=True)
        case Prim.S32:
            store_int(cx, v, ptr, 4, signed=True)
        case Prim.S64:
            store_int(cx, v, ptr, 8, signed=True)
        case Prim.F32:
            store_int(cx, encode_float_as_i32(v), ptr, 4)
        case Prim.F64:
            store_int(cx, encode_float_as_i64(v), ptr, 8)
        case Prim.CHAR:
            store_int(cx, char_to_i32(v), ptr, 4)
        case Prim.STRING:
            store_string(cx, v, ptr)
        case List(element, length):
            store_list(cx, cast(Sequence[Value], v), ptr, element, length)
        case Record(fields):
            store_record(cx, cast(Sequence[Value], v), ptr, fields)
        case Variant(cases):
            store_variant(cx, cast(Case, v), ptr, cases)
        case Flags(labels):
            store_flags(cx, cast("frozenset[str]", v), ptr, labels)
        case Own() as own:
            store_int(cx, lower_own(cx, v, own), ptr, 4)
        case Borrow() as borrow:
            store_int(cx, lower_borrow(cx, v, borrow), ptr, 4)
        case _:
            raise Unsupported(f"values of type {t}")


def store_int(cx: LiftLowerContext, v: Value, ptr: int, nbytes: int, signed: bool = False) -> None:
    cx.memory[ptr : ptr + nbytes] = cast(int, v).to_bytes(nbytes, "little", signed=signed)


def store_string(cx: LiftLowerContext, v: Value, ptr: int) -> None:
    store_range(cx, store_string_into_range(cx, hinted(v)), ptr)


def hinted(v: Value) -> String:
    """*v*, a string, which remembers its encoding if it was lifted."""
    return v if isinstance(v, String) else string_of_host(cast(str, v))


def store_range(cx: LiftLowerContext, begin_and_length: PtrAndLength, ptr: int) -> None:
    begin, length = begin_and_length
    size = ptr_size(cx.memory.ptr_type)
    store_int(cx, begin, ptr, size)
    store_int(cx, length, ptr + size, size)


def store_list(
    cx: LiftLowerContext, v: Sequence[Value], ptr: int, elem_type: ValType, maybe_length: int | None
) -> None:
    if maybe_length is not None:
        store_list_into_valid_range(cx, v, ptr, elem_type)
        return
    store_range(cx, store_list_into_range(cx, v, elem_type), ptr)


def store_list_into_range(cx: LiftLowerContext, v: Sequence[Value], elem_type: ValType) -> PtrAndLength:
    byte_length = len(v) * elem_size(elem_type, cx.memory.ptr_type)
    elem_alignment = alignment(elem_type, cx.memory.ptr_type)
    ptr = cx.allocate(elem_alignment, byte_length)
    trap_if(ptr != align_to(ptr, elem_alignment), TrapReason.REALLOC_MISALIGNED, ptr)
    trap_if(ptr + byte_length > len(cx.memory), TrapReason.REALLOC_OUT_OF_BOUNDS, ptr)
    store_list_into_valid_range(cx, v, ptr, elem_type)
    return ptr, len(v)


def store_list_into_valid_range(cx: LiftLowerContext, v: Sequence[Value], ptr: int, elem_type: ValType) -> None:
    """A `Violation` names the element by its index."""
    size = elem_size(elem_type, cx.memory.ptr_type)
    if is_scalar(elem_type):
        cx.memory[ptr : ptr + len(v) * size] = encode_scalars(v, elem_type)
        return
    i = 0
    try:
        for i, e in enumerate(v):
            store(cx, e, elem_type, ptr + i * size)
    except Violation as violation:
        raise violation.within(i) from None


def store_record(cx: LiftLowerContext, vs: Sequence[Value], ptr: int, fields: Fields) -> None:
    """Writes the values of *fields*, in order. A `Violation` names the field by its label."""
    ptr_type = cx.memory.ptr_type
    for (label, t), v in zip(fields, vs, strict=True):
        ptr = align_to(ptr, alignment(t, ptr_type))
        try:
            store(cx, v, t, ptr)
        except Violation as violation:
            raise violation.within(label) from None
        ptr += elem_size(t, ptr_type)


def store_variant(cx: LiftLowerContext, v: Case, ptr: int, cases: Cases) -> None:
    """A `Violation` in the payload names the case by its label."""
    case_index = match_case(v, cases)
    disc_size = elem_size(discriminant_type(cases), cx.memory.ptr_type)
    store_int(cx, case_index, ptr, disc_size)
    ptr += disc_size
    ptr = align_to(ptr, max_case_alignment(cases, cx.memory.ptr_type))
    label, t = cases[case_index]
    if t is not None:
        try:
            store(cx, cast(Value, v.payload), t, ptr)
        except Violation as violation:
            raise violation.within(label) from None


def match_case(v: Case, cases: Cases) -> int:
    return index_by_label(cases)[v.label]


@by_identity
def index_by_label(cases: Cases) -> dict[str, int]:
    return {label: index for index, (label, _) in enumerate(cases)}


def store_flags(cx: LiftLowerContext, v: frozenset[str], ptr: int, labels: tuple[str, ...]) -> None:
    i = pack_flags_into_int(v, labels)
    store_int(cx, i, ptr, elem_size_flags(labels))


def pack_flags_into_int(v: frozenset[str], labels: tuple[str, ...]) -> int:
    return sum(1 << shift for shift, label in enumerate(labels) if label in v)
