"""Changes of the encodings of text in component graphs; `graphs_roles` has the other options."""

from __future__ import annotations

from random import Random

from msgspec.structs import replace

from generators.blueprint import Encoding
from generators.graphs import GraphBlueprint, Lift, Lower, walk
from generators.mutation.graphs_places import GraphChange, with_definition

ENCODINGS: tuple[Encoding | None, ...] = (None, "utf8", "utf16", "latin1+utf16")


def other_encoding(b: GraphBlueprint, random: Random) -> GraphChange:
    """Mostly where one is named already, for text as a rule."""
    there = [d for d in walk(b.body) if isinstance(d, Lift | Lower) and d.memory is not None]
    named = [d for d in there if d.encoding is not None]
    if not there:
        return None
    d = random.choice(named if named and random.random() < 0.5 else there)
    encoding = random.choice([e for e in ENCODINGS if e != d.encoding])
    return with_definition(b, d, replace(d, encoding=encoding)), f"{type(d).__name__.lower()} {d.id} in {encoding}"
