"""Shorter names: of imports, exports and parameters, with the calls of them, and of definitions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain

import msgspec

from fuzz.minimise.scripts.cascade import bound
from fuzz.minimise.scripts.labels import Kind, is_plain, labels_of, relabelled, short_labels
from fuzz.minimise.scripts.model import ACTING, Directive, ScriptParts, with_action
from fuzz.minimise.scripts.passes_definitions import bodies
from fuzz.minimise.scripts.search import Search
from fuzz.minimise.scripts.sugar import readable
from fuzz.minimise.scripts.tree import Tree, renamed, walk
from fuzz.wast import script as commands

Labels = dict[tuple[Kind, str], str]


def shorter_names(search: Search) -> None:
    _shorter_labels(search)
    search.improves(_with_short_names(search.best))


# -- labels


def _shorter_labels(search: Search) -> None:
    """All that can be shorter; else the plain ones of each kind; else each."""
    labels = _short(search.best)
    if _improves(search, labels):
        return
    for kind in Kind:
        plain = {key: new for key, new in labels.items() if key[0] is kind and is_plain(key[1])}
        if not _improves(search, plain):
            for key, new in plain.items():
                _improves(search, {key: new})
    for key, new in labels.items():
        if not is_plain(key[1]):
            _improves(search, {key: new})


def _short(parts: ScriptParts) -> Labels:
    found = list(dict.fromkeys(chain.from_iterable(labels_of(body) for _, body in bodies(parts))))
    short: Labels = {}
    for kind in Kind:
        taken = {label for k, label in found if k is kind and len(label) <= _SHORTEST}
        free = (label for label in short_labels() if label not in taken)
        short |= {(k, label): next(free) for k, label in found if k is kind and label not in taken}
    return {key: new for key, new in short.items() if len(new) < len(key[1])}


_SHORTEST = len('"f"')


def _improves(search: Search, labels: Mapping[tuple[Kind, str], str]) -> bool:
    def change(kind: Kind, label: str) -> str:
        return labels.get((kind, label), label)

    def changed(directive: Directive) -> Directive:
        body = directive.body if not directive.unique or directive.body is None else relabelled(directive.body, change)
        return replace(directive, body=body, command=_command(directive.command, labels))

    return bool(labels) and search.improves(search.best.with_directives(map(changed, search.best.directives)))


def _command(command: commands.Command, labels: Mapping[tuple[Kind, str], str]) -> commands.Command:
    def part(name: str) -> str:
        return labels.get((Kind.EXTERN, f'"{name}"'), f'"{name}"')[1:-1]

    if isinstance(command, ACTING):
        action = command.action
        return with_action(command, msgspec.structs.replace(action, field="#".join(map(part, action.field.split("#")))))
    if isinstance(command, commands.Register):
        return msgspec.structs.replace(command, as_=part(command.as_))
    return command


# -- names of definitions


def _with_short_names(parts: ScriptParts) -> ScriptParts:
    for i, body in bodies(parts):
        parts = parts.with_body(i, renamed(body, _short_names(body)))
    return parts


def _short_names(body: Tree) -> dict[str, str]:
    """A letter for what it is and, but for the first, a number; those first that a reader gets to see."""
    letters = {name: letter for node in walk(body) if (name := bound(node)) and (letter := _letter(node))}
    short: dict[str, str] = {}
    counts: Counter[str] = Counter()
    for name in dict.fromkeys([*_names(readable(body)), *_names(body)]):
        letter = letters.get(name, "x")
        short[name] = f"${letter}{counts[letter] or ''}"
        counts[letter] += 1
    return short


def _names(node: Tree) -> Iterator[str]:
    return (n for part in walk(node) for n in part if isinstance(n, str) and n.startswith("$"))


_OF_SORTS = {"component": "C", "module": "M", "instance": "i", "func": "f", "type": "t", "memory": "m", "table": "T",
             "global": "g", "tag": "e"}
_DEFINING = frozenset({*_OF_SORTS, "core", "alias", "import", "export"})


def _letter(node: Tree) -> str:
    """For the sort of what *node* defines; empty if it defines nothing."""
    if node.head not in _DEFINING:
        return ""
    heads = [n for n in (*node[:2], *_heads(node.trees)) if isinstance(n, str)]
    return next((_OF_SORTS[head] for head in heads if head in _OF_SORTS), "")


def _heads(trees: Sequence[Tree]) -> Iterable[str]:
    for node in trees:
        yield from (n for n in node[:2] if isinstance(n, str))
