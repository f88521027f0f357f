"""Component graphs with more in them: whatever the generator draws, at any place; exports, and calls of them."""

from __future__ import annotations

from random import Random

from msgspec.structs import replace

from generators.axes import EVERYTHING, Axes
from generators.graphs import Export, GraphBlueprint, HostCall
from generators.graphs_cases import paths
from generators.graphs_facts import Exports, Fn
from generators.graphs_scope import COST_LIMIT, Scope
from generators.graphs_shims import fix_up
from generators.graphs_steps import step
from generators.mutation.graphs_fitting import UnfitError
from generators.mutation.graphs_learned import ROOT, learned
from generators.mutation.graphs_places import GraphChange, bodies, with_body
from generators.mutation.graphs_values import some_image

INSIDE = Axes(frozenset({("graph step", "import"), ("graph step", "host"), ("graph filler", "host")}))
"""What a component that somebody instantiates already can do without: more imports."""


def more_definitions(b: GraphBlueprint, random: Random) -> GraphChange:
    """A step of the generator's, somewhere in some component."""
    component, body = random.choice(list(bodies(b)))
    exports = [n for n, d in enumerate(body) if isinstance(d, Export)]
    position = random.choice((len(body), exports[0] if exports else len(body), random.randrange(len(body) + 1)))
    scope = _scope(b, random, component, position)
    if scope is None:
        return None
    imports = len(scope.imports)
    step(scope)
    for table in list(scope.shims):
        fix_up(scope, table)
    added = tuple(scope.body[position:])
    if not added or (component != ROOT and len(scope.imports) > imports):
        return None
    grown = with_body(b, component, lambda old: (*old[:position], *added, *old[position:]))
    names = ", ".join(dict.fromkeys(type(d).__name__.lower() for d in added))
    return replace(grown, host=tuple(scope.shared.host)), f"more at {position} of component {component}: {names}"


def _scope(b: GraphBlueprint, random: Random, component: int, position: int) -> Scope | None:
    """As the generator would have it: a resource type is there with all built-ins about it."""
    axes = EVERYTHING if component == ROOT else INSIDE
    try:
        scope = learned(b, random, (component, position), axes=axes, risky=random.random() < 0.1)
    except UnfitError:
        return None
    built_in = {i.name for i in scope.items}
    scope.items = [i for i in scope.items if i.sort != "resource" or all(
        f"{kind} {i.id}" in built_in for kind in ("resource.new", "resource.rep", "resource.drop"))]
    return scope


def more_exports(b: GraphBlueprint, random: Random) -> GraphChange:
    """A function or an instance that a component exports too; the root's is called."""
    component, body = random.choice(list(bodies(b)) + [(ROOT, b.body)] * 3)
    scope = _scope(b, random, component, len(body))
    if scope is None:
        return None
    root = component == ROOT
    able = [i for i in scope.items if isinstance(i.facts, Fn | Exports) and i.sort in ("func", "instance")
            and not (root and _hosts(i.facts)) and all(f.effects.cost <= COST_LIMIT for f in _functions(i.facts))]
    if not able:
        return None
    item = random.choice(able[-10:])
    name = fresh_name(scope, "x" if item.sort == "func" else "y")
    scope.export(item, name)
    added = tuple(scope.body[len(body):])
    grown = with_body(b, component, lambda old: (*old, *added))
    if root and isinstance(item.facts, Fn):
        grown = replace(grown, calls=(*grown.calls, called(name, item.facts, random)))
    return grown, f"component {component} exports {item.sort} {item.id} as {name}"


def called(path: str, f: Fn, random: Random) -> HostCall:
    return HostCall(path, f.signature, tuple(some_image(t, random) for t in f.signature.params))


def fresh_name(scope: Scope, letter: str) -> str:
    """A name that no export of the scope has."""
    taken = {d.name for d in scope.body if isinstance(d, Export)}
    return next(name for n in range(len(taken) + 1) if (name := f"{letter}{n}") not in taken)


def more_calls(b: GraphBlueprint, random: Random) -> GraphChange:
    """A call of something that the root exports, mostly of what is not called yet."""
    scope = _scope(b, random, ROOT, len(b.body))
    if scope is None:
        return None
    there = list(paths(scope.exports))
    new = [(p, f) for p, f in there if p not in {c.export for c in b.calls} and not f.effects.traps]
    if not there:
        return None
    path, f = random.choice(new or there)
    at = random.randrange(len(b.calls) + 1)
    return replace(b, calls=(*b.calls[:at], called(path, f, random), *b.calls[at:])), f"{path} called, as call {at}"


def _functions(facts: object) -> list[Fn]:
    return [facts] if isinstance(facts, Fn) else [f for _, f in paths(facts.exports)] if isinstance(
        facts, Exports) else []


def _hosts(facts: object) -> bool:
    return any(f.host for f in _functions(facts))
