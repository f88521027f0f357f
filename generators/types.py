"""Scalar types: which there are, how they flatten and how they lie in memory, and strategies for signatures.

Flattening and layout are written here straight from the tables in CanonicalABI.md ("Despecialization" to "Flattening")
and on purpose share nothing with `fact`: a mistake made once would hide on both sides of a comparison.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Literal, TypeAlias

from hypothesis import strategies as st

from fact.model.types import Prim
from generators.blueprint import Signature
from generators.drawing import pick, several

CoreType: TypeAlias = Literal["i32", "i64", "f32", "f64"]

SCALAR_TYPES: tuple[Prim, ...] = (
    Prim.U32, Prim.BOOL, Prim.U8, Prim.S8, Prim.CHAR, Prim.U16, Prim.S16, Prim.S32, Prim.U64, Prim.S64, Prim.F32,
    Prim.F64,
)
"""The simplest first."""

CORE: dict[Prim, CoreType] = {
    **dict.fromkeys((Prim.BOOL, Prim.S8, Prim.U8, Prim.S16, Prim.U16, Prim.S32, Prim.U32, Prim.CHAR), "i32"),
    Prim.S64: "i64", Prim.U64: "i64", Prim.F32: "f32", Prim.F64: "f64",
}
"""The one core value that a scalar flattens to."""

SIZE: dict[Prim, int] = {
    Prim.BOOL: 1, Prim.S8: 1, Prim.U8: 1, Prim.S16: 2, Prim.U16: 2, Prim.S32: 4, Prim.U32: 4, Prim.CHAR: 4, Prim.F32: 4,
    Prim.S64: 8, Prim.U64: 8, Prim.F64: 8,
}
"""Bytes in memory; for scalars also the alignment."""

LOAD: dict[Prim, str] = {
    Prim.BOOL: "i32.load8_u", Prim.S8: "i32.load8_s", Prim.U8: "i32.load8_u", Prim.S16: "i32.load16_s",
    Prim.U16: "i32.load16_u", Prim.S32: "i32.load", Prim.U32: "i32.load", Prim.CHAR: "i32.load", Prim.F32: "f32.load",
    Prim.S64: "i64.load", Prim.U64: "i64.load", Prim.F64: "f64.load",
}

STORE: dict[Prim, str] = {
    Prim.BOOL: "i32.store8", Prim.S8: "i32.store8", Prim.U8: "i32.store8", Prim.S16: "i32.store16",
    Prim.U16: "i32.store16", Prim.S32: "i32.store", Prim.U32: "i32.store", Prim.CHAR: "i32.store",
    Prim.F32: "f32.store", Prim.S64: "i64.store", Prim.U64: "i64.store", Prim.F64: "f64.store",
}

FLAT_LIMIT = 16
"""More flat parameters than this go through memory."""

NARROW: frozenset[Prim] = frozenset({Prim.BOOL, Prim.CHAR, Prim.U8, Prim.S8, Prim.U16, Prim.S16})
"""Types for which the core value can hold what no value of the type stands for."""


def spills(signature: Signature) -> bool:
    """Whether the parameters go through memory."""
    return len(signature.params) > FLAT_LIMIT


@lru_cache(maxsize=4096)
def core_params(signature: Signature) -> tuple[CoreType, ...]:
    return ("i32",) if spills(signature) else tuple(CORE[t] for t in signature.params)


def core_results(signature: Signature) -> tuple[CoreType, ...]:
    return () if signature.result is None else (CORE[signature.result],)


@lru_cache(maxsize=4096)
def area(params: tuple[Prim, ...]) -> tuple[tuple[int, ...], int, int]:
    """The offsets, the size and the alignment of parameters laid out as a tuple in memory."""
    offsets, end, alignment = [], 0, 1
    for t in params:
        size = SIZE[t]
        end = -(-end // size) * size
        offsets.append(end)
        end += size
        alignment = max(alignment, size)
    return tuple(offsets), -(-end // alignment) * alignment, alignment


@lru_cache(maxsize=64)
def signatures(*, types: tuple[Prim, ...] = SCALAR_TYPES, spilled: bool = True) -> st.SearchStrategy[Signature]:
    """Function types: mostly a few parameters, sometimes 16, and when *spilled* sometimes more."""
    return _signature(types, (0,) * 10 + ((17, 16, 18, 20) if spilled else (16,)))


@st.composite
def _signature(draw: st.DrawFn, types: tuple[Prim, ...], lengths: tuple[int, ...]) -> Signature:
    """A few types, repeated to one of *lengths* when that is more. One choice then makes a long one short."""
    pattern = several(draw, lambda: pick(draw, types), least=0, most=5, more=(2,))
    length = pick(draw, lengths)
    result = pick(draw, (*types * -(-10 // len(types)), None, None))
    if pattern and length:
        return Signature(tuple(pattern[i % len(pattern)] for i in range(length)), result)
    return Signature(tuple(pattern), result)
