"""CanonicalABI.md, "Alignment" and "Element Size"."""

from __future__ import annotations

from collections.abc import Iterable

from fact.abi.options import PtrType
from fact.errors import Unsupported
from fact.model.types import Prim, Tuple, ValType


def alignment(t: ValType, ptr_type: PtrType) -> int:
    """In bytes."""
    match t:
        case Prim.BOOL:
            return 1
        case Prim.S8 | Prim.U8:
            return 1
        case Prim.S16 | Prim.U16:
            return 2
        case Prim.S32 | Prim.U32:
            return 4
        case Prim.S64 | Prim.U64:
            return 8
        case Prim.F32:
            return 4
        case Prim.F64:
            return 8
        case Prim.CHAR:
            return 4
        case Tuple(elements):
            return alignment_record(elements, ptr_type)
    raise Unsupported(f"values of type {t}")


def alignment_record(ts: Iterable[ValType], ptr_type: PtrType) -> int:
    return max((alignment(t, ptr_type) for t in ts), default=1)


def elem_size(t: ValType, ptr_type: PtrType) -> int:
    """In bytes."""
    match t:
        case Prim.BOOL:
            return 1
        case Prim.S8 | Prim.U8:
            return 1
        case Prim.S16 | Prim.U16:
            return 2
        case Prim.S32 | Prim.U32:
            return 4
        case Prim.S64 | Prim.U64:
            return 8
        case Prim.F32:
            return 4
        case Prim.F64:
            return 8
        case Prim.CHAR:
            return 4
        case Tuple(elements):
            return elem_size_record(elements, ptr_type)
    raise Unsupported(f"values of type {t}")


def elem_size_record(ts: tuple[ValType, ...], ptr_type: PtrType) -> int:
    s = 0
    for t in ts:
        s = align_to(s, alignment(t, ptr_type))
        s += elem_size(t, ptr_type)
    return align_to(s, alignment_record(ts, ptr_type))


def align_to(ptr: int, alignment: int) -> int:
    return -(-ptr // alignment) * alignment
