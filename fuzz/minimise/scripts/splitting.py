"""What a component is given in an instance, given to it piece by piece."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from fuzz.minimise.scripts.inlining import final, further_out
from fuzz.minimise.scripts.tree import Node, Tree, mapped, renamed, tree, walk


@dataclass(frozen=True, slots=True)
class _Pieces:
    """*fields* are to stand in place of the import; *wanted*: label, sort and name of each import among them; *meant*
    replaces names."""

    fields: tuple[Tree, ...]
    wanted: tuple[tuple[str, str, str], ...]
    meant: dict[str, str]


def instance_imports(body: Tree, component: str) -> list[str]:
    """The labels of the instances that the nested *component* imports."""
    imports = [f for f in _component(body, component).trees if f.head == "import"]
    return [str(f[1]) for f in imports if f.trees and f.trees[-1].head == "instance"]


def taken_apart(body: Tree, component: str, label: str) -> Tree | None:
    """*body* with an import for each part that *component*, instantiated once, uses of the instance that it imports as
    *label*, and arguments that are aliases; None where it uses it as a whole, or something else uses its type."""
    node = _component(body, component)
    counts = Counter(n for part in walk(body) for n in part if isinstance(n, str))
    pieces = _pieces(node, label, counts)
    if pieces is None or counts[component] != 2:
        return None

    def change(part: Tree) -> Node:
        is_it = part[:2] == ("component", component) and len(part) > 2  # else what names it
        return _with_pieces(part, label, pieces) if is_it else part

    changed = mapped(body, change)
    return renamed(_given_apart(changed, component, label, pieces, body.names), final(pieces.meant))


def _component(body: Tree, name: str) -> Tree:
    return next((n for n in walk(body) if n[:2] == ("component", name)), Tree(("component", name)))


def _pieces(component: Tree, label: str, counts: Counter[str]) -> _Pieces | None:
    instance, type = next(((str(i[1]), str(t[1])) for i, t in _instances(component, label)), ("", ""))
    declared = next((f[2] for f in component.trees if f[:2] == ("type", type)), None)
    aliases = [(str(f[3]), str(f.trees[0][-1])) for f in component.trees if f[:3] == ("alias", "export", instance)]
    if not isinstance(declared, Tree) or declared.head != "instance":
        return None
    if counts[instance] != 1 + len(aliases) or counts[type] != 2:
        return None
    used = {piece for piece, _ in aliases}
    fields: list[Tree] = []
    wanted: list[tuple[str, str, str]] = []
    meant: dict[str, str] = {}
    for part in declared.trees:
        match part:
            case ("alias", "outer", "1", str() as name, Tree() as item):
                meant[str(item[-1])] = name
            case ("export", str() as piece, (str() as sort, str() as name, Tree() as told)):
                if piece in used or sort == "type":
                    fields.append(tree("import", piece, tree(sort, name, told)))
                    wanted.append((piece, sort, name))
            case ("export", *_):
                return None
            case _:
                fields.append(further_out(part, 0))
    names = {piece: name for piece, _, name in wanted}
    if not used <= names.keys():
        return None
    meant |= {alias: names[piece] for piece, alias in aliases}
    return _Pieces(tuple(fields), tuple(wanted), meant)


def _instances(component: Tree, label: str) -> list[tuple[Tree, Tree]]:
    """What is imported as *label* and its type, if it is an instance."""
    imported = [f.trees[-1] for f in component.trees if f[:2] == ("import", label) and f.trees]
    return [(i, i.trees[0]) for i in imported if i.head == "instance" and i.trees]


def _with_pieces(component: Tree, label: str, pieces: _Pieces) -> Tree:
    instance, type = _instances(component, label)[0]
    fields: list[Node] = []
    for part in component:
        if isinstance(part, Tree) and part[:2] == ("import", label):
            fields += pieces.fields
        elif isinstance(part, str) or (part[:2] != ("type", type[1]) and part[:3] != ("alias", "export", instance[1])):
            fields.append(part)
    return Tree(fields)


def _given_apart(node: Tree, component: str, label: str, pieces: _Pieces, taken: frozenset[str]) -> Tree:
    """With aliases of the pieces before the one instance of *component*, and these as its arguments."""
    fields: list[Node] = []
    for part in node:
        match part:
            case ("component", *_):
                fields.append(_given_apart(part, component, label, pieces, taken))
            case ("instance", name, ("instantiate", str() as what, *given)) if what == component:
                kept = [g for g in given if isinstance(g, Tree) and g[1] != label]
                whole = next((g[2][-1] for g in given if isinstance(g, Tree) and g[1] == label), None)
                if whole is not None:
                    names = {piece: _fresh(own, taken) for piece, _, own in pieces.wanted}
                    fields += [tree("alias", "export", whole, piece, tree(sort, names[piece]))
                               for piece, sort, _ in pieces.wanted]
                    kept += [tree("with", piece, tree(sort, names[piece])) for piece, sort, _ in pieces.wanted]
                fields.append(tree("instance", name, Tree(("instantiate", what, *kept))))
            case _:
                fields.append(part)
    return Tree(fields)


def _fresh(name: str, taken: frozenset[str]) -> str:
    number = 1
    while f"{name}.{number}" in taken:
        number += 1
    return f"{name}.{number}"
