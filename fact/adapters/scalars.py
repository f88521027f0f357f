"""Scalars: values of one core value each. Lifting makes a value canonical; lowering a canonical value changes nothing.

CanonicalABI.md, "Loading", "Storing", "Flat Lifting" and "Flat Lowering". Bits of NaNs pass through, which the
specification allows.
"""

from __future__ import annotations

from collections.abc import Iterator

from fact.adapters.scope import ModuleScope
from fact.adapters.wat import Line, get, i32, i32_hex
from fact.errors import Unsupported
from fact.model.types import Prim, ValType


def lift_flat(scope: ModuleScope, t: ValType, source: str, target: str, site: str) -> Iterator[Line]:
    """From local *source*, which may hold any bits, to local *target*; the two may be the same."""
    if t is Prim.CHAR:
        yield scope.check_char(get(source), site)
    value = canonical(t, get(source))
    if value != get(target):
        yield f"(local.set {target} {value})"


def load(
    scope: ModuleScope, t: ValType, memory: str, pointer: str, offset: int, target: str, site: str
) -> Iterator[Line]:
    """From *offset* bytes past the address in local *pointer*, which has been checked, to local *target*."""
    value = f"({_load_instruction(t)} {memory} offset={offset} {get(pointer)})"
    yield f"(local.set {target} {_as_bool(value) if t is Prim.BOOL else value})"
    if t is Prim.CHAR:
        yield scope.check_char(get(target), site)


def lower_flat(source: str) -> str:
    """The flat value of a canonical value in local *source*."""
    return get(source)


def store(t: ValType, memory: str, pointer: str, offset: int, source: str) -> Iterator[Line]:
    """The canonical value in local *source* to *offset* bytes past the address in local *pointer*."""
    yield f"({_store_instruction(t)} {memory} offset={offset} {get(pointer)} {get(source)})"


def canonical(t: ValType, value: str) -> str:
    """The expression for the one canonical core value of what *value* means as a *t*."""
    match t:
        case Prim.BOOL:
            return _as_bool(value)
        case Prim.U8:
            return f"(i32.and {value} {i32_hex(0xFF)})"
        case Prim.U16:
            return f"(i32.and {value} {i32_hex(0xFFFF)})"
        case Prim.S8:
            return f"(i32.extend8_s {value})"
        case Prim.S16:
            return f"(i32.extend16_s {value})"
        case Prim.S32 | Prim.U32 | Prim.S64 | Prim.U64 | Prim.F32 | Prim.F64 | Prim.CHAR:
            return value
        case _:
            raise Unsupported(f"type {t}")


def _as_bool(value: str) -> str:
    return f"(i32.ne {value} {i32(0)})"


def _load_instruction(t: ValType) -> str:
    match t:
        case Prim.BOOL | Prim.U8:
            return "i32.load8_u"
        case Prim.S8:
            return "i32.load8_s"
        case Prim.U16:
            return "i32.load16_u"
        case Prim.S16:
            return "i32.load16_s"
        case Prim.U32 | Prim.S32 | Prim.CHAR:
            return "i32.load"
        case Prim.U64 | Prim.S64:
            return "i64.load"
        case Prim.F32:
            return "f32.load"
        case Prim.F64:
            return "f64.load"
        case _:
            raise Unsupported(f"type {t}")


def _store_instruction(t: ValType) -> str:
    match t:
        case Prim.BOOL | Prim.U8 | Prim.S8:
            return "i32.store8"
        case Prim.U16 | Prim.S16:
            return "i32.store16"
        case Prim.U32 | Prim.S32 | Prim.CHAR:
            return "i32.store"
        case Prim.U64 | Prim.S64:
            return "i64.store"
        case Prim.F32:
            return "f32.store"
        case Prim.F64:
            return "f64.store"
        case _:
            raise Unsupported(f"type {t}")
