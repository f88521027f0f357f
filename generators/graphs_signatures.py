"""Types that functions of component graphs have, and a value of each result."""

from __future__ import annotations

from fact.model.types import Prim
from generators.blueprint import Encoding, Signature
from generators.graphs_core import CoreFunc
from generators.valtypes import Image, ListOf, ResultOf, TupleOf, Type

BYTES, PAIR, EITHER = ListOf(Prim.U8), TupleOf((Prim.U32, Prim.U64)), ResultOf(Prim.U32, Prim.U32)

SIGNATURES: tuple[Signature, ...] = (
    Signature((Prim.U32,), Prim.U32), Signature(()), Signature((), Prim.U32), Signature((Prim.U32,)),
    Signature((Prim.U32, Prim.U32), Prim.U32), Signature((Prim.U64,), Prim.U64), Signature((Prim.F64,), Prim.F64),
    Signature((Prim.CHAR,), Prim.CHAR), Signature((Prim.U32,) * 4, Prim.U32), Signature((Prim.STRING,), Prim.U32),
    Signature((Prim.STRING,), Prim.STRING), Signature((), Prim.STRING), Signature((BYTES,), BYTES),
    Signature((PAIR,), Prim.U64), Signature((Prim.U32,), PAIR), Signature((ResultOf(),), ResultOf()),
    Signature((Prim.U32,), EITHER),
)

ENCODINGS: tuple[Encoding | None, ...] = (None, "utf16", "latin1+utf16")

_OF_CORE: dict[str, Type] = {"i32": Prim.U32, "i64": Prim.U64, "f64": Prim.F64}


def signature_of(t: CoreFunc) -> Signature:
    return Signature(tuple(_OF_CORE[p] for p in t.params), _OF_CORE[t.results[0]] if t.results else None)


def answer(t: Type) -> Image:
    """The image of some value."""
    match t:
        case Prim.STRING:
            return "hé😀"
        case Prim.CHAR:
            return 0x63
        case Prim.F64:
            return 0x3FF8_0000_0000_0000
        case ListOf():
            return (1, 2, 255)
        case TupleOf():
            return (3, 1 << 40)
        case ResultOf(ok=None):
            return (1, 0)
        case ResultOf():
            return (1, 9)
    return 64
