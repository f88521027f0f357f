"""CanonicalABI.md, "Flattening": component types as core types."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, TypeAlias

from fact.abi.layout import alignment_record, elem_size_record
from fact.abi.options import PtrType
from fact.errors import Unsupported
from fact.model.types import CoreFuncType, CoreValType, FuncType, Prim, Tuple, ValType

MAX_FLAT_PARAMS = 16
MAX_FLAT_RESULTS = 1

Context: TypeAlias = Literal["lift", "lower"]


def flatten_functype(ft: FuncType, context: Context, ptr_type: PtrType = "i32") -> CoreFuncType:
    """The core type of a function of type *ft*: what a lift wraps, or what a lower makes.

    *ptr_type* is that of the definition's memory option; without one it has no effect on a valid definition.
    """
    return flat_functype(ft, context, ptr_type).core


def flatten_types(ts: Iterable[ValType], ptr_type: PtrType) -> tuple[CoreValType, ...]:
    return tuple(flat for t in ts for flat in flatten_type(t, ptr_type))


def flatten_type(t: ValType, ptr_type: PtrType) -> tuple[CoreValType, ...]:
    match t:
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
        case Tuple(elements):
            return flatten_types(elements, ptr_type)
    raise Unsupported(f"values of type {t}")


@dataclass(frozen=True, slots=True)
class ValueTypes:
    """A list of types, with all that lifting and lowering such values derives from the types alone.

    *fields* gives each type and the site it is called by in a trap, *area* is the site of the values as a whole;
    *alignment* and *size* are those of a tuple of the types, in bytes.
    """

    fields: tuple[tuple[str, ValType], ...]
    area: str
    flat_types: tuple[CoreValType, ...]
    alignment: int
    size: int

    @classmethod
    def of(cls, fields: tuple[tuple[str, ValType], ...], area: str, ptr_type: PtrType) -> ValueTypes:
        ts = tuple(t for _, t in fields)
        return cls(
            fields, area, flatten_types(ts, ptr_type), alignment_record(ts, ptr_type), elem_size_record(ts, ptr_type)
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
