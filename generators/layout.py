"""How values lie in memory and flatten, for a memory whose addresses are i32 or i64.

Written straight from CanonicalABI.md ("Alignment" to "Element Size", "Flattening") and on purpose sharing nothing with
`fact`: a mistake made once would hide on both sides of a comparison.

How it is independent: of `fact` it takes only the names of the scalar types (`Prim`). Sizes, core types, instructions
and limits stand in tables and constants of its own, typed in from the text; what a type is made of it asks
`generators.valtypes`, whose types have no labels, offsets or flattened forms that a linker has worked out. Everything
that a guest does to a value is generated from these few functions: constants (`constants`), loads and stores
(`copying`), changes (`changing`, `strings`), copies to another memory, even one with other addresses (`building`), and
the log (`observing`). So a guest takes a value apart by its own reading of the specification, and logs what it finds:
an adapter or an engine that lays out anything else leaves other bytes, other padding or other lengths in that log. The
tests of these modules expect sizes and values worked out by hand, never what `fact` says.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Literal, TypeAlias

from fact.model.types import Prim
from generators.blueprint import Signature
from generators.valtypes import BorrowOf, FlagsOf, ListOf, OwnOf, Type, cases_of, fields_of, has_pointers

CoreType: TypeAlias = Literal["i32", "i64", "f32", "f64"]
Pointer: TypeAlias = Literal["i32", "i64"]
"""The type of a memory's addresses."""

CORE: dict[Prim, CoreType] = {
    **dict.fromkeys((Prim.BOOL, Prim.S8, Prim.U8, Prim.S16, Prim.U16, Prim.S32, Prim.U32, Prim.CHAR), "i32"),
    Prim.S64: "i64", Prim.U64: "i64", Prim.F32: "f32", Prim.F64: "f64",
}
"""The one core value that a scalar flattens to."""

SIZE: dict[Prim, int] = {
    Prim.BOOL: 1, Prim.S8: 1, Prim.U8: 1, Prim.S16: 2, Prim.U16: 2, Prim.S32: 4, Prim.U32: 4, Prim.CHAR: 4, Prim.F32: 4,
    Prim.S64: 8, Prim.U64: 8, Prim.F64: 8,
}
"""Bytes in memory of a scalar, which are also its alignment."""

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

UNSIGNED: dict[int, Prim] = {1: Prim.U8, 2: Prim.U16, 4: Prim.U32}
"""By size: how discriminants and flags are stored."""

HANDLE_SIZE = 4
"""Bytes in memory of a handle, in a memory of either kind, which are also its alignment."""

FLAT_LIMIT = 16
"""More flat parameters than this go through memory; so do more results than one."""


def pointer_size(p: Pointer) -> int:
    return 4 if p == "i32" else 8


def tag_of(p: Pointer) -> int:
    """The bit of a length by which latin1+utf16 says that it is UTF-16."""
    return 1 << (8 * pointer_size(p) - 1)


def discriminant_size(cases: int) -> int:
    return 1 if cases <= 1 << 8 else 2 if cases <= 1 << 16 else 4


def flags_size(labels: int) -> int:
    return 1 if labels <= 8 else 2 if labels <= 16 else 4


@lru_cache(maxsize=2048)
def alignment(t: Type, p: Pointer) -> int:
    if (fields := _distinct_fields(t)) is not None:
        return max(alignment(f, p) for f in fields)
    if (cases := cases_of(t)) is not None:
        return max(discriminant_size(len(cases)), payload_alignment(cases, p))
    match t:
        case FlagsOf(count=count):
            return flags_size(count)
        case Prim() if t is not Prim.STRING:
            return SIZE[t]
        case OwnOf() | BorrowOf():
            return HANDLE_SIZE
    return pointer_size(p)


@lru_cache(maxsize=2048)
def size(t: Type, p: Pointer) -> int:
    """Bytes in memory, a multiple of the alignment."""
    match t:
        case ListOf(element=element, length=int(length)):
            return length * size(element, p)
        case FlagsOf(count=count):
            return flags_size(count)
        case Prim() if t is not Prim.STRING:
            return SIZE[t]
        case OwnOf() | BorrowOf():
            return HANDLE_SIZE
    if (fields := fields_of(t)) is not None:
        return area(fields, p)[1]
    if (cases := cases_of(t)) is not None:
        payload = max((size(c, p) for c in set(cases) if c is not None), default=0)
        return aligned(payload_offset(cases, p) + payload, alignment(t, p))
    return 2 * pointer_size(p)


