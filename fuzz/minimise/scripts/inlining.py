"""A nested component dissolved into the component that instantiates it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from fuzz.minimise.scripts.links import ATTRIBUTES
from fuzz.minimise.scripts.tree import Node, Tree, renamed, tree, walk

_SCOPES = frozenset({"component", "instance", "module"})
"""The heads of trees, core modules besides, whose definitions are one level further in."""


def nested_components(body: Tree) -> list[str]:
    """Their names, outer ones before those in them."""
    found = []
    for part in body.trees if body.head == "component" else ():
        if part.head == "component":
            found += [str(part[1]), *nested_components(part)]
    return found


def dissolved(body: Tree, name: str, staying: frozenset[str] = frozenset()) -> Tree | None:
    """*body* with the definitions of the nested component *name* in place of its instance; None where it has not one
    instance, in the component that it is in, or lacks an argument. *staying*: of which sorts its exports become those
    of the component around it."""
    if sum(1 for node in walk(body) for n in node if n == name) != 2:
        return None
    meant: dict[str, str] = {}
    changed = _with_parent(body, name, staying, meant)
    return None if changed is None else renamed(changed, final(meant))


def final(meant: Mapping[str, str]) -> dict[str, str]:
    """For each name what stands in its place in the end, where names are replaced by such that are replaced."""
    def last(name: str) -> str:
        while name in meant:
            name = meant[name]
        return name

    return {name: last(name) for name in meant}


def _with_parent(node: Tree, name: str, staying: frozenset[str], meant: dict[str, str]) -> Tree | None:
    for i, part in enumerate(node):
        if not isinstance(part, Tree) or part.head != "component" or name not in part.names:
            continue
        if part[1] == name:
            return _dissolved_in(node, part, staying, meant)
        changed = _with_parent(part, name, staying, meant)
        return None if changed is None else Tree((*node[:i], changed, *node[i + 1 :]))
    return None


@dataclass(slots=True)
class _Inside:
    """What becomes of a component's fields: *own* stay, *exports* are by label."""

    own: list[Tree] = field(default_factory=list)
    exports: dict[str, Tree] = field(default_factory=dict)


def _dissolved_in(parent: Tree, component: Tree, staying: frozenset[str], meant: dict[str, str]) -> Tree | None:
    for part in parent.trees:
        match part:
            case ("instance", str() as instance, ("instantiate", str() as what, *given)) if what == component[1]:
                arguments = {str(g[1]): item_name(g) for g in given if isinstance(g, Tree)}
                inside = _inside(component, arguments, staying, meant)
                return None if inside is None else _spliced(parent, component, instance, inside, meant)
    return None


def _inside(
    component: Tree, arguments: Mapping[str, str], staying: frozenset[str], meant: dict[str, str]
) -> _Inside | None:
    """Adds to *meant* what is to be named in place of imports, of exports that do not stay, and of outer aliases."""
    inside = _Inside()
    for part in component.trees:
        match part:
            case ("import", str() as label, *_):
                if label not in arguments:
                    return None
                meant[import_name(part)] = arguments[label]
            case ("export", str() as own, str() as label, *_):
                inside.exports[label] = part
                if next(_items(part)).head in staying:
                    inside.own.append(part)
                else:
                    meant[own] = item_name(part)
            case ("alias", "outer", "1", str() as name, Tree() as item):
                meant[str(item[-1])] = name
            case _:
                inside.own.append(further_out(part, 0))
    return inside


def further_out(node: Tree, level: int) -> Tree:
    """With aliases that reach out of the component one level shorter; *level*: how deep in it *node* is."""
    if node[:2] == ("core", "module"):
        return node
    match node:
        case ("alias", "outer", str() as depth, *rest):
            return tree("alias", "outer", str(int(depth) - 1), *rest) if int(depth) > level else node
    inner = level + (node.head in _SCOPES)
    return Tree([n if isinstance(n, str) else further_out(n, inner) for n in node])


def _spliced(parent: Tree, component: Tree, instance: str, inside: _Inside, meant: dict[str, str]) -> Tree:
    """*inside* in place of *instance*, which stays as a bundle of definitions if it is used as a whole."""
    fields: list[Node] = []
    at = 0
    for part in parent:
        match part:
            case ("alias", "export", str() as of, str() as label, Tree() as item) if (
                of == instance and label in inside.exports):
                meant[str(item[-1])] = str(inside.exports[label][1])
            case ("instance", str() as name, *_) if name == instance:
                at = len(fields)
            case _ if part is not component:
                fields.append(part)
    whole = any(isinstance(f, Tree) and instance in f.names for f in fields)
    bundle = [tree("instance", instance, *map(_bundled, inside.exports.values()))] if whole else []
    return Tree((*fields[:at], *inside.own, *bundle, *fields[at:]))


def _bundled(export: Tree) -> Tree:
    """As an export of an instance: of its own name, without its type."""
    item = Tree((*next(_items(export))[:-1], export[1]))
    attributes = [n for n in export.trees if n.head in ATTRIBUTES]
    return tree("export", export[2], *attributes, item)


def import_name(node: Tree) -> str:
    """That an import defines."""
    item = next(_items(node))
    return str(item[2 if item.head == "core" else 1])


def item_name(node: Tree) -> str:
    """What an export or argument is of: `(export $own "f" (func $f))`, `(with "f" (func $f))`."""
    return str(next(_items(node))[-1])


def _items(node: Tree) -> Iterator[Tree]:
    return (n for n in node.trees if n.head not in ATTRIBUTES)
