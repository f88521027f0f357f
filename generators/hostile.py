"""The hostile layer: things core code can do although no host and no correct guest does them.

It goes over a valid blueprint and changes what one or two places do, among those that its calls reach, so that a
divergence has one cause. Everything else stays valid.
"""

from __future__ import annotations

import msgspec
from hypothesis import strategies as st

from generators.axes import EVERYTHING, Axes
from generators.blueprint import Blueprint
from generators.drawing import pick, seldom
from generators.hostile_choices import Damaged, Hostile, Meddling, Place, ReallocResult, ResultPointer, SpilledPointer
from generators.hostile_places import Choice, choices
from generators.reentries import reentering, reentries
from generators.wiring import reached, wire

WEIGHTS: dict[str, int] = {
    "text": 280, "length": 80, "pointer": 130, "discriminant": 80, "flags": 70, "scalar": 100, "junk": 80,
    "raw argument": 35, "raw result": 8, "spilled arguments": 220, "area of a caller": 70, "area of a callee": 50,
    "padding": 25, "realloc pointer": 240, "realloc meddles": 25, "realloc fails": 15, "realloc leaves": 70,
    "post-return meddles": 25, "post-return fails": 5, "post-return leaves": 14, "start fails": 20, "fault": 1,
}
"""How likely each kind is, where there is any: the more often, the fewer blueprints have a place for it."""


def layered(
    draw: st.DrawFn, blueprint: Blueprint, *, reentrance: bool = True, axes: Axes = EVERYTHING
) -> Blueprint:
    """*blueprint* with one hostile choice, sometimes two; often as it is when core code could only trap by itself.

    Of the kinds that *axes* leave; where there is no place for any, *blueprint* stays as it is.
    """
    root = wire(blueprint)
    nodes = [n for n in reached(blueprint, root) if n.kind == "guest"]
    found = reentries(blueprint, root, nodes) if reentrance and axes.on("hostile", "re-entrance") else []
    if found and seldom(draw, 4):
        return reentering(blueprint, *pick(draw, found))
    there = choices(blueprint, nodes, axes)
    if not there or (len(there) == 1 and not seldom(draw, 5)):
        return blueprint
    there = {kind: there[kind] for kind in WEIGHTS if kind in there and axes.on("hostile", kind)}
    drawn: list[Hostile] = []
    for _ in range(pick(draw, (1, 1, 1, 2))):
        if there:
            place, made = _drawn(draw, there)
            if not any(conflict(made, other) for other in drawn):
                drawn.append(made)
            if pick(draw, (True, False)):
                there = _at(place, there) or there
    return msgspec.structs.replace(blueprint, hostile=tuple(drawn))


def _drawn(draw: st.DrawFn, there: dict[str, list[Choice]]) -> tuple[Place, Hostile]:
    """One choice, and the function that it is about; what is left is something else."""
    kind = pick(draw, [kind for kind in there for _ in range(WEIGHTS[kind])])
    choice = there[kind].pop(pick(draw, [i for i, c in enumerate(there[kind]) for _ in range(c.weight)]))
    if not there[kind]:
        del there[kind]
    return choice.place, choice.made(draw)


def _at(place: Place, there: dict[str, list[Choice]]) -> dict[str, list[Choice]]:
    """What can be hostile at one place: in two values of one call, the specification's order decides."""
    found = {kind: [choice for choice in places if choice.place == place] for kind, places in there.items()}
    return {kind: places for kind, places in found.items() if places}


def conflict(a: Hostile, b: Hostile) -> bool:
    """Whether one blueprint cannot have both."""
    return _same(a, b) or _share(a, b)


def _same(a: Hostile, b: Hostile) -> bool:
    """Whether both are about one argument, result, post-return or realloc: only the first would do anything."""
    if isinstance(a, Damaged) and isinstance(b, Damaged):
        return (a.place, a.step, a.argument) == (b.place, b.step, b.argument)
    return isinstance(a, Meddling) and isinstance(b, Meddling) and a.place == b.place


def _share(a: Hostile, b: Hostile) -> bool:
    """Whether both point to one place of one memory, where one could see a float's bytes that the other was given."""
    pointers = ReallocResult, ResultPointer, SpilledPointer, Damaged
    if not isinstance(a, pointers) or not isinstance(b, pointers):
        return False
    same = (a.place.definition, a.place.item) == (b.place.definition, b.place.item)
    return same and a.pointer == b.pointer and a.pointer in ("null", "last fit")
