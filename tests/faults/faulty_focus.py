"""What hunts draw from: all of `generators.blueprints`, or a part of it that says why.

Some foci are options of the generator. The others take valid blueprints of it and lay one hostile choice of one kind
over them: the generator's own hostile layer draws among all kinds and values, of which some are rare.
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
from generators.blueprint import (
    START,
    Hostile,
    Leaving,
    Place,
    RawArgument,
    ReallocResult,
    Reentry,
    Signature,
    SpilledPointer,
)
from generators.damage import POINTERS, RAW
from generators.hostile import layered
from generators.layout import spills
from generators.wiring import Node, reached, wire


@dataclass(frozen=True, slots=True)
class Focus:
    """*strategy* and why not simply everything; *why* is empty for everything."""

    name: str
    strategy: SearchStrategy[Blueprint]
    why: str = ""


# -- kinds of hostile choices; each gives those that there are for one function of a guest

Choices = Callable[[Node, Place], Iterator[Hostile]]


def char_arguments(node: Node, place: Place) -> Iterator[Hostile]:
    for n, callee in _steps(node):
        for argument, t in enumerate(callee.params):
            if t is Prim.CHAR:
                yield from (RawArgument(place, n, argument, bits) for bits in RAW[t])


def pointers(node: Node, place: Place) -> Iterator[Hostile]:
    for n, callee in _steps(node):
        if spills(callee):
            yield from (SpilledPointer(place, n, pointer) for pointer in POINTERS)


def realloc_results(node: Node, place: Place) -> Iterator[Hostile]:
    if place.function != START and spills(node.signature):
        yield from (ReallocResult(Place(place.definition, place.item), pointer) for pointer in POINTERS)


def leaving_post_returns(node: Node, place: Place) -> Iterator[Hostile]:
    if node.function is not None and node.function.post_return:
        yield from (Leaving(place, "post-return", n) for n in range(len(node.imports)))


def leaving_reallocs(node: Node, place: Place) -> Iterator[Hostile]:
    if place.function != START and spills(node.signature):
        yield from (Leaving(Place(place.definition, place.item), "realloc", n) for n in range(len(node.imports)))


def _steps(node: Node) -> Iterator[tuple[int, Signature]]:
    """The numbers of the steps that call something, and the types of what they call."""
    assert node.function is not None
    for n, step in enumerate(node.function.steps):
        if (callee := node.imports[step.callee]) is not None:
            yield n, callee.signature


@st.composite
def one_of_kind(draw: st.DrawFn, valid: SearchStrategy[Blueprint], kind: Choices) -> Blueprint:
    """A valid blueprint, and over it one choice of *kind* in a function that its calls reach."""
    blueprint = draw(valid)
    ran = [(n, n.place) for n in reached(blueprint, wire(blueprint)) if n.kind == "guest"]
    found = tuple(dict.fromkeys(choice for node, place in ran if place is not None for choice in kind(node, place)))
    assume(found)
    return replace(blueprint, hostile=(draw(st.sampled_from(found)),))


@st.composite
def re_entering(draw: st.DrawFn, valid: SearchStrategy[Blueprint]) -> Blueprint:
    """What the generator's hostile layer makes of a valid blueprint, if that is a re-entrance."""
    blueprint = layered(draw, draw(valid))
    assume(any(isinstance(h, Reentry) for h in blueprint.hostile))
    return blueprint


def native_agrees(blueprint: Blueprint) -> bool:
    return not any(isinstance(h, Leaving) and h.where == "post-return" for h in blueprint.hostile)


# -- foci

_VALID = blueprints(max_components=2, hostile=False)

EVERYTHING = Focus("everything", blueprints())

WHERE_NATIVE_AGREES = Focus(
    "where native agrees", blueprints(reentrance=False).filter(native_agrees),
    "wasmtime lets post-returns leave, and tests re-entrance through a parent in its own way",
)
FEW_COMPONENTS = Focus(
    "few components", blueprints(max_components=2),
    "a case with more components takes longer to shrink, and may need a third one that no reduction can bypass",
)
THREE_COMPONENTS = Focus(
    "three components", blueprints(max_components=3), "two instances and a caller: no reduction bypasses a fourth",
)
ONE_TYPE = Focus(
    "one type", blueprints(types=(Prim.U32,)), "two host imports are of one type in 1 case of 100",
)
RE_ENTERING = Focus(
    "re-entering", re_entering(blueprints(max_components=3, hostile=False)), "components re-enter in 1 case of 150",
)
BAD_CHARS = Focus(
    "bad chars", one_of_kind(_VALID, char_arguments), "an adapter gets a given bad char in 1 case of 3000",
)
POINTERS_OF_CALLERS = Focus(
    "pointers of callers", one_of_kind(_VALID, pointers), "an adapter gets a given pointer in 1 case of 1000",
)
POINTERS_OF_REALLOC = Focus(
    "pointers of realloc", one_of_kind(_VALID, realloc_results), "realloc returns a given pointer in 1 case of 300",
)
LEAVING_REALLOC = Focus(
    "leaving realloc", one_of_kind(_VALID, leaving_reallocs), "a realloc leaves in 1 case of 500",
)
LEAVING_POST_RETURN = Focus(
    "leaving post-return", one_of_kind(_VALID, leaving_post_returns), "a post-return leaves in 1 case of 150",
)

FOCI = (EVERYTHING, WHERE_NATIVE_AGREES, FEW_COMPONENTS, THREE_COMPONENTS, ONE_TYPE, RE_ENTERING, BAD_CHARS,
        POINTERS_OF_CALLERS, POINTERS_OF_REALLOC, LEAVING_REALLOC, LEAVING_POST_RETURN)
