"""Guests' functions taken apart and put together: steps in another order, one more, other operands."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random
from typing import TypeVar

from msgspec.structs import replace

from generators.axes import EVERYTHING
from generators.blueprint import Blueprint, Function, Guest, Step, function_with_atoms, with_atoms
from generators.bodies import COST_LIMIT
from generators.drawing import ByChance
from generators.frozen import put
from generators.hostile_choices import RESULT, START, Hostile, Place
from generators.inventing import enriched, stepped
from generators.mutation.images import fresh_image
from generators.operands import Atom, CallResult, Const, Operand, Param, plainer_operands, walk
from generators.rewriting.cut import ZERO
from generators.rewriting.parts import guest_at, guests_of, steps_of, with_function, with_item, with_steps
from generators.valtypes import Type, is_scalar
from generators.wiring import reached, wire

At = tuple[int, int, int]
"""Definition, item, function or `START`."""


LIVE = 0.85
"""How often what runs is preferred to what no call comes to."""

T = TypeVar("T")


def live(b: Blueprint, places: Sequence[T], random: Random, at: Callable[[T], tuple[int, ...]]) -> T:
    """One of *places*, mostly of those that run when the case does; *at* gives the definition and the item of one, and
    the function if it is about one."""
    if len(places) > 1 and random.random() < LIVE:
        ran = running(b)
        known = {*ran, *(place[:2] for place in ran)}
        found = [place for place in places if at(place) in known]
        return random.choice(found or places)
    return random.choice(places)


def running(b: Blueprint) -> set[At]:
    """The functions of guests that run when the case does."""
    places = (node.place for node in reached(b, wire(b)) if node.kind == "guest")
    return {(p.definition, p.item, p.function) for p in places if p is not None}


# -- steps


def extended(b: Blueprint, at: At, callee: int, random: Random) -> Blueprint:
    """One step more, a call of import *callee*; the function may return what that gives."""
    d, i, f = at
    guest = guest_at(b, d, i)
    steps = steps_of(guest, f)
    where = len(steps) if random.random() < 0.6 else random.randrange(len(steps) + 1)
    atoms = atoms_before(guest, f, where)
    step = Step(callee, new_arguments(guest, callee, atoms, random))
    step = stepped(ByChance(random).draw, EVERYTHING, step, guest.imports[callee], atoms, 1, COST_LIMIT)
    changed = reordered(b, at, [*range(where), None, *range(where, len(steps))], step)
    given = guest.imports[callee].signature.result
    if f == START or given is None or given != guest.functions[f].signature.result or random.random() < 0.5:
        return changed
    guest = guest_at(changed, d, i)
    returning = replace(guest.functions[f], returns=CallResult(where))
    return with_item(changed, d, i, with_function(guest, f, returning))


# -- operands


def another_operand(t: Type, old: Operand, atoms: Sequence[tuple[Atom, Type]], random: Random) -> Operand:
    """A value of *t* to stand for *old*: something handed on, made of something, or a constant."""
    same = [atom for atom, held in atoms if held == t]
    for _ in range(8):
        match random.randrange(6):
            case 0 if same:
                new: Operand = random.choice(same)
            case 1:
                new = Const(t, fresh_image(t, random))
            case 2 if atoms and is_scalar(t):
                new = random.choice(atoms)[0]
            case 3:
                plainer = list(plainer_operands(old))
                new = random.choice(plainer) if plainer else old
            case 4:
                new = random.choice(same) if same else old
                new = enriched(ByChance(random).draw, EVERYTHING, t, new, list(atoms))
            case _:
                new = enriched(ByChance(random).draw, EVERYTHING, t, old, list(atoms)) if _is_small(old) else old
        if new != old:
            return new
    return Const(t, fresh_image(t, random))


def _is_small(operand: Operand) -> bool:
    return len(list(walk(operand))) <= 6


def new_arguments(
    guest: Guest, callee: int, atoms: Sequence[tuple[Atom, Type]], random: Random
) -> tuple[Operand, ...]:
    """For a call of the guest's import *callee*: what there is of the same type, else constants."""
    args: list[Operand] = []
    for n, t in enumerate(guest.imports[callee].signature.params):
        same = [atom for atom, held in atoms if held == t]
        in_place = Param(n)
        if same and random.random() < 0.7:
            args.append(in_place if in_place in same and random.random() < 0.6 else random.choice(same))
        else:
            args.append(Const(t, fresh_image(t, random)))
    return tuple(args)


def atoms_before(guest: Guest, f: int, before: int) -> list[tuple[Atom, Type]]:
    """What step *before* of a function can use, with the types."""
    params = () if f == START else guest.functions[f].signature.params
    found: list[tuple[Atom, Type]] = [(Param(i), t) for i, t in enumerate(params)]
    results = (guest.imports[step.callee].signature.result for step in steps_of(guest, f)[:before])
    return [*found, *((CallResult(n), t) for n, t in enumerate(results) if t is not None)]


# -- places


def all_steps(b: Blueprint) -> list[tuple[At, tuple[Step, ...]]]:
    return [((d, i, f), steps) for d, i, guest in guests_of(b) for f in (START, *range(len(guest.functions)))
            if (steps := steps_of(guest, f))]


def a_step(b: Blueprint, random: Random) -> tuple[At, int, tuple[Step, ...]] | None:
    places = all_steps(b)
    if not places:
        return None
    at, steps = live(b, places, random, lambda place: place[0])
    return at, random.randrange(len(steps)), steps


def with_step(b: Blueprint, at: At, n: int, step: Step) -> Blueprint:
    d, i, f = at
    guest = guest_at(b, d, i)
    return with_item(b, d, i, with_steps(guest, f, put(steps_of(guest, f), n, step)))


def reordered(b: Blueprint, at: At, order: Sequence[int | None], new: Step | None = None) -> Blueprint:
    """The steps of one function in another order, by their numbers before; None stands for *new*. What is hostile in a
    step goes with it."""
    d, i, f = at
    guest = guest_at(b, d, i)
    old = steps_of(guest, f)
    numbers = {before: now for now, before in enumerate(order) if before is not None}

    def atom(a: Atom) -> Atom:
        if not isinstance(a, CallResult) or a.step not in range(len(old)):
            return a
        return CallResult(numbers[a.step]) if a.step in numbers else ZERO

    steps = tuple(with_atoms(new if before is None and new is not None else old[before or 0], atom) for before in order)
    if f == START:
        guest = replace(guest, start=steps)
    else:
        function: Function = function_with_atoms(replace(guest.functions[f], steps=()), atom)
        guest = with_function(guest, f, replace(function, steps=steps))
    hostile = tuple(moved for h in b.hostile if (moved := _moved(h, Place(d, i, f), numbers)) is not None)
    return replace(with_item(b, d, i, guest), hostile=hostile)


def _moved(h: Hostile, place: Place, numbers: dict[int, int]) -> Hostile | None:
    step = getattr(h, "step", RESULT)
    if h.place != place or step == RESULT:
        return h
    return replace(h, step=numbers[step]) if step in numbers else None


def told_at(d: int, i: int, f: int) -> str:
    return f"{'start' if f == START else f'function {f}'} of definition {d}, item {i}"


def said_operand(operand: Operand) -> str:
    return type(operand).__struct_config__.tag  # type: ignore[return-value]
