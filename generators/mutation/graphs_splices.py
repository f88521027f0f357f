"""A part of one component graph in another: a call with all that it leads to, beside the rest or in a component of its
own."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from typing import Any

import msgspec
from msgspec.structs import replace

from generators.graphs import (
    LOG,
    Alias,
    Component,
    CoreInstance,
    Definition,
    Export,
    GraphBlueprint,
    HostCall,
    Import,
    Instance,
    Module,
    walk,
)
from generators.graphs_changed import redirected
from generators.graphs_core import Function
from generators.graphs_needed import only_needed
from generators.mutation.graphs_places import GraphChange, following
from generators.valtypes import BorrowOf, OwnOf


def with_call(first: GraphBlueprint, second: GraphBlueprint, random: Random) -> GraphChange:
    """A call of *second*, with what it leads to, in the root of *first* or in a component within."""
    part = _part(second, random)
    if part is None:
        return None
    part = _renumbered(part, first)
    imports = [d for d in part.body if isinstance(d, Import)]
    if not imports and random.random() < 0.5:
        part, said = _within(part), "in a component of its own"
    else:
        part, said = _with_other_imports(part, first), "beside the rest"
    part = _with_other_exports(part, first)
    at = random.choice((0, len(first.calls)))
    spliced = replace(
        first, body=(*first.body, *part.body), calls=(*first.calls[:at], *part.calls, *first.calls[at:]),
        host=(*first.host, *part.host),
    )
    return spliced, f"a call of the other case with what it leads to, {len(part.body)} definitions, {said}"


def _part(b: GraphBlueprint, random: Random) -> GraphBlueprint | None:
    """One of its calls, without what that does not lead to; core instances that something is given stay as they are."""
    if not b.calls:
        return None
    call = random.choice(b.calls)
    name = call.export.partition("#")[0]
    roots = [d.id for d in b.body if isinstance(d, Export) and d.name == name]
    part = only_needed(replace(b, calls=(call,)), [*roots, *_filling(b)])
    exports = [d for d in part.body if isinstance(d, Export)]
    return part if part.calls and len(exports) >= 1 else None


def _filling(b: GraphBlueprint) -> list[int]:
    """The core instances that fill in tables of others."""
    code = {d.id: d.code for d in walk(b.body) if isinstance(d, Module)}
    return [d.id for d in walk(b.body) if isinstance(d, CoreInstance) and d.module in code
            and {e.table for e in code[d.module].elements} - {name for name, _ in code[d.module].own}]


def _renumbered(part: GraphBlueprint, first: GraphBlueprint) -> GraphBlueprint:
    """With numbers of definitions and functions after those of *first*."""
    by = following(first)
    numbers = {d.id: d.id + by for d in walk(part.body)}
    functions = max((f.number for d in walk(first.body) if isinstance(d, Module) for f in d.code.functions), default=0)

    def changed(d: Definition) -> Definition:
        if isinstance(d, Component):
            return Component(numbers[d.id], tuple(map(changed, d.body)))
        moved = replace(redirected(d, numbers), id=numbers[d.id])
        if isinstance(moved, Module):
            code = moved.code
            moved = replace(moved, code=replace(code, functions=tuple(
                _numbered(f, functions + 1) for f in code.functions)))
        return _with_types(moved, numbers)

    return replace(part, body=tuple(map(changed, part.body)))


def _numbered(f: Function, by: int) -> Function:
    return replace(f, number=f.number + by)


def _with_types(d: Definition, numbers: Mapping[int, int]) -> Definition:
    """With other numbers for resource types in the types of what is imported, and of named functions."""
    def changed(x: Any) -> Any:
        if isinstance(x, OwnOf | BorrowOf):
            return replace(x, resource=numbers.get(x.resource, x.resource)) if x.resource > LOG else x
        if isinstance(x, tuple):
            return tuple(map(changed, x))
        if isinstance(x, msgspec.Struct):
            return replace(x, **{f: changed(getattr(x, f)) for f in x.__struct_fields__})
        return x

    if hasattr(d, "type"):
        return replace(d, type=changed(d.type))
    return d


def _within(part: GraphBlueprint) -> GraphBlueprint:
    """With everything in a component, one instance of it, and what that exports exported again."""
    number = following(part)
    body: list[Definition] = [Component(number, part.body), Instance(number + 1, number)]
    number += 2
    for d in part.body:
        if isinstance(d, Export) and d.sort in ("func", "instance"):
            body += [Alias(number, d.sort, body[1].id, d.name), Export(number + 1, d.name, d.sort, number)]
            number += 2
    return replace(part, body=tuple(body))


def _with_other_imports(part: GraphBlueprint, first: GraphBlueprint) -> GraphBlueprint:
    """With names for what the host provides that *first* does not use."""
    taken = {d.name for d in first.body if isinstance(d, Import)}
    names: dict[str, str] = {}
    for d in part.body:
        if isinstance(d, Import):
            names[d.name] = _free(d.name, taken)
            taken.add(names[d.name])
    body = tuple(replace(d, name=names[d.name]) if isinstance(d, Import) else d for d in part.body)
    host = tuple(replace(h, path=(names.get(h.path[0], h.path[0]), *h.path[1:])) for h in part.host)
    return replace(part, body=body, host=host)


def _with_other_exports(part: GraphBlueprint, first: GraphBlueprint) -> GraphBlueprint:
    taken = {d.name for d in first.body if isinstance(d, Export)}
    names: dict[str, str] = {}
    for d in part.body:
        if isinstance(d, Export):
            names[d.name] = _free(d.name, taken)
            taken.add(names[d.name])
    body = tuple(replace(d, name=names[d.name]) if isinstance(d, Export) else d for d in part.body)
    return replace(part, body=body, calls=tuple(_called_by(call, names) for call in part.calls))


def _called_by(call: HostCall, names: Mapping[str, str]) -> HostCall:
    name, mark, rest = call.export.partition("#")
    return replace(call, export=f"{names[name]}{mark}{rest}")


def _free(name: str, taken: set[str]) -> str:
    """*name*, or one of its form that is not taken."""
    if name not in taken:
        return name
    whole, slash, last = name.partition("/")
    stem, at, version = (last if slash else whole).partition("@")
    count = next(n for n in range(len(taken) + 1) if _named(whole, slash, f"{stem}-z{n}", at, version) not in taken)
    return _named(whole, slash, f"{stem}-z{count}", at, version)


def _named(whole: str, slash: str, stem: str, at: str, version: str) -> str:
    return f"{whole}/{stem}{at}{version}" if slash else f"{stem}{at}{version}"
