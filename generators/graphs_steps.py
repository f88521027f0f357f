"""How a component that is being drawn grows, by one definition and what it needs at a time."""

from __future__ import annotations

from fact.model.types import Prim
from generators.blueprint import Signature
from generators.graphs import (
    Bound,
    FuncType,
    Outer,
    Sort,
    TypeDefinition,
)
from generators.graphs_bodies import BLOCK, Want
from generators.graphs_core import (
    CoreFunc,
    CoreImport,
    Table,
)
from generators.graphs_exports import exportable, finish, name
from generators.graphs_facts import (
    Cells,
    Closed,
    CoreFn,
    CoreModule,
    Exports,
    Fn,
    Named,
)
from generators.graphs_guests import (
    caller,
    guest,
)
from generators.graphs_relays import lift_of, relay
from generators.graphs_roles import built_in, host_import, lift, lower, resource
from generators.graphs_scope import Item, Scope
from generators.graphs_shims import fix_up, shim
from generators.graphs_shops import client
from generators.graphs_signatures import BYTES, EITHER, PAIR, SIGNATURES
from generators.valtypes import Type

STEPS = (
    "lift", "lower", "lower", "lower", "guest", "relay", "relay", "child", "child", "child", "again", "bundle",
    "resource", "parts", "shim", "host", "core again", "built-in", "client", "type", "type",
)
"""What a scope grows by: an axis each, and two more within the root."""

DEPTH = 3
"""Components within the root, at most."""


def grow(scope: Scope) -> None:
    shared = scope.shared
    least = 2 if scope.depth else 3
    done = 0
    while (done < least or (shared.budget > 0 and not shared.seldom(3))) and done < 12:
        step(scope)
        done += 1
        shared.budget -= 1
    for item in scope.some("core table"):
        fix_up(scope, item)


def step(scope: Scope) -> None:
    shared = scope.shared
    inside = ("import", "import", "outer", "outer") if scope.parent is not None else ()
    match shared.among("graph step", (*STEPS, *inside)):
        case "lift":
            lift(scope, shared.pick(SIGNATURES))
        case "lower":
            found = scope.some("func", lambda f: isinstance(f, Fn) and scope.callable(f) and not f.late)
            if found:
                item = lower(scope, shared.pick(found[::-1]))
                if shared.seldom(5):
                    lift_of(scope, item)
        case "guest":
            guest(scope, [Want(shared.pick((CoreFunc(("i32",), ("i32",)), CoreFunc(), BLOCK)))])
        case "child":
            if scope.depth < DEPTH and shared.budget > 0:
                child(scope)
        case "again":
            again(scope)
        case "bundle":
            if items := exportable(scope):
                chosen = {f"b{n}": shared.pick(items) for n in range(shared.pick((2, 1, 3)))}
                scope.bundle(chosen)
        case "parts":
            items = [i for i in scope.items if i.core]
            if items:
                scope.parts({f"p{n}": shared.pick(items[-8:]) for n in range(shared.pick((2, 1, 4)))})
        case "shim":
            shim(scope)
        case "import":
            if scope.parent is not None:
                import_(scope)
        case "outer":
            outer(scope)
        case "host":
            lower(scope, host_import(scope, shared.pick(SIGNATURES)))
        case "core again":
            core_again(scope)
        case "built-in":
            t = shared.pick((CoreFunc(("i32",), ("i32",)), CoreFunc(("i32",)), CoreFunc((), ("i32",))))
            item = built_in(scope, t)
            if shared.seldom(2):
                lift_of(scope, item)
        case "client":
            client(scope)
        case "relay":
            relay(scope)
        case "type":
            named_type(scope)
        case "resource":
            resource(scope)
            new, _, drop = scope.items[-3:]
            if not shared.seldom(3) and scope.callable(drop.facts):
                lift_of(scope, caller(scope, [new, drop]))
        case kind:
            raise AssertionError(f"no such step: {kind}")


