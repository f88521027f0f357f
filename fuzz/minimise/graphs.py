"""Smaller cases about component graphs: fewer definitions, empty roles, plainer core code, straighter ways."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from msgspec.structs import replace

from fuzz.minimise.calls import fewer_calls, one_call
from fuzz.minimise.graphs_inline import fewer_components, plainer_types
from generators.frozen import put
from generators.graphs import (
    Alias,
    BuiltIn,
    Bundle,
    Component,
    ComponentType,
    CoreAlias,
    CoreInstance,
    Definition,
    Export,
    FuncType,
    GraphBlueprint,
    Import,
    Instance,
    InstanceType,
    Lift,
    Lower,
    Module,
    ModuleType,
    Outer,
    Parts,
    Resource,
    references,
    walk,
)
from generators.graphs_changed import redirected
from generators.graphs_core import Code, Const
from generators.graphs_needed import only_needed
from generators.graphs_repair import repaired, repaired_code, without, without_steps

GraphReduction = Callable[[GraphBlueprint], Iterator[GraphBlueprint]]


def graph_reductions() -> tuple[GraphReduction, ...]:
    """The ones that take most away first."""
    return (
        one_call, fewer_calls, only_what_is_needed, fewer_definitions, without_logs, fewer_components, empty_roles,
        other_fillers, straight, plainer_types, fewer_exports_of_instances, plainer_code, plainer_functions,
        plain_arguments,
    )


def graph_size(b: GraphBlueprint) -> tuple[int, int, int]:
    """Calls, components, and definitions with the steps of functions in them."""
    found = list(walk(b.body))
    steps = sum(1 + len(f.steps) for d in found if isinstance(d, Module) for f in d.code.functions)
    return len(b.calls), sum(isinstance(d, Component) for d in found), len(found) + steps


# -- definitions


def tidied(before: GraphBlueprint, after: GraphBlueprint) -> GraphBlueprint:
    """*after*, which refers to less than *before*, without the definitions that nobody refers to any more."""
    while True:
        after = repaired(after)
        used = {i for d in walk(after.body) for i in references(d)}
        there = {d.id for d in walk(after.body) if not isinstance(d, Export)}
        idle = {i for d in walk(before.body) for i in references(d)} & there - used
        if not idle:
            return after
        before, after = after, without(after, idle)


def only_what_is_needed(b: GraphBlueprint) -> Iterator[GraphBlueprint]:
    """What the exports that are called lead to; then the same with all core instances, which may do something by being
    made."""
    called = {call.export.partition("#")[0] for call in b.calls}
    roots = [d.id for d in b.body if isinstance(d, Export) and d.name in called]
    effects = [d.id for d in walk(b.body) if isinstance(d, CoreInstance)]
    yield only_needed(b, roots)
    yield only_needed(b, [*roots, *effects])


def fewer_definitions(b: GraphBlueprint) -> Iterator[GraphBlueprint]:
    """Without several, then without each one."""
    numbers = [d.id for d in walk(b.body)]
    size = len(numbers) // 2
    while size >= 1:
        for at in range(len(numbers) - size, -1, -size):
            yield without(b, numbers[at : at + size])
        size //= 2


def without_logs(b: GraphBlueprint) -> Iterator[GraphBlueprint]:
    """In none of the core modules; then in all but one."""
    numbers = [d.id for d in walk(b.body) if isinstance(d, Module) and any(i.name == "log" for i in d.code.imports)]
    for kept in ([], *([n] for n in numbers)):
        yield repaired(_with(b, lambda d, loud=frozenset(kept): d if d.id in loud else _quiet(d)))  # type: ignore[misc]


def _quiet(d: Definition) -> Definition:
    if isinstance(d, Import) and isinstance(d.type, ComponentType):
        return replace(d, type=replace(d.type, logs=()))
    if not isinstance(d, Module):
        return d
    return replace(d, code=replace(d.code, imports=tuple(i for i in d.code.imports if i.name != "log")))


def _with(b: GraphBlueprint, change: Callable[[Definition], Definition]) -> GraphBlueprint:
    """*b* with each definition changed."""
    def changed(body: tuple[Definition, ...]) -> tuple[Definition, ...]:
        return tuple(
            change(replace(d, body=changed(d.body)) if isinstance(d, Component) else d) for d in body
        )

    return replace(b, body=changed(b.body))


def _with_one(b: GraphBlueprint, old: Definition, new: Definition) -> GraphBlueprint:
    return _with(b, lambda d: new if d.id == old.id else d)


# -- roles


def empty_roles(b: GraphBlueprint) -> Iterator[GraphBlueprint]:
    for d in walk(b.body):
        for role in ("post_return", "realloc", "memory", "destructor", "encoding"):
            if getattr(d, role, None) is not None and isinstance(d, Lift | Lower | Resource):
                yield tidied(b, _with_one(b, d, replace(d, **{role: None})))


def other_fillers(b: GraphBlueprint) -> Iterator[GraphBlueprint]:
    """Something of the same component and sort, made earlier: whether it fits is left to validation."""
    for scope in _scopes(b.body):
        made: dict[str, list[int]] = {}
        for d in scope:
            for plainer in _otherwise(d, made):
                yield tidied(b, _with_one(b, d, plainer))
            if sort := _sort(d):
                made.setdefault(sort, []).append(d.id)


def _otherwise(d: Definition, made: Mapping[str, list[int]]) -> Iterator[Definition]:
    for role in ("callee", "realloc", "post_return", "destructor"):
        for other in made.get("core func", ()):
            if other < (getattr(d, role, None) or 0):
                yield replace(d, **{role: other})
    if isinstance(d, Instance | Parts):
        name = "args" if isinstance(d, Instance) else "exports"
        entries: tuple[tuple[str, str, int], ...] = getattr(d, name)
        for n, (called, sort, filler) in enumerate(entries):
            for other in made.get(f"core {sort}" if isinstance(d, Parts) else sort, ()):
                if other < filler:
                    yield replace(d, **{name: put(entries, n, (called, sort, other))})


def _sort(d: Definition) -> str:
    """What a definition makes that can be given to others."""
    match d:
        case CoreAlias(sort=sort):
            return f"core {sort}"
        case Alias(sort=sort) | Outer(sort=sort) | Export(sort=sort):
            return sort
        case Import(type=t):
            return {FuncType: "func", ModuleType: "core module", InstanceType: "instance",
                    ComponentType: "component"}.get(type(t), "type")
    return _SORTS.get(type(d), "")


_SORTS: dict[type, str] = {
    Lower: "core func", BuiltIn: "core func", Lift: "func", Instance: "instance", Bundle: "instance",
    Component: "component", Module: "core module",
}


def _scopes(body: tuple[Definition, ...]) -> Iterator[tuple[Definition, ...]]:
    yield body
    for d in body:
        if isinstance(d, Component):
            yield from _scopes(d.body)


# -- straighter ways


def straight(b: GraphBlueprint) -> Iterator[GraphBlueprint]:
    """Without aliases of what is at hand: of parts, of an instance of inline exports, of what is exported."""
    found = {d.id: d for d in walk(b.body)}
    for d in found.values():
        source: int | None = None
        match d:
            case CoreAlias(instance=i, name=name) | Alias(instance=i, name=name):
                if isinstance(of := found.get(i), Parts | Bundle):
                    source = next((n for called, _, n in of.exports if called == name), None)
            case Export(item=item, sort=sort) if sort != "type":
                source = item
            case Outer(of=of_) if isinstance(found.get(of_), Module):
                yield tidied(b, _with_one(b, d, Module(d.id, found[of_].code)))  # type: ignore[union-attr]
        if source is not None and any(d.id in references(other) for other in found.values()):
            yield tidied(b, _with(b, lambda other, change={d.id: source}: _elsewhere(other, change)))  # type: ignore[misc]


def _elsewhere(d: Definition, stands: dict[int, int]) -> Definition:
    return d if isinstance(d, Component) else redirected(d, stands)


def fewer_exports_of_instances(b: GraphBlueprint) -> Iterator[GraphBlueprint]:
    for d in walk(b.body):
        if isinstance(d, Parts | Bundle):
            for n in range(len(d.exports)):
                yield tidied(b, _with_one(b, d, replace(d, exports=d.exports[:n] + d.exports[n + 1 :])))


# -- core code


def plainer_code(b: GraphBlueprint) -> Iterator[GraphBlueprint]:
    for d in walk(b.body):
        if isinstance(d, Module):
            for code in _plainer(d.code):
                yield tidied(b, _with_one(b, d, replace(d, code=repaired_code(code))))


def _plainer(code: Code) -> Iterator[Code]:
    if code.start:
        yield replace(code, start="")
    for name in ("functions", "imports", "own", "elements", "exports"):
        entries = getattr(code, name)
        for n in range(len(entries)):
            yield replace(code, **{name: entries[:n] + entries[n + 1 :]})


def plainer_functions(b: GraphBlueprint) -> Iterator[GraphBlueprint]:
    for d in walk(b.body):
        if isinstance(d, Module):
            for n, f in enumerate(d.code.functions):
                options = [without_steps(f, range(len(f.steps)))] if len(f.steps) > 1 else []
                options += [without_steps(f, {s}) for s in range(len(f.steps) - 1, -1, -1)]
                if f.returns != Const(0) and f.type.results:
                    options.append(replace(f, returns=Const(0)))
                for option in options:
                    functions = put(d.code.functions, n, option)
                    yield _with_one(b, d, replace(d, code=replace(d.code, functions=functions)))


def plain_arguments(b: GraphBlueprint) -> Iterator[GraphBlueprint]:
    for n, call in enumerate(b.calls):
        for i, image in enumerate(call.args):
            plain: object = "" if isinstance(image, str) else 0 if isinstance(image, int) else image
            if plain != image:
                args = put(call.args, i, plain)
                yield replace(b, calls=put(b.calls, n, replace(call, args=args)))

