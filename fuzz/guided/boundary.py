"""One boundary as data: a function type, the canonical options of both sides, and numbers that values are made of.

A unit of the target `adapters` is one as a line of JSON.
"""

from __future__ import annotations

from typing import Literal, TypeAlias, get_args

import msgspec

from fact.errors import Unsupported
from fact.link.limits import Limits
from fact.model.types import Prim
from fuzz.case import function_type
from generators.blueprint import Encoding, Signature
from generators.layout import Pointer
from generators.valtypes import BorrowOf, EnumOf, FlagsOf, ListOf, MapOf, OwnOf, Type, VariantOf, walk

ReallocWay: TypeAlias = Literal["moves", "in place", "odd", "outside"]
"""*moves*: every block gets a new place; *in place*: one that shrinks stays; *odd*: blocks are a byte off; *outside*:
they are past the end of memory."""
REALLOC_WAYS: tuple[ReallocWay, ...] = get_args(ReallocWay)
ENCODINGS: tuple[Encoding, ...] = get_args(Encoding)


class Side(msgspec.Struct, frozen=True, omit_defaults=True):
    """The caller's, or the callee's, memory and options. *realloc* is what its realloc does from call number *since*
    on; before, and where that is no option, it moves blocks."""

    pointer: Pointer = "i32"
    encoding: Encoding = "utf8"
    realloc: ReallocWay = "moves"
    since: int = 0


class Poke(msgspec.Struct, frozen=True, array_like=True):
    """Byte *at* of what lies in the memory of the caller, for parameters, or of the callee, for the result, is *byte*.
    Past the end it counts from the beginning again."""

    side: Literal["caller", "callee"]
    at: int
    byte: int


class Raw(msgspec.Struct, frozen=True, array_like=True):
    """Core value number *at* that the caller passes, or the callee returns: it *is* these *bits*, or has so much *more*
    than it had."""

    side: Literal["caller", "callee"]
    at: int
    bits: int
    how: Literal["is", "more"] = "is"


class Boundary(msgspec.Struct, frozen=True, omit_defaults=True):
    """*arguments* and *answer* are numbers for `generators.mill`. *itself*: one component instance is both sides, with
    the callee's memory and realloc: their pointers are of one type."""

    signature: Signature
    caller: Side = Side()
    callee: Side = Side()
    arguments: int = 0
    answer: int = 0
    post_return: bool = False
    itself: bool = False
    pokes: tuple[Poke, ...] = ()
    raw: tuple[Raw, ...] = ()


MOST_CHANGES = 16
"""Pokes, or raw values, of one boundary."""

_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(Boundary)


def write_boundary(boundary: Boundary) -> bytes:
    return _ENCODER.encode(boundary) + b"\n"


def read_boundary(data: bytes) -> Boundary | None:
    """None for what is no boundary, or for one of types that do not exist or are larger than validators let pass."""
    try:
        boundary = _DECODER.decode(data)
    except (msgspec.MsgspecError, RecursionError, ValueError):
        return None
    return boundary if is_possible(boundary) else None


def is_possible(boundary: Boundary) -> bool:
    types = boundary.signature.params
    if boundary.signature.result is not None:
        types = (*types, boundary.signature.result)
    numbers = (boundary.arguments, boundary.answer, *(r.bits for r in boundary.raw), *(p.at for p in boundary.pokes))
    try:
        return (
            all(0 <= n < 1 << 64 for n in numbers) and all(0 <= p.byte < 256 for p in boundary.pokes)
            and len(boundary.pokes) <= MOST_CHANGES and len(boundary.raw) <= MOST_CHANGES
            and (not boundary.itself or boundary.caller.pointer == boundary.callee.pointer)
            and all(map(_exists, types)) and _is_small(boundary.signature)
        )
    except RecursionError:
        return False


def _is_small(signature: Signature) -> bool:
    try:
        Limits().check_function(function_type(signature))
    except Unsupported:
        return False
    return True


MOST_CASES = 70_000


def _exists(t: Type) -> bool:
    return all(map(_is_one, walk(t)))


def _is_one(t: Type) -> bool:
    """Whether there is such a type, its parts apart."""
    match t:
        case ListOf(length=int(length)):
            return 1 <= length <= 1000
        case EnumOf(count=count):
            return 1 <= count <= MOST_CASES
        case FlagsOf(count=count):
            return 1 <= count <= 32
        case MapOf(key=key):
            return key not in (Prim.F32, Prim.F64)
        case OwnOf() | BorrowOf():
            return False
        case VariantOf(cases=members):
            return bool(members)
        case ListOf() | Prim():
            return True
    return bool(getattr(t, "fields", getattr(t, "elements", True)))
