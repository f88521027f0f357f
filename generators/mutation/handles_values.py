"""Changes of the values in cases about handles: what is passed beside and around handles, counts, representations."""

from __future__ import annotations

from random import Random

from msgspec.structs import replace

from fact.model.traps import Trap
from generators.blueprint import Answer, Behaviour, EchoArgument, HostTrap
from generators.drawing import ByChance
from generators.frozen import put
from generators.handles import FromHost, HandleBlueprint, HostImport
from generators.handles_images import Images
from generators.handles_model import Model
from generators.handles_script import Empty, Fill, Invoke, New, Op, Store
from generators.handles_used import with_definition
from generators.mutation.handles_places import Place, places, state_at, with_operation_at
from generators.mutation.handles_replayed import scripts_in
from generators.mutation.images import changed_image
from generators.mutation.words import said
from generators.valtypes import BorrowOf, OwnOf, walk

HandleChange = tuple[HandleBlueprint, str] | None

REPS = (1, 0, 2, 3, 0xFFFF_FFFF, 0x8000_0000, 0x7FFF_FFFF, 0x1234)
COUNTS = (1, 2, 3, 9, 60, 63, 64, 65, 70, 127, 128, 129, 150, 200)
MOST_COUNT = 200
LONG_IMAGE = 200
"""As text."""

PLACES_TRIED = 5
"""For a change that few places have room for."""


def some_operation(b: HandleBlueprint, random: Random, *kinds: type[Op]) -> tuple[Place, int, Op] | None:
    """An operation of those kinds, any equally likely."""
    there = [(p, n, op) for p in places(b) for n, op in enumerate(p.script) if not kinds or isinstance(op, kinds)]
    return random.choice(there) if there else None


def other_number(b: HandleBlueprint, random: Random) -> HandleChange:
    """A representation, a count, a direction, or what goes into storage."""
    if (found := some_operation(b, random, New, Fill, Empty, Store)) is None:
        return None
    place, position, op = found
    match op:
        case New(rep=old):
            changed: Op = replace(op, rep=random.choice(REPS))
        case Fill(count=old):
            changed = replace(op, count=_count(old, random))
        case Empty(count=old, step=step):
            changed = replace(op, step=-step) if random.random() < 0.2 else replace(op, count=_count(old, random))
        case Store(value=old):
            changed = replace(op, value=random.choice((0, old + 1, 0xFFFF_FFFF, random.getrandbits(32))))
        case _:
            return None
    return with_operation_at(b, place, position, changed), f"{said(op)} at {position} is {said(changed)}, {place}"


def _count(old: int, random: Random) -> int:
    return min(MOST_COUNT, max(1, random.choice((old - 1, old + 1, 2 * old, old // 2, *COUNTS))))


def other_arguments(b: HandleBlueprint, random: Random) -> HandleChange:
    """Other values of the parameters of a call, with whatever handles there are."""
    if random.random() < 0.15:
        return _from_host(b, random)
    for _ in range(PLACES_TRIED):
        found = some_operation(b, random, Invoke)
        if found is not None and (made := _other_arguments(b, found[0], found[1], found[2], random)) is not None:
            return made
    return None


def _other_arguments(b: HandleBlueprint, place: Place, position: int, op: Op, random: Random) -> HandleChange:
    assert isinstance(op, Invoke)
    params = b.definition(place.instance).imports[op.callee].params
    bare = [n for n, t in enumerate(params) if not any(isinstance(u, OwnOf | BorrowOf) for u in walk(t))]
    if bare and random.random() < 0.4:
        n = random.choice(bare)
        image = changed_image(params[n], op.args[n], random)
        changed = replace(op, args=put(op.args, n, image))
        if changed == op or len(str(image)) > LONG_IMAGE:
            return None
        return with_operation_at(b, place, position, changed), f"the call at {position} passes {said(image)}, {place}"
    model = state_at(b, place, position) if params else None
    if model is None:
        return None
    args = scripts_in(b, model, random).choices.guest_args(place.instance, op.callee)
    if args is None or args == (op.args, op.handles):
        return None
    changed = replace(op, args=args[0], handles=args[1])
    return with_operation_at(b, place, position, changed), f"other arguments of the call at {position}, {place}"


def _from_host(b: HandleBlueprint, random: Random) -> HandleChange:
    there = [n for n, call in enumerate(b.calls) if isinstance(call, FromHost)]
    if not there:
        return None
    n = random.choice(there)
    model = Model(b)
    for call in b.calls[:n]:
        try:
            model.call(call)
        except Trap:
            model = Model(b)
    call = b.calls[n]
    assert isinstance(call, FromHost)
    args = scripts_in(b, model, random).choices.host_args(call.export)
    if args is None:
        return None
    return replace(b, calls=put(b.calls, n, replace(call, args=args))), f"the host's call {n} passes {said(args)}"


def other_result(b: HandleBlueprint, random: Random) -> HandleChange:
    """Another value of the type that a function returns, with handles of other registers."""
    there = [(d, n) for d, definition in enumerate(b.definitions) for n, f in enumerate(definition.functions)
             if f.signature.result is not None]
    if not there:
        return None
    d, n = random.choice(there)
    functions = b.definitions[d].functions
    t = functions[n].signature.result
    assert t is not None
    image = Images(ByChance(random).draw, handles=random.choice((0, 0, 1)), few=False).image(t)
    changed = replace(b.definitions[d], functions=put(functions, n, replace(functions[n], returns=image)))
    return with_definition(b, d, changed), f"function {n} of definition {d} returns {said(image)}"


def other_answer(b: HandleBlueprint, random: Random) -> HandleChange:
    """What one of the host's functions gives, or whether it traps."""
    if not b.host_functions:
        return None
    n = random.randrange(len(b.host_functions))
    function = b.host_functions[n]
    result, params = function.signature.result, function.signature.params
    ways: list[Behaviour] = [EchoArgument(i) for i, t in enumerate(params) if t == result]
    if result is None:
        ways.append(Answer())
    else:
        first = 0x900 + random.randrange(0x100)
        ways += [Answer(result, Images(ByChance(random).draw, handles=first).image(result))] * 3
    if random.random() < 0.15:
        ways.append(HostTrap())
    behaviour = random.choice(ways)
    changed = put(b.host_functions, n, HostImport(function.signature, behaviour))
    return replace(b, host_functions=changed), f"the host's function {n} answers {said(behaviour)}"
