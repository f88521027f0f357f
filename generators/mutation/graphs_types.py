"""Changes of the types of functions in component graphs, wherever they stand: of values first, which leaves core code
as it is; and parameters more or less, which changes its types too."""

from __future__ import annotations

from random import Random

from msgspec.structs import replace

from fact.model.types import Prim
from generators.blueprint import Answer, Behaviour, EchoArgument, HostFunction, Signature
from generators.frozen import put
from generators.graphs import FuncType, GraphBlueprint, Import, InstanceType, Lift, walk
from generators.graphs_changed import retyped
from generators.graphs_signatures import EITHER, PAIR, SIGNATURES
from generators.mutation.graphs_places import GraphChange
from generators.mutation.graphs_values import some_image
from generators.mutation.images import converted
from generators.mutation.words import said_signature
from generators.valtypes import BorrowOf, Image, ListOf, OptionOf, OwnOf, ResultOf, TupleOf, Type

_I32 = (Prim.U32, Prim.S32, Prim.U16, Prim.S16, Prim.U8, Prim.S8, Prim.BOOL)
_I64 = (Prim.U64, Prim.S64)
_BYTES: tuple[Type, ...] = (Prim.STRING, *(ListOf(t) for t in (Prim.U8, Prim.S8, Prim.BOOL, Prim.U16, Prim.U32)))
_EITHER: tuple[Type, ...] = (
    EITHER, OptionOf(Prim.U32), ResultOf(Prim.U8, Prim.S32), ResultOf(Prim.S16, Prim.U32), OptionOf(Prim.BOOL),
)
_MOST_PARAMS = 18


def alike(t: Type) -> tuple[Type, ...]:
    """Types of the same core types, whose values the same code can make."""
    for group in (_I32, _I64, _BYTES, _EITHER):
        if t in group:
            return tuple(u for u in group if u != t)
    match t:
        case Prim.CHAR:
            return (Prim.U32, Prim.U8)
        case TupleOf(elements=(Prim() as first, Prim() as second)):
            ones, others = (first, *alike(first)), (second, *alike(second))
            return tuple(TupleOf((a, c)) for a in ones for c in others if (a, c) != (first, second))
    return ()


def _signatures(b: GraphBlueprint) -> list[Signature]:
    found = dict.fromkeys(d.signature for d in walk(b.body) if isinstance(d, Lift))
    found |= dict.fromkeys(d.type.signature for d in walk(b.body) if isinstance(d, Import) and isinstance(
        d.type, FuncType))
    return [s for s in found if not any(isinstance(t, OwnOf | BorrowOf) for t in (*s.params, s.result))]


def other_value_type(b: GraphBlueprint, random: Random) -> GraphChange:
    """A type in place of another of the same core types."""
    there = [(s, n) for s in _signatures(b) for n, t in enumerate((*s.params, s.result)) if t is not None and alike(t)]
    if not there:
        return None
    old, n = random.choice(there)
    if n == len(old.params):
        assert old.result is not None
        new = replace(old, result=random.choice(alike(old.result)))
    else:
        new = replace(old, params=put(old.params, n, random.choice(alike(old.params[n]))))
    return with_type(b, old, new, random), f"{said_signature(old)} is {said_signature(new)} everywhere"


def other_function_type(b: GraphBlueprint, random: Random) -> GraphChange:
    """A parameter more or less, another result or none: core functions of these types change as well."""
    if not (there := _signatures(b)):
        return None
    old = random.choice(there)
    ways = [replace(old, params=old.params[:n] + old.params[n + 1 :]) for n in range(len(old.params))]
    more = random.choice((Prim.U32, Prim.U64, Prim.F64, *old.params[:1]))
    ways += [replace(old, params=(*old.params, more)), replace(old, params=(*old.params, *(Prim.U32,) * 16))]
    ways += [replace(old, result=None), replace(old, result=random.choice((Prim.U32, Prim.U64, PAIR, EITHER)))]
    new = random.choice([*ways, random.choice(SIGNATURES)])
    if new == old or len(new.params) > _MOST_PARAMS:
        return None
    return with_type(b, old, new, random), f"{said_signature(old)} is {said_signature(new)} everywhere"


def with_type(b: GraphBlueprint, old: Signature, new: Signature, random: Random) -> GraphBlueprint:
    """*b* with *new* for *old*, in what the host passes and answers too."""
    def arguments(before: Signature, after: Signature, args: tuple[Image, ...]) -> tuple[Image, ...]:
        made = [converted(t, u, image, lambda t: some_image(t, random))
                for t, u, image in zip(before.params, after.params, args, strict=False)]
        return (*made, *(some_image(t, random) for t in after.params[len(made):]))

    paths = _host_paths(b, old)
    host = tuple(HostFunction(h.path, _behaviour(h.behaviour, new, random)) if h.path in paths else h for h in b.host)
    return replace(retyped(b, old, new, arguments), host=host)


def _host_paths(b: GraphBlueprint, s: Signature) -> set[tuple[str, ...]]:
    """What the root imports that is a function of that type."""
    found: set[tuple[str, ...]] = set()
    for d in b.body:
        match d:
            case Import(name=name, type=FuncType(signature)) if signature == s:
                found.add((name,))
            case Import(name=name, type=InstanceType(exports=exports)):
                found |= {(name, n) for n, t in exports if t == FuncType(s)}
    return found


def _behaviour(old: Behaviour, s: Signature, random: Random) -> Behaviour:
    match old:
        case Answer(type=t, image=image):
            if s.result is None:
                return Answer()
            if t is None:
                return Answer(s.result, some_image(s.result, random))
            return Answer(s.result, converted(t, s.result, image, lambda u: some_image(u, random)))
        case EchoArgument(index=index) if index >= len(s.params) or s.params[index] != s.result:
            return Answer() if s.result is None else Answer(s.result, some_image(s.result, random))
    return old
