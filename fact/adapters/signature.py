"""How values travel: flattened into core values, or laid out in memory.

CanonicalABI.md, "Alignment", "Element Size" and "Flattening", for 32-bit memories.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from fact.errors import Unsupported
from fact.model.types import CoreFuncType, CoreValType, FuncType, Prim, ValType

MAX_FLAT_PARAMS = 16
MAX_FLAT_RESULTS = 1
POINTER: CoreValType = "i32"

REALLOC = CoreFuncType((POINTER, POINTER, POINTER, POINTER), (POINTER,))
"""Old pointer, old size, alignment, new size."""


def flatten(t: ValType) -> tuple[CoreValType, ...]:
    """The core values that a value of type *t* is passed as; `Unsupported` names a type that is refused."""
    match t:
        case Prim.BOOL | Prim.S8 | Prim.U8 | Prim.S16 | Prim.U16 | Prim.S32 | Prim.U32 | Prim.CHAR:
            return ("i32",)
        case Prim.S64 | Prim.U64:
            return ("i64",)
        case Prim.F32:
            return ("f32",)
        case Prim.F64:
            return ("f64",)
        case _:
            raise Unsupported(f"type {t}")


def flatten_types(ts: Iterable[ValType]) -> tuple[CoreValType, ...]:
    return tuple(flat for t in ts for flat in flatten(t))


def params_spill(ft: FuncType) -> bool:
    """Whether the parameters are too many to be passed flat."""
    return len(flatten_types(ft.param_types)) > MAX_FLAT_PARAMS


def core_type(ft: FuncType) -> CoreFuncType:
    """The core type of a lift or a lower of *ft*: one for both, as long as every result is flat."""
    params: tuple[CoreValType, ...] = (POINTER,) if params_spill(ft) else flatten_types(ft.param_types)
    return CoreFuncType(params, () if ft.result is None else flatten(ft.result))


def post_return_type(ft: FuncType) -> CoreFuncType:
    """Of the `post-return` of a lift of *ft*: it is given the flat results of the callee."""
    return CoreFuncType(core_type(ft).results, ())


# -- layout in memory


def size(t: ValType) -> int:
    """Bytes that a value of type *t* takes in memory."""
    match t:
        case Prim.BOOL | Prim.S8 | Prim.U8:
            return 1
        case Prim.S16 | Prim.U16:
            return 2
        case Prim.S32 | Prim.U32 | Prim.F32 | Prim.CHAR:
            return 4
        case Prim.S64 | Prim.U64 | Prim.F64:
            return 8
        case _:
            raise Unsupported(f"type {t}")


def alignment(t: ValType) -> int:
    """Bytes that the address of a value of type *t* is a multiple of."""
    match t:
        case Prim() if t is not Prim.STRING:
            return size(t)
        case _:
            raise Unsupported(f"type {t}")


@dataclass(frozen=True, slots=True)
class Area:
    """Values laid out one after another as the elements of a tuple: each one's offset, and the whole, in bytes."""

    offsets: tuple[int, ...]
    size: int
    alignment: int


def area(ts: Iterable[ValType]) -> Area:
    offsets: list[int] = []
    end, widest = 0, 1
    for t in ts:
        start = _align_to(end, alignment(t))
        offsets.append(start)
        end, widest = start + size(t), max(widest, alignment(t))
    return Area(tuple(offsets), _align_to(end, widest), widest)


def _align_to(address: int, multiple: int) -> int:
    return -(-address // multiple) * multiple
