"""What hunts draw from: everything, or something less that says why.

Most faults are hunted in the smallest cases that can have them (`faulty_focus_pairs`), some in a part of what the
generators make (here, and `faulty_focus_handles`), a few in everything. In which case of a whole campaign each fault
is found is another question, which `census` answers.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from faulty_choices import Choices
from hypothesis import assume
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from msgspec.structs import replace

from fact.model.types import Prim
from generators import Blueprint, blueprints
from generators.blueprint import Definition, GuestImport, Ref, Step
from generators.hostile import layered
from generators.hostile_choices import START, Damaged, Hostile, Place, ReallocResult, Reentry
from generators.layout import spills
from generators.operands import Const
from generators.valtypes import Kind, element_of
from generators.values import nth_image
from generators.wiring import reached, wire


@dataclass(frozen=True, slots=True)
class Focus:
    """*strategy*, of blueprints of any family, and why not simply everything; *why* is empty for everything.

    *native*: wasmtime agrees on all of it.
    """

    name: str
    strategy: SearchStrategy[Any]
    why: str = ""
    native: bool = False


@st.composite
def one_of_kind(draw: st.DrawFn, valid: SearchStrategy[Blueprint], kind: Choices) -> Blueprint:
    """A valid blueprint, and over it one choice of *kind* in a function that its calls reach."""
    blueprint = draw(valid)
    ran = [(n, n.place) for n in reached(blueprint, wire(blueprint)) if n.kind == "guest"]
    choices = (c for node, place in ran if place is not None for c in kind(node, place, blueprint.guest(place)))
    found = tuple(dict.fromkeys(choices))
    assume(found)
    return replace(blueprint, hostile=(draw(st.sampled_from(found)),))


@st.composite
def re_entering(draw: st.DrawFn, valid: SearchStrategy[Blueprint]) -> Blueprint:
    """What the generator's hostile layer makes of a valid blueprint, if that is a re-entrance."""
    blueprint = layered(draw, draw(valid))
    assume(any(isinstance(h, Reentry) for h in blueprint.hostile))
    return blueprint


@st.composite
def self_overlapping(draw: st.DrawFn, valid: SearchStrategy[Blueprint]) -> Blueprint:
    """A guest calls its own lift, and realloc gives blocks where one of the arguments is: where memory ends."""
    blueprint = draw(valid)
    found = [
        choice
        for node in reached(blueprint, wire(blueprint)) if node.kind == "guest" and node.place is not None
        for choice in _self_calls(blueprint, node.place)
    ]
    assume(found)
    definition, place, hostile = draw(st.sampled_from(found))
    definitions = [*blueprint.definitions]
    definitions[place.definition] = definition
    where = Place(place.definition, place.item)
    realloc = ReallocResult(where, "last fit", draw(st.sampled_from((0, 1))))
    return replace(blueprint, definitions=tuple(definitions), hostile=(hostile, realloc))


def _self_calls(blueprint: Blueprint, place: Place) -> Iterator[tuple[Definition, Place, Hostile]]:
    """The definition in which the function at *place* calls another of its guest as well, the place, and the argument
    that then is where memory ends."""
    if place.function == START:
        return
    guest = blueprint.guest(place)
    caller = guest.functions[place.function]
    step = len(caller.steps)
    for number, callee in enumerate(guest.functions):
        lists = [n for n, t in enumerate(callee.signature.params) if element_of(t) is not None or t is Prim.STRING]
        if number == place.function or callee.steps or len(lists) < 2 or spills(callee.signature):
            continue
        images = [nth_image(t, 2 + 3 * n) for n, t in enumerate(callee.signature.params)]
        constants = tuple(Const(t, image) for t, image in zip(callee.signature.params, images, strict=True))
        changed = replace(caller, steps=(*caller.steps, Step(len(guest.imports), constants)))
        itself = GuestImport(Ref("item", place.item, (f"f{number}",)), callee.signature, callee.encoding)
        whole = replace(
            guest, imports=(*guest.imports, itself), lowering="indirect", start=(),
            functions=(*guest.functions[: place.function], changed, *guest.functions[place.function + 1 :]),
        )
        definition = blueprint.definitions[place.definition]
        items = (*definition.items[: place.item], whole, *definition.items[place.item + 1 :])
        for n in lists[1:]:
            damaged = Damaged(place, step, n, images[n], (), "pointer", pointer="last fit")
            yield replace(definition, items=items), place, damaged


# -- foci

def _small(*kinds: Kind) -> SearchStrategy[Blueprint]:
    return blueprints(max_components=2, kinds=kinds, hostile=False, memory64=False, reentrance=False)


EVERYTHING = Focus("everything", blueprints())

FEW_COMPONENTS = Focus(
    "few components", blueprints(max_components=2),
    "a case with more components takes longer to shrink, and may need a third one that no reduction can bypass",
)
THREE_COMPONENTS = Focus(
    "three components", blueprints(max_components=3), "two instances and a caller: no reduction bypasses a fourth",
)
ONE_TYPE = Focus(
    "one type", blueprints(types=(Prim.U32,)), "two host imports of one type are what it takes, and there are many types",
)
RE_ENTERING = Focus(
    "re-entering", re_entering(blueprints(max_components=3, hostile=False)),
    "of what the hostile layer does this is one thing among twelve",
)
SELF_OVERLAPPING = Focus(
    "self-overlapping", self_overlapping(_small("string", "list")),
    "a call within one instance, in which realloc returns what is still to be read",
)
