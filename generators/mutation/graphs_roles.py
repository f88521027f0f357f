"""What stands in each role of a component graph, and others of the same type that could: functions, memories,
instances, modules, components, in the roles of callees, options, arguments, exports."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any

from msgspec.structs import replace

from generators.frozen import put
from generators.graphs import (
    LOG,
    Alias,
    Bundle,
    CoreAlias,
    CoreInstance,
    Definition,
    Export,
    GraphBlueprint,
    Instance,
    Lift,
    Lower,
    Parts,
    Resource,
)
from generators.graphs_facts import (
    Cells,
    Closed,
    CoreExports,
    CoreFn,
    CoreModule,
    Exports,
    Facts,
    Fn,
    Named,
    Plain,
    Shop,
    core_type,
    lifted_type,
    module_type,
)
from generators.graphs_scope import COST_LIMIT, Item, Scope
from generators.mutation.graphs_fitting import UnfitError, conforms
from generators.mutation.graphs_learned import learned
from generators.mutation.graphs_places import GraphChange, home, some, with_definition

Role = tuple[str, int, int]
"""A field of a definition; for one of several entries which, else -1; and the number that stands there."""

_FIELDS = ("callee", "memory", "realloc", "post_return", "destructor", "func", "module", "component", "item")


def roles(d: Definition) -> Iterator[Role]:
    """Those of a definition in which something else might stand; not the log."""
    for name in _FIELDS:
        number = getattr(d, name, None)
        if isinstance(number, int):
            yield name, -1, number
    if isinstance(d, CoreInstance | Instance):
        numbers = [i for _, i in d.args] if isinstance(d, CoreInstance) else [i for _, _, i in d.args]
        yield from (("args", n, i) for n, i in enumerate(numbers) if i != LOG)
    if isinstance(d, Parts | Bundle):
        yield from (("exports", n, e[-1]) for n, e in enumerate(d.exports))
    if isinstance(d, Alias | CoreAlias):
        yield "instance", -1, d.instance


def with_role(d: Definition, role: Role, number: int) -> Definition:
    name, n, _ = role
    if n < 0:
        return replace(d, **{name: number})
    entries: tuple[Any, ...] = getattr(d, name)
    return replace(d, **{name: put(entries, n, (*entries[n][:-1], number))})


def other_filler(b: GraphBlueprint, random: Random) -> GraphChange:
    """Something else of the same type in one role."""
    d = some(b, random, CoreInstance, Parts, CoreAlias, Lift, Lower, Resource, Instance, Bundle, Alias, Export)
    if d is None or not (there := list(roles(d))):
        return None
    role = random.choice(there)
    component, position = home(b, d.id)
    scope = scope_at(b, random, component, position)
    if scope is None:
        return None
    old = next((i for i in scope.items if i.id == role[2]), None)
    if old is None:
        return None
    others = [i for i in scope.items if i is not old and fills(i, old.facts, d, scope)]
    if not others:
        return None
    number = scope.use(new := random.choice(others[-12:]))
    added = scope.body[position:]
    changed = with_definition(b, d, *added, with_role(d, role, number))
    of = f" {role[1]}" if role[1] >= 0 else ""
    return changed, f"{role[0]}{of} of {said_definition(d)} is {new.sort} {number}, not {role[2]}"


def other_option(b: GraphBlueprint, random: Random) -> GraphChange:
    """A memory, realloc, post-return or destructor where there was none, or none where there was one."""
    d = some(b, random, Lift, Lower, Resource)
    if d is None:
        return None
    fields = ("destructor",) if isinstance(d, Resource) else ("memory", "realloc", "post_return")
    name = random.choice([f for f in fields if hasattr(d, f)])
    if getattr(d, name) is not None:
        return with_definition(b, d, replace(d, **{name: None})), f"{said_definition(d)} has no {name}"
    component, position = home(b, d.id)
    scope = scope_at(b, random, component, position)
    if scope is None:
        return None
    others = [i for i in scope.items if _may_be(name, i, d)]
    if not others:
        return None
    number = scope.use(random.choice(others[-12:]))
    changed = with_definition(b, d, *scope.body[position:], replace(d, **{name: number}))
    return changed, f"{said_definition(d)} has {number} as its {name}"


def _may_be(name: str, item: Item, d: Definition) -> bool:
    match item.facts:
        case Plain() if name == "memory":
            return item.sort == "core memory"
        case CoreFn(type=type, gives=gives) as f if not f.effects.traps and not f.throws:
            match d:
                case Lift(signature=s) if name == "post_return":
                    return type.params == lifted_type(s).results and not type.results and not f.effects.leaves
            match name:
                case "realloc":
                    return gives == "block"
                case "destructor":
                    return type.params == ("i32",) and not type.results and not any(f.wants)
    return False


def scope_at(b: GraphBlueprint, random: Random, component: int, position: int) -> Scope | None:
    """What is known just before that definition; None where something before it does not fit."""
    try:
        return learned(b, random, (component, position))
    except UnfitError:
        return None


def fills(item: Item, old: Facts, d: Definition, scope: Scope) -> bool:
    """Whether *item* can stand where *old* does in *d*, with which calls end as before: none of what may trap, or call
    through a table that is not filled in yet."""
    match item.facts, old:
        case CoreFn() as new, CoreFn() as before:
            return (
                new.type == before.type and not new.effects.traps and new.effects.cost <= COST_LIMIT and not new.throws
                and not new.late and (not any(new.wants) or new.wants == before.wants)
                and (before.gives in ("", new.gives)) and new.effects.leaves <= (before.effects.leaves or _leaves(d))
            )
        case Cells() as cells, Cells() as wanted:
            return cells.size == wanted.size and cells.slots.keys() >= wanted.slots.keys()
        case Plain() as plain, Plain() as wanted_plain:
            return plain.type == wanted_plain.type
        case CoreExports(exports=more), CoreExports(exports=less):
            names = (d.name,) if isinstance(d, CoreAlias) else tuple(less)
            return all(n in more and core_type(more[n]) == core_type(less[n]) and _as_fair(more[n], less[n])
                       for n in names)
        case Fn() as f, Fn() as g:
            return _as_fair_function(f, g, scope)
        case Exports(exports=all_), Exports(exports=some):
            if isinstance(d, Alias):
                return d.name in all_ and _equal(all_[d.name][1], some[d.name][1], scope)
            return all(n in all_ and _equal(all_[n][1], f, scope) for n, (_, f) in some.items())
        case CoreModule() as m, CoreModule() as wanted_module:
            return module_type(m) == module_type(wanted_module)
        case (Closed() as c, Closed() as e) if c.resources == e.resources:
            return conforms(c, e)
        case (Named(), Named()) | (Shop(), Shop()):
            return item.facts == old or isinstance(old, Shop)
    return False


def _leaves(d: Definition) -> bool:
    """Whether a function that leaves the component may stand where *d* refers to one."""
    return isinstance(d, Resource | Parts | CoreAlias)


def _as_fair(new: Facts, old: Facts) -> bool:
    return not isinstance(new, CoreFn) or not isinstance(old, CoreFn) or (
        not new.effects.traps and new.effects.cost <= COST_LIMIT and new.gives == old.gives and new.wants == old.wants)


def _as_fair_function(f: Fn, g: Fn, scope: Scope) -> bool:
    return (f.signature == g.signature and not f.effects.traps and f.effects.cost <= COST_LIMIT
            and f.late <= g.late and f.handles <= g.handles and scope.pending(f) <= scope.pending(g))


def _equal(new: Facts, old: Facts, scope: Scope) -> bool:
    match new, old:
        case Fn() as f, Fn() as g:
            return _as_fair_function(f, g, scope)
        case Exports(exports=more), Exports(exports=less):
            return all(n in more and _equal(more[n][1], f, scope) for n, (_, f) in less.items())
    return type(new) is type(old) and conforms(new, old)


def said_definition(d: Definition) -> str:
    return f"{type(d).__name__.lower()} {d.id}"
