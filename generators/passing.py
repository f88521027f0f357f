"""How functions and instances are passed on: imports and arguments of a child, and what a definition exports.

The functions here draw from inside a composite strategy, by their first argument.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from generators.blueprint import Bundle, Code, Export, Import, Ref, in_text
from generators.bodies import COST_LIMIT
from generators.drawing import pick, seldom
from generators.routes import in_sight
from generators.scope import Growth, Provider, Scope, extended, paths
from generators.wiring import Node, Provided, restricted

_NAMES = ("plain", "plain", "plain", "interface", "version")

_VERSIONS = ("1.2.0", "1.3.0", "0.2.1", "0.2.6", "0.0.3", "1.0.0-rc.1")

_PASSED = (*("functions",) * 3, *("instance",) * 3, *("inline exports",) * 3, "nested")
"""Ways to pass functions to a child: one by one; in an instance that is there already, or made of inline exports; or in
one that has another instance inside."""

_EXPORTED = (*("functions",) * 12, *("instance",) * 4, *("inline exports",) * 4, "nested", "inner", "twice")
"""Ways to export what an item has: *instance*: as it is; *inner*: an instance in it; *nested*: inside another one;
*twice*: a function under a second name as well."""

Found: TypeAlias = tuple[tuple[str, ...], Node]
"""A function and its path."""


def instance_name(g: Growth, plain: str) -> str:
    """Of an instance that is imported or exported."""
    match pick(g.draw, g.axes.among("instance name", _NAMES)):
        case "interface":
            return f"fuzz:{plain}/api"
        case "version":
            return f"fuzz:{plain}/api@{pick(g.draw, _VERSIONS)}"
        case _:
            return plain


def callable_in(provided: Provided) -> list[Found]:
    """The functions that may be called any further."""
    return [(path, node) for path, node in paths(provided) if node.cost <= COST_LIMIT]


# -- arguments


def take(g: Growth, scope: Scope, suppliers: Sequence[Provider]) -> tuple[list[Import], list[Ref]]:
    """Imports for a child of *scope*, by the *suppliers*; and the arguments."""
    imports: list[Import] = []
    args: list[Ref] = []
    twice = suppliers[:1] if seldom(g.draw, 16) else ()
    for supplier in (*suppliers, *twice):
        found = callable_in(supplier.provided)
        if not found:
            continue
        way = pick(g.draw, g.axes.among("passed as", _PASSED))
        if way == "instance" and supplier.whole:
            used, arg = _whole(g, supplier, found, len(imports))
        elif way in ("inline exports", "nested"):
            used, arg = _inline(g, scope, supplier, _some(g, found), len(imports), nested=way == "nested")
        else:
            for path, node in _some(g, found):
                imports.append(Import(f"in{len(imports)}", node.signature))
                args.append(extended(supplier.ref, path))
            continue
        imports.append(used)
        args.append(arg)
    return imports, args


def seen(scope: Scope, imports: Sequence[Import], args: Sequence[Ref]) -> list[Provided]:
    """What a child of *scope* is provided with by its arguments."""
    return [restricted(scope.instance.resolve(a), i) for i, a in zip(imports, args, strict=True)]


def _some(g: Growth, found: list[Found]) -> list[Found]:
    """The first, sometimes another one as well."""
    return [found[0], pick(g.draw, found[1:])] if len(found) > 1 and seldom(g.draw, 2) else found[:1]


def _whole(g: Growth, supplier: Provider, found: list[Found], number: int) -> tuple[Import, Ref]:
    """The supplier as one import, or the instance in it that has its first function."""
    nested = g.axes.on("passed as", "nested")
    outer = min(found, key=lambda f: len(f[0]))[0][:-1]
    if outer and nested and seldom(g.draw, 2):
        outer = ()
    inside = [(path[len(outer):], node) for path, node in found if path[: len(outer)] == outer]
    inside = [(path, node) for path, node in inside if nested or len(path) == 1]
    wanted = inside if seldom(g.draw, 4) else inside[:2]
    members = tuple(("#".join(path), node.signature) for path, node in wanted)
    return Import(instance_name(g, f"dep{number}"), None, members), extended(supplier.ref, outer)


def _inline(
    g: Growth, scope: Scope, supplier: Provider, picked: list[Found], number: int, *, nested: bool
) -> tuple[Import, Ref]:
    """Some of the supplier's functions, in an instance of inline exports."""
    entries = [(f"b{i}", extended(supplier.ref, path)) for i, (path, _) in enumerate(picked)]
    prefix = ""
    if nested:
        inner = g.add(scope, Bundle(tuple(entries)))
        entries, prefix = [("inner", inner), *(entries[1:] if seldom(g.draw, 2) else ())], "inner#"
    members = tuple((f"{prefix}b{i}", node.signature) for i, (_, node) in enumerate(picked))
    return Import(instance_name(g, f"dep{number}"), None, members), g.add(scope, Bundle(tuple(entries)))


