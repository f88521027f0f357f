"""Changes of the values in cases about component graphs: arguments, what the host answers, what calls there are."""

from __future__ import annotations

from random import Random

from msgspec.structs import replace

from fact.model.types import Prim
from generators.blueprint import Answer, EchoArgument, HostFunction, HostTrap
from generators.frozen import put
from generators.graphs import GraphBlueprint, HostCall
from generators.mutation.graphs_places import GraphChange
from generators.mutation.images import changed_image, fresh_image
from generators.mutation.words import said
from generators.valtypes import BorrowOf, Image, OwnOf, Type

_FLOATS = {
    Prim.F64: (0, 1 << 63, 0x3FF0_0000_0000_0000, 0xC004_0000_0000_0000, 0x7FF0_0000_0000_0000, 1),
    Prim.F32: (0, 1 << 31, 0x3F80_0000, 0xC020_0000, 0x7F80_0000, 1),
}


def other_image(t: Type, image: Image, random: Random) -> Image:
    """Not far from *image*; no NaN, whose bits core code may change."""
    if t in (Prim.F32, Prim.F64):
        return random.choice(_FLOATS[t])
    return changed_image(t, image, random)


def some_image(t: Type, random: Random) -> Image:
    """Any, as `other_image`."""
    if t in (Prim.F32, Prim.F64):
        return random.choice(_FLOATS[t])
    return fresh_image(t, random)


def other_argument(b: GraphBlueprint, random: Random) -> GraphChange:
    there = [(n, i) for n, call in enumerate(b.calls) for i, t in enumerate(call.signature.params)
             if not isinstance(t, OwnOf | BorrowOf)]
    if not there:
        return None
    n, i = random.choice(there)
    call = b.calls[n]
    image = other_image(call.signature.params[i], call.args[i], random)
    after = replace(b, calls=put(b.calls, n, replace(call, args=put(call.args, i, image))))
    return after, f"argument {i} of call {n} from {said(call.args[i])} to {said(image)}"


def other_answer(b: GraphBlueprint, random: Random) -> GraphChange:
    if not b.host:
        return None
    n = random.randrange(len(b.host))
    function = b.host[n]
    match function.behaviour:
        case Answer(type=t, image=image) if t is not None:
            ways = [Answer(t, other_image(t, image, random))] * 9 + [HostTrap()]
            behaviour = random.choice(ways)
        case EchoArgument() | HostTrap():
            return None
        case _:
            behaviour = HostTrap()
    after = replace(b, host=put(b.host, n, HostFunction(function.path, behaviour)))
    return after, f"{'#'.join(function.path)} answers {said(behaviour)}"


def other_calls(b: GraphBlueprint, random: Random) -> GraphChange:
    """A call once more, one less, or two the other way round."""
    if not b.calls:
        return None
    n = random.randrange(len(b.calls))
    match random.choice(("again", "less", "swapped")):
        case "again":
            call = b.calls[n]
            args: tuple[Image, ...] = tuple(some_image(t, random) for t in call.signature.params)
            at = random.randrange(len(b.calls) + 1)
            calls = (*b.calls[:at], replace(call, args=args), *b.calls[at:])
            return replace(b, calls=calls), f"{call.export} called again, as call {at}"
        case "less" if len(b.calls) > 1:
            return replace(b, calls=b.calls[:n] + b.calls[n + 1 :]), f"call {n} of {b.calls[n].export} taken out"
    m = random.randrange(len(b.calls))
    swapped: tuple[HostCall, ...] = put(put(b.calls, n, b.calls[m]), m, b.calls[n])
    return replace(b, calls=swapped), f"calls {n} and {m} swapped"
