"""CanonicalABI.md, "Loading": values out of linear memory."""

from __future__ import annotations

import struct

from fact.abi.context import LiftLowerContext, Violation, trap_if
from fact.abi.layout import align_to, alignment, elem_size
from fact.errors import Unsupported
from fact.model.traps import TrapReason
from fact.model.types import Prim, ValType
from fact.model.values import Value


def load(cx: LiftLowerContext, ptr: int, t: ValType) -> Value:
    """The value of type *t* at *ptr*, which is aligned and in bounds. Raises `Violation`."""
    match t:
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
    raise Unsupported(f"values of type {t}")


def load_int(cx: LiftLowerContext, ptr: int, nbytes: int, signed: bool = False) -> int:
    return int.from_bytes(cx.memory[ptr : ptr + nbytes], "little", signed=signed)


def convert_int_to_bool(i: int) -> bool:
    return bool(i)


CANONICAL_FLOAT32_NAN = 0x7FC00000
CANONICAL_FLOAT64_NAN = 0x7FF8000000000000


def core_f32_reinterpret_i32(i: int) -> float:
    return float(struct.unpack("<f", struct.pack("<I", i))[0])


def core_f64_reinterpret_i64(i: int) -> float:
    return float(struct.unpack("<d", struct.pack("<Q", i))[0])


_NAN32 = core_f32_reinterpret_i32(CANONICAL_FLOAT32_NAN)
_NAN64 = core_f64_reinterpret_i64(CANONICAL_FLOAT64_NAN)


def canonicalize_nan32(f: float) -> float:
    return f if f == f else _NAN32


def canonicalize_nan64(f: float) -> float:
    return f if f == f else _NAN64


def decode_i32_as_float(i: int) -> float:
    return canonicalize_nan32(core_f32_reinterpret_i32(i))


def decode_i64_as_float(i: int) -> float:
    return canonicalize_nan64(core_f64_reinterpret_i64(i))


def convert_i32_to_char(i: int) -> str:
    trap_if(i >= 0x110000, TrapReason.INVALID_CHAR)
    trap_if(0xD800 <= i <= 0xDFFF, TrapReason.INVALID_CHAR)
    return chr(i)


def load_record(cx: LiftLowerContext, ptr: int, fields: tuple[tuple[str, ValType], ...]) -> list[Value]:
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
