"""Mutations: a case with one small change that leaves it valid, or with a part of another case.

Pure functions of a blueprint and a `random.Random`: the same state of it gives the same change.
"""

from __future__ import annotations

from random import Random

from generators.blueprint import Blueprint
from generators.families import AnyBlueprint
from generators.graphs import GraphBlueprint
from generators.handles import HandleBlueprint
from generators.mutation.graphs import crossed_graphs, mutated_graph
from generators.mutation.handles import crossed_handles, mutated_handles
from generators.mutation.values import crossed_from, crossed_values, mutated_values
from generators.mutation.words import KINDS, Kind, Mutated
from generators.valtypes import Image, Type

__all__ = ["KINDS", "Kind", "Mutated", "crossed", "mutated"]


def mutated(blueprint: AnyBlueprint, random: Random) -> Mutated | None:
    """*blueprint* with one change, never equal to it; None if nothing of what was tried fits."""
    match blueprint:
        case Blueprint():
            return mutated_values(blueprint, random)
        case HandleBlueprint():
            return mutated_handles(blueprint, random)
        case GraphBlueprint():
            return mutated_graph(blueprint, random)


def crossed(first: AnyBlueprint, second: AnyBlueprint, random: Random) -> Mutated | None:
    """*first* with a part of *second*, never equal to *first*; None if no part of what was tried fits. Of a case of
    another family there are at most values."""
    match first, second:
        case Blueprint(), Blueprint():
            return crossed_values(first, second, random)
        case Blueprint(), GraphBlueprint():
            return crossed_from(first, _passed(second), random)
        case HandleBlueprint(), HandleBlueprint():
            return crossed_handles(first, second, random)
        case GraphBlueprint(), GraphBlueprint():
            return crossed_graphs(first, second, random)
    return None


def _passed(blueprint: GraphBlueprint) -> list[tuple[Type, Image]]:
    """What the host passes in calls."""
    return [pair for call in blueprint.calls for pair in zip(call.signature.params, call.args, strict=True)]
