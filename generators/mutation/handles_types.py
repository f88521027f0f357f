"""Changes of the types of functions in cases about handles, wherever they are imported, with calls to match.

Definitions number resource types in their own ways: a change says what becomes of a type without naming any, so that
it means the same everywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import TypeVar

from msgspec.structs import replace

from fact.model.types import Prim
from generators.blueprint import Answer, Signature
from generators.drawing import ByChance
from generators.frozen import put
from generators.handles import HOST, HandleBlueprint, HostImport
from generators.handles_images import PADDING, Images
from generators.handles_retyped import with_signature
from generators.handles_script import Invoke, Raw
from generators.handles_used import with_definition
from generators.handles_values import slots_in
from generators.mutation.handles_values import HandleChange
from generators.mutation.words import said_signature
from generators.typetext import value_types
from generators.valtypes import (
    BorrowOf,
    Image,
    ListOf,
    MapOf,
    OptionOf,
    OwnOf,
    RecordOf,
    ResultOf,
    TupleOf,
    Type,
    VariantOf,
    is_nominal,
    parts,
    walk,
)

MOST_PARTS = 40
"""Of a function's type, not counting `PADDING`."""
MOST_DEEP = 5

T = TypeVar("T")

Fresh = Callable[[Type], Image]

OfType = Callable[[Type], Type]
OfImage = Callable[[Image, Type, Fresh], Image]
"""Of an image of the type before, and the type after."""


@dataclass(frozen=True, slots=True)
class Retyping:
    """What becomes of a type, and of its values."""

    name: str
    type: OfType
    image: OfImage


def _anew(_: Image, t: Type, fresh: Fresh) -> Image:
    return fresh(t)


def _payload(image: Image, t: Type, fresh: Fresh) -> Image:
    """What is in the case of an option, or the only element."""
    if isinstance(image, tuple) and len(image) == 2 and image[0] == 1:
        return image[1]
    return fresh(t)


def _first(image: Image, t: Type, fresh: Fresh) -> Image:
    return image[0] if isinstance(image, tuple) and image else fresh(t)


def _same(image: Image, _: Type, __: Fresh) -> Image:
    return image


WRAPPED: tuple[Retyping, ...] = (
    Retyping("in an option", OptionOf, lambda image, _, __: (1, image)),
    Retyping("in a list", ListOf, lambda image, _, __: (image,)),
    Retyping("in a tuple", lambda t: TupleOf((t,)), lambda image, _, __: (image,)),
    Retyping("in a tuple", lambda t: TupleOf((Prim.U8, t, Prim.U64)), lambda image, _, __: (5, image, 5)),
    Retyping("in a record", lambda t: RecordOf((t, Prim.U64)), lambda image, _, __: (image, 5)),
    Retyping("in a record", lambda t: RecordOf((Prim.STRING, t)), lambda image, _, __: ("né", image)),
    Retyping("in a result", lambda t: ResultOf(t, Prim.STRING), lambda image, _, __: (0, image)),
    Retyping("in an error", lambda t: ResultOf(None, t), lambda image, _, __: (1, image)),
    Retyping("in a variant", lambda t: VariantOf((t, None, Prim.F64)), lambda image, _, __: (0, image)),
    Retyping("in a case of many", lambda t: VariantOf((None,) * 256 + (t,)), lambda image, _, __: (256, image)),
    Retyping("in a map", lambda t: MapOf(Prim.U8, t), lambda image, _, __: ((5, image),)),
    Retyping("in a map by text", lambda t: MapOf(Prim.STRING, t), lambda image, _, __: (("x", image),)),
    Retyping("twice in a tuple", lambda t: TupleOf((t, t)), _anew),
)

_TURNED = Retyping("lent, not given, or the other way round", lambda t: _turned(t), _same)


def _turned(t: Type) -> Type:
    match t:
        case OwnOf(resource=r):
            return BorrowOf(r)
        case BorrowOf(resource=r):
            return OwnOf(r)
        case ListOf(element=element, length=length):
            return ListOf(_turned(element), length)
        case MapOf(key=key, value=value):
            return MapOf(key, _turned(value))
        case TupleOf(elements=elements):
            return TupleOf(tuple(map(_turned, elements)))
        case RecordOf(fields=fields):
            return RecordOf(tuple(map(_turned, fields)))
        case OptionOf(payload=payload):
            return OptionOf(_turned(payload))
        case ResultOf(ok=ok, error=error):
            return ResultOf(ok and _turned(ok), error and _turned(error))
        case VariantOf(cases=cases):
            return VariantOf(tuple(c and _turned(c) for c in cases))
    return t


