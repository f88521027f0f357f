"""Smaller definitions that could not be named: any part of the text that can be missed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from fuzz.minimise.scripts.model import ScriptParts
from fuzz.minimise.scripts.search import Search, fewer
from fuzz.minimise.scripts.tree import Path, Tree, at, put


def less_text(search: Search) -> None:
    for i, directive in enumerate(search.best.directives):
        if directive.body is not None and not directive.unique:
            _less(search, i, ())


def _less(search: Search, index: int, path: Path) -> None:
    def cut(run: Sequence[object]) -> ScriptParts | None:
        gone = {id(n) for n in run}
        kept = Tree([n for n in _at(search, index, path) if id(n) not in gone])
        body = put(_at(search, index, ()), path, kept) if path else kept
        return search.best.with_body(index, body)

    fewer(search, list(_at(search, index, path).trees), cut)
    for n in _children(_at(search, index, path)):
        _less(search, index, (*path, n))


def _children(node: Tree) -> Iterator[int]:
    return (n for n, child in enumerate(node) if isinstance(child, Tree) and child.trees)


def _at(search: Search, index: int, path: Path) -> Tree:
    body = search.best.directives[index].body
    assert body is not None
    node = at(body, path)
    assert isinstance(node, Tree)
    return node
