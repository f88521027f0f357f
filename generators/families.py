"""The families of cases, and what there is for a case of any: values that cross boundaries (`blueprint`), handles that
do (`handles`), and component graphs of any form (`graphs`)."""

from __future__ import annotations

from functools import lru_cache
from typing import TypeAlias

import msgspec
from hypothesis import strategies as st

from generators import blueprint as values
from generators import components, graphs_text, handles_text, wiring
from generators.axes import EVERYTHING, Axes
from generators.blueprint import Blueprint, Signature
from generators.cases import blueprints
from generators.components import Rendered
from generators.drawing import pick
from generators.graphs import GraphBlueprint
from generators.graphs_cases import graph_blueprints
from generators.handles import HandleBlueprint
from generators.handles_cases import handle_blueprints

AnyBlueprint: TypeAlias = Blueprint | HandleBlueprint | GraphBlueprint

_FAMILIES = (*("values",) * 13, *("handles",) * 4, *("graphs",) * 3)

_OTHERS: tuple[tuple[bytes, msgspec.json.Decoder[HandleBlueprint] | msgspec.json.Decoder[GraphBlueprint]], ...] = (
    (b'{"is":"handles"', msgspec.json.Decoder(HandleBlueprint)),
    (b'{"is":"graphs"', msgspec.json.Decoder(GraphBlueprint)),
)
"""How a line of JSON begins, and what reads it."""


@st.composite
def cases(draw: st.DrawFn, axes: Axes = EVERYTHING) -> AnyBlueprint:
    """A case of any family."""
    match pick(draw, axes.among("family", _FAMILIES)):
        case "handles":
            return draw(handle_blueprints(axes=axes))
        case "graphs":
            return draw(graph_blueprints(axes=axes))
        case _:
            return draw(blueprints(axes=axes))


@lru_cache(maxsize=8)
def swarm(axes: Axes) -> st.SearchStrategy[AnyBlueprint]:
    """`cases`; the same strategy for the same axes."""
    return cases(axes)


def render(blueprint: AnyBlueprint) -> Rendered:
    """The component's text and what belongs to it; a pure function of *blueprint*."""
    if isinstance(blueprint, HandleBlueprint):
        return handles_text.render(blueprint)
    if isinstance(blueprint, GraphBlueprint):
        return graphs_text.render(blueprint)
    return components.render(blueprint)


def called_signatures(blueprint: AnyBlueprint) -> tuple[Signature, ...]:
    """The type of the function that each call calls."""
    if isinstance(blueprint, HandleBlueprint):
        return handles_text.signatures(blueprint)
    if isinstance(blueprint, GraphBlueprint):
        return graphs_text.signatures(blueprint)
    return tuple(node.signature for node in wiring.called(blueprint, wiring.wire(blueprint)))


def to_json(blueprint: AnyBlueprint) -> str:
    """One line of JSON; equal blueprints give equal lines."""
    return values.to_json(blueprint)


def from_json(line: str | bytes) -> AnyBlueprint:
    """The inverse of `to_json`; `ValueError` says where the line is not a blueprint."""
    data = line.encode() if isinstance(line, str) else line
    for beginning, decoder in _OTHERS:
        if data.startswith(beginning):
            try:
                return decoder.decode(data)
            except (msgspec.MsgspecError, RecursionError) as error:
                raise ValueError(f"not a blueprint: {error}") from error
    return values.from_json(data)
