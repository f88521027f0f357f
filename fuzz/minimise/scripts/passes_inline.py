"""Flatter components: nested ones dissolved, instances and names that only stand for something left out."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from fuzz.minimise.scripts.inlining import dissolved, nested_components
from fuzz.minimise.scripts.passes_definitions import bodies, body_of
from fuzz.minimise.scripts.search import Search
from fuzz.minimise.scripts.splitting import instance_imports, taken_apart
from fuzz.minimise.scripts.straight import exported_again, stand_ins, without_stand_ins
from fuzz.minimise.scripts.tree import Tree

_STAYING = (frozenset[str](), frozenset({"type"}))
"""The sorts of exports that stay: types, where the component around exports what has them in it."""


def fewer_components(search: Search) -> None:
    """Each nested component by itself, from the outside in and from the inside out, until none can be dissolved."""
    for i, _ in bodies(search.best):
        while _dissolves_one(search, i, outer_first=True) | _dissolves_one(search, i, outer_first=False):
            pass


def _dissolves_one(search: Search, index: int, *, outer_first: bool) -> bool:
    names = nested_components(body_of(search.best, index))
    improved = False
    for name in names if outer_first else reversed(names):
        improved |= any(_dissolves(search, index, name, staying) for staying in _STAYING)
    return improved


def _dissolves(search: Search, index: int, name: str, staying: frozenset[str]) -> bool:
    smaller = dissolved(body_of(search.best, index), name, staying)
    return smaller is not None and search.improves(search.best.with_body(index, smaller))


def fewer_instances(search: Search) -> None:
    """Functions and types given to a component one by one, in place of an instance that has them."""
    for i, _ in bodies(search.best):
        for component in nested_components(body_of(search.best, i)):
            for label in instance_imports(body_of(search.best, i), component):
                apart = taken_apart(body_of(search.best, i), component, label)
                if apart is not None:
                    search.improves(search.best.with_body(i, without_stand_ins(apart, stand_ins(apart))))


def fewer_stand_ins(search: Search) -> None:
    """What is meant in place of what stands for it: all of them, then each."""
    for i, _ in bodies(search.best):
        for found in (stand_ins, exported_again):
            _fewer(search, i, found)


def _fewer(search: Search, index: int, found: Callable[[Tree], Mapping[str, str]]) -> None:
    while (meant := found(body_of(search.best, index))) and _improves(search, index, meant):
        pass
    for name in meant:
        now = found(body_of(search.best, index))
        if name in now:
            _improves(search, index, {name: now[name]})


def _improves(search: Search, index: int, meant: Mapping[str, str]) -> bool:
    return search.improves(search.best.with_body(index, without_stand_ins(body_of(search.best, index), meant)))
