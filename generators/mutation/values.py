"""Mutations of the family values: which there are, how often each is tried, and what holds for all of them."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from generators.blueprint import Blueprint
from generators.mutation.values_bounds import USUAL_SIZE, size_of
from generators.mutation.values_edges import EDGE_CHANGES
from generators.mutation.values_hostile import HOSTILE_CHANGES
from generators.mutation.values_options import OPTION_CHANGES
from generators.mutation.values_settled import settled
from generators.mutation.values_splice import SPLICES, Value, one_of_types, one_of_values
from generators.mutation.values_steps import STEP_CHANGES
from generators.mutation.values_types import TYPE_CHANGES
from generators.mutation.values_values import VALUE_CHANGES
from generators.mutation.words import Found, Kind, Mutated, Weighted

CHANGES: dict[Kind, Weighted] = {
    "type": TYPE_CHANGES, "value": VALUE_CHANGES, "option": OPTION_CHANGES, "edge": EDGE_CHANGES,
    "instruction": STEP_CHANGES, "hostile": HOSTILE_CHANGES,
}

_ODDS: dict[Kind, int] = {"type": 22, "value": 22, "option": 16, "edge": 14, "instruction": 14, "hostile": 14}

TRIES = 24


def mutated_values(blueprint: Blueprint, random: Random) -> Mutated | None:
    kinds = list(_ODDS)
    for _ in range(TRIES):
        (kind,) = random.choices(kinds, list(_ODDS.values()))
        if (made := changed_in(blueprint, kind, random)) is not None:
            return made
    return None


def changed_in(blueprint: Blueprint, kind: Kind, random: Random) -> Mutated | None:
    """One change of *kind*; None if what was tried does not fit."""
    changes = CHANGES[kind]
    (_, change), = random.choices(changes, [weight for weight, _ in changes])
    return _checked(blueprint, kind, change(blueprint, random), random)


def crossed_values(first: Blueprint, second: Blueprint, random: Random) -> Mutated | None:
    for _ in range(TRIES):
        (_, splice), = random.choices(SPLICES, [weight for weight, _ in SPLICES])
        if (made := _checked(first, "splice", splice(first, second, random), random)) is not None:
            return made
    return None


def crossed_from(blueprint: Blueprint, values: Sequence[Value], random: Random) -> Mutated | None:
    """*blueprint* with one of *values*, or its type; for cases of other families, which have no more in common."""
    types = [t for t, _ in values]
    for _ in range(TRIES if values else 0):
        found = (one_of_values(blueprint, values, random) if random.random() < 0.6
                 else one_of_types(blueprint, types, random))
        if (made := _checked(blueprint, "splice", found, random)) is not None:
            return made
    return None


def _checked(before: Blueprint, kind: Kind, made: Found, random: Random) -> Mutated | None:
    if made is None:
        return None
    after = settled(before, made[0])
    if after is None or after == before or not _is_kept(before, after, random):
        return None
    return Mutated(after, kind, made[1])


def _is_kept(before: Blueprint, after: Blueprint, random: Random) -> bool:
    """What grows is kept the less often the larger it is."""
    size = size_of(after)
    return size <= USUAL_SIZE or size <= size_of(before) or random.random() < USUAL_SIZE / size / 2
