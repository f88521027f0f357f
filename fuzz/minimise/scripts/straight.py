"""Definitions that only stand for another: what may be named in their place."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import TypeAlias

from fuzz.minimise.scripts.cascade import bound
from fuzz.minimise.scripts.inlining import final, item_name
from fuzz.minimise.scripts.tree import Node, Tree, renamed, walk

_DEPTH = 40
_NEW = frozenset({"resource", "component"})
"""Of types that are another each time, or have names of their own that others refer to."""

Fields: TypeAlias = "Mapping[str, Tree]"
"""A component's, by the name that they define."""


def stand_ins(body: Tree) -> dict[str, str]:
    """Names, and for each the one of the same component that means the same: of an alias of what a bundle has, or of
    what an instance was given and exports again; of an alias, or a type, that is there already."""
    found: dict[str, str] = {}
    if body.head == "component":
        _collect(body, {}, found)
    return found


def exported_again(body: Tree) -> dict[str, str]:
    """For the own name of each export that something refers to, what it is of."""
    counts = Counter(n for node in walk(body) for n in node if isinstance(n, str))
    exports = [n for node in walk(body) if node.head == "component" for n in node.trees if n.head == "export"]
    return {str(e[1]): item_name(e) for e in exports if str(e[1])[0] == "$" and counts[str(e[1])] > 1}


def without_stand_ins(body: Tree, meant: Mapping[str, str]) -> Tree:
    """*body* without the definitions of these names, with what they stand for in their place."""
    return renamed(_without(body, meant), final(meant))


def _without(node: Tree, meant: Mapping[str, str]) -> Tree:
    if node.names.isdisjoint(meant):
        return node
    fields: list[Node] = []
    for part in node:
        if isinstance(part, str) or bound(part) not in meant:
            fields.append(_without(part, meant) if isinstance(part, Tree) and part.head == "component" else part)
    return Tree(fields)


def _collect(component: Tree, around: Fields, found: dict[str, str]) -> None:
    fields = _fields(component, around)
    seen: dict[str, str] = {}
    for part in component.trees:
        name = bound(part)
        match part:
            case ("component", *_):
                _collect(part, fields, found)
            case ("alias", "export", str() as instance, str() as label, _):
                meant = _behind(fields, instance, label, _DEPTH)
                if meant is not None:
                    found[name] = meant
                    continue
        if (same := _same(part, name)) and seen.setdefault(same, name) != name:
            found[name] = seen[same]


def _same(part: Tree, name: str) -> str:
    """Equal for definitions of the same; empty where none can be."""
    is_type = part.head == "type" and len(part) == 3 and not (isinstance(part[2], Tree) and part[2].head in _NEW)
    return renamed(part, {name: "$"}).text if is_type or part.head == "alias" else ""


def _fields(component: Tree, around: Fields) -> Fields:
    return {**around, **{name: part for part in component.trees if (name := bound(part))}}


def _behind(fields: Fields, instance: str, label: str, depth: int) -> str | None:
    """What of the same component an export of one of its instances is; None if that is inside of the instance."""
    if not depth:
        return None
    match fields.get(instance):
        case ("instance", _, ("instantiate", str() as what, *given)):
            component = fields.get(what)
            if isinstance(component, Tree) and component.head == "component":
                arguments = {str(g[1]): item_name(g) for g in given if isinstance(g, Tree)}
                inner = _fields(component, {})
                exported = next(_exports(component, label), None)
                return None if exported is None else _outward(fields, inner, arguments, exported, depth - 1)
        case ("instance", _, *exports):
            return next((item_name(e) for e in exports if isinstance(e, Tree) and e[1] == label), None)
        case ("export", _, _, *_) as export:
            return _behind(fields, item_name(export), label, depth - 1)
        case ("alias", "export", str() as of, str() as part, _):
            meant = _behind(fields, of, part, depth - 1)
            return None if meant is None else _behind(fields, meant, label, depth - 1)
    return None


def _exports(component: Tree, label: str) -> Iterator[str]:
    return (item_name(f) for f in component.trees if f.head == "export" and f[2] == label)


def _outward(fields: Fields, inner: Fields, arguments: Mapping[str, str], name: str, depth: int) -> str | None:
    """What a definition of a component is for the one around it, of which it was given *arguments*."""
    if not depth:
        return None
    match inner.get(name):
        case ("import", str() as label, *_):
            return arguments.get(label)
        case ("export", _, _, *_) as export:
            return _outward(fields, inner, arguments, item_name(export), depth - 1)
        case ("alias", "export", str() as instance, str() as label, _):
            meant = _behind(inner, instance, label, depth - 1)
            if meant is not None:
                return _outward(fields, inner, arguments, meant, depth - 1)
            whole = _outward(fields, inner, arguments, instance, depth - 1)
            return None if whole is None else _behind(fields, whole, label, depth - 1)
    return None
