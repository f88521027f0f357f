"""What guests' code does: its steps, what it returns, how it fails."""

from __future__ import annotations

from random import Random

from msgspec.structs import replace

from generators.blueprint import Blueprint, Failure, Guest
from generators.frozen import put
from generators.hostile_choices import START
from generators.mutation.images import fresh_image
from generators.mutation.values_bodies import (
    a_step,
    all_steps,
    another_operand,
    atoms_before,
    extended,
    live,
    reordered,
    said_operand,
    told_at,
    with_step,
)
from generators.mutation.words import Found, Weighted
from generators.operands import Const
from generators.rewriting.parts import guest_at, guests_of, steps_of, with_function, with_item

MOST_STEPS = 6


# -- steps


def added(b: Blueprint, random: Random) -> Found:
    """A step more, before others or at the end."""
    places = [(d, i, f) for d, i, guest in guests_of(b) if guest.imports for f in _bodies(guest)
              if len(steps_of(guest, f)) < MOST_STEPS]
    if not places:
        return None
    d, i, f = live(b, places, random, lambda place: place)
    callee = random.randrange(len(guest_at(b, d, i).imports))
    return extended(b, (d, i, f), callee, random), f"a call of import {callee} added in {told_at(d, i, f)}"


def _bodies(guest: Guest) -> tuple[int, ...]:
    """Its functions; and its start function, where that could call something."""
    numbers = tuple(range(len(guest.functions)))
    return (*numbers, START) if guest.lowering == "direct" else numbers


def removed(b: Blueprint, random: Random) -> Found:
    found = a_step(b, random)
    if found is None:
        return None
    (d, i, f), n, steps = found
    order: list[int | None] = [*range(n), *range(n + 1, len(steps))]
    return reordered(b, (d, i, f), order), f"step {n} of {told_at(d, i, f)} removed"


def duplicated(b: Blueprint, random: Random) -> Found:
    found = a_step(b, random)
    if found is None or len(found[2]) >= MOST_STEPS:
        return None
    (d, i, f), n, steps = found
    order: list[int | None] = [*range(n + 1), None, *range(n + 1, len(steps))]
    return reordered(b, (d, i, f), order, steps[n]), f"step {n} of {told_at(d, i, f)} twice"


def swapped(b: Blueprint, random: Random) -> Found:
    places = [at for at, steps in all_steps(b) if len(steps) > 1]
    if not places:
        return None
    d, i, f = live(b, places, random, lambda place: place)
    count = len(steps_of(guest_at(b, d, i), f))
    one, other = random.sample(range(count), 2)
    order: list[int | None] = [other if n == one else one if n == other else n for n in range(count)]
    return reordered(b, (d, i, f), order), f"steps {one} and {other} of {told_at(d, i, f)} swapped"


def way(b: Blueprint, random: Random) -> Found:
    """A step is guarded or not, taken if or for each of something, or only so deep."""
    found = a_step(b, random)
    if found is None:
        return None
    (d, i, f), n, steps = found
    step, atoms = steps[n], atoms_before(guest_at(b, d, i), f, n)
    match random.choice(("guarded", "when", "over", *(("depth",) if f != START else ()))):
        case "guarded":
            step, told = replace(step, guarded=not step.guarded), "guard turned"
        case "when":
            when = random.choice(atoms)[0] if atoms and (step.when is None or random.random() < 0.5) else None
            step, told = replace(step, when=when), "condition changed"
        case "over":
            over = random.choice(atoms)[0] if atoms and (step.over is None or random.random() < 0.4) else None
            step, told = replace(step, over=over), "rounds changed"
        case _:
            depth = random.choice([depth for depth in (0, 1, 2, 3) if depth != step.depth])
            step, told = replace(step, depth=depth), f"depth {step.depth} -> {depth}"
    return with_step(b, (d, i, f), n, step), f"step {n} of {told_at(d, i, f)}: {told}"


def operand(b: Blueprint, random: Random) -> Found:
    """Another argument of a step."""
    places = [(at, n, a) for at, steps in all_steps(b) for n, step in enumerate(steps) for a in range(len(step.args))]
    if not places:
        return None
    (d, i, f), n, a = live(b, places, random, lambda place: place[0])
    guest = guest_at(b, d, i)
    step = steps_of(guest, f)[n]
    t = guest.imports[step.callee].signature.params[a]
    new = another_operand(t, step.args[a], atoms_before(guest, f, n), random)
    changed = replace(step, args=put(step.args, a, new))
    return with_step(b, (d, i, f), n, changed), f"argument {a} of step {n} of {told_at(d, i, f)}: {said_operand(new)}"


# -- functions


def returned(b: Blueprint, random: Random) -> Found:
    """Another result of a function."""
    places = [(d, i, n) for d, i, guest in guests_of(b) for n, f in enumerate(guest.functions)
              if f.signature.result is not None]
    if not places:
        return None
    d, i, n = live(b, places, random, lambda place: place)
    guest = guest_at(b, d, i)
    function = guest.functions[n]
    t = function.signature.result
    assert t is not None
    old = function.returns or Const(t, fresh_image(t, random))
    new = another_operand(t, old, atoms_before(guest, n, len(function.steps)), random)
    changed = with_function(guest, n, replace(function, returns=new))
    return with_item(b, d, i, changed), f"result of {told_at(d, i, n)}: {said_operand(new)}"


def failing(b: Blueprint, random: Random) -> Found:
    """A function fails sometimes, in another way, or no longer."""
    places = [(d, i, n) for d, i, guest in guests_of(b) for n in range(len(guest.functions))]
    if not places:
        return None
    failing_now = [(d, i, n) for d, i, n in places if guest_at(b, d, i).functions[n].fails is not None]
    able = failing_now if failing_now and random.random() < 0.7 else places
    d, i, n = live(b, able, random, lambda place: place)
    guest = guest_at(b, d, i)
    function = guest.functions[n]
    atoms = atoms_before(guest, n, 0)
    fails = None
    if atoms and (function.fails is None or random.random() < 0.4):
        fails = Failure(random.choice(atoms)[0], random.choice(("throw", "unreachable", "load out of bounds")))
    changed = with_function(guest, n, replace(function, fails=fails))
    return with_item(b, d, i, changed), f"{told_at(d, i, n)}: {'fails no more' if fails is None else fails.how}"


STEP_CHANGES: Weighted = (
    (20, added), (12, removed), (6, duplicated), (6, swapped), (16, way), (22, operand), (18, returned), (4, failing),
)
