"""A tree with unique names as a person would write it: aliases, types and exports where they are used."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from fuzz.minimise.scripts.tree import Node, Tree, mapped, walk


def readable(body: Tree) -> Tree:
    """The same definition, but for the order of exports and of types."""
    for step in (_aliases_in_place, _instances_in_place, _types_in_place, _values_in_place, _exports_in_place,
                 _without_idle_names):
        body = step(body)
    return body


def _counts(body: Tree) -> Counter[str]:
    return Counter(n for node in walk(body) for n in node if isinstance(n, str) and n.startswith("$"))


# -- aliases


def _aliases_in_place(body: Tree) -> Tree:
    """`(core func $i "f")` for the one use of an alias of that export of `$i`."""
    counts = _counts(body)
    used_by = _sole_uses(body)
    aliases: dict[str, Tree] = {}
    for node in walk(body):
        match node:
            case ("alias", "core", "export", instance, label, ("core", str() as sort, str() as name)):
                if counts[name] == 2 and used_by.get(name) in ("lift", "option"):
                    aliases[name] = Tree(("core", sort, instance, label))
                elif counts[name] == 2 and used_by.get(name) == "bundle":
                    aliases[name] = Tree((sort, instance, label))
            case ("alias", "export", instance, label, (str() as sort, str() as name)):
                if counts[name] == 2 and used_by.get(name) in ("lower", "with", "export"):
                    aliases[name] = Tree((sort, instance, label))

    def is_alias(node: Tree) -> bool:
        return node.head == "alias" and isinstance(node[-1], Tree) and str(node[-1][-1]) in aliases

    def change(node: Tree) -> Node:
        match node:
            case ("export", str() as label, (_, str() as name)) if name in aliases and label.startswith('"'):
                return Tree(("export", label, aliases[name]))
            case ("memory" | "realloc" | "post-return" as option, str() as name) if used_by.get(name) == "option" and (
                name in aliases):
                return Tree((option, aliases[name]))
            case ("core", _, str() as name) | (_, str() as name) if name in aliases and node.head in ("core", *_SORTS):
                return aliases[name]
        return node

    return mapped(mapped(body, lambda node: None if is_alias(node) else node), change)


_SORTS = ("func", "instance", "component", "type")


def _sole_uses(body: Tree) -> dict[str, str]:
    """Where a name occurs besides its definition, if that is a place where an export of an instance may stand."""
    found: dict[str, str] = {}
    for node in walk(body):
        match node:
            case ("canon", "lift", ("core", "func", str() as name), *_):
                found[name] = "lift"
            case ("canon", "lower", ("func", str() as name), *_):
                found[name] = "lower"
            case ("with", _, ("func" | "instance", str() as name)):
                found[name] = "with"
            case ("export", str() as label, _, (_, str() as name)) if label.startswith("$"):
                found[name] = "export"
            case ("core", "instance", _, *exports):
                found |= {str(e.trees[0][1]): "bundle" for e in exports if isinstance(e, Tree) and e.head == "export"}
        if node.head == "canon":
            for option in node.trees:
                match option:
                    case ("memory" | "realloc" | "post-return", str() as name):
                        found[name] = "option"
    return found


# -- instances


def _instances_in_place(body: Tree) -> Tree:
    """The exports of a core instance that is made of them where it is given to its one user."""
    counts = _counts(body)
    items = [n[2] for n in walk(body) if n.head == "with"]
    given = {str(item[1]) for item in items if isinstance(item, Tree) and item.head == "instance"}
    made: dict[str, tuple[Node, ...]] = {}
    for node in walk(body):
        match node:
            case ("core", "instance", str() as name, *parts) if counts[name] == 2 and name in given:
                if all(isinstance(p, Tree) and p.head == "export" for p in parts):
                    made[name] = tuple(parts)

    def change(node: Tree) -> Node | None:
        match node:
            case ("core", "instance", str() as name, *_) if name in made:
                return None
            case ("instance", str() as name) if name in made:
                return Tree(("instance", *made[name]))
        return node

    return mapped(body, change)


# -- types


_WITH_VALUES = frozenset({"param", "result", "field", "case", "list", "tuple", "option", "map"})
_VALUES = frozenset({"own", "borrow", "list", "tuple", "option", "result"})


def _values_in_place(body: Tree) -> Tree:
    """The value types that are used once, and have no labels, where they are."""
    counts = _counts(body)
    used = {n for node in walk(body) if node.head in _WITH_VALUES for n in node if isinstance(n, str)}
    types: dict[str, Node] = {}
    for node in walk(body):
        match node:
            case ("type", str() as name, type) if counts[name] == 2 and name in used:
                if isinstance(type, str) or type.head in _VALUES:
                    types[name] = type

    def inside(node: Node) -> Node:
        if isinstance(node, str):
            return inside(types[node]) if node in types else node
        return Tree([inside(n) for n in node]) if not node.names.isdisjoint(types) else node

    def without(node: Tree) -> Node | None:
        return None if node.head == "type" and len(node) == 3 and str(node[1]) in types else node

    made = inside(mapped(body, without))
    assert isinstance(made, Tree)
    return made


def _types_in_place(body: Tree) -> Tree:
    """Parameters and results for the name of a function's type, everywhere; the type goes when nobody names it."""
    functions: dict[str, tuple[Node, ...]] = {}
    for node in walk(body):
        match node:
            case ("type", str() as name, ("func", *parts)):
                functions[name] = tuple(parts)

    def change(node: Tree) -> Node | None:
        match node:
            case ("func", *parts, ) if any(_is_use(p, functions) for p in parts):
                written = any(isinstance(p, Tree) and p.head in ("param", "result") for p in parts)
                inner: list[Node] = []
                for p in parts:
                    if not _is_use(p, functions):
                        inner.append(p)
                    elif not written:
                        assert isinstance(p, Tree)
                        inner += functions[str(p[1])]
                return Tree(("func", *inner))
        return node

    changed = mapped(body, change)
    counts = _counts(changed)
    return mapped(changed, lambda n: None if _is_idle_type(n, counts, functions) else n)