def named_type(scope: Scope) -> None:
    """A name for a type of values or functions, and now and then another for the same."""
    shared = scope.shared
    if not shared.seldom(3):
        types: tuple[Type, ...] = (Prim.U32, Prim.STRING, BYTES, PAIR, EITHER)
        t = shared.pick(types)
        item = scope.add("type", Named(t), lambda n: TypeDefinition(n, Bound(t)))
        if shared.seldom(2):
            scope.export(item, f"t{len(scope.exports)}")
    else:
        signature = shared.pick(SIGNATURES)
        scope.add("function type", Named(signature), lambda n: TypeDefinition(n, FuncType(signature)))
        if shared.seldom(2):
            lift(scope, signature)


def child(scope: Scope) -> None:
    """A component inside, and mostly an instance of it."""
    inner = Scope(scope.shared, scope)
    shared = scope.shared
    for _ in range(shared.pick((1, 0, 2, 3))):
        import_(inner)
    grow(inner)
    finish(inner)
    component, _ = inner.closed()
    if not shared.seldom(6):
        scope.instance(component, inner.args)
    if shared.seldom(4):
        instantiate(scope, component)


def import_(scope: Scope) -> None:
    """Something of the parent's."""
    assert scope.parent is not None
    found = exportable(scope.parent)
    found += scope.parent.some("component", lambda f: isinstance(f, Closed) and f.resources)
    if not found:
        return
    shared = scope.shared
    sort = shared.pick(tuple(dict.fromkeys(i.sort for i in found)))
    arg = shared.pick([i for i in found if i.sort == sort][::-1][:4])
    item = scope.imported(sort, arg.facts, arg, name(scope, sort, len(scope.imports)))  # type: ignore[arg-type]
    match item.facts:
        case Closed() if shared.seldom(2):
            instantiate(scope, item)
        case Fn(late=False) if not shared.seldom(4) and scope.callable(item.facts):
            lower(scope, item)
        case Exports():
            inside = [i for i in scope.items if i.instance is item and scope.callable(i.facts)]
            if inside and not shared.seldom(3):
                lower(scope, shared.pick(inside))


def instantiate(scope: Scope, component: Item) -> None:
    assert isinstance(component.facts, Closed)
    args = scope.arguments(component.facts)
    if args is not None:
        scope.instance(component, args)


def again(scope: Scope) -> None:
    if found := scope.some("component"):
        instantiate(scope, scope.shared.pick(found[::-1]))


def outer(scope: Scope) -> None:
    """A core module or component of an enclosing component, one or more levels out."""
    shared = scope.shared
    enclosing: list[Scope] = []
    at = scope.parent
    while at is not None:
        enclosing.append(at)
        at = at.parent
    found = [i for s in enclosing for i in s.items
             if i.sort in ("core module", "component", "type", "function type") and i.id is not None
             and not (isinstance(i.facts, CoreModule) and i.facts.once)]
    if not found:
        return
    of = shared.pick(found[::-1])
    number = of.id
    assert number is not None
    sort: Sort = "type" if of.sort == "function type" else of.sort  # type: ignore[assignment]
    item = scope.add(of.sort, of.facts, lambda n: Outer(n, sort, number))
    match item.facts:
        case Closed():
            instantiate(scope, item)
        case CoreModule():
            core_instance(scope, item)
        case Named(type=Signature() as signature):
            lift(scope, signature)


def core_again(scope: Scope) -> None:
    """Another instance of a core module, with whatever fits."""
    found = scope.some("core module", lambda f: isinstance(f, CoreModule) and not f.once)
    if found:
        core_instance(scope, scope.shared.pick(found[::-1]))


def core_instance(scope: Scope, module: Item) -> None:
    facts = module.facts
    assert isinstance(facts, CoreModule)
    groups: dict[str, dict[str, Item]] = {}
    for i in facts.code.imports:
        if i.name == "log":
            continue
        options = [
            item for item in scope.items if item.core and core_fits(scope, item, i)
        ]
        if not options:
            return
        groups.setdefault(i.instance, {})[i.field] = scope.shared.pick(options[::-1][:4])
    scope.core_instance(module, {n: scope.parts(chosen) for n, chosen in groups.items()})


def core_fits(scope: Scope, item: Item, wanted: CoreImport) -> bool:
    match item.facts:
        case CoreFn() as f:
            return f.type == wanted.type and scope.callable(f, now=True) and not any(f.wants) and not f.throws
        case Cells(size=size):
            return wanted.type == Table(size)
        case other:
            return getattr(other, "type", None) == wanted.type
