"""Vectors made up here, with what the reference makes of them: longer strings, larger and odder types than in files.

What is random about a vector depends on its number alone.
"""

from __future__ import annotations

import math
import random
import struct
from collections.abc import Callable
from dataclasses import replace
from typing import cast, get_args

from test_vectors_reference import Guest, hinted
from vector_form import BASE, HostileRealloc, Lift, LowerFlat, Store, Vector

from fact.abi import (
    CanonicalOptions,
    ComponentInstance,
    CoreValue,
    CoreValueIter,
    LiftLowerContext,
    MemInst,
    Violation,
    alignment,
    elem_size,
    flatten_type,
    lift_flat,
    lower_flat,
    store,
    to_host,
)
from fact.errors import Unsupported
from fact.model.types import (
    INTEGER_RANGES,
    CoreValType,
    EnumType,
    Flags,
    List,
    Map,
    Option,
    Prim,
    PtrType,
    Record,
    Result,
    Tuple,
    ValType,
    Variant,
)
from fact.model.values import Case, Value, cases_of

ENCODINGS = ("utf8", "utf16", "latin1+utf16")
LIFTS = 6

ALPHABETS = ("az 09", "az\x7f\x80", "éÿ\x80a", "aéÿĀ", "߿ࠀé", "日本\uffffa", "\U00010000\U0010ffffa", "a\U0001f600é日")


def vector(number: int) -> Vector:
    rng = random.Random(number)
    t = value_type(rng, 4)
    v = value(rng, t)
    from_, to, pointer = rng.choice(ENCODINGS), rng.choice(ENCODINGS), rng.choice(get_args(PtrType))
    tagged = from_ == "latin1+utf16" and rng.random() < 0.5
    nothing = LowerFlat((), (), b""), Store(BASE, (), b"")
    bare = Vector(
        number, t, v, to, from_, tagged, pointer, elem_size(t, pointer), alignment(t, pointer),
        flatten_type(t, pointer), *nothing, None, (),
    )
    lowered = lower(bare)
    hostile = hostility(rng, bare, lowered)
    full = replace(bare, lower_flat=lowered, store=stored(bare), hostile_realloc=hostile)
    lifts = [lift for _ in range(LIFTS) if (lift := damaged(rng, full)) is not None]
    return replace(full, lifts=tuple(lifts))


# -- what the reference makes of them


def lower(v: Vector) -> LowerFlat:
    guest = Guest(v, BASE)
    values = lower_flat(guest.cx, hinted(v.type, v.value, v), v.type)
    return LowerFlat(tuple(values), tuple(guest.calls), bytes(guest.memory.data[BASE : guest.top]))


def stored(v: Vector) -> Store:
    guest = Guest(v, BASE + v.size)
    store(guest.cx, hinted(v.type, v.value, v), v.type, BASE)
    return Store(BASE, tuple(guest.calls), bytes(guest.memory.data[BASE : guest.top]))


def hostility(rng: random.Random, v: Vector, lowered: LowerFlat) -> HostileRealloc | None:
    if not lowered.realloc:
        return None
    plan = HostileRealloc(rng.randrange(len(lowered.realloc)), rng.choice(("odd", "oob")), False, ())
    guest = Guest(v, BASE, plan)
    traps = False
    try:
        lower_flat(guest.cx, hinted(v.type, v.value, v), v.type)
    except Violation:
        traps = True
    return replace(plan, traps=traps, realloc=tuple(guest.calls))


def damaged(rng: random.Random, v: Vector) -> Lift | None:
    """The value as the reference lowers it, then mostly something changed; None for what the reference does not do."""
    values, memory = list(v.lower_flat.values), bytearray(BASE) + v.lower_flat.memory
    for _ in range(rng.choice((0, 1, 1, 1, 2))):
        match rng.randrange(4):
            case 0 if len(memory) > BASE:
                memory[rng.randrange(BASE, len(memory))] = rng.choice((0, 1, 2, 0x7F, 0x80, 0xC0, 0xD8, 0xDC, 0xFF))
            case 1 if len(memory) > BASE:
                del memory[rng.randrange(BASE, len(memory)) :]
            case 2:
                i = rng.randrange(len(values))
                values[i] = changed(rng, v.flat_types[i], values[i])
            case 3 if len(memory) > BASE + 8:
                i, word = rng.randrange(BASE, len(memory)) // 8 * 8, rng.choice((0, 1, 64, 1 << 28, 1 << 31, 1 << 63))
                memory[i : i + 8] = word.to_bytes(8, "little")[: len(memory) - i]
    options = CanonicalOptions(v.to, MemInst(bytearray(memory), v.pointer))
    try:
        lifted = lift_flat(LiftLowerContext(options, ComponentInstance()), CoreValueIter(values), v.type)
    except Violation:
        return Lift(tuple(values), bytes(memory), None)
    except Unsupported:
        return None
    return Lift(tuple(values), bytes(memory), to_host(lifted))


