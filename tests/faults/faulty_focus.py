"""What hunts draw from: everything, or something less that says why.

Most faults are hunted in the smallest cases that can have them (`faulty_focus_pairs`), some in a part of what the
generators make (here, and `faulty_focus_handles`), a few in everything. In which case of a whole campaign each fault
is found is another question, which `census` answers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from faulty_choices import Choices
from hypothesis import assume
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from msgspec.structs import replace

from fact.model.types import Prim
from generators import Blueprint, blueprints
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


EVERYTHING = Focus("everything", blueprints())

ONE_TYPE = Focus(
    "one type", blueprints(types=(Prim.U32,)),
    "two host imports of one type are what it takes, and there are many types",
)
