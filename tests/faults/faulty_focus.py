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
from generators.blueprint import START, Hostile, Leaving, Place, RawArgument, ReallocResult, Signature, SpilledPointer
from generators.hostile import POINTERS, RAW
from generators.types import spills
from generators.wiring import Node, reached, wire


@dataclass(frozen=True, slots=True)
class Focus:
    """*strategy* and why not simply everything; *why* is empty for everything."""

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


def native_agrees(blueprint: Blueprint) -> bool:
    return not any(isinstance(h, Leaving) and h.where == "post-return" for h in blueprint.hostile)


# -- foci

_VALID = blueprints(max_components=3, hostile=False)

EVERYTHING = Focus(blueprints())

WHERE_NATIVE_AGREES = Focus(
    blueprints(reentrance=False).filter(native_agrees),
    "wasmtime lets post-returns leave, and tests re-entrance through a parent in its own way",
)
FEW_COMPONENTS = Focus(
    blueprints(max_components=2),
    "with more components the case may need a third, which no reduction takes away",
)
BAD_CHARS = Focus(one_of_kind(_VALID, char_arguments), "each bad char is passed to an adapter once in 3000 cases")
POINTERS_OF_CALLERS = Focus(one_of_kind(_VALID, pointers), "each pointer occurs once in 1000 cases")
POINTERS_OF_REALLOC = Focus(one_of_kind(_VALID, realloc_results), "each pointer occurs once in 300 cases")
LEAVING_REALLOC = Focus(one_of_kind(_VALID, leaving_reallocs), "a realloc leaves once in 500 cases")