def changed(rng: random.Random, t: CoreValType, value: CoreValue) -> CoreValue:
    if isinstance(value, float):
        return rng.choice((0.0, -0.0, math.inf, math.nan, value))
    bits = 32 if t == "i32" else 64
    limits = (1 << 28) - 1, 1 << 28, 1 << 31, (1 << 32) - 1, 1 << 63, (1 << 64) - 1
    near = value + 1, value - 1, value ^ 1, value * 2, value | 1 << (bits - 1)
    return rng.choice((0, 1, 2, *near, *limits, 0xD800, 0xDFFF, 0x10FFFF, 0x110000)) % (1 << bits)


# -- types and values


def value_type(rng: random.Random, depth: int) -> ValType:
    if depth == 0 or rng.random() < 0.2:
        primitive: Prim = rng.choice((*Prim, Prim.STRING, Prim.STRING))
        return primitive

    def inner() -> ValType:
        return value_type(rng, depth - 1)

    def payload() -> ValType | None:
        return None if rng.random() < 0.3 else inner()

    shapes: list[Callable[[], ValType]] = [
        lambda: List(inner()),
        lambda: List(inner()),
        lambda: List(inner(), rng.choice((1, 2, 3, 16, 17))),
        lambda: Map(inner(), inner()),
        lambda: Record(tuple((f"f{i}", inner()) for i in range(rng.choice((1, 2, 3, 5))))),
        lambda: Tuple(tuple(inner() for _ in range(rng.choice((1, 2, 3, 4))))),
        lambda: Tuple((inner(),) * rng.choice((15, 16, 17))),
        lambda: Variant(tuple((f"c{i}", payload()) for i in range(rng.choice((1, 2, 3, 5))))),
        lambda: Variant(tuple((f"c{i}", Prim.U16 if i % 3 else None) for i in range(rng.choice((256, 257))))),
        lambda: EnumType(tuple(f"e{i}" for i in range(rng.choice((1, 2, 255, 256, 257))))),
        lambda: Option(inner()),
        lambda: Result(payload(), payload()),
        lambda: Flags(tuple(f"b{i}" for i in range(rng.choice((1, 7, 8, 9, 16, 17, 31, 32))))),
    ]
    return rng.choice(shapes)()


def value(rng: random.Random, t: ValType, room: int = 12) -> Value:
    """*room* bounds the lengths of lists, less for inner ones."""
    match t:
        case Prim.BOOL:
            return rng.random() < 0.5
        case Prim.F32 | Prim.F64:
            return floating(rng, t)
        case Prim.CHAR:
            return rng.choice("aé\ud7ff\ue000\U0010ffff")
        case Prim.STRING:
            return text(rng)
        case Prim():
            low, high = INTEGER_RANGES[t]
            return rng.choice((low, high, 0, 1, rng.randint(low, high)))
        case List(element, length):
            lengths = (0, 1, 2, room, 15, 33, 100) if isinstance(element, (Prim, EnumType)) else (0, 1, 2, room)
            count = rng.choice(lengths) if length is None else length
            return tuple(value(rng, element, room // 3) for _ in range(count))
        case Map(key, item):
            count = rng.choice((0, 1, room))
            return tuple((value(rng, key, room // 3), value(rng, item, room // 3)) for _ in range(count))
        case Record(fields):
            return tuple(value(rng, f, room // 2) for _, f in fields)
        case Tuple(elements):
            return tuple(value(rng, e, room // 2) for e in elements)
        case Variant() | EnumType() | Option() | Result():
            label, payload = rng.choice(cases_of(t))
            return Case(label, None if payload is None else value(rng, payload, room // 2))
        case Flags(labels):
            return frozenset(label for label in labels if rng.random() < 0.5)
    raise ValueError(f"no values of type {t}")


def floating(rng: random.Random, t: ValType) -> float:
    found = rng.choice((0.0, -0.0, 1.5, math.inf, -math.inf, math.nan, rng.uniform(-1e6, 1e6)))
    return cast(float, struct.unpack("<f", struct.pack("<f", found))[0]) if t is Prim.F32 else found


def text(rng: random.Random) -> str:
    """Runs of one script after another, long enough for loops over vectors to begin and to end anywhere."""
    runs = []
    for _ in range(rng.choice((0, 1, 1, 2, 3))):
        alphabet = rng.choice(ALPHABETS)
        runs.append("".join(rng.choices(alphabet, k=rng.choice((1, 2, 7, 15, 16, 17, 31, 33, 64, 70)))))
    return "".join(runs)
