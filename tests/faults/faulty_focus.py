"""What hunts draw from: all of `generators.blueprints`, or a part of it that says why.

Half of the foci are options of the generator. The others take valid blueprints of it and lay one hostile choice over
them, of one kind: the generator's own hostile layer draws among all kinds, of which some are rare.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from hypothesis import assume
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from msgspec.structs import replace

from fact.model.types import Prim
from generators import Blueprint, blueprints
from generators.blueprint import Hostile, Leaving, Place, RawArgument, ReallocResult, SpilledPointer
from generators.hostile import POINTERS, RAW
from generators.types import spills
from generators.wiring import Node, reached, wire

Choices = Callable[[Blueprint, Node, Place], Iterator[Hostile]]


@dataclass(frozen=True, slots=True)
class Focus:
    strategy: SearchStrategy[Blueprint]
    why: str


@st.composite
def one_of_kind(draw: st.DrawFn, valid: SearchStrategy[Blueprint], choices: Choices) -> Blueprint:
    """A valid blueprint with one of the hostile choices that *choices* sees for the functions that run in it."""
    blueprint = draw(valid)
    guests = [n for n in reached(blueprint, wire(blueprint)) if n.kind == "guest"]
    found = dict.fromkeys(c for node in guests if node.place for c in choices(blueprint, node, node.place))
    assume(found)
    return replace(blueprint, hostile=(draw(st.sampled_from(list(found))),))


def bad_chars(blueprint: Blueprint, node: Node, place: Place) -> Iterator[Hostile]:
    for step, argument in _arguments(blueprint, node, place, Prim.CHAR):
        yield from (RawArgument(place, step, argument, bits) for bits in RAW[Prim.CHAR])


def _arguments(blueprint: Blueprint, node: Node, place: Place, t: Prim) -> Iterator[tuple[int, int]]:
    """Steps and the numbers of their arguments that are of type *t*."""
    for n, (step, callee) in enumerate(_steps(blueprint, node, place)):
        yield from ((n, i) for i, held in enumerate(callee) if held is t)


def pointers(blueprint: Blueprint, node: Node, place: Place) -> Iterator[Hostile]:
    for n, (_, params) in enumerate(_steps(blueprint, node, place)):
        if len(params) > 16:
            yield from (SpilledPointer(place, n, pointer) for pointer in POINTERS)
