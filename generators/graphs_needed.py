"""What some definitions of a component graph lead to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from generators.graphs import (
    Alias,
    Component,
    Definition,
    Export,
    GraphBlueprint,
    Import,
    Instance,
    Outer,
    references,
    walk,
)
from generators.graphs_repair import without


def only_needed(b: GraphBlueprint, roots: Sequence[int]) -> GraphBlueprint:
    """*b* without the definitions that those numbered *roots* do not lead to."""
    found = {d.id: d for d in walk(b.body)}
    reached: set[int] = set()
    waiting = list(roots)
    while waiting:
        number = waiting.pop()
        if number not in reached and number in found:
            reached.add(number)
            waiting += [*_homes(b.body, number), *_needed(found, found[number])]
    return without(b, set(found) - reached)


def _needed(found: Mapping[int, Definition], d: Definition) -> list[int]:
    """What *d* leads to. An alias leads to one export of the component that an instance is of, anybody else who refers
    to an instance to all of them."""
    if isinstance(d, Component):
        return [inner.id for inner in d.body if isinstance(inner, Import)]
    leads = list(references(d))
    for number in references(d):
        exports = _exports(found, number)
        if isinstance(d, Alias) and number == d.instance:
            exports = [e for e in exports if e.name == d.name]
        leads += [e.id for e in exports]
    return leads


def _exports(found: Mapping[int, Definition], instance: int) -> list[Export]:
    """Of the component that *instance* is one of, if it is one and the component is at hand."""
    match found.get(instance):
        case Instance(component=i) | Outer(of=i, sort="component"):
            component = found.get(i)
            if isinstance(component, Component):
                return [d for d in component.body if isinstance(d, Export)]
            return _exports(found, i)
        case Alias(instance=i, name=name, sort="instance"):
            return [e for outer in _exports(found, i) if outer.name == name for e in _exports(found, outer.item)]
        case Export(item=i, sort="instance"):
            return _exports(found, i)
    return []


def _homes(body: tuple[Definition, ...], number: int) -> list[int]:
    """The components around definition *number*."""
    for d in body:
        if d.id == number:
            return []
        if isinstance(d, Component) and any(inner.id == number for inner in walk(d.body)):
            return [d.id, *_homes(d.body, number)]
    return []