def _inner(t: Type, random: Random) -> Retyping | None:
    """Without what is around it."""
    match t:
        case OptionOf(payload=_):
            return Retyping("out of its option", lambda t: parts(t)[0], _payload)
        case TupleOf(elements=(_,)) | ListOf():
            return Retyping("out of its list or tuple", lambda t: parts(t)[0], _first)
    inside = [n for n, part in enumerate(parts(t)) if isinstance(part, OwnOf | BorrowOf)]
    if not inside:
        return None
    n = random.choice(inside)
    return Retyping("one handle alone", lambda t: parts(t)[n], _anew)


def _on(t: Type, random: Random) -> Retyping | None:
    """Any change of a parameter or a result."""
    match random.choice(("wrapped", "wrapped", "inner", "inner", "fixed" if random.random() < 0.03 else "inner")):
        case "wrapped":
            return random.choice(WRAPPED)
        case "fixed":
            return Retyping("in a list of two", lambda t: ListOf(t, 2), _anew)
    return _inner(t, random) or random.choice(WRAPPED)


# -- functions


def functions_of(b: HandleBlueprint) -> list[tuple[int, int, Signature]]:
    """Definition (or the host), number and type of each."""
    found = [(HOST, n, f.signature) for n, f in enumerate(b.host_functions)]
    return found + [(d, n, f.signature) for d, definition in enumerate(b.definitions)
                    for n, f in enumerate(definition.functions)]


def other_parameter(b: HandleBlueprint, random: Random) -> HandleChange:
    """Something around a parameter's type, or taken off it; or handles lent in place of given."""
    there = [(d, n, p, t) for d, n, s in functions_of(b) for p, t in enumerate(s.params) if t != PADDING]
    if not there:
        return None
    d, n, p, t = random.choice(there)
    retyping = _TURNED if random.random() < 0.25 else _on(t, random)
    if retyping is None:
        return None

    def change(s: Signature) -> Signature:
        return replace(s, params=put(s.params, p, retyping.type(s.params[p])))

    def call(op: Invoke, s: Signature) -> Invoke:
        made = Freshly(op, random)
        image = retyping.image(op.args[p], retyping.type(s.params[p]), made.image)
        return made.with_args(put(op.args, p, image))

    return retyped(b, d, n, change, call, random, f"parameter {p} {retyping.name}")


def other_parameters(b: HandleBlueprint, random: Random) -> HandleChange:
    """One less, one more like another or of no handles, or two the other way round."""
    there = functions_of(b)
    if not there:
        return None
    d, n, s = random.choice(there)
    count = len(s.params)
    match random.choice(("less", "more", "more", "plain", "swapped")):
        case "less" if count:
            p = random.randrange(count)
            return retyped(
                b, d, n, lambda s: replace(s, params=s.params[:p] + s.params[p + 1 :]),
                lambda op, _: replace(op, args=op.args[:p] + op.args[p + 1 :]), random, f"without parameter {p}")
        case "more" if count and count < 6:
            p = random.randrange(count)
            return retyped(b, d, n, lambda s: replace(s, params=(*s.params, s.params[p])),
                            lambda op, s: _with_one(op, s.params[p], random), random, f"parameter {p} once more")
        case "swapped" if count > 1:
            first, second = random.sample(range(count), 2)
            return retyped(
                b, d, n, lambda s: replace(s, params=_swapped(s.params, first, second)),
                lambda op, _: replace(op, args=_swapped(op.args, first, second)), random,
                f"parameters {first} and {second} swapped")
    plain = random.choice((PADDING, Prim.U8, Prim.STRING, ListOf(Prim.U64), Prim.F64))
    if count > 6:
        return None
    return retyped(b, d, n, lambda s: replace(s, params=(*s.params, plain)),
                    lambda op, _: _with_one(op, plain, random), random, "another parameter, without handles")


def other_result(b: HandleBlueprint, random: Random) -> HandleChange:
    """Something around what is returned, or taken off it; none, or one of the parameters' handles."""
    there = functions_of(b)
    if not there:
        return None
    d, n, s = random.choice(there)
    if s.result is None:
        handles = [u for t in s.params for u in walk(t) if isinstance(u, OwnOf | BorrowOf)]
        if not handles:
            return None
        k = random.randrange(len(handles))

        def returning(s: Signature) -> Signature:
            return replace(s, result=OwnOf([u.resource for t in s.params for u in walk(t)
                                            if isinstance(u, OwnOf | BorrowOf)][k]))

        return retyped(b, d, n, returning, lambda op, _: op, random, "a result like one of its parameters")
    if random.random() < 0.2:
        return retyped(b, d, n, lambda s: replace(s, result=None), lambda op, _: op, random, "no result")
    retyping = _on(s.result, random)
    if retyping is None:
        return None

    def change(s: Signature) -> Signature:
        return replace(s, result=None if s.result is None else retyping.type(s.result))

    return retyped(b, d, n, change, lambda op, _: op, random, f"the result {retyping.name}")


