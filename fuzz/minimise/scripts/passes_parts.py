"""Smaller parts of component definitions: canonical options, fields, cases, parameters, whatever else can be missed."""

from __future__ import annotations

from fuzz.minimise.scripts.cascade import without
from fuzz.minimise.scripts.passes_definitions import bodies, body_of
from fuzz.minimise.scripts.search import Search
from fuzz.minimise.scripts.tree import Node, Path, Tree, at, put

_KEPT = frozenset({"instantiate"})


def plainer_options(search: Search) -> None:
    """Without options of lifts and lowers."""
    for i, body in bodies(search.best):
        for number in range(len(_paths_of(body, "canon"))):
            _plainer_options(search, i, number)


def _plainer_options(search: Search, index: int, number: int) -> None:
    """Of lift, lower or built-in *number*; what goes with an option may be another of these."""
    n = 2
    while number < len(paths := _paths_of(body_of(search.best, index), "canon")):
        path = paths[number]
        canon = _tree(search, index, path)
        if n >= len(canon):
            return
        option = canon[n]
        droppable = not isinstance(option, Tree) or option.head not in ("core", "func")
        if not (droppable and not _is_name(option) and _put(search, index, (*path, n))):
            n += 1


def fewer_parts(search: Search) -> None:
    """Without any part at all of component-level definitions; with what then lacks something."""
    for i, _ in bodies(search.best):
        _fewer_parts(search, i, ())


def _fewer_parts(search: Search, index: int, path: Path) -> None:
    n = 1
    while n < len(node := _tree(search, index, path)):
        child = node[n]
        if not isinstance(child, Tree):
            n += 1
            continue
        before = len(node)
        if child.head not in _KEPT and path and not _becomes_bare(node) and _put(search, index, (*path, n)):
            n = max(1, n + min(0, len(_tree(search, index, path)) - before + 1))
            continue
        if child[:2] != ("core", "module"):
            _fewer_parts(search, index, (*path, n))
        n += 1


def _becomes_bare(node: Tree) -> bool:
    """Whether *node*, without the part that it has, is an import that does not say of what. wasmtime assembles these;
    nothing here reads them."""
    return node.head == "import" and len(node.trees) == 1


def _put(search: Search, index: int, path: Path, *new: Node) -> bool:
    body = body_of(search.best, index)
    changed = put(body, path, *new)
    return search.improves(search.best.with_body(index, changed)) or (
        search.improves(search.best.with_body(index, without(changed, ()))))


def _tree(search: Search, index: int, path: Path) -> Tree:
    node = at(body_of(search.best, index), path)
    assert isinstance(node, Tree)
    return node


def _is_name(node: Node) -> bool:
    return isinstance(node, str) and node.startswith("$")


def _paths_of(node: Tree, head: str, path: Path = ()) -> list[Path]:
    """To the trees with this head, outside of core modules."""
    found = []
    for n, child in enumerate(node):
        if isinstance(child, Tree) and child[:2] != ("core", "module"):
            found += [(*path, n)] if child.head == head else _paths_of(child, head, (*path, n))
    return found
