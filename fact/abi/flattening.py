"""CanonicalABI.md, "Flattening": component types as core types."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, TypeAlias

from fact.abi.despecialization import despecialize
from fact.abi.layout import Cases, Fields, alignment_record, discriminant_type, elem_size_record
from fact.abi.memo import by_identity
from fact.errors import Unsupported
from fact.model.types import (
    Borrow,
    CoreFuncType,
    CoreValType,
    Flags,
    FuncType,
    List,
    Own,
    Prim,
    PtrType,
    Record,
    ValType,
    Variant,
)

MAX_FLAT_PARAMS = 16
MAX_FLAT_RESULTS = 1

MAX_FLAT_LIST = 1 << 20
"""This reference's own limit: the specification's is the 2^28 bytes that a value may have in memory."""

Context: TypeAlias = Literal["lift", "lower"]


def flatten_functype(ft: FuncType, context: Context, ptr_type: PtrType = "i32") -> CoreFuncType:
    """The core type of a function of type *ft*: what a lift wraps, or what a lower makes.

    *ptr_type* is that of the definition's memory option; without one it has no effect on a valid definition.
    """
    return flat_functype(ft, context, ptr_type).core


def flatten_types(ts: Iterable[ValType], ptr_type: PtrType) -> tuple[CoreValType, ...]:
    return tuple(flat for t in ts for flat in flatten_type(t, ptr_type))


@by_identity
def flatten_type(t: ValType, ptr_type: PtrType) -> tuple[CoreValType, ...]:
    match despecialize(t):
        case Prim.BOOL:
            return ("i32",)
        case Prim.U8 | Prim.U16 | Prim.U32:
            return ("i32",)
        case Prim.S8 | Prim.S16 | Prim.S32:
            return ("i32",)
        case Prim.S64 | Prim.U64:
            return ("i64",)
        case Prim.F32:
            return ("f32",)
        case Prim.F64:
            return ("f64",)
        case Prim.CHAR:
            return ("i32",)
        case Prim.STRING:
            return (ptr_type, ptr_type)
        case List(element, length):
            return flatten_list(element, length, ptr_type)
        case Record(fields):
            return flatten_record(fields, ptr_type)
        case Variant(cases):
            return flatten_variant(cases, ptr_type)
        case Flags():
            return ("i32",)
        case Own() | Borrow():
            return ("i32",)
    raise Unsupported(f"values of type {t}")


def flatten_list(elem_type: ValType, maybe_length: int | None, ptr_type: PtrType) -> tuple[CoreValType, ...]:
    if maybe_length is not None:
        flat = flatten_type(elem_type, ptr_type)
        if len(flat) * maybe_length > MAX_FLAT_LIST:
            raise Unsupported(f"fixed-length lists that flatten to more than {MAX_FLAT_LIST} values")
        return flat * maybe_length
    return (ptr_type, ptr_type)


def flatten_record(fields: Fields, ptr_type: PtrType) -> tuple[CoreValType, ...]:
    return flatten_types((t for _, t in fields), ptr_type)


@by_identity
def flatten_variant(cases: Cases, ptr_type: PtrType) -> tuple[CoreValType, ...]:
    """The discriminant's core type, then the payloads', joined slot by slot."""
    flat: list[CoreValType] = []
    for _, t in cases:
        if t is not None:
            for i, ft in enumerate(flatten_type(t, ptr_type)):
                if i < len(flat):
                    flat[i] = join(flat[i], ft)
                else:
                    flat.append(ft)
    return (*flatten_type(discriminant_type(cases), ptr_type), *flat)


def join(a: CoreValType, b: CoreValType) -> CoreValType:
    """The core type that can hold the bits of either."""
    if a == b:
        return a
    if (a == "i32" and b == "f32") or (a == "f32" and b == "i32"):
        return "i32"
    return "i64"


@dataclass(frozen=True, slots=True)
class ValueTypes:
    """A list of types, with all that lifting and lowering such values derives from the types alone.

    *fields* gives each type and the site it is called by in a trap, *area* is the site of the values as a whole;
    *alignment* and *size* are those of a tuple of the types, in bytes.
    """

    fields: Fields
    area: str
    flat_types: tuple[CoreValType, ...]
    alignment: int
    size: int

    @classmethod
    def of(cls, fields: Fields, area: str, ptr_type: PtrType) -> ValueTypes:
        return cls(
            fields,
            area,
            flatten_record(fields, ptr_type),
            alignment_record(fields, ptr_type),
            elem_size_record(fields, ptr_type),
        )


@dataclass(frozen=True, slots=True)
class FlatFuncType:
    """A function type as one canonical definition sees it: its values' types, and its core type."""

    params: ValueTypes
    result: ValueTypes
    core: CoreFuncType


def flat_functype(ft: FuncType, context: Context, ptr_type: PtrType = "i32") -> FlatFuncType:
    """What a canonical definition derives from its function type, worked out once. Raises `Unsupported`."""
    params = ValueTypes.of(tuple((f"param {label}", t) for label, t in ft.params), "params", ptr_type)
    result = ValueTypes.of(() if ft.result is None else (("result", ft.result),), "result", ptr_type)
    flat_params, flat_results = params.flat_types, result.flat_types
    if len(flat_params) > MAX_FLAT_PARAMS:
        flat_params = (ptr_type,)
    if len(flat_results) > MAX_FLAT_RESULTS:
        match context:
            case "lift":
                flat_results = (ptr_type,)
            case "lower":
                flat_params = (*flat_params, ptr_type)
                flat_results = ()
    return FlatFuncType(params, result, CoreFuncType(flat_params, flat_results))