def _swapped(items: tuple[T, ...], first: int, second: int) -> tuple[T, ...]:
    return put(put(items, first, items[second]), second, items[first])


def _with_one(op: Invoke, t: Type, random: Random) -> Invoke:
    made = Freshly(op, random)
    return made.with_args((*op.args, made.image(t)))


class Freshly:
    """New values in a call's arguments, with handles that are to be mended."""

    def __init__(self, op: Invoke, random: Random) -> None:
        self.op, self.random, self.next = op, random, len(op.handles)

    def image(self, t: Type) -> Image:
        image = Images(ByChance(self.random).draw, handles=self.next).image(t)
        self.next += len(slots_in(t, image))
        return image

    def with_args(self, args: tuple[Image, ...]) -> Invoke:
        more = (Raw(0),) * (self.next - len(self.op.handles))
        return replace(self.op, args=args, handles=(*self.op.handles, *more))


def retyped(
    b: HandleBlueprint, d: int, n: int, change: Callable[[Signature], Signature],
    call: Callable[[Invoke, Signature], Invoke], random: Random, said: str,
) -> HandleChange:
    """None where a function cannot have that type."""
    old = next(s for e, m, s in functions_of(b) if (e, m) == (d, n))
    new = change(old)
    if not _allowed(b, d, n, new):
        return None
    after = with_signature(b, d, n, change, call)
    after = _with_answer(b, after, n, random) if d == HOST else _with_returns(b, after, d, n, random)
    who = "the host's" if d == HOST else f"definition {d}'s"
    return after, f"{who} function {n}, {said_signature(old)}: {said}"


def _allowed(b: HandleBlueprint, d: int, n: int, s: Signature) -> bool:
    """Borrowed handles are no results. The host's functions have one at most: wasmtime 50's package ends calls with
    two (host-two-borrows.wast). What the host calls has no records and variants."""
    types: Sequence[Type] = s.params if s.result is None else (*s.params, s.result)
    if sum(1 for t in types if t != PADDING for _ in walk(t)) > MOST_PARTS or any(_depth(t) > MOST_DEEP for t in types):
        return False
    if s.result is not None and any(isinstance(u, BorrowOf) for u in walk(s.result)):
        return False
    if d == HOST:
        lent = sum(isinstance(u, BorrowOf) for t in s.params for u in walk(t))
        return lent <= 1 and not any(_repeats(t) for t in s.params)
    exported = any((b.instances[e.instance].definition, e.index) == (d, n) for e in map(b.behind, b.exports))
    return not exported or not any(map(is_nominal, value_types(s)))


def _repeats(t: Type) -> bool:
    """Whether a borrowed handle may be there several times."""
    return any(isinstance(u, ListOf | MapOf) and any(isinstance(v, BorrowOf) for v in walk(u)) for u in walk(t))


def _depth(t: Type) -> int:
    return 1 + max(map(_depth, parts(t)), default=0)


def _with_answer(before: HandleBlueprint, b: HandleBlueprint, n: int, random: Random) -> HandleBlueprint:
    """With an answer of the type that the host's function returns, where what it did does not do."""
    f = b.host_functions[n]
    result, old = f.signature.result, before.host_functions[n].behaviour
    if f.behaviour == old and (not isinstance(old, Answer) or old.type == result):
        return b
    image = 0 if result is None else Images(ByChance(random).draw, handles=0x900).image(result)
    answering = HostImport(f.signature, Answer(result, image))
    return replace(b, host_functions=put(b.host_functions, n, answering))


def _with_returns(before: HandleBlueprint, b: HandleBlueprint, d: int, n: int, random: Random) -> HandleBlueprint:
    """With a value of the type that is returned."""
    definition = b.definitions[d]
    function = definition.functions[n]
    result = function.signature.result
    if result == before.definitions[d].functions[n].signature.result:
        return b
    returns = 0 if result is None else Images(ByChance(random).draw, few=False).image(result)
    return with_definition(b, d, replace(definition, functions=put(
        definition.functions, n, replace(function, returns=returns))))
