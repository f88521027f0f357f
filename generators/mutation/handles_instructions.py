"""Changes of what guests do in cases about handles: operations of their scripts."""

from __future__ import annotations

from random import Random

from msgspec.structs import replace

from fact.model.traps import Trap
from generators.frozen import put
from generators.handles import HandleBlueprint
from generators.handles_model import Model
from generators.handles_script import (
    FAILING,
    REGISTERS,
    Copy,
    Drop,
    Empty,
    Fill,
    Invoke,
    New,
    Op,
    Operand,
    Raw,
    Reg,
    Rep,
    Script,
)
from generators.handles_together import special
from generators.handles_values import handles_in
from generators.mutation.handles_places import Place, places, state_at, with_operation_at, with_script_at
from generators.mutation.handles_replayed import scripts_in
from generators.mutation.handles_values import PLACES_TRIED, HandleChange, some_operation
from generators.valtypes import BorrowOf, OwnOf


def some_place(b: HandleBlueprint, random: Random, least: int = 0) -> Place | None:
    """A script of at least so many operations; longer ones more often."""
    there = [p for p in places(b) if len(p.script) >= least]
    return random.choices(there, [1 + len(p.script) for p in there])[0] if there else None


# -- operations that come, go and move


def inserted(b: HandleBlueprint, random: Random, mistakes: int = 0) -> HandleChange:
    """Operations that make sense where they are put in, or are the *mistakes* that they are to make."""
    place = some_place(b, random)
    if place is None:
        return None
    position = random.randrange(len(place.script) + 1)
    model = state_at(b, place, position)
    if model is None:
        return None
    made = _drawn(b, model, place, random, mistakes)
    script = (*place.script[:position], *made, *place.script[position:])
    return (with_script_at(b, place, script), f"{names_of(made)} put in at {position}, {place}") if made else None


def _drawn(b: HandleBlueprint, model: Model, place: Place, random: Random, mistakes: int) -> Script:
    scripts = scripts_in(b, model, random, mistakes)
    made: list[Op] = []
    try:
        if random.random() < (0.7 if mistakes else 0.35):
            special(scripts, place.instance, made, place.depth)
        else:
            scripts.script(place.instance, made, random.choice((1, 1, 2)), place.depth)
    except Trap:
        pass
    return tuple(op for op in made if op != Copy(Raw(0), 0))


def taken_out(b: HandleBlueprint, random: Random) -> HandleChange:
    place = some_place(b, random, 1)
    if place is None:
        return None
    position = random.randrange(len(place.script))
    count = random.choice((1, 1, 1, 2, len(place.script)))
    gone = place.script[position : position + count]
    script = place.script[:position] + place.script[position + count :]
    return with_script_at(b, place, script), f"{names_of(gone)} taken out at {position}, {place}"


def swapped(b: HandleBlueprint, random: Random) -> HandleChange:
    place = some_place(b, random, 2)
    if place is None:
        return None
    first, second = sorted(random.sample(range(len(place.script)), 2))
    script = put(put(place.script, first, place.script[second]), second, place.script[first])
    return with_script_at(b, place, script), f"operations {first} and {second} swapped, {place}"


def repeated(b: HandleBlueprint, random: Random) -> HandleChange:
    """An operation once more, there or at the end: of a handle that is dropped or passed on, a mistake."""
    found = some_operation(b, random)
    if found is None:
        return None
    place, position, op = found
    at = random.choice((position, position, len(place.script) - 1))
    script = (*place.script[: at + 1], op, *place.script[at + 1 :])
    return with_script_at(b, place, script), f"{names_of((op,))} at {position} done again after {at}, {place}"


def moved(b: HandleBlueprint, random: Random) -> HandleChange:
    """Operations of one script done in another, by an instance of the same definition."""
    source = some_place(b, random, 1)
    if source is None:
        return None
    definition = b.instances[source.instance].definition
    others = [p for p in places(b) if b.instances[p.instance].definition == definition and p.path != source.path
              and p.path[: len(source.path)] != source.path]
    if not others:
        return None
    target = random.choice(others)
    position, at = random.randrange(len(source.script)), random.randrange(len(target.script) + 1)
    ops = source.script[position : position + random.choice((1, 1, 2, 3))]
    script = (*target.script[:at], *ops, *target.script[at:])
    return with_script_at(b, target, script), f"{names_of(ops)} of {source} done at {at} of {target}"


# -- handles and registers