def matched(g: Growth, scope: Scope, imports: Sequence[Import]) -> tuple[Ref, ...] | None:
    """Arguments for *imports* by what *scope* has, the latest first; None if something is missing."""
    args = []
    for wanted in imports:
        found = _code(g, scope, wanted) if wanted.code or wanted.library else _match(scope, wanted)
        if found is None:
            return None
        args.append(found)
    return tuple(args)


def _match(scope: Scope, wanted: Import) -> Ref | None:
    for p in reversed(scope.providers):
        if wanted.signature is None:
            if p.whole and all(_has(p.provided, path.split("#"), s) for path, s in wanted.members):
                return p.ref
        elif fitting := [path for path, n in callable_in(p.provided) if n.signature == wanted.signature]:
            return extended(p.ref, fitting[0])
    return None


def _has(provided: Provided, path: Sequence[str], signature: object) -> bool:
    """Whether there is a callable function of this type at *path*."""
    for name in path:
        if not isinstance(provided, dict) or name not in provided:
            return False
        provided = provided[name]
    return isinstance(provided, Node) and provided.signature == signature and provided.cost <= COST_LIMIT


def _code(g: Growth, scope: Scope, wanted: Import) -> Ref | None:
    """The code itself; nothing is found for an instance that has it."""
    if wanted.code is None:
        return None
    known = [ref for ref, code in scope.codes if code == wanted.code]
    return known[-1] if known else in_text(wanted.code) if in_sight(g, scope, wanted.code) else None


# -- exports


def exports(
    g: Growth, scope: Scope, providers: Sequence[Provider], *, at_root: bool, taken: int = 0
) -> list[Export]:
    """Exports of what *providers* have. A root exports neither what its host provides nor components: not every engine
    can."""
    made: list[Export] = []
    for p in providers:
        everything = paths(p.provided)
        found = [(path, n) for path, n in everything if not (at_root and n.kind == "host")]
        if not found:
            continue
        way = pick(g.draw, g.axes.among("exported as", _EXPORTED))
        complete = len(found) == len(everything) and not (at_root and _has_component(p.provided))
        number = taken + len(made)
        outer = _inner(p.provided) if complete else ()
        if outer and g.axes.on("exported as", "inner") and seldom(g.draw, 2):
            way = "inner"
        if way == "instance" and p.whole and complete:
            made.append(Export(instance_name(g, f"i{number}"), p.ref))
        elif way == "inner" and outer:
            made.append(Export(instance_name(g, f"i{number}"), extended(p.ref, outer)))
        elif way == "nested" and p.whole and complete:
            bundle = g.add(scope, Bundle((("inner", p.ref),)))
            made.append(Export(instance_name(g, f"i{number}"), bundle))
        elif way == "inline exports":
            bundle = g.add(scope, Bundle(tuple((f"b{i}", extended(p.ref, path)) for i, (path, _) in enumerate(found))))
            made.append(Export(instance_name(g, f"i{number}"), bundle))
        else:
            made.extend(Export(f"f{number + i}", extended(p.ref, path)) for i, (path, _) in enumerate(found))
            if way == "twice":
                made.append(Export(f"f{taken + len(made)}", made[-1].ref))
    return made


def _has_component(provided: Provided) -> bool:
    if isinstance(provided, dict):
        return any(map(_has_component, provided.values()))
    return isinstance(provided, Code) and provided.item is None


def _inner(provided: Provided) -> tuple[str, ...]:
    """The way to the first instance inside that has functions; empty if there is none."""
    return next((path[:-1] for path, _ in paths(provided) if len(path) > 1), ())
