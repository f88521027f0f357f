"""What a component that is being drawn exports in the end, and what it may pass on."""

from __future__ import annotations

from generators.graphs_facts import (
    Closed,
    Exports,
    Facts,
    Fn,
)
from generators.graphs_relays import main
from generators.graphs_roles import lift
from generators.graphs_scope import COST_LIMIT, Item, Scope
from generators.graphs_signatures import SIGNATURES


def exportable(scope: Scope) -> list[Item]:
    """What an instance or component may be given or export."""
    return [i for i in scope.items if i.sort in ("func", "instance", "component", "core module", "type")
            and (i.sort != "func" or fair_cost(i.facts)) and in_instances(scope, i)]


def in_instances(scope: Scope, item: Item) -> bool:
    """Whether an instance may export it: wasmtime 50 aborts where a component with resource types is instantiated that
    an instance exports."""
    return scope.shared.aborts or not (isinstance(item.facts, Closed) and item.facts.resources)


def fair_cost(f: Facts) -> bool:
    return isinstance(f, Fn) and f.effects.cost <= COST_LIMIT


def name(scope: Scope, sort: str, number: int) -> str:
    """Of an import or export."""
    letter = {"core module": "m", "component": "c", "instance": "i", "type": "t"}.get(sort, "f")
    if sort == "instance":
        match scope.shared.among("graph name", ("plain", "interface", "version")):
            case "interface":
                return f"fuzz:graphs/face{number}"
            case "version":
                return f"fuzz:graphs/face@1.{number}.0"
    return f"{letter}{number}"


def finish(scope: Scope) -> None:
    """Exports; and in the root, mostly, a function that calls adapters."""
    shared = scope.shared
    root = scope.parent is None
    if root and not shared.seldom(4):
        main(scope)
    found = [i for i in scope.items if i.sort == "func" and not (root and host_inside(i.facts))]
    if not [i for i in found if fair_cost(i.facts)]:
        found.append(lift(scope, shared.pick(SIGNATURES[:5])))
    most = found[::-1][:6]
    chosen = [most[0], *(i for i in most[1:] if not shared.seldom(3 if root else 2))]
    if not scope.exports or root:
        for item in chosen:
            scope.export(item, name(scope, item.sort, len(scope.exports)))
    for sort in ("instance", "core module", "component", "type"):
        items = [i for i in scope.some(sort) if in_instances(scope, i) and not (root and host_inside(i.facts))]
        if items and shared.seldom(4):
            item = shared.pick(items[::-1])
            scope.export(item, name(scope, sort, len(scope.exports)))


def host_inside(t: Facts) -> bool:
    """Whether wasmtime could not export it from a root: what the host provides, and components."""
    match t:
        case Fn(host=host):
            return host
        case Exports(exports=exports):
            return any(host_inside(f) for _, f in exports.values())
        case Closed():
            return True
    return False
