"""Value types with one thing changed, somewhere in them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from random import Random
from typing import TypeAlias

from fact.model.types import Prim
from generators.drawing import ByChance
from generators.frozen import put
from generators.layout import flat
from generators.types import MOST_FLAT, SCALAR_TYPES, palette
from generators.valtypes import (
    KINDS,
    BorrowOf,
    EnumOf,
    FlagsOf,
    ListOf,
    MapOf,
    OptionOf,
    OwnOf,
    RecordOf,
    ResultOf,
    TupleOf,
    Type,
    VariantOf,
    parts,
    walk,
)

MOST_PARTS, DEEPEST = 48, 9
"""Different types in one, and constructors within each other, at most."""

FLAGS = (1, 2, 7, 8, 9, 15, 16, 17, 31, 32)
CASES = (1, 2, 3, 5, 127, 128, 254, 255, 256, 257, 300)
LENGTHS = (1, 2, 3, 4, 5, 15, 16, 17, 33)
FIELDS = (1, 2, 3, 15, 16, 17, 33)

_SIMPLE: tuple[Type, ...] = (
    Prim.STRING, Prim.STRING, FlagsOf(1), FlagsOf(9), FlagsOf(32), EnumOf(1), EnumOf(3), EnumOf(256), EnumOf(257),
)
"""What else comes new."""

_NEAR: dict[Prim, tuple[Type, ...]] = {
    Prim.U8: (Prim.S8, Prim.U16, Prim.BOOL, FlagsOf(8), EnumOf(256)), Prim.S8: (Prim.U8, Prim.S16),
    Prim.U16: (Prim.S16, Prim.U32, Prim.U8, FlagsOf(16), EnumOf(257)), Prim.S16: (Prim.U16, Prim.S32, Prim.S8),
    Prim.U32: (Prim.S32, Prim.U64, Prim.U16, Prim.CHAR, Prim.F32, FlagsOf(32)),
    Prim.S32: (Prim.U32, Prim.S64, Prim.S16),
    Prim.U64: (Prim.S64, Prim.U32, Prim.F64), Prim.S64: (Prim.U64, Prim.S32), Prim.F32: (Prim.F64, Prim.U32),
    Prim.F64: (Prim.F32, Prim.U64), Prim.BOOL: (Prim.U8, FlagsOf(1), EnumOf(2)), Prim.CHAR: (Prim.U32, Prim.STRING),
}
"""The next of another sign, wider, narrower, or of the same core type."""

Fresh: TypeAlias = Callable[[], Type]


@lru_cache(maxsize=1024)
def is_modest(t: Type) -> bool:
    """Whether *t* is no larger than types in cases are."""
    return depth(t) <= DEEPEST and len(set(walk(t))) <= MOST_PARTS and len(flat(t, "i32")) <= MOST_FLAT


def depth(t: Type) -> int:
    return 1 + max(map(depth, parts(t)), default=0)


@lru_cache(maxsize=1024)
def has_fixed_lists(t: Type) -> bool:
    """Whether there is a list of fixed length in it, which not every engine knows."""
    return any(isinstance(u, ListOf) and u.length is not None for u in walk(t))


def changed_type(t: Type, random: Random, others: Sequence[Type] = ()) -> Type:
    """*t* with one part of it another type, wrapped, unwrapped, or with more, less or other in it. What comes new is a
    scalar, text, labels, or one of *others*; a list of fixed length only where there are such in either. Handles stay.
    It may be *t* itself, where what was tried does not fit."""

    def fresh() -> Type:
        if others and random.random() < 0.4:
            return random.choice(others)
        return random.choice(_SIMPLE if random.random() < 0.3 else SCALAR_TYPES)

    changed = _changed(t, random, fresh)
    if has_fixed_lists(changed) and not any(map(has_fixed_lists, (t, *others))):
        return t
    return changed if is_modest(changed) else t


def fresh_type(random: Random, fixed: bool = False) -> Type:
    """A type as cases have them, mostly no scalar; with lists of fixed length only if *fixed*."""
    draw = ByChance(random).draw
    kinds = KINDS if fixed else tuple(kind for kind in KINDS if kind != "fixed-length list")
    made = palette(draw, SCALAR_TYPES, kinds, spilled=True).aggregates
    found = [t for t in made if is_modest(t)]
    return random.choice(found) if found else random.choice(SCALAR_TYPES)


def _changed(t: Type, random: Random, fresh: Fresh) -> Type:
    inside = parts(t)
    if inside and random.random() < 0.5:
        return _in_part(t, random, fresh)
    if isinstance(t, OwnOf | BorrowOf):
        return t
    match random.randrange(10):
        case 0:
            return _wrapped(t, random, fresh)
        case 1 if inside:
            return random.choice(inside)
        case 2:
            return fresh()
    return _same_kind(t, random, fresh)


def _in_part(t: Type, random: Random, fresh: Fresh) -> Type:
    """One part changed."""
    match t:
        case ListOf(element=element, length=length):
            return ListOf(_changed(element, random, fresh), length)
        case MapOf(key=key, value=value):
            if random.random() < 0.3:
                return MapOf(random.choice(_KEYS), value)
            return MapOf(key, _changed(value, random, fresh))
        case RecordOf(fields=fields):
            return RecordOf(_one(fields, random, fresh))
        case TupleOf(elements=elements):
            return TupleOf(_one(elements, random, fresh))
        case VariantOf(cases=cases):
            return VariantOf(_one_case(cases, random, fresh))
        case OptionOf(payload=payload):
            return OptionOf(_changed(payload, random, fresh))
        case ResultOf(ok=ok, error=error):
            return ResultOf(*_one_case((ok, error), random, fresh))
    return t


_KEYS = (Prim.STRING, *(t for t in SCALAR_TYPES if t not in (Prim.F32, Prim.F64)))


def _one(fields: tuple[Type, ...], random: Random, fresh: Fresh) -> tuple[Type, ...]:
    at = random.randrange(len(fields))
    return put(fields, at, _changed(fields[at], random, fresh))


def _one_case(cases: tuple[Type | None, ...], random: Random, fresh: Fresh) -> tuple[Type | None, ...]:
    held = [n for n, payload in enumerate(cases) if payload is not None]
    at = random.choice(held)
    payload = cases[at]
    assert payload is not None
    return put(cases, at, _changed(payload, random, fresh))


def _wrapped(t: Type, random: Random, fresh: Fresh) -> Type:
    match random.randrange(9):
        case 0:
            return OptionOf(t)
        case 1:
            return ResultOf(t, None) if random.random() < 0.5 else ResultOf(None, t)
        case 2:
            return ListOf(t)
        case 3:
            return TupleOf((t,))
        case 4:
            return RecordOf((fresh(), t) if random.random() < 0.5 else (t, fresh()))
        case 5:
            return VariantOf((None, t) if random.random() < 0.5 else (t, fresh(), None))
        case 6:
            return ListOf(t, random.choice(LENGTHS[:5]))
        case 7:
            return MapOf(random.choice(_KEYS), t)
    return ResultOf(t, fresh())


def _same_kind(t: Type, random: Random, fresh: Fresh) -> Type:
    """Of the same constructor, with more, less or other in it; or of one that is close."""
    match t:
        case Prim.STRING:
            return random.choice((ListOf(Prim.U8), ListOf(Prim.CHAR), ListOf(Prim.U16), Prim.CHAR))
        case Prim():
            return random.choice(_NEAR[t])
        case ListOf(element=element, length=None):
            plain = element in (Prim.U8, Prim.CHAR, Prim.U16)
            if plain and random.random() < 0.5:
                return Prim.STRING
            ways: tuple[Type, ...] = (MapOf(random.choice(_KEYS), element), ListOf(t), element, OptionOf(element))
            return random.choice((*ways, *(ListOf(element, random.choice(LENGTHS)),) * 4))
        case ListOf(element=element, length=int(length)):
            other = random.choice([n for n in (*LENGTHS, length - 1, length + 1) if n > 0])
            return random.choice((ListOf(element), ListOf(element, other), TupleOf((element,) * min(length, 4))))
        case MapOf(key=key, value=value):
            return random.choice((ListOf(TupleOf((key, value))), MapOf(random.choice(_KEYS), value), ListOf(value)))
        case RecordOf(fields=fields):
            return TupleOf(fields) if random.random() < 0.15 else RecordOf(_fields(fields, random, fresh))
        case TupleOf(elements=elements):
            return RecordOf(elements) if random.random() < 0.15 else TupleOf(_fields(elements, random, fresh))
        case VariantOf(cases=cases):
            if not any(cases) and random.random() < 0.3:
                return EnumOf(len(cases))
            return VariantOf(_cases(cases, random, fresh))
        case EnumOf(count=count):
            return _enum(count, random, fresh)
        case OptionOf(payload=payload):
            return random.choice((ResultOf(payload), VariantOf((None, payload)), ListOf(payload), OptionOf(t)))
        case ResultOf(ok=ok, error=error):
            ways = (ResultOf(error, ok), ResultOf(ok, fresh()), ResultOf(fresh(), error),
                    ResultOf(ok), ResultOf(None, error), VariantOf((ok, error, None)))
            return random.choice(ways)
        case FlagsOf(count=count):
            return FlagsOf(random.choice([n for n in (*FLAGS, count - 1, count + 1) if 0 < n <= 32 and n != count]))
    return t


def _enum(count: int, random: Random, fresh: Fresh) -> Type:
    match random.randrange(5):
        case 0:
            return VariantOf(put((None,) * count, random.randrange(count), fresh()))
        case 1 if count <= 32:
            return FlagsOf(count)
    return EnumOf(random.choice([n for n in (*CASES, count - 1, count + 1) if n > 0 and n != count]))


def _fields(fields: tuple[Type, ...], random: Random, fresh: Fresh) -> tuple[Type, ...]:
    at = random.randrange(len(fields) + 1)
    match random.randrange(6):
        case 0:
            return (*fields[:at], fresh(), *fields[at:])
        case 1 if len(fields) > 1:
            return tuple(random.sample(fields, len(fields)))
        case 2:
            wanted = random.choice(FIELDS)
            return (fields * (wanted // len(fields) + 1))[:wanted]
        case 3 if len(fields) > 1:
            return put(fields, random.randrange(len(fields)), fresh())
        case 4:
            return (*fields[:at], *fields[at : at + 1] * 2, *fields[at + 1 :])
    shorter = (*fields[:at], *fields[at + 1 :])
    return shorter or (fresh(),)


def _cases(cases: tuple[Type | None, ...], random: Random, fresh: Fresh) -> tuple[Type | None, ...]:
    at = random.randrange(len(cases))
    match random.randrange(7):
        case 0:
            return (*cases[:at], fresh(), *cases[at:])
        case 1:
            return (*cases[:at], None, *cases[at:])
        case 2 if len(cases) > 1:
            return (*cases[:at], *cases[at + 1 :])
        case 3 if len(cases) > 1:
            return tuple(random.sample(cases, len(cases)))
        case 4:
            return put(cases, at, None)
        case 5:
            wanted = random.choice(CASES)
            return (*cases[:1], *cases[1 : wanted - 1], *(None,) * (wanted - len(cases)), *cases[-1:])[:wanted]
    return put(cases, at, fresh())
