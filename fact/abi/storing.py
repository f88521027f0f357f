"""CanonicalABI.md, "Storing": values into linear memory."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import cast

from fact.abi.context import LiftLowerContext, Violation
from fact.abi.layout import align_to, alignment, elem_size
from fact.abi.loading import canonicalize_nan32, canonicalize_nan64
from fact.errors import Unsupported
from fact.model.types import Prim, ValType
from fact.model.values import Value


def store(cx: LiftLowerContext, v: Value, t: ValType, ptr: int) -> None:
    """Writes *v*, a value of type *t*, at *ptr*, which is aligned and in bounds."""
    match t:
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
        case _:
            raise Unsupported(f"values of type {t}")


def store_int(cx: LiftLowerContext, v: Value, ptr: int, nbytes: int, signed: bool = False) -> None:
    cx.memory[ptr : ptr + nbytes] = cast(int, v).to_bytes(nbytes, "little", signed=signed)


def maybe_scramble_nan32(f: Value) -> float:
    """The deterministic profile: the canonical NaN."""
    return canonicalize_nan32(cast(float, f))


def maybe_scramble_nan64(f: Value) -> float:
    """The deterministic profile: the canonical NaN."""
    return canonicalize_nan64(cast(float, f))


def encode_float_as_i32(f: Value) -> int:
    return core_i32_reinterpret_f32(maybe_scramble_nan32(f))


def encode_float_as_i64(f: Value) -> int:
    return core_i64_reinterpret_f64(maybe_scramble_nan64(f))


def core_i32_reinterpret_f32(f: float) -> int:
    return int.from_bytes(struct.pack("<f", f), "little")


def core_i64_reinterpret_f64(f: float) -> int:
    return int.from_bytes(struct.pack("<d", f), "little")


def char_to_i32(c: Value) -> int:
    return ord(cast(str, c))


def store_record(
    cx: LiftLowerContext, vs: Sequence[Value], ptr: int, fields: tuple[tuple[str, ValType], ...]
) -> None:
    """Writes the values of *fields*, in order. A `Violation` names the field by its label."""
    ptr_type = cx.memory.ptr_type
    for (label, t), v in zip(fields, vs, strict=True):
        ptr = align_to(ptr, alignment(t, ptr_type))
        try:
            store(cx, v, t, ptr)
        except Violation as violation:
            raise violation.within(label) from None
        ptr += elem_size(t, ptr_type)
