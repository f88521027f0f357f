"""Component graphs with fewer components, and with plainer types."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from generators.blueprint import Signature
from generators.frozen import put
from generators.graphs import (
    Bundle,
    Component,
    Definition,
    Export,
    GraphBlueprint,
    Import,
    Instance,
    Lift,
    Outer,
    references,
    walk,
)
from generators.graphs_changed import redirected, retyped
from generators.graphs_repair import repaired


def fewer_components(b: GraphBlueprint) -> Iterator[GraphBlueprint]:
    """The definitions of a component in place of its only instance."""
    for instance in walk(b.body):
        if isinstance(instance, Instance):
            body = _inlined(b.body, instance)
            if body is not None:
                yield repaired(replace(b, body=body))


def _inlined(body: tuple[Definition, ...], instance: Instance) -> tuple[Definition, ...] | None:
    """*body*, which has *instance* in it or in a component inside, without; None if that cannot be."""
    if instance not in body:
        for n, d in enumerate(body):
            if isinstance(d, Component) and (inner := _inlined(d.body, instance)) is not None:
                return put(body, n, replace(d, body=inner))
        return None
    component = next((d for d in body if d.id == instance.component), None)
    users = [d for d in walk(body) if instance.component in references(d) and not isinstance(d, Component)]
    if not isinstance(component, Component) or users != [instance]:
        return None
    args = {name: number for name, _, number in instance.args}
    stands: dict[int, int] = {}
    for d in component.body:
        if isinstance(d, Import):
            if d.name not in args:
                return None
            stands[d.id] = args[d.name]
        elif isinstance(d, Export | Outer):
            source = d.item if isinstance(d, Export) else d.of
            stands[d.id] = stands.get(source, source)
    kept = tuple(redirected(d, stands) for d in component.body if d.id not in stands)
    exports = tuple((d.name, d.sort, stands[d.id]) for d in component.body if isinstance(d, Export))
    at = body.index(instance)
    return (*(d for d in body[:at] if d is not component), *kept, Bundle(instance.id, exports), *body[at + 1 :])


# -- types


def plainer_types(b: GraphBlueprint) -> Iterator[GraphBlueprint]:
    """A type of functions, wherever it stands, with fewer parameters or without its result."""
    for s in dict.fromkeys(d.signature for d in walk(b.body) if isinstance(d, Lift)):
        options = [Signature((), None)] if s.params and s.result is not None else []
        options += [Signature(s.params[:n] + s.params[n + 1 :], s.result) for n in range(len(s.params))]
        options += [Signature(s.params, None)] if s.result is not None else []
        for option in options:
            yield retyped(b, s, option)
