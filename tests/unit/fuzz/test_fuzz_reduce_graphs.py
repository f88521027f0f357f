"""Smaller component graphs: most of them are valid, all are smaller, and a planted fault ends in a handful of lines."""

from __future__ import annotations

from functools import cache
from itertools import islice
from unittest.mock import patch

import pytest
from wasmtime import WasmtimeError, wat2wasm

from fact.run.linkage import Linkage
from fuzz.engines.native import NativeEngine
from fuzz.engines.reference import ReferenceEngine
from fuzz.examine import by_name, examine
from fuzz.hunt import hunt
from fuzz.minimise.graphs import GraphReduction, graph_reductions, graph_size
from fuzz.minimise.graphs_inline import fewer_components, plainer_types
from fuzz.script import from_wast, to_wast
from fuzz.validate import is_valid
from generators.families import render
from generators.graphs import (
    Component,
    GraphBlueprint,
    HostCall,
    Lift,
    walk,
)
from generators.graphs_cases import graph_blueprints
from generators.graphs_repair import repaired, without
from generators.stream import examples

FUEL = 10**8


def valid(b: GraphBlueprint) -> bool:
    try:
        return is_valid(bytes(wat2wasm(render(b).text)))
    except WasmtimeError:
        return False


@cache
def drawn(seed: int, count: int) -> tuple[GraphBlueprint, ...]:
    return tuple(examples(seed, count, graph_blueprints()))


@pytest.mark.parametrize("reduction", graph_reductions(), ids=lambda r: r.__name__)
def test_what_a_reduction_makes_can_be_assembled(reduction: GraphReduction) -> None:
    """All of it, if only aliases and definitions go; what depends on types fits where chance has it."""
    made = list(islice((s for b in drawn(1, 30) for s in islice(reduction(b), 2)), 20))
    assert made
    assert all(isinstance(render(s).text, str) for s in made)
    share = sum(map(valid, made)) / len(made)
    assert share > {"other_fillers": 0.05, "plainer_types": 0.3}.get(reduction.__name__, 0.6)


def test_nothing_is_left_that_refers_to_what_is_gone() -> None:
    invalid = tried = 0
    for b in drawn(2, 8):
        for d in islice(walk(b.body), 0, None, 5):
            smaller = without(b, {d.id})
            assert graph_size(smaller) < graph_size(b)
            assert repaired(smaller) == smaller
            invalid += not valid(smaller)
            tried += 1
    assert invalid < tried / 20, "only where a method's resource type or a needed option has gone"


def test_a_component_gives_way_to_its_definitions() -> None:
    """Only one that is instantiated once; calls then lead to the same functions."""
    found = 0
    for b in drawn(1, 30):
        for smaller in fewer_components(b):
            assert sum(isinstance(d, Component) for d in walk(smaller.body)) < sum(
                isinstance(d, Component) for d in walk(b.body))
            found += smaller.calls == b.calls and valid(smaller)
    assert found > 10


def test_types_change_everywhere() -> None:
    for b in drawn(1, 30):
        for smaller in plainer_types(b):
            old = {d.signature for d in walk(b.body) if isinstance(d, Lift)}
            new = {d.signature for d in walk(smaller.body) if isinstance(d, Lift)}
            assert len(old - new) == 1
            assert not any(isinstance(c, HostCall) and c.signature in old - new for c in smaller.calls)
            assert all(len(c.args) == len(c.signature.params) for c in smaller.calls)


def test_a_planted_fault_ends_small() -> None:
    """Destructors are forgotten by our engines: what is left is a resource that is made and dropped."""
    engines = (NativeEngine(FUEL), ReferenceEngine(FUEL))
    with patch.object(Linkage, "define_resource", lambda self, index: None):
        found = hunt(engines, 5, 60, graph_blueprints(reentrance=False), 5.0)
    assert found is not None, "a destructor is called in one case of thirty"
    smallest = found.case.blueprint
    assert isinstance(smallest, GraphBlueprint)
    assert len(smallest.calls) == 1
    text = render(smallest).text
    original = found.original
    assert isinstance(original, GraphBlueprint)
    assert graph_size(smallest)[2] < graph_size(original)[2] / 1.3
    assert len(text.splitlines()) < 150
    again = from_wast(to_wast(found.case))
    assert again.blueprint == smallest


def test_a_case_that_agrees_is_left_alone() -> None:
    """Reductions say nothing of cases without a divergence."""
    engines = by_name((ReferenceEngine(FUEL),))
    for b in drawn(2, 8)[:3]:
        assert examine(b, engines).divergence is None

