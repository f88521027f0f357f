"""CanonicalABI.md, "Loading" and "Storing": conversions of single scalar values, and of many side by side in memory."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import TypeAlias, TypeGuard, cast

from fact.abi.violation import Violation, trap_if
from fact.model.traps import TrapReason
from fact.model.types import Prim, ValType
from fact.model.values import Value


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
    trap_if(i >= 0x110000, TrapReason.INVALID_CHAR, i)
    trap_if(0xD800 <= i <= 0xDFFF, TrapReason.INVALID_CHAR, i)
    return chr(i)


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


# -- many at once: the same as one by one

Bytes: TypeAlias = bytes | bytearray | memoryview

_FORMATS = {
    Prim.S8: "b", Prim.U8: "B", Prim.S16: "h", Prim.U16: "H", Prim.S32: "i", Prim.U32: "I",
    Prim.S64: "q", Prim.U64: "Q", Prim.F32: "f", Prim.F64: "d",
}


def is_scalar(t: ValType) -> TypeGuard[Prim]:
    return isinstance(t, Prim) and t is not Prim.STRING


def decode_scalars(data: Bytes, length: int, t: Prim) -> tuple[Value, ...]:
    """The *length* values of the scalar type *t* that lie in *data*. A `Violation` names the element by its index."""
    match t:
        case Prim.BOOL:
            return tuple(map(bool, data))
        case Prim.CHAR:
            return decode_chars(data)
    values = struct.unpack(f"<{length}{_FORMATS[t]}", data)
    match t:
        case Prim.F32:
            return tuple(map(canonicalize_nan32, values))
        case Prim.F64:
            return tuple(map(canonicalize_nan64, values))
        case _:
            return values


def decode_chars(data: Bytes) -> tuple[str, ...]:
    """Unicode scalar values of four bytes each: UTF-32."""
    try:
        return tuple(str(data, "utf-32-le"))
    except UnicodeDecodeError as error:
        i = error.start // 4
        found = int.from_bytes(data[4 * i : 4 * i + 4], "little")
        raise Violation(TrapReason.INVALID_CHAR, (i,), found) from None


def encode_scalars(vs: Sequence[Value], t: Prim) -> bytes:
    """*vs*, values of the scalar type *t*, as they lie in memory."""
    match t:
        case Prim.BOOL:
            return bytes(map(bool, vs))
        case Prim.U8:
            return bytes(cast(Sequence[int], vs))
        case Prim.CHAR:
            return "".join(cast(Sequence[str], vs)).encode("utf-32-le")
        case Prim.F32:
            vs = tuple(map(maybe_scramble_nan32, vs))
        case Prim.F64:
            vs = tuple(map(maybe_scramble_nan64, vs))
    return struct.pack(f"<{len(vs)}{_FORMATS[t]}", *vs)
