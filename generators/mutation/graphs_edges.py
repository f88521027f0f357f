"""Changes of the form of component graphs: order, what is shared and what is new, where code stands, what is gone."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from msgspec.structs import replace

from generators.graphs import (
    Component,
    CoreInstance,
    Definition,
    Export,
    GraphBlueprint,
    Instance,
    Module,
    Outer,
    Resource,
    references,
    walk,
)
from generators.graphs_changed import redirected
from generators.graphs_needed import only_needed
from generators.graphs_repair import without
from generators.mutation.graphs_places import (
    ROOT,
    GraphChange,
    bodies,
    following,
    home,
    some,
    with_body,
    with_definition,
)


def other_order(b: GraphBlueprint, random: Random) -> GraphChange:
    """A definition before some that it does not refer to. Not a resource type: wasmtime 50 aborts where the adapter
    that is its destructor is not needed before (corpus/findings/destructor-adapter-abort.wast)."""
    component, body = random.choice(list(bodies(b)))
    if len(body) < 2:
        return None
    n = random.randrange(1, len(body))
    d = body[n]
    if isinstance(d, Resource):
        return None
    needed, first = set(references(d)), n
    while first > 0 and body[first - 1].id not in needed and random.random() < 0.8:
        first -= 1
    if first == n:
        return None
    moved = (*body[:first], d, *body[first:n], *body[n + 1 :])
    said = f"{type(d).__name__.lower()} {d.id} moved before {n - first} others"
    return with_body(b, component, lambda _: moved), said


def another(b: GraphBlueprint, random: Random) -> GraphChange:
    """Another instance, of a core module or a component, in place of one that is shared: for one of its users."""
    d = some(b, random, CoreInstance, Instance)
    if d is None:
        return None
    component, position = home(b, d.id)
    body = dict(bodies(b))[component]
    users = [u for u in body[position + 1 :] if d.id in references(u) and not isinstance(u, Component)]
    number = following(b)
    new = replace(d, id=number)
    said = f"another {type(d).__name__.lower()} like {d.id}"
    if not users:
        return with_body(b, component, lambda old: (*old[: position + 1], new, *old[position + 1 :])), said
    user = random.choice(users)
    changed = redirected(user, {d.id: number})

    def with_both(old: tuple[Definition, ...]) -> tuple[Definition, ...]:
        at = next(n for n, u in enumerate(old) if u.id == user.id)
        return (*old[:at], new, changed, *old[at + 1 :])

    return with_body(b, component, with_both), f"{said}, for {type(user).__name__.lower()} {user.id}"


def shared(b: GraphBlueprint, random: Random) -> GraphChange:
    """One instance for the users of two of the same code or component."""
    component, body = random.choice(list(bodies(b)))
    pairs = [(x, y) for n, x in enumerate(body) for y in body[n + 1 :]
             if (isinstance(x, CoreInstance) and isinstance(y, CoreInstance) and x.module == y.module)
             or (isinstance(x, Instance) and isinstance(y, Instance) and x.component == y.component)]
    if not pairs:
        return None
    x, y = random.choice(pairs)

    def with_one(old: tuple[Definition, ...]) -> tuple[Definition, ...]:
        return tuple(d if isinstance(d, Component) else redirected(d, {y.id: x.id}) for d in old)

    return with_body(b, component, with_one), f"{type(x).__name__.lower()} {x.id} in place of {y.id}"


def elsewhere(b: GraphBlueprint, random: Random) -> GraphChange:
    """A core module is defined in the component around, or one further out, and aliased; or an alias of one is made a
    module of its own."""
    found = {d.id: d for d in walk(b.body)}
    outers = [d for d in found.values() if isinstance(d, Outer) and isinstance(found.get(d.of), Module)]
    inner = [(component, d) for component, body in bodies(b) for d in body
             if component != ROOT and isinstance(d, Module)]
    if outers and (not inner or random.random() < 0.4):
        alias = random.choice(outers)
        of = found[alias.of]
        assert isinstance(of, Module)
        own = with_definition(b, alias, Module(alias.id, of.code))
        return own, f"module {alias.id} in place of an alias of {of.id}"
    if not inner:
        return None
    component, module = random.choice(inner)
    number = following(b)
    out = home(b, component)[0]
    after = with_definition(b, module, Outer(module.id, "core module", number))
    if out != ROOT and random.random() < 0.4:
        component, out = out, home(b, out)[0]
    at = home(after, component)[1]
    after = with_body(after, out, lambda old: (*old[:at], Module(number, module.code), *old[at:]))
    return after, f"module {module.id} is an alias of {number}, in component {out}"


# -- less


def fewer_definitions(b: GraphBlueprint, random: Random) -> GraphChange:
    """Without a definition and what cannot be without it, mostly one that nothing refers to."""
    found = list(walk(b.body))
    used = {i for d in found for i in references(d)}
    idle = [d for d in found if d.id not in used and not isinstance(d, Export)]
    d = random.choice(idle if idle and random.random() < 0.7 else found)
    return without(b, {d.id}), f"without {type(d).__name__.lower()} {d.id}"


def fewer_exports(b: GraphBlueprint, random: Random) -> GraphChange:
    d = some(b, random, Export)
    return None if d is None else (without(b, {d.id}), f"without export {d.id}")


def only_what_is_called(b: GraphBlueprint, random: Random) -> GraphChange:
    """Without what calls do not lead to, but for core instances."""
    called = {call.export.partition("#")[0] for call in b.calls}
    roots: Sequence[int] = [d.id for d in b.body if isinstance(d, Export) and d.name in called]
    kept = [d.id for d in walk(b.body) if isinstance(d, CoreInstance) and random.random() < 0.7]
    return only_needed(b, [*roots, *kept]), "without what calls do not lead to"