def other_handle(b: HandleBlueprint, random: Random) -> HandleChange:
    """Another handle that will do, for one that an operation is about."""
    for _ in range(PLACES_TRIED):
        found = some_operation(b, random, Drop, Rep, Empty, Invoke)
        if found is not None and (made := _other_handle(b, found[0], found[1], found[2], random)) is not None:
            return made
    return None


def _other_handle(b: HandleBlueprint, place: Place, position: int, op: Op, random: Random) -> HandleChange:
    operands = _operands(op)
    model = state_at(b, place, position) if operands else None
    if model is None:
        return None
    n = random.randrange(len(operands))
    choices, old = scripts_in(b, model, random).choices, model.holders[place.instance].value(operands[n])
    there = [i for i, _ in choices.holdings(place.instance, _kind(b, place.instance, op, n)) if i != old]
    if not there:
        return None
    other = choices.operand(place.instance, random.choice(there))
    said = f"handle {_handle(operands[n])} of {names_of((op,))} at {position} is {_handle(other)}, {place}"
    return with_operation_at(b, place, position, _with_operand(op, n, other)), said


def other_register(b: HandleBlueprint, random: Random) -> HandleChange:
    """What an operation gives goes into another register."""
    found = some_operation(b, random, New, Copy, Fill, Invoke)
    if found is None:
        return None
    place, position, op = found
    to = random.randrange(REGISTERS)
    said = f"{names_of((op,))} at {position} puts its handle into register {to}, {place}"
    return with_operation_at(b, place, position, replace(op, to=to)), said


def spoiled(b: HandleBlueprint, random: Random) -> HandleChange:
    """A handle that is none as a rule: beside another, with a bit turned, or any number."""
    found = some_operation(b, random, Drop, Rep, Empty, Copy, Invoke)
    if found is None:
        return None
    place, position, op = found
    operands = _operands(op)
    if not operands:
        return None
    n = random.randrange(len(operands))
    register = getattr(operands[n], "number", 0) % REGISTERS
    ways: tuple[Operand, ...] = (
        Reg(register, random.choice((1, -1, 2))), Reg(register, 0, random.choice((31, 28, 30, 29, 16, 1))),
        Raw(random.choice((0, 1, 2, 3, 63, 64, (1 << 28) - 1, 1 << 28, 0x7FFF_FFFF))), Reg(random.randrange(REGISTERS)),
    )
    wrong = random.choice(ways)
    said = f"handle {_handle(operands[n])} of {names_of((op,))} at {position} is {_handle(wrong)}, {place}"
    return with_operation_at(b, place, position, _with_operand(op, n, wrong)), said


def mistaken(b: HandleBlueprint, random: Random) -> HandleChange:
    """Operations with a mistake in them."""
    return inserted(b, random, mistakes=1)


def failing(b: HandleBlueprint, random: Random) -> HandleChange:
    """A trap or an exception, mostly at the end of a script; or without the one that is there."""
    if (found := some_operation(b, random, *map(type, FAILING))) is not None:
        place, position, op = found
        return with_operation_at(b, place, position), f"{names_of((op,))} at {position} taken out, {place}"
    at = some_place(b, random)
    if at is None:
        return None
    op = random.choice(FAILING)
    return with_script_at(b, at, (*at.script, op)), f"{names_of((op,))} at the end, {at}"


def _kind(b: HandleBlueprint, instance: int, op: Op, n: int) -> OwnOf | BorrowOf:
    if isinstance(op, Invoke):
        params = b.definition(instance).imports[op.callee].params
        return [h for t, image in zip(params, op.args, strict=True) for h in handles_in(t, image)][n]
    assert isinstance(op, Drop | Rep | Empty)
    return BorrowOf(op.type)


def _operands(op: Op) -> tuple[Operand, ...]:
    match op:
        case Invoke(handles=handles):
            return handles
        case Drop(handle=handle) | Rep(handle=handle) | Empty(handle=handle) | Copy(handle=handle):
            return (handle,)
    return ()


def _with_operand(op: Op, n: int, operand: Operand) -> Op:
    if isinstance(op, Invoke):
        return replace(op, handles=put(op.handles, n, operand))
    return replace(op, handle=operand)


def _handle(operand: Operand) -> str:
    if isinstance(operand, Raw):
        return f"number {operand.number}"
    beside = f"{operand.beside:+}" if operand.beside else ""
    return f"register {operand.number}{beside}" + (f", bit {operand.bit} turned" if operand.bit else "")


def names_of(ops: Script) -> str:
    """What operations are called."""
    return ", ".join(type(op).__name__.lower() for op in ops) or "nothing"
