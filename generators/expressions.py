"""Operands as core expressions: constants with exact bits, conversions and mixtures that yield valid flat values.

Nothing here depends on the bits of a NaN, which engines may change.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence

from fact.model.types import INTEGER_RANGES, Prim
from generators.blueprint import Guest, Step
from generators.layout import CORE, CoreType
from generators.operands import CallResult, Const, Mix, Operand, Param
from generators.valtypes import Type


def operand_text(
    operand: Operand | None, to: Prim, guest: Guest, steps: Sequence[Step], params: Sequence[Type]
) -> str:
    """The atom or mixture as a valid flat value of the scalar type *to*; zero (false, U+0000) where there is none."""
    match operand:
        case None:
            return _const(to, 0)
        case Mix(left=left, right=right):
            return mixed(to, _atom(left, to, guest, steps, params), _atom(right, to, guest, steps, params))
        case _:
            return _atom(operand, to, guest, steps, params)


def _atom(atom: Operand, to: Prim, guest: Guest, steps: Sequence[Step], params: Sequence[Type]) -> str:
    match atom:
        case Param(index=index):
            return converted(f"(local.get $p{index})", params[index], to)
        case Const(type=Prim() as t, image=int(image)):
            return converted(_const(t, image), t, to)
        case CallResult(step=step):
            result = guest.imports[steps[step].callee].signature.result
            return converted(f"(local.get $r{step})", result, to)
    return _const(to, 0)


def _const(t: Prim, image: int) -> str:
    match CORE[t]:
        case "i32" | "i64" as core:
            return f"({core}.const {image if t in INTEGER_RANGES else hex(image)})"
        case core:
            return f"({core}.const {_float(core, image)})"


def literal(core: CoreType, bits: int) -> str:
    """A core constant with exactly these bits."""
    return f"({core}.const {hex(bits) if core in ('i32', 'i64') else _float(core, bits)})"


def raw_text(t: Prim, bits: int) -> str:
    return f"({CORE[t]}.const {bits:#x})"


def _float(core: CoreType, bits: int) -> str:
    """A float literal with exactly these bits."""
    width, mantissa = (32, 23) if core == "f32" else (64, 52)
    sign = "-" if bits >> (width - 1) else ""
    payload = bits & ((1 << mantissa) - 1)
    if bits >> mantissa & ((1 << (width - 1 - mantissa)) - 1) == (1 << (width - 1 - mantissa)) - 1:
        return f"{sign}nan:{payload:#x}" if payload else f"{sign}inf"
    return repr(struct.unpack("<f" if core == "f32" else "<d", bits.to_bytes(width // 8, "little"))[0])


def converted(e: str, source: Type | None, to: Prim) -> str:
    """The flat value *e* of type *source* as a valid flat value of type *to*, independent of NaNs' bits; zero if
    *source* is no scalar."""
    if source is to:
        return e
    if not isinstance(source, Prim) or source not in CORE:
        return _const(to, 0)
    match CORE[source], CORE[to]:
        case ("f32", "f64"):
            return f"(f64.promote_f32 {e})"
        case ("f64", "f32"):
            return f"(f32.demote_f64 {e})"
        case (("f32" | "f64") as core, _):
            return _from_i64(f"(i64.trunc_sat_{core}_s {e})", to)
        case ("i64", _):
            return _from_i64(e, to)
        case ("i32", "i32"):
            return _valid(e, to)
    sign = "s" if source in (Prim.S8, Prim.S16, Prim.S32) else "u"
    return _from_i64(f"(i64.extend_i32_{sign} {e})", to)


def _from_i64(e: str, to: Prim) -> str:
    match CORE[to]:
        case "i64":
            return e
        case "f32" | "f64" as core:
            return f"({core}.convert_i64_s {e})"
        case _:
            return _valid(f"(i32.wrap_i64 {e})", to)


def _valid(e: str, to: Prim) -> str:
    """Any i32 as a valid flat value of type *to*."""
    match to:
        case Prim.BOOL:
            return f"(i32.ne {e} (i32.const 0))"
        case Prim.U8:
            return f"(i32.and {e} (i32.const 0xff))"
        case Prim.S8:
            return f"(i32.extend8_s {e})"
        case Prim.U16:
            return f"(i32.and {e} (i32.const 0xffff))"
        case Prim.S16:
            return f"(i32.extend16_s {e})"
        case Prim.CHAR:
            return f"(i32.and {e} (i32.const 0x7fff))"
        case _:
            return e


def next_text(t: Prim, e: str) -> str:
    """Another valid flat value of type *t* than *e*."""
    match t:
        case Prim.BOOL:
            return f"(i32.eqz {e})"
        case Prim.F32 | Prim.F64:
            return f"({CORE[t]}.neg {e})"
        case Prim.U64 | Prim.S64:
            return f"(i64.add {e} (i64.const 1))"
        case _:
            return _valid(f"(i32.add {e} (i32.const 1))", t)


def mixed(t: Prim, left: str, right: str) -> str:
    """A valid flat value of type *t* that depends on both and on their order."""
    match t:
        case Prim.BOOL:
            return f"(i32.and {left} (i32.eqz {right}))"
        case Prim.CHAR:
            return f"(select {left} {right} (i32.and (i32.xor {left} {right}) (i32.const 2)))"
        case Prim.F32 | Prim.F64:
            return f"({CORE[t]}.sub {left} {right})"
        case Prim.U64 | Prim.S64:
            return f"(i64.add (i64.mul {left} (i64.const 31)) {right})"
        case _:
            return _valid(f"(i32.add (i32.mul {left} (i32.const 31)) {right})", t)
