"""Simpler component-level types, everywhere at once, with values of calls that fit."""

from __future__ import annotations

from collections.abc import Iterable

from fuzz.minimise.scripts.fitting import fitted
from fuzz.minimise.scripts.flattened import with_core_signatures
from fuzz.minimise.scripts.passes_definitions import bodies, body_of
from fuzz.minimise.scripts.search import Search
from fuzz.minimise.scripts.shapes import Types, simpler
from fuzz.minimise.scripts.tree import Node, Tree, mapped


def simpler_types(search: Search) -> None:
    """Other value types, and fewer parameters and results of functions."""
    for i, _ in bodies(search.best):
        while _simpler_value_type(search, i):
            pass
        while _simpler_function(search, i):
            pass


def _simpler_value_type(search: Search, index: int) -> bool:
    body = body_of(search.best, index)
    types = Types(body)
    for shape in types.value_shapes():
        names = types.names_of(shape)
        definitions = {name: types.definitions[name] for name in names}
        first = definitions[names[0]]
        assert isinstance(first, Tree)
        for choice in range(sum(1 for _ in simpler(first))):
            made = {name: _chosen(d, choice) for name, d in definitions.items()}
            if _improves(search, index, _with_types(body, made), None):
                return True
    return False


def _chosen(definition: Node, choice: int) -> Node:
    assert isinstance(definition, Tree)
    return list(simpler(definition))[choice]


def _simpler_function(search: Search, index: int) -> bool:
    body = body_of(search.best, index)
    types = Types(body)
    for shape in types.function_shapes():
        names = types.names_of(shape)
        first = types.definitions[names[0]]
        assert isinstance(first, Tree)
        for part in range(1, len(first)):
            made = {name: _without_part(types.definitions[name], part) for name in names}
            dropped = part - 1 if isinstance(first[part], Tree) and first[part][0] == "param" else None
            if _improves(search, index, _with_types(body, made), dropped):
                return True
    return False


def _without_part(definition: Node, part: int) -> Node:
    assert isinstance(definition, Tree)
    return Tree((*definition[:part], *definition[part + 1 :]))


def _with_types(body: Tree, made: dict[str, Node]) -> Tree:
    def change(node: Tree) -> Node:
        if node.head == "type" and len(node) == 3 and str(node[1]) in made:
            return Tree(("type", node[1], made[str(node[1])]))
        return node

    return mapped(body, change)


def _improves(search: Search, index: int, body: Tree, dropped: int | None) -> bool:
    before = body_of(search.best, index)
    for changed in _both(body, with_core_signatures(before, body, dropped)):
        if search.improves(fitted(search.best.with_body(index, changed), index, dropped)):
            return True
    return False


def _both(a: Tree, b: Tree) -> Iterable[Tree]:
    return (a,) if a is b else (b, a)
