"""The names of imports, exports and parameters in a component: what they are, and others in their place."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from enum import Enum

from fuzz.minimise.scripts.tree import Node, Tree, rebuilt


class Kind(Enum):
    """Labels of one kind are alike wherever they stand: what is exported as "f" is asked for as "f"."""

    EXTERN = "of components' imports and exports"
    CORE = "of core modules' imports and exports"
    PARAM = "of parameters"


Change = Callable[[Kind, str], str]

_LETTERS = "fghijklmnopqrstuvwxyzabcde"
_PLAIN = re.compile(r'"[A-Za-z0-9_-]+"')


def is_plain(label: str) -> bool:
    """Whether it says nothing to an engine: `[constructor]r` and `a:b/c@1.0.0` do."""
    return _PLAIN.fullmatch(label) is not None


def short_labels() -> Iterator[str]:
    yield from (f'"{letter}"' for letter in _LETTERS)
    number = 0
    while True:
        yield f'"f{number}"'
        number += 1


def labels_of(body: Tree) -> list[tuple[Kind, str]]:
    """With their quotes, in the order of the text."""
    found: dict[tuple[Kind, str], None] = {}

    def note(kind: Kind, label: str) -> str:
        found[kind, label] = None
        return label

    relabelled(body, note)
    return list(found)


def relabelled(body: Tree, change: Change) -> Tree:
    """A component with *change* of all its labels."""
    return _component(body, change) if body.head == "component" else body


def _component(node: Tree, change: Change) -> Tree:
    if node.head == "core" and node[1] != "func":
        return _core(node, change)
    made = [n if isinstance(n, str) else _component(n, change) for n in node]
    match node:
        case ("alias", "core", "export", *_):
            return _at(node, made, (4,), Kind.CORE, change)
        case ("alias", "export", *_):
            return _at(node, made, (3,), Kind.EXTERN, change)
        case ("import" | "with", *_):
            return _at(node, made, (1,), Kind.EXTERN, change)
        case ("export", str() as first, *_):
            return _at(node, made, (1 if first.startswith('"') else 2,), Kind.EXTERN, change)
        case ("param", str() as first, *_) if first.startswith('"'):
            return _at(node, made, (1,), Kind.PARAM, change)
    return rebuilt(node, made)


def _core(node: Tree, change: Change) -> Tree:
    """A core module, module type or core instance."""
    made: list[Node] = []
    for n in node:
        match n:
            case ("import", *_):
                made.append(_at(n, list(n), (1, 2), Kind.CORE, change))
            case ("export" | "with", *_):
                made.append(_at(n, list(n), (1,), Kind.CORE, change))
            case ("module" | "instantiate", *_):
                made.append(_core(n, change))
            case _:
                made.append(n)
    return rebuilt(node, made)


def _at(node: Tree, made: list[Node], places: tuple[int, ...], kind: Kind, change: Change) -> Tree:
    for place in places:
        made[place] = change(kind, str(made[place]))
    return rebuilt(node, made)
