"""Definitions of component graphs by component and position, and the same with others there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random
from typing import TypeAlias

from msgspec.structs import replace

from generators.graphs import Component, Definition, GraphBlueprint, walk

ROOT = 0
"""The root, where components go by number."""

GraphChange: TypeAlias = tuple[GraphBlueprint, str] | None
"""A changed case, and what was changed; None: the change does not fit. It may not be valid."""


def bodies(b: GraphBlueprint) -> Iterator[tuple[int, tuple[Definition, ...]]]:
    """Each component's number and definitions, the root's first."""
    yield ROOT, b.body
    for d in walk(b.body):
        if isinstance(d, Component):
            yield d.id, d.body


def with_body(
    b: GraphBlueprint, component: int, change: Callable[[tuple[Definition, ...]], tuple[Definition, ...]]
) -> GraphBlueprint:
    """*b* with other definitions in that component."""
    def changed(body: tuple[Definition, ...]) -> tuple[Definition, ...]:
        return tuple(_inside(d) if isinstance(d, Component) else d for d in body)

    def _inside(d: Component) -> Component:
        if d.id == component:
            return replace(d, body=change(d.body))
        body = changed(d.body)
        return d if body == d.body else replace(d, body=body)

    return replace(b, body=change(b.body) if component == ROOT else changed(b.body))


def with_definition(b: GraphBlueprint, old: Definition, *new: Definition) -> GraphBlueprint:
    """*b* with *new* in place of *old*, wherever that is."""
    def changed(body: tuple[Definition, ...]) -> tuple[Definition, ...]:
        found: list[Definition] = []
        for d in body:
            if d.id == old.id:
                found += new
            elif isinstance(d, Component):
                inner = changed(d.body)
                found.append(d if inner == d.body else replace(d, body=inner))
            else:
                found.append(d)
        return tuple(found)

    return replace(b, body=changed(b.body))


def some(b: GraphBlueprint, random: Random, *kinds: type[Definition]) -> Definition | None:
    """A definition of those kinds, any equally likely."""
    there = [d for d in walk(b.body) if isinstance(d, kinds)]
    return random.choice(there) if there else None


def home(b: GraphBlueprint, number: int) -> tuple[int, int]:
    """The component that definition *number* is in, and its position."""
    for component, body in bodies(b):
        for position, d in enumerate(body):
            if d.id == number:
                return component, position
    raise KeyError(number)


def following(b: GraphBlueprint) -> int:
    """A number that no definition has, nor any after it."""
    return max((d.id for d in walk(b.body)), default=0) + 1