def _is_use(node: Node, functions: dict[str, tuple[Node, ...]]) -> bool:
    return isinstance(node, Tree) and len(node) == 2 and node.head == "type" and str(node[1]) in functions


def _is_idle_type(node: Tree, counts: Counter[str], functions: dict[str, tuple[Node, ...]]) -> bool:
    return node.head == "type" and len(node) == 3 and str(node[1]) in functions and counts[str(node[1])] == 1


# -- exports


def _exports_in_place(body: Tree) -> Tree:
    """`(func $f (export "f") ...)` for a definition and an export of it, where nothing else names the export."""
    counts = _counts(body)
    return _in_scopes(body, lambda scope: _with_exports(scope, counts))


def _in_scopes(node: Tree, change: Callable[[Tree], Tree]) -> Tree:
    if node.head == "component":
        node = Tree([n if isinstance(n, str) else _in_scopes(n, change) for n in node])
    return change(node) if node.head in ("component", "module") or node[:2] == ("core", "module") else node


def _with_exports(scope: Tree, counts: Counter[str]) -> Tree:
    labels: dict[str, str] = {}
    for field in scope.trees:
        match field:
            case ("export", str() as own, str() as label, ("func", str() as meant)) if counts[own] == 1:
                if scope.head == "component" and counts[meant] == 2:
                    labels.setdefault(meant, label)
            case ("export", str() as label, ("func" | "memory" | "global" | "table", str() as meant)):
                labels.setdefault(meant, label)
    defined = {str(f[1]) for f in scope.trees if len(f) > 1 and f.head in ("func", "memory", "global", "table")}
    labels = {name: label for name, label in labels.items() if name in defined}
    fields: list[Node] = []
    for n in scope:
        match n:
            case ("export", *_, str() as label, (_, str() as meant)) if labels.get(meant) == label:
                continue
            case ("func" | "memory" | "global" | "table" as sort, str() as name, *rest) if name in labels:
                fields.append(Tree((sort, name, Tree(("export", labels[name])), *rest)))
            case _:
                fields.append(n)
    return Tree(fields)


# -- names


def _without_idle_names(body: Tree) -> Tree:
    """Nothing refers to what has them."""
    counts = _counts(body)

    def change(node: Tree) -> Node:
        if node.head in ("local", "param", "field", "type") and len(node) < 3:
            return node
        return Tree([n for n in node if not (isinstance(n, str) and n.startswith("$") and counts[n] == 1)])

    return mapped(body, change)
