"""Fewer definitions: what nothing refers to, then anything with all that refers to it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from fuzz.minimise.scripts.cascade import bound, without
from fuzz.minimise.scripts.model import ScriptParts
from fuzz.minimise.scripts.search import Search, fewer
from fuzz.minimise.scripts.tree import Tree
from fuzz.minimise.scripts.unused import unused_in


def bodies(parts: ScriptParts) -> Iterator[tuple[int, Tree]]:
    """Of definitions with unique names."""
    for i, directive in enumerate(parts.directives):
        if directive.body is not None and directive.unique:
            yield i, directive.body


def without_unused(search: Search) -> None:
    """What nothing refers to, all at once; then one by one what could be taken out."""
    while _all_unused(search):
        pass
    for i, _ in bodies(search.best):
        names = unused_in(body_of(search.best, i))
        if names:
            _fewer_names(search, i, names)


def _all_unused(search: Search) -> bool:
    candidate = search.best
    for i, body in bodies(search.best):
        while names := unused_in(body):
            smaller = without(body, names)
            if smaller is body:
                break
            body = smaller
        candidate = candidate.with_body(i, body)
    return search.improves(candidate)


def fewer_definitions(search: Search) -> None:
    for i, body in bodies(search.best):
        _fewer_names(search, i, component_names(body))


def fewer_core_fields(search: Search) -> None:
    for i, body in bodies(search.best):
        _fewer_names(search, i, core_names(body))


def fewer_exports(search: Search) -> None:
    """Exports of core modules and the parts of instances have no name of their own: by label."""
    for i, body in bodies(search.best):
        for label in dict.fromkeys(labels(body)):
            search.improves(search.best.with_body(i, without_label(body_of(search.best, i), label)))


def _fewer_names(search: Search, index: int, names: Sequence[str]) -> None:
    def cut(run: Sequence[object]) -> ScriptParts | None:
        body = body_of(search.best, index)
        smaller = without(body, [name for name in map(str, run) if name in body.names])
        return None if smaller is body else search.best.with_body(index, smaller)

    fewer(search, names, cut)


def body_of(parts: ScriptParts, index: int) -> Tree:
    """The body that definition number *index* has."""
    body = parts.directives[index].body
    assert body is not None
    return body


def component_names(body: Tree) -> list[str]:
    """Of everything that a component, and components in it, define; outer ones before what is in them."""
    if body.head == "module":
        return []
    found = []
    for field in body.trees:
        if name := bound(field):
            found.append(name)
        if field.head == "component":
            found += component_names(field)
        elif field.head == "type" and isinstance(field[-1], Tree) and field[-1].head in ("instance", "component"):
            found += [bound(d) for d in field[-1].trees if bound(d)]
    return found


def core_names(body: Tree) -> list[str]:
    if body.head == "module":
        return [bound(f) for f in body.trees if bound(f)]
    return [name for module in modules(body) for f in module.trees if (name := bound(f))]


def modules(body: Tree) -> Iterator[Tree]:
    """The core modules in a component; a core module is one itself."""
    if body.head == "module" or body[:2] == ("core", "module"):
        yield body
    elif body.head == "component":
        for field in body.trees:
            yield from modules(field)


def labels(body: Tree) -> Iterator[tuple[str, str]]:
    """Where and what: exports of core modules, exports and arguments of instances, by module or instance."""
    for field in body.trees:
        match field:
            case ("core", "module", str() as name, *fields):
                yield from ((name, str(f[1])) for f in fields if isinstance(f, Tree) and f.head == "export")
                yield from ((name, "start") for f in fields if isinstance(f, Tree) and f.head == "start")
            case ("core", "instance", str() as name, *parts) | ("instance", str() as name, *parts):
                for part in parts:
                    if isinstance(part, Tree):
                        inner = part.trees if part.head == "instantiate" else (part,)
                        yield from ((name, str(p[1])) for p in inner)
            case ("component", *_):
                yield from labels(field)


def without_label(body: Tree, where: tuple[str, str]) -> Tree:
    """Without one of `labels`, and what needs it."""
    return without(_without_label(body, *where), ())


def _without_label(node: Tree, name: str, label: str) -> Tree:
    if name not in node.names:
        return node
    if node[:3] in (("core", "module", name), ("core", "instance", name)) or node[:2] == ("instance", name):
        return _without_parts(node, label)
    return Tree([n if isinstance(n, str) else _without_label(n, name, label) for n in node])


def _without_parts(node: Tree, label: str) -> Tree:
    kept = [
        n if isinstance(n, str) or n.head != "instantiate" else _without_parts(n, label) for n in node
        if not (isinstance(n, Tree) and (n[:2] in (("export", label), ("with", label)) or n.head == label == "start"))
    ]
    return Tree(kept)
