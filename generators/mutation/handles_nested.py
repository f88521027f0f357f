"""Operations of cases about handles done within others: later, in a hook, or by another instance, in a call."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from msgspec.structs import replace

from generators.handles import HOST, HandleBlueprint
from generators.handles_script import Drop, Empty, Fill, Hook, Invoke, New, Op, Rep, Script
from generators.mutation.handles_instructions import names_of, some_place
from generators.mutation.handles_places import state_at, with_operation_at, with_script_at
from generators.mutation.handles_replayed import scripts_in
from generators.mutation.handles_types import Freshly
from generators.mutation.handles_values import HandleChange, some_operation

HOOKS = ("destructor", "realloc", "post-return")


def hooked(b: HandleBlueprint, random: Random) -> HandleChange:
    """An operation that is done when the guest's destructor, realloc or post-return runs next."""
    place = some_place(b, random, 1)
    if place is None:
        return None
    position = random.randrange(len(place.script))
    count = random.choice((1, 1, 2))
    ops = place.script[position : position + count]
    where = random.choice(("destructor", "destructor", *HOOKS))
    hook = Hook(where, ops)  # type: ignore[arg-type]
    script = (*place.script[:position], hook, *place.script[position + count :])
    return with_script_at(b, place, script), f"{names_of(ops)} at {position} waits for a {where}, {place}"


def unhooked(b: HandleBlueprint, random: Random) -> HandleChange:
    """What waits in a hook done at once; or the hook waits for something else."""
    found = some_operation(b, random, Hook)
    if found is None:
        return None
    place, position, op = found
    assert isinstance(op, Hook)
    if random.random() < 0.5:
        return with_operation_at(b, place, position, *op.script), f"the hook at {position} undone, {place}"
    where = random.choice([w for w in HOOKS if w != op.where])
    changed = replace(op, where=where)
    return with_operation_at(b, place, position, changed), f"the hook at {position} waits for a {where}, {place}"


# -- calls


def delegated(b: HandleBlueprint, random: Random) -> HandleChange:
    """Operations that an instance asks another for, which does what it can of them."""
    place = some_place(b, random, 1)
    if place is None:
        return None
    definition = b.definition(place.instance)
    callees = [k for k in range(len(definition.imports)) if k not in definition.hosts]
    position = random.randrange(len(place.script))
    model = state_at(b, place, position) if callees else None
    if model is None:
        return None
    callee = random.choice(callees)
    args = scripts_in(b, model, random).choices.guest_args(place.instance, callee)
    if args is None:
        return None
    count = random.choice((1, 1, 2, 3))
    ops = place.script[position : position + count]
    entered = b.callee(place.instance, callee).instance
    call = Invoke(callee, *args, tuple(done_by(b, entered, ops, random)), random.randrange(8))
    script = (*place.script[:position], call, *place.script[position + count :])
    return with_script_at(b, place, script), f"{names_of(ops)} at {position} asked of instance {entered}, {place}"


def done_here(b: HandleBlueprint, random: Random) -> HandleChange:
    """In place of a call, or before it, what the callee does, as far as the caller can do it."""
    found = some_operation(b, random, Invoke)
    if found is None:
        return None
    place, position, op = found
    assert isinstance(op, Invoke)
    ops = tuple(done_by(b, place.instance, op.script, random))
    kept = (op,) if random.random() < 0.5 else ()
    if not ops and kept:
        return None
    what = "as well as" if kept else "in place of"
    return with_operation_at(b, place, position, *ops, *kept), f"{names_of(ops)} {what} the call at {position}, {place}"


def done_by(b: HandleBlueprint, instance: int, ops: Script, random: Random) -> Iterator[Op]:
    """*ops* as that instance can do them."""
    definition = b.definition(instance)
    for op in ops:
        match op:
            case New(type=t) | Rep(type=t) | Fill(type=t):
                if definition.resources:
                    yield replace(op, type=definition.imported + t % len(definition.resources))
            case Drop(type=t) | Empty(type=t):
                if definition.types:
                    yield replace(op, type=t % definition.types)
            case Hook(script=script):
                yield replace(op, script=tuple(done_by(b, instance, script, random)))
            case Invoke(callee=callee, script=script, to=to):
                if definition.imports:
                    callee %= len(definition.imports)
                    made = Freshly(Invoke(callee), random)
                    args = tuple(made.image(t) for t in definition.imports[callee].params)
                    entered = b.callee(instance, callee).instance
                    inner = () if entered == HOST else tuple(done_by(b, entered, script, random))
                    yield replace(made.with_args(args), script=inner, to=to)
            case _:
                yield op
