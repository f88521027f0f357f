"""Boundaries with one thing changed."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Literal, TypeAlias

from msgspec.structs import replace

from fact.model.types import Prim
from fuzz.guided.boundary import (
    ENCODINGS,
    MOST_CHANGES,
    REALLOC_WAYS,
    Boundary,
    Poke,
    Raw,
    Side,
    is_possible,
    read_boundary,
    write_boundary,
)
from generators.blueprint import Signature
from generators.mutation.types import changed_type, is_modest
from generators.types import SCALAR_TYPES
from generators.valtypes import ListOf, MapOf, OptionOf, RecordOf, ResultOf, TupleOf, Type, VariantOf

FRESH = 0.02
"""The share of mutations that begin anew."""

MOST_PARAMETERS = 20
TRIES = 8

U8S = ListOf(Prim.U8)
SEEDS = (
    Boundary(Signature((Prim.U32,), Prim.U32)),
    Boundary(Signature((Prim.STRING,), Prim.STRING), Side(encoding="utf16"), Side(encoding="latin1+utf16"), 3, 5, True),
    Boundary(Signature((U8S, Prim.CHAR), ResultOf(Prim.U64, Prim.STRING)), Side("i64"), Side(), 7, 11),
    Boundary(Signature((RecordOf((Prim.U8, OptionOf(Prim.S64), Prim.BOOL)), ListOf(TupleOf((Prim.F32, Prim.S16))))),
             Side("i64"), Side("i64", "utf16"), 13, itself=True),
    Boundary(Signature((Prim.U16,) * 17, VariantOf((Prim.F32, None, Prim.U64))), Side(), Side(), 17, 19),
    Boundary(Signature((MapOf(Prim.STRING, U8S),), ListOf(Prim.STRING)), Side(encoding="latin1+utf16"),
             Side(encoding="utf16", realloc="in place"), 23, 29, True),
)

Change: TypeAlias = Callable[[Boundary, Random], Boundary]


class Mutator:
    """Changes one thing, or a few. What is no boundary becomes one of `SEEDS`."""

    def mutate(self, data: bytes, max_size: int, seed: int) -> bytes:
        random = Random(seed)
        boundary = read_boundary(data)
        if boundary is None or random.random() < FRESH:
            boundary = random.choice(SEEDS)
        smaller = max_size < len(data)
        for _ in range(TRIES):
            changed = boundary
            for _ in range(random.choice((1, 1, 1, 2, 4))):
                changed = mutated(changed, random, _LESS if smaller else _CHANGES)
            if changed != boundary and len(made := write_boundary(changed)) <= max_size:
                return made
        return data[:max_size]

    def cross(self, first: bytes, second: bytes, max_size: int, seed: int) -> bytes:
        random = Random(seed)
        one, other = read_boundary(first), read_boundary(second)
        if one is None or other is None:
            return self.mutate(first, max_size, seed)
        both = crossed(one, other, random)
        if not is_possible(both) or len(made := write_boundary(mutated(both, random, _CHANGES))) > max_size:
            return self.mutate(first, max_size, seed)
        return made


def mutated(b: Boundary, random: Random, changes: tuple[Change, ...]) -> Boundary:
    """*b* with one change, or as it is where nothing of what was tried fits."""
    for _ in range(TRIES):
        changed = random.choice(changes)(b, random)
        if changed != b and is_possible(changed) and all(map(is_modest, changed.signature.params)):
            return changed
    return b


def crossed(b: Boundary, other: Boundary, random: Random) -> Boundary:
    """*b* with something of *other*."""
    signature = b.signature
    match random.randrange(5):
        case 0:
            return replace(b, caller=other.caller, callee=other.callee)
        case 1:
            return replace(b, signature=other.signature)
        case 2:
            return replace(b, signature=Signature(signature.params, other.signature.result), answer=other.answer)
        case 3:
            return replace(b, pokes=other.pokes, raw=other.raw)
    params = (*signature.params, *other.signature.params)[:MOST_PARAMETERS]
    return replace(b, signature=Signature(params, signature.result))


# -- types


def _parameter(b: Boundary, random: Random) -> Boundary:
    params = list(b.signature.params)
    if params:
        at = random.randrange(len(params))
        params[at] = _other(params[at], random)
    return _with(b, params)


def _result(b: Boundary, random: Random) -> Boundary:
    result = b.signature.result
    made = random.choice((Prim.STRING, *SCALAR_TYPES)) if result is None else _other(result, random)
    return replace(b, signature=Signature(b.signature.params, made))


def _more_parameters(b: Boundary, random: Random) -> Boundary:
    params = list(b.signature.params)
    made: Type = random.choice((Prim.STRING, *SCALAR_TYPES, *params))
    at = random.randint(0, len(params))
    params[at:at] = [made] * random.choice((1, 1, 1, 3, 15))
    return _with(b, params)


def _fewer_parameters(b: Boundary, random: Random) -> Boundary:
    params = list(b.signature.params)
    if params:
        del params[random.randrange(len(params)) :: random.choice((1, len(params)))]
    return _with(b, params)


def _no_result(b: Boundary, random: Random) -> Boundary:
    return replace(b, signature=Signature(b.signature.params))


def _turned(b: Boundary, random: Random) -> Boundary:
    """What was a parameter is the result."""
    params = b.signature.params
    if not params:
        return b
    result = random.choice(params)
    return replace(b, signature=Signature(params if random.random() < 0.5 else (), result))


def _smaller_type(b: Boundary, random: Random) -> Boundary:
    """A part of a parameter in its place."""
    params = list(b.signature.params)
    if not params:
        return b
    at = random.randrange(len(params))
    inner = [t for t in (getattr(params[at], name, None) for name in ("element", "payload", "ok", "value")) if t]
    members = getattr(params[at], "fields", getattr(params[at], "elements", getattr(params[at], "cases", ())))
    found = [t for t in (*inner, *members) if t is not None]
    params[at] = random.choice(found) if found else Prim.U8
    return _with(b, params)


def _with(b: Boundary, params: list[Type]) -> Boundary:
    return replace(b, signature=Signature(tuple(params[:MOST_PARAMETERS]), b.signature.result))


def _other(t: Type, random: Random) -> Type:
    return changed_type(t, random, (Prim.STRING, U8S))


# -- options


def _side(b: Boundary, random: Random) -> Boundary:
    name = _one_side(random)
    side: Side = getattr(b, name)
    match random.randrange(4):
        case 0:
            side = replace(side, pointer="i32" if side.pointer == "i64" else "i64")
            if b.itself:
                return replace(b, caller=replace(b.caller, pointer=side.pointer), callee=side)
        case 1:
            side = replace(side, encoding=random.choice(ENCODINGS))
        case 2:
            side = replace(side, realloc=random.choice(REALLOC_WAYS), since=random.choice((0, 0, 1, 1, 2, 5)))
        case _:
            side = replace(side, since=random.randrange(6))
    return replace(b, **{name: side})


def _one_side(random: Random) -> Literal["caller", "callee"]:
    return "caller" if random.random() < 0.6 else "callee"


def _plain_side(b: Boundary, random: Random) -> Boundary:
    return replace(b, **{random.choice(("caller", "callee")): Side()})


def _flag(b: Boundary, random: Random) -> Boundary:
    if random.random() < 0.5:
        return replace(b, post_return=not b.post_return)
    return replace(b, itself=not b.itself, callee=replace(b.callee, pointer=b.caller.pointer))


# -- values


def _values(b: Boundary, random: Random) -> Boundary:
    number = random.choice((0, random.getrandbits(8), random.getrandbits(32)))
    return replace(b, **{random.choice(("arguments", "answer")): number})


BYTES = (0, 1, 2, 0x7F, 0x80, 0xC0, 0xC2, 0xD8, 0xDC, 0xE0, 0xED, 0xF0, 0xF4, 0xFF)


def _poke(b: Boundary, random: Random) -> Boundary:
    side = _one_side(random)
    at = random.choice((random.randrange(16), random.randrange(128), random.randrange(4096)))
    byte = random.choice((*BYTES, random.randrange(256)))
    return replace(b, pokes=(*b.pokes[-MOST_CHANGES + 1 :], Poke(side, at, byte)))


BITS = (0, 1, 2, 3, 0xFF, 0xD800, 0xDFFF, 0x10FFFF, 0x110000, 0xFFFF, 0xFFF8, 0x10000, 0x7FFFFFFF, 0x80000000,
        0xFFFFFFFF, 0x100000000, 0x8000000000000000, 0xFFFFFFFFFFFFFFFF, 0x7FC00001, 0x0FFFFFFF, 0x10000000)

MORE = (1, 2, 4, 8, (1 << 64) - 1, (1 << 64) - 2, 1 << 8, 1 << 16, 1 << 31, 1 << 32, 1 << 63)
"""Added to what is there: what is right but for an alignment, a length, a tag or a half of an address."""


def _raw(b: Boundary, random: Random) -> Boundary:
    side = _one_side(random)
    at = random.choice((0, 0, 1, 1, 2, random.randrange(18)))
    made = Raw(side, at, random.choice((*BITS, random.getrandbits(16), random.getrandbits(64))))
    if random.random() < 0.4:
        made = Raw(side, at, random.choice(MORE), "more")
    kept = tuple(r for r in b.raw if (r.side, r.at) != (side, at))
    return replace(b, raw=(*kept[-MOST_CHANGES + 1 :], made))


def _unchanged(b: Boundary, random: Random) -> Boundary:
    """Without one of the changes to values."""
    if b.pokes and (not b.raw or random.random() < 0.5):
        at = random.randrange(len(b.pokes))
        return replace(b, pokes=b.pokes[:at] + b.pokes[at + 1 :])
    at = random.randrange(len(b.raw)) if b.raw else 0
    return replace(b, raw=b.raw[:at] + b.raw[at + 1 :])


_CHANGES: tuple[Change, ...] = (
    *(_parameter,) * 5, *(_result,) * 4, _more_parameters, _fewer_parameters, _no_result, _turned, *(_side,) * 4, _flag,
    *(_values,) * 5, *(_poke,) * 4, *(_raw,) * 3, *(_unchanged,) * 2, _smaller_type,
)
_LESS: tuple[Change, ...] = (
    _fewer_parameters, _fewer_parameters, _no_result, _unchanged, _unchanged, _plain_side, _values, _smaller_type,
)
