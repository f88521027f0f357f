"""CanonicalABI.md, "Alignment" and "Element Size". All results are in bytes."""

from __future__ import annotations

from typing import TypeAlias

from fact.abi.despecialization import despecialize
from fact.abi.memo import by_identity
from fact.abi.options import ptr_size
from fact.errors import Unsupported
from fact.model.types import Borrow, Flags, List, Own, Prim, PtrType, Record, ValType, Variant

Fields: TypeAlias = tuple[tuple[str, ValType], ...]
"""Labels and types of a record's fields, in order."""

Cases: TypeAlias = tuple[tuple[str, ValType | None], ...]
"""Labels of a variant's cases, with the types of the payloads of those that have one."""


@by_identity
def alignment(t: ValType, ptr_type: PtrType) -> int:
    match despecialize(t):
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
        case Prim.STRING:
            return ptr_size(ptr_type)
        case List(element, length):
            return alignment_list(element, length, ptr_type)
        case Record(fields):
            return alignment_record(fields, ptr_type)
        case Variant(cases):
            return alignment_variant(cases, ptr_type)
        case Flags(labels):
            return alignment_flags(labels)
        case Own() | Borrow():
            return 4
    raise Unsupported(f"values of type {t}")


def alignment_list(elem_type: ValType, maybe_length: int | None, ptr_type: PtrType) -> int:
    if maybe_length is not None:
        return alignment(elem_type, ptr_type)
    return ptr_size(ptr_type)


def alignment_record(fields: Fields, ptr_type: PtrType) -> int:
    return max((alignment(t, ptr_type) for _, t in fields), default=1)


def alignment_variant(cases: Cases, ptr_type: PtrType) -> int:
    return max(alignment(discriminant_type(cases), ptr_type), max_case_alignment(cases, ptr_type))


def discriminant_type(cases: Cases) -> Prim:
    """The smallest unsigned integer that has a number for every case."""
    n = len(cases)
    if n <= 1 << 8:
        return Prim.U8
    return Prim.U16 if n <= 1 << 16 else Prim.U32


@by_identity
def max_case_alignment(cases: Cases, ptr_type: PtrType) -> int:
    return max((alignment(t, ptr_type) for _, t in cases if t is not None), default=1)


def alignment_flags(labels: tuple[str, ...]) -> int:
    n = len(labels)
    if n <= 8:
        return 1
    return 2 if n <= 16 else 4


@by_identity
def elem_size(t: ValType, ptr_type: PtrType) -> int:
    match despecialize(t):
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
        case Prim.STRING:
            return 2 * ptr_size(ptr_type)
        case List(element, length):
            return elem_size_list(element, length, ptr_type)
        case Record(fields):
            return elem_size_record(fields, ptr_type)
        case Variant(cases):
            return elem_size_variant(cases, ptr_type)
        case Flags(labels):
            return elem_size_flags(labels)
        case Own() | Borrow():
            return 4
    raise Unsupported(f"values of type {t}")


def elem_size_list(elem_type: ValType, maybe_length: int | None, ptr_type: PtrType) -> int:
    if maybe_length is not None:
        return maybe_length * elem_size(elem_type, ptr_type)
    return 2 * ptr_size(ptr_type)


def elem_size_record(fields: Fields, ptr_type: PtrType) -> int:
    s = 0
    for _, t in fields:
        s = align_to(s, alignment(t, ptr_type))
        s += elem_size(t, ptr_type)
    return align_to(s, alignment_record(fields, ptr_type))


def align_to(ptr: int, alignment: int) -> int:
    return -(-ptr // alignment) * alignment


def elem_size_variant(cases: Cases, ptr_type: PtrType) -> int:
    s = elem_size(discriminant_type(cases), ptr_type)
    s = align_to(s, max_case_alignment(cases, ptr_type))
    s += max((elem_size(t, ptr_type) for _, t in cases if t is not None), default=0)
    return align_to(s, alignment_variant(cases, ptr_type))


def elem_size_flags(labels: tuple[str, ...]) -> int:
    n = len(labels)
    if n <= 8:
        return 1
    return 2 if n <= 16 else 4