def aligned(address: int, to: int) -> int:
    return -(-address // to) * to


def payload_alignment(cases: Iterable[Type | None], p: Pointer) -> int:
    return max((alignment(c, p) for c in set(cases) if c is not None), default=1)


def payload_offset(cases: tuple[Type | None, ...], p: Pointer) -> int:
    """Where in a variant its payload lies, whichever the case."""
    return aligned(discriminant_size(len(cases)), payload_alignment(cases, p))


@lru_cache(maxsize=1024)
def area(types: tuple[Type, ...], p: Pointer) -> tuple[tuple[int, ...], int, int]:
    """The offsets, the size and the alignment of values laid out as a tuple in memory."""
    offsets, end, most = [], 0, 1
    for t in types:
        to = alignment(t, p)
        end = aligned(end, to)
        offsets.append(end)
        end += size(t, p)
        most = max(most, to)
    return tuple(offsets), aligned(end, most), most


def _distinct_fields(t: Type) -> Iterable[Type] | None:
    """As `fields_of`, a fixed-length list's element but once."""
    return (t.element,) if isinstance(t, ListOf) and t.length is not None else fields_of(t)


# -- flattening


@lru_cache(maxsize=2048)
def flat(t: Type, p: Pointer) -> tuple[CoreType, ...]:
    """The core values that *t* flattens to."""
    match t:
        case Prim() if t is not Prim.STRING:
            return (CORE[t],)
        case FlagsOf() | OwnOf() | BorrowOf():
            return ("i32",)
        case ListOf(element=element, length=int(length)):
            return flat(element, p) * length
    if (fields := fields_of(t)) is not None:
        return tuple(c for f in fields for c in flat(f, p))
    if (cases := cases_of(t)) is not None:
        return ("i32", *_joined(cases, p))
    return (p, p)


def _joined(cases: Iterable[Type | None], p: Pointer) -> list[CoreType]:
    slots: list[CoreType] = []
    for case in dict.fromkeys(cases):
        for i, core in enumerate(() if case is None else flat(case, p)):
            if i < len(slots):
                slots[i] = join(slots[i], core)
            else:
                slots.append(core)
    return slots


def join(a: CoreType, b: CoreType) -> CoreType:
    if a == b:
        return a
    return "i32" if {a, b} == {"i32", "f32"} else "i64"


@lru_cache(maxsize=1024)
def spills(signature: Signature) -> bool:
    """Whether the parameters go through memory."""
    return sum(len(flat(t, "i32")) for t in signature.params) > FLAT_LIMIT


@lru_cache(maxsize=1024)
def spills_result(signature: Signature) -> bool:
    """Whether the result goes through memory."""
    return signature.result is not None and len(flat(signature.result, "i32")) > 1


@lru_cache(maxsize=1024)
def core_params(signature: Signature, p: Pointer) -> tuple[CoreType, ...]:
    """Of a lifted function; a lowered one whose result spills has one more parameter, a pointer."""
    return (p,) if spills(signature) else tuple(c for t in signature.params for c in flat(t, p))


def core_results(signature: Signature, p: Pointer) -> tuple[CoreType, ...]:
    """Of a lifted function; a lowered one whose result spills has none."""
    if signature.result is None:
        return ()
    return (p,) if spills_result(signature) else flat(signature.result, p)


@lru_cache(maxsize=1024)
def lowered_type(signature: Signature, p: Pointer) -> tuple[tuple[CoreType, ...], tuple[CoreType, ...]]:
    """Core parameters and results of a lowered function: a spilled result is written where its last parameter says."""
    if spills_result(signature):
        return (*core_params(signature, p), p), ()
    return core_params(signature, p), core_results(signature, p)


# -- options that a type needs: CanonicalABI.md, "`canonopt` Validation", "`canon lift`", "`canon lower`"


@lru_cache(maxsize=1024)
def takes_pointers(signature: Signature) -> bool:
    """Whether passing the parameters needs memory; a lift needs a realloc as well."""
    return spills(signature) or any(map(has_pointers, signature.params))


@lru_cache(maxsize=1024)
def gives_pointers(signature: Signature) -> bool:
    """Whether the result needs memory."""
    return spills_result(signature) or (signature.result is not None and has_pointers(signature.result))


def lower_needs_realloc(signature: Signature) -> bool:
    return signature.result is not None and has_pointers(signature.result)


def needs_memory(signature: Signature) -> bool:
    return takes_pointers(signature) or gives_pointers(signature)
