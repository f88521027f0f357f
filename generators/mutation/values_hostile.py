"""Hostile choices: one more, one less, another way of being hostile at the same place."""

from __future__ import annotations

from random import Random

from msgspec.structs import replace

from generators.blueprint import Blueprint
from generators.drawing import ByChance
from generators.frozen import put
from generators.hostile import WEIGHTS, conflict
from generators.hostile_choices import Hostile, Place
from generators.hostile_places import Choice, choices
from generators.mutation.values_refined import refined
from generators.mutation.values_settled import MOST_HOSTILE
from generators.mutation.words import Found, Weighted
from generators.reentries import reentering, reentries
from generators.wiring import Node, reached, wire


def added(b: Blueprint, random: Random) -> Found:
    """One hostile choice more, where calls come to."""
    there = _choices(b)
    if not there or len(b.hostile) >= MOST_HOSTILE or (b.hostile and random.random() < 0.7):
        return None
    made = _made(there, random)
    if any(conflict(made, other) for other in b.hostile):
        return None
    return replace(b, hostile=(*b.hostile, made)), f"{told(made)} added"


def another(b: Blueprint, random: Random) -> Found:
    """Another hostile choice in place of one; where there is one, of the same function."""
    if not b.hostile:
        return None
    h = random.randrange(len(b.hostile))
    there = _choices(b)
    if random.random() < 0.7:
        place = b.hostile[h].place
        near = {kind: [c for c in found if c.place == place] for kind, found in there.items()}
        there = {kind: found for kind, found in near.items() if found} or there
    if not there:
        return None
    made = _made(there, random)
    others = b.hostile[:h] + b.hostile[h + 1 :]
    if any(conflict(made, other) for other in others):
        return None
    return replace(b, hostile=put(b.hostile, h, made)), f"{told(b.hostile[h])} -> {told(made)}"


def finer(b: Blueprint, random: Random) -> Found:
    """One thing in a hostile choice: a byte, a pointer, a length, a number, a time."""
    if not b.hostile:
        return None
    h = random.randrange(len(b.hostile))
    made = refined(b, b.hostile[h], random)
    others = b.hostile[:h] + b.hostile[h + 1 :]
    if made is None or any(conflict(made, other) for other in others):
        return None
    return replace(b, hostile=put(b.hostile, h, made)), f"{told(b.hostile[h])} -> {told(made)}"


def removed(b: Blueprint, random: Random) -> Found:
    if not b.hostile:
        return None
    h = random.randrange(len(b.hostile))
    return replace(b, hostile=b.hostile[:h] + b.hostile[h + 1 :]), f"{told(b.hostile[h])} removed"


def reentered(b: Blueprint, random: Random) -> Found:
    """A function calls the child that calls it; instead of what was hostile before."""
    root = wire(b)
    found = reentries(b, root, [node for node in reached(b, root) if node.kind == "guest"])
    if not found:
        return None
    place, ref, callee = random.choice(found)
    return reentering(b, place, ref, callee), f"re-entrance at {_at(place)}"


def told(h: Hostile) -> str:
    """What is hostile, and where."""
    how = [str(value) for value in (getattr(h, name, None) for name in ("damage", "where", "what", "kind", "pointer"))
           if value is not None]
    name = type(h).__struct_config__.tag
    return f"{name} {' '.join(how)} at {_at(h.place)}".replace("  ", " ")


def _at(place: Place) -> str:
    return f"{place.definition}.{place.item}" + (f".{place.function}" if place.function >= 0 else "")


# -- what there is


def _guests(b: Blueprint) -> list[Node]:
    return [node for node in reached(b, wire(b)) if node.kind == "guest"]


def running_guests(b: Blueprint) -> list[Place]:
    """The functions of guests that run when the case does."""
    return [node.place for node in _guests(b) if node.place is not None]


def _choices(b: Blueprint) -> dict[str, list[Choice]]:
    there = choices(b, _guests(b))
    return {kind: there[kind] for kind in WEIGHTS if kind in there}


def _made(there: dict[str, list[Choice]], random: Random) -> Hostile:
    kinds = list(there)
    (kind,) = random.choices(kinds, [WEIGHTS[k] for k in kinds])
    (choice,) = random.choices(there[kind], [c.weight for c in there[kind]])
    return choice.made(ByChance(random).draw)


HOSTILE_CHANGES: Weighted = ((26, added), (16, another), (26, finer), (26, removed), (4, reentered))
