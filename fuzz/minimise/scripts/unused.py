"""Definitions that nothing refers to."""

from __future__ import annotations

from collections import Counter

from fuzz.minimise.scripts.cascade import bound
from fuzz.minimise.scripts.tree import Tree


def unused_in(body: Tree) -> list[str]:
    """The names that occur once only: where they are defined. Exports of the root itself are what it is for, and are
    not among them; those of components inside are, if nobody can ask for them."""
    counts: Counter[str] = Counter()
    _count(body, counts)
    wanted = _asked_for(body)
    found: list[str] = []
    _collect(body, counts, wanted, found, root=True)
    return found


def _count(node: Tree, counts: Counter[str]) -> None:
    for n in node:
        if isinstance(n, str):
            if n.startswith("$"):
                counts[n] += 1
        else:
            _count(n, counts)


def _asked_for(body: Tree) -> set[str]:
    """Labels that some alias, import or argument has; every export of an instance that is passed on may be meant."""
    found: set[str] = set()
    todo = [body]
    while todo:
        node = todo.pop()
        match node:
            case ("alias", "export", _, str() as label, _) | ("alias", "core", "export", _, str() as label, _):
                found.add(label)
            case ("core", "module", *fields):
                found |= {str(f[2]) for f in fields if isinstance(f, Tree) and f.head == "import"}
                continue
            case ("type", _, ("instance" | "component", *declarations)):
                found |= {str(d[1]) for d in declarations if isinstance(d, Tree) and d.head in ("export", "import")}
        todo.extend(node.trees)
    return found


def _collect(node: Tree, counts: Counter[str], wanted: set[str], found: list[str], *, root: bool) -> None:
    module = node.head == "module" or node[:2] == ("core", "module")
    for field in node.trees:
        name = bound(field)
        is_export = field.head == "export"
        if name and counts[name] == 1 and not (is_export and (root or _label(field) in wanted)):
            found.append(name)
        elif field.head == "component" or field[:2] == ("core", "module"):
            _collect(field, counts, wanted, found, root=False)
        elif not module and field.head == "type" and isinstance(field[-1], Tree) and field[-1].head == "instance":
            _declarations(field[-1], counts, wanted, found)


def _label(export: Tree) -> str:
    return str(export[2] if str(export[1]).startswith("$") else export[1])


def _declarations(type: Tree, counts: Counter[str], wanted: set[str], found: list[str]) -> None:
    for d in type.trees:
        name = bound(d)
        if name and counts[name] == 1 and d.head != "export":
            found.append(name)
