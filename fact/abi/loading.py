"""CanonicalABI.md, "Loading": values out of linear memory. The rest of the section is in `strings` and `scalars`."""

from __future__ import annotations

from fact.abi.context import LiftLowerContext
from fact.abi.despecialization import despecialize
from fact.abi.handles import lift_borrow, lift_own
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
from fact.abi.options import ptr_size
from fact.abi.scalars import (
    convert_i32_to_char,
    convert_int_to_bool,
    decode_i32_as_float,
    decode_i64_as_float,
    decode_scalars,
    is_scalar,
)
from fact.abi.strings import String, load_string_from_range
from fact.abi.violation import Violation, trap_if
from fact.errors import Unsupported
from fact.model.traps import TrapReason
from fact.model.types import Borrow, Flags, List, Own, Prim, Record, ValType, Variant
from fact.model.values import Case, Value


def load(cx: LiftLowerContext, ptr: int, t: ValType) -> Value:
    """The value of type *t* at *ptr*, which is aligned and in bounds. Raises `Violation`."""
    match despecialize(t):
        case Prim.BOOL:
            return convert_int_to_bool(load_int(cx, ptr, 1))
        case Prim.U8:
            return load_int(cx, ptr, 1)
        case Prim.U16:
            return load_int(cx, ptr, 2)
        case Prim.U32:
            return load_int(cx, ptr, 4)
        case Prim.U64:
            return load_int(cx, ptr, 8)
        case Prim.S8:
            return load_int(cx, ptr, 1, signed=True)
        case Prim.S16:
            return load_int(cx, ptr, 2, signed=True)
        case Prim.S32:
            return load_int(cx, ptr, 4, signed=True)
        case Prim.S64:
            return load_int(cx, ptr, 8, signed=True)
        case Prim.F32:
            return decode_i32_as_float(load_int(cx, ptr, 4))
        case Prim.F64:
            return decode_i64_as_float(load_int(cx, ptr, 8))
        case Prim.CHAR:
            return convert_i32_to_char(load_int(cx, ptr, 4))
        case Prim.STRING:
            return load_string(cx, ptr)
        case List(element, length):
            return load_list(cx, ptr, element, length)
        case Record(fields):
            return tuple(load_record(cx, ptr, fields))
        case Variant(cases):
            return load_variant(cx, ptr, cases)
        case Flags(labels):
            return load_flags(cx, ptr, labels)
        case Own() as own:
            return lift_own(cx, load_int(cx, ptr, 4), own)
        case Borrow() as borrow:
            return lift_borrow(cx, load_int(cx, ptr, 4), borrow)
    raise Unsupported(f"values of type {t}")


def load_int(cx: LiftLowerContext, ptr: int, nbytes: int, signed: bool = False) -> int:
    return int.from_bytes(cx.memory[ptr : ptr + nbytes], "little", signed=signed)


def load_string(cx: LiftLowerContext, ptr: int) -> String:
    size = ptr_size(cx.memory.ptr_type)
    begin = load_int(cx, ptr, size)
    tagged_code_units = load_int(cx, ptr + size, size)
    return load_string_from_range(cx, begin, tagged_code_units)


MAX_LIST_BYTE_LENGTH = (1 << 28) - 1


def load_list(cx: LiftLowerContext, ptr: int, elem_type: ValType, maybe_length: int | None) -> tuple[Value, ...]:
    if maybe_length is not None:
        return load_list_from_valid_range(cx, ptr, maybe_length, elem_type)
    size = ptr_size(cx.memory.ptr_type)
    begin = load_int(cx, ptr, size)
    length = load_int(cx, ptr + size, size)
    return load_list_from_range(cx, begin, length, elem_type)


def load_list_from_range(cx: LiftLowerContext, ptr: int, length: int, elem_type: ValType) -> tuple[Value, ...]:
    byte_length = length * elem_size(elem_type, cx.memory.ptr_type)
    trap_if(byte_length > MAX_LIST_BYTE_LENGTH, TrapReason.LIST_TOO_LONG, byte_length)
    trap_if(ptr != align_to(ptr, alignment(elem_type, cx.memory.ptr_type)), TrapReason.POINTER_MISALIGNED, ptr)
    trap_if(ptr + byte_length > len(cx.memory), TrapReason.POINTER_OUT_OF_BOUNDS, ptr)
    return load_list_from_valid_range(cx, ptr, length, elem_type)


def load_list_from_valid_range(cx: LiftLowerContext, ptr: int, length: int, elem_type: ValType) -> tuple[Value, ...]:
    """A `Violation` names the element by its index."""
    size = elem_size(elem_type, cx.memory.ptr_type)
    if is_scalar(elem_type):
        cx.admit(length * size)
        return decode_scalars(cx.memory[ptr : ptr + length * size], length, elem_type)
    cx.admit_one_by_one(length, size)
    a: list[Value] = []
    try:
        for i in range(length):
            a.append(load(cx, ptr + i * size, elem_type))
    except Violation as violation:
        raise violation.within(len(a)) from None
    return tuple(a)


def load_record(cx: LiftLowerContext, ptr: int, fields: Fields) -> list[Value]:
    """The values of *fields*, in order. A `Violation` names the field by its label."""
    ptr_type = cx.memory.ptr_type
    record = []
    for label, t in fields:
        ptr = align_to(ptr, alignment(t, ptr_type))
        try:
            record.append(load(cx, ptr, t))
        except Violation as violation:
            raise violation.within(label) from None
        ptr += elem_size(t, ptr_type)
    return record


def load_variant(cx: LiftLowerContext, ptr: int, cases: Cases) -> Case:
    """A `Violation` in the payload names the case by its label."""
    disc_size = elem_size(discriminant_type(cases), cx.memory.ptr_type)
    case_index = load_int(cx, ptr, disc_size)
    ptr += disc_size
    trap_if(case_index >= len(cases), TrapReason.INVALID_DISCRIMINANT, case_index)
    label, t = cases[case_index]
    ptr = align_to(ptr, max_case_alignment(cases, cx.memory.ptr_type))
    if t is None:
        return Case(label)
    try:
        return Case(label, load(cx, ptr, t))
    except Violation as violation:
        raise violation.within(label) from None


def load_flags(cx: LiftLowerContext, ptr: int, labels: tuple[str, ...]) -> frozenset[str]:
    i = load_int(cx, ptr, elem_size_flags(labels))
    return unpack_flags_from_int(i, labels)


def unpack_flags_from_int(i: int, labels: tuple[str, ...]) -> frozenset[str]:
    """The labels whose bits are set; bits past the last label are ignored."""
    return frozenset([label for shift, label in enumerate(labels) if i >> shift & 1])
